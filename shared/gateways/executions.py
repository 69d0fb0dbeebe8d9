"""Step Functions: starting and stopping executions, and waking parked steps."""

from __future__ import annotations

import json
from collections.abc import Mapping
from datetime import datetime
from typing import Any

from botocore.exceptions import ClientError

from shared.domain.model import Value
from shared.domain.schema import SCHEMA
from shared.gateways.clients import client
from shared.gateways.translate import code_of, translated

#: So much of a history is read, newest events first: a session of twenty destinations that all fail fits.
_PAGES = 5
_PAGE = 1000
_TOKEN_IS_DONE = frozenset({"TaskTimedOut", "TaskDoesNotExist", "InvalidToken"})


def execution_arn(machine_arn: str, name: str) -> str:
    """The ARN that an execution of that name has, known before it is started."""
    return f"{machine_arn.replace(':stateMachine:', ':execution:')}:{name}"


def start(machine_arn: str, name: str, payload: Mapping[str, Any]) -> None:
    """Start an execution, once: one of that name is the same execution, also if an older version began it and told
    another version in its input (facts §16)."""
    given = json.dumps({"schema": SCHEMA, **payload})
    with translated(f"StartExecution {name}"):
        try:
            client("stepfunctions").start_execution(stateMachineArn=machine_arn, name=name, input=given)
        except ClientError as error:
            if code_of(error) != "ExecutionAlreadyExists":
                raise


class SeenExecution(Value):
    """``status``: RUNNING, SUCCEEDED, FAILED, TIMED_OUT or ABORTED. ``error``, ``cause``: of one that came to
    nothing."""

    status: str
    started_at: datetime | None = None
    stopped_at: datetime | None = None
    error: str | None = None
    cause: str | None = None


def describe(arn: str) -> SeenExecution | None:
    """None when it was never started; an operation without an execution has an empty ARN."""
    if not arn:
        return None
    with translated("DescribeExecution"):
        try:
            answer: dict[str, Any] = client("stepfunctions").describe_execution(executionArn=arn)
        except ClientError as error:
            if code_of(error) == "ExecutionDoesNotExist":
                return None
            raise
    return SeenExecution(
        status=answer["status"],
        started_at=answer.get("startDate"),
        stopped_at=answer.get("stopDate"),
        error=answer.get("error"),
        cause=answer.get("cause"),
    )


def definition(arn: str) -> dict[str, Any] | None:
    """The definition that an execution runs, which may be an older one than its machine has now. None when there is no
    such execution."""
    with translated("DescribeStateMachineForExecution"):
        try:
            answer = client("stepfunctions").describe_state_machine_for_execution(executionArn=arn)
        except ClientError as error:
            if code_of(error) == "ExecutionDoesNotExist":
                return None
            raise
    return dict(json.loads(answer["definition"]))


def machine_definition(machine_arn: str) -> dict[str, Any]:
    """The definition that a machine has now."""
    with translated("DescribeStateMachine"):
        answer = client("stepfunctions").describe_state_machine(stateMachineArn=machine_arn)
    return dict(json.loads(answer["definition"]))


def newest(machine_arn: str, most: int) -> list[str]:
    """The names of a machine's newest executions, the newest first; ``most``: up to 1000."""
    with translated("ListExecutions"):
        answer = client("stepfunctions").list_executions(stateMachineArn=machine_arn, maxResults=most)
    return [one["name"] for one in answer["executions"]]


class History(Value):
    """Events as GetExecutionHistory tells them, by number. ``truncated``: there are older ones."""

    events: dict[int, dict[str, Any]]
    truncated: bool


def history(arn: str) -> History:
    """The newest events of an execution, up to ``_PAGES`` pages of them; none when there is no such execution."""
    with translated("GetExecutionHistory"):
        pages = client("stepfunctions").get_paginator("get_execution_history")
        read = pages.paginate(
            executionArn=arn, reverseOrder=True, PaginationConfig={"MaxItems": _PAGES * _PAGE, "PageSize": _PAGE}
        )
        try:
            events: dict[int, dict[str, Any]] = {event["id"]: event for page in read for event in page["events"]}
        except ClientError as error:
            if code_of(error) != "ExecutionDoesNotExist":
                raise
            events = {}
    return History(events=events, truncated=min(events, default=1) > 1)


class LeftFailed(Value):
    """A state that was left for an error, as its Catch was told it. ``given`` is the state's input."""

    name: str
    error: str
    cause: str | None
    given: dict[str, Any]


def states_left_failed(arn: str) -> list[LeftFailed]:
    """The tasks of an execution that were left for an error, every retry being used up, the oldest first."""
    events = history(arn).events
    found = []
    for number in sorted(events):
        failed = events.get(events[number].get("previousEventId", 0), {})
        details: dict[str, Any] = next((value for key, value in failed.items() if key.endswith("EventDetails")), {})
        if events[number]["type"] != "TaskStateExited" or "error" not in details:
            continue
        entered = failed
        while entered and entered["type"] != "TaskStateEntered":
            entered = events.get(entered.get("previousEventId", 0), {})
        if entered:
            of_state = entered["stateEnteredEventDetails"]
            given = json.loads(of_state.get("input", "{}"))
            one = LeftFailed(name=of_state["name"], error=details["error"], cause=details.get("cause"), given=given)
            found.append(one)
    return found


def stop(arn: str, error: str, cause: str) -> None:
    with translated("StopExecution"):
        client("stepfunctions").stop_execution(executionArn=arn, error=error, cause=cause)


def resume(token: str, output: Mapping[str, Any]) -> None:
    """Wake a parked step. A token that has timed out is done: the state's retry has its own."""
    _send("send_task_success", taskToken=token, output=json.dumps(output))


def fail(token: str, error: str, cause: str) -> None:
    """Wake a parked step with a failure."""
    _send("send_task_failure", taskToken=token, error=error, cause=cause)


def _send(method: str, **request: str) -> None:
    with translated(method):
        try:
            getattr(client("stepfunctions"), method)(**request)
        except ClientError as error:
            if code_of(error) not in _TOKEN_IS_DONE:
                raise
