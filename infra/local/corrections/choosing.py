"""Choice states that match nothing, and conditions on what isn't there."""

from __future__ import annotations

from typing import Any

from infra.local.corrections.engine import Correction, replace


def _failure(env: Any, name: str, cause: str) -> Exception:
    from moto.stepfunctions.parser.api import HistoryEventType
    from moto.stepfunctions.parser.asl.component.common.error_name.failure_event import (
        FailureEvent,
        FailureEventException,
    )
    from moto.stepfunctions.parser.asl.component.common.error_name.states_error_name import StatesErrorName

    details: Any = {"executionFailedEventDetails": {"error": name, "cause": cause}}
    return FailureEventException(
        FailureEvent(
            env=env,
            error_name=StatesErrorName.from_name(name),
            event_type=HistoryEventType.ExecutionFailed,
            event_details=details,
        )
    )


def _apply_no_choice() -> None:
    from moto.stepfunctions.parser.asl.component.state.choice.state_choice import StateChoice

    def eval_state(self: Any, env: Any) -> None:
        for rule in self.choices_decl.rules:
            rule.eval(env)
            if env.stack.pop() is True:
                env.stack.append(rule.next_stmt.name)
                return
        if self.default_state is None:
            raise _failure(env, "States.NoChoiceMatched", f"No choice of state '{self.name}' matched its input.")
        env.stack.append(self.default_state.state_name)

    replace(StateChoice, "_eval_state", eval_state)


def _apply_missing() -> None:
    from moto.stepfunctions.parser.asl.component.state.choice.comparison.comparison_operator_type import (
        ComparisonOperatorType,
    )
    from moto.stepfunctions.parser.asl.component.state.choice.comparison.comparison_variable import ComparisonVariable
    from moto.stepfunctions.parser.asl.component.state.choice.comparison.variable import NoSuchVariable

    def eval_body(self: Any, env: Any) -> None:
        self.variable.eval(env)
        present = self.comparison_function.operator_type == ComparisonOperatorType.IsPresent
        if isinstance(env.stack[-1], NoSuchVariable) and not present:
            path = self.variable.string_sampler.literal_value
            cause = f"Invalid path '{path}': The choice state's condition path references an invalid value."
            raise _failure(env, "States.Runtime", cause)
        self.comparison_function.eval(env)

    replace(ComparisonVariable, "_eval_body", eval_body)


CORRECTIONS = (
    Correction(
        "no_choice_matched",
        "A Choice without a match and without Default fails with States.Runtime; AWS: States.NoChoiceMatched.",
        _apply_no_choice,
    ),
    Correction(
        "missing_variable_fails",
        "A condition on a variable that isn't there is silently false; AWS fails the execution with States.Runtime.",
        _apply_missing,
    ),
)
