"""What goes wrong in a soak, by chance: calls of functions, invocations, events. Put in force by ``day.py``.

The fate of an invocation hangs on the seed, its function, whose show it works for, and how many such there were before:
not on how the threads of this machine happen to take turns. So a seed brings the same faults again, as far as the same
things happen.
"""

from __future__ import annotations

import random
import re
import threading
from collections import Counter
from collections.abc import Callable
from dataclasses import dataclass

from infra.local.calls import Call
from infra.local.events import Event, EventFault
from infra.local.faults import Fault, Faults, Kind
from infra.local.invocation import current
from infra.local.lambda_faults import LambdaFaults
from infra.local.service import Function
from infra.local.stage import Stage

#: Whose invocation it is: a session and its branch, a channel, or the request to the API.
_SUBJECT = re.compile(rb's-[0-9a-z]{12}|channel:\d+|"destination_id": ?"[^"]+"|"routeKey": ?"[^"]+"')
#: Services that say "internal server error" in these words; their calls are repeated by the SDK.
_JSON = frozenset({"states", "dynamodb", "ssm", "events", "s3"})
#: Seconds after which the SDK no longer waits for an answer (shared/gateways/clients.py).
_READ_TIMEOUT, _SHORT_READ_TIMEOUT = 8.0, 3.0


@dataclass(frozen=True)
class Odds:
    """How likely each thing is: of one call, one invocation, one event."""

    call: float = 0.02
    kill: float = 0.012
    refused: float = 0.004
    twice: float = 0.1
    event_lost: float = 0.04
    event_late: float = 0.1


class Fate:
    """What chance has in store for one invocation. It takes a kill's place in the invocation's list of them."""

    def __init__(self, chance: random.Random, odds: Odds, counted: Counter[str]) -> None:
        self.chance = chance
        self._kind = chance.choice(["start", "call", "call", "end"]) if chance.random() < odds.kill else ""
        self._nth, self._counted = chance.randint(1, 6), counted

    def due(self, at: str, service: str, operation: str, calls: int) -> bool:
        """Asked by the local Lambda at the start, after each AWS call, and at the end."""
        if self._kind != at or (at == "call" and calls != self._nth):
            return False
        self._counted[f"invocation killed ({'between calls' if at == 'call' else at})"] += 1
        return True


class Invocations(LambdaFaults):
    """Kills and repeats invocations by chance, as long as it is ``on``."""

    def __init__(self, seed: str, odds: Odds, counted: Counter[str]) -> None:
        super().__init__()
        self.on = False
        self._seed, self._odds, self._counted = seed, odds, counted
        self._seen: Counter[str] = Counter()
        self._guard = threading.Lock()

    def kills(self, function: Function, payload: bytes) -> list[Fate]:  # type: ignore[override]
        if not self.on:
            return []
        return [Fate(self._drawn("run", function, payload), self._odds, self._counted)]

    def repeats(self, function: Function, payload: bytes) -> int:
        return self._happens("invoked twice", function, payload, self._odds.twice)

    def throttles(self, function: Function, payload: bytes) -> bool:
        return bool(self._happens("invocation refused", function, payload, self._odds.refused))

    def _happens(self, what: str, function: Function, payload: bytes, odds: float) -> int:
        if not self.on or self._drawn(what, function, payload).random() >= odds:
            return 0
        self._counted[what] += 1
        return 1

    def _drawn(self, what: str, function: Function, payload: bytes) -> random.Random:
        subject = b" ".join(sorted(set(_SUBJECT.findall(payload)))[:4]).decode()
        name = f"{what}/{function.key}/{subject}"
        with self._guard:
            self._seen[name] += 1
            return random.Random(f"{self._seed}/{name}/{self._seen[name]}")


class Calls(Faults):
    """Breaks calls of functions by chance; what anybody else calls (tests, the engine) comes through."""

    def __init__(self, odds: Odds, counted: Counter[str]) -> None:
        super().__init__()
        self._odds, self._counted = odds, counted

    def take(self, call: Call) -> Fault | None:
        scripted = super().take(call)
        invocation = current()
        fate = next((one for one in invocation.kills if isinstance(one, Fate)), None) if invocation else None
        if scripted is not None or fate is None or fate.chance.random() >= self._odds.call:
            return scripted
        what = fate.chance.choice(["throttled", "lost", "answer lost", "answer late", "slow", "internal error"])
        if call.operation in ("TransactWriteItems", "UpdateItem", "PutItem") and fate.chance.random() < 0.3:
            what = "write conflict"
        self._counted[f"call {what}"] += 1
        return _broken(what, call, fate.chance)


def _broken(what: str, call: Call, chance: random.Random) -> Fault:
    service, operation = call.service, call.operation
    late = _SHORT_READ_TIMEOUT if service in _JSON else _READ_TIMEOUT
    if what == "lost":
        return Fault(Kind.LOST, service, operation)
    if what == "answer lost":
        return Fault(Kind.ANSWER_LOST, service, operation)
    if what == "answer late":
        return Fault(Kind.ANSWER_LATE, service, operation, after=late)
    if what == "slow":
        half = late / 2 - 0.1
        return Fault(Kind.DELAYED, service, operation, before=chance.uniform(0, half), after=chance.uniform(0, half))
    status, code, details = _refusal(what, service, operation)
    return Fault(
        Kind.REJECTED, service, operation, status=status, code=code, message="by chance", details=dict(details)
    )


def _refusal(what: str, service: str, operation: str) -> tuple[int, str, dict[str, object]]:
    """Status, code and details, in the service's own words."""
    if what == "write conflict":
        if operation == "TransactWriteItems":
            reasons: list[dict[str, str]] = [{"Code": "TransactionConflict"}, {"Code": "None"}]
            return 400, "TransactionCanceledException", {"CancellationReasons": reasons}
        return 400, "TransactionConflictException", {}
    if what == "throttled":
        if service == "s3":
            return 503, "SlowDown", {}
        if service in _JSON or service == "ivs":
            return 400, "ThrottlingException", {}
        return 429, "TooManyRequestsException", {}
    return 500, "InternalServerError" if service in _JSON else "InternalServerErrorException", {}


class Events:
    """Loses and delays events by chance, and repeats every other."""

    def __init__(self, stage: Stage, seed: str, odds: Odds, counted: Counter[str]) -> None:
        self._stage, self._seed, self._odds, self._counted = stage, seed, odds, counted
        self._seen: Counter[str] = Counter()
        self._guard = threading.Lock()
        self._last: tuple[Event | None, str] = (None, "")
        self._faults: list[EventFault] = []

    def begin(self) -> None:
        bus = self._stage.bus
        self._faults = [
            bus.lose(when=self._fated("lost"), count=None),
            *(bus.delay(when=self._fated(f"late {late}"), seconds=late, count=None) for late in LATE),
            *(bus.repeat(when=self._fated(f"again {later}"), seconds=later, count=None) for later in AGAIN),
        ]

    def end(self) -> None:
        for fault in self._faults:
            fault.count = fault.hits

    def _fated(self, fate: str) -> Callable[[Event], bool]:
        return lambda event: self._fate(event) == fate

    def _fate(self, event: Event) -> str:
        """Asked by each fault in turn, for the same event."""
        with self._guard:
            last, fate = self._last
            if last is event:
                return fate
            fate = self._drawn(event)
            self._last = (event, fate)
            self._counted[f"event {fate.split()[0]}"] += 1
            return fate

    def _drawn(self, event: Event) -> str:
        detail = event.get("detail", {})
        name = "/".join(str(part) for part in (event.get("detail-type"), detail.get("channel_arn", detail.get("name"))))
        self._seen[name] += 1
        chance = random.Random(f"{self._seed}/{name}/{self._seen[name]}")
        lot = chance.random()
        if lot < self._odds.event_lost:
            return "lost"
        if lot < self._odds.event_lost + self._odds.event_late:
            return f"late {chance.choice(LATE)}"
        return f"again {chance.choice(AGAIN)}"


#: Seconds by which an event is late, and after which it comes again.
LATE = (3.0, 40.0, 300.0, 1500.0)
AGAIN = (0.5, 20.0, 200.0, 900.0)


class Misfortune:
    """All of it, for one day on one stage. ``counted``: what happened, by kind."""

    def __init__(self, stage: Stage, seed: str, odds: Odds | None = None) -> None:
        odds = odds or Odds()
        self.counted: Counter[str] = Counter()
        self._stage = stage
        self._invocations = Invocations(seed, odds, self.counted)
        self._events = Events(stage, seed, odds, self.counted)
        self._before = stage.endpoint.faults, stage.lambdas.faults
        stage.endpoint.faults = Calls(odds, self.counted)
        stage.lambdas.faults = self._invocations

    def begin(self) -> None:
        self._invocations.on = True
        self._events.begin()

    def end(self) -> None:
        """From now on nothing new goes wrong; what is on its way still arrives."""
        self._invocations.on = False
        self._events.end()

    def leave(self) -> None:
        """Give the stage its own faults back."""
        self.end()
        self._stage.endpoint.faults, self._stage.lambdas.faults = self._before
