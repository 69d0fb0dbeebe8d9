"""Ways of host sessions and recorders that are unkind: stops that fail, starts on the way, names in refusals."""

from __future__ import annotations

from typing import Any

import pytest

from shared.gateways.translate import strike_out
from tests.faults.test_operations import by
from tests.host_show import HostShow, ask_host, ask_recorded_flow, ends_clean
from tests.show import Shows


def test_a_flow_session_that_records_from_going_live_records_when_it_goes_live_later(shows: Shows) -> None:
    show = ask_recorded_flow(shows, go_live=False)
    show.until("idle")
    show.start()
    found = show.until("live")
    assert found["recording"] is not None, found["recording"]


def test_a_create_whose_starts_are_throttled_leaves_no_secret(shows: Shows) -> None:
    shows.stage.faults.throttle("states", "StartExecution", count=6)
    status, _, answer = shows.stage.request("POST", "/sessions", shows.spec())
    shows.stage.settle()
    assert status == 503, answer
    assert shows.secrets() == [], [i for i in shows.items() if i["sk"]["S"] == "SESSION"]


def _of_recorder(show: HostShow) -> Any:
    recorder = show.channel("recorder")
    return lambda call: recorder in call.path if hasattr(call, "path") else recorder.encode() in call.body


def test_a_recorder_that_cannot_be_stopped_does_not_take_the_show_off_the_air(shows: Shows) -> None:
    show = ask_recorded_flow(shows)
    show.until("live")
    fault = shows.stage.faults.reject(
        "medialive", "StopChannel", 403, "ForbiddenException", "no", when=_of_recorder(show), count=None
    )
    show.stop_recording()
    shows.stage.settle(20000)
    assert fault.hits
    found = show.look()
    assert found["status"] == "live", (found["status"], found["error"])
    assert show.state("main") == "RUNNING"
    assert found["error"]["name"] == "StepTimedOut" and not show.view().record.is_busy(), found["error"]
    fault.cancel()
    ends_clean(shows, show)


def test_a_recorder_whose_stop_is_aborted_does_not_take_the_show_off_the_air(shows: Shows) -> None:
    show = ask_recorded_flow(shows)
    show.until("live")
    show.stop_recording()
    show.reaches("Await recorder stopped", "stop_recorder")
    shows.stage.client("stepfunctions").stop_execution(executionArn=show.execution("stop_recorder")["executionArn"])
    shows.stage.settle()
    found = show.look()
    assert found["status"] == "live", (found["status"], found["error"])
    assert show.state("main") == "RUNNING" and show.state("recorder") == "IDLE"
    assert not show.view().record.is_busy()
    ends_clean(shows, show)


def test_half_an_ingest_name_in_a_refusal_is_struck_out() -> None:
    application, instance = "a" * 19, "b" * 19
    said = strike_out(f"Invalid StreamName {application} {instance}", [f"{application}/{instance}"])
    assert application not in said and instance not in said


@pytest.mark.parametrize("call", ["TransactWriteItems", "StartExecution"])
def test_a_first_going_live_that_is_killed_on_the_way_to_its_recording_records(shows: Shows, call: str) -> None:
    show = ask_recorded_flow(shows, go_live=False)
    show.until("idle")
    shows.stage.lambdas.faults.kill_after_call("settleStart", "dynamodb" if call[0] == "T" else "states", call)
    show.start()
    found = show.until("live")
    assert found["recording"]["status"] == "recording", found["recording"]
    ends_clean(shows, show)


def test_a_stream_that_begins_while_its_start_is_reported_is_told(shows: Shows) -> None:
    show = ask_host(shows)
    fault = shows.stage.faults.delay(
        "dynamodb",
        "TransactWriteItems",
        before=8,
        when=lambda call: by("reportChannel")(call) and b"DEST#" in call.body,
    )
    show.start()
    show.until("live")
    show.passes(60)
    assert fault.hits
    assert show.look()["destinations"][0]["status"] == "broadcasting", show.look()["destinations"]


def test_a_second_stop_of_a_recorder_that_is_claimed_and_not_started_is_started(shows: Shows) -> None:
    show = ask_recorded_flow(shows)
    show.until("live")
    show.stop_recording()
    show.reaches("Await recorder stopped", "stop_recorder")
    shows.stage.lambdas.faults.kill_after_call("executionStopped", "dynamodb", "TransactWriteItems")
    shows.stage.client("stepfunctions").stop_execution(executionArn=show.execution("stop_recorder")["executionArn"])
    shows.stage.settle()
    show.passes(400)
    shows.stage.settle()
    assert show.look()["status"] == "live" and not show.view().record.is_busy()
    assert show.state("recorder") == "IDLE" and show.recording(1)["status"] == "ready"
    ends_clean(shows, show)
