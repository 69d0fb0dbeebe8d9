"""What an older version left in flight, as recorded: inputs and answers of its functions, its rows, its machines.

Written by ``record_version``, replayed by ``test_versions`` and tests/workflow/test_deploy_in_mid_show.py. One folder a
version, tests/contract/data/version_<number>.
"""

from __future__ import annotations

import gzip
import json
from collections.abc import Iterator
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Any, get_type_hints

from pydantic import BaseModel

from infra.local.service import Function, Service
from shared.domain.audit_events import RecordedEvent
from shared.domain.orphans import Orphan
from shared.domain.recording import Recording, Run
from shared.domain.schema import upgraded
from shared.domain.security_groups import SecurityGroup
from shared.domain.session import DestinationState, Resource, SessionRecord
from shared.domain.sweeps import Sweep
from shared.gateways import table
from shared.gateways.idempotency import Claim
from shared.gateways.known_flows import KnownFlow
from shared.gateways.parking import ChannelOwner, ParkedStep
from shared.gateways.sessions import BESIDE_THE_RECORD, IdempotencyKey
from shared.runtime.task import EXECUTION
from tests.contract.asl import MACHINES, PLACEHOLDER, State, all_states, definition
from tests.contract.handlers import handler_of, service

Json = dict[str, Any]
DATA = Path(__file__).parent / "data"
#: What each kind of row holds, and what stands beside it. Kinds are told by the words of their keys (``kind_of``).
ROWS: dict[str, tuple[type[BaseModel], frozenset[str]]] = {
    "SESSION SESSION": (SessionRecord, BESIDE_THE_RECORD),
    "SESSION DEST": (DestinationState, frozenset()),
    "SESSION RES": (Resource, frozenset()),
    "SESSION RUN": (Run, frozenset()),
    "SESSION REC": (Recording, frozenset()),
    "EVENTS EVENT": (RecordedEvent, frozenset()),
    "CHANNEL OWNER": (ChannelOwner, frozenset()),
    "CHANNEL WAIT": (ParkedStep, frozenset({"expires_at"})),
    "STAGE GROUP": (SecurityGroup, frozenset()),
    "STAGE FLOW": (KnownFlow, frozenset()),
    "IDEMPOTENCY KEY": (IdempotencyKey, frozenset()),
    "IDEMPOTENCY ACTION": (Claim, frozenset()),
    "ORPHANS": (Orphan, frozenset()),
    "SWEEPS": (Sweep, frozenset({"expires_at"})),
}
#: Rows whose names are data: sums, and what is held by whom; which sessions have changed.
WITHOUT_MODEL = frozenset({"STAGE QUOTA", "CHANGES CHANGE"})


@dataclass(frozen=True)
class Version:
    """``inputs``, ``answers``: by function; ``started``: the inputs of executions, by machine; ``rows``: by kind;
    ``fields``: the names that each kind of row has; ``machines``: the definitions as the files had them, by name."""

    number: int
    inputs: dict[str, list[Json]]
    answers: dict[str, list[Json]]
    started: dict[str, list[Json]]
    rows: dict[str, list[Json]]
    fields: dict[str, list[str]]
    machines: dict[str, Json]

    def deployed(self, machine: str, service: Service) -> str:
        """A machine's definition with today's functions."""
        arns = {f"{each.logical_id.removesuffix('LambdaFunction')}Arn": each.arn for each in service.functions.values()}
        return PLACEHOLDER.sub(lambda found: arns[found[1]], json.dumps(self.machines[machine]))


def versions() -> list[int]:
    return sorted(int(path.name.removeprefix("version_")) for path in DATA.glob("version_*"))


@cache
def read_version(number: int) -> Version:
    folder = DATA / f"version_{number}"
    recorded = json.loads((folder / "recorded.json").read_text(encoding="utf-8"))
    return Version(number=number, **recorded, machines=json.loads(gzip.decompress(_file(folder).read_bytes())))


def write_version(version: Version) -> None:
    folder = DATA / f"version_{version.number}"
    folder.mkdir(exist_ok=True)
    names = ("inputs", "answers", "started", "rows", "fields")
    lines = [f" {json.dumps(name)}: {_lines(getattr(version, name))}" for name in names]
    (folder / "recorded.json").write_text("{\n" + ",\n".join(lines) + "\n}\n", encoding="utf-8")
    _file(folder).write_bytes(gzip.compress(json.dumps(version.machines, sort_keys=True).encode(), mtime=0))


def _lines(kinds: dict[str, list[Json]]) -> str:
    """One line an example, so that a review shows which has changed."""
    found = []
    for kind, examples in sorted(kinds.items()):
        listed = ",\n".join(f"   {json.dumps(one, sort_keys=True)}" for one in examples)
        found.append(f"  {json.dumps(kind)}: [\n{listed}\n  ]")
    return "{\n" + ",\n".join(found) + "\n }"


def _file(folder: Path) -> Path:
    return folder / "machines.json.gz"


def shape(node: Any) -> Any:
    """What two examples have in common that differ in their values alone."""
    if isinstance(node, dict):
        return tuple(sorted((name, shape(one)) for name, one in node.items()))
    if isinstance(node, list):
        return ("list", *sorted({shape(one) for one in node}, key=repr))
    return type(node).__name__


def kind_of(row: Json) -> str:
    """``SESSION SESSION``, ``CHANNEL WAIT``, ``SWEEPS``: the words of its keys."""
    words = [row[key].partition("#")[0] for key in ("pk", "sk")]
    return words[0] if words[0] in ROWS else " ".join(words)


def row_fields() -> dict[str, list[str]]:
    """The names that each kind of row has today."""
    return {kind: sorted({*model.model_fields, *beside}) for kind, (model, beside) in ROWS.items()}


# What today's code makes of it


def replay_faults(version: Version) -> Iterator[str]:
    """What today's functions can't do with what a version has left in flight; nothing if all is well."""
    for function, examples in version.inputs.items():
        yield from _unread(f"{function}: an input", _model(function, 0), examples, {EXECUTION})
    for function, examples in version.answers.items():
        yield from _unread(f"{function}: an answer", _model(function, 1), examples, set())
    for kind, rows in version.rows.items():
        if kind in WITHOUT_MODEL:
            continue
        if kind not in ROWS:
            yield f"nobody reads rows {kind}"
            continue
        model, beside = ROWS[kind]
        yield from _unread(f"row {kind}", model, [upgraded(row) for row in rows], {"pk", "sk", *beside})
    for machine in version.machines:
        yield from _uncalled(version, machine)


def _unread(what: str, model: type[BaseModel] | None, examples: list[Json], beside: set[str]) -> Iterator[str]:
    if model is None:
        yield f"{what}: there is no such function any more"
        return
    for example in examples:
        try:
            table.value(model, example, beside)
        except ValueError as error:
            yield f"{what} is not read: {' '.join(str(error).split())}"
        if unknown := sorted(example.keys() - model.model_fields.keys() - beside):
            yield f"{what} has {', '.join(unknown)}, which nobody knows"


def _uncalled(version: Version, machine: str) -> Iterator[str]:
    for state in all_states(machine, version.machines[machine]):
        if state.kind != "Task":
            continue
        model = _model(_key(state), 0)
        if model is None:
            yield f"{state}: there is no function {_key(state)} any more"
            continue
        given = {name.removesuffix(".$") for name in state.payload}
        needed = {name for name, field in model.model_fields.items() if field.is_required()}
        for name in sorted(needed - given):
            yield f"{state} does not tell {name}, without which {_key(state)} does nothing"


def _key(state: State) -> str:
    return state.function[0].lower() + state.function[1:]


def _model(function: str, which: int) -> type[BaseModel] | None:
    """What a function takes (0) or answers (1); None if it is gone."""
    found: Function | None = service().functions.get(function)
    if found is None:
        return None
    hints = get_type_hints(handler_of(found).__wrapped__)
    answered = hints.pop("return")
    return answered if which else next(iter(hints.values()))


def told_to_functions(machines: dict[str, Json]) -> dict[str, list[str]]:
    """What each function is told by all machines together."""
    found: dict[str, set[str]] = {}
    for machine, source in machines.items():
        for state in all_states(machine, source):
            if state.kind == "Task":
                found.setdefault(_key(state), set()).update(name.removesuffix(".$") for name in state.payload)
    return {function: sorted(names) for function, names in found.items()}


def in_flight_today() -> tuple[dict[str, list[str]], dict[str, list[str]], dict[str, list[str]]]:
    """The names that go over from one version to the next: told to functions, answered by them, in rows."""
    told = told_to_functions({machine: definition(machine) for machine in MACHINES.values()})
    answered = {function: sorted(model.model_fields) for function in told if (model := _model(function, 1))}
    return told, answered, row_fields()


def in_flight(version: Version) -> tuple[dict[str, list[str]], dict[str, list[str]], dict[str, list[str]]]:
    """The same of a recorded version."""
    answered = {function: sorted({name for one in each for name in one}) for function, each in version.answers.items()}
    return told_to_functions(version.machines), answered, version.fields
