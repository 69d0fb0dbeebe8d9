"""From a channel's playlists to a recording's: what is chosen between two marks, what is a gap, what is written."""

from __future__ import annotations

import json
from collections.abc import Sequence
from datetime import UTC, datetime, timedelta
from itertools import pairwise
from math import ceil

import pytest
from hypothesis import given
from hypothesis import strategies as st

from shared.domain.playlists import (
    MOST_GAPS,
    Chosen,
    Cut,
    Playlist,
    Segment,
    cut,
    gaps,
    number_of,
    parse,
    ranges,
    segment_name,
    sized,
    write,
)
from shared.domain.recording import Gap

NOON = datetime(2026, 11, 22, 12, tzinfo=UTC)
TWO = 2.0

#: Limits of AWS (quotas of Lambda and Step Functions), and what a copy in S3 takes.
FUNCTION_SECONDS, STATE_BYTES, EVENTS, A_COPY = 15, 256 * 1024, 25_000, 0.06


def at(seconds: float) -> datetime:
    return NOON + timedelta(seconds=seconds)


def run(count: int, begins: float = 0.0, seconds: float = TWO, prefix: str = "show") -> list[Segment]:
    return [Segment(f"{prefix}_{n:05}.ts", at(begins + n * seconds), seconds, False) for n in range(count)]


def sources(of: Cut) -> list[str]:
    return [one.source for one in of.segments]


def span(gap: Gap) -> tuple[float, float]:
    return (gap.starts_at - NOON).total_seconds(), (gap.ends_at - NOON).total_seconds()


# Reading

WRITTEN = """#EXTM3U
#EXT-X-VERSION:3
#EXT-X-TARGETDURATION:2
#EXT-X-MEDIA-SEQUENCE:1
#EXT-X-PLAYLIST-TYPE:EVENT
#EXT-X-PROGRAM-DATE-TIME:2026-11-22T12:00:00.000Z
#EXTINF:2.00000,
show_1080_00001.ts
#EXTINF:1.60000,
show_1080_00002.ts
#EXT-X-DISCONTINUITY
#EXT-X-PROGRAM-DATE-TIME:2026-11-22T13:01:00.500+01:00
#EXTINF:2.00000,
show_1080_00003.ts
"""


def test_a_segment_is_dated_by_its_playlist_or_by_the_one_before() -> None:
    assert parse(WRITTEN) == Playlist(
        (
            Segment("show_1080_00001.ts", at(0), 2.0, False),
            Segment("show_1080_00002.ts", at(2), 1.6, False),
            Segment("show_1080_00003.ts", at(60.5), 2.0, True),
        ),
        ended=False,
    )


def test_a_playlist_that_says_so_has_ended() -> None:
    found = parse(WRITTEN + "#EXT-X-ENDLIST\n")
    assert found is not None and found.ended and found.reaches(at(1e6))


def test_a_playlist_reaches_the_end_of_its_last_segment() -> None:
    found = parse(WRITTEN)
    assert found is not None
    assert found.reaches(at(62.5)) and not found.reaches(at(62.6))
    assert not Playlist((), ended=False).reaches(NOON)


def test_a_master_playlist_is_none() -> None:
    assert parse("#EXTM3U\n#EXT-X-STREAM-INF:BANDWIDTH=1\nshow_1080.m3u8\n") is None


def test_what_comes_before_the_first_date_is_counted_back_from_it() -> None:
    found = parse(
        "#EXTM3U\n#EXTINF:2,\na\n#EXTINF:3,\nb\n#EXT-X-PROGRAM-DATE-TIME:2026-11-22T12:00:05Z\n#EXTINF:2,\nc\n"
    )
    assert found is not None and [one.starts_at for one in found.segments] == [at(0), at(2), at(5)]


def test_without_a_date_nothing_can_be_chosen() -> None:
    assert parse("#EXTM3U\n#EXTINF:2,\na.ts\n#EXT-X-ENDLIST\n") == Playlist((), ended=True)


def test_segments_are_named_by_where_they_are() -> None:
    assert Playlist(tuple(run(1)), ended=False).within("buffer/s/1/0/").segments[0].name == "buffer/s/1/0/show_00000.ts"


def test_the_pipeline_that_covers_more_is_told_by_what_lies_between_the_marks() -> None:
    whole, late = Playlist(tuple(run(5)), ended=False), Playlist(tuple(run(50, 6)), ended=False)
    assert whole.covers(at(1), at(9)) == timedelta(seconds=8)
    assert late.covers(at(1), at(9)) == timedelta(seconds=3)
    assert late.covers(at(-20), at(-10)) == timedelta()


# Choosing


@pytest.mark.parametrize(
    ("started", "ended", "chosen"),
    [
        (2.0, 6.0, [1, 2]),  # on the boundaries
        (2.9, 6.9, [1, 2]),  # less than half of each lies outside, or inside
        (3.1, 7.1, [2, 3]),
        (3.0, 7.0, [1, 2]),  # a middle on the mark: it begins a recording, and ends none
        (2.2, 2.5, [1]),  # shorter than half a segment: the segment it lies in
        (4.0, 4.0, [2]),
    ],
)
def test_the_marks_are_rounded_to_the_nearest_boundary(started: float, ended: float, chosen: list[int]) -> None:
    found = cut([run(10)], at(started), at(ended))
    assert sources(found) == [f"show_{n:05}.ts" for n in chosen]
    assert (found.starts_at, found.ends_at) == (at(2 * chosen[0]), at(2 * chosen[-1] + 2))
    assert gaps(found, set(range(len(chosen)))) == ()


def test_where_nothing_was_written_is_a_gap() -> None:
    found = cut([run(3, 4), run(2, 20, prefix="later")], at(1), at(30))
    assert (found.starts_at, found.ends_at) == (at(1), at(30)), "a mark that lies in no segment stays as it is"
    assert [one.breaks for one in found.segments] == [True, False, False, True, False]
    assert [span(gap) for gap in gaps(found, set(range(5)))] == [(1, 4), (10, 20), (24, 30)]


def test_a_segment_that_is_not_there_is_a_gap_and_joins_its_neighbours() -> None:
    found = cut([run(3), run(2, 20, prefix="later")], at(0), at(24))
    assert [span(gap) for gap in gaps(found, {1, 4})] == [(0, 2), (4, 22)]


def test_a_mark_a_moment_off_a_segment_is_no_gap() -> None:
    found = cut([run(3)], at(-0.4), at(6.3))
    assert (found.starts_at, found.ends_at, gaps(found, {0, 1, 2})) == (at(0), at(6), ())


def test_between_marks_without_a_segment_there_is_nothing() -> None:
    assert cut([run(3)], at(10), at(20)) == Cut(at(10), at(20), ())
    assert cut([], at(10), at(20)).segments == ()


def test_roundings_of_times_and_durations_are_not_told() -> None:
    rough = [Segment(str(n), at(2 * n + (0.04, -0.03, 0.02)[n % 3]), (2.0, 1.9, 2.1)[n % 3], False) for n in range(30)]
    found = cut([rough], at(0), at(60))
    assert len(found.segments) == 30 and gaps(found, set(range(30))) == ()


def test_a_clock_that_is_set_back_takes_nothing_back() -> None:
    back = [*run(5), *(Segment(f"back_{n}", at(5 + 2 * n), TWO, False) for n in range(5))]
    found = cut([back], at(0), at(20))
    assert [one.starts_at for one in found.segments] == [at(2 * n) for n in range(10)]
    assert gaps(found, set(range(10))) == ()


@st.composite
def recorded(draw: st.DrawFn) -> tuple[list[list[Segment]], datetime, datetime]:
    """Runs of a channel with holes in them and between them, and two marks. All in whole milliseconds."""
    moment, runs = draw(st.integers(0, 20_000)), []
    for number in range(draw(st.integers(0, 3))):
        segments = []
        for index in range(draw(st.integers(1, 12))):
            breaks = draw(st.booleans()) and draw(st.booleans())
            moment += draw(st.integers(501, 9_000)) if breaks else 0
            length = draw(st.sampled_from([2000, 2000, 2000, 1600, 200]))
            segments.append(Segment(f"{number}/{index}", at(moment / 1000), length / 1000, breaks))
            moment += length
        runs.append(segments)
        moment += draw(st.integers(501, 90_000))
    started = draw(st.integers(-5_000, moment + 5_000))
    return runs, at(started / 1000), at((started + draw(st.integers(0, 60_000))) / 1000)


def seconds_of(found: Sequence[Chosen]) -> timedelta:
    return sum((timedelta(seconds=one.duration) for one in found), timedelta())


@given(recorded())
def test_the_length_is_within_one_segment_of_what_was_asked(
    asked: tuple[list[list[Segment]], datetime, datetime],
) -> None:
    runs, started, ended = asked
    found = cut(runs, started, ended)
    assert abs((found.ends_at - found.starts_at) - (ended - started)) <= timedelta(seconds=TWO)
    assert abs(found.starts_at - started) <= timedelta(seconds=TWO)
    if len(found.segments) > 1:
        assert abs(found.starts_at - started) <= timedelta(seconds=TWO / 2)
        assert abs(found.ends_at - ended) <= timedelta(seconds=TWO / 2)


@given(recorded(), st.data())
def test_pictures_and_gaps_fill_a_recording_exactly(
    asked: tuple[list[list[Segment]], datetime, datetime], data: st.DataObject
) -> None:
    """No second is lost unsaid, whichever segments are not there."""
    found = cut(*asked)
    present = data.draw(st.sets(st.sampled_from(range(len(found.segments))))) if found.segments else set()
    told = gaps(found, present)
    without = sum((gap.ends_at - gap.starts_at for gap in told), timedelta())
    assert seconds_of([found.segments[n] for n in present]) + without == found.ends_at - found.starts_at
    edges = sorted(
        [(found.segments[n].starts_at, found.segments[n].ends_at) for n in present]
        + [(gap.starts_at, gap.ends_at) for gap in told]
    )
    for (_, end), (start, _) in pairwise(edges):
        assert end <= start


@given(recorded())
def test_a_cut_is_the_same_when_it_is_cut_again(asked: tuple[list[list[Segment]], datetime, datetime]) -> None:
    runs, started, ended = asked
    found = cut(runs, started, ended)
    assert cut(runs, started, ended) == found == Cut.from_json(found.to_json())
    if found.segments:
        assert cut(runs, found.starts_at, found.ends_at) == found, "a boundary is rounded to itself"


@given(recorded(), st.integers(0, 60_000))
def test_recordings_that_follow_on_each_other_share_no_segment_and_lose_none(
    asked: tuple[list[list[Segment]], datetime, datetime], between: int
) -> None:
    runs, started, ended = asked
    middle = min(started + timedelta(milliseconds=between), ended)
    first, second, both = cut(runs, started, middle), cut(runs, middle, ended), cut(runs, started, ended)
    if all(
        any(started <= one.starts_at + (one.ends_at - one.starts_at) / 2 < ended for one in half.segments)
        for half, started, ended in ((first, started, middle), (second, middle, ended))
    ):
        assert sources(first) + sources(second) == sources(both)


# Writing


@given(recorded(), st.data())
def test_what_is_written_reads_back(asked: tuple[list[list[Segment]], datetime, datetime], data: st.DataObject) -> None:
    found = cut(*asked)
    if not found.segments:
        return
    present = sorted(data.draw(st.sets(st.sampled_from(range(len(found.segments))), min_size=1)))
    text = write(found, present)
    back = parse(text)
    assert back is not None and back.ended
    assert [number_of(one.name) for one in back.segments] == present
    assert [one.duration for one in back.segments] == [found.segments[n].duration for n in present]
    assert [one.starts_at for one in back.segments] == [found.segments[n].starts_at for n in present]
    assert f"#EXT-X-TARGETDURATION:{ceil(max(one.duration for one in back.segments))}\n" in text
    for place, number in enumerate(present[1:], start=1):
        follows = number == present[place - 1] + 1 and not found.segments[number].breaks
        assert back.segments[place].breaks is not follows


def test_a_playlist_of_two_runs_with_a_segment_missing() -> None:
    found = cut([run(3), run(2, 20, prefix="later")], at(0.3), at(23.8))
    assert write(found, {0, 2, 3, 4}).splitlines() == [
        "#EXTM3U",
        "#EXT-X-VERSION:3",
        "#EXT-X-TARGETDURATION:2",
        "#EXT-X-MEDIA-SEQUENCE:0",
        "#EXT-X-PLAYLIST-TYPE:VOD",
        "#EXT-X-PROGRAM-DATE-TIME:2026-11-22T12:00:00.000Z",
        "#EXTINF:2.00000,",
        "000000.ts",
        "#EXT-X-DISCONTINUITY",
        "#EXT-X-PROGRAM-DATE-TIME:2026-11-22T12:00:04.000Z",
        "#EXTINF:2.00000,",
        "000002.ts",
        "#EXT-X-DISCONTINUITY",
        "#EXT-X-PROGRAM-DATE-TIME:2026-11-22T12:00:20.000Z",
        "#EXTINF:2.00000,",
        "000003.ts",
        "#EXTINF:2.00000,",
        "000004.ts",
        "#EXT-X-ENDLIST",
    ]


def test_a_copy_has_the_size_of_its_source() -> None:
    found = sized(cut([run(2)], at(0), at(4)), {"show_00000.ts": 7})
    weighed, unknown = found.segments
    assert weighed.weighs(7) and not weighed.weighs(6) and not weighed.weighs(None)
    assert unknown.size is None and unknown.weighs(6) and not unknown.weighs(None)


# How much it may be


def test_a_row_holds_the_gaps_of_any_recording() -> None:
    found = cut([run(10_000)], at(0), at(20_000))
    told = gaps(found, set(range(0, 10_000, 2)))
    assert len(told) <= MOST_GAPS
    assert told[0].starts_at == at(2) and told[-1].ends_at == at(20_000)


@pytest.mark.parametrize("count", [1, 100, 101, 10_000, 21_600, 302_400])
def test_ranges_are_all_segments_once(count: int) -> None:
    numbers = [number for one in ranges(count) for number in range(one.first, one.last + 1)]
    assert numbers == list(range(count))


@pytest.mark.parametrize("count", [10_000, 21_600, 43_200, 150_000])
def test_a_recording_stays_far_within_the_limits_of_a_function_and_an_execution(count: int) -> None:
    """5.5, 12, 24 and 83 hours of segments of two seconds. A range is a Map's round of one Task: seven events
    (MapIterationStarted, TaskStateEntered, LambdaFunctionScheduled, -Started, -Succeeded, TaskStateExited,
    MapIterationSucceeded); each of its segments is one copy."""
    made = ranges(count)
    assert max(one.last - one.first + 1 for one in made) * A_COPY <= FUNCTION_SECONDS / 2
    state = {
        "session_id": "s-000000000000",
        "recording_id": "r001",
        "gathered": {"ranges": [one.model_dump() for one in made]},
    }
    assert len(json.dumps(state)) <= STATE_BYTES / 4
    assert len(made) * 7 + 50 <= EVENTS / 2


def test_a_week_is_copied_in_larger_ranges_and_stays_within_them_too() -> None:
    made = ranges(302_400)
    assert max(one.last - one.first + 1 for one in made) * A_COPY < FUNCTION_SECONDS
    assert len(made) * 7 + 50 <= EVENTS / 2


def test_names_sort_as_their_numbers() -> None:
    names = [segment_name(number) for number in (0, 9, 10, 99_999, 302_399)]
    assert names == sorted(names) and [number_of(name) for name in names] == [0, 9, 10, 99_999, 302_399]
