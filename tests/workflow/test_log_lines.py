"""Who has an execution's name finds what its functions said, and who has a line finds the execution."""

from __future__ import annotations

import json
from typing import Any

import pytest

from infra.local.stage import Stage
from tests.host_show import ask_host
from tests.show import Shows

pytestmark = pytest.mark.slow


def lines(stage: Stage) -> list[dict[str, Any]]:
    """What all functions have logged. Lambda's own lines, of errors that leave a function, are no JSON."""
    written = (line for each in stage.lambdas.invocations for line in each.lines)
    return [json.loads(line) for line in written if line.startswith("{")]


def test_every_execution_is_told_by_its_functions_and_by_who_began_it(shows: Shows) -> None:
    show = ask_host(shows)
    show.start()
    show.until("live")
    show.record()
    show.passes(10)
    show.stop_recording()
    shows.stage.settle()
    show.ended()
    shows.sweep()
    names = {each["name"] for each in shows.stage.executions()}
    told = lines(shows.stage)
    assert len(names) == 5, "provision, start, finalize, end, sweep"
    assert {line["execution"] for line in told if "execution" in line} == names
    assert {line["started"] for line in told if "started" in line} == names
    assert all(line["request_id"] and line["task"] for line in told if "_aws" not in line)


def test_every_line_of_a_step_tells_session_operation_and_execution(shows: Shows) -> None:
    show = shows.ask()
    show.until("live")
    show.ended()
    steps = [line for line in lines(shows.stage) if line.get("message") == "done"]
    assert {line["session_id"] for line in steps} == {show.id}
    assert {(line["operation"], line["execution"]) for line in steps} == {
        (1, f"{show.id}-1-provision"),
        (2, f"{show.id}-2-end"),
    }
