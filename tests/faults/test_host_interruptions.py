"""Executions of host sessions that end from outside, and ends that come in between: at every state of every machine."""

from __future__ import annotations

import json
import os
from collections.abc import Callable
from pathlib import Path

import pytest

from tests.host_show import HostShow, ask_host, ask_recorded_flow, covers_its_marks, ends_clean
from tests.show import Shows, destination

pytestmark = pytest.mark.slow

#: Every state, which takes minutes; otherwise some of them.
FULL = "ONAIR_EXAMPLES" in os.environ

ASL = Path(__file__).resolve().parents[2] / "state_machines"
#: What is done before each machine is set off, and what sets it off.
BEGUN: dict[str, tuple[Callable[[HostShow], object], Callable[[HostShow], object]]] = {
    "start_streaming": (HostShow.record, lambda show: show.start("continue_with_gap")),
    "stop_streaming": (lambda show: (show.start(), show.record()), lambda show: show.stop("continue_with_gap")),
    "start_recorder": (lambda show: None, HostShow.record),
    "stop_recorder": (HostShow.record, HostShow.stop_recording),
}
#: States that are not entered when nothing fails.
OFF_THE_WAY = {
    "start_streaming": {"Stop channel", "Await channel stopped", "Report off air", "Give up start"},
    "start_recorder": {"Give up start"},
    "stop_streaming": {"Stop recorder", "Await recorder stopped", "Give up stop"},
    "stop_recorder": {"Give up stop"},
}


def tasks(machine: str) -> list[str]:
    """The states in which a machine does something when nothing fails."""
    top = json.loads((ASL / f"{machine}.asl.json").read_text())["States"]
    inner = [state["ItemProcessor"]["States"] for state in top.values() if state["Type"] == "Map"]
    states = [item for states in (top, *inner) for item in states.items()]
    return [name for name, state in states if state["Type"] == "Task" and name not in OFF_THE_WAY[machine]]


STATES = [(machine, state) for machine in BEGUN for state in tasks(machine)]


def reaches(shows: Shows, machine: str, state: str) -> HostShow:
    """A session whose machine of that kind has entered that state, a recording of its open or just closed."""
    show = ask_host(shows)
    before, begin = BEGUN[machine]
    before(show)
    shows.stage.settle()
    show.passes(20)
    begin(show)
    shows.stage.wait(lambda: state in show.path(machine), timeout=3600, every=0.25)  # a stop and a start take 20 min
    return show


@pytest.mark.parametrize(("machine", "state"), STATES[:: None if FULL else 6])
def test_a_delete_at_any_state_leaves_nothing(shows: Shows, machine: str, state: str) -> None:
    show = reaches(shows, machine, state)
    ends_clean(shows, show)
    wanted = "failed" if machine == "start_recorder" else "ready"
    assert [one["status"] for one in show.recordings()] == [wanted], show.recordings()


@pytest.mark.parametrize(("machine", "state"), STATES[:: None if FULL else 12])
def test_an_execution_that_an_operator_aborts_leaves_nothing_running_that_nobody_wants(
    shows: Shows, machine: str, state: str
) -> None:
    show = reaches(shows, machine, state)
    shows.stage.lambdas.faults.kill_after_call("executionStopped", "dynamodb", "TransactWriteItems")
    shows.stage.lambdas.faults.kill_after_call("executionStopped", "dynamodb", "UpdateItem")
    if show.execution(machine)["status"] == "RUNNING":
        shows.stage.client("stepfunctions").stop_execution(executionArn=show.execution(machine)["executionArn"])
    shows.stage.settle()
    show.passes(400)  # the function that hears of it is killed twice, and Lambda takes its time to try again
    shows.stage.settle()
    found = show.look()
    assert show.view().record.operation.finished_at is not None
    if found["status"] not in ("ended", "failed"):
        assert found["status"] in ("idle", "live")
        wanted = found["status"] == "live" or found["recording"] is not None
        assert show.state() == ("RUNNING" if wanted else "IDLE")
    assert show.ended()["status"] in ("ended", "failed")
    shows.nothing_left()
    assert {one["status"] for one in show.recordings()} <= {"ready", "failed"}


# What else a recording could be forgotten by


def test_an_end_that_could_not_close_its_recording_says_so_and_the_next_one_closes_it(shows: Shows) -> None:
    show = ask_host(shows)
    show.start()
    show.until("live")
    show.record()
    show.passes(20)
    shows.stage.lambdas.faults.kill_before("closeRecordings", count=5)
    incomplete = show.ended()
    assert incomplete["status"] == "cleanup_incomplete" and "r001" in incomplete["error"]["cause"]
    assert not shows.stage.simulator.inventory() or not shows.count().get("channel"), "that holds up no delete"
    ends_clean(shows, show)
    recording = show.recording(1)
    assert recording["status"] == "ready" and recording["duration"] >= 18


def test_a_recorder_whose_failure_could_not_be_noted_has_no_recording_open(shows: Shows) -> None:
    shows.stage.simulator.reject_channel("*-recorder", "no")
    shows.stage.lambdas.faults.kill_before("reportRollback", count=5)
    show = ask_recorded_flow(shows, destination("main"))
    assert show.until("live")["recording"] is None
    assert show.recording(1)["status"] == "failed"
    ends_clean(shows, show)


def test_a_recording_that_nobody_finalized_is_finalized_by_the_end(shows: Shows) -> None:
    show = ask_host(shows)
    show.start()
    show.until("live")
    show.record()
    show.passes(20)
    shows.stage.lambdas.faults.kill_after_call("api", "dynamodb", "TransactWriteItems")
    assert show.call("recording/stop")[0] >= 500
    shows.stage.settle()
    assert show.recording(1)["status"] == "stopping"
    ends_clean(shows, show)
    covers_its_marks(show.recording(1))
