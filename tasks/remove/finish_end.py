"""Verify that nothing of the session is left, by AWS's own lists and by our records, and say how it ended.

Last step of ``end_session``. Clean: ``ended`` (``failed`` when it never went on air because of an error), and what it
had reserved of the quotas is given back. Otherwise ``cleanup_incomplete``, with what is left; ending the session again
finishes it.
"""

from __future__ import annotations

from collections.abc import Sequence

from shared.domain.errors import CleanupIncomplete, Failure, FlowNotFound, NotReady, Permanent
from shared.domain.model import Value
from shared.domain.names import SESSION_TAG
from shared.domain.plan import plan_resources, secret_parameters
from shared.domain.session import (
    DestinationStatus,
    EndedReason,
    Resource,
    ResourceKind,
    ResourceState,
    SessionRecord,
    SessionStatus,
)
from shared.gateways import ivs, ledger, mediaconnect, medialive, parameters, parking, security_groups, sessions
from shared.gateways.clients import IN_FLIGHT
from shared.gateways.settings import settings
from shared.runtime.admission import give_back
from shared.runtime.clock import now
from shared.runtime.steps import ChannelStep, SessionStep, open_session, record_created
from shared.runtime.task import task


class SessionFinished(Value):
    clean: bool
    failure: Failure | None = None


@task
def handler(step: SessionStep) -> SessionFinished:
    record = open_session(step)
    left = _verified(record)
    moment = now()
    if left:
        error = CleanupIncomplete("left: " + "; ".join(left)).info()
        change = sessions.Change(status=SessionStatus.CLEANUP_INCOMPLETE, sets={"left": error.model_dump()})
        sessions.finish(record, step.operation, moment, change)
        return SessionFinished(clean=False, failure=error.failure())
    for destination in sessions.destinations(step.session_id):
        if destination.status is not DestinationStatus.ERRORED:
            ledger.set_destination(step.session_id, step.operation, destination.destination_id, DestinationStatus.IDLE)
    for row in ledger.resources(step.session_id):
        if row.kind is ResourceKind.CHANNEL and row.resource_id is not None:
            parking.forget(row.resource_id)
    give_back(step.session_id)
    rolled_back = record.ended_reason is EndedReason.ERROR and record.live_at is None
    status = SessionStatus.FAILED if rolled_back else SessionStatus.ENDED
    change = sessions.Change(status=status, sets={"left": None, "ended_at": moment.isoformat()})
    sessions.finish(record, step.operation, moment, change)
    return SessionFinished(clean=True)


def _verified(record: SessionRecord) -> list[str]:
    """What is left of the session. What can't be looked at counts as left."""
    try:
        return _left(record)
    except Permanent as error:
        return [f"whatever could not be looked at ({error.detail})"]


def _left(record: SessionRecord) -> list[str]:
    """What is left of the session, each in words. Raises ``NotReady`` while a list may lag a delete."""
    session_id = record.session_id
    rows = ledger.resources(session_id)
    left = [f"{row.kind} {row.name}" for row in rows if row.state is not ResourceState.DELETED]
    left += _listed(record, rows)
    left += [f"flow output {name}" for name in _flow_outputs(record)]
    left += [
        f"a rule in security group {group.group_id}" for group in security_groups.groups() if group.has_user(session_id)
    ]
    if record.open_recording:
        left.append(f"the end of recording {record.open_recording}")
    names = secret_parameters(settings().stage, session_id, record.spec)
    left += [f"secret {name}" for name in parameters.existing_secrets(names)]
    return left


def _listed(record: SessionRecord, rows: Sequence[Resource]) -> list[str]:
    """The session's inputs and channels by the services' own lists.

    One that the ledger calls deleted is a second one of that name: it is written down, so that the next end removes it.
    """
    known = {(row.kind, row.name): row for row in rows}
    left = []
    for kind, listed in (
        (ResourceKind.CHANNEL, medialive.list_channels()),
        (ResourceKind.INPUT, medialive.list_inputs()),
        (ResourceKind.IVS_CHANNEL, _ivs_channels(record)),
    ):
        for seen in listed:
            if seen.tags.get(SESSION_TAG) != record.session_id or seen.state == medialive.DELETED:
                continue
            row = known.get((kind, seen.name))
            if row is not None and row.state is ResourceState.DELETED:
                if now() < row.updated_at + IN_FLIGHT:
                    raise NotReady(f"the list still shows {kind} {seen.id}, which was just deleted")
                step = ChannelStep(
                    session_id=record.session_id,
                    operation=record.operation.number,
                    destination_id=row.destination_id,
                )
                record_created(step, row, seen)
            left.append(f"{kind} {seen.id} ({seen.state})")
    return left


def _ivs_channels(record: SessionRecord) -> list[medialive.Seen]:
    """The IVS channels of the session's names; not asked for where the plan has none, IVS is not in every region."""
    plan = plan_resources(settings().stage, record.session_id, record.spec)
    names = [channel.ivs_channel_name for channel in plan.channels if channel.ivs_channel_name is not None]
    return [seen for name in names for seen in ivs.list_channels(name)]


def _flow_outputs(record: SessionRecord) -> list[str]:
    if record.spec.is_hosted:
        return []
    try:
        flow = mediaconnect.describe_flow(record.spec.flow_arn)
    except FlowNotFound:
        return []
    plan = plan_resources(settings().stage, record.session_id, record.spec)
    ours = {name for channel in plan.channels for name in channel.flow_output_names}
    return [output.name for output in flow.outputs if output.name in ours]
