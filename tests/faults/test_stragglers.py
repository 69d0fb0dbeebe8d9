"""Attacks by calls that come late and by functions that die: nothing stays behind that no live session owns."""

from __future__ import annotations

from collections.abc import Callable

import pytest

from infra.local.calls import Call
from infra.local.invocation import current
from infra.local.simulator.alternatives import Alternatives
from tests.show import Show, Shows, destination

LAGS = [
    {"list_lag": 8.0, "describe_lag": 8.0},
    {"deleted_resources": "not_found", "request_id_replay": "ignored", "list_lag": 8.0},
    {"request_id_replay": "refused", "flow_update": "exclusive", "security_group_update": "updating"},
    {"flow_update": "invisible", "delete_of_deleting": "conflict", "start_of_running": "ok", "stop_of_idle": "ok"},
]
CREATES = [
    ("admitSource", "medialive", "CreateInputSecurityGroup"),
    ("createInput", "medialive", "CreateInput"),
    ("addFlowOutputs", "mediaconnect", "AddFlowOutputs"),
    ("createChannel", "medialive", "CreateChannel"),
    ("startChannel", "medialive", "StartChannel"),
]
ONE_OF_EACH = {"channel": 1, "input": 1, "flow_output": 1, "input_security_group": 1, "secret": 1}


def by(function: str) -> Callable[[Call], bool]:
    """Calls that an invocation of this function makes."""

    def made_by(call: Call) -> bool:
        here = current()
        return here is not None and here.function.key == function

    return made_by


def begun(shows: Shows, function: str) -> Callable[[], bool]:
    return lambda: function in {one.function.key for one in shows.stage.lambdas.invocations}


# A create that is lost, killed or late, and a DELETE right behind it


@pytest.mark.enumerated
@pytest.mark.parametrize("alternatives", LAGS, ids=lambda each: "+".join(each))
@pytest.mark.parametrize(("function", "service", "operation"), CREATES)
def test_a_delete_behind_a_create_whose_function_was_killed(
    shows: Shows, function: str, service: str, operation: str, alternatives: dict[str, object]
) -> None:
    shows.stage.simulator.settings.alternatives = Alternatives(**alternatives)
    fault = shows.stage.lambdas.faults.kill_after_call(function, service, operation)
    show = shows.ask()
    shows.stage.wait(lambda: fault.hits and bool(shows.stage.endpoint.calls(service, operation)), every=0.25)
    show.end()
    show.until("ended")
    shows.nothing_left()


@pytest.mark.enumerated
@pytest.mark.parametrize("before", [12.0, 20.0, 24.0])
@pytest.mark.parametrize(("function", "service", "operation"), CREATES)
def test_a_delete_while_a_create_arrives_after_its_function_has_timed_out(
    shows: Shows, function: str, service: str, operation: str, before: float
) -> None:
    shows.stage.faults.delay(service, operation, before=before)
    show = shows.ask()
    shows.stage.wait(begun(shows, function), every=0.25)
    shows.stage.clock.sleep(1)
    show.end()
    show.until("ended")
    shows.stage.clock.sleep(60)
    shows.nothing_left()


@pytest.mark.enumerated
@pytest.mark.parametrize("alternatives", LAGS, ids=lambda each: "+".join(each))
@pytest.mark.parametrize(("function", "service", "operation"), CREATES)
def test_a_create_killed_twice_is_not_made_twice(
    shows: Shows, function: str, service: str, operation: str, alternatives: dict[str, object]
) -> None:
    shows.stage.simulator.settings.alternatives = Alternatives(**alternatives)
    shows.stage.lambdas.faults.kill_after_call(function, service, operation, count=2)
    show = shows.ask()
    show.until("live")
    assert shows.count() == ONE_OF_EACH
    show.ended()
    shows.nothing_left()


# The request that made the session, still at work when the session ends


def test_a_repeated_request_that_is_slow_stores_no_secret_behind_the_end(shows: Shows) -> None:
    """The first request died before the secrets; its repetition is overtaken by a DELETE."""
    stage, spec, headers = shows.stage, shows.spec(), {"Idempotency-Key": "one"}
    stage.lambdas.faults.kill_after_call("api", "dynamodb", "TransactWriteItems")
    assert stage.request("POST", "/sessions", spec, headers)[0] >= 500
    [listed] = stage.request("GET", "/sessions")[2]["sessions"]
    show = Show(stage, listed)
    stage.clock.sleep(120)
    stage.faults.delay("ssm", "PutParameter", before=8)
    repeated = stage.clock.thread(lambda: stage.request("POST", "/sessions", spec, headers))
    stage.clock.sleep(1)
    show.end()
    repeated.join()
    show.until("ended")
    shows.nothing_left()


def test_a_request_that_is_slow_stores_no_secret_behind_the_end(shows: Shows) -> None:
    stage = shows.stage
    stage.faults.delay("ssm", "PutParameter", before=15)
    asked = stage.clock.thread(lambda: stage.request("POST", "/sessions", shows.spec()))
    stage.clock.sleep(1)
    [listed] = stage.request("GET", "/sessions")[2]["sessions"]
    show = Show(stage, listed)
    show.end()
    asked.join()
    show.until("ended")
    shows.nothing_left()


# Security groups


def two_flows(shows: Shows) -> tuple[Show, Show]:
    """Two shows that are idle, each on a flow of its own, in one security group."""
    first = shows.ask(destination("a"), go_live=False)
    first.until("idle")
    shows.flow = shows.stage.simulator.seed_flow(name="second-flow")
    second = shows.ask(destination("b"), go_live=False)
    second.until("idle")
    assert rules(shows) == [2]
    return first, second


def rules(shows: Shows) -> list[int]:
    groups = shows.stage.client("medialive").list_input_security_groups()["InputSecurityGroups"]
    return [len(group["WhitelistRules"]) for group in groups]


@pytest.mark.enumerated
@pytest.mark.parametrize("fault", ["throttled", "answer lost", "lost before", "killed", "updating"])
def test_a_release_that_breaks_off_takes_its_rule_away_all_the_same(shows: Shows, fault: str) -> None:
    first, second = two_flows(shows)
    stage, call = shows.stage, ("medialive", "UpdateInputSecurityGroup")
    if fault == "updating":
        stage.simulator.settings.alternatives = Alternatives(security_group_update="updating")
    else:
        {
            "throttled": lambda: stage.faults.throttle(*call),
            "answer lost": lambda: stage.faults.lose_answer(*call),
            "lost before": lambda: stage.faults.lose(*call),
            "killed": lambda: stage.lambdas.faults.kill_after_call("releaseSource", "dynamodb", "PutItem", nth=2),
        }[fault]()
    assert first.ended()["status"] == "ended"
    assert rules(shows) == [1], "the ended session's address is still admitted"
    assert second.ended()["status"] == "ended"
    shows.nothing_left()


def test_a_release_that_may_not_update_the_group_is_not_called_clean(shows: Shows) -> None:
    first, _ = two_flows(shows)
    fault = shows.stage.faults.reject(
        "medialive", "UpdateInputSecurityGroup", 403, "ForbiddenException", "no", count=None
    )
    assert first.ended()["status"] == "cleanup_incomplete"
    fault.cancel()
    assert first.ended()["status"] == "ended"
    assert rules(shows) == [1]


def test_a_group_that_cannot_be_deleted_does_not_keep_the_rules_of_another_group(shows: Shows) -> None:
    """An empty group that is stuck is nobody's; a session in the second group still gets its rule taken away."""
    shows.allow(30)
    running = []
    for number in range(11):
        shows.flow = shows.stage.simulator.seed_flow(name=f"flow-{number}")
        running.append(shows.ask(destination("main"), go_live=False))
    for show in running:
        show.until("idle")
    shows.stage.faults.reject("medialive", "DeleteInputSecurityGroup", 403, "ForbiddenException", "no", count=None)
    for show in running[:10]:
        show.end()
    shows.stage.settle(7200)
    assert [show.status for show in running[:10]] == ["ended"] * 10
    assert running[10].ended()["status"] == "ended"


def test_ten_sessions_of_ten_flows_begin_and_end_at_once(shows: Shows) -> None:
    shows.allow(30)
    shows.stage.simulator.settings.alternatives = Alternatives(security_group_update="updating")
    running = []
    for number in range(10):
        shows.flow = shows.stage.simulator.seed_flow(name=f"flow-{number}")
        running.append(shows.ask(destination("main"), go_live=False))
    shows.stage.settle(7200)
    assert [show.status for show in running] == ["idle"] * 10
    assert rules(shows) == [10]
    for show in running:
        show.end()
    shows.stage.settle(7200)
    assert [show.status for show in running] == ["ended"] * 10
    shows.nothing_left()


@pytest.mark.parametrize("killed", ["admitSource", "releaseSource"])
def test_a_lock_left_by_a_killed_holder_holds_up_the_next_but_not_for_good(shows: Shows, killed: str) -> None:
    first, second = two_flows(shows)
    fault = shows.stage.lambdas.faults.kill_after_call(killed, "medialive", "UpdateInputSecurityGroup")
    shows.flow = shows.stage.simulator.seed_flow(name="third-flow")
    third = shows.ask(destination("c"), go_live=False)
    first.end()
    shows.stage.settle()
    assert fault.hits
    assert (first.status, second.status, third.status) == ("ended", "idle", "idle")
    assert rules(shows) == [2]
    second.end()
    third.end()
    shows.stage.settle()
    shows.nothing_left()


def test_two_sessions_on_one_flow_while_one_ends(shows: Shows) -> None:
    first = shows.ask(destination("a"))
    first.until("live")
    first.end()
    second = shows.ask(destination("b"))
    shows.stage.settle()
    assert (first.status, second.status) == ("ended", "live")
    assert rules(shows) == [1]
    assert shows.count() == ONE_OF_EACH
    second.ended()
    shows.nothing_left()


# Time and patience


@pytest.mark.enumerated
@pytest.mark.parametrize(
    ("service", "operation"),
    [
        ("medialive", "CreateInput"),
        ("medialive", "CreateChannel"),
        ("mediaconnect", "AddFlowOutputs"),
        ("medialive", "StartChannel"),
        ("medialive", "CreateInputSecurityGroup"),
    ],
)
def test_a_create_that_is_throttled_for_a_minute_is_made_after_it(shows: Shows, service: str, operation: str) -> None:
    clock = shows.stage.clock
    begun_at = clock.time()
    fault = shows.stage.faults.throttle(service, operation, when=lambda _: clock.time() < begun_at + 60, count=None)
    show = shows.ask()
    shows.stage.settle()
    assert fault.hits
    assert show.status == "live", show.destination("main")["error"]
    assert shows.count() == ONE_OF_EACH
    show.ended()
    shows.nothing_left()


def test_everything_throttled_for_a_minute_while_a_session_ends(shows: Shows) -> None:
    show = shows.ask()
    show.until("live")
    clock = shows.stage.clock
    begun_at = clock.time()
    for service in ("medialive", "mediaconnect"):
        shows.stage.faults.throttle(service, "*", when=lambda _: clock.time() < begun_at + 60, count=None)
    assert show.ended()["status"] == "ended"
    shows.nothing_left()


def test_the_slowest_start_and_the_slowest_stop_are_waited_for(shows: Shows) -> None:
    durations = shows.stage.simulator.settings.durations
    slow = type(durations.channel_start)(low=600, high=600)
    durations.channel_start = durations.channel_stop = slow
    show = shows.ask()
    show.until("live", 7200)
    show.end()
    show.until("ended", 7200)
    shows.nothing_left()


def test_a_quota_that_another_took_meanwhile_is_told_with_its_remedy(shows: Shows) -> None:
    """The service's code is the one of throttling, and nobody decides by its text (facts §3): the words say it."""
    shows.stage.faults.reject("servicequotas", "*", 400, "AccessDeniedException", count=None)
    shows.stage.simulator.settings.quotas.push_inputs = 0
    show = shows.ask()
    shows.stage.settle()
    failed = show.look()
    assert failed["status"] == "failed"
    assert "Too many push inputs" in failed["error"]["cause"]
    assert "Service Quotas" in failed["error"]["remedy"]
    shows.nothing_left()


def test_a_deadline_that_passed_is_called_so(shows: Shows) -> None:
    """``NotReady`` tells an operator that there is nothing to do, but the destination has been given up."""
    shows.stage.faults.reject("mediaconnect", "AddFlowOutputs", 429, "TooManyRequestsException", "slow", count=None)
    show = shows.ask()
    shows.stage.settle()
    error = show.look()["error"]
    assert not error["remedy"].startswith("Nothing to do"), error


def test_an_all_or_nothing_session_names_the_destination_that_failed(shows: Shows) -> None:
    shows.stage.simulator.stick_channel("*-zbad", "CREATING")
    show = shows.ask(destination("agood"), destination("zbad"), on_destination_failure="abort")
    shows.stage.wait(lambda: "Report rollback" in show.path(), 7200, every=30)
    shows.stage.simulator.release_channels()
    shows.stage.settle(14400)
    assert show.look()["error"]["name"] == "StepTimedOut", show.look()["error"]
    assert show.destination("agood")["error"]["name"] == "SiblingFailed", show.destination("agood")["error"]


def test_a_channel_that_somebody_starts_again_while_it_is_removed_is_stopped(shows: Shows) -> None:
    """Somebody, or a call that took very long, starts the channel between Stop channel and Delete channel."""
    show = shows.ask(go_live=False)
    show.until("idle")
    channel = next(row["id"] for row in show.look()["resources"] if row["kind"] == "channel")
    shows.stage.faults.delay("medialive", "DescribeChannel", after=2, when=by("stopChannel"))
    show.end()
    shows.stage.wait(begun(shows, "stopChannel"), every=0.5)
    shows.stage.client("medialive").start_channel(ChannelId=channel)
    show.until("ended", 7200)
    shows.nothing_left()
