"""Say that a branch is up: broadcasting, or idle when the session does not go live.

Last forward step of a branch in ``provision_session``; it makes nothing, so nothing undoes it.
"""

from __future__ import annotations

from shared.domain.lifecycle import BranchOutcome, BranchReport
from shared.domain.session import DestinationStatus
from shared.gateways import ledger
from shared.runtime.steps import ChannelStep, open_branch
from shared.runtime.task import task


class ReportStep(ChannelStep):
    outcome: BranchOutcome


@task
def handler(step: ReportStep) -> BranchReport:
    open_branch(step)
    live = step.outcome is BranchOutcome.LIVE
    status = DestinationStatus.BROADCASTING if live else DestinationStatus.IDLE
    ledger.set_destination(step.session_id, step.operation, step.destination_id, status)
    return BranchReport(destination_id=step.destination_id, outcome=step.outcome)
