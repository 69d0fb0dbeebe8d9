"""Which errors the states match on, and what they do with each: the names are exact, and ASL knows no inheritance."""

from __future__ import annotations

import pytest

from shared.domain.errors import VOCABULARY, Failure, OutcomeUnknown, Permanent, Transient, Waiting, describe
from tests.contract.asl import (
    MACHINES,
    State,
    all_states,
    definition,
    scopes,
    tasks,
)
from tests.contract.handlers import (
    answers,
    leaves_of,
)

every_machine = pytest.mark.parametrize("machine", MACHINES.values())
every_task = pytest.mark.parametrize("task", tasks(), ids=str)


#: Names that Step Functions and Lambda give errors themselves (Step Functions Developer Guide, "Error names" and
#: "Handle transient Lambda service exceptions").
FOREIGN_ERRORS = {
    "States.ALL",
    "States.Timeout",
    "States.HeartbeatTimeout",
    "Lambda.TooManyRequestsException",
    "Lambda.ServiceException",
    "Lambda.AWSLambdaException",
    "Lambda.SdkClientException",
    "Lambda.Unknown",
    "Sandbox.Timedout",
    "Runtime.ExitError",
}


#: Where a Fail state finds what it says.
FAILURES = ("$.failure", "$.finished.failure")

RETRIED = leaves_of(Transient) | leaves_of(Waiting) | {OutcomeUnknown.name()}


@every_task
def test_a_task_retries_what_may_pass_and_nothing_else(task: State) -> None:
    assert task.retried() >= RETRIED
    assert not task.retried() & leaves_of(Permanent)
    assert {"States.Timeout", "Sandbox.Timedout", "Lambda.TooManyRequestsException"} <= task.retried()


@every_task
def test_error_names_are_of_the_vocabulary_or_of_aws(task: State) -> None:
    named = task.retried() | {name for rule in task.catches for name in rule["ErrorEquals"]}
    assert named <= VOCABULARY.keys() | FOREIGN_ERRORS


@every_task
def test_a_retrier_is_bounded_and_backs_off_as_asl_wants_it(task: State) -> None:
    for retrier in task.retries:
        assert isinstance(retrier["BackoffRate"], float), "statelint and the specification want a float"
        assert retrier["BackoffRate"] == 1.0 or "MaxDelaySeconds" in retrier
        assert retrier["MaxAttempts"] > 0
    listed = [name for retrier in task.retries for name in retrier["ErrorEquals"]]
    assert len(listed) == len(set(listed)), "a second retrier of the same name is never asked"


@every_machine
def test_an_execution_that_fails_explains_itself(machine: str) -> None:
    """By what the state before it answers, in the words of the record; or, if that could not be noted, by words here
    that are the vocabulary's."""
    for state in (each for each in all_states(machine) if each.kind == "Fail"):
        if "CausePath" in state.body:
            came_from = [each for each in all_states(machine) if state.name in each.targets()]
            assert came_from and not any(state.name == rule["Next"] for each in came_from for rule in each.catches)
            at = state.body["CausePath"].removesuffix(".Cause")
            assert state.body["ErrorPath"] == f"{at}.Error", state
            assert at in FAILURES, f"{state}: who writes {at}?"
        else:
            error, cause = state.body["Error"], state.body["Cause"]
            assert error in VOCABULARY, state
            before, after = describe(error, "…").explained().split("….")
            said = cause.removeprefix(before).removesuffix(after).removesuffix(".")
            assert said and cause == describe(error, said).explained(), state


@every_task
def test_who_answers_a_failure_leads_to_the_state_that_says_it(task: State) -> None:
    """``$.failure`` is a whole answer, ``$.finished.failure`` a part of one."""
    fields = answers(task).model_fields
    if answers(task) is Failure:
        assert task.body["ResultPath"] == "$.failure", task
    elif "failure" in fields:
        assert task.body["ResultPath"] == "$.finished" and fields["failure"].annotation == Failure | None, task
    else:
        return
    assert "Fail" in {each.kind for each in _after(task)}, task


def _after(task: State) -> list[State]:
    """The states behind a task that is through, a Choice looked through."""
    by_name = {each.name: each for each in all_states(task.machine)}
    following = by_name[task.body["Next"]]
    return [by_name[name] for name in following.targets()] if following.kind == "Choice" else [following]


@every_machine
def test_what_fails_an_execution_has_been_explained_first(machine: str) -> None:
    """An error that nothing catches would be seen as the function's own JSON, with its stack."""
    outer = next(scope for scope in scopes(machine, definition(machine)) if not scope.inside)
    for state in outer.states.values():
        if state.kind in ("Task", "Map", "Parallel"):
            assert state.caught_into() is not None, state
