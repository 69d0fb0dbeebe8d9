"""Give the open recording its end, and have every recording finalized that is not yet: beside the end, not before it.

``end_session``, before anything is deleted. Finalizing copies from the bucket and needs no channel, so it holds up no
delete. Idempotent.
"""

from __future__ import annotations

from shared.gateways import sessions
from shared.runtime.clock import now
from shared.runtime.recording_marks import closed, finalize_what_is_closed, mark_stop
from shared.runtime.steps import SessionStep, open_session
from shared.runtime.task import Done, task


@task
def handler(step: SessionStep) -> Done:
    record = open_session(step)
    if record.open_recording:
        moment = now()
        sessions.move(record, moment, sessions.Change().model_copy(update=closed(record, moment)))
        mark_stop(record)
    finalize_what_is_closed(record)
    return Done()
