"""When something of a show stops, or runs, without being asked: told by its event, or found by the sweep."""

from __future__ import annotations

import json

import pytest

from shared.domain import sweep_turns
from tests.host_show import ask_host, ask_recorded_flow, ends_clean
from tests.show import Show, Shows, destination

CHANNEL_CHANGE = "MediaLive Channel State Change"


def told(shows: Shows, how: str) -> None:
    """Somebody hears of it: by its event, or because the sweep looks."""
    if how == "by the sweep":
        shows.sweep(2)
    shows.stage.clock.sleep(5)
    shows.stage.settle()


def deaf(shows: Shows, how: str) -> None:
    if how == "by the sweep":
        shows.stage.bus.lose(CHANNEL_CHANGE, count=None)


hears = pytest.mark.parametrize("how", ["by its event", "by the sweep"])


def channel_of(show: Show, name: str) -> str:
    return str(next(one["id"] for one in show.look()["resources"] if one["key"] == f"{name}/channel"))


def stop(shows: Shows, channel_id: str, and_delete: bool = False) -> None:
    """Somebody stops a channel in the console."""
    client = shows.stage.client("medialive")
    client.stop_channel(ChannelId=channel_id)
    over = ("IDLE", "DELETING", "DELETED")  # OnAir may be faster
    shows.stage.wait(lambda: client.describe_channel(ChannelId=channel_id)["State"] in over, timeout=1200)
    if and_delete:
        client.delete_channel(ChannelId=channel_id)
        shows.stage.clock.sleep(60)


@hears
def test_a_destination_that_is_stopped_is_removed_and_the_others_stay_on_the_air(shows: Shows, how: str) -> None:
    show = shows.ask(destination("a"), destination("b"))
    show.until("live")
    deaf(shows, how)
    stop(shows, channel_of(show, "a"))
    told(shows, how)
    live = show.until("live")
    gone = show.destination("a")
    assert gone["status"] == "errored" and gone["error"]["name"] == "ChannelStopped", gone
    assert show.destination("b")["status"] == "broadcasting"
    assert {row["state"] for row in live["resources"] if row["destination_id"] == "a"} == {"deleted"}
    assert shows.count() == {"channel": 1, "input": 1, "flow_output": 1, "input_security_group": 1, "secret": 2}
    assert len([one for one in shows.stage.executions() if "-remove-" in one["name"]]) == 1
    assert show.ended()["status"] == "ended"
    shows.nothing_left()


def test_a_removal_that_was_aborted_is_begun_again(shows: Shows) -> None:
    show = shows.ask(destination("a"), destination("b"))
    show.until("live")
    shows.stage.client("medialive").stop_channel(ChannelId=channel_of(show, "a"))

    def removing() -> str | None:
        found = [one["executionArn"] for one in shows.stage.executions() if "-remove-" in one["name"]]
        return found[0] if found and "Delete channel" in shows.stage.path(found[0]) else None

    shows.stage.client("stepfunctions").stop_execution(executionArn=shows.stage.wait(removing))
    shows.sweep(7)
    live = show.until("live")
    assert {row["state"] for row in live["resources"] if row["destination_id"] == "a"} == {"deleted"}
    assert show.destination("a")["error"]["name"] == "ChannelStopped"
    assert show.ended()["status"] == "ended"
    shows.nothing_left()


@pytest.mark.parametrize(("how", "and_delete"), [("by its event", False), ("by the sweep", True)])
def test_a_flow_session_is_ended_with_its_last_channel(shows: Shows, how: str, and_delete: bool) -> None:
    show = shows.ask()
    show.until("live")
    deaf(shows, how)
    stop(shows, channel_of(show, "main"), and_delete)
    told(shows, how)
    over = show.until("ended")
    assert over["ended_reason"] == "error", over
    assert over["error"]["name"] in ("ChannelStopped", "ChannelLost"), over
    shows.nothing_left()


@hears
def test_a_host_session_whose_channel_is_stopped_is_idle_again_and_can_go_on_air_again(shows: Shows, how: str) -> None:
    show = ask_host(shows)
    show.start()
    show.until("live")
    show.record()
    show.passes(20)
    deaf(shows, how)
    stop(shows, channel_of(show, "ivs"))
    told(shows, how)
    idle = show.until("idle")
    assert idle["error"]["name"] == "ChannelStopped" and idle["desired_status"] == "idle"
    assert idle["recording"] is None and show.recording(1)["status"] == "ready"
    show.start()
    assert show.until("live")["error"] is None
    ends_clean(shows, show)


@pytest.mark.parametrize("how", ["by the sweep"])
def test_a_channel_that_somebody_starts_in_an_idle_session_is_stopped(shows: Shows, how: str) -> None:
    show = ask_host(shows)
    deaf(shows, how)
    shows.stage.client("medialive").start_channel(ChannelId=channel_of(show, "ivs"))
    shows.stage.clock.sleep(700)
    told(shows, how)
    assert show.until("idle")["error"] is None
    assert show.state() == "IDLE"
    ends_clean(shows, show)


@pytest.mark.parametrize("how", ["by the sweep"])
def test_a_recorder_that_is_stopped_closes_its_recording_and_the_show_goes_on(shows: Shows, how: str) -> None:
    show = ask_recorded_flow(shows)
    show.until("live")
    show.passes(20)
    deaf(shows, how)
    stop(shows, channel_of(show, "recorder"))
    told(shows, how)
    live = show.until("live")
    assert live["error"]["name"] == "ChannelStopped" and live["recording"] is None
    assert show.recording(1)["status"] == "ready"
    assert len(show.runs("main")) == 1 and show.runs("main")[0].end is None
    ends_clean(shows, show)


def test_events_of_a_healthy_show_decide_nothing(shows: Shows) -> None:
    show = shows.ask(destination("a"), destination("b"))
    show.until("live")
    before = len(shows.stage.executions())
    arn = next(row["arn"] for row in show.look()["resources"] if row["key"] == "a/channel")
    for state in ("STOPPED", "DELETED", "RUNNING", "CREATED", "SOMETHING_NEW"):
        detail = {"channel_arn": arn, "state": state, "message": "late", "pipelines_running_count": 0}
        shows.stage.bus.put("aws.medialive", CHANNEL_CHANGE, detail, [arn])
    shows.stage.clock.sleep(60)
    shows.sweep(3)
    assert show.status == "live"
    started = [one["name"] for one in shows.stage.executions()][before:]
    assert all(name.startswith("sweep-") for name in started), started
    assert show.ended()["status"] == "ended"
    shows.nothing_left()


def test_lists_that_are_old_by_now_change_nothing_of_a_show(shows: Shows) -> None:
    show = ask_host(shows)
    show.start()
    show.publish()
    show.until("live")
    before = show.view()
    assert [run.stopped_at for run in before.runs] == [None]
    old = {"session_id": show.id, "channels": {show.channel(): "IDLE"}, "streams": [], "dry_run": False}
    answer = shows.stage.lambdas.invoke("reconcileSession", json.dumps(old).encode()).value()
    assert answer["action"] == "nothing", answer
    assert show.view().runs == before.runs and show.view().destinations == before.destinations
    ends_clean(shows, show)


def test_a_claim_that_was_never_started_is_started_by_the_sweep(shows: Shows) -> None:
    show = shows.ask()
    show.until("live")
    shows.stage.lambdas.faults.kill_after_call("api", "dynamodb", "UpdateItem")
    assert shows.stage.request("DELETE", f"/sessions/{show.id}")[0] >= 500
    shows.sweep()
    show.until("ended")
    shows.nothing_left()


def test_a_request_that_died_before_its_execution_began_is_gone_on_with(shows: Shows) -> None:
    shows.stage.faults.lose("states", "StartExecution", count=3)
    shows.stage.lambdas.faults.kill_after_call("api", "ssm", "PutParameter")
    status, _, _ = shows.stage.request("POST", "/sessions", shows.spec())
    assert status >= 500
    shows.sweep(2)
    [row] = [item for item in shows.items() if item["sk"]["S"] == "SESSION"]
    show = Show(shows.stage, {"session_id": row["session_id"]["S"]})
    assert show.status in ("live", "failed")
    show.ended()
    shows.nothing_left()


def test_an_incomplete_clean_up_is_gone_on_with_until_it_is_done(shows: Shows) -> None:
    show = shows.ask()
    show.until("live")
    fault = shows.stage.faults.reject("medialive", "DeleteInput", 400, "BadRequestException", "not today", count=None)
    assert show.ended()["status"] == "cleanup_incomplete"
    shows.sweep(4)  # 20 minutes: tried again after 5 and after 10 more
    assert [change["status"] for change in show.look()["timeline"]].count("ending") == 3
    fault.cancel()
    shows.sweep(5)
    over = show.until("ended")
    assert over["ended_reason"] == "requested" and over["error"] is None
    shows.nothing_left()


def test_an_aborted_end_is_gone_on_with_by_the_sweep(shows: Shows) -> None:
    show = shows.ask()
    show.until("live")
    show.end()
    show.reaches("Await channel stopped", "end")
    shows.stage.client("stepfunctions").stop_execution(executionArn=show.execution("end")["executionArn"])
    show.until("cleanup_incomplete")
    shows.sweep(2)
    show.until("ended")
    shows.nothing_left()


def test_a_recording_whose_finalizing_stops_unheard_after_its_session_is_over_is_finalized(shows: Shows) -> None:
    show = ask_host(shows)
    show.start()
    show.until("live")
    show.record()
    show.passes(30)
    shows.stage.bus.lose("Step Functions Execution Status Change", count=None)
    shows.stage.lambdas.faults.kill_before("gatherSegments", count=None)
    show.end()
    shows.stage.wait(lambda: any(one["name"].endswith("-finalize_1") for one in shows.stage.executions()), timeout=600)
    shows.stage.client("stepfunctions").stop_execution(executionArn=show.execution("finalize_1")["executionArn"])
    shows.stage.lambdas.faults.clear()
    show.until("ended")
    shows.sweep()
    assert show.recording(1)["status"] == "ready"


def test_where_there_are_too_many_for_one_sweep_each_is_looked_at_by_one_of_the_next(
    shows: Shows, monkeypatch: pytest.MonkeyPatch
) -> None:
    asked = [shows.ask() for _ in range(3)]
    shows.stage.settle()
    monkeypatch.setattr(sweep_turns, "_ROOM", 300)
    shows.sweep(3)
    looked_at = [
        json.loads(entered["input"])["session_id"]
        for sweep in shows.stage.executions()[-3:]
        for event in shows.stage.history(sweep["executionArn"])
        if (entered := event.get("stateEnteredEventDetails", {})).get("name") == "Reconcile session"
    ]
    assert sorted(looked_at) == sorted(show.id for show in asked)
