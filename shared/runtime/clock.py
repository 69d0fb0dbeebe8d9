"""What time it is, and letting some pass. Asked here and nowhere else, so that whoever runs the functions can say."""

from __future__ import annotations

import time
from collections.abc import Callable
from datetime import UTC, datetime


def _wall() -> datetime:
    return datetime.now(UTC)


_source: Callable[[], datetime] = _wall
_rest: Callable[[float], None] = time.sleep


def now() -> datetime:
    """The present moment, aware, in UTC, in whole milliseconds."""
    moment = _source()
    return moment.replace(microsecond=moment.microsecond // 1000 * 1000)


def rest(seconds: float) -> None:
    """Let so much time pass."""
    _rest(seconds)


def rest_by(way: Callable[[float], None] | None) -> Callable[[float], None]:
    """Let time pass in this way from now on; None: as it passes on the machine. Returns the way so far, to be given
    back."""
    global _rest
    before, _rest = _rest, way or time.sleep
    return before


def use(source: Callable[[], datetime] | None) -> Callable[[], datetime]:
    """Take the time from ``source`` from now on; None: from the machine. Returns the one so far, to be given back."""
    global _source
    before, _source = _source, source or _wall
    return before
