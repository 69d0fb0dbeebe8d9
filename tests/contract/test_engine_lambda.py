"""Functions behave as on Lambda: their answers, errors, timeouts, retries and deaths."""

from __future__ import annotations

import json
from collections import Counter
from pathlib import Path
from typing import Any

import pytest

from infra.local import lambdas
from infra.local.lambda_faults import LambdaFaults
from infra.local.lambdas import LambdaRefused
from infra.local.process import environment_of
from infra.local.service import Function, load_service
from infra.local.stage import Stage
from infra.local.variables import ServiceError

pytestmark = pytest.mark.slow


def work(stage: Stage, **asked: Any) -> tuple[Any, str | None]:
    """Invoke the sample's function `work`: (its answer, its error type)."""
    answer = stage.lambdas.invoke("work", json.dumps({"input": asked, "execution": "x"}).encode())
    return answer.value(), answer.error


def adds(stage: Stage, thing: str = "thing") -> int:
    """How often the handler's write reached the table."""
    key = {"pk": {"S": thing}}
    item = stage.client("dynamodb").get_item(TableName="sample-dev-things", Key=key).get("Item")
    return int(item["n"]["N"]) if item else 0


def test_an_answer_goes_through_json(stage: Stage) -> None:
    assert work(stage) == ({"n": 1, "left_ms": 15000}, None)


class SlowStart(LambdaFaults):
    def start_delay(self, function: Function) -> float:
        return 3.0 if function.key == "work" else 0.0


def test_a_cold_start_takes_the_clocks_time_before_the_handler_begins(stage: Stage) -> None:
    kept, stage.lambdas.faults = stage.lambdas.faults, SlowStart()
    try:
        begun = stage.clock.time()
        assert work(stage) == ({"n": 1, "left_ms": 12000}, None)
        assert stage.clock.time() - begun == pytest.approx(3.0)
    finally:
        stage.lambdas.faults = kept


def test_an_error_has_lambdas_form_and_no_path_of_this_machine(stage: Stage) -> None:
    answer, error = work(stage, fails="no good")
    assert error == "ValueError"
    assert answer["errorMessage"] == "no good"
    assert answer["errorType"] == "ValueError"
    assert answer["requestId"] == stage.lambdas.invocations[-1].request_id
    assert answer["stackTrace"][0].startswith('  File "/var/task/sample_tasks/work.py", line ')
    assert str(Path.cwd()) not in json.dumps(answer)


def test_an_answer_that_is_no_json_is_a_marshal_error(stage: Stage) -> None:
    answer, error = work(stage, marshal=True)
    assert error == "Runtime.MarshalError"
    assert "not JSON serializable" in answer["errorMessage"]


def test_what_a_handler_writes_is_kept_with_its_unhandled_errors(stage: Stage) -> None:
    work(stage, fails="planted-secret")
    assert "working for x" in stage.lambdas.logs("work")
    assert "[ERROR] ValueError: planted-secret" in stage.lambdas.logs()


def test_a_timeout_is_in_clock_time_and_ends_the_invocation(stage: Stage) -> None:
    stage.faults.delay("dynamodb", "UpdateItem", before=20)
    begun = stage.clock.time()
    answer, error = work(stage)
    assert error == "Sandbox.Timedout"
    assert answer["errorMessage"].endswith("Error: Task timed out after 15.00 seconds")
    assert stage.clock.time() - begun == 15
    stage.clock.sleep(10)
    assert adds(stage) == 1  # the call that was under way took effect
    assert [call.operation for call in stage.endpoint.calls("dynamodb") if call.function] == ["UpdateItem"]


@pytest.mark.parametrize(("nth", "effects"), [(1, 1), (2, 2)])
def test_a_kill_after_a_call_leaves_its_effect_and_allows_no_further_call(stage: Stage, nth: int, effects: int) -> None:
    stage.lambdas.faults.kill_after_call("work", "dynamodb", "UpdateItem", nth)
    answer, error = work(stage, adds=5)
    assert error == "Runtime.ExitError"
    assert answer["errorMessage"].endswith("Error: Runtime exited with error: signal: killed")
    assert adds(stage) == effects


def test_a_kill_before_the_handler_has_no_effect_and_one_at_the_end_all(stage: Stage) -> None:
    stage.lambdas.faults.kill_before("work")
    assert work(stage)[1] == "Runtime.ExitError"
    assert adds(stage) == 0
    stage.lambdas.faults.kill_at_end("work")
    assert work(stage)[1] == "Runtime.ExitError"
    assert adds(stage) == 1


def test_an_asynchronous_invocation_is_tried_again_after_one_and_two_minutes(stage: Stage) -> None:
    stage.lambdas.faults.kill_before("work", count=2)
    begun = stage.clock.time()
    stage.lambdas.invoke_async("work", b'{"input": {}, "execution": "x"}')
    stage.wait(lambda: adds(stage), timeout=1000)
    assert stage.clock.time() - begun == pytest.approx(180, abs=1)
    assert Counter(each.error for each in stage.lambdas.invocations) == {"Runtime.ExitError": 2, "": 1}


def test_an_asynchronous_invocation_that_fails_three_times_is_given_up(stage: Stage) -> None:
    stage.lambdas.invoke_async("work", b'{"input": {"fails": "always"}, "execution": "x"}')
    stage.wait(lambda: stage.lambdas.failed_async, timeout=1000)
    assert stage.lambdas.failed_async == [("sample-dev-work", "ValueError")]
    assert adds(stage) == 3


def test_an_asynchronous_invocation_may_come_twice(stage: Stage) -> None:
    stage.lambdas.faults.repeat("work")
    stage.lambdas.invoke_async("work", b'{"input": {}, "execution": "x"}')
    stage.wait(lambda: adds(stage) == 2)


def test_a_handler_that_never_returns_is_ended_by_the_wall(stage: Stage, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(lambdas, "WALL_GUARD", 0.1)
    assert work(stage, spin=True)[1] == "Sandbox.Timedout"
    stage.clock.sleep(1)  # passes only if the endless thread has really gone
    assert stage.clock.running() == 1


def test_a_state_machine_sees_throttling_and_deaths_under_lambdas_names(stage: Stage) -> None:
    stage.lambdas.faults.throttle("work")
    throttled = stage.start("WorkMachine")
    stage.settle()
    assert stage.execution(throttled)["error"] == "Lambda.TooManyRequestsException"
    stage.lambdas.faults.kill_at_end("work")
    killed = stage.start("WorkMachine")
    stage.settle()
    assert stage.execution(killed)["error"] == "Runtime.ExitError"


@pytest.mark.parametrize(
    ("name", "payload", "code"),
    [
        ("nowhere", b"{}", "ResourceNotFoundException"),
        ("work", b"{", "InvalidRequestContentException"),
        ("work", json.dumps("x" * 6_291_456).encode(), "RequestEntityTooLargeException"),
    ],
)
def test_what_lambda_refuses_is_never_invoked(stage: Stage, name: str, payload: bytes, code: str) -> None:
    with pytest.raises(LambdaRefused) as refused:
        stage.lambdas.invoke(name, payload)
    assert refused.value.code == code
    assert not stage.lambdas.invocations


def test_plain_boto3_can_invoke(stage: Stage) -> None:
    answer = stage.client("lambda").invoke(
        FunctionName="sample-dev-work", Payload=b'{"input": {"fails": "no"}, "execution": "x"}'
    )
    assert answer["FunctionError"] == "Unhandled"
    assert json.load(answer["Payload"])["errorType"] == "ValueError"


def test_functions_that_disagree_about_a_variable_are_refused(tmp_path: Path) -> None:
    (tmp_path / "serverless.yml").write_text(
        "service: s\n"
        "functions:\n"
        "  a: {handler: a.a, environment: {X: '1'}}\n"
        "  b: {handler: b.b, environment: {X: '2'}}\n"
    )
    with pytest.raises(ServiceError, match="disagree about X"):
        environment_of(load_service(tmp_path / "serverless.yml"))
