"""Note that a recording could not be finished, and why.

Where every state of ``finalize_recording`` goes when it fails. Idempotent. What was copied stays, and so does the list
of what it consists of: another execution goes on from there.
"""

from __future__ import annotations

from shared.domain.errors import Failure
from shared.domain.names import finalizing_name
from shared.domain.recording import RecordingStatus
from shared.gateways import executions, recordings
from shared.gateways.settings import settings
from shared.runtime import failed_state
from shared.runtime.clock import now
from shared.runtime.steps import Caught
from shared.runtime.task import task
from tasks.recording.work import RecordingStep


class FailStep(RecordingStep):
    error: Caught


@task
def handler(step: FailStep) -> Failure:
    attempt = recordings.get(step.session_id, step.recording_id).attempt
    name = finalizing_name(step.session_id, step.recording_id, attempt)
    error = failed_state.explained(step.error, executions.execution_arn(settings().finalize_recording_arn, name))
    recordings.change(
        step.session_id,
        step.recording_id,
        now(),
        (RecordingStatus.STOPPING, RecordingStatus.PROCESSING),
        status=RecordingStatus.FAILED.value,
        error=error.model_dump(),
    )
    return error.failure()
