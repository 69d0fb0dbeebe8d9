"""Say that a branch is up: on the air, or idle when the session does not go live.

Last forward step of a branch in ``provision_session`` and ``start_streaming``; it makes nothing, so nothing undoes it.
"""

from __future__ import annotations

from shared.domain.lifecycle import BranchOutcome, BranchReport
from shared.domain.session import DestinationStatus
from shared.gateways import ledger
from shared.runtime.steps import ChannelStep, open_branch
from shared.runtime.streams import status_on_air
from shared.runtime.task import task


class ReportStep(ChannelStep):
    outcome: BranchOutcome


@task
def handler(step: ReportStep) -> BranchReport:
    open_branch(step)
    status = DestinationStatus.IDLE
    if step.outcome is BranchOutcome.LIVE:
        status = status_on_air(step.session_id, step.destination_id, DestinationStatus.STARTING)
    ledger.set_destination(step.session_id, step.operation, step.destination_id, status)
    if status is DestinationStatus.STARTING:  # its stream may have begun, and been told, between the look and the write
        again = status_on_air(step.session_id, step.destination_id, status)
        if again is not status:
            ledger.set_destination(step.session_id, step.operation, step.destination_id, again)
    return BranchReport(destination_id=step.destination_id, outcome=step.outcome)
