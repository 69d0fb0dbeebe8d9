"""State machines on the stage: their time, their ends, many at once, and the stage's own coming and going."""

from __future__ import annotations

import os
import subprocess
import sys
import time
from typing import Any

import pytest

from infra.local.stage import Stage
from tests.contract.scenarios import parking, start, table, tokens
from tests.contract.stage_world import StageWorld

pytestmark = pytest.mark.slow


def types(stage: Stage, arn: str) -> list[str]:
    return [event["type"] for event in stage.history(arn)]


def test_an_hour_of_waiting_takes_no_time_of_ours(stage: Stage) -> None:
    begun, here = stage.clock.time(), time.monotonic()
    arn = stage.start("WorkMachine", {"thing": "a"})
    stage.settle(10_000)
    assert stage.path(arn) == ["Work", "Park?", "Rest", "Done"]
    assert stage.clock.time() - begun == pytest.approx(3600, abs=1)
    assert time.monotonic() - here < 30
    described = stage.execution(arn)
    assert (described["stopDate"] - described["startDate"]).total_seconds() == 3600


def test_back_off_takes_clock_time(stage: Stage) -> None:
    begun = stage.clock.time()
    arn = stage.start("WorkMachine", {"thing": "a", "temporary": 2})
    stage.wait(lambda: "Rest" in stage.path(arn), every=0.5)
    assert stage.clock.time() - begun == 5 + 10
    assert types(stage, arn).count("TaskFailed") == 2


def test_a_hundred_executions_at_once(stage: Stage) -> None:
    arns = [stage.start("WorkMachine", {"thing": "same"}) for _ in range(100)]
    stage.settle(10_000)
    assert {stage.execution(arn)["status"] for arn in arns} == {"SUCCEEDED"}
    item = stage.client("dynamodb").get_item(TableName="sample-dev-things", Key={"pk": {"S": "same"}})["Item"]
    assert item["n"]["N"] == "100"


def test_a_stopped_execution_is_aborted_though_its_function_works_on(stage: Stage) -> None:
    stage.faults.delay("dynamodb", "UpdateItem", before=10)
    arn = stage.start("WorkMachine", {"thing": "slow"})
    stage.clock.sleep(5)
    stage.client("stepfunctions").stop_execution(executionArn=arn, error="Enough", cause="test")
    assert stage.execution(arn)["status"] == "ABORTED"
    before = types(stage, arn)
    assert before[-1] == "ExecutionAborted"
    stage.clock.sleep(20)
    assert types(stage, arn) == before
    key = {"pk": {"S": "slow"}}
    assert "Item" in stage.client("dynamodb").get_item(TableName="sample-dev-things", Key=key)


def test_a_state_that_timed_out_says_no_more_when_its_function_returns(stage: Stage) -> None:
    stage.faults.delay("dynamodb", "UpdateItem", before=10)
    state: dict[str, Any] = {
        "Type": "Task",
        "Resource": "arn:aws:states:::lambda:invoke",
        "Parameters": {"FunctionName": "work", "Payload": {"input": {}, "execution": "x"}},
        "TimeoutSeconds": 5,
        "Catch": [{"ErrorEquals": ["States.Timeout"], "Next": "Rest"}],
        "Next": "Rest",
    }
    arn = start(StageWorld(stage), {"Work": state, "Rest": {"Type": "Wait", "Seconds": 20, "End": True}})
    stage.settle()
    found = types(stage, arn)
    assert "TaskTimedOut" in found
    assert "TaskSucceeded" not in found
    assert found[-1] == "ExecutionSucceeded"


def test_a_machines_own_timeout_ends_what_waits_inside_it(stage: Stage) -> None:
    world = StageWorld(stage)
    name = table(world)
    processor = {"StartAt": "Park", "States": {"Park": parking(name, TimeoutSeconds=500)}}
    each = {"Type": "Map", "ItemsPath": "$.items", "ItemProcessor": processor, "End": True}
    begun = stage.clock.time()
    arn = start(world, {"Each": each}, {"items": [1, 2, 3]}, TimeoutSeconds=100)
    stage.settle()
    assert stage.execution(arn)["status"] == "TIMED_OUT"
    assert stage.clock.time() - begun == pytest.approx(100, abs=1)
    assert types(stage, arn)[-1] == "ExecutionTimedOut"
    send = stage.client("stepfunctions").send_task_success
    with pytest.raises(stage.client("stepfunctions").exceptions.TaskTimedOut):
        send(taskToken=tokens(world, name)[0], output="{}")


def test_a_failing_branch_ends_its_sibling_that_waits_on_a_token(stage: Stage) -> None:
    world = StageWorld(stage)
    bad = {
        "Rest": {"Type": "Wait", "Seconds": 5, "Next": "Bad"},
        "Bad": {"Type": "Fail", "Error": "Bad"},
    }
    branches = [
        {"StartAt": "Park", "States": {"Park": parking(table(world), TimeoutSeconds=50)}},
        {"StartAt": "Rest", "States": bad},
    ]
    both = {
        "Type": "Parallel",
        "Branches": branches,
        "Catch": [{"ErrorEquals": ["Bad"], "Next": "After"}],
        "Next": "After",
    }
    arn = start(world, {"Both": both, "After": {"Type": "Wait", "Seconds": 100, "End": True}})
    stage.settle()
    assert stage.execution(arn)["status"] == "SUCCEEDED"
    assert "TaskTimedOut" not in types(stage, arn)
    assert stage.clock.running() == 1  # this thread; nothing is left behind


def test_the_same_name_and_input_is_the_same_execution_while_it_runs(stage: Stage) -> None:
    first = stage.start("WorkMachine", {"thing": "a"}, name="once")
    assert stage.start("WorkMachine", {"thing": "a"}, name="once") == first
    exceptions = stage.client("stepfunctions").exceptions
    with pytest.raises(exceptions.ExecutionAlreadyExists):
        stage.start("WorkMachine", {"thing": "b"}, name="once")
    stage.settle(10_000)
    with pytest.raises(exceptions.ExecutionAlreadyExists):
        stage.start("WorkMachine", {"thing": "a"}, name="once")
    assert len(stage.executions()) == 1


def test_reset_is_quick_and_leaves_nothing(stage: Stage) -> None:
    stage.start("WorkMachine", {"thing": "a"})
    stage.client("ssm").put_parameter(Name="/x", Value="v", Type="SecureString")
    stage.clock.sleep(1)
    here = time.monotonic()
    stage.reset()
    assert time.monotonic() - here < 1
    assert stage.executions() == []
    assert stage.client("dynamodb").scan(TableName="sample-dev-things")["Count"] == 0
    assert stage.client("ssm").describe_parameters()["Parameters"] == []
    assert stage.endpoint.calls("states") == []
    assert stage.clock.running() == 1


def test_nothing_that_was_on_its_way_survives_a_reset(stage: Stage) -> None:
    stage.bus.delay("Thing Wanted", seconds=30)
    stage.bus.put("sample.world", "Thing Wanted", {"thing": "late"})
    stage.lambdas.invoke_async("work", b'{"input": {"fails": "once"}, "execution": "x"}')
    stage.clock.sleep(1)
    assert len(stage.lambdas.invocations) == 1
    stage.reset()
    stage.clock.sleep(1000)
    assert len(stage.lambdas.invocations) == 0
    assert stage.executions() == []
    assert stage.bus.log() == []


def test_waiting_for_what_never_comes_ends(stage: Stage) -> None:
    begun = stage.clock.time()
    with pytest.raises(TimeoutError, match="within 30 seconds"):
        stage.wait(lambda: False, timeout=30)
    assert stage.clock.time() - begun == 30


def test_the_aws_command_works_against_it(stage: Stage) -> None:
    arn = stage.start("WorkMachine", {"thing": "a"}, name="listed")
    stage.settle(10_000)
    command = [sys.executable, "-m", "awscli", "stepfunctions", "list-executions"]
    command += ["--state-machine-arn", stage.machine_arn("WorkMachine"), "--endpoint-url", stage.endpoint_url]
    command += ["--query", "executions[].[executionArn,status]", "--output", "text"]
    found = subprocess.run(command, capture_output=True, text=True, check=True, timeout=60, env=dict(os.environ))
    assert found.stdout.split() == [arn, "SUCCEEDED"]
