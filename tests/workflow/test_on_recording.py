"""Streaming and recording, started and stopped apart: each row of the ``on_recording`` table, and what a gap is."""

from __future__ import annotations

from collections.abc import Callable
from datetime import timedelta
from itertools import pairwise
from typing import Any

import pytest

from shared.domain.moves import OnRecording
from shared.runtime.operations import start_streaming, stop_streaming
from shared.runtime.recordings import start_recording, stop_recording
from tests.host_show import HostShow, ask_host, ask_recorded_flow, covers_its_marks, ends_clean, is_near, moment
from tests.show import Shows, destination

pytestmark = pytest.mark.slow


@pytest.fixture
def live(shows: Shows) -> HostShow:
    """A host session on the air for a minute."""
    show = ask_host(shows)
    show.start()
    show.until("live")
    show.passes(60)
    return show


@pytest.fixture
def recorded(live: HostShow) -> HostShow:
    """The same, a recording open for a minute."""
    live.record()
    live.passes(60)
    return live


@pytest.fixture
def alone(shows: Shows) -> HostShow:
    """An idle host session that has been recorded for a minute."""
    show = ask_host(shows)
    show.record()
    show.until("idle")
    show.passes(60)
    return show


def gap_is_where_the_segments_show_it(show: HostShow, recording: dict[str, Any]) -> None:
    """One gap, from the end of the last segment of a run to the first of the next, by S3's program date-times."""
    within = [
        one
        for one in show.segments()
        if one.end > moment(recording["started_at"]) and one.start < moment(recording["ended_at"])
    ]
    holes = [
        (one.end, other.start) for one, other in pairwise(within) if other.start - one.end > timedelta(seconds=0.1)
    ]
    [hole], [gap] = holes, recording["gaps"]
    assert is_near(moment(gap["starts_at"]), hole[0]) and is_near(moment(gap["ends_at"]), hole[1]), (hole, gap)


# Starting the stream of a session that is recorded alone


def test_start_is_refused_while_it_would_cut_a_recording(shows: Shows, alone: HostShow) -> None:
    before = alone.runs()
    status, problem = alone.call("streaming/start")
    assert (status, problem["name"]) == (409, "NotAllowedNow")
    assert "on_recording" in problem["detail"]
    assert problem["allowed"] == ["streaming/start", "recording/stop", "end"]
    alone.passes(60)
    assert alone.status == "idle" and alone.runs() == before
    alone.stop_recording()
    alone.until("idle")
    covers_its_marks(alone.recording(1))
    assert alone.recording(1)["gaps"] == []
    ends_clean(shows, alone)


def test_start_that_finishes_the_recording(shows: Shows, alone: HostShow) -> None:
    asked = shows.stage.clock.now()
    answer = alone.start("finish")
    assert answer["status"] == "starting" and answer["recording"] is None
    alone.until("live")
    recording = alone.recording(1)
    covers_its_marks(recording)
    assert recording["gaps"] == [] and is_near(moment(recording["ended_at"]), asked)
    assert len(alone.runs()) == 2
    ends_clean(shows, alone)


def test_start_that_goes_on_recording_with_a_gap(shows: Shows, alone: HostShow) -> None:
    alone.start("continue_with_gap")
    live = alone.until("live")
    assert live["recording"]["status"] == "recording" and live["recording"]["recording_id"] == "r001"
    alone.passes(60)
    [told] = alone.recording(1)["gaps"]
    alone.stop_recording()
    alone.until("live")
    recording = alone.recording(1)
    covers_its_marks(recording)
    gap_is_where_the_segments_show_it(alone, recording)
    [measured] = recording["gaps"]
    for edge in ("starts_at", "ends_at"):
        # Before it is gathered a gap is told by when the channel was seen stopped and running again.
        assert is_near(moment(told[edge]), moment(measured[edge]), timedelta(seconds=70)), (told, measured)
    assert moment(told["ends_at"]) - moment(told["starts_at"]) > timedelta(seconds=30)
    ends_clean(shows, alone)


# Stopping the stream of a session that is live and recorded


def test_stop_is_refused_while_it_would_cut_a_recording(shows: Shows, recorded: HostShow) -> None:
    status, problem = recorded.call("streaming/stop")
    assert (status, problem["name"]) == (409, "NotAllowedNow")
    assert problem["allowed"] == ["streaming/stop", "recording/stop", "end"]
    recorded.passes(60)
    assert recorded.status == "live" and len(recorded.runs()) == 1
    ends_clean(shows, recorded)
    covers_its_marks(recorded.recording(1))


def test_stop_that_finishes_the_recording(shows: Shows, recorded: HostShow) -> None:
    asked = shows.stage.clock.now()
    recorded.stop("finish")
    recorded.until("idle")
    recording = recorded.recording(1)
    covers_its_marks(recording)
    assert recording["gaps"] == [] and is_near(moment(recording["ended_at"]), asked)
    assert recorded.state() == "IDLE" and len(recorded.runs()) == 1
    ends_clean(shows, recorded)


def test_stop_that_goes_on_recording_with_a_gap(shows: Shows, recorded: HostShow) -> None:
    recorded.stop("continue_with_gap")
    idle = recorded.until("idle")
    assert idle["recording"]["status"] == "recording" and idle["destinations"][0]["status"] == "idle"
    assert recorded.state() == "RUNNING"
    recorded.passes(60)
    ivs = next(one for one in shows.stage.simulator.inventory() if one.kind == "ivs_channel")
    assert ivs.state == "OFFLINE", "nothing may go on the air while it is idle"
    recorded.stop_recording()
    recorded.until("idle")
    assert recorded.state() == "IDLE"
    covers_its_marks(recorded.recording(1))
    gap_is_where_the_segments_show_it(recorded, recorded.recording(1))
    ends_clean(shows, recorded)


# Recording calls and the stream


def test_recording_never_interrupts_streaming(shows: Shows, live: HostShow) -> None:
    before = len(live.calls("UpdateChannel", "StopChannel", "StartChannel"))
    for _ in range(3):
        live.record()
        live.passes(20)
        live.stop_recording()
        live.stop_recording()
        live.passes(5)
    live.until("live")
    [run] = live.runs()
    assert run.end is None
    assert len(live.calls("UpdateChannel", "StopChannel", "StartChannel")) == before
    for number in (1, 2, 3):
        covers_its_marks(live.recording(number))
        assert live.recording(number)["gaps"] == []
    ends_clean(shows, live)


def test_a_flow_sessions_recorder_never_touches_the_channels_on_air(shows: Shows) -> None:
    show = ask_recorded_flow(shows, destination("main"), destination("other"))
    live = show.until("live")
    assert live["recording"]["recording_id"] == "r001" and live["recorder"]["status"] == "broadcasting"
    show.passes(60)
    show.stop_recording()
    show.until("live")
    assert show.state("recorder") == "IDLE"
    show.record()
    show.until("live")
    show.passes(60)
    for branch in ("main", "other"):
        [run] = show.runs(branch)
        assert run.end is None
    assert len(show.runs("recorder")) == 2
    show.stop()  # nothing to decide: the recorder is a channel of its own
    show.until("idle")
    assert show.state("recorder") == "RUNNING" and show.state("main") == "IDLE"
    show.start()
    show.until("live")
    show.stop_recording()
    show.until("live")
    for number in (1, 2):
        covers_its_marks(show.recording(number))
        assert show.recording(number)["gaps"] == []
    ends_clean(shows, show)


def test_two_requests_at_once_each_get_their_answer(shows: Shows, live: HostShow) -> None:
    """The functions below the routes: one Lambda sandbox answers one request at a time, so two requests are two."""
    for ask, recording in ((start_recording, "r001"), (stop_recording, "r001"), (start_recording, "r002")):
        answers = at_once(shows, lambda ask=ask: ask(live.id))  # type: ignore[misc]
        assert [one.recording_id for one in answers] == [recording] * 2
        live.passes(10)
    stopped = at_once(shows, lambda: stop_streaming(live.id, OnRecording.FINISH))
    assert {one.operation.execution_name for one in stopped} == {f"{live.id}-3-stop_streaming"}
    live.until("idle")
    started = at_once(shows, lambda: start_streaming(live.id, OnRecording.REFUSE))
    assert {one.operation.execution_name for one in started} == {f"{live.id}-4-start_streaming"}
    live.until("live")
    assert [one["status"] for one in live.recordings()] == ["ready", "ready"]
    names = [one["name"] for one in shows.stage.executions() if "finalize" not in one["name"]]
    assert len(names) == 4, names
    ends_clean(shows, live)


def at_once(shows: Shows, ask: Callable[[], Any]) -> list[Any]:
    answers: list[Any] = []
    threads = [shows.stage.clock.thread(lambda: answers.append(ask())) for _ in range(2)]
    for thread in threads:
        thread.join()
    assert len(answers) == len(threads), "one of them failed"
    return answers


def test_a_stop_without_a_start_is_refused(shows: Shows, live: HostShow) -> None:
    status, problem = live.call("recording/stop")
    assert (status, problem["name"]) == (409, "NotAllowedNow")
    assert "recording/start" in problem["allowed"]
    ends_clean(shows, live)


def test_what_is_asked_for_while_it_starts_is_recorded_from_the_first_picture(shows: Shows) -> None:
    show = ask_host(shows)
    show.start()
    shows.stage.wait(lambda: show.state() == "STARTING")
    assert show.record()["status"] == "starting"
    show.until("live")
    show.passes(30)
    show.stop_recording()
    show.until("live")
    [run] = show.runs()
    recording = show.recording(1)
    covers_its_marks(recording)
    assert is_near(moment(recording["started_at"]), run.start) and is_near(moment(recording["starts_at"]), run.start)
    ends_clean(shows, show)
