"""Scale on this machine: so many sessions asked for in one moment, all live, all ended again, in one process.

At the services' own rate limits, with quotas raised. What is measured is the local engine and what sessions wait for
one another, not AWS.
"""

from __future__ import annotations

import gc
import time as wall
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from pathlib import Path

import pytest

from infra.local.stage import Stage
from tests.many_shows import LATENCY, ask_at_once, prepare
from tests.show import Shows

#: Seconds of the clock in which all have to be gone again.
PATIENCE = 7200.0
#: How wide the plot's longest bar is.
_WIDTH = 40


@dataclass(frozen=True)
class Scaled:
    """``failures``: sessions that were not live, or not ended. ``live`` and ``ended``: seconds of the clock until the
    last one was. ``wall``: seconds of this machine. ``megabytes``: what the process holds at the end, 0 if the system
    does not say."""

    sessions: int
    failures: int
    left: int
    live: float
    ended: float
    wall: float
    megabytes: float


def measure(stage: Stage, numbers: Iterable[int], say: Callable[[str], None]) -> list[Scaled]:
    """Each number by itself on the stage anew, in ascending order."""
    found = []
    for number in sorted(numbers):
        say(f"scale: {number:,} sessions at once")
        stage.reset()
        found.append(_sessions(Shows(stage, pytest.MonkeyPatch()), number))
    return found


def _sessions(shows: Shows, number: int) -> Scaled:
    begun = wall.monotonic()
    running, together = ask_at_once(shows, prepare(shows, number), number)
    live = together.statuses["live"]
    ending = shows.stage.clock.time()
    for show in running:
        show.end()
    shows.stage.settle(PATIENCE)
    took = shows.stage.clock.time() - ending
    ended = sum(show.status == "ended" for show in running)
    return Scaled(
        sessions=number,
        failures=number - min(live, ended),
        left=shows.count().total(),
        live=together.last,
        ended=took,
        wall=wall.monotonic() - begun,
        megabytes=_megabytes(),
    )


def _megabytes() -> float:
    gc.collect()
    status = Path("/proc/self/status")
    if not status.exists():
        return 0.0
    held = next(line for line in status.read_text().splitlines() if line.startswith("VmRSS:"))
    return int(held.split()[1]) / 1024


def rows(found: list[Scaled]) -> list[list[str]]:
    """The table, header first; this machine's time for one of many as a ratio to that for one alone."""
    alone = found[0].wall / found[0].sessions
    return [
        [
            "sessions at once",
            "failures",
            "left behind",
            "last one live, s",
            "last one gone, s",
            "memory, MB",
            "this machine, a session, ratio",
        ],
        *(
            [
                f"{one.sessions:,}",
                str(one.failures),
                str(one.left),
                f"{one.live:.0f}",
                f"{one.ended:.0f}",
                f"{one.megabytes:.0f}",
                f"{one.wall / one.sessions / alone:.2f}",
            ]
            for one in found
        ),
    ]


def plot(found: list[Scaled]) -> str:
    """Bars of the seconds until the last one is live, which the services' rate limits set."""
    most = max(one.live for one in found)
    return "\n".join(
        f"{one.sessions:>6,}  {'█' * max(1, round(_WIDTH * one.live / most))} {one.live:.0f} s" for one in found
    )


def assumptions() -> str:
    return (
        f"Every call of MediaLive and MediaConnect takes {LATENCY} s, and each transition its shortest time, so that "
        "what shows is what sessions wait for one another and for the services' rate limits."
    )
