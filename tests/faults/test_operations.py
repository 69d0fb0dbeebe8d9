"""Attacks on the beginning and the ending of operations: whoever dies in between, the session is ended all the same."""

from __future__ import annotations

import json
from collections.abc import Callable
from datetime import datetime, timedelta
from typing import Any

import pytest

from infra.local.calls import Call
from infra.local.invocation import current
from tests.show import Show, Shows, destination


def by(function: str) -> Callable[[Call], bool]:
    """Calls that an invocation of this function makes."""

    def made_by(call: Call) -> bool:
        here = current()
        return here is not None and here.function.key == function

    return made_by


def claims(call: Call) -> bool:
    """The one write that takes an operation's number."""
    return b"previous_execution_arn" in call.body


def asked_and_rejected(shows: Shows) -> Show:
    """A show whose only destination is refused, so that its provision gives it up."""
    shows.stage.simulator.reject_channel("*", "no")
    return shows.ask()


# The hand-over from provision_session to end_session


def test_a_giving_up_that_is_killed_after_its_claim_is_finished_by_its_retry(shows: Shows) -> None:
    fault = shows.stage.lambdas.faults.kill_after_call("abandonSession", "dynamodb", "UpdateItem")
    show = asked_and_rejected(shows)
    show.until("failed")
    assert fault.hits
    shows.nothing_left()


def test_a_giving_up_whose_claim_lost_its_answer_starts_the_end(shows: Shows) -> None:
    fault = shows.stage.faults.lose_answer("dynamodb", "UpdateItem", when=claims)
    show = asked_and_rejected(shows)
    show.until("failed")
    assert fault.hits
    shows.nothing_left()


def test_a_giving_up_whose_start_of_the_end_is_throttled_starts_it_later(shows: Shows) -> None:
    fault = shows.stage.faults.throttle("states", "StartExecution", when=by("abandonSession"), count=3)
    show = asked_and_rejected(shows)
    show.until("failed")
    assert fault.hits == 3
    shows.nothing_left()


def test_an_end_that_was_claimed_while_the_session_was_made_and_not_started_is_started_by_the_provision(
    shows: Shows,
) -> None:
    show = shows.ask()
    show.reaches("Await channel running")
    shows.stage.lambdas.faults.kill_after_call("api", "dynamodb", "UpdateItem")
    assert shows.stage.request("DELETE", f"/sessions/{show.id}")[0] >= 500
    show.until("ended")
    shows.nothing_left()


# DELETE


def test_a_delete_whose_claim_lost_its_answer_ends_the_session(shows: Shows) -> None:
    show = shows.ask()
    show.until("live")
    fault = shows.stage.faults.lose_answer("dynamodb", "UpdateItem", when=claims)
    assert show.end()["operation"]["kind"] == "end"
    assert fault.hits
    show.until("ended")
    shows.nothing_left()


def test_a_delete_whose_start_fails_is_finished_by_the_next_delete(shows: Shows) -> None:
    show = shows.ask()
    show.until("live")
    shows.stage.faults.throttle("states", "StartExecution", count=3)
    status, _, problem = shows.stage.request("DELETE", f"/sessions/{show.id}")
    assert (status, problem["name"]) == (503, "Throttled")
    assert show.ended()["status"] == "ended"
    shows.nothing_left()


def test_two_deletes_at_once_are_one_ending(shows: Shows) -> None:
    show = shows.ask()
    show.until("live")
    answers = at_once(shows, 4, lambda: shows.stage.request("DELETE", f"/sessions/{show.id}"))
    assert [status for status, _, _ in answers] == [202] * 4
    assert len({answer["operation"]["number"] for _, _, answer in answers}) == 1
    show.until("ended")
    assert len(shows.stage.executions()) == 2
    shows.nothing_left()


def test_a_delete_wins_though_the_status_moves_on_between_its_look_and_its_claim(shows: Shows) -> None:
    """``creating → idle → starting`` are two writes in a row; a slow DELETE can fall between them twice."""
    faults = shows.stage.faults
    faults.delay(
        "dynamodb", "UpdateItem", before=2, when=lambda call: by("startChannel")(call) and moves(call), count=2
    )
    faults.delay("dynamodb", "UpdateItem", before=2.5, when=claims, count=2)
    show = shows.ask()
    shows.stage.wait(lambda: "startChannel" in {one.function.key for one in shows.stage.lambdas.invocations}, every=0.5)
    show.end()
    show.until("ended")
    shows.nothing_left()


def moves(call: Call) -> bool:
    return b"timeline" in call.body


def at_once(shows: Shows, many: int, ask: Callable[[], Any]) -> list[Any]:
    """The answers of calls that run side by side."""
    answers: list[Any] = []
    threads = [shows.stage.clock.thread(lambda: answers.append(ask())) for _ in range(many)]
    for thread in threads:
        thread.join()
    return answers


# Executions that end from outside or for want of any answer


@pytest.mark.parametrize("state", ["Stop channel", "Await channel stopped", "Delete input"])
def test_an_end_that_an_operator_aborted_is_begun_again_by_the_next_delete(shows: Shows, state: str) -> None:
    show = shows.ask()
    show.until("live")
    show.end()
    show.reaches(state, "end")
    abort(shows, show, "end")
    assert show.ended()["status"] == "ended"
    shows.nothing_left()


@pytest.mark.parametrize("state", ["Create input", "Create channel", "Await channel running", "Settle session"])
def test_a_provision_that_an_operator_aborted_is_ended_cleanly(shows: Shows, state: str) -> None:
    show = shows.ask()
    shows.stage.wait(lambda: state in show.path(), every=0.25)
    if show.execution()["status"] == "RUNNING":
        abort(shows, show, "provision")
    assert show.ended()["status"] in ("ended", "failed")  # by the DELETE, or by the execution's own event before it
    shows.nothing_left()


def abort(shows: Shows, show: Show, kind: str) -> None:
    shows.stage.client("stepfunctions").stop_execution(executionArn=show.execution(kind)["executionArn"])


def test_an_end_that_cannot_verify_says_so_and_the_next_delete_finishes_it(shows: Shows) -> None:
    show = shows.ask()
    show.until("live")
    fault = shows.stage.faults.reject(
        "medialive", "ListChannels", 403, "ForbiddenException", "no", when=by("finishEnd"), count=None
    )
    ended = show.ended()
    assert fault.hits
    assert ended["status"] == "cleanup_incomplete", ended["status"]
    fault.cancel()
    assert show.ended()["status"] == "ended"
    shows.nothing_left()


def test_an_end_whose_last_step_is_killed_every_time_is_finished_by_the_next_delete(shows: Shows) -> None:
    show = shows.ask()
    show.until("live")
    fault = shows.stage.lambdas.faults.kill_before("finishEnd", count=5)
    show.ended()
    assert fault.hits == 5
    assert show.ended()["status"] == "ended"
    shows.nothing_left()


# Records


def test_an_ended_session_has_no_destination_on_the_air(shows: Shows) -> None:
    show = shows.ask(destination("a"), destination("b"))
    show.until("live")
    ended = show.ended()
    assert not [one for one in ended["destinations"] if one["status"] in ("broadcasting", "starting")]


def test_once_everything_is_gone_the_record_does_not_say_that_something_is_left(shows: Shows) -> None:
    show = shows.ask()
    show.until("live")
    fault = shows.stage.faults.reject("medialive", "DeleteInput", 400, "BadRequestException", "not today", count=None)
    assert show.ended()["status"] == "cleanup_incomplete"
    fault.cancel()
    ended = show.ended()
    assert ended["status"] == "ended"
    assert ended["error"] is None, ended["error"]


def test_a_failed_session_keeps_its_reason_through_an_incomplete_clean_up(shows: Shows) -> None:
    fault = shows.stage.faults.reject("medialive", "DeleteInput", 400, "BadRequestException", "not today", count=None)
    show = asked_and_rejected(shows)
    shows.stage.settle()
    fault.cancel()
    failed = show.ended()
    assert failed["status"] == "failed"
    assert failed["error"]["name"] == "RejectedByService", failed["error"]
    assert json.dumps(failed).count("not today") == 0


@pytest.mark.parametrize("told", [True, False], ids=["told", "not told"])
@pytest.mark.parametrize(
    "spec",
    [{}, {"source": {"type": "rtmp", "open_to_anyone": True}, "destinations": [{"platform": "ivs"}]}],
    ids=["flow", "host"],
)
def test_a_start_without_the_channel_that_somebody_deleted_says_so_at_once(
    shows: Shows, spec: dict[str, Any], told: bool
) -> None:
    """It does not wait for what won't come back, whether an event has told that it is gone or not."""
    show = shows.ask(**{"go_live": False, **spec})
    show.until("idle")
    if not told:
        shows.stage.bus.lose("MediaLive Channel State Change", count=None)
    channel = next(row["id"] for row in show.look()["resources"] if row["kind"] == "channel")
    shows.stage.client("medialive").delete_channel(ChannelId=channel)
    shows.stage.clock.sleep(120)
    status, _, _ = shows.stage.request("POST", f"/sessions/{show.id}/streaming/start")
    assert status == 202
    found = show.until("idle")
    assert found["error"]["name"] == "ChannelLost"
    at = {one["status"]: datetime.fromisoformat(one["at"]) for one in found["timeline"]}
    assert at["idle"] - at["starting"] < timedelta(minutes=3)
    assert show.ended()["status"] == "ended"
    shows.nothing_left()
