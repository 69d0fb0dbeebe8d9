"""Decide which segments a recording consists of, and write them down for the steps behind.

First state of ``finalize_recording``. Says ``NotReady`` until the channel has written a segment past the end mark, for
five minutes: then it takes what there is. Idempotent: the list is written once, and a repetition goes by it.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from datetime import datetime, timedelta
from itertools import groupby, zip_longest

from shared.domain.errors import NotReady, RecordingEmpty
from shared.domain.model import Value
from shared.domain.playlists import Chosen, Cut, Playlist, Range, cut, parse, ranges, sized
from shared.domain.recording import RecordingStatus, Run, overlapping
from shared.gateways import objects, recordings
from shared.gateways.table import iso
from shared.runtime.clock import now
from shared.runtime.log import logger
from shared.runtime.task import task
from tasks.recording.work import RecordingStep

#: How long after the end mark a segment past it is waited for. A channel whose input is lost may write none.
PATIENCE = timedelta(minutes=5)
#: How long after a run's end, or behind the other pipeline, something may still be written.
SETTLING = timedelta(seconds=30)
#: A channel's pipelines write below the run's prefix, each into a folder of its own.
PIPELINES = ("0/", "1/")


class SegmentsGathered(Value):
    """``ranges`` of the list that is in S3: the segments themselves are never in state data."""

    ranges: tuple[Range, ...]


@task
def handler(step: RecordingStep) -> SegmentsGathered:
    body = objects.get(step.work_key)
    chosen = Cut.from_json(body) if body is not None else _write_down(step)
    recordings.change(
        step.session_id,
        step.recording_id,
        now(),
        (RecordingStatus.STOPPING, RecordingStatus.PROCESSING),
        status=RecordingStatus.PROCESSING.value,
        starts_at=iso(chosen.starts_at),
        ends_at=iso(chosen.ends_at),
    )
    return SegmentsGathered(ranges=ranges(len(chosen.segments)))


def _write_down(step: RecordingStep) -> Cut:
    """Raises ``NotReady`` while segments may still come, ``RecordingEmpty`` when there are none."""
    chosen = _choose(step)
    if not chosen.segments:
        raise RecordingEmpty(
            f"no segment was written between {chosen.starts_at:%H:%M:%S} and {chosen.ends_at:%H:%M:%S}"
        )
    chosen = sized(chosen, {one.key: one.size for one in _sources(chosen.segments)})
    if objects.put_once(step.work_key, chosen.to_json(), "application/json"):
        logger.info("gathered", extra={"segments": len(chosen.segments)})
        return chosen
    return Cut.from_json(objects.get(step.work_key) or b"")  # another was faster, and theirs is what counts


def _choose(step: RecordingStep) -> Cut:
    recording = recordings.get(step.session_id, step.recording_id)
    started_at, ended_at = recording.started_at, recording.ended_at
    if started_at is None or ended_at is None:
        raise RecordingEmpty(f"recording {step.recording_id} never began")
    moment = now()
    runs = overlapping(recording, recordings.runs(step.session_id))
    written = []
    for run, later in zip_longest(runs, runs[1:]):
        playlists = _playlists(run)
        if not _complete(run, later, playlists, ended_at, moment):
            raise NotReady(f"run {run.number} has not written all up to {ended_at:%H:%M:%S} UTC yet")
        if playlists:
            written.append(max(playlists, key=lambda playlist: playlist.covers(started_at, ended_at)).segments)
    return cut(written, started_at, ended_at)


def _playlists(run: Run) -> list[Playlist]:
    """The media playlist of each pipeline that has one."""
    found = []
    for pipeline in PIPELINES:
        # A playlist's name sorts before those of its segments, so this is the first page, however long the run.
        for stored in objects.listed(run.prefix + pipeline):
            if stored.key.endswith(".m3u8"):
                playlist = parse((objects.get(stored.key) or b"").decode())
                if playlist is not None and playlist.segments:
                    found.append(playlist.within(stored.key.rpartition("/")[0] + "/"))
                    break
    return found


def _complete(run: Run, later: Run | None, playlists: Sequence[Playlist], ended_at: datetime, moment: datetime) -> bool:
    """Whether there is nothing to wait for: all up to the mark is written, or nothing more will be."""
    if moment >= ended_at + PATIENCE:
        return True
    over_at = run.stopped_at or (later.asked_at if later else None)
    if over_at is not None and moment >= over_at + SETTLING:
        return True
    reached = [playlist.reaches(ended_at) for playlist in playlists]
    return any(reached) and (all(reached) or moment >= ended_at + SETTLING)


def _sources(segments: Sequence[Chosen]) -> Iterator[objects.Stored]:
    """What there is in the bucket from the first to the last source of each run."""
    keys = sorted(one.source for one in segments)
    for folder, group in groupby(keys, key=lambda key: key.rpartition("/")[0] + "/"):
        of_run = list(group)
        for stored in objects.listed(folder, after=of_run[0][:-1]):
            if stored.key > of_run[-1]:
                break
            yield stored
