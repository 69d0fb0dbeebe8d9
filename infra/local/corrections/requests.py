"""Step Functions' API: names, inputs, outputs, pages."""

from __future__ import annotations

import json
import threading
import uuid
from typing import Any

from infra.local.corrections.engine import Correction, replace

INPUT_LIMIT = 262_144  # characters (API reference, StartExecution)


def _apply_start() -> None:
    from moto.core.exceptions import AWSError
    from moto.stepfunctions.parser.models import StepFunctionsParserBackend

    start_execution: Any = StepFunctionsParserBackend.start_execution
    lock = threading.RLock()

    def start(
        self: Any,
        state_machine_arn: str,
        name: str | None = None,
        execution_input: str | None = None,
        trace_header: str | None = None,
    ) -> Any:
        if name is not None:
            if not name:
                raise AWSError("Invalid Name: ''", "InvalidName", 400)
            self._validate_name(name)
        given = "{}" if execution_input is None else execution_input
        if len(given) > INPUT_LIMIT:
            message = (
                "1 validation error detected: Value at 'input' failed to satisfy constraint: "
                f"Member must have length less than or equal to {INPUT_LIMIT}"
            )
            raise AWSError(message, "ValidationException", 400)
        try:
            json.loads(given)
        except ValueError as problem:
            message = f"Invalid State Machine Execution Input: '{problem}'"
            raise AWSError(message, "InvalidExecutionInput", 400) from None
        # Two calls with one name at the same moment must find each other.
        with lock:
            return start_execution(self, state_machine_arn, name or str(uuid.uuid4()), given, trace_header)

    replace(StepFunctionsParserBackend, "start_execution", start)


def _apply_create() -> None:
    from moto.core.exceptions import AWSError
    from moto.stepfunctions.parser.models import StepFunctionsParserBackend

    create_state_machine = StepFunctionsParserBackend.create_state_machine

    def create(self: Any, name: str, definition: str, roleArn: str, **others: Any) -> Any:
        same = self._revision_by_name(name)
        if same is not None and (same.definition, same.type) != (definition, others.get("sm_type") or "STANDARD"):
            raise AWSError(f"State Machine Already Exists: '{same.arn}'", "StateMachineAlreadyExists", 400)
        return create_state_machine(self, name=name, definition=definition, roleArn=roleArn, **others)

    replace(StepFunctionsParserBackend, "create_state_machine", create)


def _apply_describe() -> None:
    from moto.core.responses import ActionResult
    from moto.stepfunctions.responses import StepFunctionResponse

    def describe_execution(self: Any) -> Any:
        execution = self.stepfunction_backend.describe_execution(self._get_param("executionArn"))
        # Between StartExecution's two steps moto has an execution without a status, which AWS never shows.
        status = execution.status if execution.exec_status is not None else "RUNNING"
        answer = {
            "executionArn": execution.exec_arn,
            "stateMachineArn": execution.state_machine_arn,
            "name": execution.name,
            "status": status,
            "startDate": execution.start_date,
            "input": execution.execution_input,
            "inputDetails": {"included": True},
            "redriveCount": 0,
            "redriveStatus": "NOT_REDRIVABLE",
        }
        if status != "RUNNING":
            answer["stopDate"] = execution.stop_date
        if status == "SUCCEEDED":
            answer["output"] = json.dumps(execution.output, separators=(",", ":"))
            answer["outputDetails"] = {"included": True}
        for name in ("error", "cause"):
            if getattr(execution, name) is not None:
                answer[name] = getattr(execution, name)
        return ActionResult(answer)

    def list_executions(self: Any) -> Any:
        arn = self._get_param("stateMachineArn")
        found, next_token = self.stepfunction_backend.list_executions(
            arn,
            status_filter=self._get_param("statusFilter"),
            max_results=self._get_int_param("maxResults"),
            next_token=self._get_param("nextToken"),
        )
        items = []
        for execution in found:
            item = {
                "executionArn": execution.exec_arn,
                "stateMachineArn": arn,
                "name": execution.name,
                "status": execution.status,
                "startDate": execution.start_date,
                "redriveCount": 0,
            }
            if execution.status != "RUNNING":
                item["stopDate"] = execution.stop_date
            items.append(item)
        return ActionResult({"executions": items, "nextToken": next_token})

    replace(StepFunctionResponse, "describe_execution", describe_execution)
    replace(StepFunctionResponse, "list_executions", list_executions)


def _apply_history() -> None:
    from moto.core.exceptions import AWSError
    from moto.core.responses import ActionResult
    from moto.stepfunctions.responses import StepFunctionResponse

    def get_execution_history(self: Any) -> Any:
        history = self.stepfunction_backend.get_execution_history(self._get_param("executionArn"))
        events = list(history["events"])
        if self._get_bool_param("reverseOrder", False):
            events.reverse()
        # "A value of 0 uses the default": 100, at most 1000 (API reference, GetExecutionHistory).
        size = min(self._get_int_param("maxResults") or 100, 1000)
        token = self._get_param("nextToken")
        if token is not None and not str(token).isdigit():
            raise AWSError("Invalid Token: 'Invalid token'", "InvalidToken", 400)
        start = int(token or 0)
        page: dict[str, Any] = {"events": events[start : start + size]}
        if start + size < len(events):
            page["nextToken"] = str(start + size)
        return ActionResult(page)

    replace(StepFunctionResponse, "get_execution_history", get_execution_history)


CORRECTIONS = (
    Correction(
        "executions_have_names",
        "Started without a name, an execution's ARN ends in `:None` and the second start fails; invalid names are "
        "accepted; input that is no JSON gets an error without a code; two starts of one name at one moment both run.",
        _apply_start,
    ),
    Correction(
        "machines_are_not_replaced",
        "CreateStateMachine with another definition is accepted and ignored; AWS: StateMachineAlreadyExists.",
        _apply_create,
    ),
    Correction(
        "executions_are_described_in_full",
        "DescribeExecution gives a string output bare instead of as JSON and a null output not at all; TIMED_OUT has "
        "no stopDate there and in ListExecutions.",
        _apply_describe,
    ),
    Correction(
        "history_has_pages",
        "GetExecutionHistory ignores reverseOrder, maxResults and nextToken.",
        _apply_history,
    ),
)
