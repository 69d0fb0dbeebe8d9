"""Note why a stop did not come off: a channel may still run that nobody wants.

Last step of ``stop_streaming`` and ``stop_recorder`` when they fail. It stops nothing: whoever hears that the execution
has failed decides what becomes of the session (``shared/domain/reconcile.py``), and keeps the error that is noted here.
Repeatable.
"""

from __future__ import annotations

from shared.domain.errors import Failure
from shared.domain.session import OperationKind, SessionStatus
from shared.gateways import sessions
from shared.runtime import failed_state
from shared.runtime.clock import now
from shared.runtime.steps import Caught, SessionStep
from shared.runtime.task import task


class GiveUpStopStep(SessionStep):
    error: Caught


@task
def handler(step: GiveUpStopStep) -> Failure:
    record = sessions.get(step.session_id)
    error = failed_state.explained(step.error, record.operation.execution_arn)
    # A show on the air goes on, and its recorder's stop is begun again: nothing is wrong with the session yet.
    goes_on = record.operation.kind is OperationKind.STOP_RECORDER and record.status is SessionStatus.LIVE
    is_ours = record.operation.number == step.operation and record.is_busy()
    if is_ours and not goes_on and record.error is None:
        sessions.move(record, now(), sessions.Change(sets={"error": error.model_dump()}))
    return error.failure()
