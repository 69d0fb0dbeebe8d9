"""Give a session up that could not be provisioned: hand it to ``end_session``, which removes everything by plan.

Whatever fails before the branches, and a session whose branches leave nothing to keep, comes here.
"""

from __future__ import annotations

from shared.domain.errors import ErrorInfo, Failure, SessionAbandoned
from shared.domain.session import EndedReason, OperationKind
from shared.gateways import sessions
from shared.runtime import failed_state
from shared.runtime.operations import end_session, start_operation
from shared.runtime.steps import Caught, SessionStep
from shared.runtime.task import task


class AbandonStep(SessionStep):
    error: Caught | None


@task
def handler(step: AbandonStep) -> Failure:
    record = sessions.get(step.session_id)
    error = (
        failed_state.explained(step.error, record.operation.execution_arn)
        if step.error
        else _first_error(step.session_id)
    )
    if record.operation.kind is OperationKind.PROVISION and not record.is_busy():
        return error.failure()  # the pivot is passed, and only its answer was lost: a show on the air stays
    if record.operation.number == step.operation:
        end_session(step.session_id, EndedReason.ERROR, error)
    elif record.operation.kind is OperationKind.END:
        start_operation(record)  # claimed by an earlier attempt of this step, or by a DELETE that died: start it, once
    return error.failure()


def _first_error(session_id: str) -> ErrorInfo:
    """The error of the destination that failed of itself, not because of another."""
    errors = [one.error for one in sessions.destinations(session_id) if one.error is not None]
    own = [error for error in errors if error.name != "SiblingFailed"]
    unknown = SessionAbandoned("a destination did not come up, and why could not be noted")
    return next(iter(own or errors), unknown.info())
