"""What a soak's scripts are made of: one show, what its people want, and what they ask the API. For ``people.py``.

What a script wanted is all that ``judge.py`` takes from it: the rest it asks AWS.
"""

from __future__ import annotations

import random
from collections.abc import Generator, Mapping
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Any

from infra.local.stage import Stage

Script = Generator[float, None, None]
Answer = tuple[int, dict[str, Any]]

OVER = ("ended", "failed", "ending", "cleanup_incomplete")
#: How often a request that failed for no fault of its own is sent again: 1, 2, 4 … seconds later.
TRIES = 8


@dataclass
class Wanted:
    """Its people wanted the show on the air from then, until they first asked for its end."""

    since: datetime
    until: datetime | None = None


@dataclass
class Asked:
    """One show. ``ended_by``: ``script`` once its end was accepted, ``itself`` when nobody comes back to it."""

    number: int
    kind: str
    session_id: str = ""
    wanted: list[Wanted] = field(default_factory=list)
    ended_by: str = ""
    told: list[str] = field(default_factory=list)


class House:
    """What the scripts of one day share. ``flows``: the customer's; ``broken``: answers that no fault explains."""

    def __init__(self, stage: Stage, flows: list[str], seed: str) -> None:
        self.stage = stage
        self.flows = flows
        self.asked: list[Asked] = []
        self.broken: list[str] = []
        self.refused = 0
        self.aborted: list[str] = []
        self._seed = seed

    def chance(self, what: str) -> random.Random:
        return random.Random(f"{self._seed}/{what}")

    def now(self) -> datetime:
        return self.stage.clock.now()

    def ask(
        self, show: Asked, method: str, path: str, body: Mapping[str, Any] | None = None, key: str | None = None
    ) -> Generator[float, None, Answer]:
        """A request, sent again while its answer is lost or the API has no time."""
        headers = {"idempotency-key": f"{self._seed}-{show.number}-{key}"} if key else None
        status, answer = 0, {}
        for attempt in range(TRIES):
            status, _, said = self.stage.request(method, path, body, headers)
            answer = said if isinstance(said, dict) else {}
            detail = answer.get("name" if status >= 400 else "status", "")
            show.told.append(f"{self.now():%H:%M:%S} {method} {path} {key or ''} -> {status} {detail}")
            if answer.get("name") == "InternalError":
                self.broken.append(f"show {show.number}: {method} {path} -> {status} {answer.get('detail')}")
            if status < 500 and status != 429:
                break
            yield 2.0**attempt
        return status, answer


class Player:
    """One show's script, with the moves that scripts are made of."""

    def __init__(self, house: House, number: int, kind: str) -> None:
        self.house, self.stage = house, house.stage
        self.chance = house.chance(f"show {number}")
        self.show = Asked(number, kind)
        self._keys = 0
        house.asked.append(self.show)

    @property
    def path(self) -> str:
        return f"/sessions/{self.show.session_id}"

    def create(self, spec: Mapping[str, Any]) -> Generator[float, None, bool]:
        """Ask for the session; one that has no room now is asked for again, twice. False: it was not made."""
        for attempt in range(3):
            status, answer = yield from self.house.ask(self.show, "POST", "/sessions", spec, f"create{attempt}")
            if status == 202:
                self.show.session_id = answer["session_id"]
                return True
            if answer.get("name") != "QuotaExceeded":
                break
            self.house.refused += 1
            yield self.chance.uniform(600, 1800)
        return False

    def move(self, move: str, body: Mapping[str, Any] | None = None) -> Generator[float, None, Answer]:
        self._keys += 1
        return (yield from self.house.ask(self.show, "POST", f"{self.path}/{move}", body, f"move{self._keys}"))

    def status(self) -> Generator[float, None, str]:
        _, answer = yield from self.house.ask(self.show, "GET", self.path)
        return str(answer.get("status", ""))

    def until(self, *statuses: str, longest: float = 3600) -> Generator[float, None, str]:
        """Look now and then until the session is in one of these, over, or it has taken too long."""
        deadline = self.house.now() + timedelta(seconds=longest)
        while True:
            status = yield from self.status()
            if status in (*statuses, *OVER) or self.house.now() >= deadline:
                return status
            yield self.chance.uniform(45, 120)

    def wants(self) -> None:
        self.show.wanted.append(Wanted(self.house.now()))

    def wants_no_more(self) -> None:
        """From the moment that somebody asks for it, the show may be off the air, whatever the answer."""
        for wanted in self.show.wanted:
            wanted.until = wanted.until or self.house.now()

    def end(self) -> Script:
        """Ask for the end until it is accepted."""
        self.wants_no_more()
        while True:
            status, _ = yield from self.house.ask(self.show, "DELETE", self.path)
            if status == 202:
                self.show.ended_by = "script"
                return
            yield 30

    def walks_away(self) -> None:
        """Nobody ends the show: its lease does, or whoever sees that it has no input."""
        self.show.ended_by = "itself"

    def pushes(self, started: bool) -> None:
        """The host's encoder pushes, or stops: to whatever inputs the session has."""
        for one in self.stage.simulator.inventory():
            if one.kind == "input" and one.state in ("ATTACHED", "DETACHED") and self.show.session_id in one.name:
                self.stage.simulator.publish(one.id, started)
