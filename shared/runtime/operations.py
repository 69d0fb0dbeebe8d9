"""Beginning a lifecycle operation: claim its number, then start its execution. Used by the API and by a workflow that
gives up.

If we die between claim and start, the claim names the execution, whose input follows from it: whoever repeats the call
starts it under the same name.
"""

from __future__ import annotations

from datetime import datetime

from shared.domain.errors import ErrorInfo, NotAllowedNow
from shared.domain.names import execution_name
from shared.domain.session import (
    FINISHED,
    DesiredStatus,
    EndedReason,
    Operation,
    OperationKind,
    SessionRecord,
    SessionStatus,
    StatusChange,
)
from shared.gateways import executions, sessions
from shared.gateways.settings import settings
from shared.runtime.clock import now


def new_operation(session_id: str, number: int, kind: OperationKind, moment: datetime) -> Operation:
    name = execution_name(session_id, number, kind.value)
    return Operation(
        number=number,
        kind=kind,
        execution_name=name,
        execution_arn=executions.execution_arn(_machine(kind), name),
        claimed_at=moment,
    )


def start_operation(record: SessionRecord) -> None:
    """Start the execution of the session's claimed operation. Repeatable."""
    operation = record.operation
    payload = {"session_id": record.session_id, "operation": operation.number}
    executions.start(_machine(operation.kind), operation.execution_name, payload)


def end_session(session_id: str, reason: EndedReason, error: ErrorInfo | None = None) -> SessionRecord:
    """Begin to end a session, whatever else is under way: the end always wins. Returns its record.

    Repeatable: a session that is ending or ended stays so, and its execution is started if that was missed. An end that
    came to nothing (incomplete, or its execution was aborted) is begun again. If another operation is faster by a
    moment, that one is ended, too. Raises ``SessionNotFound``, ``NotAllowedNow`` (another was faster twice).
    """
    try:
        return _end(session_id, reason, error)
    except NotAllowedNow:
        return _end(session_id, reason, error)


def _end(session_id: str, reason: EndedReason, error: ErrorInfo | None) -> SessionRecord:
    record = sessions.get(session_id)
    if record.status in FINISHED:
        return record
    if record.operation.kind is OperationKind.END and not _came_to_nothing(record):
        start_operation(record)
        return record
    moment = now()
    operation = new_operation(session_id, record.operation.number + 1, OperationKind.END, moment)
    changes = {
        "desired_status": DesiredStatus.ENDED.value,
        "ended_reason": (record.ended_reason or reason).value,
        **({"error": error.model_dump()} if error else {}),
    }
    sessions.claim(record, operation, changes, StatusChange(status=SessionStatus.ENDING, at=moment))
    record = sessions.get(session_id)
    start_operation(record)
    return record


def _came_to_nothing(record: SessionRecord) -> bool:
    """Whether an end's execution has stopped and the session has not ended."""
    if record.status is SessionStatus.CLEANUP_INCOMPLETE:
        return True
    execution = executions.describe(record.operation.execution_arn)
    return execution is not None and execution.status != "RUNNING"


def _machine(kind: OperationKind) -> str:
    return settings().provision_session_arn if kind is OperationKind.PROVISION else settings().end_session_arn
