"""What the API answers: one clear answer to bad input, nothing made by it, and the same answer to the same request."""

from __future__ import annotations

from tests.show import KEY, Show, Shows, destination


def test_every_fault_of_a_request_is_named_with_its_field_and_nothing_is_made(shows: Shows) -> None:
    spec = shows.spec(
        destination("a", url="http://x.example.net/live"),
        {"platform": "facebook", "stream_key": KEY, "channel_class": "STANDARD"},
        destination("a", profile="4k"),
        owner="",
    )
    status, headers, problem = shows.stage.request("POST", "/sessions", spec)
    assert status == 422 and headers["content-type"].startswith("application/problem+json")
    assert problem["name"] == "InvalidRequest" and problem["remedy"]
    assert {fault["field"] for fault in problem["errors"]} == {
        "owner",
        "destinations.0.url",
        "destinations.1.channel_class",
        "destinations.2.profile",
        "destinations.2.id",
    }
    assert not shows.count() and not shows.items() and not shows.stage.executions()


def test_a_body_that_is_no_json_and_one_that_is_no_object(shows: Shows) -> None:
    for body in (b"{not json", b"[]", b'"text"', b"", b"null"):
        status, headers, problem = shows.stage.request("POST", "/sessions", body, {"content-type": "application/json"})
        assert (status, problem["name"]) == (422, "InvalidRequest"), body
        assert headers["content-type"].startswith("application/problem+json")
    assert not shows.items()


def test_a_session_that_is_not_there(shows: Shows) -> None:
    for method in ("GET", "DELETE"):
        status, _, problem = shows.stage.request(method, "/sessions/s-none")
        assert (status, problem["name"]) == (404, "SessionNotFound")


def test_a_foreign_cursor_and_a_wrong_filter(shows: Shows) -> None:
    for query in ({"cursor": "nonsense"}, {"status": "asleep"}, {"limit": "0"}, {"limit": "many"}, {"cursor": "WzFd"}):
        status, _, problem = shows.stage.request("GET", "/sessions", query=query)
        assert (status, problem["name"]) == (422, "InvalidRequest"), query
        assert [fault["field"] for fault in problem["errors"]] == list(query)


def test_a_quota_that_does_not_suffice_is_named_with_its_users(shows: Shows) -> None:
    first = shows.ask(destination("a"), destination("b"), destination("c"))
    first.until("live")
    before = shows.count()
    status, _, problem = shows.stage.request(
        "POST", "/sessions", shows.spec(destination("d"), destination("e"), destination("f"))
    )
    assert (status, problem["name"]) == (409, "QuotaExceeded")
    assert "push inputs of this region: 3 needed, 5 allowed, 3 in use" in problem["detail"]
    assert f"3 by session {first.id}" in problem["detail"]
    assert "Service Quotas" in problem["detail"]
    assert shows.count() == before and len(shows.stage.executions()) == 1


def test_a_flow_that_is_not_there_or_does_not_run(shows: Shows) -> None:
    spec = shows.spec(source={"type": "flow", "flow_arn": shows.flow.replace("main-stage", "other")})
    status, _, problem = shows.stage.request("POST", "/sessions", spec)
    assert (status, problem["name"]) == (422, "FlowNotFound")

    shows.flow = shows.stage.simulator.seed_flow(name="standing", status="STANDBY")
    show = shows.ask()
    shows.stage.settle()
    failed = show.look()
    assert failed["status"] == "failed" and failed["error"]["name"] == "FlowNotActive"
    shows.nothing_left()


def test_the_same_key_and_body_give_the_same_session(shows: Shows) -> None:
    spec, headers = shows.spec(), {"Idempotency-Key": "one"}
    first, again = shows.post(spec, headers), shows.post(spec, headers)
    assert first.id == again.id
    assert len(shows.stage.executions()) == 1
    status, _, problem = shows.stage.request("POST", "/sessions", {**spec, "name": "Another"}, headers)
    assert (status, problem["name"]) == (409, "IdempotencyKeyReused")
    other = shows.post({**spec, "owner": "studio-2"}, headers)
    assert other.id != first.id
    shows.stage.clock.sleep(25 * 3600)
    assert shows.post(spec, headers).id != first.id


def test_a_request_that_died_half_way_is_finished_by_the_same_request(shows: Shows) -> None:
    for at in (("dynamodb", "TransactWriteItems"), ("ssm", "PutParameter"), ("states", "StartExecution")):
        spec, headers = shows.spec(), {"Idempotency-Key": f"after {at}"}
        shows.stage.lambdas.faults.kill_after_call("api", *at)
        status, _, _ = shows.stage.request("POST", "/sessions", spec, headers)
        assert status >= 500, at
        show = shows.post(spec, headers)
        show.until("live")
        assert len([one for one in shows.stage.executions() if one["name"].startswith(show.id)]) == 1
        show.ended()
        shows.nothing_left()


def test_a_request_whose_secrets_cannot_be_stored_leaves_nothing(shows: Shows) -> None:
    shows.stage.faults.reject("ssm", "PutParameter", 400, "AccessDeniedException", "no", skip=1)
    status, _, problem = shows.stage.request("POST", "/sessions", shows.spec(destination("a"), destination("b")))
    assert (status, problem["name"]) == (403, "NotPermitted")
    shows.stage.settle()
    shows.nothing_left()
    [listed] = shows.stage.request("GET", "/sessions")[2]["sessions"]
    assert Show(shows.stage, listed).look()["status"] == "failed"


def test_deleting_twice_is_one_ending(shows: Shows) -> None:
    show = shows.ask()
    show.until("live")
    first, second = show.end(), show.end()
    assert first["operation"] == second["operation"] and first["operation"]["kind"] == "end"
    shows.stage.settle()
    assert show.status == "ended"
    assert show.end()["status"] == "ended"
    assert len(shows.stage.executions()) == 2
    shows.nothing_left()


def test_an_end_that_was_claimed_but_not_started_is_started_by_the_next_delete(shows: Shows) -> None:
    show = shows.ask()
    show.until("live")
    shows.stage.lambdas.faults.kill_after_call("api", "dynamodb", "UpdateItem")
    assert shows.stage.request("DELETE", f"/sessions/{show.id}")[0] >= 500
    assert show.status == "ending" and len(shows.stage.executions()) == 1
    assert show.ended()["status"] == "ended"
    shows.nothing_left()
