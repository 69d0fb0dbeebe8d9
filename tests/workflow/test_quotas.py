"""Quotas through the API: a place is given once, a refusal says what helps, and what is reserved is given back."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest

from infra.local.calls import Call
from infra.local.invocation import current
from shared.gateways import reservations
from shared.runtime import clock
from shared.runtime.admission import release_forgotten
from tests.show import KEY, Show, Shows, destination

HOST = {
    "source": {"type": "rtmp", "allowed_cidrs": ["203.0.113.7/32"]},
    "destinations": [{"platform": "youtube", "stream_key": KEY}],
}


def refused(shows: Shows, *destinations: dict[str, Any], **changes: Any) -> str:
    """What the API says of a request that does not fit."""
    status, _, problem = shows.stage.request("POST", "/sessions", shows.spec(*destinations, **changes))
    assert (status, problem["name"]) == (409, "QuotaExceeded"), problem
    return str(problem["detail"])


def reserved() -> dict[str, int]:
    """Channels by session; the sums must be theirs."""
    row = reservations.read()
    assert row.push_inputs == sum(one.push_inputs for one in row.held.values())
    assert row.channels == sum(one.channels for one in row.held.values())
    assert sum(row.outputs.values()) == sum(one.flow_outputs for one in row.held.values())
    return {session: one.channels for session, one in row.held.items()}


def foreign_input(shows: Shows, **more: Any) -> str:
    medialive = shows.stage.client("medialive")
    group = medialive.create_input_security_group(WhitelistRules=[{"Cidr": "203.0.113.9/32"}])["SecurityGroup"]["Id"]
    made = medialive.create_input(Name="theirs", Type="RTP_PUSH", InputSecurityGroups=[group], **more)
    return str(made["Input"]["Id"])


def asked_by_the_api(_: Call) -> bool:
    here = current()
    return here is not None and here.function.key == "api"


def service_quotas_refuses(shows: Shows) -> None:
    shows.stage.faults.reject("servicequotas", "*", 400, "AccessDeniedException", "no", count=None)


# Admission


def test_two_callers_at_once_for_the_last_place_and_exactly_one_gets_it(shows: Shows) -> None:
    first = shows.ask(*(destination(f"d{number}") for number in range(4)))
    first.until("live")
    answers: list[tuple[int, Any]] = []

    def ask(name: str) -> Callable[[], None]:
        def asking() -> None:
            status, _, answer = shows.stage.request("POST", "/sessions", shows.spec(destination(name)))
            answers.append((status, answer))

        return asking

    shows.stage.faults.delay(
        "medialive", "ListInputs", after=0.2, count=None
    )  # both have looked before either reserves
    callers = [shows.stage.clock.thread(ask(name)) for name in ("e", "f")]
    for caller in callers:
        caller.join()
    [(_, got)] = [one for one in answers if one[0] == 202]
    [(status, problem)] = [one for one in answers if one[0] != 202]
    assert (status, problem["name"]) == (409, "QuotaExceeded")
    assert f"1 by session {got['session_id']}" in problem["detail"]
    assert f"4 by session {first.id}" in problem["detail"]
    assert reserved() == {first.id: 4, got["session_id"]: 1}
    shows.stage.settle()
    assert Show(shows.stage, got).status == "live"


def test_what_a_session_has_made_of_what_it_reserved_counts_once(shows: Shows) -> None:
    first = shows.ask(destination("a"), destination("b"), destination("c"))
    first.until("live")
    second = shows.ask(destination("d"), destination("e"))
    second.until("live")
    assert reserved() == {first.id: 3, second.id: 2}
    assert "5 allowed, 5 in use or reserved" in refused(shows)


def test_a_refusal_says_who_uses_what_what_could_go_and_where_to_ask(shows: Shows) -> None:
    ended = shows.ask(destination("gone"))
    ended.ended()
    theirs = foreign_input(shows)
    left = foreign_input(shows, Tags={"onair:stage": "dev", "onair:session": ended.id})
    others = foreign_input(shows, Tags={"onair:stage": "other", "onair:session": "s-000000000000"})
    running = shows.ask(destination("a"))
    running.until("live")
    said = refused(shows, destination("b"), destination("c"))
    assert said.startswith("push inputs of this region: 2 needed, 5 allowed, 4 in use or reserved (")
    assert f"1 by session {running.id}" in said and f"1 by session {ended.id}" in said
    assert f"2 not OnAir's: {theirs}, {others}" in said
    assert f"nobody uses, and could be deleted: {theirs}, {left}, {others}; " in said
    assert said.endswith("ask for more under Service Quotas, AWS Elemental MediaLive, Push Inputs")
    assert "channels" not in said and "outputs" not in said


def test_a_flow_that_is_full_is_told_by_itself(shows: Shows) -> None:
    shows.allow(20)
    shows.stage.simulator.settings.quotas.flow_outputs = 2
    first = shows.ask(destination("a"))
    assert (
        refused(shows, destination("b"), destination("c"))
        == f"outputs of this flow: 2 needed, 2 allowed, 1 in use or reserved (1 by session {first.id}); "
        "AWS raises this one for nobody (AWS Elemental MediaConnect): take another flow"
    )
    shows.flow = shows.stage.simulator.seed_flow(name="another")
    shows.ask(destination("b"), destination("c"))


def test_a_host_session_takes_no_output_of_any_flow(shows: Shows) -> None:
    shows.stage.simulator.settings.quotas.flow_outputs = 0
    show = shows.post({**shows.spec(), **HOST})
    assert reserved() == {show.id: 1} and reservations.read().outputs == {}


# What is allowed


def test_what_service_quotas_says_counts_more_than_the_settings(shows: Shows) -> None:
    shows.allow(6)
    shows.ask(*(destination(f"d{number}") for number in range(6)))
    assert "1 needed, 6 allowed, 6 in use or reserved" in refused(shows)
    assert shows.calls("servicequotas", "ListServiceQuotas") == 2, "once for each service, and then it is known"


def test_the_settings_count_where_service_quotas_refuses(shows: Shows) -> None:
    service_quotas_refuses(shows)
    shows.allow(6)
    said = refused(shows, *(destination(f"d{number}") for number in range(6)))
    assert "6 needed, 5 allowed, 0 in use or reserved (none)" in said


def test_service_quotas_is_asked_again_after_an_hour(shows: Shows) -> None:
    shows.ask(provision=False)
    refused(shows, *(destination(f"d{number}") for number in range(6)))
    shows.stage.simulator.settings.quotas.channels = shows.stage.simulator.settings.quotas.push_inputs = 6
    refused(shows, *(destination(f"d{number}") for number in range(6)))
    shows.stage.clock.sleep(3600)
    shows.ask(*(destination(f"d{number}") for number in range(6)))


# A session that is provisioned later


def test_a_session_without_channels_reserves_when_they_are_made(shows: Shows) -> None:
    later = shows.ask(destination("a"), destination("b"), provision=False)
    assert reserved() == {}
    other = shows.ask(*(destination(f"d{number}") for number in range(4)))
    before = later.look()
    status, _, problem = shows.stage.request("POST", f"/sessions/{later.id}/medialive")
    assert (status, problem["name"]) == (409, "QuotaExceeded")
    assert f"4 by session {other.id}" in problem["detail"]
    assert later.look() == before and reserved() == {other.id: 4}, "a refusal changes nothing"
    other.until("live")
    other.ended()
    assert shows.stage.request("POST", f"/sessions/{later.id}/medialive")[0] == 202
    assert reserved() == {later.id: 2}
    shows.stage.settle()
    assert shows.stage.request("POST", f"/sessions/{later.id}/medialive")[0] == 202
    assert reserved() == {later.id: 2}
    later.ended()
    assert reserved() == {}
    shows.nothing_left()


def test_what_was_reserved_for_an_operation_that_may_not_begin_is_given_back(shows: Shows) -> None:
    """Somebody ends the session between the look at the quotas and the claim."""
    show = shows.ask(provision=False)
    shows.stage.faults.delay("medialive", "ListChannels", after=2)
    answers: list[int] = []
    asking = shows.stage.clock.thread(
        lambda: answers.append(shows.stage.request("POST", f"/sessions/{show.id}/medialive")[0])
    )
    shows.stage.clock.sleep(1)
    show.end()
    asking.join()
    assert answers == [409] and reserved() == {}
    show.until("ended")
    assert reserved() == {}


# Who is throttled


def test_a_request_goes_on_by_what_it_knows_and_plan_session_looks(shows: Shows) -> None:
    for _ in range(4):
        foreign_input(shows)
    fault = shows.stage.faults.throttle("medialive", "ListInputs", when=asked_by_the_api, count=None)
    first = shows.ask(destination("a"))
    shows.stage.clock.sleep(0.01)
    second = shows.ask(destination("b"))
    assert fault.hits == 2
    shows.stage.settle()
    assert (first.status, second.status) == ("live", "failed"), "who came first stays"
    failed = second.look()
    assert failed["error"]["name"] == "QuotaExceeded" and f"1 by session {first.id}" in failed["error"]["cause"]
    assert second.path()[:2] == ["Plan session", "Abandon session"], "before anything was made"
    assert reserved() == {first.id: 1}
    assert shows.count()["input"] == 5


def test_a_throttled_request_is_still_refused_for_what_is_reserved(shows: Shows) -> None:
    first = shows.ask(*(destination(f"d{number}") for number in range(5)))
    shows.stage.faults.throttle("medialive", "*", count=None)
    shows.stage.clock.sleep(61)
    assert f"5 allowed, 5 in use or reserved (5 by session {first.id})" in refused(shows)


def test_what_was_seen_a_moment_ago_is_not_listed_again_and_refuses_nobody(shows: Shows) -> None:
    theirs = foreign_input(shows)
    first = shows.ask(destination("a"))
    lists = shows.calls("medialive", "ListInputs")
    second = shows.ask(*(destination(f"d{number}") for number in range(3)))
    assert shows.calls("medialive", "ListInputs") == lists
    shows.stage.clock.sleep(10)
    shows.stage.client("medialive").delete_input(InputId=theirs)
    shows.stage.clock.sleep(10)
    third = shows.ask(destination("e"))
    assert reserved() == {first.id: 1, second.id: 3, third.id: 1}


# What is given back, and when


def test_it_is_held_while_anything_is_left_and_given_back_when_it_is_gone(shows: Shows) -> None:
    show = shows.ask(destination("a"), destination("b"))
    show.until("live")
    fault = shows.stage.faults.reject("medialive", "DeleteInput", 403, "ForbiddenException", "no", count=None)
    assert show.ended()["status"] == "cleanup_incomplete"
    assert reserved() == {show.id: 2}
    fault.cancel()
    assert show.ended()["status"] == "ended"
    assert reserved() == {}


def test_it_is_given_back_by_a_session_that_never_came_up(shows: Shows) -> None:
    shows.flow = shows.stage.simulator.seed_flow(name="standing", status="STANDBY")
    show = shows.ask()
    show.until("failed")
    assert reserved() == {}


def test_an_end_that_is_killed_after_it_gave_back_gives_back_once(shows: Shows) -> None:
    kept = shows.ask(destination("a"), go_live=False)
    show = shows.ask(destination("b"), go_live=False)
    shows.stage.settle()
    shows.stage.lambdas.faults.kill_after_call("finishEnd", "dynamodb", "UpdateItem")
    assert show.ended()["status"] == "ended"
    assert reserved() == {kept.id: 1}


def test_a_request_that_can_not_be_written_down_reserves_nothing(shows: Shows) -> None:
    shows.stage.faults.throttle("dynamodb", "TransactWriteItems", count=3)
    assert shows.stage.request("POST", "/sessions", shows.spec())[0] == 503
    assert reserved() == {}


def test_what_a_dying_request_has_reserved_is_given_back_ten_minutes_later(shows: Shows) -> None:
    shows.stage.lambdas.faults.kill_after_call("api", "dynamodb", "UpdateItem")
    assert shows.stage.request("POST", "/sessions", shows.spec())[0] >= 500
    alive = shows.ask(destination("a"), go_live=False)
    [forgotten] = reserved().keys() - {alive.id}
    assert release_forgotten([alive.id], clock.now()) == ()
    shows.stage.clock.sleep(600)
    assert release_forgotten([alive.id], clock.now()) == (forgotten,)
    assert reserved() == {alive.id: 1}
    assert release_forgotten([], clock.now()) == (), "no list that misses a session takes its place away"


def test_what_was_reserved_for_a_provisioning_that_never_began_is_given_back_too(shows: Shows) -> None:
    show = shows.ask(provision=False)
    shows.stage.lambdas.faults.kill_after_call("api", "dynamodb", "UpdateItem")
    assert shows.stage.request("POST", f"/sessions/{show.id}/medialive")[0] >= 500
    assert reserved() == {show.id: 1}
    shows.stage.clock.sleep(600)
    assert release_forgotten([], clock.now()) == (show.id,)


def test_a_repeated_request_reserves_once(shows: Shows) -> None:
    headers = {"Idempotency-Key": "one"}
    shows.stage.lambdas.faults.kill_after_call("api", "ssm", "PutParameter")
    assert shows.stage.request("POST", "/sessions", shows.spec(), headers)[0] >= 500
    show = shows.post(shows.spec(), headers)
    show.until("live")
    assert shows.post(shows.spec(), headers).id == show.id
    assert reserved() == {show.id: 1}


@pytest.mark.parametrize("function", ["api", "planSession"])
def test_a_lost_answer_reserves_once(shows: Shows, function: str) -> None:
    if function == "planSession":
        shows.stage.lambdas.faults.kill_after_call("planSession", "dynamodb", "GetItem")
    shows.stage.faults.lose_answer("dynamodb", "UpdateItem")
    show = shows.ask()
    show.until("live")
    assert reserved() == {show.id: 1}


# What operators are told


def test_operators_are_told_who_has_how_much(shows: Shows) -> None:
    show = shows.ask(destination("a"), destination("b"))
    theirs = foreign_input(shows)
    show.until("live")
    before = len(shows.stage.endpoint.calls("medialive")) + len(shows.stage.endpoint.calls("mediaconnect"))
    status, _, answer = shows.stage.request("GET", "/quotas")
    after = len(shows.stage.endpoint.calls("medialive")) + len(shows.stage.endpoint.calls("mediaconnect"))
    assert status == 200 and after - before == 3, "a list of each kind, and the flow"
    told = {one["name"]: one for one in answer["quotas"]}
    assert {name: (one["used"], one["limit"], one["flow_arn"]) for name, one in told.items()} == {
        "channels": (2, 5, None),
        "push_inputs": (3, 5, None),
        "flow_outputs": (2, 50, shows.flow),
    }
    ours, foreign = told["push_inputs"]["by"]
    assert (ours["session_id"], ours["count"], len(ours["resource_ids"])) == (show.id, 2, 2)
    assert foreign == {"session_id": None, "count": 1, "resource_ids": [theirs]}
    assert "push inputs of this region: 3 needed, 5 allowed, 3 in use or reserved" in refused(
        shows, *(destination(name) for name in "cde")
    ), "it is counted as a request is"
    status, _, problem = shows.stage.request("GET", "/quotas", token=shows.stage.token_for("studio-1"))
    assert (status, problem["name"]) == (403, "OperatorsOnly")


def test_a_flow_that_is_gone_is_not_told(shows: Shows) -> None:
    show = shows.ask()
    show.until("live")
    show.ended()
    client = shows.stage.client("mediaconnect")
    client.stop_flow(FlowArn=shows.flow)
    shows.stage.clock.sleep(120)
    client.delete_flow(FlowArn=shows.flow)
    shows.stage.clock.sleep(300)
    status, _, answer = shows.stage.request("GET", "/quotas")
    assert (status, [one["name"] for one in answer["quotas"]]) == (200, ["channels", "push_inputs"])
    assert [one["by"] for one in answer["quotas"]] == [[], []]
