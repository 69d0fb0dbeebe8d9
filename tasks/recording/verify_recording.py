"""Read the recording's playlist back, see that every segment it names is there and whole, and call it ready.

Last state of ``finalize_recording``. Idempotent: the figures follow from what is in the bucket, and the row gets them
in one write. A recording that was called failed and plays after all is ready.
"""

from __future__ import annotations

from decimal import Decimal

from shared.domain.errors import InternalError
from shared.domain.playlists import gaps, number_of, parse
from shared.domain.recording import RecordingStatus
from shared.gateways import objects, recordings
from shared.gateways.settings import settings
from shared.gateways.table import iso
from shared.runtime.clock import now
from shared.runtime.task import Done, task
from tasks.recording.work import RecordingStep, copied, read_cut


@task
def handler(step: RecordingStep) -> Done:
    chosen = read_cut(step)
    playlist = parse((objects.get(step.playlist_key) or b"").decode())
    if playlist is None or not playlist.segments or not playlist.ended:
        raise InternalError(f"{step.playlist_key} is not what Write playlist writes")
    there = copied(step)
    present = [number_of(segment.name) for segment in playlist.segments]
    wrong = [number for number in present if not chosen.segments[number].weighs(there.get(number))]
    if wrong:
        raise InternalError(f"{len(wrong)} segments are not as they were copied, the first is {wrong[0]}")
    seconds = sum(segment.duration for segment in playlist.segments)
    recordings.change(
        step.session_id,
        step.recording_id,
        now(),
        (RecordingStatus.STOPPING, RecordingStatus.PROCESSING, RecordingStatus.FAILED),
        status=RecordingStatus.READY.value,
        starts_at=iso(chosen.starts_at),
        ends_at=iso(chosen.ends_at),
        duration=Decimal(f"{seconds:.3f}"),  # the table takes no binary fractions
        segments=len(present),
        missing_segments=len(chosen.segments) - len(present),
        size=sum(there[number] for number in present),
        gaps=[gap.model_dump(mode="json") for gap in gaps(chosen, set(present))],
        playlist=f"s3://{settings().bucket}/{step.playlist_key}",
        error=None,
    )
    return Done()
