"""Time to live, simulated: from the request until the show is live and that is known, over what AWS itself takes.

The ideal is the sum of the transitions that nobody can shorten: the input's creation, the channel's, and its start.
They are drawn once for each repetition, and are the same for OnAir and for its peers; so are the latencies' spreads.
"""

from __future__ import annotations

import math
import random
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field

from infra.local.simulator import Duration, Durations
from tests.bench.ways import OnAir, PlainScript, WaitAndDescribe, Way, World

#: The transitions on the path to the air.
PATH = ("input_create", "channel_create", "channel_start")
TARGET = (1.05, 1.15)  # at the median, at the 99th percentile
Make = Callable[[World], Way]


@dataclass
class Measured:
    """One way's ratios and the seconds that it took more than the ideal, a repetition each."""

    name: str
    ratios: list[float] = field(default_factory=list)
    more: list[float] = field(default_factory=list)
    cold_starts: int = 0
    lost_events: int = 0


def measure(world: World, repetitions: int, seed: int, say: Callable[[str], None]) -> list[Measured]:
    """So many repetitions; each is one session with one destination, by each way."""
    ways: list[tuple[str, Make, bool]] = [
        ("OnAir, warm", lambda world: OnAir(world, 1), True),
        ("OnAir, cold", lambda world: OnAir(world, 1), False),
        ("boto3 script", lambda world: PlainScript(world, 1), True),
        ("wait 10 s and describe", lambda world: WaitAndDescribe(world, 1, 10), True),
        ("wait 30 s and describe", lambda world: WaitAndDescribe(world, 1, 30), True),
    ]
    found = [Measured(name) for name, _, _ in ways]
    for number in range(repetitions):
        if number % 10 == 0:
            say(f"time to live: repetition {number + 1} of {repetitions}")
        durations = drawn(random.Random(f"{seed}/{number}"))
        ideal = sum(durations[name] for name in PATH)
        for (_, make, warm), measured in zip(ways, found, strict=True):
            took = _take(world, make(world), seed * 100_000 + number, durations, warm)
            measured.ratios.append(took / ideal)
            measured.more.append(took - ideal)
            measured.cold_starts += world.weather.cold_starts.total()
            measured.lost_events += world.weather.lost_events
    return found


def of_seed(world: World, repetitions: int, seed: int) -> Measured:
    """OnAir, warm, alone: how much its figures are the seed's."""
    found = Measured(f"seed {seed}")
    for number in range(repetitions):
        durations = drawn(random.Random(f"{seed}/{number}"))
        ideal = sum(durations[name] for name in PATH)
        took = _take(world, OnAir(world, 1), seed * 100_000 + number, durations, True)
        found.ratios.append(took / ideal)
        found.more.append(took - ideal)
        found.lost_events += world.weather.lost_events
    return found


def _take(world: World, way: Way, seed: int, durations: dict[str, float], warm: bool) -> float:
    world.begin(way, seed, durations, warm)
    begun = world.stage.clock.time()
    return way.go() - begun


def drawn(chance: random.Random) -> dict[str, float]:
    """Seconds for each transition, from the simulator's own ranges, the long tail too."""
    ranges = Durations()
    return {name: _draw(getattr(ranges, name), chance) for name in type(ranges).model_fields}


def _draw(duration: Duration, chance: random.Random) -> float:
    if duration.tail is not None and chance.random() < duration.tail_probability:
        return chance.uniform(duration.high, duration.tail)
    return chance.uniform(duration.low, duration.high)


def percentile(values: Sequence[float], share: float) -> float:
    """The smallest of the values that so large a share of them does not exceed."""
    return sorted(values)[max(0, math.ceil(share * len(values)) - 1)]


def rows(found: Sequence[Measured]) -> list[list[str]]:
    """The table, header first: one row for each way."""
    header = ["", "median over ideal", "p99 over ideal", "median, s more", "p99, s more", "worst, s more"]
    return [
        header,
        *(
            [
                one.name,
                f"{percentile(one.ratios, 0.5):.3f}",
                f"{percentile(one.ratios, 0.99):.3f}",
                f"{percentile(one.more, 0.5):.1f}",
                f"{percentile(one.more, 0.99):.1f}",
                f"{max(one.more):.1f}",
            ]
            for one in found
        ),
    ]


def told(seeds: Sequence[Measured]) -> str:
    """How much of it is the seed."""
    all_ratios = [ratio for one in seeds for ratio in one.ratios]
    worst = [percentile(one.ratios, 0.99) for one in seeds]
    return (
        f"- OnAir, warm, with {len(seeds)} seeds, {len(seeds[0].ratios)} repetitions each, "
        f"{sum(one.lost_events for one in seeds)} events lost: {percentile(all_ratios, 0.5):.3f} at the median and "
        f"{percentile(all_ratios, 0.99):.3f} at the 99th percentile of all; by seed the 99th percentile is "
        f"{min(worst):.3f} to {max(worst):.3f}. The slowest of all: {max(all_ratios):.2f}."
    )


def in_short(found: Sequence[Measured]) -> str:
    """README's sentence."""
    warm, cold, script, loop, _ = ((percentile(one.ratios, 0.5), percentile(one.ratios, 0.99)) for one in found)
    return (
        f"- From the request to live, over what AWS itself takes: {warm[0]:.2f} at the median and {warm[1]:.2f} at the "
        f"99th percentile\n  ({cold[0]:.2f} and {cold[1]:.2f} with every function cold; the script {script[0]:.2f} and"
        f" {script[1]:.2f}, the loop {loop[0]:.2f} and {loop[1]:.2f})."
    )
