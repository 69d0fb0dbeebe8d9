"""The one clock: virtual, paced and real."""

from __future__ import annotations

import threading
import time
from collections.abc import Iterator

import pytest

from infra.local.clock import EPOCH_OF_VIRTUAL_TIME, Clock


@pytest.fixture
def clock() -> Iterator[Clock]:
    """Virtual, with this thread taking part: time stands still unless the test waits."""
    clock = Clock(None)
    with clock.participating():
        yield clock
    clock.close()


def test_virtual_time_begins_at_a_fixed_moment_and_stands_still(clock: Clock) -> None:
    assert clock.time() == EPOCH_OF_VIRTUAL_TIME
    assert clock.now().isoformat() == "2026-01-01T00:00:00+00:00"
    clock.call_later(5, lambda: None)
    assert clock.time() == EPOCH_OF_VIRTUAL_TIME


def test_a_virtual_year_takes_no_time(clock: Clock) -> None:
    here = time.monotonic()
    clock.sleep(365 * 86_400)
    assert clock.time() == EPOCH_OF_VIRTUAL_TIME + 365 * 86_400
    assert time.monotonic() - here < 5


def test_timers_fire_in_the_order_of_their_time_each_at_its_time(clock: Clock) -> None:
    fired: list[tuple[str, float]] = []

    def note(name: str) -> None:
        fired.append((name, clock.time() - EPOCH_OF_VIRTUAL_TIME))

    clock.call_later(3, lambda: note("third"))
    clock.call_later(1, lambda: note("first"))
    clock.call_later(2, lambda: note("second"))
    clock.call_later(2, lambda: note("also second"))
    clock.call_later(2.5, lambda: note("never")).cancel()
    clock.sleep(10)
    assert fired == [("first", 1), ("second", 2), ("also second", 2), ("third", 3)]


def test_time_waits_for_a_thread_that_works(clock: Clock) -> None:
    seen: list[float] = []

    def work() -> None:
        time.sleep(0.05)  # real work, while a timer is due in the clock's first second
        seen.append(clock.time() - EPOCH_OF_VIRTUAL_TIME)
        clock.sleep(10)
        seen.append(clock.time() - EPOCH_OF_VIRTUAL_TIME)

    thread = clock.thread(work)
    clock.sleep(1)
    assert seen == [0]
    thread.join()
    assert seen == [0, 10]
    assert not thread.is_alive()


def test_an_event_wakes_its_waiters_and_keeps_time_from_slipping_in_between(clock: Clock) -> None:
    ready = clock.event()
    woken: list[float] = []

    def wait() -> None:
        assert ready.wait(1000)
        woken.append(clock.time() - EPOCH_OF_VIRTUAL_TIME)

    for _ in range(20):
        clock.thread(wait)
    clock.sleep(5)
    ready.set()
    clock.sleep(100)
    assert woken == [5] * 20


def test_waiting_for_an_event_can_time_out(clock: Clock) -> None:
    assert clock.event().wait(30) is False
    assert clock.time() == EPOCH_OF_VIRTUAL_TIME + 30
    assert clock.event().wait(0) is False


def test_an_event_that_is_cleared_can_be_waited_for_again(clock: Clock) -> None:
    event = clock.event()
    event.set()
    assert event.wait(1)
    event.clear()
    assert not event.is_set()
    assert event.wait(1) is False


def test_a_thread_that_fails_is_not_counted_any_more(clock: Clock, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(threading, "excepthook", lambda args: None)

    def fail() -> None:
        raise ValueError("on purpose")

    clock.thread(fail).join()
    clock.sleep(1)
    assert clock.running() == 1


def test_taking_part_twice_counts_once(clock: Clock) -> None:
    with clock.participating():
        assert clock.running() == 1
        clock.sleep(1)
    assert clock.running() == 1


def test_ten_threads_that_hand_over_to_each_other_keep_one_time(clock: Clock) -> None:
    events = [clock.event() for _ in range(10)]
    times: list[float] = []

    def pass_on(index: int) -> None:
        events[index].wait()
        clock.sleep(1)
        times.append(clock.time() - EPOCH_OF_VIRTUAL_TIME)
        if index + 1 < len(events):
            events[index + 1].set()

    threads = [clock.thread(pass_on, (index,)) for index in range(10)]
    events[0].set()
    for thread in threads:
        thread.join()
    assert times == list(range(1, 11))


def test_paced_time_flows_only_while_nothing_runs() -> None:
    clock = Clock(1000)
    try:
        with clock.participating():
            before = clock.time()
            time.sleep(0.02)
            assert clock.time() == before
            here = time.monotonic()
            clock.sleep(100)
            assert clock.time() - before >= 100
            assert 0.09 < time.monotonic() - here < 5
    finally:
        clock.close()


def test_real_time_is_the_walls() -> None:
    clock = Clock(1)
    try:
        with clock.participating():
            assert abs(clock.time() - time.time()) < 1
            here = time.monotonic()
            clock.sleep(0.05)
            assert time.monotonic() - here >= 0.05
    finally:
        clock.close()


def test_a_closed_clock_fires_no_timer() -> None:
    clock = Clock(None)
    fired: list[int] = []
    with clock.participating():
        clock.call_later(1, lambda: fired.append(1))
        clock.close()
    time.sleep(0.02)
    assert fired == []


@pytest.mark.parametrize("speed", [0, -1])
def test_a_speed_that_is_none_is_refused(speed: float) -> None:
    with pytest.raises(ValueError, match="speed"):
        Clock(speed)
