"""Copy one range of a recording's segments out of the buffer.

State of ``finalize_recording``, once for each range. Idempotent and resumable: what is there with its right size is not
copied again, and a copy that another has made meanwhile counts. A source that is not there any more is left out; the
playlist tells it as a gap.
"""

from __future__ import annotations

from shared.gateways import objects
from shared.runtime.log import logger
from shared.runtime.task import Done, task
from tasks.recording.work import RecordingStep, copied, read_cut


class CopyStep(RecordingStep):
    """``first`` to ``last``, both included, of the list that *Gather segments* wrote."""

    first: int
    last: int


@task
def handler(step: CopyStep) -> Done:
    segments = read_cut(step).segments
    there = copied(step, step.first, step.last)
    missing = 0
    for number in range(step.first, step.last + 1):
        size = there.get(number)
        if segments[number].weighs(size):
            continue
        if not objects.copy(segments[number].source, step.segment_key(number), over=size is not None):
            missing += 1
    if missing:
        logger.warning("segments are missing", extra={"missing": missing, "first": step.first, "last": step.last})
    return Done()
