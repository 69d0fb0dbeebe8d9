"""When something breaks while a host session streams and records: it is repaired, or it is idle or ended and says why.

Whatever happens, nothing is left without an owner, and the record tells the truth.
"""

from __future__ import annotations

import os
from collections.abc import Callable
from typing import Any

import pytest

from tests.host_show import HostShow, ask_host, covers_its_marks, ends_clean
from tests.show import Shows

pytestmark = pytest.mark.slow

IVS_CHANGE, CHANNEL_CHANGE = "IVS Stream State Change", "MediaLive Channel State Change"
#: Every call of a clean day that the session's own functions make at MediaLive and IVS; kept whole by a test below.
CALLS = [
    ("ivs", "CreateChannel"),
    ("ivs", "GetChannel"),
    ("ivs", "ListStreamKeys"),
    ("ivs", "GetStreamKey"),
    ("ivs", "GetStream"),
    ("ivs", "ListChannels"),
    ("ivs", "DeleteChannel"),
    ("medialive", "DescribeInputSecurityGroup"),
    ("medialive", "CreateInputSecurityGroup"),
    ("medialive", "DeleteInputSecurityGroup"),
    ("medialive", "ListInputs"),
    ("medialive", "CreateInput"),
    ("medialive", "DescribeInput"),
    ("medialive", "DeleteInput"),
    ("medialive", "ListChannels"),
    ("medialive", "CreateChannel"),
    ("medialive", "DescribeChannel"),
    ("medialive", "UpdateChannel"),
    ("medialive", "StartChannel"),
    ("medialive", "StopChannel"),
    ("medialive", "DeleteChannel"),
    ("medialive", "BatchUpdateSchedule"),
    ("medialive", "ListAlerts"),
]
FUNCTIONS = [
    "createIvsChannel",
    "prepareStart",
    "setOutputs",
    "awaitOutputs",
    "settleStart",
    "prepareStop",
    "awaitStreamEnd",
    "reportOffAir",
    "settleStop",
    "prepareRecorder",
    "settleRecorder",
    "closeRecordings",
    "deleteIvsChannel",
]
#: Each fault by itself, and every state: takes minutes. Otherwise several faults that don't meet share a day.
FULL = "ONAIR_EXAMPLES" in os.environ


def some(things: list[Any], groups: int) -> list[list[Any]]:
    return [[one] for one in things] if FULL else [things[number::groups] for number in range(groups)]


def walk(shows: Shows) -> HostShow:
    """A short day: on the air, recorded, off the air and recorded on, recorded alone, on the air again, and ended."""
    show = ask_host(shows)
    assert show.status == "idle", show.look()
    show.start()
    show.until("live")
    show.record()
    show.passes(20)
    show.stop("continue_with_gap")
    show.until("idle")
    show.passes(20)
    show.stop_recording()
    show.until("idle")
    show.record()
    show.until("idle")
    show.passes(20)
    show.start("continue_with_gap")
    show.until("live")
    show.passes(20)
    return show


def went_well(shows: Shows, show: HostShow) -> None:
    assert show.destination("ivs")["status"] == "broadcasting"
    ends_clean(shows, show)
    first, second = show.recordings()
    covers_its_marks(first)
    covers_its_marks(second)
    assert len(first["gaps"]) == len(second["gaps"]) == 1
    assert len(show.runs()) == 4
    assert show.statuses() == [
        *("creating", "idle", "starting", "live", "stopping", "idle", "starting", "live", "ending", "ended")
    ]


def test_the_calls_that_are_made_to_fail_here_are_all_there_are(shows: Shows) -> None:
    went_well(shows, walk(shows))
    made = {(call.service, call.operation) for call in shows.stage.endpoint.calls()}
    assert {call for call in made if call[0] in ("ivs", "medialive")} == set(CALLS)
    assert set(FUNCTIONS) <= {one.function.key for one in shows.stage.lambdas.invocations}


@pytest.mark.parametrize("some", some(CALLS, 6), ids=str)
def test_calls_that_are_throttled_lost_and_their_answers_lost_are_repaired(
    shows: Shows, some: list[tuple[str, str]]
) -> None:
    faults = shows.stage.faults
    scripted = [fault(*call) for call in some for fault in (faults.throttle, faults.lose, faults.lose_answer)]
    show = walk(shows)
    went_well(shows, show)
    assert all(one.hits for one in scripted), scripted


@pytest.mark.parametrize("some", some(FUNCTIONS, 4), ids=str)
def test_functions_that_are_killed_again_and_again_are_repaired(shows: Shows, some: list[str]) -> None:
    """Before they do anything, between their calls, and when they have done all."""
    faults = shows.stage.lambdas.faults
    scripted = [
        fault
        for function in some
        for fault in (
            faults.kill_before(function),
            faults.kill_after_call(function, nth=2, skip=1),
            faults.kill_after_call(function, nth=3, skip=2),
            faults.kill_at_end(function, skip=3),
        )
    ]
    went_well(shows, walk(shows))
    assert all(one.hits for one in scripted if one.skip < 2), scripted


REJECTED: dict[tuple[str, str], Callable[[HostShow], object]] = {
    ("medialive", "UpdateChannel"): HostShow.start,
    ("medialive", "StartChannel"): HostShow.start,
    ("ivs", "ListStreamKeys"): HostShow.start,
    ("medialive", "DescribeChannel"): HostShow.record,
}


@pytest.mark.parametrize("call", REJECTED)
@pytest.mark.parametrize("move", ["streaming/start", "recording/start"] if FULL else ["streaming/start"])
def test_a_start_that_is_refused_is_idle_again(shows: Shows, call: tuple[str, str], move: str) -> None:
    show = ask_host(shows)
    refused = shows.stage.faults.reject(*call, 403, "ForbiddenException", "no", count=1)
    show.does(move)
    shows.stage.settle(4 * 3600)
    if refused.hits:
        idle = show.look()
        assert idle["status"] == "idle" and idle["recording"] is None, idle
        told = idle["error"] if move == "streaming/start" else show.recording(1)["error"]
        assert told and told["name"] == "NotPermitted", told
        assert show.state() == "IDLE"
    ends_clean(shows, show)


@pytest.mark.parametrize(
    "call", [("ivs", "CreateChannel"), ("medialive", "CreateInput"), ("medialive", "CreateChannel")]
)
def test_a_provision_that_is_refused_leaves_nothing(shows: Shows, call: tuple[str, str]) -> None:
    shows.stage.faults.reject(*call, 403, "AccessDeniedException", "no", count=None)
    show = ask_host(shows, publish=False)
    assert show.look()["status"] == "failed" and show.look()["error"]["name"] in ("NotPermitted", "RejectedByService")
    shows.nothing_left()


def test_a_mark_that_the_stream_does_not_take_costs_no_recording(shows: Shows) -> None:
    shows.stage.faults.reject("medialive", "BatchUpdateSchedule", 422, "UnprocessableEntityException", count=None)
    went_well(shows, walk(shows))


# Events


@pytest.mark.parametrize("how", ["lost", "late", "repeated"] if FULL else ["lost"])
def test_events_of_channels_cost_time_and_nothing_else(shows: Shows, how: str) -> None:
    bus = shows.stage.bus
    {
        "lost": lambda: bus.lose(CHANNEL_CHANGE, count=None),
        "late": lambda: bus.delay(CHANNEL_CHANGE, seconds=45, count=None),
        "repeated": lambda: bus.repeat(CHANNEL_CHANGE, times=2, seconds=50, count=None),
    }[how]()
    show = walk(shows)
    ends_clean(shows, show)
    for recording in show.recordings():
        covers_its_marks(recording)


@pytest.mark.parametrize("function", ["settleStart", "reportChannel"])
def test_a_stream_that_begins_before_its_session_is_live_is_told(shows: Shows, function: str) -> None:
    show = ask_host(shows)
    for skip in range(3):
        shows.stage.lambdas.faults.kill_at_end(function, skip=skip) if function == "reportChannel" else (
            shows.stage.lambdas.faults.kill_before(function, skip=skip)
        )
    show.start()
    show.until("live")
    show.passes(30)
    assert show.destination("ivs")["status"] == "broadcasting"
    ends_clean(shows, show)


def test_late_events_of_a_stream_that_is_over_change_nothing(shows: Shows) -> None:
    show = ask_host(shows)
    shows.stage.bus.delay(IVS_CHANGE, seconds=100, count=None)
    show.start()
    show.until("live")
    show.passes(120)
    show.stop()
    show.until("idle")
    show.passes(120)
    assert show.destination("ivs")["status"] == "idle"
    ends_clean(shows, show)
