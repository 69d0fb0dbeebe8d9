"""Seeing that a recording's execution comes to its end: begun again a few times, and then the recording has failed.

Called by whoever hears that such an execution stopped, and by the sweep, for the one of which nobody heard, as long as
its session is not over.
"""

from __future__ import annotations

from shared.domain.errors import RecordingNotFound, StepTimedOut
from shared.domain.names import finalizing_name
from shared.domain.recording import SETTLED, RecordingStatus
from shared.domain.session import SessionView
from shared.gateways import executions, recordings
from shared.gateways.settings import settings
from shared.runtime.clock import now
from shared.runtime.log import logger
from shared.runtime.recording_marks import FINALIZED, start_finalizing

#: After this many executions a recording has failed; its segments stay in the buffer for a week and more.
ATTEMPTS = 3


def look_after_recordings(view: SessionView) -> None:
    """See that each recording that has its end and is not settled has an execution that works on it."""
    session_id = view.record.session_id
    for one in view.recordings:
        if one.status not in FINALIZED:
            continue
        name = finalizing_name(session_id, one.recording_id, one.attempt)
        found = executions.describe(executions.execution_arn(settings().finalize_recording_arn, name))
        if found is None:
            start_finalizing(session_id, one)
        elif found.status != "RUNNING":
            finalize_again(session_id, one.recording_id, one.attempt, f"its execution ended as {found.status}")


def finalize_again(session_id: str, recording_id: str, attempt: int, how: str) -> None:
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
