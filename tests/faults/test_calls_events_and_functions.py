"""When something breaks: the show goes on where it can, rolls back where it can't, and nothing is left either way."""

from __future__ import annotations

import json
from typing import Any

import pytest

from tests.show import Show, Shows, destination

STATE_CHANGE = "MediaLive Channel State Change"

#: Every call of a provision that makes or starts something.
CREATES = [
    ("medialive", "CreateInputSecurityGroup"),
    ("medialive", "UpdateInputSecurityGroup"),
    ("medialive", "CreateInput"),
    ("mediaconnect", "AddFlowOutputs"),
    ("medialive", "CreateChannel"),
    ("medialive", "StartChannel"),
]
DELETES = [
    ("medialive", "StopChannel"),
    ("medialive", "DeleteChannel"),
    ("mediaconnect", "RemoveFlowOutput"),
    ("medialive", "DeleteInput"),
    ("ssm", "DeleteParameters"),
    ("medialive", "DeleteInputSecurityGroup"),
]
ONE_OF_EACH = {"channel": 1, "input": 1, "flow_output": 1, "input_security_group": 1, "secret": 1}


def asked_where_rules_are_updated(shows: Shows) -> Show:
    """A show on a flow of its own, beside an earlier show whose security group it has to be added to."""
    shows.ask(destination("earlier"), go_live=False).until("idle")
    shows.flow = shows.stage.simulator.seed_flow(name="second-flow")
    return shows.ask(destination("main"))


@pytest.mark.enumerated
@pytest.mark.parametrize(("service", "operation"), CREATES)
@pytest.mark.parametrize("fault", ["answer lost", "answer late", "lost before", "throttled"])
def test_a_call_that_fails_once_is_repaired_and_nothing_is_made_twice(
    shows: Shows, service: str, operation: str, fault: str
) -> None:
    updating = operation == "UpdateInputSecurityGroup"
    if updating:
        shows.ask(destination("earlier"), go_live=False).until("idle")
        shows.flow = shows.stage.simulator.seed_flow(name="second-flow")
    faults = shows.stage.faults
    scripted = {
        "answer lost": lambda: faults.lose_answer(service, operation),
        "answer late": lambda: faults.lose_answer(service, operation, late=True),
        "lost before": lambda: faults.lose(service, operation),
        "throttled": lambda: faults.throttle(service, operation, count=3),
    }[fault]()
    show = shows.ask(destination("main"))
    show.until("live")
    assert scripted.hits
    wanted = {**ONE_OF_EACH, "channel": 2, "input": 2, "flow_output": 2, "secret": 2} if updating else ONE_OF_EACH
    assert shows.count() == wanted
    show.ended()
    if not updating:
        shows.nothing_left()


@pytest.mark.enumerated
@pytest.mark.parametrize(("service", "operation"), DELETES)
@pytest.mark.parametrize("fault", ["answer lost", "lost before", "throttled"])
def test_a_delete_that_fails_once_is_repaired(shows: Shows, service: str, operation: str, fault: str) -> None:
    show = shows.ask()
    show.until("live")
    faults = shows.stage.faults
    scripted = {
        "answer lost": lambda: faults.lose_answer(service, operation),
        "lost before": lambda: faults.lose(service, operation),
        "throttled": lambda: faults.throttle(service, operation, count=3),
    }[fault]()
    assert show.ended()["status"] == "ended"
    assert scripted.hits
    shows.nothing_left()


@pytest.mark.enumerated
@pytest.mark.parametrize(
    ("function", "service", "operation"),
    [
        ("admitSource", "medialive", "CreateInputSecurityGroup"),
        ("createInput", "medialive", "CreateInput"),
        ("createInput", "dynamodb", "TransactWriteItems"),
        ("addFlowOutputs", "mediaconnect", "AddFlowOutputs"),
        ("createChannel", "medialive", "CreateChannel"),
        ("startChannel", "medialive", "StartChannel"),
        ("startChannel", "dynamodb", "UpdateItem"),
        ("awaitChannel", "dynamodb", "PutItem"),
        ("awaitChannel", "states", "SendTaskSuccess"),
        ("channelStateChanged", "states", "SendTaskSuccess"),
        ("settleSession", "dynamodb", "UpdateItem"),
    ],
)
def test_a_lambda_killed_after_its_call_is_repaired_and_nothing_is_made_twice(
    shows: Shows, function: str, service: str, operation: str
) -> None:
    fault = shows.stage.lambdas.faults.kill_after_call(function, service, operation)
    show = shows.ask()
    show.until("live")
    assert fault.hits
    assert shows.count() == ONE_OF_EACH
    show.ended()
    shows.nothing_left()


@pytest.mark.enumerated
@pytest.mark.parametrize("function", ["stopChannel", "deleteChannel", "removeFlowOutputs", "deleteInput", "finishEnd"])
def test_a_removal_whose_lambda_is_killed_at_its_end_is_repeated(shows: Shows, function: str) -> None:
    show = shows.ask()
    show.until("live")
    fault = shows.stage.lambdas.faults.kill_at_end(function)
    assert show.ended()["status"] == "ended"
    assert fault.hits
    shows.nothing_left()


def test_lost_events_cost_a_minute_each_and_not_the_show(shows: Shows) -> None:
    shows.stage.bus.lose(STATE_CHANGE, count=None)
    show = shows.ask()
    show.until("live")
    assert show.ended()["status"] == "ended"
    shows.nothing_left()


def test_repeated_events_change_nothing(shows: Shows) -> None:
    shows.stage.bus.repeat(STATE_CHANGE, times=3, seconds=20, count=None)
    show = shows.ask()
    show.until("live")
    assert show.path().count("Start channel") == 1
    shows.stage.clock.sleep(120)
    assert show.status == "live"
    show.ended()
    shows.nothing_left()


def test_late_events_from_an_earlier_state_change_nothing(shows: Shows) -> None:
    held = shows.stage.bus.hold(STATE_CHANGE, lambda event: event["detail"]["state"] == "CREATED")
    show = shows.ask()
    show.reaches("Await channel running")
    assert shows.stage.bus.release(held)
    channel = next(row for row in show.look()["resources"] if row["kind"] == "channel")
    stopped = {
        "channel_arn": channel["arn"],
        "state": "STOPPED",
        "message": "Stopped channel",
        "pipelines_running_count": 0,
    }
    shows.stage.bus.put("aws.medialive", STATE_CHANGE, stopped, [channel["arn"]])
    shows.stage.clock.sleep(5)
    assert show.path()[-1] == "Await channel running"
    show.until("live")
    shows.stage.bus.put("aws.medialive", STATE_CHANGE, stopped, [channel["arn"]])
    shows.stage.clock.sleep(60)
    assert show.status == "live"
    show.ended()
    shows.nothing_left()


def test_events_of_other_peoples_channels_and_of_no_shape_are_left_alone(shows: Shows) -> None:
    before = len(shows.stage.endpoint.calls("medialive"))
    for detail in ({"channel_arn": "arn:aws:medialive:eu-west-1:111122223333:channel:424242", "state": "RUNNING"}, {}):
        shows.stage.bus.put("aws.medialive", STATE_CHANGE, detail)
    shows.stage.clock.sleep(5)
    assert len(shows.stage.endpoint.calls("medialive")) == before
    assert not shows.stage.bus.dead_letters


def test_a_rejected_destination_rolls_back_alone(shows: Shows) -> None:
    shows.stage.simulator.reject_channel("*-bad", "audioDescriptions[0] is not what this service takes")
    show = shows.ask(destination("good"), destination("bad"), destination("fine"))
    live = show.until("live")
    assert show.destination("good")["status"] == show.destination("fine")["status"] == "broadcasting"
    bad = show.destination("bad")
    assert bad["status"] == "errored" and bad["error"]["name"] == "RejectedByService"
    assert "audioDescriptions[0] is not what this service takes" in bad["error"]["cause"]
    assert bad["error"]["remedy"] and bad["error"]["runbook"] == "docs/runbooks/RejectedByService.md"
    assert {row["state"] for row in live["resources"] if row["destination_id"] == "bad"} == {"deleted"}
    assert shows.count() == {"channel": 2, "input": 2, "flow_output": 2, "input_security_group": 1, "secret": 3}
    path = show.path()
    assert path.count("Report rollback") == 1 and path.count("Report live") == 2
    assert show.execution()["status"] == "SUCCEEDED"
    show.ended()
    shows.nothing_left()


def test_in_an_all_or_nothing_session_one_failure_keeps_all_off_the_air(shows: Shows) -> None:
    shows.stage.simulator.reject_channel("*-bad", "no")
    show = shows.ask(destination("good"), destination("bad"), on_destination_failure="abort")
    failed = show.until("failed")
    assert shows.calls("medialive", "StartChannel") == 0
    assert failed["ended_reason"] == "error" and failed["error"]["name"] == "RejectedByService"
    assert show.destination("good")["error"]["name"] == "SiblingFailed"
    assert show.execution()["status"] == "FAILED" and show.execution()["error"] == "RejectedByService"
    shows.nothing_left()


def test_an_all_or_nothing_session_goes_live_as_one(shows: Shows) -> None:
    show = shows.ask(destination("a"), destination("b"), destination("c"), on_destination_failure="abort")
    live = show.until("live")
    assert {one["status"] for one in live["destinations"]} == {"broadcasting"}
    show.ended()
    shows.nothing_left()


def test_a_session_all_of_whose_destinations_fail_has_failed(shows: Shows) -> None:
    shows.stage.simulator.reject_channel("*", "no")
    show = shows.ask(destination("a"), destination("b"))
    assert show.until("failed")["error"]["name"] == "RejectedByService"
    shows.nothing_left()


@pytest.mark.parametrize(("on", "error"), [("create", "ChannelCreateFailed"), ("start", "ChannelStartFailed")])
def test_a_channel_that_fails_by_itself_is_removed_with_its_reason(shows: Shows, on: Any, error: str) -> None:
    shows.stage.simulator.fail_channel("*-bad", on=on)
    show = shows.ask(destination("good"), destination("bad"))
    show.until("live")
    assert show.destination("bad")["error"]["name"] == error
    assert shows.count()["channel"] == 1
    show.ended()
    shows.nothing_left()


@pytest.mark.parametrize("state", ["CREATING", "STARTING"])
def test_a_channel_that_sticks_is_given_up_after_its_deadline(shows: Shows, state: Any) -> None:
    shows.stage.simulator.stick_channel("*-bad", state)
    show = shows.ask(destination("good"), destination("bad"))
    if state == "CREATING":
        shows.stage.wait(lambda: "Delete channel" in show.path(), 3600, every=20)
        shows.stage.simulator.release_channels()
    show.until("live", 7200)
    assert show.destination("bad")["error"]["name"] == "StepTimedOut"
    assert shows.count()["channel"] == 1
    show.ended()
    shows.nothing_left()


@pytest.mark.enumerated
@pytest.mark.parametrize(("service", "operation"), [*CREATES[2:], CREATES[0]])
@pytest.mark.parametrize("effect", ["before", "after"])
def test_a_delete_while_a_create_is_in_flight(shows: Shows, service: str, operation: str, effect: str) -> None:
    """The end is asked for while the call is under way: with its effect still to come, or done and not yet answered."""
    seconds = {"before": 6.0} if effect == "before" else {"after": 6.0}
    shows.stage.faults.delay(service, operation, **seconds)
    show = shows.ask()
    shows.stage.wait(lambda: call_under_way(shows, operation), every=0.25)
    shows.stage.clock.sleep(2)
    show.end()
    assert show.until("ended")["ended_reason"] == "requested"
    assert show.execution("provision")["status"] == "ABORTED"
    shows.nothing_left()


def call_under_way(shows: Shows, operation: str) -> bool:
    """Whether the function that makes the call is at work."""
    function = {"CreateInputSecurityGroup": "admitSource"}.get(operation, operation[0].lower() + operation[1:])
    return any(one.function.key == function and one.ended is None for one in shows.stage.lambdas.invocations)


@pytest.mark.enumerated
@pytest.mark.parametrize(
    "function",
    ["planSession", "admitSource", "createInput", "createChannel", "awaitChannel", "startChannel", "reportChannel"],
)
def test_a_delete_at_any_step_leaves_nothing(shows: Shows, function: str) -> None:
    show = shows.ask(destination("a"), destination("b"))
    shows.stage.wait(lambda: function in {one.function.key for one in shows.stage.lambdas.invocations}, every=0.25)
    show.end()
    assert show.until("ended")["ended_reason"] == "requested"
    shows.nothing_left()


def test_what_cannot_be_deleted_is_named_and_the_next_end_removes_it(shows: Shows) -> None:
    show = shows.ask()
    show.until("live")
    fault = shows.stage.faults.reject("medialive", "DeleteInput", 400, "BadRequestException", "not today", count=None)
    incomplete = show.ended()
    assert incomplete["status"] == "cleanup_incomplete"
    assert incomplete["error"]["name"] == "CleanupIncomplete" and "input" in incomplete["error"]["cause"]
    assert show.execution("end")["status"] == "FAILED" and show.execution("end")["error"] == "CleanupIncomplete"
    assert shows.count()["channel"] == 0 and shows.count()["input"] == 1 and shows.count()["flow_output"] == 0
    fault.cancel()
    assert show.ended()["status"] == "ended"
    shows.nothing_left()


@pytest.mark.enumerated
@pytest.mark.parametrize(("service", "operation"), DELETES[:-1])
def test_a_removal_step_that_always_fails_does_not_keep_the_others_from_running(
    shows: Shows, service: str, operation: str
) -> None:
    show = shows.ask()
    show.until("live")
    fault = shows.stage.faults.reject(service, operation, 403, "ForbiddenException", "never", count=None)
    assert show.ended()["status"] == "cleanup_incomplete"
    assert {"Release source", "Delete secrets", "Finish end"} <= set(show.path("end"))
    fault.cancel()
    assert show.ended()["status"] == "ended"
    shows.nothing_left()


def test_a_security_group_that_could_not_be_deleted_goes_with_the_next_session(shows: Shows) -> None:
    """The group is the stage's, admits nothing without an input, and costs nothing: it holds no session's end up."""
    fault = shows.stage.faults.reject(
        "medialive", "DeleteInputSecurityGroup", 403, "ForbiddenException", "no", count=None
    )
    show = shows.ask()
    show.until("live")
    assert show.ended()["status"] == "ended"
    assert shows.count() == {"input_security_group": 1}
    fault.cancel()
    again = shows.ask()
    again.until("live")
    again.ended()
    shows.nothing_left()


def test_an_execution_never_holds_more_than_ids(shows: Shows) -> None:
    show = shows.ask(destination("a"), destination("b"))
    show.until("live")
    histories = json.dumps([shows.stage.history(one["executionArn"]) for one in shows.stage.executions()], default=str)
    assert "rtmp" not in histories and "example.net" not in histories
    show.ended()
    shows.nothing_left()
