"""A process that walks each scenario and makes the trials of every segment: the worker of a run.

Reads one JSON document of orders from its standard input, and writes a JSON line for each thing it has found.
"""

from __future__ import annotations

import gc
import json
import os
import random
import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from functools import partial
from typing import Any

from infra.local.simulator.alternatives import Alternatives
from infra.local.stage import Stage, simulator_settings
from shared.domain import names
from shared.gateways.clients import forget_clients
from shared.gateways.settings import settings
from tests.faults.matrix import breaking, judge, trial
from tests.faults.matrix.forks import forked, quiet
from tests.faults.matrix.kinds import BY_NAME
from tests.faults.matrix.places import Place
from tests.faults.matrix.scenarios import SCENARIOS, Caller, Scenario, flow_spec
from tests.faults.matrix.watch import Watch

#: States of a channel that it passes through, and in which it may stick or fail.
_PASSING = ("CREATING", "STARTING", "RUNNING", "STOPPING", "DELETING", "UPDATING")


class Drawn:
    """In the place of ``secrets`` where ids are drawn: the same seed draws the same, so a trial can be repeated."""

    def __init__(self, seed: int) -> None:
        self._random = random.Random(seed)

    def choice(self, among: str) -> str:
        return self._random.choice(among)


def _quick() -> None:
    """What botocore tells of itself in each request is a good part of a trial's time, and nobody reads it here."""
    from botocore.useragent import UserAgentString

    vars_of: Any = UserAgentString
    vars_of.to_string = lambda self: "botocore"


class Trunk:
    """One stage, and the walks on it."""

    def __init__(self, stage: Stage) -> None:
        self.stage = stage
        self.watch = Watch(stage)
        self.is_broken = breaking.broken()
        self.after: Callable[[int, Caller], None] = _nothing

    def begin(self, scenario: Scenario, seed: int) -> Caller:
        """A stage with nothing on it but a flow and, where the scenario has one, the bystander's show."""
        self.stage.reset()
        vars(names)["secrets"] = Drawn(seed)
        defaults = simulator_settings()
        for name in type(defaults).model_fields:
            setattr(self.stage.simulator.settings, name, getattr(defaults, name))
        self.stage.simulator.settings.seed = seed
        self.watch.attach()
        caller = Caller(self.watch, flow=self.stage.simulator.seed_flow(name="main-stage"))
        if scenario.bystander:
            caller.ask(flow_spec(caller, "bystander"), None)
            caller.settle()
            caller.bystander, caller.session_id = caller.session_id, ""
            caller.passes(60)
        return caller

    def walk(self, scenario: Scenario, seed: int) -> Iterator[tuple[int, Caller]]:
        """Comes back before each segment, quiet; then walks it clean."""
        caller = self.begin(scenario, seed)
        for number, segment in enumerate(scenario.segments):
            self.watch.places.clear()
            self.watch.mark = len(self.stage.simulator.log())
            quiet(self.stage)
            yield number, caller
            segment.does(caller)
            caller.settle()
            status = (self.watch.shadow.session(caller.session_id) or {}).get("status")
            if status != segment.wanted:
                raise RuntimeError(
                    f"a clean {scenario.name} does not get through {segment.name}: {status}, {caller.told}"
                )
            caller.passes(60)
            caller.settle()
            self.after(number, caller)

    def record(self, scenario: Scenario, seed: int) -> list[list[Place]]:
        """The places of each segment of a clean walk; those that an earlier segment has, too, are left out."""
        found: list[list[Place]] = []
        seen: set[str] = set()
        interest = [not scenario.of_interest or one.name in scenario.of_interest for one in scenario.segments]
        self.after = lambda number, caller: found.append(self._new(seen, caller) if interest[number] else [])
        for _, walking in self.walk(scenario, seed):
            caller = walking
        self.after = _nothing
        wrong = judge.nothing_left(self.watch, caller.bystander)
        if wrong:
            raise RuntimeError(f"a clean {scenario.name} leaves {wrong}")
        return found

    def _new(self, seen: set[str], caller: Caller) -> list[Place]:
        places = [*self.watch.places.values(), *self._channels(caller)]
        fresh = {place.name: place for place in places if place.name not in seen}
        seen |= set(fresh)
        return list(fresh.values())

    def _channels(self, caller: Caller) -> list[Place]:
        """The states that channels have passed through, one branch for all that are alike."""
        changes = self.stage.simulator.log()[self.watch.mark :]
        found: dict[str, Place] = {}
        for one in changes:
            state = getattr(one, "state", "")
            if getattr(one, "kind", "") == "channel" and state in _PASSING:
                branch = one.name.removeprefix(f"onair-dev-{caller.session_id}-")
                found.setdefault(state, Place("channel", branch, state, "", 0))
        return list(found.values())

    def trials(self, orders: list[dict[str, Any]], tell: Any) -> None:
        """Carry out orders (``Trial.order``), those of one walk together."""
        groups: dict[tuple[str, int], list[dict[str, Any]]] = {}
        for order in orders:
            groups.setdefault((order["scenario"], order["seed"]), []).append(order)
        for (name, seed), mine in groups.items():
            scenario, last = SCENARIOS[name], max(order["segment"] for order in mine)
            for number, caller in self.walk(scenario, seed):
                self._segment(caller, scenario, number, [one for one in mine if one["segment"] == number], tell)
                if number == last:
                    break

    def _segment(
        self, caller: Caller, scenario: Scenario, number: int, orders: list[dict[str, Any]], tell: Any
    ) -> None:
        """The trials of one segment, before which the walk stands still."""
        if not orders:
            return
        gc.collect()
        gc.freeze()
        clean = forked(self.stage, lambda: trial.run(self.watch, caller, scenario, number))
        if clean.get("wrong") and not self.is_broken:
            raise RuntimeError(f"a clean {scenario.name} has in {number}: {clean['wrong']}")
        usual = {one["name"] for one in clean.get("places", ())}
        for order in orders:
            if clean.get("wrong"):
                tell({"id": order["id"], **clean, "new": [], "places": []})
                continue
            world = "" if order["full"] or order["alternatives"] else clean.get("world", "")
            found = forked(self.stage, partial(self._trial, caller, scenario, order, world))
            new = [one for one in found.pop("places", ()) if one["name"] not in usual]
            tell({"id": order["id"], **found, "new": new if order["learns"] else []})

    def _trial(self, caller: Caller, scenario: Scenario, order: dict[str, Any], clean: str) -> dict[str, Any]:
        gc.disable()
        settings = self.stage.simulator.settings
        settings.alternatives = Alternatives(**{**settings.alternatives.model_dump(), **order["alternatives"]})
        kinds = []
        for given in order["break"]:
            kind = BY_NAME[given["fault"]]
            kinds.append(kind)
            self.watch.breakages.append(kind.make(self.watch, Place.read(given["place"])))
        hits_channel = any(kind.hits_channel for kind in kinds)
        found = trial.run(self.watch, caller, scenario, order["segment"], hits_channel, clean)
        return {**found, "world": ""}


def _nothing(number: int, caller: Caller) -> None:
    """After a segment of a walk that nobody records."""


@contextmanager
def trunk() -> Iterator[Trunk]:
    with Stage(speed=None, schedules=False) as stage:
        _quick()
        breaking.take_out()
        forget_clients()
        settings.cache_clear()
        yield Trunk(stage)


def main() -> int:
    """Carry out what standard input orders."""
    orders = json.load(sys.stdin)
    out = os.dup(1)
    os.dup2(2, 1)  # whatever else is printed goes to the error stream

    def tell(found: dict[str, Any]) -> None:
        text = (json.dumps(found, default=str) + "\n").encode()
        while text:
            text = text[os.write(out, text) :]

    with trunk() as mine:
        for order in orders.get("record", ()):
            scenario = SCENARIOS[order["scenario"]]
            segments = mine.record(scenario, order["seed"])
            tell({"recorded": order["scenario"], "segments": [[one.told() for one in places] for places in segments]})
        mine.trials(orders.get("trials", []), tell)
    return 0


if __name__ == "__main__":
    sys.exit(main())
