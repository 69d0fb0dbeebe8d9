"""EventBridge: ``Step Functions Execution Status Change`` of an execution that failed, timed out or was aborted.

What can't be caught inside a machine (a top-level time-out, an abort, States.Runtime) ends here. A provision's session
is handed to ``end_session``. An end is never begun again by itself, which could go on for ever: its session says that
clean-up is incomplete. The event is a hint: a session that a newer operation owns, or that is settled, is left alone.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from shared.domain.errors import CleanupIncomplete, SessionAbandoned, SessionNotFound
from shared.domain.lifecycle import is_settled
from shared.domain.session import EndedReason, OperationKind, SessionStatus, StatusChange
from shared.gateways import sessions
from shared.runtime.clock import now
from shared.runtime.log import logger
from shared.runtime.operations import end_session


def handler(event: Mapping[str, Any], context: Any) -> None:
    detail = event.get("detail", {})
    session_id = str(detail.get("name", "")).rpartition("-")[0].rpartition("-")[0]
    try:
        record = sessions.get(session_id)
    except SessionNotFound:
        return
    if record.operation.execution_arn != detail.get("executionArn"):
        return
    how = f"its execution ended as {detail.get('status')}"
    logger.warning("execution stopped", extra={"session_id": session_id, "reason": how})
    if record.operation.kind is OperationKind.PROVISION and not is_settled(record):
        end_session(session_id, EndedReason.ERROR, record.error or SessionAbandoned(how).info())
    elif record.operation.kind is OperationKind.END and record.status is SessionStatus.ENDING:
        left = CleanupIncomplete(f"not known: {how} before all was seen deleted")
        change = StatusChange(status=SessionStatus.CLEANUP_INCOMPLETE, at=now())
        sessions.advance(record, record.operation.number, change, left=left.info().model_dump())
