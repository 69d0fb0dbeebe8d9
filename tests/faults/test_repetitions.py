"""Attacks on the repairs: an end begun again, a request noted, a group whose delete is refused more than once."""

from __future__ import annotations

from collections.abc import Callable

import pytest

from infra.local.calls import Call
from infra.local.invocation import current
from tests.show import Shows, destination


def by(function: str) -> Callable[[Call], bool]:
    """Calls that an invocation of this function makes."""

    def made_by(call: Call) -> bool:
        here = current()
        return here is not None and here.function.key == function

    return made_by


def test_a_slow_second_delete_does_not_begin_a_session_again_that_has_ended_meanwhile(shows: Shows) -> None:
    """It reads ``ending``, and by the time it looks at the execution that has succeeded."""
    show = shows.ask(go_live=False)
    show.until("idle")
    show.end()
    show.reaches("Delete input", "end")
    shows.stage.faults.delay("states", "DescribeExecution", before=15, when=by("api"))
    show.end()
    ended = show.until("ended")
    statuses = [change["status"] for change in ended["timeline"]]
    assert statuses == ["creating", "idle", "ending", "ended"]
    assert len(shows.stage.executions()) == 2


@pytest.mark.enumerated
@pytest.mark.parametrize("times", [2, 4])
@pytest.mark.parametrize("fault", ["throttled", "answer lost", "lost before"])
def test_a_group_whose_delete_fails_a_few_times_is_deleted(shows: Shows, fault: str, times: int) -> None:
    show = shows.ask(go_live=False)
    show.until("idle")
    faults, call = shows.stage.faults, ("medialive", "DeleteInputSecurityGroup")
    {"throttled": faults.throttle, "answer lost": faults.lose_answer, "lost before": faults.lose}[fault](
        *call, count=times
    )
    assert show.ended()["status"] == "ended"
    shows.nothing_left()


@pytest.mark.parametrize("operation", ["TransactWriteItems", "UpdateItem", "Query"])
def test_a_request_during_a_failure_of_the_table_leaves_no_session_that_is_made_for_ever(
    shows: Shows, operation: str
) -> None:
    """Three refusals in a row are as many as the SDK tries; the caller has no key to come back with."""
    shows.stage.faults.throttle("dynamodb", operation, when=by("api"), count=3)
    status, _, _ = shows.stage.request("POST", "/sessions", shows.spec(go_live=False))
    shows.stage.settle()
    listed = shows.stage.request("GET", "/sessions")[2]["sessions"]
    assert all(one["status"] in ("idle", "failed", "ended") for one in listed), (status, listed[0]["status"])


def test_an_end_and_a_beginning_on_one_flow_in_turn_many_times(shows: Shows) -> None:
    shows.allow(20)
    last = None
    for number in range(4):
        show = shows.ask(destination(f"d{number}"), go_live=False)
        if last is not None:
            last.end()
        shows.stage.settle()
        assert show.status == "idle"
        last = show
    assert last is not None
    last.ended()
    shows.nothing_left()


@pytest.mark.enumerated
@pytest.mark.parametrize("seconds", [0.0, 0.5, 1.0, 29.0, 30.0, 31.0])
def test_a_beginning_while_the_last_session_releases_the_group(shows: Shows, seconds: float) -> None:
    first = shows.ask(destination("a"), go_live=False)
    first.until("idle")
    first.end()
    first.reaches("Drain session", "end")
    shows.stage.clock.sleep(seconds)
    second = shows.ask(destination("b"), go_live=False)
    shows.stage.settle()
    assert (first.status, second.status) == ("ended", "idle")
    assert shows.count()["input_security_group"] == 1
    second.ended()
    shows.nothing_left()


@pytest.mark.parametrize("call", [("ssm", "PutParameter"), ("ssm", "AddTagsToResource"), ("states", "StartExecution")])
def test_a_repeated_request_that_fails_does_not_end_the_session_that_the_first_one_made(
    shows: Shows, call: tuple[str, str]
) -> None:
    """A caller who asks again, because the first answer was lost on its way, meets a service that is busy."""
    spec, headers = shows.spec(), {"Idempotency-Key": "one"}
    show = shows.post(spec, headers)
    shows.stage.wait(lambda: "Create input" in show.path(), every=0.25)
    shows.stage.faults.throttle(*call, when=by("api"), count=3)
    shows.stage.request("POST", "/sessions", spec, headers)
    shows.stage.settle()
    assert show.status == "live", show.look()["error"]
