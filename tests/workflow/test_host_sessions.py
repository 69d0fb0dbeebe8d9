"""A host session's way, and the ways in which its start does not come off: it is idle again, and nothing runs."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import pytest

from tests.host_show import LET_IN, HostShow, ask_host, ask_recorded_flow, covers_its_marks, ends_clean, is_near, moment
from tests.show import KEY, Shows, destination

pytestmark = pytest.mark.slow

STARTED = [
    "Prepare start",
    "Start channels",
    "Does it run for a recording",
    "Does it record",
    "Set outputs",
    "Await outputs set",
    "Start channel",
    "Await channel running",
    "Report live",
    "Settle start",
    "Is it on air",
    "On air",
]
ALL_OF_A_HOST = {"channel": 1, "input": 1, "input_security_group": 1, "ivs_channel": 1, "ivs_stream_key": 1}


def host_count(shows: Shows) -> dict[str, int]:
    """What exists, but for the secrets: those are the host's ingest names."""
    return {kind: many for kind, many in shows.count().items() if kind != "secret"}


def test_a_session_exists_before_its_channel(shows: Shows) -> None:
    show = ask_host(shows, provision=False)
    created = show.look()
    assert (created["status"], created["provisioned"], created["allowed"]) == ("idle", False, ["medialive", "end"])
    assert not shows.count() and created["ingest_endpoints"] == []
    for move in ("streaming/start", "streaming/stop", "recording/start", "recording/stop"):
        assert show.call(move)[0] == 409
    show.provision()
    assert show.provision()["operation"]["number"] == 2, "asked twice, provisioned once"
    idle = show.until("idle")
    assert show.statuses() == ["idle", "creating", "idle"]
    assert idle["provisioned"] and host_count(shows) == ALL_OF_A_HOST
    ends_clean(shows, show)


def test_a_session_without_a_channel_ends_too(shows: Shows) -> None:
    show = ask_host(shows, provision=False)
    assert show.ended()["status"] == "ended"
    shows.nothing_left()


def test_the_endpoint_is_told_before_there_is_a_channel(shows: Shows) -> None:
    shows.stage.simulator.stick_channel("*", "CREATING")
    answer = shows.stage.request(
        "POST",
        "/sessions",
        {"name": "A show", "source": LET_IN, "destinations": [{"platform": "ivs"}]},
        {"authorization": f"Bearer {shows.stage.token_for('host-1')}"},
    )[2]
    show = HostShow(shows.stage, answer)
    mine = {"authorization": f"Bearer {shows.stage.token_for('host-1')}"}
    shows.stage.wait(lambda: host_count(shows).get("channel"))
    shows.stage.clock.sleep(2)
    whole = shows.stage.request("GET", f"/sessions/{show.id}/ingest-endpoints", headers=mine)[2]
    [endpoint], [masked] = whole["ingest_endpoints"], show.look()["ingest_endpoints"]
    assert endpoint["url"].startswith("rtmp://") and endpoint["stream_name"]
    assert masked == {"url": endpoint["url"].rpartition("/")[0] + "/…", "stream_name": None}
    shows.stage.simulator.release_channels()
    show.until("idle")
    ends_clean(shows, show)


def test_it_goes_on_air_and_off_again_and_again(shows: Shows) -> None:
    show = ask_host(shows)
    for _ in range(2):
        show.start()
        live = show.until("live")
        assert show.path("start_streaming") == STARTED
        show.passes(10)
        assert show.destination("ivs")["status"] == "broadcasting"
        assert live["desired_status"] == "live" and live["live_at"]
        show.stop()
        idle = show.until("idle")
        assert idle["desired_status"] == "idle" and show.destination("ivs")["status"] == "idle"
        assert show.state() == "IDLE"
    assert len(show.runs()) == 2
    assert show.statuses() == ["creating", "idle", *(["starting", "live", "stopping", "idle"] * 2)]
    ends_clean(shows, show)


def test_repeating_a_call_that_has_taken_effect_is_success(shows: Shows) -> None:
    show = ask_host(shows)
    number = show.start()["operation"]["number"]
    assert show.start()["operation"]["number"] == number
    show.until("live")
    assert show.start()["operation"]["number"] == number
    show.stop()
    number = show.stop()["operation"]["number"]
    show.until("idle")
    assert show.stop()["operation"]["number"] == number
    assert len([one for one in shows.stage.executions() if one["name"].startswith(show.id)]) == 3
    ends_clean(shows, show)


def test_without_an_encoder_it_is_live_and_its_destination_is_still_starting(shows: Shows) -> None:
    show = ask_host(shows, publish=False)
    show.start()
    show.until("live")
    show.passes(30)
    assert show.destination("ivs")["status"] == "starting"
    show.publish()
    show.passes(30)
    assert show.destination("ivs")["status"] == "broadcasting"
    show.publish(False)
    show.passes(60)
    assert show.destination("ivs")["status"] in ("broadcasting", "retrying")  # as IVS tells it
    ends_clean(shows, show)


@pytest.mark.parametrize("channel_class", ["SINGLE_PIPELINE", "STANDARD"])
def test_a_host_streams_to_a_platform_and_is_recorded(shows: Shows, channel_class: str) -> None:
    show = ask_host(shows, {"id": "ivs", "platform": "youtube", "stream_key": KEY, "channel_class": channel_class})
    show.start()
    show.until("live")
    show.record()
    show.passes(30)
    show.stop_recording()
    show.until("live")
    covers_its_marks(show.recording(1))
    if channel_class == "STANDARD":
        assert show.segments(1), "the second pipeline writes, too"
    ends_clean(shows, show)


def test_record_true_records_from_the_first_moment(shows: Shows) -> None:
    show = ask_host(shows, record=True, go_live=True, publish=False)
    live = show.look()
    assert live["status"] == "live" and live["recording"]["recording_id"] == "r001"
    show.publish()
    show.passes(60)
    ends_clean(shows, show)
    recording = show.recording(1)
    assert recording["status"] == "ready" and recording["duration"] >= 56


# Starts that do not come off


def test_a_stop_wins_over_a_start_that_is_under_way(shows: Shows) -> None:
    show = ask_host(shows)
    show.start()
    shows.stage.wait(lambda: show.state() == "STARTING")
    assert show.stop()["status"] == "stopping"
    show.until("idle")
    assert show.execution("start_streaming")["status"] == "ABORTED"
    assert show.state() == "IDLE" and show.statuses()[-3:] == ["starting", "stopping", "idle"]
    show.start()
    show.until("live")
    ends_clean(shows, show)


def test_a_recording_may_be_stopped_before_its_channel_runs(shows: Shows) -> None:
    show = ask_host(shows)
    show.record()
    shows.stage.wait(lambda: show.state() == "STARTING")
    assert show.stop_recording()["status"] == "failed"
    show.until("idle")
    assert show.recording(1)["error"]["name"] == "RecordingEmpty" and show.state() == "IDLE"
    show.start()
    show.record()
    assert show.stop_recording()["error"]["name"] == "RecordingEmpty"
    show.until("live")
    ends_clean(shows, show)


@pytest.mark.parametrize(("trouble", "error"), [("fails", "ChannelStartFailed"), ("sticks", "StepTimedOut")])
def test_a_start_that_does_not_come_off_is_idle_again_and_says_why(shows: Shows, trouble: str, error: str) -> None:
    show = ask_host(shows)
    break_start(shows, trouble)
    show.start()
    show.record()
    if trouble == "sticks":
        shows.stage.wait(lambda: "Stop channel" in show.path("start_streaming"), 3600, every=20)
        shows.stage.simulator.release_channels()
    idle = show.until("idle", 7200)
    assert idle["error"]["name"] == error and idle["desired_status"] == "idle"
    assert idle["live_at"] is None and "live" not in show.statuses()
    assert show.state() == "IDLE" and host_count(shows) == ALL_OF_A_HOST
    recording = show.recording(1)
    assert recording["status"] == "failed" and recording["error"]["name"] == error
    show.start()
    assert show.until("live")["error"] is None
    ends_clean(shows, show)


def test_a_recorder_that_will_not_start_leaves_the_session_idle_and_the_recording_failed(shows: Shows) -> None:
    show = ask_host(shows)
    break_start(shows, "fails")
    show.record()
    show.until("idle")
    assert show.recording(1)["error"]["name"] == "ChannelStartFailed" and show.state() == "IDLE"
    assert show.look()["recording"] is None
    ends_clean(shows, show)


def break_start(shows: Shows, trouble: str) -> None:
    if trouble == "fails":
        shows.stage.simulator.fail_channel("*", on="start")
    else:
        shows.stage.simulator.stick_channel("*", "STARTING")


def test_a_restart_for_the_stream_that_fails_closes_the_recording_and_says_so(shows: Shows) -> None:
    show = ask_host(shows)
    show.record()
    show.until("idle")
    show.passes(60)
    break_start(shows, "fails")
    show.start("continue_with_gap")
    idle = show.until("idle")
    assert idle["error"]["name"] == "ChannelStartFailed" and idle["recording"] is None
    assert show.state() == "IDLE"
    keeps_what_it_had(show, show.recording(1))
    ends_clean(shows, show)


def test_a_restart_for_the_recording_that_fails_closes_the_recording_and_says_so(shows: Shows) -> None:
    show = ask_host(shows)
    show.start()
    show.until("live")
    show.record()
    show.passes(60)
    break_start(shows, "fails")
    show.stop("continue_with_gap")
    idle = show.until("idle")
    assert idle["recording"] is None and show.state() == "IDLE"
    assert idle["error"]["name"] == "ChannelStartFailed"
    keeps_what_it_had(show, show.recording(1))
    ends_clean(shows, show)


def keeps_what_it_had(show: HostShow, recording: dict[str, Any]) -> None:
    """All up to the stop is there, and that there is nothing after it is said."""
    covers_its_marks(recording)
    [run] = show.runs()
    [gap] = recording["gaps"]
    assert run.end is not None and is_near(moment(gap["starts_at"]), run.end)
    assert is_near(moment(gap["ends_at"]), moment(recording["ended_at"]))
    assert recording["duration"] >= 58


def test_a_flow_session_whose_recorder_fails_streams_all_the_same(shows: Shows) -> None:
    shows.stage.simulator.reject_channel("*-recorder", "no")
    show = ask_recorded_flow(shows, destination("main"))
    live = show.until("live")
    assert live["recording"] is None and show.recording(1)["status"] == "failed"
    assert show.recording(1)["error"]["name"] == "RejectedByService"
    assert show.state("main") == "RUNNING"
    ends_clean(shows, show)


def test_the_end_finishes_an_open_recording_beside_itself(shows: Shows) -> None:
    show = ask_host(shows)
    show.start()
    show.until("live")
    show.record()
    show.passes(60)
    asked = shows.stage.clock.now()
    ends_clean(shows, show)
    recording = show.recording(1)
    covers_its_marks(recording)
    assert is_near(moment(recording["ended_at"]), asked, timedelta(seconds=10))


def test_a_channel_that_will_not_stop_is_not_called_idle(shows: Shows) -> None:
    """It would be on the air still, while its session says that it records alone."""
    show = ask_host(shows)
    show.start()
    show.until("live")
    show.record()
    show.passes(30)
    fault = shows.stage.faults.reject("medialive", "StopChannel", 403, "ForbiddenException", "no", count=None)
    show.stop("continue_with_gap")
    shows.stage.settle(14400)
    assert "idle" not in show.statuses()[show.statuses().index("live") :]
    assert show.look()["status"] == "cleanup_incomplete", (
        "a session that can't be stopped is ended, and says what is left"
    )
    fault.cancel()
    ends_clean(shows, show)
    assert show.recording(1)["status"] == "ready"
