"""Counts what a stretch of a stage's life used: what AWS bills for control, and calls of its APIs.

Attached from outside: the endpoint's and the invocations' logs, the executions' histories, and each write that the
table's stream tells of, for its size. Reads and writes of DynamoDB are counted in its own units.
"""

from __future__ import annotations

import math
from collections import Counter
from dataclasses import dataclass
from typing import Any

from infra.local.calls import Call
from infra.local.corrections import ENGINE
from infra.local.stage import Stage
from infra.local.streams import Change
from tests.bench.weather import Weather

MEDIA = frozenset({"medialive", "mediaconnect", "ivs"})
#: What Lambda writes itself for each invocation: START, END and REPORT.
_LAMBDAS_OWN_LINES = 350
Key = tuple[str, str]


@dataclass(frozen=True)
class Used:
    """``counts``: what has a price, by the price's name, and calls of AWS's APIs. ``operations``: calls by name.
    ``parked``: minutes that steps were parked for a channel, and ``parked_looks`` how often a parked step that nobody
    woke looked again by itself."""

    counts: dict[str, float]
    operations: Counter[str]
    invocations: Counter[str]
    seconds: float
    parked: float = 0.0
    parked_looks: int = 0

    def beyond(self, first: Used) -> Used:
        """What was used after ``first``, which was read of the same stretch before."""
        return Used(
            {name: count - first.counts[name] for name, count in self.counts.items()},
            self.operations - first.operations,
            self.invocations - first.invocations,
            self.seconds - first.seconds,
            self.parked - first.parked,
            self.parked_looks - first.parked_looks,
        )

    def calls(self, *services: str) -> int:
        return sum(number for name, number in self.operations.items() if name.split(":")[0] in services)

    @property
    def describes(self) -> int:
        """Calls that only look: Describe… and List… of the media services."""
        return sum(
            number
            for name, number in self.operations.items()
            if name.split(":")[0] in MEDIA and name.split(":")[1].startswith(("Describe", "List"))
        )


class Meter:
    """One stage's; ``begin`` forgets, ``read`` counts. What the bench itself calls has to lie outside."""

    def __init__(self, stage: Stage, weather: Weather) -> None:
        self._stage = stage
        self._sizes: dict[Key, int] = {}
        self._largest: dict[Key, int] = {}
        self._indexes: dict[Key, int] = {}
        weather.seen = self._saw
        stage_hears = ENGINE.changed

        def changed(change: Change) -> None:
            self._changed(change)
            stage_hears(change)

        ENGINE.changed = changed
        self.begin()

    def begin(self) -> None:
        self._writes: list[tuple[Key, int]] = []
        self._read_units = 0.0
        self._index_writes = 0
        self._events = 0
        self._stage.endpoint.reset()
        self._invocations = len(self._stage.lambdas.invocations)
        self._executions = {each.exec_arn for each in self._all_executions()}
        self._since = self._stage.clock.time()

    def read(self) -> Used:
        """What was used since ``begin``, by everything that ran on the stage."""
        seconds = self._stage.clock.time() - self._since
        calls = self._stage.endpoint.calls()
        operations = Counter(f"{call.service}:{call.operation}" for call in calls)
        invocations = list(self._stage.lambdas.invocations)[self._invocations :]
        histories = [
            self._stage.history(each.exec_arn)
            for each in self._all_executions()
            if each.exec_arn not in self._executions
        ]
        parked, awaited = _parked([event for history in histories for event in history])
        looks = sum(call.operation == "DescribeChannel" and "awaitChannel" in call.function for call in calls)
        lines = sum(len(line) + 1 for one in invocations for line in one.lines) + _LAMBDAS_OWN_LINES * len(invocations)
        counts: dict[str, float] = {
            "transitions": sum(map(transitions, histories)),
            "invocations": len(invocations),
            "gb_seconds": sum(
                one.function.memory / 1024 * math.ceil(((one.ended or one.started) - one.started) * 1000) / 1000
                for one in invocations
            ),
            "write_units": sum(_units(self._largest.get(key, 1), 1024) * times for key, times in self._writes)
            + self._index_writes,
            "read_units": self._read_units,
            "api_requests": sum(one.function.key == "api" for one in invocations),
            "custom_events": self._events,
            "log_gb": lines / 2**30,
        }
        by_function = Counter(one.function.key for one in invocations)
        return Used(counts, operations, by_function, seconds, parked, max(0, looks - awaited))

    def _all_executions(self) -> list[Any]:
        from moto.stepfunctions.parser.models import stepfunctions_parser_backends

        from infra.local.service import ACCOUNT, REGION

        machines = stepfunctions_parser_backends[ACCOUNT][REGION].state_machines
        return [execution for machine in machines for execution in machine.executions]

    # DynamoDB, in its own units (developer guide, "Read and write operations")

    def _changed(self, change: Change) -> None:
        key = _key(change.keys)
        sizes = [size_of(image) for image in (change.old, change.new) if image is not None]
        self._largest[key] = max([self._largest.get(key, 1), *sizes])
        if change.new is None:
            self._sizes.pop(key, None)
        else:
            self._sizes[key] = size_of(change.new)
        for image in (change.new, change.old):
            if image is not None and "created_at" in image:  # in an index, if it has that index's other key
                indexes = sum(name in image for name in ("listing", "status", "owner"))
                self._index_writes += indexes * _units(max(sizes), 1024)
                break

    def _saw(self, call: Call) -> None:
        if call.service == "events" and call.operation == "PutEvents":
            self._events += len(call.parameters()["Entries"])
        if call.service != "dynamodb":
            return
        request = call.parameters()
        match call.operation:
            case "PutItem":
                self._writes.append((self._new(request["Item"]), 1))
            case "UpdateItem" | "DeleteItem":
                self._writes.append((_key(request["Key"]), 1))
            case "TransactWriteItems":
                for write in request["TransactItems"]:
                    [(kind, one)] = write.items()
                    self._writes.append((self._new(one["Item"]) if kind == "Put" else _key(one["Key"]), 2))
            case "BatchWriteItem":
                for writes in request["RequestItems"].values():
                    for write in writes:
                        [(kind, one)] = write.items()
                        key = self._new(one["Item"]) if kind == "PutRequest" else _key(one["Key"])
                        self._writes.append((key, 1))
            case "GetItem":
                size = self._sizes.get(_key(request["Key"]), 1)
                self._read_units += _units(size, 4096) * (1 if request.get("ConsistentRead") else 0.5)
            case "Query":
                self._read_units += self._queried(request)

    def _new(self, item: dict[str, Any]) -> Key:
        key = _key(item)
        self._largest[key] = max(self._largest.get(key, 1), size_of(item))
        return key

    def _queried(self, request: dict[str, Any]) -> float:
        """A partition's items as they are now. An index's query counts as one that reads every session's row."""
        if "IndexName" in request:
            read = sum(size for (_, sk), size in self._sizes.items() if sk == "SESSION")
            return _units(max(read, 1), 4096) * 0.5
        values = request["ExpressionAttributeValues"]
        pk, prefix = values[":pk"]["S"], values.get(":prefix", {}).get("S", "")
        read = sum(size for (key, sk), size in self._sizes.items() if key == pk and sk.startswith(prefix))
        return _units(max(read, 1), 4096) * (1 if request.get("ConsistentRead") else 0.5)


def transitions(history: list[dict[str, Any]]) -> int:
    """State transitions of an execution as they are billed: its start and its end, each state entered, each retry of
    a task (Step Functions pricing: each retry is one more)."""
    kinds = Counter(event["type"] for event in history)
    entered = sum(number for kind, number in kinds.items() if kind.endswith("StateEntered"))
    tried = kinds["TaskScheduled"] + kinds["LambdaFunctionScheduled"]
    return 2 + entered + max(0, tried - kinds["TaskStateEntered"])


def _parked(events: list[dict[str, Any]]) -> tuple[float, int]:
    """(minutes that steps were parked for a channel, how many there were)."""
    minutes, entered = 0.0, 0
    for event in events:
        for kind, sign in (("stateEnteredEventDetails", -1), ("stateExitedEventDetails", 1)):
            if event.get(kind, {}).get("name", "").startswith("Await channel"):
                minutes += sign * event["timestamp"].timestamp() / 60
                entered += sign == -1
    return minutes, entered


def _key(item: dict[str, Any]) -> Key:
    return item["pk"]["S"], item["sk"]["S"]


def _units(size: int, unit: int) -> int:
    return max(1, math.ceil(size / unit))


def size_of(value: Any) -> int:
    """Bytes of an item in its wire form, as DynamoDB counts them, roughly: names and values, and three for each list
    or map."""
    total = 0
    for name, typed in value.items():
        [(kind, content)] = typed.items()
        total += len(name.encode())
        total += _content(kind, content)
    return total


def _content(kind: str, content: Any) -> int:
    if kind == "M":
        return 3 + size_of(content)
    if kind == "L":
        return 3 + sum(1 + _content(*next(iter(one.items()))) for one in content)
    if kind == "N":
        return len(content) // 2 + 1
    return 1 if kind in {"BOOL", "NULL"} else len(str(content).encode())
