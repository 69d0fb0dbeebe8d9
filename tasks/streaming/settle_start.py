"""Look at how the channels came up: the session is live, or its start is given up.

Last step of ``start_streaming``. An open recording that the start had interrupted, or that was asked for meanwhile,
records from here on. A flow session that records from going live on, and goes live for the first time, has its recorder
started behind this operation.
"""

from __future__ import annotations

from contextlib import suppress

from shared.domain.errors import NotAllowedNow
from shared.domain.lifecycle import BranchOutcome, BranchReport, Settlement, settle
from shared.domain.model import Value
from shared.domain.session import SessionStatus
from shared.gateways import sessions
from shared.runtime.clock import now
from shared.runtime.recording_marks import goes_on, mark_start
from shared.runtime.recordings import start_recording
from shared.runtime.steps import SessionStep, open_session
from shared.runtime.task import task


class SettleStep(SessionStep):
    reports: tuple[BranchReport, ...]


class Settled(Value):
    settlement: Settlement


@task
def handler(step: SettleStep) -> Settled:
    record = open_session(step)
    complete = all(report.outcome is BranchOutcome.LIVE for report in step.reports)
    settlement = settle(record.spec.on_destination_failure, step.reports, complete)
    if settlement is Settlement.ABANDON:
        return Settled(settlement=settlement)
    moment = now()
    change = sessions.Change(
        status=SessionStatus.LIVE,
        sets={"live_at": moment.isoformat()},
        recording=goes_on(record, moment) if record.spec.is_hosted else {},
    )
    sessions.finish(record, step.operation, moment, change)
    if record.spec.is_hosted:
        mark_start(record)
    elif record.spec.record and not record.recordings:
        with suppress(NotAllowedNow):  # somebody's own request was faster
            start_recording(step.session_id, record.operation.requested_by)
    return Settled(settlement=settlement)
