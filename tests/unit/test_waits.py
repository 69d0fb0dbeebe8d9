"""When a parked step is woken: the whole table of wanted and observed states."""

from __future__ import annotations

from datetime import timedelta

import pytest
from botocore.session import get_session

from shared.domain.errors import VOCABULARY
from shared.domain.waits import START_GRACE, STARTS_IN, Verdict, Wanted, decide_wait, is_worth_a_look

#: R: reached, W: wait, or the error that makes the wait vain. RUNNING is asked within the grace after a start.
TABLE = {
    #                    created                running               stopped  deleted
    "CREATING":         ("W",                   "W",                  "W",     "W"),
    "CREATE_FAILED":    ("ChannelCreateFailed", "W",                  "R",     "W"),
    "IDLE":             ("R",                   "W",                  "R",     "W"),
    "STARTING":         ("R",                   "W",                  "W",     "W"),
    "RUNNING":          ("R",                   "R",                  "W",     "W"),
    "RECOVERING":       ("W",                   "W",                  "W",     "W"),
    "STOPPING":         ("W",                   "ChannelStartFailed", "W",     "W"),
    "DELETING":         ("ChannelLost",         "ChannelLost",        "R",     "W"),
    "DELETED":          ("ChannelLost",         "ChannelLost",        "R",     "R"),
    "UPDATING":         ("W",                   "W",                  "W",     "W"),
    "UPDATE_FAILED":    ("W",                   "W",                  "R",     "W"),
    "SOMETHING_NEW":    ("W",                   "W",                  "W",     "W"),
}  # fmt: skip

ROWS = [
    (wanted, observed, answer)
    for observed, answers in TABLE.items()
    for wanted, answer in zip(Wanted, answers, strict=True)
]


@pytest.mark.parametrize(("wanted", "observed", "answer"), ROWS)
def test_the_table(wanted: Wanted, observed: str, answer: str) -> None:
    decision = decide_wait(wanted, observed, timedelta(0))
    verdict = {"R": Verdict.REACHED, "W": Verdict.WAIT}.get(answer, Verdict.UNREACHABLE)
    assert decision.verdict is verdict
    assert decision.error == (answer if verdict is Verdict.UNREACHABLE else None)
    assert observed in decision.reason


def test_the_table_has_every_state_that_the_service_knows() -> None:
    model = get_session().get_service_model("medialive")
    assert set(model.shape_for("ChannelState").enum) == TABLE.keys() - {"SOMETHING_NEW"}


@pytest.mark.parametrize("observed", ["IDLE", "UPDATE_FAILED"])
def test_an_idle_channel_would_not_start_only_once_the_grace_is_over(observed: str) -> None:
    """A describe may lag StartChannel."""
    just_before = decide_wait(Wanted.RUNNING, observed, START_GRACE - timedelta(milliseconds=1))
    at_the_end = decide_wait(Wanted.RUNNING, observed, START_GRACE)
    assert just_before.verdict is Verdict.WAIT
    assert (at_the_end.verdict, at_the_end.error) == (Verdict.UNREACHABLE, "ChannelStartFailed")


@pytest.mark.parametrize("wanted", [Wanted.CREATED, Wanted.STOPPED, Wanted.DELETED])
@pytest.mark.parametrize("observed", TABLE)
def test_time_makes_no_difference_to_the_other_waits(wanted: Wanted, observed: str) -> None:
    assert decide_wait(wanted, observed, timedelta(0)) == decide_wait(wanted, observed, timedelta(hours=1))


def test_every_vain_wait_has_an_error_of_the_vocabulary() -> None:
    errors = {answer for answers in TABLE.values() for answer in answers} - {"R", "W"}
    assert errors <= VOCABULARY.keys()


def test_a_step_looks_once_and_then_not_before_the_channel_can_be_there() -> None:
    just_before, at_last = STARTS_IN - timedelta(milliseconds=1), STARTS_IN
    assert is_worth_a_look(Wanted.RUNNING, 0, timedelta(0))
    assert not is_worth_a_look(Wanted.RUNNING, 1, just_before)
    assert is_worth_a_look(Wanted.RUNNING, 1, at_last)


@pytest.mark.parametrize("wanted", sorted(set(Wanted) - {Wanted.RUNNING}))
def test_what_may_be_there_at_any_time_is_always_worth_a_look(wanted: Wanted) -> None:
    assert is_worth_a_look(wanted, 1, timedelta(seconds=1))
