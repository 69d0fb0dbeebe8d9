"""The one clock of the local stage: of engine, simulator, schedules, and of the ``now`` that decisions take.

Three ways to run, one class:

- ``Clock(speed=1)``: wall time.
- ``Clock(speed=20)``: time runs twenty times as fast, but only while nothing is running. A handler that computes for
  50 ms takes no time at all, so no simulated timeout depends on how busy this machine is.
- ``Clock(speed=None)``: virtual. As soon as nothing is running, time jumps to the next timer. For tests.

"Running" is counted, not guessed: every thread that works for the stage is a *participant* (``clock.thread`` or
``with clock.participating()``) and counts as running until it waits on this clock. Whoever wakes a participant counts
it as running again before it wakes, so time can't slip in between. A participant must therefore never wait on another
participant by anything but this clock (a short lock is fine: its holder is running).
"""

from __future__ import annotations

import heapq
import itertools
import threading
import time as wall
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import UTC, datetime
from typing import Any

EPOCH_OF_VIRTUAL_TIME = datetime(2026, 1, 1, tzinfo=UTC).timestamp()


class Timer:
    """One callback that is due at a moment of the clock's time. ``cancel`` is harmless at any time."""

    __slots__ = ("callback", "cancelled", "due")

    def __init__(self, due: float, callback: Callable[[], None]) -> None:
        self.due = due
        self.callback = callback
        self.cancelled = False

    def cancel(self) -> None:
        self.cancelled = True


class _Waiter:
    __slots__ = ("counted", "gate", "result", "woken")

    def __init__(self, counted: bool) -> None:
        self.counted = counted
        self.gate = threading.Lock()
        self.gate.acquire()
        self.result = False
        self.woken = False


class ClockEvent:
    """``threading.Event`` whose timeout is in the clock's seconds and whose wait lets time go on."""

    def __init__(self, clock: Clock) -> None:
        self._clock = clock
        self._set = False
        self._waiters: list[_Waiter] = []

    def is_set(self) -> bool:
        return self._set

    def set(self) -> None:
        with self._clock._lock:
            self._set = True
            waiters, self._waiters = self._waiters, []
            for waiter in waiters:
                self._clock._wake(waiter, True)

    def clear(self) -> None:
        self._set = False

    def wait(self, timeout: float | None = None) -> bool:
        clock = self._clock
        with clock._lock:
            if self._set:
                return True
            if timeout is not None and timeout <= 0:
                return False
            waiter = _Waiter(clock._is_participant())
            self._waiters.append(waiter)
            timer = None
            if timeout is not None:
                timer = clock._at(clock._time() + timeout, lambda: self._expire(waiter))
            if waiter.counted:
                clock._leave()
        waiter.gate.acquire()
        if timer is not None:
            timer.cancel()
        return waiter.result

    def _expire(self, waiter: _Waiter) -> None:
        with self._clock._lock:
            if waiter in self._waiters:
                self._waiters.remove(waiter)
            self._clock._wake(waiter, False)


class ClockThread:
    """A daemon thread that is a participant of the clock; the part of ``threading.Thread`` that moto's engine uses."""

    def __init__(
        self,
        clock: Clock,
        target: Callable[..., object],
        args: tuple[Any, ...] = (),
        name: str | None = None,
    ) -> None:
        self._clock = clock
        self._target = target
        self._args = args
        self._done = ClockEvent(clock)
        self._thread = threading.Thread(target=self._run, name=name, daemon=True)

    def start(self) -> None:
        with self._clock._lock:
            self._clock._enter()
        self._thread.start()

    def join(self, timeout: float | None = None) -> None:
        self._done.wait(timeout)

    def is_alive(self) -> bool:
        return not self._done.is_set()

    def _run(self) -> None:
        self._clock._here.depth = 1
        try:
            self._target(*self._args)
        finally:
            self._done.set()
            self._clock._here.depth = 0
            with self._clock._lock:
                self._clock._leave()


class Clock:
    """See the module. ``speed`` is seconds of clock time per wall second, or None for virtual time."""

    def __init__(self, speed: float | None = 1.0) -> None:
        if speed is not None and speed <= 0:
            raise ValueError("speed is seconds of clock time per second and must be above 0, or None for virtual time")
        self.speed = speed
        self._lock = threading.RLock()
        self._changed = threading.Condition(self._lock)
        self._timers: list[tuple[float, int, Timer]] = []
        self._order = itertools.count()
        self._running = 0
        self._here = threading.local()
        self._closed = False
        # Time is `_base` plus, while time flows, what has passed on the wall since `_since`, times the speed.
        self._base = EPOCH_OF_VIRTUAL_TIME if speed is None else wall.time()
        self._since: float | None = None if speed is None else wall.monotonic()
        self._driver = threading.Thread(target=self._drive, name="clock", daemon=True)
        self._driver.start()

    # What time it is

    def time(self) -> float:
        """Seconds since 1970 by this clock."""
        with self._lock:
            return self._time()

    def now(self) -> datetime:
        """This clock's time, aware, in UTC."""
        return datetime.fromtimestamp(self.time(), UTC)

    # Waiting and being woken

    def event(self) -> ClockEvent:
        return ClockEvent(self)

    def sleep(self, seconds: float) -> None:
        if seconds > 0:
            ClockEvent(self).wait(seconds)

    def call_later(self, seconds: float, callback: Callable[[], None]) -> Timer:
        """Run ``callback`` in ``seconds`` of clock time, on the clock's own thread: keep it short, never wait in it."""
        with self._lock:
            return self._at(self._time() + max(0.0, seconds), callback)

    def thread(self, target: Callable[..., object], args: tuple[Any, ...] = (), name: str | None = None) -> ClockThread:
        """Start a daemon thread that counts as running until it waits on this clock or ends."""
        thread = ClockThread(self, target, args, name)
        thread.start()
        return thread

    @contextmanager
    def participating(self) -> Iterator[None]:
        """Count the calling thread as running, so that virtual time waits for it unless it waits on this clock."""
        depth = getattr(self._here, "depth", 0)
        self._here.depth = depth + 1
        if depth == 0:
            with self._lock:
                self._enter()
        try:
            yield
        finally:
            self._here.depth = depth
            if depth == 0:
                with self._lock:
                    self._leave()

    def running(self) -> int:
        """How many participants are at work now. For tests and for finding out why time stands still."""
        return self._running

    def close(self) -> None:
        """Stop the clock: no timer fires any more. Threads that wait on it stay parked (they are daemons)."""
        with self._lock:
            self._closed = True
            self._timers.clear()
            self._changed.notify_all()

    # Inside, all under the lock

    def _is_participant(self) -> bool:
        return getattr(self._here, "depth", 0) > 0

    def _freezes(self) -> bool:
        return self.speed != 1

    def _time(self) -> float:
        if self._since is None or self.speed is None:
            return self._base
        return self._base + (wall.monotonic() - self._since) * self.speed

    def _enter(self) -> None:
        """One more participant runs; unless this is wall time, time stands still from here on."""
        if self._since is not None and self._freezes():
            self._base = self._time()
            self._since = None
        self._running += 1

    def _leave(self) -> None:
        self._running -= 1
        if self._running == 0:
            if self.speed is not None and self._since is None:
                self._since = wall.monotonic()
            self._changed.notify_all()

    def _wake(self, waiter: _Waiter, result: bool) -> None:
        if waiter.woken:
            return
        waiter.woken = True
        waiter.result = result
        if waiter.counted:
            self._enter()
        waiter.gate.release()

    def _at(self, due: float, callback: Callable[[], None]) -> Timer:
        timer = Timer(due, callback)
        heapq.heappush(self._timers, (due, next(self._order), timer))
        self._changed.notify_all()
        return timer

    def _drive(self) -> None:
        """Fire timers in order of their time; the callback counts as running."""
        while True:
            with self._lock:
                timer = self._next_due()
                if timer is None:
                    return
                self._enter()
                if self._freezes():
                    self._base = max(self._base, timer.due)
            self._here.depth = 1
            try:
                timer.callback()
            finally:
                self._here.depth = 0
                with self._lock:
                    self._leave()

    def _next_due(self) -> Timer | None:
        """Wait, under the lock, until a timer is due and may fire. None when the clock is closed."""
        while not self._closed:
            while self._timers and self._timers[0][2].cancelled:
                heapq.heappop(self._timers)
            held = self._freezes() and self._running > 0
            if not self._timers or held:
                self._changed.wait()
                continue
            left = self._timers[0][0] - self._time()
            if self.speed is None or left <= 0:
                return heapq.heappop(self._timers)[2]
            self._changed.wait(left / self.speed)
        return None
