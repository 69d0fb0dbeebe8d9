"""The commands of a host session against a fake API: streaming, recording, endpoints, limits and money."""

from __future__ import annotations

import io
import json
from collections.abc import Iterator
from typing import Any

import pytest
from rich.console import Console
from typer.testing import CliRunner

from console.cli import app
from console.render_recordings import recording_list
from tests.unit.console_api import (
    APPLICATION,
    INSTANCE,
    REJECTED,
    FakeApi,
    channel,
    destination,
    host_session,
    problem,
    recording,
    serving,
)

RUN = CliRunner()

LEASE = {
    "kind": "lease",
    "message": "the session's longest duration ends in 28 min: extend it with PATCH",
    "at": "2026-01-01T12:00:00Z",
}

COST = {
    "session_id": "s-1",
    "currency": "USD",
    "region": "us-east-1",
    "prices_of": "2026-11-22",
    "final": False,
    "total": "1.57",
    "lines": [
        {
            "what": "onair-dev-s-1-ivs: output, AVC HD",
            "quantity": "1.0500",
            "unit": "hour",
            "price": "1.2",
            "amount": "1.2600",
            "sourced": True,
        },
        {
            "what": "S3 requests",
            "quantity": "60.0000",
            "unit": "request",
            "price": "0.000005",
            "amount": "0.0003",
            "sourced": False,
        },
    ],
    "per_hour": {"idle": "0.0200", "streaming": "1.5200", "recording": "0.7600", "both": "1.5300"},
    "per_month": "0.0123",
    "limits": {"max_continuous_duration": 43200, "idle_timeout": 1800, "budget": {"usd": "2.00", "when_spent": "end"}},
    "warnings": [{"kind": "budget", "message": "1.57 of 2.00 USD are spent", "at": None}],
    "notes": ["Prices without a source: s3.put."],
}


@pytest.fixture
def api() -> Iterator[FakeApi]:
    with serving() as fake:
        yield fake


def onair(api: FakeApi, *arguments: str) -> Any:
    return RUN.invoke(app, ["--url", api.url, *arguments])


def lines(output: str) -> list[dict[str, Any]]:
    return [json.loads(line) for line in output.splitlines()]


def asked(api: FakeApi) -> list[tuple[str, str, Any]]:
    return [(method, target, body) for method, target, _, body in api.asked]


# Streaming


@pytest.mark.parametrize("verb", ["start", "stop"])
def test_stream_says_what_becomes_of_an_open_recording(api: FakeApi, verb: str) -> None:
    api.script, api.recordings = [host_session("starting")], [recording("recording")]
    assert onair(api, "stream", verb, "s-1").exit_code == 0
    assert onair(api, "stream", verb, "s-1", "--on-recording", "continue_with_gap").exit_code == 0
    assert asked(api) == [
        ("POST", f"/sessions/s-1/streaming/{verb}", {"on_recording": "refuse"}),
        ("POST", f"/sessions/s-1/streaming/{verb}", {"on_recording": "continue_with_gap"}),
    ]


def test_stream_start_can_be_followed_onto_the_air(api: FakeApi) -> None:
    timeline = [
        {"status": status, "at": f"2026-01-01T00:00:{second:02d}Z"}
        for status, second in (("creating", 0), ("idle", 9), ("starting", 20), ("live", 50))
    ]
    operation = {"number": 2, "kind": "start_streaming", "execution_arn": "arn", "finished_at": None}
    running = {"desired_status": "live", "operation": operation}
    api.recordings = [recording("ready")]
    api.script = [
        host_session("starting", 20, timeline=timeline[:3], **running),
        host_session("starting", 20, timeline=timeline[:3], **running),
        host_session("live", 50, timeline=timeline, destinations=[destination("broadcasting")]),
    ]
    result = onair(api, "stream", "start", "s-1", "--watch", "--json")
    assert result.exit_code == 0, result.output
    told = lines(result.stdout)
    moved = [(t["after"]["status"], t["elapsed_seconds"]) for t in told if t.get("subject") == "session"]
    assert moved == [("starting", 0.0), ("live", 30.0)]  # counted from the request to start
    assert not [t for t in told if t.get("subject") == "recording"], "what was done before is no news"
    assert told[-1]["outcome"] == "live"


def test_a_start_that_was_given_up_leaves_with_1_and_says_why(api: FakeApi) -> None:
    api.recordings = [recording("ready")]
    api.script = [
        host_session("starting", 20, desired_status="live"),
        host_session("idle", 59, error=REJECTED),
    ]
    result = onair(api, "stream", "start", "s-1", "--watch")
    assert result.exit_code == 1
    assert REJECTED["cause"] in result.stdout


def test_a_start_that_somebody_else_took_back_is_no_success(api: FakeApi) -> None:
    api.recordings = [recording("ready")]
    api.script = [host_session("starting", 20, desired_status="live"), host_session("idle", 59)]
    assert onair(api, "stream", "start", "s-1", "--watch").exit_code == 1


def test_a_move_that_is_not_allowed_says_by_which_commands_to_go_on(api: FakeApi) -> None:
    api.refusal = problem(
        409,
        "NotAllowedNow",
        detail="stopping the stream would cut recording r001, which is open",
        allowed=["streaming/stop", "recording/stop", "end"],
    )
    result = onair(api, "stream", "stop", "s-1")
    assert result.exit_code == 3
    assert "would cut recording r001" in result.stderr
    assert "stream stop · record stop · session end" in result.stderr


# Recordings


def test_record_start_names_the_recording(api: FakeApi) -> None:
    api.recordings = [recording("recording")]
    result = onair(api, "record", "start", "s-1")
    assert asked(api) == [("POST", "/sessions/s-1/recording/start", None)]
    assert "r001" in result.stdout
    assert "onair record get s-1 r001" in result.stdout


def test_record_start_can_be_followed_until_it_records(api: FakeApi) -> None:
    api.script = [host_session("idle", 20)]
    api.recordings = [recording("starting"), recording("starting"), recording("starting"), recording("recording")]
    result = onair(api, "record", "start", "s-1", "--watch")
    assert result.exit_code == 0, result.output
    assert "starting → recording" in " ".join(result.stdout.split())
    assert result.stdout.splitlines()[-1] == "recording r001 is recording"


def test_record_stop_can_be_followed_until_it_plays(api: FakeApi) -> None:
    api.script = [host_session("live", 20)]
    ready = recording("ready", gaps=[{"starts_at": "2026-01-01T00:01:10Z", "ends_at": "2026-01-01T00:01:20Z"}])
    api.recordings = [recording("stopping"), recording("stopping"), recording("processing"), ready]
    result = onair(api, "record", "stop", "s-1", "--watch")
    assert result.exit_code == 0, result.output
    said = " ".join(result.stdout.split())
    assert "stopping → processing" in said
    assert "recording r001 is ready 1 min 00 s, 1 gap" in said
    assert "s3://onair-dev/recordings/s-1/r001/playlist.m3u8" in said


def test_a_recording_that_fails_leaves_with_1_and_says_why(api: FakeApi) -> None:
    api.script = [host_session("live", 20)]
    api.recordings = [recording("stopping"), recording("stopping"), recording("failed", error=REJECTED)]
    result = onair(api, "record", "stop", "s-1", "--watch", "--json")
    assert result.exit_code == 1
    told = lines(result.stdout)[-1]
    assert (told["ok"], told["outcome"], told["problems"]) == (False, "failed", [REJECTED])
    assert told["recording"]["recording_id"] == "r001"


def test_recordings_are_listed_with_their_length_and_gaps(api: FakeApi) -> None:
    api.recordings = [recording("ready")]
    shown = onair(api, "record", "list", "s-1").stdout
    assert "1 min 00 s" in shown
    assert "16.4 MB" in shown
    assert onair(api, "record", "list", "s-1", "-q").stdout == "r001\n"
    [document] = lines(onair(api, "record", "list", "s-1", "--json").stdout)
    assert document == {"recordings": [recording("ready")]}


def test_one_recording_shows_where_it_has_no_pictures(api: FakeApi) -> None:
    gap = {"starts_at": "2026-01-01T00:01:10Z", "ends_at": "2026-01-01T00:01:20Z"}
    api.recordings = [recording("ready", gaps=[gap], missing_segments=2)]
    shown = onair(api, "record", "get", "s-1", "r001").stdout
    assert api.asked[0][:2] == ("GET", "/sessions/s-1/recordings/r001")
    assert "2026-01-01 00:01:10 to 2026-01-01 00:01:20: no pictures" in shown
    assert "30 segments, 2 missing" in shown


# Sessions with a host


@pytest.mark.parametrize(
    "command",
    [
        ["session", "get", "s-1"],
        ["session", "get", "s-1", "--json"],
        ["session", "watch", "s-1"],
        ["session", "watch", "s-1", "--json"],
        ["session", "provision", "s-1"],
        ["session", "provision", "s-1", "--watch"],
        ["session", "end", "s-1"],
        ["session", "extend", "s-1", "--hours", "1", "--json"],
        ["stream", "start", "s-1", "--json"],
        ["stream", "stop", "s-1", "--watch", "--json"],
        ["record", "stop", "s-1", "--watch", "--json"],
    ],
    ids=" ".join,
)
def test_only_one_command_asks_for_what_lets_anybody_go_on_air(api: FakeApi, command: list[str]) -> None:
    api.script, api.recordings = [host_session("idle", 9)], [recording("ready")]
    result = onair(api, *command)
    assert result.exit_code == 0, result.output
    assert not [path for _, path, _ in asked(api) if "ingest-endpoints" in path]
    assert APPLICATION not in result.output
    assert INSTANCE not in result.output


def test_endpoints_are_shown_when_asked_for(api: FakeApi) -> None:
    api.script = [host_session("idle", 9)]
    shown = onair(api, "session", "endpoints", "s-1").stdout
    assert f"rtmp://198.51.100.9:1935/{APPLICATION}" in shown
    assert INSTANCE in shown
    [document] = lines(onair(api, "session", "endpoints", "s-1", "--json").stdout)
    assert document["ingest_endpoints"][0]["stream_name"] == INSTANCE


@pytest.mark.parametrize(
    ("status", "other", "why"),
    [
        ("idle", {"provisioned": False}, "not yet"),
        ("creating", {}, "not yet"),
        ("ended", {}, "any more"),
        ("live", {"source": {"type": "flow"}}, "MediaConnect flow"),
    ],
)
def test_a_session_without_endpoints_says_why(api: FakeApi, status: str, other: dict[str, Any], why: str) -> None:
    api.script, api.endpoints = [host_session(status, 9, ingest_endpoints=[], **other)], []
    assert why in onair(api, "session", "endpoints", "s-1").stdout


def test_a_session_says_what_it_may_do_now_and_what_it_has_cost(api: FakeApi) -> None:
    api.script, api.recordings = [host_session("idle", 9, warnings=[LEASE])], [recording("ready")]
    shown = onair(api, "session", "get", "s-1").stdout
    assert "stream start · record start · session end" in shown
    assert "0.41 USD so far; its lease ends 2026-01-01 12:00:00" in shown
    assert "ends in 28 min" in shown
    assert "onair session extend s-1 --hours 1" in shown
    assert "r001" in shown
    assert "onair session endpoints s-1" in shown


def test_a_session_without_a_channel_says_how_to_get_one(api: FakeApi) -> None:
    created = {"number": 1, "kind": "create", "execution_arn": "", "finished_at": "2026-01-01T00:00:00Z"}
    api.script = [host_session("idle", 0, provisioned=False, operation=created, allowed=["medialive", "end"])]
    api.recordings = [recording("ready")]
    assert "onair session provision s-1" in onair(api, "session", "watch", "s-1").stdout


def test_a_watch_ends_when_the_operation_does_and_not_before(api: FakeApi) -> None:
    """Starting the recorder moves no status of the session's own."""
    operation = {"number": 2, "kind": "start_recorder", "execution_arn": "arn"}
    busy, done = operation | {"finished_at": None}, operation | {"finished_at": "2026-01-01T00:00:30Z"}
    api.recordings = [recording("starting"), recording("recording")]
    api.script = [host_session("idle", 9, operation=busy)] * 2 + [
        host_session("idle", 30, operation=done, resources=[channel("created", "RUNNING", 30)])
    ]
    assert "RUNNING" in onair(api, "session", "watch", "s-1").stdout


def test_extend_adds_hours_to_what_the_session_has(api: FakeApi) -> None:
    api.script = [host_session("live", 9)]
    assert onair(api, "session", "extend", "s-1", "--hours", "1.5").exit_code == 0
    assert asked(api)[-1] == ("PATCH", "/sessions/s-1", {"max_continuous_duration": 43200 + 5400})


def test_events_tell_who_asked_for_what_and_why_it_failed(api: FakeApi) -> None:
    begun = {"number": 2, "kind": "start_streaming", "requested_by": "studio-1"}
    api.pages = [
        {
            "events": [{"kind": "operation.begun", "at": "2026-01-01T00:00:20Z", "status": None, "operation": begun}],
            "next_cursor": "1",
        },
        {
            "events": [
                {
                    "kind": "destination.status_changed",
                    "at": "2026-01-01T00:00:50Z",
                    "status": "errored",
                    "destination_id": "ivs",
                    "error": {"name": "ChannelStartFailed"},
                }
            ],
            "next_cursor": None,
        },
    ]
    first = onair(api, "session", "events", "s-1").stdout
    assert "start_streaming" in first and "studio-1" in first and "--all" in first
    both = onair(api, "session", "events", "s-1", "--all").stdout
    assert "ChannelStartFailed" in both


def test_a_narrow_terminal_cuts_no_status_short() -> None:
    out = io.StringIO()
    playlist = f"s3://onair-dev-media/{'recordings/' * 9}playlist.m3u8"
    Console(width=80, file=out).print(recording_list([recording("ready", playlist=playlist)]))
    shown = out.getvalue()
    assert "…" not in shown
    assert "2026-01-01 00:01:00" in shown


# Money


def test_cost_shows_each_line_and_what_is_assumed(api: FakeApi) -> None:
    api.cost = COST
    shown = onair(api, "cost", "s-1").stdout
    assert api.asked[0][:2] == ("GET", "/sessions/s-1/cost")
    assert "1.57 USD so far" in shown
    assert "0.000005 assumed" in shown
    assert "on the air and recording 1.5300" in shown
    assert "2.00 USD (to be ended when it is spent)" in shown
    assert "1.57 of 2.00 USD are spent" in shown
    assert "Prices without a source: s3.put." in shown


def test_the_cost_of_a_session_that_is_over_is_its_total(api: FakeApi) -> None:
    api.cost = COST | {"final": True, "warnings": []}
    assert "1.57 USD in all" in onair(api, "cost", "s-1").stdout
    assert lines(onair(api, "cost", "s-1", "--json").stdout) == [api.cost]
