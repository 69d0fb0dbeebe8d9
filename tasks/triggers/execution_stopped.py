"""EventBridge: ``Step Functions Execution Status Change`` of an execution that failed, timed out or was aborted.

What can't be caught inside a machine (a top-level time-out, an abort, States.Runtime) ends here. A provision's session
is handed to ``end_session``; a start is given up, which stops whatever it started; a stop that came to nothing leaves a
channel that nobody wants, so its session is ended. But a show on the air is not cut for its recorder: the recorder's
stop is begun again, once, and after that the session says so. An end is never begun again by itself, which could go on
for ever: its session says that clean-up is incomplete. A recording is finalized anew a few times, and then has failed.

The event is a hint: a session that a newer operation owns, or whose operation has come to its end, is left alone. But
an execution that was claimed, by an earlier attempt of this, and not started is started.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from shared.domain.errors import CleanupIncomplete, RecordingNotFound, SessionAbandoned, SessionNotFound, StepTimedOut
from shared.domain.names import finalized_by, session_of
from shared.domain.recording import SETTLED, RecordingStatus
from shared.domain.session import EndedReason, OperationKind, SessionRecord, SessionStatus
from shared.gateways import recordings, sessions
from shared.runtime.clock import now
from shared.runtime.log import logger
from shared.runtime.operations import end_session, give_up, start_operation, stop_recorder_again
from shared.runtime.recording_marks import finalize_what_is_closed, start_finalizing

#: After this many executions a recording has failed; its segments stay in the buffer for a week and more.
ATTEMPTS = 3

_STARTS = frozenset({OperationKind.START_STREAMING, OperationKind.START_RECORDER})
_STOPS = frozenset({OperationKind.STOP_STREAMING, OperationKind.STOP_RECORDER})


def handler(event: Mapping[str, Any], context: Any) -> None:
    detail = event.get("detail", {})
    name, how = str(detail.get("name", "")), f"its execution ended as {detail.get('status')}"
    finalizing = finalized_by(name)
    if finalizing is not None:
        _finalize_again(*finalizing, how)
        return
    try:
        record = sessions.get(session_of(name))
    except SessionNotFound:
        return
    if not record.is_busy():
        return
    if record.operation.execution_arn == detail.get("executionArn"):
        logger.warning("execution stopped", extra={"session_id": record.session_id, "reason": how})
        _take_over(record, how)
    elif record.previous_execution_arn == detail.get("executionArn"):
        start_operation(record)  # an earlier attempt of this may have claimed it and died: start it, once


def _take_over(record: SessionRecord, how: str) -> None:
    kind, error = record.operation.kind, record.error or SessionAbandoned(how).info()
    if kind is OperationKind.STOP_RECORDER and record.status is SessionStatus.LIVE:
        _stop_recorder_again(record, how)
    elif kind is OperationKind.PROVISION or kind in _STOPS:
        end_session(record.session_id, EndedReason.ERROR, error)
    elif kind in _STARTS:
        give_up(record, error)
    elif record.status is SessionStatus.ENDING:
        left = CleanupIncomplete(f"not known: {how} before all was seen deleted")
        change = sessions.Change(status=SessionStatus.CLEANUP_INCOMPLETE, sets={"left": left.info().model_dump()})
        sessions.finish(record, record.operation.number, now(), change)


def _stop_recorder_again(record: SessionRecord, how: str) -> None:
    """A second time it is left: the recorder runs on, seen in the answers and on the bill, until the session ends."""
    if not (record.previous_execution_arn or "").endswith(f"-{OperationKind.STOP_RECORDER}"):
        stop_recorder_again(record)
        return
    error = StepTimedOut(f"the recorder could not be stopped and may still run: {how}").info()
    sessions.finish(record, record.operation.number, now(), sessions.Change(sets={"error": error.model_dump()}))
    finalize_what_is_closed(record)


def _finalize_again(session_id: str, recording_id: str, attempt: int, how: str) -> None:
    """Begin the next attempt; what earlier ones have copied is found and kept."""
    try:
        found = recordings.get(session_id, recording_id)
    except RecordingNotFound:
        return
    if found.status in SETTLED:
        return
    if found.attempt < attempt:
        return
    if found.attempt > attempt:
        start_finalizing(session_id, found)  # an earlier attempt of this may have counted it and died: start it, once
        return
    logger.warning("finalizing stopped", extra={"session_id": session_id, "recording_id": recording_id, "reason": how})
    open_statuses = set(RecordingStatus) - SETTLED
    if attempt >= ATTEMPTS:
        error = StepTimedOut(f"finalizing was tried {attempt} times; the last time {how}").info()
        failed = {"status": RecordingStatus.FAILED.value, "error": error.model_dump()}
        recordings.change(session_id, recording_id, now(), open_statuses, **failed)
    else:
        recordings.change(session_id, recording_id, now(), open_statuses, attempt=attempt + 1)
        start_finalizing(session_id, found.model_copy(update={"attempt": attempt + 1}))
