"""StartExecution and StopExecution: an execution is there, or over, when the call returns."""

from __future__ import annotations

from typing import Any

from infra.local.corrections.clockwork import ClockDatetime, thread
from infra.local.corrections.engine import ENGINE, Correction, replace


def _start_worker(self: Any) -> None:
    """ExecutionWorker.start: the environment exists when StartExecution returns; StopExecution can't miss it."""
    from moto.stepfunctions.parser.api import HistoryEventType
    from moto.stepfunctions.parser.asl.utils.encoding import to_json_str

    details = self._evaluation_details
    program = self._get_evaluation_entrypoint()
    env = self.env = self._get_evaluation_environment()
    execution = env.states.context_object.context_object_data["Execution"]
    if not isinstance(execution["StartTime"], str):
        execution["StartTime"] = execution["StartTime"].isoformat()
    env.event_manager.add_event(
        context=env.event_history_context,
        event_type=HistoryEventType.ExecutionStarted,
        event_details={
            "executionStartedEventDetails": {
                "input": to_json_str(details.execution_details.inpt),
                "inputDetails": {"truncated": False},
                "roleArn": details.aws_execution_details.role_arn,
            }
        },
        update_source_event_id=False,
    )
    env.next_state_name = program.start_at.start_at_name

    def run() -> None:
        program.eval(env)
        self._execution_communication.terminated()

    thread(target=run, name=f"execution {details.execution_details.name}").start()


def _stop_execution(self: Any, execution_arn: str, error: str | None = None, cause: str | None = None) -> Any:
    """StopExecution: the execution is ABORTED when the call returns."""
    execution = self.describe_execution(execution_arn)
    if execution.status == "RUNNING":
        execution.stop(stop_date=ClockDatetime.now(), error=error, cause=cause)
        vars(execution)["ended"].wait(5)
    return execution


def _stop_execution_request(self: Any) -> Any:
    from moto.core.responses import ActionResult

    execution = self.stepfunction_backend.stop_execution(
        self._get_param("executionArn"), self._get_param("error"), self._get_param("cause")
    )
    return ActionResult({"stopDate": execution.stop_date})


def _apply_stop() -> None:
    from moto.stepfunctions.parser.backend.execution import BaseExecutionWorkerCommunication, Execution
    from moto.stepfunctions.parser.backend.execution_worker import ExecutionWorker
    from moto.stepfunctions.parser.models import StepFunctionsParserBackend
    from moto.stepfunctions.responses import StepFunctionResponse

    replace(ExecutionWorker, "start", _start_worker)
    replace(StepFunctionsParserBackend, "stop_execution", _stop_execution)
    replace(StepFunctionResponse, "stop_execution", _stop_execution_request)
    reflect: Any = BaseExecutionWorkerCommunication._reflect_execution_status
    terminated: Any = BaseExecutionWorkerCommunication.terminated

    def reflect_stop_too(self: Any) -> None:
        from moto.stepfunctions.parser.asl.eval.program_state import ProgramStopped

        state = self.execution.exec_worker.env.program_state()
        if isinstance(state, ProgramStopped):
            self.execution.error, self.execution.cause = state.error, state.cause
        reflect(self)

    def terminate_and_tell(self: Any) -> None:
        terminated(self)
        vars(self.execution)["ended"].set()

    start = Execution.start

    def start_with_end(self: Any) -> None:
        vars(self)["ended"] = ENGINE.clock.event()
        start(self)

    replace(BaseExecutionWorkerCommunication, "_reflect_execution_status", reflect_stop_too)
    replace(BaseExecutionWorkerCommunication, "terminated", terminate_and_tell)
    replace(Execution, "start", start_with_end)


CORRECTIONS = (
    Correction(
        "stop_keeps_error_and_cause",
        "StopExecution drops error and cause, returns before the execution has ended and fails when it comes right "
        "after StartExecution.",
        _apply_stop,
    ),
)
