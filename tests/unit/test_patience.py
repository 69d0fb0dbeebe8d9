"""A short wait inside a function: as long as it may, and no longer."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import UTC, datetime, timedelta

import pytest

from shared.domain.errors import FlowBusy, NotReady, OnAirError
from shared.runtime import clock
from shared.runtime.patience import PATIENCE, patience, patiently

BEGINNING = datetime(2026, 1, 1, tzinfo=UTC)


class Rested:
    """A clock that stands still but for ``rest``."""

    def __init__(self) -> None:
        self.moment = BEGINNING
        self.rests: list[float] = []

    def rest(self, seconds: float) -> None:
        self.rests.append(seconds)
        self.moment += timedelta(seconds=seconds)


@pytest.fixture
def rested() -> Iterator[Rested]:
    rested = Rested()
    before, way = clock.use(lambda: rested.moment), clock.rest_by(rested.rest)
    yield rested
    clock.use(before)
    clock.rest_by(way)


class Slow:
    """Is ready when it was asked so often before."""

    def __init__(self, times: int, error: OnAirError) -> None:
        self.times, self.error, self.asked = times, error, 0

    def __call__(self) -> str:
        self.asked += 1
        if self.asked <= self.times:
            raise self.error
        return "ready"


def test_what_is_ready_is_not_waited_for(rested: Rested) -> None:
    assert patiently(patience(), NotReady, Slow(0, NotReady("no"))) == "ready"
    assert rested.rests == []


def test_what_is_ready_within_seconds_is_waited_for(rested: Rested) -> None:
    assert patiently(patience(), NotReady, Slow(3, NotReady("no"))) == "ready"
    assert len(rested.rests) == 3


def test_what_takes_longer_is_given_back_to_the_state_machine(rested: Rested) -> None:
    with pytest.raises(FlowBusy):
        patiently(patience(), FlowBusy, Slow(1000, FlowBusy("busy")))
    assert PATIENCE <= rested.moment - BEGINNING < PATIENCE + timedelta(seconds=1)


def test_an_invocation_has_one_patience_for_all_that_it_waits_for(rested: Rested) -> None:
    until = patience()
    rested.rest(PATIENCE.total_seconds())
    slow = Slow(1, NotReady("no"))
    with pytest.raises(NotReady):
        patiently(until, NotReady, slow)
    assert slow.asked == 1


def test_nothing_else_is_waited_for(rested: Rested) -> None:
    slow = Slow(1, NotReady("no"))
    with pytest.raises(NotReady):
        patiently(patience(), FlowBusy, slow)
    assert (slow.asked, rested.rests) == (1, [])
