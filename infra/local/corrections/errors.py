"""Error names: what Catch and Retry match, and what a branch's failure is called."""

from __future__ import annotations

from typing import Any

from infra.local.corrections.engine import Correction, replace

# AWS: "States.ALL can't catch the States.DataLimitExceeded terminal error or Runtime error types."
NOT_IN_ALL = frozenset({"States.Runtime", "States.DataLimitExceeded"})


def _matches(self: Any, env: Any) -> None:
    """ErrorEqualsDecl: by name, since names that came up from a branch have lost their type."""
    name = env.stack.pop().error_name
    wanted = {each.error_name for each in self.error_names}
    if name == "States.HeartbeatTimeout" and "States.Timeout" in wanted:
        wanted.add(name)
    if name in wanted:
        matched = True
    elif "States.ALL" in wanted:
        matched = name not in NOT_IN_ALL
    else:
        matched = "States.TaskFailed" in wanted and not str(name).startswith("States.")
    env.stack.append(matched)


def error_name(error_name: str | None) -> Any:
    """The name as moto's type for it: reserved names keep theirs."""
    from moto.stepfunctions.parser.asl.component.common.error_name.custom_error_name import CustomErrorName
    from moto.stepfunctions.parser.asl.component.common.error_name.states_error_name import StatesErrorName

    if error_name is not None and error_name.startswith("States."):
        try:
            return StatesErrorName.from_name(error_name)
        except ValueError:
            name = CustomErrorName(None)
            vars(name)["error_name"] = error_name
            return name
    return CustomErrorName(error_name)


def _apply_matching() -> None:
    from moto.stepfunctions.parser.asl.component.common.error_name.error_equals_decl import ErrorEqualsDecl

    replace(ErrorEqualsDecl, "_eval_body", _matches)


def _apply_branches() -> None:
    from moto.stepfunctions.parser.asl.component.state.exec.state_map.iteration import iteration_worker
    from moto.stepfunctions.parser.asl.component.state.exec.state_parallel import branches_decl
    from moto.stepfunctions.parser.asl.component.state.exec.state_task import state_task_lambda
    from moto.stepfunctions.parser.asl.component.state.exec.state_task.service import (
        state_task_service_callback,
        state_task_service_lambda,
    )

    modules = (
        iteration_worker,
        branches_decl,
        state_task_lambda,
        state_task_service_callback,
        state_task_service_lambda,
    )
    for module in modules:
        replace(module, "CustomErrorName", error_name)


def _apply_dynamodb() -> None:
    from botocore.exceptions import ClientError
    from moto.stepfunctions.parser.asl.component.state.exec.state_task.service.state_task_service_dynamodb import (
        StateTaskServiceDynamoDB,
    )
    from moto.stepfunctions.parser.asl.component.state.exec.state_task.state_task import StateTask

    from_error = StateTaskServiceDynamoDB._from_error

    def own_or_else(self: Any, env: Any, ex: Exception) -> Any:
        return from_error(self, env, ex) if isinstance(ex, ClientError) else StateTask._from_error(self, env, ex)

    replace(StateTaskServiceDynamoDB, "_from_error", own_or_else)


def _apply_heartbeat() -> None:
    from moto.stepfunctions.parser.api import HistoryEventType
    from moto.stepfunctions.parser.asl.component.common.error_name.failure_event import FailureEvent
    from moto.stepfunctions.parser.asl.component.state.exec.state_task.service.state_task_service_callback import (
        StateTaskServiceCallback,
    )
    from moto.stepfunctions.parser.asl.eval.callback.callback import HeartbeatTimeoutError

    from_error = StateTaskServiceCallback._from_error

    def heartbeat_or_else(self: Any, env: Any, ex: Exception) -> Any:
        if not isinstance(ex, HeartbeatTimeoutError):
            return from_error(self, env, ex)
        name = "States.HeartbeatTimeout"
        details: Any = {
            "taskTimedOutEventDetails": {
                "resourceType": self._get_sfn_resource_type(),
                "resource": self._get_sfn_resource(),
                "error": name,
            }
        }
        return FailureEvent(
            env=env,
            error_name=error_name(name),
            event_type=HistoryEventType.TaskTimedOut,
            event_details=details,
        )

    # The concrete classes override _from_error and call up, so the base is the place.
    replace(StateTaskServiceCallback, "_from_error", heartbeat_or_else)


def _apply_refusals() -> None:
    from botocore.exceptions import ClientError
    from moto.stepfunctions.parser.api import HistoryEventType
    from moto.stepfunctions.parser.asl.component.common.error_name.failure_event import FailureEvent
    from moto.stepfunctions.parser.asl.component.state.exec.state_task.state_task_lambda import StateTaskLambda

    from_error = StateTaskLambda._from_error

    def by_its_name(self: Any, env: Any, ex: Exception) -> Any:
        if not isinstance(ex, ClientError):
            return from_error(self, env, ex)
        name, cause = f"Lambda.{ex.response['Error']['Code']}", ex.response["Error"]["Message"]
        details: Any = {"lambdaFunctionFailedEventDetails": {"error": name, "cause": cause}}
        return FailureEvent(
            env=env,
            error_name=error_name(name),
            event_type=HistoryEventType.LambdaFunctionFailed,
            event_details=details,
        )

    replace(StateTaskLambda, "_from_error", by_its_name)


CORRECTIONS = (
    Correction(
        "refused_invocations_have_their_name",
        "A Task whose Resource is a function's ARN fails with Exception when Lambda refuses to invoke, so that no "
        "Retry of Lambda.TooManyRequestsException matches; AWS gives the same names as for lambda:invoke.",
        _apply_refusals,
    ),
    Correction(
        "all_is_not_everything",
        "States.ALL catches and retries States.Runtime and States.DataLimitExceeded, so that a compensation runs here "
        "which would not run on AWS.",
        _apply_matching,
    ),
    Correction(
        "dynamodb_errors_are_its_own",
        "Whatever goes wrong in a DynamoDB task, a timeout or a missing path too, is called "
        "DynamoDB.AmazonDynamoDBException, which States.TaskFailed catches.",
        _apply_dynamodb,
    ),
    Correction(
        "branches_keep_reserved_names",
        "A branch or iteration that fails with a reserved name (States.Timeout, say) fails its Parallel or Map with "
        "States.Runtime, because moto refuses reserved names as custom ones; AWS passes the name on.",
        _apply_branches,
    ),
    Correction(
        "heartbeats_have_their_name",
        "A missed heartbeat is called States.Timeout, so that a Catch of States.HeartbeatTimeout never matches; here "
        "both names match it.",
        _apply_heartbeat,
    ),
)
