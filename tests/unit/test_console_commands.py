"""The command line against a fake API: what it sends, what it shows, and how it leaves."""

from __future__ import annotations

import io
import json
import os
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager, redirect_stderr
from pathlib import Path
from typing import Any

import pytest
import typer
from typer.testing import CliRunner

from console.cli import app
from console.options import INTERRUPTED, READER_LEFT, Answer
from tests.unit.console_api import REJECTED, FakeApi, channel, destination, problem, serving, session

RUN = CliRunner()
ROOT = Path(__file__).resolve().parents[2]
SPEC = {"name": "Friday", "destinations": [{"platform": "custom", "stream_key": "example-planted-key-not-real"}]}


@pytest.fixture
def api() -> Iterator[FakeApi]:
    with serving() as fake:
        yield fake


@pytest.fixture
def file(tmp_path: Path) -> str:
    path = tmp_path / "session.json"
    path.write_text(json.dumps(SPEC))
    return str(path)


def onair(api: FakeApi, *arguments: str, stdin: str | None = None) -> Any:
    return RUN.invoke(app, ["--url", api.url, *arguments], input=stdin)


def lines(output: str) -> list[dict[str, Any]]:
    return [json.loads(line) for line in output.splitlines()]


def test_create_sends_the_file_and_says_how_to_follow(api: FakeApi, file: str) -> None:
    api.script = [session("creating")]
    result = onair(api, "session", "create", "-f", file, "--idempotency-key", "friday-1")
    assert result.exit_code == 0
    assert "Friday [night] show" in result.stdout
    assert "onair session watch s-1" in result.stdout
    method, target, headers, body = api.asked[0]
    assert (method, target, body) == ("POST", "/sessions", SPEC)
    assert headers["idempotency-key"] == "friday-1"


def test_create_reads_standard_input(api: FakeApi) -> None:
    api.script = [session("creating")]
    assert onair(api, "session", "create", "-f", "-", stdin=json.dumps(SPEC)).exit_code == 0
    assert api.asked[0][3] == SPEC


def test_create_can_be_given_another_flow(api: FakeApi, file: str) -> None:
    api.script = [session("creating")]
    onair(api, "session", "create", "-f", file, "--flow-arn", "arn:another")
    assert api.asked[0][3]["source"] == {"type": "flow", "flow_arn": "arn:another"}


def test_create_quietly_prints_the_id_alone(api: FakeApi, file: str) -> None:
    api.script = [session("creating")]
    assert onair(api, "session", "create", "-f", file, "-q").stdout == "s-1\n"


def test_create_quietly_and_watching_prints_the_id_and_nothing_else(api: FakeApi, file: str) -> None:
    api.script = [session("creating"), session("creating"), session("live", 30)]
    result = onair(api, "session", "create", "-f", file, "-q", "--watch")
    assert (result.exit_code, result.stdout, result.stderr) == (0, "s-1\n", "")


def test_create_quietly_and_watching_says_on_standard_error_what_went_wrong(api: FakeApi, file: str) -> None:
    api.script = [session("creating"), session("failed", 30, error=REJECTED)]
    result = onair(api, "session", "create", "-f", file, "-q", "--watch")
    assert (result.exit_code, result.stdout) == (1, "s-1\n")
    assert REJECTED["cause"] in result.stderr


def test_a_file_may_begin_with_a_byte_order_mark(api: FakeApi, tmp_path: Path) -> None:
    """As Notepad and PowerShell write it."""
    path = tmp_path / "marked.json"
    path.write_text(json.dumps(SPEC), encoding="utf-8-sig")
    api.script = [session("creating")]
    assert onair(api, "session", "create", "-f", str(path)).exit_code == 0
    assert onair(api, "session", "create", "-f", "-", stdin="\ufeff" + json.dumps(SPEC)).exit_code == 0
    assert [body for *_, body in api.asked] == [SPEC, SPEC]


@pytest.mark.skipif(os.name == "nt", reason="a pipe breaks otherwise there")
@pytest.mark.parametrize("how", [[], ["--json"]], ids=["for people", "for machines"])
def test_a_reader_that_leaves_is_no_failure(api: FakeApi, how: list[str]) -> None:
    """As in ``onair session watch s-1 | head -1``: neither a trace nor the exit code of a failed session."""
    states = ("IDLE", "STARTING", "RUNNING", "STOPPING")
    api.script = [session("creating", n, resources=[channel("created", states[n % 4], n)]) for n in range(59)]
    command = [sys.executable, "-m", "console", "--url", api.url, "session", "watch", "s-1", "--every", "0.05", *how]
    with subprocess.Popen(command, cwd=ROOT, stdout=subprocess.PIPE, stderr=subprocess.PIPE) as process:
        assert process.stdout is not None and process.stderr is not None
        process.stdout.readline()
        process.stdout.close()
        assert process.stderr.read() == b""
    assert process.returncode == READER_LEFT


def test_ctrl_c_says_what_goes_on() -> None:
    answered = Answer("http://127.0.0.1:1", as_json=False)
    for said, reporting in (("goes on by itself", answered.reporting()), ("is gone", answered.reporting("it is gone"))):
        with redirect_stderr(io.StringIO()) as told, pytest.raises(typer.Exit) as left, reporting:
            raise KeyboardInterrupt
        assert left.value.exit_code == INTERRUPTED
        assert said in told.getvalue()


def test_ctrl_c_in_the_demo_says_that_nothing_goes_on(monkeypatch: pytest.MonkeyPatch) -> None:
    @contextmanager
    def interrupted(speed: float) -> Iterator[None]:
        raise KeyboardInterrupt
        yield

    monkeypatch.setattr("console.demo.running_stage", interrupted)
    result = RUN.invoke(app, ["demo"])
    assert result.exit_code == INTERRUPTED
    assert "the demo's stage is gone" in result.stderr
    assert "goes on" not in result.stderr


def test_json_may_stand_before_or_after_the_command(api: FakeApi) -> None:
    api.script = [session("live", 9)]
    before = onair(api, "--json", "session", "get", "s-1")
    after = onair(api, "session", "get", "s-1", "--json")
    assert lines(before.stdout) == lines(after.stdout) == [session("live", 9)]


def test_the_address_comes_from_the_environment(api: FakeApi) -> None:
    api.script = [session("live")]
    result = RUN.invoke(app, ["session", "get", "s-1"], env={"ONAIR_URL": api.url})
    assert result.exit_code == 0


def test_get_shows_each_resource(api: FakeApi) -> None:
    api.script = [session("live", 9, resources=[channel("created", "RUNNING", 8)])]
    result = onair(api, "session", "get", "s-1")
    assert "restream/channel" in result.stdout
    assert "created RUNNING" in result.stdout


def test_list_shows_one_page_and_says_when_there_are_more(api: FakeApi) -> None:
    api.pages = [{"sessions": [session("live")], "next_cursor": "1"}, {"sessions": [session("ended")]}]
    result = onair(api, "session", "list", "--status", "live", "--limit", "1")
    assert api.asked[0][1] == "/sessions?status=live&limit=1"
    assert "--all" in result.stdout
    assert "ended" not in result.stdout


def test_list_all_follows_the_cursor(api: FakeApi) -> None:
    api.pages = [{"sessions": [session("live")], "next_cursor": "1"}, {"sessions": [session("ended")]}]
    [document] = lines(onair(api, "session", "list", "--all", "--json").stdout)
    assert [s["status"] for s in document["sessions"]] == ["live", "ended"]
    assert document["next_cursor"] is None


def test_list_quietly_prints_ids_alone(api: FakeApi) -> None:
    api.pages = [{"sessions": [session("live"), session("live")], "next_cursor": None}]
    assert onair(api, "session", "list", "-q").stdout == "s-1\ns-1\n"
    api.pages = [{"sessions": [], "next_cursor": None}]
    assert onair(api, "session", "list", "-q").stdout.strip() == ""


def test_watch_shows_what_moves_and_when(api: FakeApi) -> None:
    api.script = [
        session("creating"),
        session("creating", 3, resources=[channel("intended", None, 2)]),
        session("idle", 21, resources=[channel("created", "IDLE", 20)]),
        session("live", 52, resources=[channel("created", "RUNNING", 50)], destinations=[destination("broadcasting")]),
    ]
    result = onair(api, "session", "watch", "s-1", "--every", "0.05")
    assert result.exit_code == 0
    shown = [line.split() for line in result.stdout.splitlines()]
    assert ["20.0", "s", "restream/channel", "intended", "→", "created", "IDLE"] in shown
    assert ["21.0", "s", "s-1", "creating", "→", "idle"] in shown
    assert ["50.0", "s", "restream/channel", "created", "IDLE", "→", "created", "RUNNING"] in shown
    assert shown[-1] == ["Friday", "[night]", "show", "is", "live"]


def test_watch_in_json_is_one_object_a_change_and_a_result(api: FakeApi) -> None:
    api.script = [session("creating"), session("creating"), session("live", 30)]
    told = lines(onair(api, "session", "watch", "s-1", "--every", "0.05", "--json").stdout)
    moved = [(t["before"] or {}).get("status") for t in told if t.get("subject") == "session"]
    assert moved == [None, "creating"]  # before it came to be, and before it went live
    assert told[-1]["type"] == "result"
    assert told[-1]["ok"] is True
    assert told[-1]["session"]["status"] == "live"


def test_watch_of_a_session_that_fails_says_why_and_leaves_with_1(api: FakeApi, file: str) -> None:
    failed = session("failed", 40, destinations=[destination("errored", REJECTED)], error=REJECTED)
    api.script = [session("creating"), failed]
    result = onair(api, "session", "create", "-f", file, "--watch")
    assert result.exit_code == 1
    assert REJECTED["cause"] in result.stdout
    assert REJECTED["remedy"] in result.stdout
    assert REJECTED["runbook"] in result.stdout


@pytest.mark.parametrize(
    "last",
    [
        session("cleanup_incomplete", 40, desired_status="ended"),
        session("live", 40, destinations=[destination("errored", REJECTED)]),
        session("ended", 40, desired_status="ended", ended_reason="error", error=REJECTED),
    ],
    ids=["cleanup incomplete", "a destination errored", "ended by an error"],
)
def test_watch_leaves_with_1_when_something_is_broken(api: FakeApi, last: dict[str, Any]) -> None:
    api.script = [last]
    result = onair(api, "session", "watch", "s-1", "--json")
    assert result.exit_code == 1
    assert lines(result.stdout)[-1]["ok"] is False


def test_end_waits_for_the_end_and_not_for_the_live_it_comes_from(api: FakeApi) -> None:
    operation = {"number": 2, "kind": "end", "execution_arn": "arn:aws:states:::execution:two"}
    ending = {"desired_status": "ended", "operation": operation}
    timeline = [
        {"status": status, "at": f"2026-01-01T00:00:{second:02d}Z"}
        for status, second in (("creating", 0), ("live", 9), ("ending", 10), ("ended", 25))
    ]
    api.script = [
        session("live", 10, timeline=timeline[:2], **ending),
        session("ending", 10, timeline=timeline[:3], **ending),
        session("ended", 25, timeline=timeline, ended_reason="requested", **ending),
    ]
    result = onair(api, "session", "end", "s-1", "--watch", "--json")
    assert result.exit_code == 0
    assert api.asked[0][:2] == ("DELETE", "/sessions/s-1")
    told = lines(result.stdout)
    assert told[-1]["outcome"] == "ended"
    moved = [(t["after"]["status"], t["elapsed_seconds"]) for t in told if t.get("subject") == "session"]
    assert moved == [("ending", 0.0), ("ended", 15.0)]


def test_a_refusal_shows_every_fault_with_its_field(api: FakeApi, file: str) -> None:
    api.refusal = problem(
        422,
        "InvalidRequest",
        detail="Two fields are wrong.",
        remedy="Correct them.",
        errors=[
            {"field": "destinations.0.url", "message": "must start with rtmp://"},
            {"field": "name", "message": "is missing"},
        ],
    )
    result = onair(api, "session", "create", "-f", file)
    assert result.exit_code == 3
    assert "destinations.0.url: must start with rtmp://" in result.stderr
    assert "name: is missing" in result.stderr
    assert "Correct them." in result.stderr
    assert lines(onair(api, "--json", "session", "create", "-f", file).stdout) == [api.refusal]


def test_an_answer_that_is_not_the_apis_is_said_to_be_so(api: FakeApi) -> None:
    api.raw = (502, b"<html>Bad Gateway</html>")
    result = onair(api, "session", "get", "s-1")
    assert result.exit_code == 3
    assert "502 Bad Gateway" in result.stderr
    api.raw = (200, b"<html>Welcome</html>")
    assert onair(api, "session", "get", "s-1").exit_code == 3


def test_no_api_there_says_how_to_start_one() -> None:
    with serving() as gone:
        pass
    result = onair(gone, "session", "list")
    assert result.exit_code == 4
    assert "Can't reach the OnAir API" in result.stderr
    assert "onair up" in result.stderr
    [document] = lines(onair(gone, "session", "list", "--json").stdout)
    assert document["name"] == "Unreachable"


@pytest.mark.parametrize("text", ['{"stream_key": "example-planted-key-not-real",}', "[]", "\xff"])
def test_a_file_that_is_no_session_is_refused_without_quoting_it(api: FakeApi, tmp_path: Path, text: str) -> None:
    path = tmp_path / "broken.json"
    path.write_bytes(text.encode("latin-1"))
    result = onair(api, "session", "create", "-f", str(path))
    assert result.exit_code == 2
    assert "planted" not in result.output
    assert api.asked == []


def test_an_address_that_is_none_is_a_wrong_command_line() -> None:
    assert RUN.invoke(app, ["--url", "file:///etc/hosts", "session", "list"]).exit_code == 2


@pytest.mark.parametrize(
    "command",
    [
        *([], ["up"], ["demo"], ["cost"]),
        *(["session", verb] for verb in ("create", "list", "get", "watch", "end")),
        *(["session", verb] for verb in ("provision", "endpoints", "extend", "events")),
        *(["stream", verb] for verb in ("start", "stop")),
        *(["record", verb] for verb in ("start", "stop", "list", "get")),
    ],
    ids=lambda command: " ".join(command) or "onair",
)
def test_help_of_every_command_has_an_example(command: list[str]) -> None:
    result = RUN.invoke(app, [*command, "--help"])
    assert result.exit_code == 0
    assert f"Example: onair {' '.join(command)}".rstrip() in result.stdout
