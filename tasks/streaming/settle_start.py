"""Look at how the channels came up: the session is live, or its start is given up.

Last step of ``start_streaming``. An open recording that the start had interrupted, or that was asked for meanwhile,
records from here on.
"""

from __future__ import annotations

from shared.domain.lifecycle import BranchOutcome, BranchReport, Settlement, settle
from shared.domain.model import Value
from shared.domain.session import SessionStatus
from shared.gateways import sessions
from shared.runtime.clock import now
from shared.runtime.recording_marks import goes_on, mark_start
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
    return Settled(settlement=settlement)
