"""What time it is. Asked here and nowhere else, so that whoever runs the functions can say."""

from __future__ import annotations

from collections.abc import Callable
from datetime import UTC, datetime


def _wall() -> datetime:
    return datetime.now(UTC)


_source: Callable[[], datetime] = _wall


def now() -> datetime:
    """The present moment, aware, in UTC, in whole milliseconds."""
    moment = _source()
    return moment.replace(microsecond=moment.microsecond // 1000 * 1000)


def use(source: Callable[[], datetime] | None) -> Callable[[], datetime]:
    """Take the time from ``source`` from now on; None: from the machine. Returns the one so far, to be given back."""
    global _source
    before, _source = _source, source or _wall
    return before
