"""Which errors the states match on, and what they do with each: the names are exact, and ASL knows no inheritance."""

from __future__ import annotations

import pytest

from shared.domain.errors import VOCABULARY, OutcomeUnknown, Permanent, Transient, Waiting
from tests.contract.asl import (
    MACHINES,
    State,
    all_states,
    tasks,
)
from tests.contract.handlers import (
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
def test_a_failure_is_named_by_the_vocabulary(machine: str) -> None:
    for state in all_states(machine):
        if state.kind == "Fail":
            assert state.body["Error"] in VOCABULARY, state
            assert state.body["Cause"], state
