"""Note that a recording could not be finished, and why.

Where every state of ``finalize_recording`` goes when it fails. Idempotent. What was copied stays, and so does the list
of what it consists of: another execution goes on from there.
"""

from __future__ import annotations

from shared.domain.errors import from_state
from shared.domain.recording import RecordingStatus
from shared.gateways import recordings
from shared.runtime.clock import now
from shared.runtime.steps import Caught
from shared.runtime.task import Done, task
from tasks.recording.work import RecordingStep


class FailStep(RecordingStep):
    error: Caught


@task
def handler(step: FailStep) -> Done:
    error = from_state(step.error.Error, step.error.Cause)
    recordings.change(
        step.session_id,
        step.recording_id,
        now(),
        (RecordingStatus.STOPPING, RecordingStatus.PROCESSING),
        status=RecordingStatus.FAILED.value,
        error=error.model_dump(),
    )
    return Done()
