"""Verify that nothing of the session is left, by AWS's own lists and not by our records, and say how it ended.

Last step of ``end_session``. Clean: ``ended`` (``failed`` when it never went on air because of an error). Otherwise
``cleanup_incomplete``, with what is left; ending the session again finishes it.
"""

from __future__ import annotations

from shared.domain.errors import CleanupIncomplete, FlowNotFound, Permanent
from shared.domain.model import Value
from shared.domain.names import SESSION_TAG, flow_output_name
from shared.domain.session import (
    DestinationStatus,
    EndedReason,
    ResourceKind,
    ResourceState,
    SessionRecord,
    SessionStatus,
    StatusChange,
)
from shared.gateways import ledger, mediaconnect, medialive, parameters, parking, security_groups, sessions
from shared.gateways.settings import settings
from shared.runtime.clock import now
from shared.runtime.steps import SessionStep, open_session
from shared.runtime.task import task
from tasks.remove.delete_secrets import secret_parameters


class SessionFinished(Value):
    clean: bool


@task
def handler(step: SessionStep) -> SessionFinished:
    record = open_session(step)
    left = _verified(record)
    moment = now()
    if left:
        error = CleanupIncomplete("left: " + "; ".join(left)).info()
        change = StatusChange(status=SessionStatus.CLEANUP_INCOMPLETE, at=moment)
        sessions.advance(record, step.operation, change, left=error.model_dump())
        return SessionFinished(clean=False)
    for destination in sessions.destinations(step.session_id):
        if destination.status is not DestinationStatus.ERRORED:
            ledger.set_destination(step.session_id, step.operation, destination.destination_id, DestinationStatus.IDLE)
    for row in ledger.resources(step.session_id):
        if row.kind is ResourceKind.CHANNEL and row.resource_id is not None:
            parking.forget(row.resource_id)
    rolled_back = record.ended_reason is EndedReason.ERROR and record.live_at is None
    status = SessionStatus.FAILED if rolled_back else SessionStatus.ENDED
    change = StatusChange(status=status, at=moment)
    sessions.advance(record, step.operation, change, left=None, ended_at=moment.isoformat())
    return SessionFinished(clean=True)


def _verified(record: SessionRecord) -> list[str]:
    """What is left of the session. What can't be looked at counts as left."""
    try:
        return _left(record)
    except Permanent as error:
        return [f"whatever could not be looked at ({error.detail})"]


def _left(record: SessionRecord) -> list[str]:
    """What is left of the session, each in words."""
    session_id = record.session_id
    left = [f"{row.kind} {row.name}" for row in ledger.resources(session_id) if row.state is not ResourceState.DELETED]
    left += [
        f"{kind} {seen.id} ({seen.state})"
        for kind, listed in (("channel", medialive.list_channels()), ("input", medialive.list_inputs()))
        for seen in listed
        if seen.tags.get(SESSION_TAG) == session_id and seen.state != medialive.DELETED
    ]
    left += [f"flow output {name}" for name in _flow_outputs(record)]
    left += [
        f"rule {cidr} in security group {group.group_id}"
        for group in security_groups.groups()
        for cidr, users in group.users.items()
        if session_id in users
    ]
    left += [f"secret {name}" for name in parameters.existing_secrets(secret_parameters(session_id, record.spec))]
    return left


def _flow_outputs(record: SessionRecord) -> list[str]:
    try:
        flow = mediaconnect.describe_flow(record.spec.source.flow_arn)
    except FlowNotFound:
        return []
    prefixes = tuple(
        flow_output_name(settings().stage, record.session_id, destination.id, pipeline)
        for destination in record.spec.destinations
        for pipeline in (0, 1)
    )
    return [output.name for output in flow.outputs if output.name in prefixes]
