"""``@task``: the edge of a Lambda. In goes what the model takes, out come the answer or an error of the vocabulary."""

from __future__ import annotations

import io
import json
import traceback
from collections.abc import Iterator
from typing import Any

import pytest
from botocore.exceptions import ClientError

from shared.domain.errors import VOCABULARY, InternalError, NotReady
from shared.domain.model import Value
from shared.gateways.translate import ConditionFailed
from shared.runtime.log import logger
from shared.runtime.task import Done, task

SECRET = "example-stream-key-not-real"
GIVEN = {"session_id": "s-7f3k2mexamp1", "operation": 1}


class Step(Value):
    session_id: str
    operation: int


class Answer(Value):
    state: str


class Context:
    aws_request_id = "example-request-id"


@pytest.fixture(autouse=True)
def log() -> Iterator[io.StringIO]:
    """What the functions log, in place of the standard output that the logger took when it was made."""
    handler: Any = logger.registered_handler
    written = io.StringIO()
    before = handler.setStream(written)
    yield written
    handler.setStream(before)


def run(work: Any, event: dict[str, Any] | None = None) -> dict[str, Any]:
    answer: dict[str, Any] = task(work)(event or GIVEN, Context())
    return answer


def test_a_step_answers_plain_json() -> None:
    def work(step: Step) -> Answer:
        return Answer(state=f"{step.session_id} {step.operation}")

    assert run(work) == {"state": "s-7f3k2mexamp1 1"}


def test_a_step_without_an_answer_answers_an_empty_object() -> None:
    def work(step: Step) -> Done:
        return Done()

    assert run(work) == {}


def test_an_error_of_ours_leaves_as_it_is() -> None:
    def work(step: Step) -> Done:
        raise NotReady("input 1234567 is CREATING")

    with pytest.raises(NotReady, match="input 1234567 is CREATING"):
        run(work)


@pytest.mark.parametrize(
    "fault",
    [
        KeyError(SECRET),
        ValueError(f"no such key: {SECRET}"),
        ClientError({"Error": {"Code": "X", "Message": SECRET}}, "CreateChannel"),
        ConditionFailed(),
    ],
    ids=lambda each: type(each).__name__,
)
def test_a_fault_leaves_with_its_kind_and_without_its_text(fault: Exception, log: io.StringIO) -> None:
    def work(step: Step) -> Done:
        raise fault

    with pytest.raises(InternalError) as left:
        run(work)
    assert type(fault).__name__ in left.value.detail
    assert left.value.__cause__ is None and left.value.__suppress_context__
    assert SECRET not in "".join(traceback.format_exception(left.value)) + log.getvalue()
    assert type(fault).__name__ in log.getvalue() and "test_task.py" in log.getvalue(), "the log says what and where"


@pytest.mark.parametrize(
    "event",
    [{}, {"session_id": "s-a"}, {"session_id": {"key": SECRET}, "operation": 1}],
)
def test_an_input_that_is_not_what_the_step_takes_is_a_fault_of_ours(event: dict[str, Any], log: io.StringIO) -> None:
    def work(step: Step) -> Done:
        return Done()

    with pytest.raises(InternalError) as left:
        task(work)(event, Context())
    assert SECRET not in left.value.detail
    assert SECRET not in "".join(traceback.format_exception(left.value))


def test_what_a_newer_machine_tells_besides_is_left_aside() -> None:
    def work(step: Step) -> Answer:
        return Answer(state=", ".join(dict(step)))

    assert run(work, {**GIVEN, "extra": SECRET}) == {"state": "session_id, operation"}


def test_whatever_leaves_is_of_the_vocabulary() -> None:
    for fault in (RuntimeError("x"), NotReady("x"), ConditionFailed(), ZeroDivisionError("x")):

        def work(step: Step, fault: Exception = fault) -> Done:
            raise fault

        with pytest.raises(Exception) as left:
            run(work)
        assert type(left.value).__name__ in VOCABULARY


def test_a_log_line_has_the_ids_and_nothing_of_the_rest(log: io.StringIO) -> None:
    def work(step: Step) -> Done:
        raise NotReady("input 1234567 is CREATING")

    with pytest.raises(NotReady):
        run(work)
    line = json.loads(log.getvalue().splitlines()[-1])
    assert (line["session_id"], line["operation"], line["request_id"]) == ("s-7f3k2mexamp1", 1, "example-request-id")
    assert (line["message"], line["detail"]) == ("NotReady", "input 1234567 is CREATING")
