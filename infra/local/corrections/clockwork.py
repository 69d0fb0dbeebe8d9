"""The engine's time and threads: all of them the stage's clock.

moto's engine knows real time only. Here every name by which its modules reach ``threading``, ``time`` and ``datetime``
is replaced, so that each thread of the engine is a participant of the clock, each wait is on the clock and each time
stamp is the clock's.
"""

from __future__ import annotations

import datetime as real_datetime
import threading as real_threading
import time as real_time
from collections.abc import Callable
from typing import Any

from infra.local.clock import ClockEvent, ClockThread
from infra.local.corrections.engine import ENGINE, Correction, engine_modules, replace_everywhere

# moto's "no timeout" is 99999999 seconds; a timer for it would make a virtual clock jump three years when all is idle.
FOREVER = 10_000_000


class EngineEvent(ClockEvent):
    """threading.Event on the clock."""

    def wait(self, timeout: float | None = None) -> bool:
        return super().wait(None if timeout is not None and timeout >= FOREVER else timeout)


class EngineThread(ClockThread):
    """threading.Thread on the clock."""

    native_id = 0
    ident = 0

    def join(self, timeout: float | None = None) -> None:
        super().join(None if timeout is not None and timeout >= FOREVER else timeout)


def event() -> EngineEvent:
    """An event of the stage that is up."""
    return EngineEvent(ENGINE.clock)


def thread(
    group: None = None,
    target: Callable[..., object] | None = None,
    name: str | None = None,
    args: tuple[Any, ...] = (),
    kwargs: dict[str, Any] | None = None,
    daemon: bool | None = None,
) -> EngineThread:
    """A thread of the stage that is up, not yet started; always a daemon."""
    if target is None:
        raise ValueError("a thread of the engine needs a target")
    return EngineThread(ENGINE.clock, target, args, name)


class _Threading:
    Thread = staticmethod(thread)
    Event = staticmethod(event)

    def __getattr__(self, name: str) -> Any:
        return getattr(real_threading, name)


class _Time:
    @staticmethod
    def time() -> float:
        return ENGINE.clock.time()

    @staticmethod
    def sleep(seconds: float) -> None:
        ENGINE.clock.sleep(seconds)

    def __getattr__(self, name: str) -> Any:
        return getattr(real_time, name)


class _AnyDatetime(type):
    def __instancecheck__(cls, instance: object) -> bool:
        return isinstance(instance, real_datetime.datetime)


class ClockDatetime(real_datetime.datetime, metaclass=_AnyDatetime):
    """datetime whose now is the clock's and whose ISO form is Step Functions' own: milliseconds and Z."""

    @classmethod
    def now(cls, tz: real_datetime.tzinfo | None = None) -> ClockDatetime:
        moment = cls.fromtimestamp(ENGINE.clock.time(), tz or real_datetime.UTC)
        return moment if tz is not None else moment.replace(tzinfo=None)

    def isoformat(self, sep: str = "T", timespec: str = "milliseconds") -> str:
        return self.strftime(f"%Y-%m-%d{sep}%H:%M:%S.") + f"{self.microsecond // 1000:03d}Z"


class _Datetime:
    datetime = ClockDatetime

    def __getattr__(self, name: str) -> Any:
        return getattr(real_datetime, name)


def utcnow() -> real_datetime.datetime:
    """moto's utcnow: naive, in UTC."""
    return real_datetime.datetime.fromtimestamp(ENGINE.clock.time(), real_datetime.UTC).replace(tzinfo=None)


def _apply() -> None:
    from moto.core.utils import utcnow as motos_utcnow

    list(engine_modules())
    threading_shim, time_shim, datetime_shim = _Threading(), _Time(), _Datetime()
    for before, after in (
        (real_threading, threading_shim),
        (real_threading.Thread, thread),
        (real_threading.Event, event),
        (real_time, time_shim),
        (real_datetime, datetime_shim),
        (motos_utcnow, utcnow),
    ):
        replace_everywhere(before, after)


CORRECTIONS = (
    Correction(
        "engine_on_the_clock",
        "moto waits with real threads, events and sleeps and stamps real times; here time is the stage's clock, so "
        "that a Wait of an hour or a timeout of 15 minutes takes none of ours, and context times (`$$`) end in Z as "
        "AWS's do instead of +00:00, which a Wait state's Timestamp would refuse.",
        _apply,
    ),
)
