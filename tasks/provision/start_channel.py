"""Start the channel of one branch. From here on it costs money by the minute.

Saga step: forward. Undone by ``tasks/remove/stop_channel.py``. Idempotent: a channel that starts or runs is success.
In an all-or-nothing session it waits until every other channel is ready to start, so that nothing goes on air alone.
The run is written down before the call: whatever it records and costs goes by that row.
"""

from __future__ import annotations

import contextlib

from shared.domain.errors import ChannelLost, NotReady, WriteConflict
from shared.domain.lifecycle import check_may_start
from shared.domain.names import buffer_prefix
from shared.domain.recording import Run
from shared.domain.session import DestinationStatus, OperationKind, SessionStatus, StatusChange
from shared.gateways import ledger, medialive, recordings, sessions
from shared.runtime.clock import now
from shared.runtime.steps import ChannelStep, SessionStep, known_channel, open_branch, open_session, state_of
from shared.runtime.task import Done, task

_GOES_ON_AIR = frozenset({OperationKind.PROVISION, OperationKind.START_STREAMING})


class StartStep(ChannelStep):
    """``on_air``: the channel also goes to its destination; else it runs for a recording alone."""

    on_air: bool = True


@task
def handler(step: StartStep) -> Done:
    branch = open_branch(step)
    row, channel_id = known_channel(step, branch)
    streams = step.on_air and branch.plan.streams
    if branch.record.operation.kind in _GOES_ON_AIR:
        check_may_start(branch.record.spec.on_destination_failure, sessions.view(step.session_id))
        _enter_starting(step)
    if streams or not branch.plan.streams:
        ledger.set_destination(step.session_id, step.operation, step.destination_id, DestinationStatus.STARTING)
    run = Run(
        destination_id=step.destination_id,
        number=step.operation,
        channel_id=channel_id,
        prefix=buffer_prefix(step.session_id, step.operation) if branch.plan.records else "",
        streams=streams,
        asked_at=now(),
    )
    recordings.begin_run(step.session_id, run)
    state = state_of(row, medialive.describe_channel(channel_id))
    if state in ("STARTING", "RUNNING"):
        return Done()
    if state in ("DELETING", medialive.DELETED):
        raise ChannelLost(f"channel {channel_id} is {state}")
    if state != "IDLE":
        raise NotReady(f"channel {channel_id} is {state}")
    medialive.start_channel(channel_id)
    return Done()


def _enter_starting(step: SessionStep) -> None:
    """``creating → idle → starting``, by the first branch that gets here; the others find it so."""
    following = {SessionStatus.CREATING: SessionStatus.IDLE, SessionStatus.IDLE: SessionStatus.STARTING}
    while (record := open_session(step)).status in following:
        with contextlib.suppress(WriteConflict):  # another branch was faster: look again
            sessions.advance(record, step.operation, StatusChange(status=following[record.status], at=now()))
