"""EventBridge: ``Step Functions Execution Status Change`` of an execution that failed, timed out or was aborted.

What can't be caught inside a machine (a top-level time-out, an abort, States.Runtime) ends here. What follows is
decided in ``shared/domain/reconcile.py``. A recording is finalized anew a few times, and then has failed. Failures are
counted for an alarm.

The event is a hint: a session that a newer operation owns, or whose operation has come to its end, is left alone. But
an execution that was claimed, by an earlier attempt of this, and not started is started.
"""

from __future__ import annotations

from collections.abc import Mapping
from contextlib import suppress
from typing import Any

from shared.domain.errors import SessionNotFound
from shared.domain.names import finalized_by, operation_of, session_of
from shared.gateways import sessions
from shared.runtime.finalizing import finalize_again
from shared.runtime.invocation import bind, trigger
from shared.runtime.metrics import count
from shared.runtime.operations import start_operation
from shared.runtime.reconcile import reconcile

#: An execution that is aborted was overtaken by a newer operation, or stopped by a person who knows.
_BY_ITSELF = frozenset({"FAILED", "TIMED_OUT"})


@trigger
def handler(event: Mapping[str, Any], context: Any) -> None:
    detail = event.get("detail", {})
    name, status = str(detail.get("name", "")), str(detail.get("status"))
    if status in _BY_ITSELF:
        count({"ExecutionsFailed": 1})
    finalizing, session_id = finalized_by(name), session_of(name)
    bind(execution=name, session_id=session_id, operation=operation_of(name))
    if finalizing is not None:
        finalize_again(*finalizing, f"its execution ended as {status}")
    elif session_id is not None:
        with suppress(SessionNotFound):
            _take_over(session_id, str(detail.get("executionArn")), status)


def _take_over(session_id: str, execution_arn: str, status: str) -> None:
    record = sessions.get(session_id)
    if not record.is_busy():
        return
    if record.operation.execution_arn == execution_arn:
        reconcile(session_id, {execution_arn: status})
    elif record.previous_execution_arn == execution_arn:
        start_operation(record)  # an earlier attempt of this may have claimed it and died: start it, once
