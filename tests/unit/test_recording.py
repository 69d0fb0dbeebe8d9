"""Recordings as cuts of runs: which runs one may have segments in, and the gaps it declares until they are gathered."""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import Any

from hypothesis import given, settings
from hypothesis import strategies as st

from shared.domain.recording import (
    SETTLED,
    Gap,
    Recording,
    RecordingStatus,
    Run,
    declared_gaps,
    overlapping,
    recording_id,
    with_ends,
)
from tests.unit.domain_objects import NOON


def at(minutes: float) -> datetime:
    return NOON + timedelta(minutes=minutes)


def a_recording(start: float | None, end: float | None = None) -> Recording:
    return Recording(
        recording_id="r001",
        status=RecordingStatus.RECORDING,
        requested_at=NOON,
        started_at=None if start is None else at(start),
        ended_at=None if end is None else at(end),
        updated_at=NOON,
    )


def a_run(number: int, running: float | None, stopped: float | None = None, **changes: Any) -> Run:
    """Asked for a minute before it runs."""
    return Run(
        destination_id="main",
        number=number,
        channel_id="1234567",
        prefix=f"buffer/s/{number}/",
        streams=True,
        asked_at=at((running or 0) - 1),
        running_at=None if running is None else at(running),
        stopped_at=None if stopped is None else at(stopped),
    ).model_copy(update=changes)


def gaps(recording: Recording, *runs: Run, now: float = 60) -> list[tuple[float, float]]:
    found = declared_gaps(recording, runs, at(now))
    return [
        ((gap.starts_at - NOON) / timedelta(minutes=1), (gap.ends_at - NOON) / timedelta(minutes=1)) for gap in found
    ]


def test_recordings_are_numbered_so_that_they_sort() -> None:
    assert [recording_id(number) for number in (1, 12, 345)] == ["r001", "r012", "r345"]
    assert {RecordingStatus.READY, RecordingStatus.FAILED} == SETTLED


def test_a_recording_lies_in_the_runs_that_write_between_its_marks() -> None:
    runs = [a_run(9, 50, 60), a_run(2, 0, 10), a_run(3, 15, 20), a_run(4, 25, 40), a_run(5, 30, prefix="")]
    found = overlapping(a_recording(12, 30), runs)
    assert [run.number for run in found] == [3, 4]
    assert [run.number for run in overlapping(a_recording(12), runs)] == [3, 4, 9]
    assert overlapping(a_recording(None), runs) == ()


def test_a_run_that_was_asked_for_before_the_end_mark_counts_although_it_ran_later() -> None:
    assert [run.number for run in overlapping(a_recording(0, 9.5), [a_run(2, 10)])] == [2]


def test_a_recording_within_one_run_has_no_gap() -> None:
    assert gaps(a_recording(5, 9), a_run(2, 0)) == []
    assert gaps(a_recording(5, 9), a_run(2, 0, 9)) == []
    assert gaps(a_recording(5), a_run(2, 0)) == []


def test_what_has_not_begun_has_no_gap() -> None:
    assert gaps(a_recording(None)) == []


def test_between_two_runs_there_is_a_gap() -> None:
    assert gaps(a_recording(5, 40), a_run(2, 0, 10), a_run(3, 13, 50)) == [(10, 13)]
    assert gaps(a_recording(5), a_run(2, 0, 10), a_run(3, 13, 20), a_run(4, 22)) == [(10, 13), (20, 22)]


def test_while_the_next_run_does_not_run_yet_the_gap_goes_up_to_now() -> None:
    assert gaps(a_recording(5), a_run(2, 0, 10), now=12) == [(10, 12)]
    assert gaps(a_recording(5), a_run(2, 0, 10), a_run(3, None, asked_at=at(11)), now=12) == [(10, 12)]


def test_a_recording_whose_channel_never_came_back_has_a_gap_up_to_its_end() -> None:
    assert gaps(a_recording(5, 20), a_run(2, 0, 10), a_run(3, None, asked_at=at(11))) == [(10, 20)]
    assert gaps(a_recording(5, 12), a_run(2, 0, 10), a_run(3, 13, asked_at=at(11))) == [(10, 12)]


def test_a_recording_without_any_run_is_one_gap() -> None:
    assert gaps(a_recording(5, 20)) == [(5, 20)]


def test_a_run_whose_end_was_never_seen_ended_when_the_next_was_asked_for() -> None:
    """Its channel had stopped by itself, and nobody heard of it."""
    lost, later = a_run(2, 0), a_run(3, 15)
    assert gaps(a_recording(5, 30), lost, later) == [(14, 15)]
    assert [run.stopped_at for run in with_ends([later, lost])] == [at(14), None]
    other = a_run(4, 20, destination_id="other")
    assert [run.stopped_at for run in with_ends([lost, other])] == [None, None]


RUNS = st.lists(st.tuples(st.floats(1, 20), st.floats(0.5, 20), st.booleans()), max_size=5)


@settings(max_examples=200, derandomize=True, deadline=None)
@given(times=RUNS, start=st.floats(0, 40), length=st.floats(0.1, 60))
def test_gaps_and_runs_fill_a_recording_without_overlap(
    times: list[tuple[float, float, bool]], start: float, length: float
) -> None:
    runs, clock = [], 0.0
    for number, (pause, lasts, seen) in enumerate(times):
        runs.append(a_run(number, clock + pause + 1, clock + pause + 1 + lasts if seen else None))
        clock += pause + 1 + lasts
    recording = a_recording(start, start + length)
    found = declared_gaps(recording, runs, at(200))
    assert recording.started_at is not None and recording.ended_at is not None
    assert list(found) == sorted(found, key=lambda gap: gap.starts_at)
    for gap in found:
        assert recording.started_at <= gap.starts_at < gap.ends_at <= recording.ended_at
        middle = gap.starts_at + (gap.ends_at - gap.starts_at) / 2
        assert not [run for run in with_ends(runs) if _runs(run, middle)]
    if not runs:
        assert found == (Gap(starts_at=recording.started_at, ends_at=recording.ended_at),)


def _runs(run: Run, moment: datetime) -> bool:
    return run.running_at is not None and run.running_at <= moment < (run.stopped_at or at(1000))
