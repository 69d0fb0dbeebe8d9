"""Mark the beginning of the session's recording in the stream. The recording itself has begun with the session.

Last step of ``provision_session``. The ledger's mark counts; a stream without one loses nothing.
"""

from __future__ import annotations

from shared.runtime.recording_marks import mark_start
from shared.runtime.steps import SessionStep, open_session
from shared.runtime.task import Done, task


@task
def handler(step: SessionStep) -> Done:
    mark_start(open_session(step))
    return Done()
