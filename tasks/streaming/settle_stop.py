"""See that what was to stop has stopped, and say that the session is idle again.

Last step of ``stop_streaming`` and ``stop_recorder``. A recording that was to go on and whose channel would not run
again is closed here. Raises ``NotReady`` while a channel still runs that nobody wants: it costs money, or is still on
the air.
"""

from __future__ import annotations

from datetime import datetime

from shared.domain.channel_states import RUNS
from shared.domain.errors import ChannelStartFailed, NotReady
from shared.domain.names import RECORDER
from shared.domain.plan import plan_resources
from shared.domain.session import (
    DestinationStatus,
    OperationKind,
    ResourceState,
    SessionRecord,
    SessionStatus,
    channel_key,
)
from shared.gateways import ledger, recordings, sessions
from shared.gateways.settings import settings
from shared.runtime.clock import now
from shared.runtime.recording_marks import closed, finalize_what_is_closed, goes_on
from shared.runtime.steps import SessionStep, open_session
from shared.runtime.task import Done, task
from shared.runtime.waits import observe

_NOT_STOPPED = RUNS | {"STOPPING"}


@task
def handler(step: SessionStep) -> Done:
    record = open_session(step)
    running, moment = _running(record), now()
    if record.operation.kind is OperationKind.STOP_STREAMING:
        goes_on_alone = {name: state for name, state in running.items() if _is_restarted(record, name, state)}
        unwanted = running.keys() - goes_on_alone.keys()
        change = _idle(record, moment, bool(goes_on_alone))
    else:
        unwanted, change = set(running), sessions.Change()
    if unwanted:
        raise NotReady(f"still running: {', '.join(sorted(unwanted))}")
    if record.operation.kind is OperationKind.STOP_RECORDER and not record.spec.is_hosted:
        ledger.set_destination(step.session_id, step.operation, RECORDER, DestinationStatus.IDLE)
    sessions.finish(record, step.operation, moment, change)
    finalize_what_is_closed(record)
    return Done()


def _idle(record: SessionRecord, moment: datetime, goes_on_alone: bool) -> sessions.Change:
    change = sessions.Change(status=SessionStatus.IDLE)
    if not record.spec.is_hosted or not record.open_recording:
        return change
    if goes_on_alone:
        return change.model_copy(update={"recording": goes_on(record, moment)})
    error = ChannelStartFailed(f"the channel would not run again, so recording {record.open_recording} ends here")
    sets = {} if record.error else {"error": error.info().model_dump()}
    return change.model_copy(update={"sets": sets, **closed(record, moment, error.info())})


def _running(record: SessionRecord) -> dict[str, str]:
    """The state of each channel that this operation is to stop and that runs, by its branch."""
    plan = plan_resources(settings().stage, record.session_id, record.spec)
    streaming = record.operation.kind is OperationKind.STOP_STREAMING
    found = {}
    for channel in plan.channels:
        if channel.streams if streaming else channel.records:
            row = ledger.get(record.session_id, channel_key(channel.destination_id))
            if row is not None and row.state is ResourceState.CREATED and row.resource_id is not None:
                state = observe(row.resource_id)
                if state is not None and state in _NOT_STOPPED:
                    found[channel.destination_id] = state
    return found


def _is_restarted(record: SessionRecord, destination_id: str, state: str) -> bool:
    """Whether a channel runs for the open recording alone, by a run that this operation has begun: one that would not
    stop is still on the air."""
    if not record.spec.is_hosted or not record.open_recording or state != "RUNNING":
        return False
    run = recordings.last_run(record.session_id, destination_id)
    return run is not None and run.number == record.operation.number
