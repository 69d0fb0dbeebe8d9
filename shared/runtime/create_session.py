"""Making a session from a caller's request, so that a caller who asks twice with one key gets one session."""

from __future__ import annotations

import contextlib

from shared.domain.errors import (
    IdempotencyKeyReused,
    InternalError,
    OnAirError,
    OutcomeUnknown,
    Permanent,
    Superseded,
    WriteConflict,
)
from shared.domain.names import new_session_id, parameter_name, session_tags
from shared.domain.plan import plan_resources, secret_parameters
from shared.domain.session import (
    DesiredStatus,
    DestinationState,
    DestinationStatus,
    EndedReason,
    Operation,
    OperationKind,
    SessionRecord,
    SessionStatus,
    StatusChange,
)
from shared.domain.session_spec import SessionSpec, saved_spec
from shared.gateways import executions, parameters, sessions
from shared.gateways.clients import IN_FLIGHT
from shared.gateways.settings import settings
from shared.gateways.translate import ConditionFailed
from shared.runtime.admission import admit, give_back
from shared.runtime.api.idempotency import KEPT_FOR, digest
from shared.runtime.clock import now
from shared.runtime.operations import end_session, new_operation, start_operation


def create_session(spec: SessionSpec, body: bytes, idempotency_key: str | None, by: str | None = None) -> SessionRecord:
    """The session, with its first operation claimed and started, unless it is to exist without channels for now.

    What it takes of the quotas is reserved first, then the row is written, then the secrets, then the execution is
    started: whatever we die after, the row says what was meant, and the same request with the same key finishes it; a
    reservation that no row follows is given back by the sweep. Raises ``IdempotencyKeyReused``, ``QuotaExceeded``,
    ``FlowNotFound``.
    """
    session_id, key = new_session_id(), None
    if idempotency_key is not None:
        key = sessions.IdempotencyKey(
            key_hash=digest(f"{spec.owner}\n{idempotency_key}".encode()),
            body_hash=digest(body, idempotency_key),
            session_id=session_id,
            expires_at=int((now() + KEPT_FOR).timestamp()),
        )
        earlier = _made_before(key)
        if earlier is not None:
            return _go_on(spec, earlier)
    if spec.provision:
        admit(session_id, spec)
    record = _new_record(session_id, spec, by)
    branches = plan_resources(settings().stage, session_id, spec).channels
    idle = DestinationStatus.IDLE
    states = tuple(DestinationState(destination_id=branch.destination_id, status=idle) for branch in branches)
    try:
        sessions.create(record, states, key)
    except OutcomeUnknown:
        raise  # it may be written, and needs its place
    except ConditionFailed:
        _give_back(record)
        raise WriteConflict("another request with the same Idempotency-Key is being answered; send it again") from None
    except OnAirError:
        _give_back(record)
        raise
    return _begin(spec, record, repeatable=key is not None)


def _give_back(record: SessionRecord) -> None:
    with contextlib.suppress(OnAirError):  # else the sweep does
        give_back(record.session_id)


def _begin(spec: SessionSpec, record: SessionRecord, repeatable: bool) -> SessionRecord:
    """Store the secrets and start the execution of a session that was just made.

    ``repeatable``: the caller has a key with which to send the request again, so a passing failure leaves it to that;
    else the session is ended, for nobody would come back to it.
    """
    try:
        _store_and_start(spec, record)
    except OnAirError as error:
        if isinstance(error, Permanent) or not repeatable:
            with contextlib.suppress(OnAirError):
                end_session(record.session_id, EndedReason.ERROR, error.info())
            with contextlib.suppress(OnAirError):  # should the end not start, either: nobody needs them any more
                parameters.delete_secrets(secret_parameters(settings().stage, record.session_id, record.spec))
        raise
    except Exception as error:
        fault = InternalError(f"the request could not be carried out ({type(error).__name__})")
        end_session(record.session_id, EndedReason.ERROR, fault.info())
        raise fault from None
    return record


def _go_on(spec: SessionSpec, record: SessionRecord) -> SessionRecord:
    """Finish what an earlier request with the same key has begun, unless it got there.

    A repetition ends nothing that was not ending already.
    """
    if record.operation.kind is OperationKind.END:
        return end_session(record.session_id, EndedReason.ERROR)  # its start may have been missed
    is_new = record.is_busy(OperationKind.PROVISION) or record.operation.kind is OperationKind.CREATE
    if not is_new or executions.describe(record.operation.execution_arn) is not None:
        return record
    try:
        sessions.note_request(record, now() + IN_FLIGHT)
    except Superseded:
        return sessions.get(record.session_id)
    _store_and_start(spec, record)
    return record


def _store_and_start(spec: SessionSpec, record: SessionRecord) -> None:
    for destination in spec.destinations:
        for name, value in destination.secrets().items():
            parameter = parameter_name(settings().stage, record.session_id, destination.id, name)
            parameters.put_secret(parameter, value, session_tags(settings().stage, record.session_id))
    if record.operation.kind is OperationKind.PROVISION:
        start_operation(record)


def _made_before(key: sessions.IdempotencyKey) -> SessionRecord | None:
    earlier = sessions.find_idempotency_key(key.key_hash, now())
    if earlier is None:
        return None
    if earlier.body_hash != key.body_hash:
        raise IdempotencyKeyReused(f"the key belongs to another request, which made session {earlier.session_id}")
    return sessions.get(earlier.session_id)


def _new_record(session_id: str, spec: SessionSpec, by: str | None) -> SessionRecord:
    moment = now()
    status = SessionStatus.CREATING if spec.provision else SessionStatus.IDLE
    operation = (
        new_operation(session_id, 1, OperationKind.PROVISION, moment, by)
        if spec.provision
        else Operation(
            number=1,
            kind=OperationKind.CREATE,
            execution_name="",
            execution_arn="",
            claimed_at=moment,
            requested_by=by,
            finished_at=moment,
        )
    )
    return SessionRecord(
        session_id=session_id,
        spec=saved_spec(spec),
        status=status,
        desired_status=DesiredStatus.LIVE if spec.go_live else DesiredStatus.IDLE,
        operation=operation,
        lease_expires_at=spec.lease_expires_at(moment),
        timeline=(StatusChange(status=status, at=moment),),
        created_at=moment,
        updated_at=moment,
        request_in_flight_until=moment + IN_FLIGHT,
    )
