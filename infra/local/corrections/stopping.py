"""Ending what runs: StopExecution, timeouts and failing siblings end every wait below them, and nothing speaks after.

moto marks an environment as stopped and hopes that whoever waits looks. Here whoever waits registers how to be woken
(``halting``), waking ends it (``Halted``), and a state that is given up on can write no more history (``_Gate``).
"""

from __future__ import annotations

import copy
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Any

from infra.local.corrections.clockwork import event, thread
from infra.local.corrections.engine import Correction, replace
from infra.local.corrections.tokens import close_token, renew_token


class Halted(BaseException):
    """The execution, branch or iteration this thread works for was ended from outside."""


@contextmanager
def halting(env: Any, wake: Callable[[], None]) -> Iterator[None]:
    """Have ``wake`` called when ``env`` stops running, now if it already has."""
    with env._state_mutex:
        wakers = vars(env).setdefault("_wakers", [])
        wakers.append(wake)
        if env._program_state is not None and not env.is_running():
            wake()
    try:
        yield
    finally:
        with env._state_mutex:
            wakers.remove(wake)


class _Gate:
    """The event manager of one attempt of one state; closed, it drops what a straggler still has to say."""

    def __init__(self, manager: Any) -> None:
        self._manager = manager
        self.closed = False

    def add_event(self, *args: Any, **kwargs: Any) -> int:
        return 0 if self.closed else int(self._manager.add_event(*args, **kwargs))

    def __getattr__(self, name: str) -> Any:
        return getattr(self._manager, name)


def _evaluate_with_timeout(self: Any, env: Any) -> None:
    """ExecutionState._evaluate_with_timeout, ended by a halt as well as by its outcome and its timeout."""
    from moto.stepfunctions.parser.asl.component.common.timeouts.timeout import EvalTimeoutError

    self.timeout.eval(env=env)
    timeout_seconds = env.stack.pop()
    renew_token(self, env)
    frame = env.open_frame()
    frame.states.reset(input_value=env.states.get_input())
    frame.stack = copy.deepcopy(env.stack)
    frame.event_manager = gate = _Gate(frame.event_manager)
    outcomes: list[tuple[Any, Exception | None]] = []
    done = event()

    def attempt() -> None:
        try:
            self._eval_execution(frame)
            outcomes.append((frame.stack[-1] if frame.stack else None, None))
        except Halted:
            pass
        except Exception as failure:
            outcomes.append((None, failure))
        finally:
            done.set()

    with halting(env, done.set):
        thread(target=attempt).start()
        in_time = done.wait(timeout_seconds)
    gate.closed = True
    frame.set_ended()
    env.close_frame(frame)
    close_token(frame)
    if not env.is_running():
        raise Halted
    if not outcomes:
        # Nothing came: time ran out, or (both at one moment of the clock) a halt within is on its way up.
        raise EvalTimeoutError() if not in_time else Halted()
    output, failure = outcomes[0]
    if failure is not None:
        raise failure
    env.stack.append(output)
    if not self._is_language_query_jsonpath():
        env.states.set_result(output)
    if self.assign_decl:
        self.assign_decl.eval(env=env)
    if self.result_selector:
        self.result_selector.eval(env=env)
    if self.result_path:
        self.result_path.eval(env)
    else:
        env.states.reset(input_value=env.stack.pop())


def _change(env: Any, change: Callable[[Any], None], state: Callable[[], Any]) -> None:
    """Leave the running state for another, tell the frames, and wake whoever waits here. The first end counts."""
    with env._state_mutex:
        if env._program_state is not None and not env.is_running():
            return
        env._program_state = state()
        for frame in list(env._frames):
            change(frame)
        env.program_state_event.set()
        env.program_state_event.clear()
        for wake in list(vars(env).get("_wakers", [])):
            wake()


def _set_ended(self: Any) -> None:
    from moto.stepfunctions.parser.asl.eval.program_state import ProgramEnded

    if self.is_running():
        _change(self, lambda frame: frame.set_ended(), ProgramEnded)


def _set_error(self: Any, error: Any) -> None:
    from moto.stepfunctions.parser.asl.eval.program_state import ProgramError

    _change(self, lambda frame: frame.set_error(error=error), lambda: ProgramError(error=error))


def _set_timed_out(self: Any) -> None:
    from moto.stepfunctions.parser.asl.eval.program_state import ProgramTimedOut

    _change(self, lambda frame: frame.set_timed_out(), ProgramTimedOut)


def _set_stop(self: Any, stop_date: Any, cause: str | None, error: str | None) -> None:
    from moto.stepfunctions.parser.asl.eval.program_state import ProgramStopped

    _change(
        self,
        lambda frame: frame.set_stop(stop_date=stop_date, cause=cause, error=error),
        lambda: ProgramStopped(stop_date=stop_date, error=error, cause=cause),
    )


def _eval_state_field(self: Any, env: Any) -> None:
    """CommonStateField.eval: a halted state returns to its program, which sees that it no longer runs."""
    from moto.stepfunctions.parser.asl.component.eval_component import EvalComponent

    try:
        EvalComponent.eval(self, env)
    except Halted:
        if env.is_running():
            raise


def _eval_program(self: Any, env: Any) -> None:
    """Program.eval: no thread of its own unless there is a timeout, and after one the program has really ended."""
    if env._program_state is None or env.is_running():
        env.next_state_name = self.start_at.start_at_name
    elif env.is_frame():
        return
    if self.timeout_seconds is None:
        self._eval_body(env)
        return
    worker = thread(target=self._eval_body, args=(env,))
    worker.start()
    worker.join(timeout=self.timeout_seconds.timeout_seconds)
    if worker.is_alive():
        env.set_timed_out()
        worker.join()


def _apply_halting() -> None:
    from moto.stepfunctions.parser.asl.component.program.program import Program
    from moto.stepfunctions.parser.asl.component.state.exec.execute_state import ExecutionState
    from moto.stepfunctions.parser.asl.component.state.exec.state_task.service import state_task_service_callback
    from moto.stepfunctions.parser.asl.component.state.state import CommonStateField
    from moto.stepfunctions.parser.asl.eval.environment import Environment

    replace(ExecutionState, "_evaluate_with_timeout", _evaluate_with_timeout)
    replace(CommonStateField, "eval", _eval_state_field)
    replace(Program, "eval", _eval_program)
    replace(Environment, "set_ended", _set_ended)
    replace(Environment, "set_error", _set_error)
    replace(Environment, "set_timed_out", _set_timed_out)
    replace(Environment, "set_stop", _set_stop)
    service = state_task_service_callback.StateTaskServiceCallback
    wait_for_token = service._eval_wait_for_task_token

    def interruptible(
        self: Any, env: Any, timeout_seconds: int, callback_endpoint: Any, heartbeat_endpoint: Any
    ) -> Any:
        with halting(env, callback_endpoint.interrupt_all):
            outcome = wait_for_token(self, env, timeout_seconds, callback_endpoint, heartbeat_endpoint)
        if not env.is_running():
            raise Halted
        return outcome

    replace(service, "_eval_wait_for_task_token", interruptible)


def _apply_silence() -> None:
    from moto.stepfunctions.parser.asl.component.common.timeouts.heartbeat import Heartbeat
    from moto.stepfunctions.parser.asl.component.common.timeouts.timeout import Timeout
    from moto.stepfunctions.parser.asl.component.eval_component import EvalComponent

    def eval_or_end(self: Any, env: Any) -> None:
        EvalComponent.eval(self, env)
        if not env.is_running():
            raise Halted

    for seconds in (Timeout, Heartbeat):
        replace(seconds, "eval", eval_or_end)


CORRECTIONS = (
    Correction(
        "waits_end_when_stopped",
        "StopExecution leaves an execution RUNNING for ever when it waits on a task token, makes it FAILED inside a "
        "Map, and is late in a Lambda or a back-off; a state that has timed out or been aborted still writes to the "
        "history.",
        _apply_halting,
    ),
    Correction(
        "stopped_tasks_are_not_scheduled",
        "A task that is stopped right before its Lambda is scheduled writes that it was, with the state's data in the "
        "place of its seconds; from then on GetExecutionHistory fails for the execution.",
        _apply_silence,
    ),
)
