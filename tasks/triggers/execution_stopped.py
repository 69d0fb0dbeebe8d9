"""EventBridge: ``Step Functions Execution Status Change`` of a provision that failed, timed out or was aborted.

What can't be caught inside the machine (a top-level time-out, an abort, States.Runtime) ends here: the session is
handed to ``end_session``. The event is a hint: a session that a newer operation owns, or that is settled, is left
alone.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from shared.domain.errors import SessionAbandoned, SessionNotFound
from shared.domain.lifecycle import is_settled
from shared.domain.session import EndedReason
from shared.gateways import sessions
from shared.runtime.log import logger
from shared.runtime.operations import end_session


def handler(event: Mapping[str, Any], context: Any) -> None:
    detail = event.get("detail", {})
    session_id = str(detail.get("name", "")).rpartition("-")[0].rpartition("-")[0]
    try:
        record = sessions.get(session_id)
    except SessionNotFound:
        return
    if record.operation.execution_arn != detail.get("executionArn") or is_settled(record):
        return
    logger.warning("execution stopped", extra={"session_id": session_id, "status": detail.get("status")})
    error = SessionAbandoned(f"the execution of its provisioning ended as {detail.get('status')}")
    end_session(session_id, EndedReason.ERROR, record.error or error.info())
