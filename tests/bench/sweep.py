"""Sweep: what one costs with so many foreign resources in the account, which it lists and leaves alone, and with so
many sessions of OnAir's own on the air.

Foreign inputs, since an account may have any number of pull inputs by request; a sweep lists those of every kind alike.
"""

from __future__ import annotations

import time as wall
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from pathlib import Path

import pytest

from tests.bench.meter import MEDIA
from tests.bench.prices import dollars
from tests.bench.ways import OnAir, World
from tests.many_shows import ask_at_once, prepare
from tests.show import Shows


@dataclass(frozen=True)
class Swept:
    """``calls``: of the media services; ``data``: of DynamoDB. ``seconds`` of the clock, ``longest`` of its
    invocations; ``wall`` is this machine's own work, ``megabytes`` what the process held more at the peak, 0 if the
    system does not say."""

    resources: int
    calls: int
    data: int
    pages: int
    tried: int
    seconds: float
    longest: float
    wall: float
    megabytes: float
    transitions: float
    usd: float
    status: str


def measure(world: World, sizes: Iterable[int], seed: int, say: Callable[[str], None]) -> list[Swept]:
    """One sweep for each number of resources, in ascending order."""
    world.begin(OnAir(world, 1), seed, warm=True)
    _sweep(world, 0)  # imports and caches are nobody's
    found, there = [], 0
    for size in sorted(sizes):
        say(f"sweep: {size:,} foreign resources")
        _make(world, there, size)
        there = size
        found.append(_sweep(world, size))
    return found


def measure_own(world: World, sizes: Iterable[int], seed: int, say: Callable[[str], None]) -> list[Swept]:
    """One sweep for each number of sessions that are on the air, each of one destination."""
    found = []
    for size in sorted(sizes):
        say(f"sweep: {size:,} sessions on the air")
        world.begin(OnAir(world, 1), seed, warm=True)
        world.weather.calm = True
        shows = Shows(world.stage, pytest.MonkeyPatch())
        _, asked = ask_at_once(shows, prepare(shows, size), size)
        assert asked.statuses == {"live": size}, asked.statuses
        world.stage.faults.clear()
        world.stage.clock.sleep(60)
        found.append(_sweep(world, size))
    return found


def _make(world: World, there: int, wanted: int) -> None:
    world.weather.calm = True
    world.stage.simulator.seed_inputs(f"foreign-{number}" for number in range(there, wanted))
    world.stage.clock.sleep(60)


def _sweep(world: World, size: int) -> Swept:
    world.meter.begin()
    world.weather.calm = False
    held = _peak_from_here()
    begun = wall.monotonic()
    world.stage.run_schedules()
    world.stage.settle()
    took = wall.monotonic() - begun
    world.weather.calm = True
    used = world.meter.read()
    finders = [one for one in world.stage.lambdas.invocations if one.function.key == "findOrphans"]
    finders = [one for one in finders if one.started >= world.stage.clock.time() - used.seconds]
    return Swept(
        resources=size,
        calls=used.calls(*MEDIA),
        data=used.calls("dynamodb"),
        pages=used.operations["medialive:ListInputs"],
        tried=len(finders),
        seconds=used.seconds,
        longest=max((one.ended or one.started) - one.started for one in finders),
        wall=took,
        megabytes=max(0.0, _megabytes("VmHWM:") - held),
        transitions=used.counts["transitions"],
        usd=float(dollars(used.counts)),
        status=str(world.stage.executions()[-1]["status"]),
    )


def _peak_from_here() -> float:
    """Forget how much the process has held at most; what it holds now, in MB."""
    clear = Path("/proc/self/clear_refs")
    if not clear.exists():
        return 0.0
    clear.write_text("5")
    return _megabytes("VmRSS:")


def _megabytes(what: str) -> float:
    status = Path("/proc/self/status")
    if not status.exists():
        return 0.0
    return int(next(line for line in status.read_text().splitlines() if line.startswith(what)).split()[1]) / 1024


def own_rows(found: list[Swept]) -> list[list[str]]:
    """The table of sessions, header first."""
    header = ["own sessions", "calls", "calls of DynamoDB", "transitions", "look, s", "sweep, s", "US dollars", "ended"]
    return [
        header,
        *(
            [
                f"{one.resources:,}",
                f"{one.calls:,}",
                f"{one.data:,}",
                f"{one.transitions:,.0f}",
                f"{one.longest:.1f}",
                f"{one.seconds:.0f}",
                f"{one.usd:.5f}",
                one.status.lower(),
            ]
            for one in found
        ),
    ]


def rows(found: list[Swept]) -> list[list[str]]:
    """The table, header first; wall time as a ratio to the smallest."""
    first = found[0]
    return [
        [
            "foreign resources",
            "calls",
            "pages of inputs",
            "look's attempts",
            "longest look, s",
            "sweep, s",
            "US dollars",
            "more memory, MB",
            "this machine, ratio",
            "ended",
        ],
        *(
            [
                f"{one.resources:,}",
                f"{one.calls:,}",
                f"{one.pages:,}",
                str(one.tried),
                f"{one.longest:.1f}",
                f"{one.seconds:.0f}",
                f"{one.usd:.5f}",
                f"{one.megabytes:.0f}",
                f"{one.wall / first.wall:.1f}",
                one.status.lower(),
            ]
            for one in found
        ),
    ]
