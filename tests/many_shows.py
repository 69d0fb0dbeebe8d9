"""Many sessions asked for in one moment, measured: how long until each is live, and what was called for it.

Used by the short version in tests/workflow and the long one in tests/bench. Every call to MediaLive and MediaConnect
takes a tenth of a second, and every transition its shortest time, so that what is measured is what sessions wait for
one another, and no channel's slow start hides it.
"""

from __future__ import annotations

import math
from collections import Counter
from dataclasses import dataclass
from datetime import datetime

from infra.local.simulator import Duration
from tests.show import Show, Shows, destination

LATENCY = 0.1
#: Outputs that a flow takes (facts §4), each of them a session's here.
PER_FLOW = 50
MEDIA = ("medialive", "mediaconnect")


@dataclass(frozen=True)
class Measured:
    """``waits``: seconds from the request to being live, of each session that is. ``calls``: those that were answered,
    ``throttled`` those that were refused for their number, by service. ``retried``: failed invocations, by function and
    error. ``refused``: requests that made no session, by status."""

    asked: int
    refused: Counter[int]
    statuses: Counter[str]
    waits: tuple[float, ...]
    calls: Counter[str]
    operations: Counter[str]
    throttled: Counter[str]
    retried: Counter[str]

    @property
    def last(self) -> float:
        return max(self.waits)

    def told(self, what: str) -> str:
        calls = ", ".join(
            f"{self.calls[service]} {service} calls ({self.calls[service] / self.asked:.1f} a session,"
            f" {self.throttled[service]} more throttled)"
            for service in MEDIA
        )
        return f"{what}: {dict(self.statuses)}, live after {min(self.waits):.0f} to {self.last:.0f} s; {calls}"


def prepare(shows: Shows, many: int) -> list[str]:
    """Room for so many sessions, calls that take time, no slow transition; the flows to ask for."""
    stage = shows.stage
    stage.simulator.settings.quotas.flows = 100
    shows.allow(many)
    durations = stage.simulator.settings.durations
    for name in type(durations).model_fields:
        low = getattr(durations, name).low
        setattr(durations, name, Duration(low=low, high=low))
    for service in MEDIA:
        stage.faults.delay(service, "*", after=LATENCY, count=None)
    return [stage.simulator.seed_flow(name=f"flow-{number}") for number in range(math.ceil(many / PER_FLOW))]


def ask_at_once(shows: Shows, flows: list[str], many: int) -> tuple[list[Show], Measured]:
    """Ask for ``many`` sessions in one moment, each by a caller of its own, and wait until nothing is under way."""
    stage = shows.stage
    stage.endpoint.reset()
    before = len(stage.lambdas.invocations)
    begun = stage.clock.time()
    answers = []

    def ask(number: int) -> None:
        source = {"type": "flow", "flow_arn": flows[number // PER_FLOW]}
        answers.append(stage.request("POST", "/sessions", shows.spec(destination("main"), source=source)))

    callers = [stage.clock.thread(ask, (number,)) for number in range(many)]
    for caller in callers:
        caller.join()
    asked = [Show(stage, answer) for status, _, answer in answers if status == 202]
    stage.settle(7200)
    looks = [show.look() for show in asked]
    calls = [call for service in MEDIA for call in stage.endpoint.calls(service)]
    return asked, Measured(
        asked=many,
        refused=Counter(status for status, _, _ in answers if status != 202),
        statuses=Counter(look["status"] for look in looks),
        waits=tuple(datetime.fromisoformat(look["live_at"]).timestamp() - begun for look in looks if look["live_at"]),
        calls=Counter(call.service for call in calls if call.status != 429),
        operations=Counter(call.operation for call in calls if call.status != 429),
        throttled=Counter(call.service for call in calls if call.status == 429),
        retried=Counter(
            f"{one.function.key} {one.error}" for one in list(stage.lambdas.invocations)[before:] if one.error
        ),
    )


def ideal(shows: Shows, alone: Measured, many: int) -> float:
    """Seconds that no way of doing it could stay below for the last of them: what one session alone takes, or what the
    services' rate limits alone ask for the calls that one session alone makes, times ``many``; whichever is more."""
    settings = shows.stage.simulator.settings
    limits = {"medialive": settings.medialive_rate, "mediaconnect": settings.mediaconnect_rate}
    waits = [
        (many * alone.calls[service] - limit.burst) / limit.rate
        for service, limit in limits.items()
        if limit is not None
    ]
    return max(alone.last, *waits)
