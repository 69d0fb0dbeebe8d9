"""Events reach the functions and machines that serverless.yml names, and can be lost, late and repeated."""

from __future__ import annotations

import json
from typing import Any

import boto3
import pytest

from infra.local.events import Pattern
from infra.local.stage import Stage

pytestmark = pytest.mark.slow


def parked(stage: Stage, thing: str = "b") -> str:
    """An execution that waits for an event."""
    arn = stage.start("WorkMachine", {"thing": thing, "park": True})
    stage.wait(lambda: f"parked/{thing}" in keys(stage))
    return arn


def keys(stage: Stage) -> set[str]:
    return {item["pk"]["S"] for item in stage.client("dynamodb").scan(TableName="sample-dev-things")["Items"]}


def ready(stage: Stage, thing: str = "b") -> None:
    stage.bus.put("sample.world", "Thing Ready", {"thing": thing})


def test_an_event_resumes_what_waits_for_it(stage: Stage) -> None:
    arn = parked(stage)
    ready(stage)
    stage.wait(lambda: "Rest" in stage.path(arn), timeout=5)


def test_put_events_reaches_the_bus(stage: Stage) -> None:
    arn = parked(stage)
    entry = {"Source": "sample.world", "DetailType": "Thing Ready", "Detail": '{"thing": "b"}'}
    answer = boto3.client("events").put_events(Entries=[entry])
    assert answer["FailedEntryCount"] == 0
    stage.wait(lambda: "Rest" in stage.path(arn), timeout=5)
    (delivery,) = stage.bus.log("Thing Ready")
    assert delivery.event["id"] == answer["Entries"][0]["EventId"]


def test_an_event_starts_a_machine(stage: Stage) -> None:
    stage.bus.put("sample.world", "Thing Wanted", {"thing": "c"})
    stage.settle(10_000)
    (execution,) = stage.executions("WorkMachine")
    assert execution["status"] == "SUCCEEDED"
    assert execution["input"]["detail"] == {"thing": "c"}


def test_an_event_that_matches_nothing_goes_nowhere(stage: Stage) -> None:
    stage.bus.put("other.world", "Thing Wanted", {})
    stage.settle()
    assert stage.executions() == []
    assert stage.bus.log()[0].rules == ()


def test_an_event_that_its_target_refuses_is_a_dead_letter(stage: Stage) -> None:
    stage.faults.reject("states", "StartExecution", 400, "StateMachineDoesNotExist")
    stage.bus.put("sample.world", "Thing Wanted", {"thing": "c"})
    stage.settle()
    ((rule, event, reason),) = stage.bus.dead_letters
    assert rule == "sample-dev-ThingRule"
    assert event["detail"] == {"thing": "c"}
    assert "StateMachineDoesNotExist" in reason


def test_a_lost_event_costs_the_states_timeout(stage: Stage) -> None:
    stage.bus.lose("Thing Ready")
    arn = parked(stage)
    ready(stage)
    stage.clock.sleep(59)
    assert stage.path(arn)[-1] == "Park"
    stage.clock.sleep(3)  # a minute is over, and the retry has parked again
    ready(stage)
    stage.wait(lambda: "Rest" in stage.path(arn), timeout=5)


def test_a_late_event_comes_late(stage: Stage) -> None:
    stage.bus.delay("Thing Ready", seconds=30)
    arn = parked(stage)
    begun = stage.clock.time()
    ready(stage)
    stage.wait(lambda: "Rest" in stage.path(arn), timeout=50)
    assert stage.clock.time() - begun == pytest.approx(30, abs=1)


def test_a_repeated_event_comes_again(stage: Stage) -> None:
    stage.bus.repeat("Thing Wanted", times=2, seconds=10)
    stage.bus.put("sample.world", "Thing Wanted", {"thing": "c"})
    stage.clock.sleep(30)
    assert len(stage.executions()) == 3


def test_held_events_come_when_they_are_released(stage: Stage) -> None:
    held = stage.bus.hold("Thing Wanted")
    stage.bus.put("sample.world", "Thing Wanted", {"thing": "c"})
    stage.clock.sleep(1000)
    assert stage.executions() == []
    assert stage.bus.release(held) == 1
    stage.clock.sleep(1)
    assert len(stage.executions()) == 1


def test_an_execution_tells_of_its_own_start_and_end(stage: Stage) -> None:
    arn = stage.start("WorkMachine", {"fails": "no"}, name="told")
    stage.settle()
    running, failed = (delivery.event for delivery in stage.bus.log("Step Functions Execution Status Change"))
    assert running["detail"]["status"] == "RUNNING"
    assert running["detail"]["stopDate"] is None
    assert failed["source"] == "aws.states"
    assert failed["resources"] == [arn]
    assert failed["detail"]["status"] == "FAILED"
    assert failed["detail"]["name"] == "told"


@pytest.mark.parametrize(
    ("pattern", "matches"),
    [
        ({"a": {"b": ["x"]}}, True),
        ({"a": {"b": ["y"]}}, False),
        ({"a": {"b": {"c": ["x"]}}}, False),
        ({"a": {"b": ["x"], "c": [{"exists": False}]}}, True),
        ({"a": {"d": {"e": [{"exists": False}]}}}, True),
        ({"a": {"d": [{"exists": True}]}}, True),
        ({"none": [{"exists": False}]}, True),
        ({"none": {"b": ["x"]}}, False),
        ({"$or": [{"a": {"b": ["y"]}}, {"large": [{"numeric": [">", 6]}]}]}, True),
        ({"a": {"$or": [{"b": ["y"]}, {"b": ["x"]}]}}, True),
    ],
)
def test_a_pattern_is_asked_about_its_own_part_of_an_event_and_says_the_same(
    pattern: dict[str, Any], matches: bool
) -> None:
    from moto.events.models import EventPattern, EventPatternParser

    event = {"a": {"b": "x", "d": {}}, "large": 7, "more": {"b": ["x"]}}
    raw = json.dumps(pattern)
    assert EventPattern(raw, EventPatternParser(raw).parse()).matches_event(event) is matches  # type: ignore[arg-type]
    assert Pattern(pattern).matches(event) is matches
