"""Records what this version leaves in flight: ``python -m tests.contract.record_version``. A minute.

It plays shows on a stage, good and bad ones, and writes tests/contract/data/version_<SCHEMA>: of each function one
input and one answer of each shape, of each kind of row one of each shape, what executions are started with, and the
machines. Ids are replaced by ones that are the same each time, tokens and hashes by made-up ones; there is no secret in
any of it.
When to run it: docs/decisions/0023-a-deploy-in-mid-show.md.
"""

from __future__ import annotations

import json
import re
import sys
from collections import defaultdict
from typing import Any

import pytest

from infra.local.lambdas import Answer
from infra.local.service import Function
from infra.local.stage import Stage
from shared.domain.schema import SCHEMA
from shared.gateways import table
from shared.gateways.clients import forget_clients
from shared.gateways.settings import settings
from tests.contract.asl import MACHINES, definition
from tests.contract.replay import Json, Version, kind_of, row_fields, shape, write_version
from tests.host_show import HostShow, ask_host, ask_recorded_flow
from tests.leftovers import Leftovers, ours
from tests.show import Shows, destination

#: So many examples of one function, or kind of row, tell enough.
MOST = 12
#: Fields that hold a task token.
WITH_TOKENS = ("task_token", "token")


class Recorder:
    """Listens to a stage's functions, and looks at its table after each of them that writes down a wait."""

    def __init__(self, stage: Stage) -> None:
        self.stage = stage
        self.inputs: dict[str, dict[Any, Json]] = defaultdict(dict)
        self.answers: dict[str, dict[Any, Json]] = defaultdict(dict)
        self.rows: dict[str, dict[Any, Json]] = defaultdict(dict)
        self.steps = {
            function.key
            for function in stage.service.functions.values()
            if not function.handler.startswith("tasks.triggers.")
        }
        self._run = stage.lambdas._run
        stage.lambdas._run = self._heard  # type: ignore[method-assign]

    def _heard(self, function: Function, payload: bytes) -> Answer:
        answer = self._run(function, payload)
        if function.key in self.steps:
            _add(self.inputs[function.key], json.loads(payload))
            if answer.error is None:
                _add(self.answers[function.key], answer.value())
        if function.key in (
            "awaitChannel",
            "createChannel",
            "finishEnd",
            "settleSession",
            "verifyRecording",
            "reportSweep",
        ):
            self.look()
        return answer

    def look(self) -> None:
        """At every row there is."""
        pages = self.stage.client("dynamodb").get_paginator("scan").paginate(TableName=settings().table)
        for page in pages:
            for item in page["Items"]:
                row = table.load(item)
                _add(self.rows[kind_of(row)], row)

    def started(self) -> dict[str, list[Json]]:
        found: dict[str, dict[Any, Json]] = defaultdict(dict)
        for logical_id, machine in MACHINES.items():
            for execution in self.stage.executions(logical_id):
                _add(found[machine], execution["input"])
        return {machine: list(examples.values()) for machine, examples in found.items()}


def _add(examples: dict[Any, Json], example: Json) -> None:
    if len(examples) < MOST:
        examples.setdefault(shape(example), example)


def play(shows: Shows, recorder: Recorder) -> None:
    stage = shows.stage
    shows.allow(50)
    # A host's day.
    show = ask_host(shows)
    show.record()
    stage.settle()
    show.start("continue_with_gap")
    show.until("live")
    show.passes(30)
    show.stop_recording()
    show.passes(30)
    show.stop()
    show.until("idle")
    recorder.look()
    show.ended()
    # A flow to two destinations, recorded.
    flow = ask_recorded_flow(shows, destination("one"), destination("two"))
    flow.until("live")
    flow.passes(20)
    flow.stop_recording()
    stage.settle()
    flow.stop()
    flow.until("idle")
    flow.start()
    flow.until("live")
    # One of its channels is lost, and removed by itself.
    stage.client("medialive").stop_channel(ChannelId=flow.channel("one"))
    stage.settle()
    shows.sweep(2)
    recorder.look()
    flow.ended()
    # One destination of two can't be made; then none can.
    stage.faults.reject("medialive", "CreateChannel", 422, "UnprocessableEntityException", "no")
    partly = shows.ask(destination("one"), destination("two"), on_destination_failure="continue")
    stage.settle()
    partly.ended()
    stage.faults.reject("medialive", "CreateChannel", 422, "UnprocessableEntityException", "no", count=2)
    shows.ask(destination("one"), destination("two"))
    stage.settle()
    # A host's show that can't be started; another that can't be stopped; one whose recording holds nothing.
    fails = ask_host(shows)
    fault = stage.faults.reject("medialive", "StartChannel", 422, "UnprocessableEntityException", "no", count=None)
    fails.start()
    stage.settle(7200)
    fault.cancel()
    fails.ended()
    sticks = ask_host(shows)
    sticks.start()
    sticks.until("live")
    fault = stage.faults.reject("medialive", "StopChannel", 400, "BadRequestException", "no", count=None)
    sticks.stop()
    stage.wait(lambda: sticks.execution("stop_streaming")["status"] == "FAILED", timeout=7200, every=30)
    fault.cancel()
    stage.settle()
    sticks.ended()
    empty = ask_host(shows, publish=False)
    empty.start()
    stage.settle()
    empty.record()
    empty.passes(10)
    empty.stop_recording()
    stage.settle(7200)
    empty.ended()
    # A removal that does not come off at first, and what a session has left behind.
    last = HostShow(stage, {"session_id": shows.post(shows.spec(), {"idempotency-key": "example-one"}).id})
    last.until("live")
    stage.request("POST", f"/sessions/{last.id}/streaming/start", None, {"idempotency-key": "example-two"})
    recorder.look()
    fault = stage.faults.reject("medialive", "DeleteInput", 400, "BadRequestException", "no", count=None)
    last.end()
    stage.settle(7200)
    fault.cancel()
    shows.sweep(3)
    left = Leftovers(stage, shows.flow, last)
    left.input(ours(last))
    left.ivs_channel(ours(last))
    stage.clock.sleep(300)
    shows.sweep(4)
    recorder.look()


def sanitised(recorded: Any) -> Any:
    """The same with ids that are the same each time, and no token."""
    text = json.dumps(recorded)
    text = re.sub(rf'("(?:{"|".join(WITH_TOKENS)})": )"[^"]*"', r'\1"example-task-token-not-real"', text)
    text = re.sub(r'("(?:key_hash|body_hash)": )"[0-9a-f]+"', r'\1"example-hash"', text)
    text = re.sub(r"(IDEMPOTENCY#)[0-9a-f]+", r"\1example-hash", text)
    for pattern, made_up in (
        (r"s-[0-9a-z]{12}\b", "s-recorded{:04}"),
        (r"sweep-[0-9a-z]{12}\b", "sweep-recorded{:04}"),
    ):
        for number, drawn in enumerate(dict.fromkeys(re.findall(pattern, text))):
            text = text.replace(drawn, made_up.format(number))
    return json.loads(text)


def main() -> int:
    with pytest.MonkeyPatch.context() as patch, Stage(speed=None, schedules=False) as stage:
        forget_clients()
        settings.cache_clear()
        shows, recorder = Shows(stage, patch), Recorder(stage)
        play(shows, recorder)
        recorded = sanitised(
            {
                "inputs": {key: list(each.values()) for key, each in recorder.inputs.items()},
                "answers": {key: list(each.values()) for key, each in recorder.answers.items()},
                "started": recorder.started(),
                "rows": {key: list(each.values()) for key, each in recorder.rows.items()},
                "fields": row_fields(),
            }
        )
    write_version(Version(SCHEMA, **recorded, machines={machine: definition(machine) for machine in MACHINES.values()}))
    missing = sorted(recorder.steps - recorded["inputs"].keys())
    print(f"version {SCHEMA}: {len(recorded['inputs'])} functions, {len(recorded['rows'])} kinds of rows")
    print(f"no show came to: {', '.join(missing) or 'none'}")
    return 0


if __name__ == "__main__":
    sys.exit(main())
