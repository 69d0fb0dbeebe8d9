"""A short wait inside a function, for what is over within seconds: another step's write, an input that is just made.

To give the step back to the state machine costs a state transition and, with its retry's back-off, a second or two; a
function that waits costs a fifth of a transition a second. What takes longer is given back all the same.
"""

from __future__ import annotations

import random
from collections.abc import Callable
from datetime import datetime, timedelta
from typing import TypeVar

from shared.domain.errors import OnAirError
from shared.runtime.clock import now, rest

T = TypeVar("T")

#: With the longest call of AWS (11 s) this is over before a function is (15 s).
PATIENCE = timedelta(seconds=3)
#: Seconds between two tries: drawn, so that those who wait for one another do not come at once again.
_PAUSE = (0.3, 0.7)


def patience() -> datetime:
    """Until when this invocation may wait, in all."""
    return now() + PATIENCE


def patiently(until: datetime, asks: type[OnAirError], work: Callable[[], T]) -> T:
    """Do ``work``; as long as it raises ``asks`` do it again, and let that through once ``until`` has come."""
    while True:
        try:
            return work()
        except asks:
            if now() >= until:
                raise
        rest(random.uniform(*_PAUSE))
