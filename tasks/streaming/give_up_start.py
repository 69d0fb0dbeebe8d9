"""Give up a start that did not come off: begin the stop of whatever it started, so that the session is idle again.

Last step of ``start_streaming`` and ``start_recorder`` when they fail. Repeatable.
"""

from __future__ import annotations

from shared.domain.errors import ErrorInfo, Failure, SessionAbandoned
from shared.domain.session import FINISHED
from shared.gateways import sessions
from shared.runtime import failed_state
from shared.runtime.operations import give_up, start_operation
from shared.runtime.steps import Caught, SessionStep
from shared.runtime.task import task


class GiveUpStep(SessionStep):
    error: Caught | None


@task
def handler(step: GiveUpStep) -> Failure:
    record = sessions.get(step.session_id)
    error = (
        failed_state.explained(step.error, record.operation.execution_arn)
        if step.error
        else _first_error(step.session_id)
    )
    if record.operation.number == step.operation:
        if record.is_busy():  # else the start is through, and only its answer was lost: a show on the air is not cut
            give_up(record, error)
    elif record.is_busy() and record.status not in FINISHED:
        start_operation(record)  # claimed by an earlier attempt of this step, or by a request that died: start it, once
    return error.failure()


def _first_error(session_id: str) -> ErrorInfo:
    unknown = SessionAbandoned("a destination did not go on the air, and why could not be noted")
    return next((one.error for one in sessions.destinations(session_id) if one.error is not None), unknown.info())
