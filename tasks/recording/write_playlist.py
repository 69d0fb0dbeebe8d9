"""Write the VOD playlist of the segments that were copied.

State of ``finalize_recording``. Idempotent: it is written over with the same. Where a segment is missing, or the
channel was started again, the playlist has a discontinuity and its time.
"""

from __future__ import annotations

from shared.domain.errors import RecordingEmpty
from shared.domain.playlists import write
from shared.gateways import objects
from shared.runtime.task import Done, task
from tasks.recording.work import RecordingStep, copied, read_cut

CONTENT_TYPE = "application/vnd.apple.mpegurl"


@task
def handler(step: RecordingStep) -> Done:
    chosen = read_cut(step)
    there = copied(step)
    present = {number for number, one in enumerate(chosen.segments) if one.weighs(there.get(number))}
    if not present:
        raise RecordingEmpty(f"none of its {len(chosen.segments)} segments is in the buffer any more")
    objects.put(step.playlist_key, write(chosen, present).encode(), CONTENT_TYPE)
    return Done()
