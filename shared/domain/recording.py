"""Recordings, and the runs of channels that they are cut from.

A channel that records writes segments into ``buffer/`` all the time it runs. A recording is two marks in time; what
lies between them is copied out of the buffer afterwards. It may span several runs, and where the channel did not run
it has a gap, which it declares.
"""

from __future__ import annotations

from collections.abc import Iterable
from datetime import datetime
from enum import StrEnum
from itertools import zip_longest

from shared.domain.errors import ErrorInfo
from shared.domain.model import Value


class RecordingStatus(StrEnum):
    """``starting``: asked for, and the channel does not run yet; ``stopping``: its end is marked, and the last segment
    is waited for; ``processing``: it is being copied; ``ready``: it plays."""

    STARTING = "starting"
    RECORDING = "recording"
    STOPPING = "stopping"
    PROCESSING = "processing"
    READY = "ready"
    FAILED = "failed"


#: Nothing more happens to a recording in one of these.
SETTLED = frozenset({RecordingStatus.READY, RecordingStatus.FAILED})


class Gap(Value):
    """A time for which a recording has no pictures."""

    starts_at: datetime
    ends_at: datetime


class Run(Value):
    """One run of a channel, from its start to its stop. Costs are counted by it, recordings are cut from it.

    ``number`` is that of the operation that started it; ``prefix`` is where it writes its segments ("" if it records
    nothing). ``running_at`` and ``stopped_at`` are when it was seen RUNNING, and IDLE or gone again.
    ``streams``: whether it also goes to a destination. ``input_lost_since``: by its alerts, None while it has input.
    """

    destination_id: str
    number: int
    channel_id: str
    prefix: str = ""
    streams: bool
    asked_at: datetime
    running_at: datetime | None = None
    stopped_at: datetime | None = None
    input_lost_since: datetime | None = None


class Recording(Value):
    """A recording's row. Times are UTC; durations are seconds.

    ``started_at`` and ``ended_at`` are the marks, None until it really records, or while it goes on. ``starts_at`` and
    ``ends_at`` are what its segments cover, within half a segment of the marks, known once they are gathered.
    ``gaps``: where the channel did not run or wrote nothing; ``missing_segments``: how many segments there should be
    and are not, each of which lies in a gap, too. ``attempt`` counts the executions that finalize it.
    """

    recording_id: str
    status: RecordingStatus
    requested_at: datetime
    requested_by: str | None = None
    started_at: datetime | None = None
    ended_at: datetime | None = None
    attempt: int = 0
    starts_at: datetime | None = None
    ends_at: datetime | None = None
    duration: float | None = None
    segments: int | None = None
    missing_segments: int | None = None
    size: int | None = None
    gaps: tuple[Gap, ...] = ()
    playlist: str | None = None
    error: ErrorInfo | None = None
    updated_at: datetime


def recording_id(number: int) -> str:
    return f"r{number:03}"


def with_ends(runs: Iterable[Run]) -> tuple[Run, ...]:
    """The runs by channel, oldest first. One whose end nobody has seen was over when the channel's next was asked for:
    a channel that stopped by itself, say, and the event got lost."""
    by_channel = sorted(runs, key=lambda run: (run.destination_id, run.number))
    return tuple(
        run.model_copy(update={"stopped_at": later.asked_at})
        if run.stopped_at is None and later is not None and later.destination_id == run.destination_id
        else run
        for run, later in zip_longest(by_channel, by_channel[1:])
    )


def overlapping(recording: Recording, runs: Iterable[Run]) -> tuple[Run, ...]:
    """The runs that a recording may have segments in, oldest first."""
    return tuple(
        run
        for run in sorted(runs, key=lambda run: run.number)
        if run.prefix
        and recording.started_at is not None
        and (run.stopped_at is None or run.stopped_at > recording.started_at)
        and (recording.ended_at is None or run.asked_at < recording.ended_at)
    )


def declared_gaps(recording: Recording, runs: Iterable[Run], now: datetime) -> tuple[Gap, ...]:
    """Where no channel was seen running between a recording's marks: what is said before its segments are gathered."""
    if recording.started_at is None:
        return ()
    end = recording.ended_at or now
    gaps = []
    covered = recording.started_at
    for run in overlapping(recording, with_ends(runs)):
        if run.running_at is not None and run.running_at > covered:
            gaps.append(Gap(starts_at=covered, ends_at=min(run.running_at, end)))
        if run.running_at is not None:
            covered = max(covered, run.stopped_at or end)
    if covered < end:
        gaps.append(Gap(starts_at=covered, ends_at=end))
    return tuple(gaps)
