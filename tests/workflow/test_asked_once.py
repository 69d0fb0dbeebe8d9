"""Idempotency-Key on what is asked of a session: done once, answered alike, and a crash in between does no harm."""

from __future__ import annotations

from typing import Any

import pytest

from tests.show import Show, Shows

HOST = {"type": "rtmp", "allowed_cidrs": ["198.51.100.0/24"]}


@pytest.fixture
def show(shows: Shows) -> Show:
    """A host session that is idle."""
    spec = {"name": "With a host", "owner": "studio-1", "source": HOST, "destinations": [{"platform": "ivs"}]}
    show = shows.post(spec)
    show.until("idle")
    return show


def post(show: Show, path: str, body: Any = None, key: str = "one", **how: Any) -> tuple[int, Any]:
    headers = {"Idempotency-Key": key}
    status, _, answer = show.stage.request("POST", f"/sessions/{show.id}/{path}", body, headers, **how)
    return status, answer


def executions(show: Show, kind: str) -> list[str]:
    names = [str(one["name"]) for one in show.stage.executions()]
    return [name for name in names if name.startswith(show.id) and name.endswith(f"-{kind}")]


def test_a_repeated_start_starts_once_also_after_a_stop(show: Show) -> None:
    assert post(show, "streaming/start")[0] == 202
    show.until("live")
    assert post(show, "streaming/stop", key="two")[0] == 202
    show.until("idle")
    status, answer = post(show, "streaming/start")
    assert (status, answer["status"]) == (202, "idle"), "it was done, and undone since: it is not done again"
    assert len(executions(show, "start_streaming")) == 1


def test_a_repeated_recording_is_the_same_one_also_after_it_was_stopped(show: Show) -> None:
    post(show, "streaming/start")
    show.until("live")
    status, first = post(show, "recording/start")
    assert status == 202, first
    show.stage.clock.sleep(30)
    assert post(show, "recording/stop", key="two")[0] == 202
    show.stage.settle()
    assert post(show, "recording/start")[1]["recording_id"] == first["recording_id"]
    assert post(show, "recording/start", key="three")[1]["recording_id"] != first["recording_id"]
    assert post(show, "recording/stop", key="two")[1]["recording_id"] == first["recording_id"]


def test_another_body_is_refused(show: Show) -> None:
    assert post(show, "streaming/start", {"on_recording": "refuse"})[0] == 202
    status, problem = post(show, "streaming/start", {"on_recording": "finish"})
    assert (status, problem["name"]) == (409, "IdempotencyKeyReused")


def test_one_key_may_be_used_on_two_routes(show: Show) -> None:
    assert post(show, "streaming/start")[0] == 202
    show.until("live")
    status, answer = post(show, "streaming/stop")
    assert (status, answer["status"]) == (202, "stopping")


@pytest.mark.parametrize(
    "at", [("dynamodb", "PutItem"), ("dynamodb", "TransactWriteItems"), ("states", "StartExecution")]
)
def test_a_request_that_died_on_its_way_is_finished_by_its_repetition(show: Show, at: tuple[str, str]) -> None:
    show.stage.lambdas.faults.kill_after_call("api", *at)
    assert post(show, "streaming/start")[0] >= 500
    assert post(show, "streaming/start")[0] == 202
    show.until("live")
    assert len(executions(show, "start_streaming")) == 1


def test_what_was_refused_is_allowed_later_under_the_same_key(show: Show) -> None:
    post(show, "streaming/start", key="go")
    show.until("live")
    assert post(show, "recording/start", key="record")[0] == 202
    status, problem = post(show, "streaming/stop")
    assert (status, problem["name"]) == (409, "NotAllowedNow")
    assert "recording/stop" in problem["allowed"]
    assert post(show, "recording/stop", key="cut")[0] == 202
    assert post(show, "streaming/stop")[0] == 202


@pytest.mark.parametrize("body", [[], "text", {"on_recording": "maybe"}, {"on": "x"}], ids=str)
def test_a_body_that_is_none_is_refused_before_the_key_is_used(show: Show, body: Any) -> None:
    status, problem = post(show, "streaming/start", body)
    assert (status, problem["name"]) == (422, "InvalidRequest")
    assert post(show, "streaming/start", {"on_recording": "refuse"})[0] == 202


def test_where_the_encoder_pushes_to_is_told_to_the_owner_alone(show: Show) -> None:
    def told(token: str) -> tuple[int, Any]:
        status, _, answer = show.stage.request("GET", f"/sessions/{show.id}/ingest-endpoints", token=token)
        return status, answer.get("name") or [bool(one["stream_name"]) for one in answer["ingest_endpoints"]]

    assert told(show.stage.token_for("studio-1")) == (200, [True]), "the owner needs it"
    assert told(show.stage.token) == told(show.stage.token_for("chief", operator=True)) == (403, "NotYours")
    assert told(show.stage.token_for("studio-2")) == (404, "SessionNotFound")
