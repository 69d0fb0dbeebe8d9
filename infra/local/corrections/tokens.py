"""Task tokens: one per attempt, known until the stage forgets them, and good for one answer."""

from __future__ import annotations

import base64
import json
import secrets
import threading
from typing import Any

from infra.local.corrections.engine import ENGINE, Correction, replace

_lock = threading.Lock()


def _waits_for_token(state: Any) -> bool:
    from moto.stepfunctions.parser.asl.component.state.exec.state_task.service.resource import ResourceCondition

    return getattr(getattr(state, "resource", None), "condition", None) == ResourceCondition.WaitForTaskToken


def renew_token(state: Any, env: Any) -> None:
    """Before an attempt: a retry gets a token of its own (the first attempt has one already)."""
    if _waits_for_token(state):
        data = env.states.context_object.context_object_data
        if data["State"].get("RetryCount", 0) > 0:
            env.callback_pool_manager.add(env.states.context_object.update_task_token())


def close_token(frame: Any) -> None:
    """After an attempt, whatever its end: the token is spent."""
    from moto.stepfunctions.parser.asl.eval.callback.callback import CallbackConsumerTimeout

    token: Any = (frame.states.context_object.context_object_data.get("Task") or {}).get("Token")
    endpoint = ENGINE.tokens.get(token)
    if endpoint is not None:
        with _lock:
            endpoint.report(CallbackConsumerTimeout())


def _endpoint(token: str) -> Any:
    """The open endpoint of a token, under the lock. Raises InvalidToken or TaskTimedOut as AWS does."""
    from moto.core.exceptions import AWSError

    endpoint = ENGINE.tokens.get(token)
    if endpoint is None:
        raise AWSError("Invalid Token: 'Invalid token'", "InvalidToken", 400)
    if endpoint.consumer_error is not None or endpoint.get_outcome() is not None:
        raise AWSError("Task Timed Out: 'Provided task does not exist anymore'", "TaskTimedOut", 400)
    return endpoint


def _send_task_success(self: Any, task_token: str, outcome: str) -> None:
    from moto.core.exceptions import AWSError
    from moto.stepfunctions.parser.asl.eval.callback.callback import CallbackOutcomeSuccess

    with _lock:
        endpoint = _endpoint(task_token)
        try:
            json.loads(outcome)
        except (TypeError, ValueError) as problem:
            raise AWSError(f"Invalid Output: '{problem}'", "InvalidOutput", 400) from None
        endpoint.notify(CallbackOutcomeSuccess(callback_id=task_token, output=outcome))


def _send_task_failure(self: Any, task_token: str, error: str | None = None, cause: str | None = None) -> None:
    from moto.stepfunctions.parser.asl.eval.callback.callback import CallbackOutcomeFailure

    with _lock:
        _endpoint(task_token).notify(CallbackOutcomeFailure(callback_id=task_token, error=error, cause=cause))


def _send_task_heartbeat(self: Any, task_token: str) -> None:
    with _lock:
        _endpoint(task_token).notify_heartbeat()


def _send_task_failure_request(self: Any) -> Any:
    from moto.core.responses import EmptyResult

    self.stepfunction_backend.send_task_failure(
        self._get_param("taskToken"), error=self._get_param("error"), cause=self._get_param("cause")
    )
    return EmptyResult()


def _apply_answers() -> None:
    from moto.stepfunctions.parser.asl.eval.callback.callback import CallbackPoolManager
    from moto.stepfunctions.parser.models import StepFunctionsParserBackend

    add = CallbackPoolManager.add

    def add_and_know(self: Any, callback_id: str) -> Any:
        endpoint = add(self, callback_id)
        ENGINE.tokens[callback_id] = endpoint
        return endpoint

    replace(CallbackPoolManager, "add", add_and_know)
    replace(StepFunctionsParserBackend, "send_task_success", _send_task_success)
    replace(StepFunctionsParserBackend, "send_task_failure", _send_task_failure)
    replace(StepFunctionsParserBackend, "send_task_heartbeat", _send_task_heartbeat)


def _apply_cause() -> None:
    from moto.stepfunctions.responses import StepFunctionResponse

    replace(StepFunctionResponse, "send_task_failure", _send_task_failure_request)


def _apply_shape() -> None:
    from moto.stepfunctions.parser.asl.eval import states

    replace(
        states, "long_uid", lambda: "AQCwAAAAKgAAAAMAAAAAAAAA" + base64.b64encode(secrets.token_bytes(450)).decode()
    )


CORRECTIONS = (
    Correction(
        "tokens_answer_once",
        "SendTaskSuccess is accepted twice and after the timeout, with output that is no JSON, and a retry of a "
        ".waitForTaskToken state gets the old token and consumes its old outcome at once; AWS gives each attempt a "
        "token of its own and answers TaskTimedOut and InvalidOutput.",
        _apply_answers,
    ),
    Correction(
        "task_failure_keeps_its_cause",
        "SendTaskFailure drops the cause.",
        _apply_cause,
    ),
    Correction(
        "tokens_are_long",
        "moto's tokens are UUIDs of 36 characters; AWS's have hundreds, with + / and = in them, which keys, logs and "
        "URLs have to stand.",
        _apply_shape,
    ),
)
