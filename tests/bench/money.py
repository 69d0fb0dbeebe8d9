"""Calls and money: what control uses for one session, asked for, live, on the air for two hours, and ended.

Beside the peers, which do less: they undo nothing when a step fails, and nobody sweeps behind them. OnAir's sweeps run
whether there are sessions or not, so they are counted by themselves.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from decimal import Decimal

from tests.bench.meter import MEDIA, Used
from tests.bench.prices import dollars
from tests.bench.ways import OnAir, Way, World, ways

#: Two hours; nothing is called meanwhile but the sweep.
ON_AIR = 7200.0
SWEEPS_AN_HOUR = 12
HOURS_A_MONTH = 730
#: What a session's control is to stay below, in US dollars.
TARGET = Decimal("0.01")


@dataclass(frozen=True)
class Money:
    """``sessions``: what a session used, by the way's name, OnAir first. ``sweep``: one sweep with that session on the
    air. ``phases``: what OnAir used until a session was live, and after, by the number of destinations."""

    destinations: int
    sessions: dict[str, Used]
    sweep: Used
    empty_sweep: Used
    phases: dict[int, tuple[Used, Used]]

    @property
    def first(self) -> Used:
        return next(iter(self.sessions.values()))


def measure(world: World, destinations: int, seed: int, say: Callable[[str], None]) -> Money:
    sessions, phases = {}, {}
    for make in ways():
        way = make(world, destinations)
        say(f"money: {way.name}, {destinations} destinations")
        world.begin(way, seed)
        start, sessions[way.name] = _session(world, way)
        if way.name == OnAir.name:
            phases[destinations] = start, sessions[way.name].beyond(start)
    if 1 not in phases:
        world.begin(OnAir(world, 1), seed)
        start, whole = _session(world, OnAir(world, 1))
        phases[1] = start, whole.beyond(start)
    return Money(destinations, sessions, *_sweeps(world, destinations, seed), dict(sorted(phases.items())))


def _session(world: World, way: Way) -> tuple[Used, Used]:
    """(what it used until it was live, what it used in all)."""
    world.meter.begin()
    way.go()
    start = world.meter.read()
    world.stage.clock.sleep(ON_AIR)
    way.end()
    world.weather.calm = True
    left = [one for one in world.stage.simulator.inventory() if one.kind != "flow"]
    assert not [one for one in left if one.kind != "input_security_group"], left
    return start, world.meter.read()


def _sweeps(world: World, destinations: int, seed: int) -> tuple[Used, Used]:
    """(one sweep with the session on the air, one with nothing there)."""
    way = OnAir(world, destinations)
    world.begin(way, seed)
    empty = _sweep(world)
    way.go()
    return _sweep(world), empty


def _sweep(world: World) -> Used:
    world.meter.begin()
    world.weather.calm = False
    world.stage.run_schedules()
    world.stage.settle()
    world.weather.calm = True
    return world.meter.read()


def a_month_of_sweeps(money: Money) -> Decimal:
    return dollars(money.empty_sweep.counts) * SWEEPS_AN_HOUR * HOURS_A_MONTH


def rows(money: Money) -> list[list[str]]:
    """The table, header first: one column for each way."""
    used = list(money.sessions.values())

    def row(name: str, figure: Callable[[Used], float], form: str = ",.0f") -> list[str]:
        return [name, *(format(figure(one), form) for one in used)]

    first = dollars(money.first.counts)
    return [
        [f"one session, {money.destinations} destinations", *money.sessions],
        row("calls of MediaLive, MediaConnect and IVS", lambda one: one.calls(*MEDIA)),
        row("… of them Describe… and List…", lambda one: one.describes),
        row("calls of DynamoDB", lambda one: one.calls("dynamodb")),
        row(
            "calls of other services",
            lambda one: sum(one.operations.values()) - one.calls(*MEDIA) - one.calls("dynamodb"),
        ),
        row("state transitions", lambda one: one.counts["transitions"]),
        row("Lambda invocations", lambda one: one.counts["invocations"]),
        row("Lambda GB-seconds", lambda one: one.counts["gb_seconds"], ",.1f"),
        row("DynamoDB write units", lambda one: one.counts["write_units"]),
        row("DynamoDB read units", lambda one: one.counts["read_units"]),
        row("own events on EventBridge", lambda one: one.counts["custom_events"]),
        row("requests to the HTTP API", lambda one: one.counts["api_requests"]),
        row("own log lines, kB", lambda one: one.counts["log_gb"] * 2**20),
        row("**US dollars of control**", lambda one: float(dollars(one.counts)), ".5f"),
        row("ratio to OnAir", lambda one: float(dollars(one.counts) / first), ".2f"),
    ]


def phase_rows(money: Money) -> list[list[str]]:
    """What OnAir uses until a session is live, and after: the table, header first."""
    used = [one for each in money.phases.values() for one in each]

    def row(name: str, figure: Callable[[Used], float], form: str = ",.0f") -> list[str]:
        return [name, *(format(figure(one), form) for one in used)]

    names = {money.destinations: f"{money.destinations} destinations", 1: "1 destination"}
    return [
        ["OnAir", *(f"{names[many]}, {phase}" for many in money.phases for phase in ("until live", "after"))],
        row("calls of MediaLive", lambda one: one.calls("medialive")),
        row("calls of MediaConnect", lambda one: one.calls("mediaconnect")),
        row("PutParameter", lambda one: one.operations["ssm:PutParameter"]),
        row("SendTask…", lambda one: sum(n for name, n in one.operations.items() if ":SendTask" in name)),
        row("state transitions", lambda one: one.counts["transitions"]),
        row("Lambda invocations", lambda one: one.counts["invocations"]),
        row("Lambda GB-seconds", lambda one: one.counts["gb_seconds"], ",.1f"),
        row("DynamoDB write units", lambda one: one.counts["write_units"]),
        row("DynamoDB read units", lambda one: one.counts["read_units"]),
        row("own events on EventBridge", lambda one: one.counts["custom_events"]),
        row("US dollars of control", lambda one: float(dollars(one.counts)), ".5f"),
    ]


def in_short(money: Money) -> str:
    """README's sentence."""
    first, loop = (dollars(money.sessions[name].counts) for name in ("OnAir", "wait 10 s and describe"))
    return (
        f"- Control of a session with {money.destinations} destinations, two hours on the air and off again: "
        f"{first:.4f} US dollars\n  (the loop: {loop / first:.2f} times that). The sweeps, which run for all sessions: "
        f"{a_month_of_sweeps(money):.2f} a month."
    )
