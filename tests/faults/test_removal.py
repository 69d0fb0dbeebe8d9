"""Attacks on removal itself: a step that is killed every time, and what stays in the table."""

from __future__ import annotations

import pytest

from tests.show import Shows, destination

REMOVALS = [
    "planRemoval",
    "drainSession",
    "stopChannel",
    "deleteChannel",
    "removeFlowOutputs",
    "deleteInput",
    "releaseSource",
    "deleteSecrets",
]


@pytest.mark.enumerated
@pytest.mark.parametrize("function", REMOVALS)
def test_a_removal_step_that_is_killed_every_time_is_named_and_the_next_end_finishes(
    shows: Shows, function: str
) -> None:
    show = shows.ask(go_live=False)
    show.until("idle")
    fault = shows.stage.lambdas.faults.kill_before(function, count=None)
    show.end()
    shows.stage.settle(7200)
    status, left = show.status, shows.count()
    assert fault.hits >= 5
    assert status == ("cleanup_incomplete" if left else "ended"), left
    shows.stage.lambdas.faults.clear()
    assert show.ended()["status"] == "ended"
    shows.nothing_left()


@pytest.mark.enumerated
@pytest.mark.parametrize(
    "function", ["stopChannel", "deleteChannel", "removeFlowOutputs", "deleteInput", "reportRollback", "awaitChannel"]
)
def test_a_rollback_whose_step_is_killed_every_time_is_finished_by_the_end(shows: Shows, function: str) -> None:
    shows.stage.simulator.fail_channel("*", on="start")
    attempts = {"awaitChannel": 6}.get(function, 5)
    shows.stage.lambdas.faults.kill_before(
        function, when=lambda event: event["operation"] == 1 and event.get("wanted") != "created", count=attempts
    )
    show = shows.ask()
    show.until("failed", 14400)
    shows.nothing_left()


def test_a_settling_that_is_killed_every_time_after_its_write_does_not_end_a_show_on_the_air(shows: Shows) -> None:
    """Going live is the pivot: from there on nothing is rolled back."""
    fault = shows.stage.lambdas.faults.kill_at_end("settleSession", count=None)
    show = shows.ask()
    shows.stage.settle()
    assert fault.hits
    assert show.status == "live"


def test_a_giving_up_that_is_killed_every_time_leaves_nothing_that_runs(shows: Shows) -> None:
    shows.stage.simulator.fail_channel("*", on="start")
    shows.stage.lambdas.faults.kill_before("abandonSession", count=5)
    show = shows.ask()
    shows.stage.settle()
    assert show.status in ("failed", "cleanup_incomplete"), (show.status, shows.count())


def test_a_provision_that_was_aborted_from_outside_does_not_run_on_unseen(shows: Shows) -> None:
    show = shows.ask()
    show.reaches("Await channel running")
    shows.stage.client("stepfunctions").stop_execution(executionArn=show.execution()["executionArn"])
    shows.stage.settle()
    shows.stage.clock.sleep(1200)
    assert show.status in ("failed", "ended", "cleanup_incomplete"), (show.status, shows.count())


def test_a_token_of_a_stopped_execution_does_not_stay(shows: Shows) -> None:
    shows.stage.bus.lose("MediaLive Channel State Change", count=None)
    show = shows.ask()
    show.reaches("Await channel running")
    show.ended()
    shows.nothing_left()


def test_a_create_that_is_throttled_five_times_is_made_at_the_sixth(shows: Shows) -> None:
    """A refusal proves that nothing was made, so nothing has to be waited for but the throttle."""
    fault = shows.stage.faults.throttle("medialive", "CreateInput", count=5)
    show = shows.ask(go_live=False)
    shows.stage.settle()
    assert fault.hits == 5
    assert show.status == "idle", show.destination("main")["error"]


def test_a_lost_connection_before_every_create_is_made_up_for(shows: Shows) -> None:
    faults = shows.stage.faults
    for call in (("medialive", "CreateInput"), ("mediaconnect", "AddFlowOutputs"), ("medialive", "CreateChannel")):
        faults.lose(*call, count=3)
    show = shows.ask(go_live=False)
    shows.stage.settle()
    assert show.status == "idle", show.destination("main")["error"]
    show.ended()
    shows.nothing_left()


def test_a_second_destination_is_untouched_by_the_first_ones_long_agony(shows: Shows) -> None:
    shows.stage.simulator.stick_channel("*-bad", "STOPPING")
    show = shows.ask(destination("good"), destination("bad"))
    show.until("live")
    show.end()
    shows.stage.settle(7200)
    assert show.status == "cleanup_incomplete"
    assert shows.count()["channel"] == 1 and shows.count()["input"] == 1
    shows.stage.simulator.release_channels()
    assert show.ended()["status"] == "ended"
    shows.nothing_left()
