"""Sessions in the table: creating, reading, and the claims by which operations take their turn."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Any

from pydantic import Field

from shared.domain.errors import NotAllowedNow, SessionNotFound, Superseded, WriteConflict
from shared.domain.limits import GivenWarning
from shared.domain.model import Value
from shared.domain.recording import SETTLED, Recording
from shared.domain.session import (
    DestinationState,
    Operation,
    Resource,
    SessionRecord,
    SessionStatus,
    SessionView,
    StatusChange,
)
from shared.gateways import table
from shared.gateways.recordings import recording_item, recording_of, run_of
from shared.gateways.translate import ConditionFailed

SESSION = "SESSION"
#: Attributes of a session's row that are there for indexes and conditions.
BESIDE_THE_RECORD = frozenset({"listing", "owner", "fence"})


class IdempotencyKey(Value):
    """An ``Idempotency-Key`` in use: a hash of owner and key, a hash of the body, and the session that it made."""

    key_hash: str
    body_hash: str
    session_id: str
    expires_at: int


class Change(Value):
    """What is written together: ``sets`` of the session's row, its ``status``, the ``operation`` that begins.

    Values in ``sets`` are written whole, with what only a newer version knows of them. ``opened``: a recording to
    write down, which is open from now on unless it has failed already. ``recording``: attributes of the open one; with
    ``closes`` it is open no more.
    """

    sets: dict[str, Any] = Field(default_factory=dict)
    status: SessionStatus | None = None
    operation: Operation | None = None
    opened: Recording | None = None
    recording: dict[str, Any] = Field(default_factory=dict)
    closes: bool = False


def create(record: SessionRecord, destinations: Sequence[DestinationState], key: IdempotencyKey | None) -> None:
    """Write a new session with its first operation claimed. Raises ``ConditionFailed`` when the key is in use."""
    writes = [{"Put": table.put_request(_item(record), "attribute_not_exists(pk)")}]
    if key is not None:
        writes.append(
            {
                "Put": table.put_request(
                    {"pk": f"IDEMPOTENCY#{key.key_hash}", "sk": "KEY", **table.stored(key)},
                    "attribute_not_exists(pk) OR expires_at < :now",
                    {":now": int(record.created_at.timestamp())},
                )
            }
        )
    writes += [{"Put": table.put_request(_destination_item(record.session_id, one))} for one in destinations]
    try:
        table.transact(*writes)
    except ConditionFailed:
        if table.get(table.session_pk(record.session_id), SESSION) is None:  # else it is ours, and its answer was lost
            raise


def find_idempotency_key(key_hash: str, now: datetime) -> IdempotencyKey | None:
    item = table.get(f"IDEMPOTENCY#{key_hash}", "KEY")
    if item is None or item["expires_at"] < now.timestamp():
        return None
    return table.value(IdempotencyKey, item)


def get(session_id: str) -> SessionRecord:
    """Raises ``SessionNotFound``."""
    item = table.get(table.session_pk(session_id), SESSION)
    if item is None:
        raise not_found(session_id)
    return record_of(item)


def not_found(session_id: str) -> SessionNotFound:
    """The one answer for a session that does not exist and for one that is not the caller's."""
    return SessionNotFound(f"no session {session_id}")


def view(session_id: str) -> SessionView:
    """The session with its destinations and its ledger. Raises ``SessionNotFound``."""
    items = table.query(table.session_pk(session_id))
    sessions = [item for item in items if item["sk"] == SESSION]
    if not sessions:
        raise not_found(session_id)
    return SessionView(
        record=record_of(sessions[0]),
        destinations=_destinations(items),
        resources=tuple(table.value(Resource, item) for item in items if item["sk"].startswith("RES#")),
        runs=tuple(run_of(item) for item in items if item["sk"].startswith("RUN#")),
        recordings=tuple(recording_of(item) for item in items if item["sk"].startswith("REC#")),
    )


def destinations(session_id: str) -> tuple[DestinationState, ...]:
    return _destinations(table.query(table.session_pk(session_id), "DEST#"))


def claim(record: SessionRecord, operation: Operation, changes: Mapping[str, Any], change: StatusChange) -> None:
    """Take the next operation's number, in one conditional write, unless the session has finished.

    Raises ``NotAllowedNow`` when another was faster.

    Whatever status the older operation has moved to meanwhile, the newer one's holds. A claim whose answer was lost is
    found in the record by its repetition, and holds too.
    """
    sets = {
        **changes,
        "fence": operation.number,
        "operation": table.stored(operation),
        "previous_execution_arn": record.operation.execution_arn,
    }
    condition = "fence = :fence AND #status <> :ended AND #status <> :failed"
    finished = {":ended": SessionStatus.ENDED.value, ":failed": SessionStatus.FAILED.value}
    seen = {":fence": record.operation.number, **finished}
    try:
        table.update(_status_update(record.session_id, change, sets, condition, seen))
    except ConditionFailed:
        if get(record.session_id).operation != operation:
            raise NotAllowedNow(f"another operation on session {record.session_id} was faster; look again") from None


def advance(record: SessionRecord, operation: int, change: StatusChange, **changes: Any) -> None:
    """Move the session to a status, with further attributes. A repeated call finds it there and changes nothing.

    Raises ``Superseded`` once a newer operation has begun, ``WriteConflict`` when the status has changed meanwhile.
    """
    if record.status is change.status:
        return
    condition, seen = "fence = :fence AND #status = :seen", {":fence": operation, ":seen": record.status.value}
    try:
        table.update(_status_update(record.session_id, change, changes, condition, seen))
    except ConditionFailed:
        current = get(record.session_id)
        if current.operation.number != operation:
            raise superseded(record.session_id, operation) from None
        if current.status is not change.status:
            raise WriteConflict(f"session {record.session_id} is {current.status} already") from None


def move(record: SessionRecord, at: datetime, change: Change) -> None:
    """Do to the session what a caller asked, all of it or nothing, if it still is as ``record`` says.

    Raises ``WriteConflict`` when it is not: look again and decide anew, for what was asked may have happened.
    """
    sets: dict[str, Any] = {
        name: table.stored(one) if isinstance(one, Value) else one for name, one in change.sets.items()
    }
    if change.operation is not None:
        sets |= {
            "fence": change.operation.number,
            "operation": table.stored(change.operation),
            "previous_execution_arn": record.operation.execution_arn,
        }
    try:
        table.transact(*_together(record, at, change, sets))
    except ConditionFailed:
        raise WriteConflict(f"session {record.session_id} has changed meanwhile") from None


def finish(record: SessionRecord, operation: int, at: datetime, change: Change) -> None:
    """Say that an operation has come to its end, with what it has led to. A repeated call changes nothing.

    Raises ``Superseded`` once a newer operation has begun, ``WriteConflict`` when the session has changed meanwhile.
    """
    if not record.is_busy():
        return
    finished = record.operation.model_copy(update={"finished_at": at})
    sets = {**change.sets, "operation": table.stored(finished)}
    try:
        table.transact(*_together(record, at, change, sets))
    except ConditionFailed:
        current = get(record.session_id)
        if current.operation.number != operation:
            raise superseded(record.session_id, operation) from None
        if current.is_busy():
            raise WriteConflict(f"session {record.session_id} has changed meanwhile") from None


def _together(record: SessionRecord, at: datetime, change: Change, sets: Mapping[str, Any]) -> list[dict[str, Any]]:
    """The writes of a move or a finish: the session's row, and the recording's that is opened, closed or goes on."""
    condition = "#operation = :operation AND #status = :seen AND open_recording = :open"
    seen: dict[str, Any] = {
        ":operation": table.stored(record.operation),
        ":seen": record.status.value,
        ":open": record.open_recording,
    }
    if "spec" in sets:  # two that change it at once must not lose one another's
        condition += " AND #spec = :spec"
        seen[":spec"] = table.stored(record.spec)
    sets = {**sets, "updated_at": table.iso(at)}
    if change.opened is not None:
        sets |= {"recordings": record.recordings + 1}
        sets |= {} if change.opened.status in SETTLED else {"open_recording": change.opened.recording_id}
    if change.closes:
        sets["open_recording"] = ""
    pk, timeline = table.session_pk(record.session_id), None
    if change.status is not None and change.status is not record.status:
        sets["status"] = change.status.value
        timeline = {"timeline": [table.stored(StatusChange(status=change.status, at=at))]}
    writes = [{"Update": table.update_request(pk, SESSION, sets, condition, seen, timeline)}]
    if change.opened is not None:
        item = recording_item(record.session_id, change.opened)
        writes.append({"Put": table.put_request(item, "attribute_not_exists(pk)")})
    if change.recording and record.open_recording:
        of_recording = {**change.recording, "updated_at": table.iso(at)}
        sk = f"REC#{record.open_recording}"
        writes.append({"Update": table.update_request(pk, sk, of_recording, "attribute_exists(pk)")})
    return writes


def note_request(record: SessionRecord, in_flight_until: datetime) -> None:
    """Say that a request is at work on the session, and until when. Raises ``Superseded``."""
    sets = {"request_in_flight_until": table.iso(in_flight_until)}
    fence = {":fence": record.operation.number}
    try:
        table.update(table.update_request(table.session_pk(record.session_id), SESSION, sets, "fence = :fence", fence))
    except ConditionFailed:
        raise superseded(record.session_id, record.operation.number) from None


def note_warned(record: SessionRecord, warned: Sequence[GivenWarning], at: datetime) -> bool:
    """Write the warnings that were given, if the limits, the warnings and the status still are as ``record`` says.
    False if they are not: the session has changed, or somebody else has warned."""
    condition = "#status = :status AND #spec = :spec AND (attribute_not_exists(warned) OR warned = :warned)"
    seen = {
        ":status": record.status.value,
        ":spec": table.stored(record.spec),
        ":warned": [table.stored(one) for one in record.warned],
    }
    sets = {"warned": [table.stored(one) for one in warned], "updated_at": table.iso(at)}
    try:
        table.update(table.update_request(table.session_pk(record.session_id), SESSION, sets, condition, seen))
    except ConditionFailed:
        return False
    return True


def superseded(session_id: str, operation: int) -> Superseded:
    return Superseded(f"operation {operation} of session {session_id} has been superseded by a newer one")


def _status_update(
    session_id: str, change: StatusChange, changes: Mapping[str, Any], condition: str, values: Mapping[str, Any]
) -> dict[str, Any]:
    sets = {**changes, "status": change.status.value, "updated_at": table.iso(change.at)}
    timeline = {"timeline": [table.stored(change)]}
    return table.update_request(table.session_pk(session_id), SESSION, sets, condition, values, timeline)


def _item(record: SessionRecord) -> table.Item:
    return {
        "pk": table.session_pk(record.session_id),
        "sk": SESSION,
        "listing": SESSION,
        "owner": record.spec.owner,
        "fence": record.operation.number,
        **table.stored(record),
    }


def _destination_item(session_id: str, state: DestinationState) -> table.Item:
    return {"pk": table.session_pk(session_id), "sk": f"DEST#{state.destination_id}", **table.stored(state)}


def _destinations(items: Sequence[table.Item]) -> tuple[DestinationState, ...]:
    return tuple(table.value(DestinationState, item) for item in items if item["sk"].startswith("DEST#"))


def record_of(item: table.Item) -> SessionRecord:
    """The session in its row."""
    return table.value(SessionRecord, item, BESIDE_THE_RECORD)
