"""Wait states and the back-off of Retry: exact, and ended by a stop."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from infra.local.corrections.engine import ENGINE, Correction, replace
from infra.local.corrections.stopping import Halted, halting


def wait_on(env: Any, seconds: float) -> None:
    """Let clock time pass in a state; a stop ends it at once by raising Halted."""
    from infra.local.corrections.clockwork import event

    if seconds > 0:
        stopped = event()
        with halting(env, stopped.set):
            stopped.wait(seconds)
    if not env.is_running():
        raise Halted


def _apply_timestamp() -> None:
    from moto.stepfunctions.parser.asl.component.common.error_name.failure_event import FailureEventException
    from moto.stepfunctions.parser.asl.component.state.wait.wait_function.timestamp import Timestamp
    from moto.stepfunctions.parser.asl.component.state.wait.wait_function.wait_function import WaitFunction

    def seconds_until(self: Any, env: Any) -> float:
        self.string.eval(env=env)
        text = env.stack.pop()
        try:
            moment = datetime.fromisoformat(text)
        except (TypeError, ValueError):
            moment = None
        if moment is None or moment.tzinfo is None:
            raise FailureEventException(self._create_failure_event(env, text))
        return moment.timestamp() - ENGINE.clock.time()

    def wait_interval(self: Any, env: Any, wait_seconds: float) -> None:
        wait_on(env, wait_seconds)

    replace(Timestamp, "_get_wait_seconds", seconds_until)
    replace(WaitFunction, "_wait_interval", wait_interval)


def _apply_backoff() -> None:
    from moto.stepfunctions.parser.asl.component.common.retry.max_attempts_decl import MaxAttemptsOutcome
    from moto.stepfunctions.parser.asl.component.common.retry.retrier_decl import RetrierDecl
    from moto.stepfunctions.parser.asl.component.common.retry.retrier_outcome import RetrierOutcome

    def eval_body(self: Any, env: Any) -> None:
        self.error_equals.eval(env)
        if not env.stack.pop():
            env.stack.append(RetrierOutcome.Skipped)
            return
        self.max_attempts.eval(env=env)
        if env.stack.pop() == MaxAttemptsOutcome.EXHAUSTED:
            env.stack.append(RetrierOutcome.Failed)
            return
        self.interval_seconds.eval(env=env)
        self.backoff_rate.eval(env=env)
        self.max_delay_seconds.eval(env=env)
        self.jitter_strategy.eval(env=env)
        wait_on(env, env.stack.pop())
        env.stack.append(RetrierOutcome.Executed)

    replace(RetrierDecl, "_eval_body", eval_body)


CORRECTIONS = (
    Correction(
        "timestamps_are_utc",
        "A Wait until a Timestamp is measured against the machine's local time and drops fractions of a second; AWS "
        "takes RFC 3339 with its offset.",
        _apply_timestamp,
    ),
    Correction(
        "backoff_can_be_stopped",
        "The pause before a retry is a plain sleep that StopExecution can't end.",
        _apply_backoff,
    ),
)
