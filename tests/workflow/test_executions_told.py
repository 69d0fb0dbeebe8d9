"""Executions as the API tells them: what real executions of the real machines did, visit by visit."""

from __future__ import annotations

import json
from collections import Counter
from typing import Any

import pytest

from infra.local.calls import Call
from shared.domain.execution_graph import graph_of
from shared.domain.execution_path import path_of
from shared.gateways import executions
from shared.runtime import executions as runtime
from tests.host_show import ask_recorded_flow
from tests.show import KEY, Show, Shows, destination

Answer = dict[str, Any]
SHOWN = {"youtube", "twitch"}


def get(show: Show, path: str, **how: Any) -> tuple[int, Answer]:
    status, _, answer = show.stage.request("GET", f"/sessions/{show.id}{path}", **how)
    return status, answer


def listed(show: Show) -> list[Answer]:
    status, answer = get(show, "/executions")
    assert status == 200, answer
    assert answer["truncated"] is False
    return list(answer["executions"])


def told(show: Show, name: str) -> Answer:
    status, answer = get(show, f"/executions/{name}")
    assert status == 200, answer
    return answer


def path_to(show: Show, name: str, *fields: str) -> list[tuple[Any, ...]]:
    """What the visits of one destination say."""
    visits = told(show, f"{show.id}-1-provision")["visits"]
    return [tuple(one[each] for each in fields) for one in visits if one["item_label"] == name]


def visit(answer: Answer, state: str, label: str | None = None) -> Answer:
    [found] = [one for one in answer["visits"] if (one["state"], one["item_label"]) == (state, label)]
    return dict(found)


def creates_channel_of(name: str) -> Any:
    def of(call: Call) -> bool:
        return f"-{name}" in json.loads(call.body)["name"]

    return of


def test_a_clean_show_is_told_state_by_state(shows: Shows, monkeypatch: pytest.MonkeyPatch) -> None:
    show = shows.ask(destination("youtube"), destination("twitch"))
    show.until("live")
    [summary] = listed(show)
    name = f"{show.id}-1-provision"
    assert summary == {
        "execution": name,
        "arn": show.execution()["executionArn"],
        "machine": "provision_session",
        "status": "SUCCEEDED",
        "operation": 1,
        "recording_id": None,
        "requested_by": "local",
        "started_at": summary["started_at"],
        "stopped_at": summary["stopped_at"],
    }
    answer = told(show, name)
    assert {key: answer[key] for key in summary} == summary
    assert (answer["error"], answer["truncated"]) == (None, False)
    assert [one["state"] for one in answer["visits"]] == show.path(), "in the order in which they were entered"
    assert {one["status"] for one in answer["visits"]} == {"succeeded"}
    assert Counter(one["item_label"] for one in answer["visits"] if one["inside"]) == {"youtube": 10, "twitch": 10}
    assert all(summary["started_at"] <= one["entered_at"] <= one["left_at"] for one in answer["visits"])
    for one in answer["visits"]:
        states = answer["graph"]["states"]
        if one["inside"]:
            states = next(each for each in states if each["name"] == one["inside"])["graph"]["states"]
        state = next(each for each in states if each["name"] == one["state"])
        assert not state["compensation"]
        assert (one["left_to"] is None) == state["end"]
        assert one["left_to"] in {None, *(edge["to"] for edge in state["next"])}
    everything = json.dumps(answer)
    assert KEY not in everything and "rtmp" not in everything and "security_group_id" not in everything
    monkeypatch.setattr(executions, "_PAGES", 1)
    monkeypatch.setattr(executions, "_PAGE", 5)
    assert told(show, name)["truncated"], "it has more events than that"


def test_a_destination_that_is_refused_is_told_with_its_reason_and_what_undid_it(shows: Shows) -> None:
    show = shows.ask(destination("youtube"), destination("twitch"))
    shows.stage.faults.reject(
        "medialive",
        "CreateChannel",
        422,
        "UnprocessableEntityException",
        "no such codec",
        when=creates_channel_of("twitch"),
    )
    show.until("live")
    answer = told(show, f"{show.id}-1-provision")
    refused = visit(answer, "Create channel", "twitch")
    assert (refused["status"], refused["left_to"]) == ("caught", "Delete channel")
    assert refused["error"]["name"] == "RejectedByService"
    assert refused["error"]["cause"].startswith("AWS refused the request as it stands: CreateChannel of onair-")
    assert "no such codec. What to do: " in refused["error"]["cause"] and "File " not in refused["error"]["cause"]
    after = path_to(show, "twitch", "state", "status")
    assert after[after.index(("Create channel", "caught")) + 1 :] == [
        ("Delete channel", "succeeded"),
        ("Await channel deleted", "succeeded"),
        ("Remove flow outputs", "succeeded"),
        ("Delete input", "succeeded"),
        ("Delete IVS channel", "succeeded"),
        ("Report rollback", "succeeded"),
    ]
    assert path_to(show, "youtube", "state", "status")[-1] == ("Report live", "succeeded")
    assert (answer["status"], answer["error"]) == ("SUCCEEDED", None)


def test_attempts_that_were_throttled_are_told(shows: Shows) -> None:
    show = shows.ask()
    shows.stage.faults.throttle("medialive", "CreateChannel", count=2)
    show.until("live")
    made = visit(told(show, f"{show.id}-1-provision"), "Create channel", "main")
    assert (made["status"], made["error"], made["retry_count"]) == ("succeeded", None, 2)
    assert [one["error"] for one in made["retries"]] == ["Throttled", "Throttled"]
    assert made["entered_at"] <= made["retries"][0]["at"] < made["retries"][1]["at"] < made["left_at"]
    assert made["retries"][0]["cause"].startswith("AWS asked to slow down: CreateChannel of onair-")
    assert "stackTrace" not in made["retries"][0]["cause"]


def test_a_step_that_waits_says_for_which_channel_and_since_when(shows: Shows) -> None:
    durations = shows.stage.simulator.settings.durations
    durations.channel_start = type(durations.channel_start)(low=100, high=100)
    show = shows.ask(destination("youtube"))
    show.reaches("Await channel running")
    shows.stage.clock.sleep(40)  # its time-out and its retry: the token is another, and it still waits since then
    answer = told(show, f"{show.id}-1-provision")
    waits = visit(answer, "Await channel running", "youtube")
    [channel] = [one["id"] for one in show.look()["resources"] if one["kind"] == "channel"]
    assert (answer["status"], answer["stopped_at"]) == ("RUNNING", None)
    assert (waits["status"], waits["left_at"], waits["retry_count"]) == ("waiting", None, 1)
    assert waits["waits_for"] == {
        "channel_id": channel,
        "wanted": "running",
        "event": "MediaLive Channel State Change",
        "since": waits["entered_at"],
    }
    assert visit(answer, "Provision channels")["status"] == "running"
    assert "oken" not in json.dumps(answer["visits"])
    show.until("live")
    waited = visit(told(show, f"{show.id}-1-provision"), "Await channel running", "youtube")
    assert (waited["status"], waited["waits_for"], waited["left_to"]) == ("succeeded", None, "Report live")


def test_an_execution_that_was_stopped_says_what_it_was_stopped_at_and_by_whose_word(shows: Shows) -> None:
    show = shows.ask(destination("youtube"), destination("twitch"))
    show.reaches("Await channel created")
    shows.stage.client("stepfunctions").stop_execution(
        executionArn=show.execution()["executionArn"], error="ByHand", cause="the wrong show"
    )
    answer = told(show, f"{show.id}-1-provision")
    assert (answer["status"], answer["error"]) == ("ABORTED", {"name": "ByHand", "cause": "the wrong show"})
    open_ones = [one for one in answer["visits"] if one["status"] != "succeeded"]
    assert {one["status"] for one in open_ones} == {"aborted"}
    assert {one["left_at"] for one in open_ones} == {answer["stopped_at"]}
    assert {one["item_label"] for one in open_ones} == {None, *SHOWN}
    show.end()
    shows.stage.settle()
    assert [(one["machine"], one["status"], one["operation"]) for one in listed(show)] == [
        ("end_session", "SUCCEEDED", 2),
        ("provision_session", "ABORTED", 1),
    ]
    assert listed(show)[-1]["requested_by"] == "local", "its row tells the end's by now"


def test_an_execution_that_failed_says_why(shows: Shows) -> None:
    shows.flow = shows.stage.simulator.seed_flow(name="standing", status="STANDBY")
    show = shows.ask()
    show.until("failed")
    answer = told(show, f"{show.id}-1-provision")
    assert answer["status"] == "FAILED" and answer["error"]["name"] == "FlowNotActive"
    failed = visit(answer, "Session abandoned")
    assert (failed["status"], failed["error"], failed["left_to"]) == ("failed", answer["error"], None)
    caught = next(one for one in answer["visits"] if one["status"] == "caught")
    assert (caught["error"]["name"], caught["left_to"]) == ("FlowNotActive", "Abandon session")
    assert answer["error"]["cause"].startswith("The MediaConnect flow does not run: ")


def test_a_recordings_finalizing_is_told_beside_the_operations(shows: Shows, monkeypatch: pytest.MonkeyPatch) -> None:
    show = ask_recorded_flow(shows)
    show.until("live")
    shows.stage.clock.sleep(120)
    show.stop_recording()
    shows.stage.settle()
    found = {one["execution"]: one for one in listed(show)}
    name = f"{show.id}-r001-finalize_1"
    assert {one["machine"] for one in found.values()} == {
        "provision_session",
        "stop_recorder",
        "finalize_recording",
    }
    assert (found[name]["operation"], found[name]["recording_id"]) == (None, "r001")
    assert [found[each]["started_at"] for each in found] == sorted(
        (one["started_at"] for one in found.values()), reverse=True
    )
    answer = told(show, name)
    assert [one["state"] for one in answer["visits"]] == show.stage.path(answer["arn"])
    assert answer["visits"][-1]["state"] == "Recording ready"
    monkeypatch.setattr(runtime, "MOST_LISTED", 2)
    shorter = get(show, "/executions")[1]
    assert ([one["execution"] for one in shorter["executions"]], shorter["truncated"]) == ([*found][:2], True)


def test_a_destination_that_was_taken_off_has_its_execution_told(shows: Shows) -> None:
    show = shows.ask(destination("youtube"), destination("twitch"))
    show.until("live")
    [channel] = [one["id"] for one in show.look()["resources"] if one["key"] == "twitch/channel"]
    shows.stage.client("medialive").stop_channel(ChannelId=channel)
    shows.stage.clock.sleep(60)
    show.until("live")
    [removal] = [one for one in listed(show) if one["machine"] == "remove_destination"]
    assert (removal["status"], removal["operation"]) == ("SUCCEEDED", 1)
    assert visit(told(show, removal["execution"]), "Destination removed")["status"] == "succeeded"
    other = shows.ask(destination("other"), provision=False)
    assert get(other, f"/executions/{removal['execution']}")[0] == 404
    assert listed(other) == []


def test_what_was_claimed_and_never_started_and_what_is_not_kept_any_more(shows: Shows) -> None:
    show = shows.ask(go_live=False)
    show.until("idle")
    shows.stage.faults.reject("states", "StartExecution", 400, "AccessDeniedException", "no", count=None)
    assert shows.stage.request("POST", f"/sessions/{show.id}/streaming/start")[0] == 403
    newest, _ = listed(show)
    assert (newest["status"], newest["started_at"]) == ("NOT_STARTED", None)
    answer = told(show, f"{show.id}-2-start_streaming")
    assert (answer["status"], answer["visits"], answer["operation"]) == ("NOT_STARTED", [], 2)
    assert answer["graph"]["start_at"] == "Prepare start"
    shows.stage.clock.sleep(91 * 24 * 3600)
    assert told(show, f"{show.id}-2-start_streaming")["status"] == "GONE"


def test_what_is_not_the_callers_or_the_sessions_is_not_there(shows: Shows) -> None:
    show, other = shows.ask(go_live=False), shows.ask(destination("other"), go_live=False)
    shows.stage.settle()
    stranger = shows.stage.token_for("studio-2")
    for path in ("/executions", f"/executions/{show.id}-1-provision"):
        status, problem = get(show, path, token=stranger)
        assert (status, problem["name"]) == (404, "SessionNotFound")
        assert get(show, path, token=shows.stage.token_for("studio-1"))[0] == 200
    for name in (
        f"{other.id}-1-provision",
        f"{show.id}-2-provision",
        f"{show.id}-1-end",
        f"{show.id}-r001-finalize_1",
        f"{show.id}-1-remove-main-982000",
        f"{other.id}-1-remove-other-982000",
        "sweep-20260101T0000",
    ):
        status, problem = get(show, f"/executions/{name}")
        assert (status, problem["name"]) == (404, "ExecutionNotFound"), name


def test_a_real_history_without_its_beginning_tells_the_rest_the_same(shows: Shows) -> None:
    shows.stage.faults.reject(
        "medialive", "CreateChannel", 422, "UnprocessableEntityException", "no", when=creates_channel_of("twitch")
    )
    show = shows.ask(destination("youtube"), destination("twitch"))
    show.until("live")
    arn = show.execution()["executionArn"]
    events = list(executions.history(arn).events.values())
    definition = executions.definition(arn)
    assert definition is not None
    graph = graph_of(definition)
    whole = path_of(graph, events, None).visits
    for first in range(1, len(events) + 1, 5):
        read = [event for event in events if event["id"] >= first]
        visits = path_of(graph, read, None).visits
        entered = [one for one in visits if one.entered_at is not None]
        assert len(entered) == len([event for event in read if event["type"].endswith("StateEntered")])
        alike = {"item": None, "item_label": None}
        theirs = whole[len(whole) - len(entered) :]
        assert [one.model_copy(update=alike) for one in entered] == [one.model_copy(update=alike) for one in theirs]
        assert {one.item_label for one in entered if one.inside} <= SHOWN, "a state's input tells whose it is"
