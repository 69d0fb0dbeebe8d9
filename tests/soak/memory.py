"""How much memory a worker of the soak holds, and whether that is flat. Used by ``worker.py`` and ``__main__.py``."""

from __future__ import annotations

import ctypes
import gc
import sys
from collections.abc import Sequence
from pathlib import Path
from statistics import median
from typing import NamedTuple

#: Days are alike, so what one leaves behind adds up: a leak of a megabyte a day grows by tens of megabytes within the
#: third of an hour between the middles of the two thirds that are compared. What the allocator does with the gaps
#: between long-lived objects makes a process waver by a few per cent without any leak.
TOLERANCE = 0.05
#: Fewer days say nothing: the first third warms up.
ENOUGH = 6


class Flatness(NamedTuple):
    """MB, in the middle of the second and of the last third of a worker's days."""

    before: float
    after: float

    @property
    def is_flat(self) -> bool:
        return self.after <= self.before * (1 + TOLERANCE)


def flatness(samples: Sequence[float]) -> Flatness | None:
    """None when there are too few days to judge by."""
    if len(samples) < ENOUGH:
        return None
    third = len(samples) // 3
    return Flatness(median(samples[third:-third]), median(samples[-third:]))


def resident() -> float | None:
    """MB that this process holds now, with everything given back that can be. Where the system does not tell what it
    holds now (macOS), the most that it ever held; None where it tells neither (Windows)."""
    gc.collect()
    if sys.platform == "win32":
        return None
    import resource

    statm = Path("/proc/self/statm")
    if statm.exists():
        _trim()
        return int(statm.read_text().split()[1]) * resource.getpagesize() / 1e6
    unit = 1 if sys.platform == "darwin" else 1024
    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss * unit / 1e6


def _trim() -> None:
    """Have glibc give free pages back; other C libraries have no such call."""
    try:
        ctypes.CDLL(None).malloc_trim(0)
    except (AttributeError, OSError):
        return
