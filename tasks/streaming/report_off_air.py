"""Say that a destination could not be brought on the air, with the error, or that it was taken off.

Last step of a branch in ``start_streaming`` that failed, and of every branch in ``stop_streaming``. The channel stays,
stopped, for the next start.
"""

from __future__ import annotations

from shared.domain.lifecycle import BranchOutcome, BranchReport
from shared.domain.session import DestinationStatus
from shared.gateways import ledger
from shared.runtime import failed_state
from shared.runtime.steps import Caught, ChannelStep, open_branch
from shared.runtime.task import task


class OffAirStep(ChannelStep):
    error: Caught | None = None


@task
def handler(step: OffAirStep) -> BranchReport:
    execution = open_branch(step).record.operation.execution_arn
    error = failed_state.explained(step.error, execution, step.destination_id) if step.error else None
    status = DestinationStatus.ERRORED if error else DestinationStatus.IDLE
    ledger.set_destination(step.session_id, step.operation, step.destination_id, status, error)
    outcome = BranchOutcome.ROLLED_BACK if error else BranchOutcome.IDLE
    return BranchReport(destination_id=step.destination_id, outcome=outcome)
