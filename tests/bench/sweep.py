"""Sweep: what one costs with so many foreign resources in the account, which it lists and leaves alone.

Foreign inputs, since an account may have any number of pull inputs by request; a sweep lists those of every kind alike.
"""

from __future__ import annotations

import time as wall
from collections.abc import Callable, Iterable
from dataclasses import dataclass

from tests.bench.meter import MEDIA
from tests.bench.prices import dollars
from tests.bench.ways import OnAir, World


@dataclass(frozen=True)
class Swept:
    """``calls``: of the media services. ``seconds`` of the clock, ``longest`` of its invocations; ``wall`` is this
    machine's own work."""

    resources: int
    calls: int
    pages: int
    tried: int
    seconds: float
    longest: float
    wall: float
    usd: float
    status: str


def measure(world: World, sizes: Iterable[int], seed: int, say: Callable[[str], None]) -> list[Swept]:
    """One sweep for each number of resources, in ascending order."""
    world.begin(OnAir(world, 1), seed, warm=True)
    world.stage.simulator.settings.quotas.pull_inputs = 1_000_000
    _sweep(world, 0)  # imports and caches are nobody's
    found, there = [], 0
    for size in sorted(sizes):
        say(f"sweep: {size:,} foreign resources")
        _make(world, there, size)
        there = size
        found.append(_sweep(world, size))
    return found


def _make(world: World, there: int, wanted: int) -> None:
    limit, world.stage.simulator.settings.medialive_rate = world.stage.simulator.settings.medialive_rate, None
    world.weather.calm = True
    medialive = world.stage.client("medialive")
    for number in range(there, wanted):
        source = {"Url": f"https://origin-{number}.example.net/live.m3u8"}
        medialive.create_input(Name=f"foreign-{number}", Type="URL_PULL", Sources=[source])
    world.stage.simulator.settings.medialive_rate = limit
    world.stage.clock.sleep(60)


def _sweep(world: World, size: int) -> Swept:
    world.meter.begin()
    world.weather.calm = False
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
        pages=used.operations["medialive:ListInputs"],
        tried=len(finders),
        seconds=used.seconds,
        longest=max((one.ended or one.started) - one.started for one in finders),
        wall=took,
        usd=float(dollars(used.counts)),
        status=str(world.stage.executions()[-1]["status"]),
    )


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
                f"{one.wall / first.wall:.1f}",
                one.status.lower(),
            ]
            for one in found
        ),
    ]
