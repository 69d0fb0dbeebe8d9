"""What there is to try: from the places that clean walks have, and the ways in which each can break."""

from __future__ import annotations

import hashlib
import random
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import Any, get_args

from infra.local.simulator.alternatives import Alternatives
from tests.faults.matrix.kinds import CALLERS, faults_of
from tests.faults.matrix.places import Place
from tests.faults.matrix.scenarios import SCENARIOS

Order = dict[str, Any]


@dataclass(frozen=True)
class Break:
    """One fault at one place."""

    place: Place
    fault: str

    @property
    def name(self) -> str:
        return f"{self.place.name} × {self.fault.strip()}"


@dataclass(frozen=True)
class Trial:
    """``name`` says it in words; ``id`` is short, the same in every run, and enough to run it alone.

    ``full``: walk it to its end even if the world is like that of a clean walk after the segment. ``learns``: tell the
    places that it has and a clean walk has not.
    """

    scenario: str
    segment: int
    breaks: tuple[Break, ...]
    seed: int = 1
    alternatives: Mapping[str, Any] = field(default_factory=dict)
    full: bool = False
    learns: bool = False

    @property
    def name(self) -> str:
        flipped = "".join(f", {name}={value}" for name, value in self.alternatives.items())
        segment = SCENARIOS[self.scenario].segments[self.segment].name
        return f"{self.scenario}, {segment}{flipped}: " + ", then ".join(one.name for one in self.breaks)

    @property
    def id(self) -> str:
        return hashlib.sha1(self.name.encode()).hexdigest()[:10]

    def order(self) -> Order:
        return {
            "id": self.id,
            "scenario": self.scenario,
            "segment": self.segment,
            "seed": self.seed,
            "alternatives": dict(self.alternatives),
            "full": self.full,
            "learns": self.learns,
            "break": [{"place": vars(one.place), "fault": one.fault} for one in self.breaks],
        }


def singles(scenario: str, segments: Sequence[Sequence[Place]], **given: Any) -> list[Trial]:
    """Every place with every fault that applies to it."""
    return [
        Trial(scenario, number, (Break(place, kind.name),), **given)
        for number, places in enumerate(segments)
        for place in places
        for kind in faults_of(place)
    ]


def alike_count_once(places: dict[str, list[list[Place]]]) -> None:
    """Take out of each show what an earlier one has, too."""
    seen: set[str] = set()
    for name, segments in places.items():
        mine = {place.name for segment in segments for place in segment}
        places[name] = [[place for place in segment if place.name not in seen] for segment in segments]
        seen |= mine


def callers(scenario: str, segments: Sequence[Sequence[Place]], **given: Any) -> list[Trial]:
    """A caller who ends the session at every step of it, and callers who ask for the same at once."""
    return [
        Trial(scenario, number, (Break(place, kind.name),), **given)
        for number, places in enumerate(segments)
        if SCENARIOS[scenario].segments[number].name != "end"
        for place in places
        for kind in CALLERS
        if kind.applies(place)
    ]


def meanwhile(trial: Trial, segments: Sequence[Sequence[Place]], kind: str) -> Trial | None:
    """The same, and a caller who does something in the invocation in which the fault happens; None if there is none."""
    place = trial.breaks[0].place
    for one in segments[trial.segment]:
        if one.sort == "invocation" and one.who == place.who and one.state == place.state:
            return replace(trial, breaks=(*trial.breaks, Break(one, kind)))
    return None


#: What fields of ``Alternatives`` that are no choice are set to.
_OTHER: dict[str, Any] = {"list_lag": 8.0, "describe_lag": 8.0, "attached_input_delete_text": "still attached"}


def alternatives() -> Iterator[dict[str, Any]]:
    """Each behaviour in doubt, in each way in which it may also be."""
    for name, described in Alternatives.model_fields.items():
        for value in get_args(described.annotation) or (_OTHER[name],):
            if value != described.default:
                yield {name: value}


def flipped(trials: Sequence[Trial]) -> Iterator[Trial]:
    """The same again, with each behaviour in doubt flipped from the segment's begin on."""
    for other in alternatives():
        for one in trials:
            yield Trial(one.scenario, one.segment, one.breaks, one.seed, other)


class Compensations:
    """Gathers, from trials that learn, what came after a fault and is not there without: its places are compensation.

    The state of a place is in its name, so a place that several forward faults lead to is tried once for each way in
    which it was led there (rejected, killed …), with each fault that applies to it.
    """

    def __init__(self) -> None:
        self._found: dict[tuple[str, int, str, str], tuple[Trial, Place]] = {}

    def learn(self, trial: Trial, new: Sequence[dict[str, Any]]) -> None:
        for place in map(Place.read, new):
            forward = trial.breaks[0].fault
            self._found.setdefault((trial.scenario, trial.segment, place.name, forward), (trial, place))

    def places(self) -> int:
        """How many distinct places there are in all compensations."""
        return len({(scenario, name) for scenario, _, name, _ in self._found})

    def pairs(self) -> list[Trial]:
        return [
            Trial(trial.scenario, trial.segment, (*trial.breaks, Break(place, kind.name)), trial.seed)
            for trial, place in self._found.values()
            for kind in faults_of(place)
        ]


def sample(trials: Sequence[Trial], many: int, seed: int) -> list[Trial]:
    """As many of them, drawn with the seed."""
    return random.Random(seed).sample(list(trials), min(many, len(trials)))
