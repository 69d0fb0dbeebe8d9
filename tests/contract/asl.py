"""Reads ASL files as the contract tests need them: every state with its place, every way from one to another.

Independent of the engine and of statelint on purpose: what all three call right is right.
"""

from __future__ import annotations

import json
import re
from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass, field
from functools import cache
from pathlib import Path
from typing import Any

ROOT = Path(__file__).resolve().parents[2]
MACHINES = {
    "ProvisionSessionMachine": "provision_session",
    "StartStreamingMachine": "start_streaming",
    "StopStreamingMachine": "stop_streaming",
    "StartRecorderMachine": "start_recorder",
    "StopRecorderMachine": "stop_recorder",
    "FinalizeRecordingMachine": "finalize_recording",
    "RemoveDestinationMachine": "remove_destination",
    "EndSessionMachine": "end_session",
    "SweepMachine": "sweep",
}
PARKED = "arn:aws:states:::lambda:invoke.waitForTaskToken"
PLACEHOLDER = re.compile(r"\$\{([A-Za-z0-9_]+)\}")

Json = dict[str, Any]


@dataclass(frozen=True)
class State:
    """One state; ``inside`` names the Maps and Parallels around it, outermost first."""

    machine: str
    inside: tuple[str, ...]
    name: str
    body: Json = field(compare=False)

    def __str__(self) -> str:
        return " / ".join((self.machine, *self.inside, self.name))

    @property
    def kind(self) -> str:
        return str(self.body["Type"])

    @property
    def parked(self) -> bool:
        return self.body.get("Resource") == PARKED

    @property
    def payload(self) -> Json:
        """What the task's function is given."""
        parameters: Json = self.body.get("Parameters", {})
        return parameters["Payload"] if self.parked else parameters

    @property
    def function(self) -> str:
        """The placeholder of the task's function, without ``Arn``: ``CreateInput``."""
        said = self.body["Parameters"]["FunctionName"] if self.parked else self.body["Resource"]
        found = PLACEHOLDER.fullmatch(said)
        assert found and found[1].endswith("Arn"), f"{self}: {said} is not a placeholder ${{…Arn}}"
        return found[1].removesuffix("Arn")

    @property
    def retries(self) -> list[Json]:
        return list(self.body.get("Retry", []))

    @property
    def catches(self) -> list[Json]:
        return list(self.body.get("Catch", []))

    def retried(self) -> set[str]:
        return {name for retrier in self.retries for name in retrier["ErrorEquals"]}

    def caught_into(self) -> str | None:
        """Where States.ALL leads, or None when the state does not catch everything."""
        last = self.catches[-1] if self.catches else {}
        return str(last["Next"]) if last.get("ErrorEquals") == ["States.ALL"] else None

    def targets(self) -> list[str]:
        """Every state that may come next."""
        found = [self.body[key] for key in ("Next", "Default") if key in self.body]
        found += [rule["Next"] for rule in self.body.get("Choices", [])]
        return found + [rule["Next"] for rule in self.catches]


@dataclass(frozen=True)
class Scope:
    """One machine, or the machine inside a Map or a branch of a Parallel: transitions don't leave it."""

    machine: str
    inside: tuple[str, ...]
    start: str
    states: dict[str, State]


@cache
def definition(machine: str) -> Json:
    loaded: Json = json.loads((ROOT / f"state_machines/{machine}.asl.json").read_text(encoding="utf-8"))
    return loaded


def scopes(machine: str, source: Json, inside: tuple[str, ...] = ()) -> Iterator[Scope]:
    """The machine itself first, then those within it."""
    states = {name: State(machine, inside, name, body) for name, body in source["States"].items()}
    yield Scope(machine, inside, source["StartAt"], states)
    for name, state in states.items():
        body = state.body
        for inner in (body.get("ItemProcessor"), body.get("Iterator"), *body.get("Branches", [])):
            if inner is not None:
                yield from scopes(machine, inner, (*inside, name))


def scope_of(machine: str, around: str) -> Scope:
    """What is inside a Map of the machine."""
    return next(scope for scope in scopes(machine, definition(machine)) if scope.inside == (around,))


def all_states(machine: str, source: Json | None = None) -> list[State]:
    return [state for scope in scopes(machine, source or definition(machine)) for state in scope.states.values()]


def tasks(machine: str | None = None) -> list[State]:
    named = [machine] if machine else list(MACHINES.values())
    return [state for each in named for state in all_states(each) if state.kind == "Task"]


def shape_faults(machine: str, source: Json) -> list[str]:
    """Transitions to nowhere, states that nothing leads to, states that neither go on nor end, names used twice."""
    faults = []
    names = Counter[str]()
    for scope in scopes(machine, source):
        names.update(scope.states.keys())
        reached, waiting = set(), [scope.start]
        while waiting:
            name = waiting.pop()
            if name not in scope.states:
                faults.append(f"{machine}: no state {name!r} in {' / '.join(scope.inside) or 'the machine'}")
            elif name not in reached:
                reached.add(name)
                waiting += scope.states[name].targets()
        faults += [f"{scope.states[name]}: nothing leads here" for name in scope.states if name not in reached]
        for state in scope.states.values():
            ways = ("Next" in state.body) + bool(state.body.get("End"))
            if ways != (state.kind not in ("Choice", "Succeed", "Fail")):
                faults.append(f"{state}: has {ways} of Next and End")
    return faults + [f"{machine}: {count} states are named {name!r}" for name, count in names.items() if count > 1]


def paths_read(node: Any) -> Iterator[str]:
    """Every path into the state's data that a template reads: ``$.a.b``, not those into the context, ``$$.…``."""
    if isinstance(node, dict):
        for key, value in node.items():
            if key.endswith(".$") and isinstance(value, str) and not value.startswith("$$"):
                yield value
            elif not key.endswith(".$"):
                yield from paths_read(value)
    elif isinstance(node, list):
        for value in node:
            yield from paths_read(value)


def snake(name: str) -> str:
    """``Create channel`` → ``create_channel``; ``createChannel`` → ``create_channel``."""
    return re.sub(r"(?<=[a-z])(?=[A-Z])", "_", name).replace(" ", "_").lower()
