"""What a state caught becomes an error of the vocabulary, and a stranger's text is left out."""

from __future__ import annotations

import json

import pytest

from shared.domain.answers import problem
from shared.domain.errors import (
    VOCABULARY,
    FieldFault,
    InvalidRequest,
    OnAirError,
    QuotaExceeded,
    Waiting,
    describe,
    from_state,
)

SECRET = "example-stream-key-not-real"


def lambdas_cause(message: str, kind: str = "QuotaExceeded") -> str:
    """As Lambda words a failed function's Cause."""
    return json.dumps({"errorMessage": message, "errorType": kind, "requestId": "r", "stackTrace": ["  File …"]})


@pytest.mark.parametrize("name", [name for name, leaf in VOCABULARY.items() if not issubclass(leaf, Waiting)])
def test_an_error_of_ours_keeps_its_name_and_its_words(name: str) -> None:
    info = from_state(name, lambdas_cause("what happened this time", name))
    assert (info.name, info.cause) == (name, "what happened this time")
    assert info.title == VOCABULARY[name].title
    assert info.remedy == VOCABULARY[name].remedy
    assert info.runbook == f"docs/runbooks/{name}.md"


@pytest.mark.parametrize("name", [name for name, leaf in VOCABULARY.items() if issubclass(leaf, Waiting)])
def test_a_wait_that_was_given_up_is_a_step_that_timed_out(name: str) -> None:
    info = from_state(name, lambdas_cause("input 1234567 is CREATING", name))
    assert (info.name, info.cause) == ("StepTimedOut", "waited in vain: input 1234567 is CREATING")


def test_a_failed_tokens_cause_is_plain_text() -> None:
    assert from_state("ChannelStartFailed", "channel 1234567: it is IDLE").cause == "channel 1234567: it is IDLE"


@pytest.mark.parametrize("cause", ["", "7", "null", "[]", '"text"', '{"errorType": "x"}', "{broken"])
def test_a_cause_of_any_shape_is_taken_as_it_is(cause: str) -> None:
    assert from_state("QuotaExceeded", cause).cause == cause


@pytest.mark.parametrize("name", ["States.Timeout", "States.HeartbeatTimeout", "Sandbox.Timedout"])
def test_what_ran_out_of_time_is_a_step_that_timed_out(name: str) -> None:
    info = from_state(name, "")
    assert (info.name, info.cause) == ("StepTimedOut", f"the step ended with {name}")


@pytest.mark.parametrize(
    "name", ["KeyError", "Runtime.ExitError", "Lambda.Unknown", "ValidationError", "", "Transient"]
)
def test_a_strangers_text_is_left_out(name: str) -> None:
    info = from_state(name, lambdas_cause(f"no such key: {SECRET}", name))
    assert info.name == "InternalError"
    assert SECRET not in info.model_dump_json()


def test_only_leaves_are_in_the_vocabulary() -> None:
    for leaf in VOCABULARY.values():
        assert leaf.__subclasses__() == []
        assert leaf is not OnAirError


def test_an_error_describes_itself() -> None:
    assert QuotaExceeded("push inputs: …").info() == describe("QuotaExceeded", "push inputs: …")
    assert str(QuotaExceeded("push inputs: …")) == "push inputs: …"


def test_a_problem_document_has_the_name_the_remedy_and_every_fault() -> None:
    fault = FieldFault(field="destinations.0.url", message="is missing")
    document = problem(InvalidRequest("destinations.0.url is missing", (fault,)))
    assert document.model_dump() == {
        "type": "urn:onair:problem:InvalidRequest",
        "title": "The request is not valid",
        "status": 422,
        "detail": "destinations.0.url is missing",
        "name": "InvalidRequest",
        "remedy": InvalidRequest.remedy,
        "runbook": "docs/runbooks/InvalidRequest.md",
        "errors": ({"field": "destinations.0.url", "message": "is missing"},),
        "allowed": (),
    }
