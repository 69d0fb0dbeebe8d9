"""Say how the rollback of one branch ended, with the error that caused it.

Last compensation of a branch in ``provision_session``: the branch returns its outcome, so that its siblings go on.
"""

from __future__ import annotations

from shared.domain.lifecycle import BranchOutcome, BranchReport
from shared.domain.session import DestinationStatus, ResourceState
from shared.gateways import ledger
from shared.runtime import failed_state, full_quota
from shared.runtime.log import logger
from shared.runtime.steps import Caught, ChannelStep, open_branch
from shared.runtime.task import task


class RollbackStep(ChannelStep):
    error: Caught


@task
def handler(step: RollbackStep) -> BranchReport:
    branch = open_branch(step)
    error = full_quota.explained(
        failed_state.explained(step.error, branch.record.operation.execution_arn, step.destination_id), branch.plan
    )
    left = [
        row.name
        for row in ledger.resources(step.session_id)
        if row.destination_id == step.destination_id and row.state is not ResourceState.DELETED
    ]
    if left:
        logger.error("rollback incomplete", extra={"left": left})
        error = error.model_copy(update={"cause": f"{error.cause}; not deleted yet: {', '.join(left)}"})
    ledger.set_destination(step.session_id, step.operation, step.destination_id, DestinationStatus.ERRORED, error)
    outcome = BranchOutcome.CLEANUP_INCOMPLETE if left else BranchOutcome.ROLLED_BACK
    return BranchReport(destination_id=step.destination_id, outcome=outcome)
