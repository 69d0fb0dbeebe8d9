"""Latencies as AWS's, on the virtual clock: calls, cold and warm functions, events that are late or lost.

The bench gives one ``Weather`` to a stage; whoever is measured, OnAir or a peer, has the same. All figures are stated
assumptions, not measurements of AWS, and docs/benchmarks.md prints them.
"""

from __future__ import annotations

import math
import random
import threading
from collections import Counter
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from infra.local.backends import delete_object, put_object
from infra.local.calls import Call
from infra.local.clock import Clock
from infra.local.faults import Fault, Faults, Kind
from infra.local.lambda_faults import LambdaFaults
from infra.local.lambdas import Lambdas
from infra.local.service import Function
from infra.local.simulator import Simulator
from infra.local.stage import Stage, simulator_settings

Publish = Callable[[dict[str, Any]], None]

#: Standard deviations from the median to the 99th percentile.
_P99 = 2.326
#: How many of the latest invocations are asked whether they still run.
_LOOKED_AT = 400


@dataclass(frozen=True)
class Spread:
    """Seconds, log-normal: half are below ``p50``, all but one in a hundred below ``p99``."""

    p50: float
    p99: float

    def draw(self, chance: random.Random) -> float:
        return self.p50 * math.exp(chance.gauss(0, math.log(self.p99 / self.p50) / _P99))


@dataclass(frozen=True)
class Climate:
    """``media``: a call of MediaLive, MediaConnect or IVS. ``data``: of DynamoDB. ``other``: of anything else, and of
    API Gateway. ``warm``: from an invocation to its handler, and the handler's own work. ``cold``: what a new sandbox
    takes more. ``kept``: how long an idle sandbox stays. ``event``: from the change to the delivery; ``lost`` of them
    never arrive."""

    media: Spread = Spread(0.15, 0.6)
    data: Spread = Spread(0.006, 0.03)
    other: Spread = Spread(0.03, 0.15)
    warm: Spread = Spread(0.03, 0.1)
    cold: Spread = Spread(0.9, 1.8)
    kept: float = 600.0
    event: Spread = Spread(0.5, 3.0)
    lost: float = 0.01

    def of(self, service: str) -> Spread:
        if service in {"medialive", "mediaconnect", "ivs"}:
            return self.media
        return self.data if service == "dynamodb" else self.other


class Weather:
    """One stage's. The n-th draw of a name is the same for one seed, whatever other threads draw."""

    def __init__(self, climate: Climate) -> None:
        self.climate = climate
        self.calm = True
        self.seen: Callable[[Call], None] = lambda call: None
        self.cold_starts: Counter[str] = Counter()
        self.lost_events = 0
        self._lock = threading.Lock()
        self._seed = 0
        self._drawn: Counter[str] = Counter()

    def stage(self) -> Stage:
        """A stage on virtual time with this weather; it is calm until ``begin``."""

        def simulator(clock: Clock, publish: Publish) -> Simulator:
            return Simulator(clock, self._late(clock, publish), simulator_settings(), put_object, delete_object)

        stage = Stage(speed=None, schedules=False, simulator=simulator)
        stage.faults = stage.endpoint.faults = _Calls(self)
        stage.lambdas.faults = self._sandboxes = _Sandboxes(self, stage.lambdas)
        return stage

    def begin(self, seed: int, warm: bool) -> None:
        """From here on the weather of ``seed``. Unless ``warm``, no function has a sandbox."""
        with self._lock:
            self.calm, self._seed = False, seed
            self._drawn.clear()
            self.cold_starts.clear()
            self.lost_events = 0
        self._sandboxes.all_warm = warm
        self._sandboxes.begin()

    def chance(self, what: str) -> random.Random:
        """The dice for the next thing of this name."""
        with self._lock:
            self._drawn[what] += 1
            return random.Random(f"{self._seed}/{what}/{self._drawn[what]}")

    def _late(self, clock: Clock, publish: Publish) -> Publish:
        def arrive(event: dict[str, Any]) -> None:
            if self.calm:
                publish(event)
                return
            chance = self.chance(f"event {event['detail-type']}")
            if chance.random() < self.climate.lost:
                self.lost_events += 1
                return
            clock.call_later(self.climate.event.draw(chance), lambda: publish(event))

        return arrive


class _Calls(Faults):
    """Every call takes its time, half of it before its effect; a scripted fault comes first."""

    def __init__(self, weather: Weather) -> None:
        super().__init__()
        self._weather = weather

    def take(self, call: Call) -> Fault | None:
        self._weather.seen(call)
        fault = super().take(call)
        if fault is not None or self._weather.calm:
            return fault
        chance = self._weather.chance(f"call {call.service}.{call.operation}")
        half = self._weather.climate.of(call.service).draw(chance) / 2
        return Fault(Kind.DELAYED, call.service, call.operation, before=half, after=half)


class _Sandboxes(LambdaFaults):
    """Each function has as many sandboxes as have been busy at once, and loses them when nobody has called it."""

    def __init__(self, weather: Weather, lambdas: Lambdas) -> None:
        super().__init__()
        self.all_warm = False
        self._weather = weather
        self._lambdas = lambdas
        self.begin()

    def begin(self) -> None:
        self._there: Counter[str] = Counter()
        self._used: dict[str, float] = {}

    def start_delay(self, function: Function) -> float:
        if self._weather.calm:
            return 0.0
        climate, now = self._weather.climate, self._lambdas.clock.time()
        latest = list(self._lambdas.invocations)[-_LOOKED_AT:]
        busy = sum(one.function.key == function.key and one.ended is None for one in latest)
        with self._lock:
            if now - self._used.get(function.key, now) > climate.kept:
                self._there[function.key] = 0
            cold = not self.all_warm and busy > self._there[function.key]
            self._there[function.key] = max(busy, self._there[function.key])
            self._used[function.key] = now
        chance = self._weather.chance(f"start {function.key}")
        delay = climate.warm.draw(chance)
        if cold:
            self._weather.cold_starts[function.key] += 1
            delay += climate.cold.draw(chance)
        return delay
