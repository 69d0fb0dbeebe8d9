"""Scale on this machine: so many sessions asked for in one moment, all live, all ended again, in one process.

At the services' own rate limits, with quotas raised. What is measured is the local engine and what sessions wait for
one another, not AWS.
"""

from __future__ import annotations

import gc
import time as wall
from collections.abc import Callable, Iterable
from dataclasses import dataclass, replace
from pathlib import Path

import pytest

from infra.local.stage import Stage
from tests.bench.plot import Series, drawn
from tests.many_shows import LATENCY, ask_at_once, prepare
from tests.show import Shows

#: Seconds of the clock in which all have to be gone again.
PATIENCE = 7200.0


@dataclass(frozen=True)
class Scaled:
    """``failures``: sessions that were not made, not live, or not ended. ``live`` and ``ended``: seconds of the clock
    until the last one was. ``wall``: seconds of this machine; ``work``: of its processors, ``ratio`` for one of many to
    one alone in the same run. ``megabytes``: what the process holds at the end, 0 if the system does not say.
    """

    sessions: int
    failures: int
    left: int
    live: float
    ended: float
    wall: float
    work: float
    megabytes: float
    ratio: float = 1.0

    @property
    def cells(self) -> list[str]:
        return [
            f"{self.sessions:,}",
            str(self.failures),
            str(self.left),
            f"{self.live:.0f}",
            f"{self.ended:.0f}",
            f"{self.megabytes:.0f}",
            f"{self.wall:.1f}",
            f"{self.work:.1f}",
            f"{self.ratio:.2f}",
        ]


def measure(stage: Stage, numbers: Iterable[int], say: Callable[[str], None]) -> list[Scaled]:
    """Each number by itself on the stage anew, in ascending order, and beside the first."""
    found: list[Scaled] = []
    for number in sorted(numbers):
        say(f"scale: {number:,} sessions at once")
        stage.reset()
        found.append(_sessions(Shows(stage, pytest.MonkeyPatch()), number))
    alone = found[0].work / found[0].sessions
    return [replace(one, ratio=one.work / one.sessions / alone) for one in found]


def _sessions(shows: Shows, number: int) -> Scaled:
    begun, worked = wall.monotonic(), wall.process_time()
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
        work=wall.process_time() - worked,
        megabytes=_megabytes(),
    )


def _megabytes() -> float:
    gc.collect()
    status = Path("/proc/self/status")
    if not status.exists():
        return 0.0
    held = next(line for line in status.read_text().splitlines() if line.startswith("VmRSS:"))
    return int(held.split()[1]) / 1024


HEADER = [
    "sessions at once",
    "failures",
    "left behind",
    "last one live, s",
    "last one gone, s",
    "memory, MB",
    "this machine, s",
    "its processors, s",
    "a session, ratio",
]


def rows(found: list[Scaled], before: str = "") -> list[list[str]]:
    """The table, header first. What ``before``, a table of an earlier run, has of other numbers of sessions stays."""
    lines = [line.strip("| ").split(" | ") for line in before.splitlines() if line.startswith("| ")]
    known = {cells[0]: cells for cells in lines if len(cells) == len(HEADER) and cells[0][0].isdigit()}
    known |= {one.cells[0]: one.cells for one in found}
    return [HEADER, *sorted(known.values(), key=lambda cells: _number(cells[0]))]


def picture(table: list[list[str]]) -> str:
    """The seconds of the table over the number of sessions."""
    series = [
        (HEADER.index("this machine, s"), "this machine, all of it"),
        (HEADER.index("its processors, s"), "its processors' work"),
        (HEADER.index("last one live, s"), "until the last one is live, simulated"),
    ]
    return drawn(
        "Sessions at once on the local engine",
        "sessions asked for in one moment",
        "seconds",
        [
            Series(name, tuple((_number(cells[0]), max(_number(cells[place]), 0.1)) for cells in table[1:]))
            for place, name in series
        ],
    )


def _number(cell: str) -> float:
    return float(cell.replace(",", ""))


def assumptions() -> str:
    return (
        f"Every call of MediaLive and MediaConnect takes {LATENCY} s, and each transition its shortest time, so that "
        "what shows is what sessions wait for one another and for the services' rate limits."
    )
