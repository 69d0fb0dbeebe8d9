"""The failures people meet, each brought about on the stage: the execution, the API, the command line and the runbook
say the same name, cause and remedy."""

from __future__ import annotations

import json
import re
from collections.abc import Callable, Iterator, Mapping
from pathlib import Path
from typing import Any

import pytest
from typer.testing import CliRunner

import tasks.provision.create_channel as create_channel
from console.cli import app
from infra.local import backends
from shared.domain.errors import ErrorInfo, describe
from shared.domain.payloads.channels import create_channel_request
from tests.host_show import ask_host
from tests.show import Show, Shows, destination
from tests.unit.console_api import FakeApi, serving
from tests.unit.console_api import recording as one_recording

pytestmark = pytest.mark.slow

ROOT = Path(__file__).resolve().parents[2]
Document = dict[str, Any]


@pytest.fixture(scope="module")
def api() -> Iterator[FakeApi]:
    with serving() as fake:
        yield fake


@pytest.fixture
def sends(monkeypatch: pytest.MonkeyPatch) -> Callable[[Callable[[Document], object]], None]:
    """Have Create channel send something else than its own payload."""

    def sends(change: Callable[[Document], object]) -> None:
        def changed(*given: Any) -> Document:
            request: Document = json.loads(json.dumps(create_channel_request(*given)))
            change(request)
            return request

        monkeypatch.setattr(create_channel, "create_channel_request", changed)

    return sends


# What is the same everywhere


def shown(api: FakeApi, *command: str, session: Document | None = None, recording: Document | None = None) -> str:
    """What the command line prints of the API's own answer, in one line."""
    api.script, api.recordings = [session or {}], [recording or one_recording("ready")]
    result = CliRunner().invoke(app, ["--url", api.url, *command], env={"COLUMNS": "2000"})
    assert not isinstance(result.exception, Exception), result.exception
    return " ".join(result.output.split())


def in_one_line(text: str) -> str:
    return " ".join(text.split())


def is_said_the_same(api: FakeApi, error: Document, execution: Mapping[str, Any], *command: str, **answer: Any) -> str:
    """The error of an answer, in the execution, on the command line and in its runbook. Gives the cause."""
    info = ErrorInfo.model_validate(error)
    assert execution["status"] == "FAILED", execution
    assert (execution["error"], execution["cause"]) == (info.name, info.explained())
    printed = shown(api, *command, **answer)
    for part in (info.name, info.title, info.cause, info.remedy, info.runbook):
        assert part in info.explained() or part == info.name
        assert in_one_line(part) in printed, part
    page = (ROOT / info.runbook).read_text(encoding="utf-8")
    assert page.startswith(f"# {info.name}: {info.title}\n")
    assert re.findall(r"^## (.+)$", page, re.MULTILINE) == ["What happened", "Why", "What to do", "How to look"]
    return info.cause


def of_a_session(api: FakeApi, show: Show, kind: str = "provision") -> ErrorInfo:
    """The error of a session that came to nothing for its one destination: both say it."""
    session = show.look()
    if kind == "provision":  # a start that is given up leaves its destinations idle
        assert session["destinations"][0]["error"] == session["error"]
    is_said_the_same(api, session["error"], show.execution(kind), "session", "get", show.id, session=session)
    return ErrorInfo.model_validate(session["error"])


def page_of(error: ErrorInfo) -> str:
    return in_one_line((ROOT / error.runbook).read_text(encoding="utf-8"))


# A channel that MediaLive does not take


def _no_selector(request: Document) -> None:
    del request["EncoderSettings"]["AudioDescriptions"][0]["AudioSelectorName"]


def _underscore(request: Document) -> None:
    ours = request["Destinations"][0]["Id"]
    renamed = json.loads(json.dumps(request).replace(f'"{ours}"', '"rtmp_destination"'))
    request.update(renamed)


def _two_ingests(request: Document) -> None:
    request["Destinations"][0]["Settings"] *= 2


REFUSED = {
    "AudioSelectorName": (_no_selector, "RejectedByService", "default-audio-selector"),
    "DestinationId should include only numbers, letters and hyphen": (
        _underscore,
        "RejectedByService",
        "Take the underscores",
    ),
    "Exactly 2 destinations settings required": (
        lambda request: request.pop("ChannelClass"),
        "RejectedByService",
        "give the destination a backup_url",
    ),
    "Exactly 1 destinations settings required": (_two_ingests, "RejectedByService", "leave out backup_url"),
}


@pytest.mark.parametrize("words", REFUSED)
def test_a_channel_that_is_refused_says_why_and_what_helps(
    shows: Shows, api: FakeApi, sends: Callable[[Callable[[Document], object]], None], words: str
) -> None:
    change, name, remedy = REFUSED[words]
    sends(change)
    show = shows.ask()
    show.until("failed")
    error = of_a_session(api, show)
    assert error.name == name and words in error.cause and remedy in error.remedy
    assert words in page_of(error)
    shows.nothing_left()


def test_a_role_that_may_not_be_passed_is_explained(shows: Shows, api: FakeApi) -> None:
    shows.stage.simulator.settings.forbidden_roles = ("*",)
    show = shows.ask()
    show.until("failed")
    error = of_a_session(api, show)
    assert error.name == "NotPermitted" and "Not authorized to perform: iam:PassRole" in error.cause
    assert error.remedy.startswith("Give the function's role iam:PassRole on the MediaLive service role")
    assert "Not authorized to perform: iam:PassRole" in page_of(error)


# A quota that is full, behind the code of throttling


def test_a_quota_that_others_have_filled_meanwhile_is_called_one_and_says_by_whom(shows: Shows, api: FakeApi) -> None:
    shows.stage.faults.delay("medialive", "CreateInputSecurityGroup", after=10)
    show = shows.ask()
    show.reaches("Admit source")
    medialive = shows.stage.client("medialive")
    group = medialive.create_input_security_group(WhitelistRules=[{"Cidr": "203.0.113.7/32"}])["SecurityGroup"]["Id"]
    others = [
        medialive.create_input(Name=f"other-{number}", Type="RTP_PUSH", InputSecurityGroups=[group])["Input"]["Id"]
        for number in range(5)
    ]
    show.until("failed")
    error = of_a_session(api, show)
    assert error.name == "QuotaExceeded" and "Too many push inputs" in error.cause
    assert "1 needed, 5 allowed, 5 in use" in error.cause and all(one in error.cause for one in others)
    assert "Service Quotas" in error.remedy and "Too many push inputs" in page_of(error)


def test_a_quota_that_is_smaller_than_ours_is_told_by_its_words(shows: Shows, api: FakeApi) -> None:
    """Nothing but the service's words says so, and by them nothing is decided: the name is the code's."""
    shows.stage.faults.delay("medialive", "CreateInputSecurityGroup", after=10)
    show = shows.ask()
    show.reaches("Admit source")
    shows.stage.simulator.settings.quotas.push_inputs = 0
    show.until("failed")
    error = of_a_session(api, show)
    assert error.name == "Throttled" and "Too many push inputs" in error.cause
    assert error.remedy.startswith("The region's quota of push inputs is used up")
    assert "Too many push inputs" in page_of(error)


# A channel that does not come up


@pytest.mark.parametrize(("on", "name"), [("create", "ChannelCreateFailed"), ("start", "ChannelStartFailed")])
def test_a_channel_that_does_not_come_up_is_explained(shows: Shows, api: FakeApi, on: Any, name: str) -> None:
    shows.stage.simulator.fail_channel("*", on)
    show = shows.ask()
    show.until("failed")
    error = of_a_session(api, show)
    assert error.name == name and "but the channel is" in error.cause
    assert f"channel won't {on}" in page_of(error)


def test_a_start_that_fails_leaves_the_session_idle_and_says_why(shows: Shows, api: FakeApi) -> None:
    show = ask_host(shows)
    shows.stage.simulator.fail_channel("*", "start")
    show.start()
    show.until("idle")
    assert of_a_session(api, show, "start_streaming").name == "ChannelStartFailed"


def test_a_function_that_times_out_is_explained(shows: Shows, api: FakeApi, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(create_channel, "ready_input", lambda step: shows.stage.clock.sleep(16))
    show = shows.ask()
    show.until("failed")
    error = of_a_session(api, show)
    said = "the step Create channel ended with Sandbox.Timedout: Task timed out after 15.00 seconds"
    assert (error.name, error.cause) == ("StepTimedOut", said)
    assert "Lambda timed out" in page_of(error)


def test_a_channel_that_hangs_is_told_by_its_state(shows: Shows, api: FakeApi) -> None:
    shows.stage.simulator.stick_channel("*-hangs", "STARTING")
    show = shows.ask(destination("hangs"), destination("other"))
    shows.stage.wait(lambda: "Delete channel" in show.path(), 7200, every=30)
    shows.stage.simulator.release_channels()
    shows.stage.settle(14400)
    error = show.destination("hangs")["error"]
    assert error["cause"] == "the step Await channel running ended with States.Timeout"


# A recording that is not saved


def test_a_recording_that_s3_did_not_take_is_explained(
    shows: Shows, api: FakeApi, monkeypatch: pytest.MonkeyPatch
) -> None:
    class NoAccess:
        def put_object(self, **_: Any) -> None:
            raise PermissionError("s3:PutObject")

        def delete_object(self, **_: Any) -> None:
            return None

    show = ask_host(shows)
    monkeypatch.setattr(backends, "_s3", NoAccess)
    show.start()
    show.until("live")
    show.record()
    show.passes(30)
    show.stop_recording()
    shows.stage.settle()
    recording = show.recording(1)
    arn = next(one["executionArn"] for one in shows.stage.executions() if "r001" in one["name"])
    execution = shows.stage.execution(arn)
    command = ("record", "get", show.id, "r001")
    is_said_the_same(api, recording["error"], execution, *command, session=show.look(), recording=recording)
    error = ErrorInfo.model_validate(recording["error"])
    assert error.name == "RecordingEmpty" and "s3:PutObject" in error.remedy
    assert "Failed to Write to Output" in page_of(error)


# What could not be written down, and what is left


def test_a_failure_that_could_not_be_noted_is_told_by_whoever_takes_over(shows: Shows, api: FakeApi) -> None:
    shows.stage.simulator.fail_channel("*", "create")
    shows.stage.lambdas.faults.kill_before("abandonSession", count=5)
    show = shows.ask()
    session = show.until("failed")
    assert session["error"]["name"] == "SessionAbandoned"
    is_said_the_same(api, session["error"], show.execution(), "session", "get", show.id, session=session)


def test_what_is_left_is_told_by_the_end_and_by_the_session(shows: Shows, api: FakeApi) -> None:
    show = shows.ask()
    show.until("live")
    shows.stage.faults.reject("medialive", "DeleteInput", 400, "BadRequestException", "not today", count=None)
    show.end()
    session = show.until("cleanup_incomplete")
    assert session["error"]["name"] == "CleanupIncomplete"
    is_said_the_same(api, session["error"], show.execution("end"), "session", "get", show.id, session=session)


def test_an_end_that_could_not_look_is_told_so_by_both(shows: Shows, api: FakeApi) -> None:
    show = shows.ask()
    show.until("live")
    shows.stage.lambdas.faults.kill_before("finishEnd", count=5)
    show.end()
    session = show.until("cleanup_incomplete")
    assert session["error"]["cause"].startswith("not known: ")
    is_said_the_same(api, session["error"], show.execution("end"), "session", "get", show.id, session=session)


def test_a_stop_that_does_not_come_off_is_told_by_both(shows: Shows, api: FakeApi) -> None:
    show = ask_host(shows)
    show.start()
    show.until("live")
    fault = shows.stage.faults.reject("medialive", "StopChannel", 400, "BadRequestException", "not today", count=None)
    show.stop()
    shows.stage.wait(lambda: show.execution("stop_streaming")["status"] == "FAILED", timeout=7200, every=30)
    fault.cancel()
    shows.stage.settle()
    session = show.look()
    assert session["error"]["name"] == "StepTimedOut" and session["ended_reason"] == "error"
    execution = show.execution("stop_streaming")
    is_said_the_same(api, session["error"], execution, "session", "get", show.id, session=session)


# The one answer to a request that is refused


def test_a_problem_document_says_what_an_execution_would(shows: Shows, api: FakeApi) -> None:
    shows.stage.simulator.settings.quotas.push_inputs = 5
    spec = shows.spec(*(destination(f"d{number}") for number in range(6)))
    status, _, problem = shows.stage.request("POST", "/sessions", spec)
    info = describe(problem["name"], problem["detail"])
    assert status == 409 and problem["name"] == "QuotaExceeded"
    assert (problem["title"], problem["remedy"], problem["runbook"]) == (info.title, info.remedy, info.runbook)
