"""HLS playlists: reading a channel's, choosing what a recording is cut from, writing the recording's own.

Used by the steps of ``finalize_recording`` (``tasks/recording``). Nothing here knows where a playlist is kept. The
marks of a recording are rounded to the nearest segment boundary, so its length is within one segment of stop − start;
what lies between the rounded marks and has no pictures is a gap, and a gap is told, never skipped.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping, Sequence
from datetime import UTC, datetime, timedelta
from itertools import pairwise
from math import ceil
from typing import NamedTuple

from pydantic import TypeAdapter

from shared.domain.model import Value
from shared.domain.recording import Gap

#: Date-times and durations of one playlist disagree by frames and roundings. Up to this much is not a gap.
TOLERANCE = timedelta(seconds=0.5)

#: Segments that one step copies: one after the other, in about 60 ms each, well within a function's 15 seconds.
RANGE = 100
#: Ranges of one recording. Each costs 7 of an execution's 25,000 events and some 30 bytes of its 256 KB of state.
MOST_RANGES = 1500
#: Gaps that a row tells apart: a row has 400 KB at most.
MOST_GAPS = 1000


class Segment(NamedTuple):
    """One segment as its playlist tells of it: ``duration`` in seconds; ``breaks``: it does not go on from the last."""

    name: str
    starts_at: datetime
    duration: float
    breaks: bool


class Playlist(NamedTuple):
    """A media playlist. ``ended``: nothing follows."""

    segments: tuple[Segment, ...]
    ended: bool

    def reaches(self, moment: datetime) -> bool:
        """Whether it says all that there will be up to a moment."""
        last = self.segments[-1] if self.segments else None
        return self.ended or (last is not None and _end(last) >= moment)

    def within(self, folder: str) -> Playlist:
        """The same with the segments named by where they are: a playlist names them as seen from itself."""
        return self._replace(segments=tuple(one._replace(name=folder + one.name) for one in self.segments))

    def covers(self, started_at: datetime, ended_at: datetime) -> timedelta:
        """How much of an interval it has pictures of."""
        nothing = timedelta()
        parts = (min(_end(one), ended_at) - max(one.starts_at, started_at) for one in self.segments)
        return sum((part for part in parts if part > nothing), nothing)


class Chosen(NamedTuple):
    """A segment of a recording. ``ends_at`` is where the next one begins, unless there is a gap, so that times add up.

    ``duration`` is what its playlist says; ``size`` in bytes, None where its source was not there.
    """

    source: str
    starts_at: datetime
    ends_at: datetime
    duration: float
    breaks: bool
    size: int | None = None

    def weighs(self, size: int | None) -> bool:
        """Whether an object of that size (None: there is none) can be a copy of it."""
        return size is not None and self.size in (None, size)


class Cut(NamedTuple):
    """What a recording consists of, decided once. ``starts_at`` and ``ends_at`` are its rounded marks."""

    starts_at: datetime
    ends_at: datetime
    segments: tuple[Chosen, ...]

    def to_json(self) -> bytes:
        return _CUT.dump_json(self)

    @staticmethod
    def from_json(body: bytes) -> Cut:
        return _CUT.validate_json(body)


class Range(Value):
    """Segments of a cut by number, from 0; both ends are included."""

    first: int
    last: int


_CUT = TypeAdapter(Cut)


# Reading


def parse(text: str) -> Playlist | None:
    """A media playlist; None for a master playlist, which names playlists and not segments.

    A segment's time is its EXT-X-PROGRAM-DATE-TIME, else the end of the one before. Those before the first date-time
    are counted back from it; a playlist without any has no segment that could be chosen.
    """
    found: list[tuple[str, datetime | None, float, bool]] = []
    duration, dated, breaks, ended = 0.0, None, False, False
    for line in map(str.strip, text.splitlines()):
        if line.startswith("#EXT-X-STREAM-INF"):
            return None
        if line.startswith("#EXTINF:"):
            duration = float(line.removeprefix("#EXTINF:").partition(",")[0])
        elif line.startswith("#EXT-X-PROGRAM-DATE-TIME:"):
            dated = _moment(line.partition(":")[2])
        elif line == "#EXT-X-DISCONTINUITY":
            breaks = True
        elif line == "#EXT-X-ENDLIST":
            ended = True
        elif line and not line.startswith("#"):
            found.append((line, dated, duration, breaks))
            dated, breaks = None, False
    return Playlist(tuple(_dated(found)), ended)


def named(text: str) -> tuple[str, ...]:
    """The segments that a playlist names, in its order, whatever else it says."""
    return tuple(line for line in map(str.strip, text.splitlines()) if line and not line.startswith("#"))


def _dated(found: Sequence[tuple[str, datetime | None, float, bool]]) -> Iterable[Segment]:
    first = next((number for number, (_, dated, _, _) in enumerate(found) if dated is not None), None)
    if first is None:
        return
    moment = found[first][1] or datetime.min
    moment -= sum((timedelta(seconds=duration) for _, _, duration, _ in found[:first]), timedelta())
    for name, dated, duration, breaks in found:
        moment = dated or moment
        yield Segment(name, moment, duration, breaks)
        moment += timedelta(seconds=duration)


def _moment(text: str) -> datetime:
    """A date-time without a zone is taken for UTC, which MediaLive writes."""
    moment = datetime.fromisoformat(text)
    return moment.astimezone(UTC) if moment.tzinfo else moment.replace(tzinfo=UTC)


# Choosing


def cut(runs: Iterable[Sequence[Segment]], started_at: datetime, ended_at: datetime) -> Cut:
    """What lies between two marks, out of all segments of each run, the oldest run first.

    A segment belongs to it if its middle does. A recording so short that it holds no segment's middle is the segment
    that it lies in. Without any segment the marks stay as they are.
    """
    line = _timeline(runs)
    chosen = tuple(one for one in line if started_at <= _middle(one) < ended_at)
    if not chosen:
        around = started_at + (ended_at - started_at) / 2
        chosen = tuple(one for one in line if one.starts_at <= around < one.ends_at)
        if chosen:
            return Cut(chosen[0].starts_at, chosen[0].ends_at, chosen)
        return Cut(started_at, ended_at, ())
    first, last = chosen[0].starts_at, chosen[-1].ends_at
    starts_at = min(first, next((one.ends_at for one in line if _holds(one, started_at)), started_at))
    ends_at = max(last, next((one.starts_at for one in line if _holds(one, ended_at)), ended_at))
    return Cut(
        first if first <= started_at or first - starts_at <= TOLERANCE else starts_at,
        last if last >= ended_at or ends_at - last <= TOLERANCE else ends_at,
        chosen,
    )


def _timeline(runs: Iterable[Sequence[Segment]]) -> list[Chosen]:
    """All segments one behind the other, none over another, with the roundings taken out of their times.

    A clock that was set back does not take time back: such a segment begins where the one before it ends.
    """
    line: list[Chosen] = []
    for run in runs:
        for number, segment in enumerate(run):
            before = line[-1] if line else None
            starts_at, follows = segment.starts_at, False
            if before is not None:
                slack = min(TOLERANCE, (before.ends_at - before.starts_at) / 2)
                starts_at = starts_at if starts_at >= before.ends_at - slack else before.ends_at
                follows = starts_at <= before.ends_at + TOLERANCE
                if follows:
                    line[-1] = before._replace(ends_at=starts_at)
            ends_at = starts_at + timedelta(seconds=segment.duration)
            breaks = segment.breaks or number == 0 or not follows
            line.append(Chosen(segment.name, starts_at, ends_at, segment.duration, breaks))
    return line


def _middle(one: Chosen) -> datetime:
    return one.starts_at + (one.ends_at - one.starts_at) / 2


def _holds(one: Chosen, moment: datetime) -> bool:
    return one.starts_at <= moment < one.ends_at


def _end(one: Segment) -> datetime:
    return one.starts_at + timedelta(seconds=one.duration)


def gaps(of: Cut, present: Collection[int]) -> tuple[Gap, ...]:
    """Every interval between the rounded marks without pictures, when only the segments ``present`` are there.

    Together with those segments they fill the recording exactly. More than ``MOST_GAPS`` are told together with what
    little lies between them.
    """
    found: list[Gap] = []
    at = of.starts_at
    for number, one in enumerate(of.segments):
        if number in present:
            if one.starts_at > at:
                found.append(Gap(starts_at=at, ends_at=one.starts_at))
            at = one.ends_at
    if at < of.ends_at:
        found.append(Gap(starts_at=at, ends_at=of.ends_at))
    apart = timedelta(seconds=1)
    while len(found) > MOST_GAPS:
        found, apart = _joined(found, apart), apart * 2
    return tuple(found)


def _joined(gaps: Sequence[Gap], apart: timedelta) -> list[Gap]:
    joined = [gaps[0]]
    for _, gap in pairwise(gaps):
        if gap.starts_at - joined[-1].ends_at <= apart:
            joined[-1] = Gap(starts_at=joined[-1].starts_at, ends_at=gap.ends_at)
        else:
            joined.append(gap)
    return joined


def ranges(count: int) -> tuple[Range, ...]:
    """All segments of a cut in ranges that one step copies."""
    size = max(RANGE, ceil(count / MOST_RANGES))
    return tuple(Range(first=first, last=min(first + size, count) - 1) for first in range(0, count, size))


def sized(of: Cut, sizes: Mapping[str, int]) -> Cut:
    """The cut with what its sources weigh."""
    return of._replace(segments=tuple(one._replace(size=sizes.get(one.source)) for one in of.segments))


# Writing


def segment_name(number: int) -> str:
    """What a recording's segment is called, in the folder of its playlist."""
    return f"{number:06}.ts"


def number_of(name: str) -> int:
    """The other way round. Raises ValueError for what is not a segment's name."""
    return int(name.removesuffix(".ts"))


def write(of: Cut, present: Collection[int]) -> str:
    """The VOD playlist of the segments that are there (RFC 8216). At least one has to be."""
    numbers = sorted(present)
    longest = max(of.segments[number].duration for number in numbers)
    lines = ["#EXTM3U", "#EXT-X-VERSION:3", f"#EXT-X-TARGETDURATION:{ceil(longest)}", "#EXT-X-MEDIA-SEQUENCE:0"]
    lines.append("#EXT-X-PLAYLIST-TYPE:VOD")
    for place, number in enumerate(numbers):
        one = of.segments[number]
        breaks = place > 0 and (one.breaks or numbers[place - 1] != number - 1)
        if breaks:
            lines.append("#EXT-X-DISCONTINUITY")
        if breaks or place == 0:
            moment = one.starts_at.isoformat(timespec="milliseconds").replace("+00:00", "Z")
            lines.append(f"#EXT-X-PROGRAM-DATE-TIME:{moment}")
        lines += [f"#EXTINF:{one.duration:.5f},", segment_name(number)]
    return "\n".join([*lines, "#EXT-X-ENDLIST", ""])
