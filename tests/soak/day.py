"""One day of a soak: people ask for shows at random times, things go wrong, and then it is judged. Called by
``worker.py`` day after day, and by tests/faults/test_soak.py once."""

from __future__ import annotations

import heapq
import random
from collections import Counter
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import datetime, timedelta

from infra.local.stage import Stage
from shared.gateways.settings import settings
from shared.runtime import create_session
from shared.runtime.quota_limits import forget_limits
from tests.soak import judge, people
from tests.soak.misfortune import Misfortune, Odds
from tests.soak.player import House, Script

#: Seconds between two sweeps, with which each day begins anew, so that a day is the same whichever day it is.
SWEEP = 300
#: Seconds that the sweeps get, once nothing goes wrong any more, until all must be clean: a clean-up that came to
#: nothing a few times waits for up to an hour, what it left is looked at twice, and nobody ends some shows but their
#: lease of up to four hours.
AFTERWARDS = 9 * 3600


@dataclass(frozen=True)
class Size:
    """A day: so many shows that begin within so many seconds."""

    shows: int = 24
    seconds: float = 2.5 * 3600


@dataclass
class Outcome:
    """What became of a day."""

    day: int
    shows: int = 0
    live: int = 0
    refused: int = 0
    faults: Counter[str] = field(default_factory=Counter)
    ended: Counter[str] = field(default_factory=Counter)
    failed: Counter[str] = field(default_factory=Counter)
    violations: list[judge.Violation] = field(default_factory=list)
    trails: dict[str, list[str]] = field(default_factory=dict)


def run_day(stage: Stage, seed: int, day: int, size: Size | None = None, odds: Odds | None = None) -> Outcome:
    """Run a day on a stage that was reset, and judge it."""
    size = size or Size()
    name = f"{seed}/{day}"
    with _derived(name):
        house, misfortune = _open(stage, name), Misfortune(stage, name, odds)
        try:
            _live_through(house, misfortune, size)
            verdict = judge.judge(stage, house.asked, house.broken)
        finally:
            misfortune.leave()
        outcome = Outcome(day, len(house.asked), verdict.live, house.refused, misfortune.counted)
        outcome.faults["execution aborted"] = len(house.aborted)
        outcome.ended, outcome.failed = verdict.ended, verdict.failed
        outcome.violations = verdict.violations
        for session_id in sorted({one.session_id for one in verdict.violations if one.session_id})[:3]:
            outcome.trails[session_id] = _trail(house, session_id)
    return outcome


def _open(stage: Stage, name: str) -> House:
    """A house with two flows and room for many shows, on some days for few."""
    chance = random.Random(f"{name}/house")
    quotas = stage.simulator.settings.quotas
    quotas.channels = quotas.push_inputs = chance.choice([10, 40, 60, 60])
    quotas.ivs_channels = 60
    settings.cache_clear()
    forget_limits()
    stage.clock.sleep(SWEEP - stage.clock.time() % SWEEP + 1)
    flows = [stage.simulator.seed_flow(name=flow) for flow in ("main-stage", "side-stage")]
    return House(stage, flows, name)


def _live_through(house: House, misfortune: Misfortune, size: Size) -> None:
    chance = house.chance("day")
    until = house.now() + timedelta(seconds=size.seconds)
    troupe = _Troupe(house)
    for number in range(1, size.shows + 1):
        script = chance.choice([people.flow_show] * 5 + [people.host_show] * 4 + [people.silent_host])
        troupe.join(script(house, number), chance.uniform(0, size.seconds))
    troupe.join(people.aborts(house, until), 0)
    misfortune.begin()
    troupe.play(until)
    misfortune.end()
    troupe.play(None)
    _end_what_nobody_knows(house)
    with_sweeps = SWEEP - house.stage.clock.time() % SWEEP - SWEEP / 3
    house.stage.clock.sleep(with_sweeps % SWEEP)
    deadline = house.now() + timedelta(seconds=AFTERWARDS)
    while house.now() < deadline and not judge.at_rest(house.stage):
        house.stage.simulator.release_channels()
        house.stage.clock.sleep(SWEEP)


class _Troupe:
    """The scripts, each of which goes on when its time has come."""

    def __init__(self, house: House) -> None:
        self._clock = house.stage.clock
        self._due: list[tuple[float, int, Script]] = []
        self._joined = 0

    def join(self, script: Script, seconds: float) -> None:
        self._joined += 1
        heapq.heappush(self._due, (self._clock.time() + seconds, self._joined, script))

    def play(self, until: datetime | None) -> None:
        """Let them go on until that time, or to their ends."""
        last = until.timestamp() if until is not None else float("inf")
        while self._due and self._due[0][0] < last:
            due, order, script = heapq.heappop(self._due)
            self._clock.sleep(due - self._clock.time())
            try:
                seconds = next(script)
            except StopIteration:
                continue
            heapq.heappush(self._due, (self._clock.time() + seconds, order, script))
        if until is not None:
            self._clock.sleep(last - self._clock.time())


def _end_what_nobody_knows(house: House) -> None:
    """Sessions that were made and whose maker never heard so: somebody finds them in the list."""
    known = {show.session_id for show in house.asked if show.ended_by}
    for item in judge.rows(house.stage):
        if item["sk"] == "SESSION" and item["session_id"] not in known and item["status"] not in judge.FINISHED:
            house.stage.request("DELETE", f"/sessions/{item['session_id']}")


def _trail(house: House, session_id: str) -> list[str]:
    """What its script was told, and the session's audit trail, for who has to find out."""
    told = [line for show in house.asked if show.session_id == session_id for line in show.told]
    _, _, answer = house.stage.request("GET", f"/sessions/{session_id}/events", query={"limit": "100"})
    events = answer.get("events", []) if isinstance(answer, dict) else []
    return [*told, *(str(event) for event in events)]


@contextmanager
def _derived(name: str) -> Iterator[None]:
    """Session ids and whatever else is drawn at random, from the day's own name."""
    chance, alphabet = random.Random(f"{name}/ids"), "abcdefghjkmnpqrstvwxyz0123456789"
    drawn = vars(create_session)["new_session_id"]
    vars(create_session)["new_session_id"] = lambda: "s-" + "".join(chance.choice(alphabet) for _ in range(12))
    random.seed(name)
    try:
        yield
    finally:
        vars(create_session)["new_session_id"] = drawn
