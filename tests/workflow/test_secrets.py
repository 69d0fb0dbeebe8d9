"""A stream key appears nowhere that OnAir writes: looked for after shows that went well and shows that didn't."""

from __future__ import annotations

import json
import logging
from pathlib import Path
from typing import Any

import pytest

from tests.show import Shows, destination

KEY = "example-planted-key-7f3a9c51d2"
PASSWORD = "example-planted-word-4b8e6a20"
TOKEN = "example-planted-token-91c7d3e5"
PLANTED = (KEY, PASSWORD, TOKEN)


def planted(name: str, **changes: Any) -> dict[str, Any]:
    secrets = {"stream_key": KEY, "username": "host", "password": PASSWORD}
    return destination(name, **{"url": f"rtmp://{name}.example.net/live?token={TOKEN}", **secrets, **changes})


class Traces:
    """Everything that a run has written."""

    def __init__(self, shows: Shows) -> None:
        self.shows = shows
        self.answers: list[Any] = []

    def ask(self, method: str, path: str, body: Any = None) -> Any:
        answer = self.shows.stage.request(method, path, body)
        self.answers.append(answer)
        return answer

    def written(self) -> dict[str, str]:
        stage = self.shows.stage
        executions = stage.executions()
        return {
            "answers": dump(self.answers),
            "executions": dump(executions),
            "histories": dump([stage.history(one["executionArn"]) for one in executions]),
            "logs": "\n".join(stage.lambdas.logs()),
            "results": dump([one.answer.decode() for one in stage.lambdas.invocations]),
            "table": dump(self.shows.items()),
            "events": dump([one.event for one in stage.bus.log()]),
            "parameter names": dump(self.shows.secrets()),
            "flow": dump(stage.client("mediaconnect").describe_flow(FlowArn=self.shows.flow)),
            "inputs": dump(stage.client("medialive").list_inputs()),
            "call log": dump([vars(one) for one in stage.endpoint.calls()]),
        }

    def assert_clean(self) -> None:
        for where, text in self.written().items():
            for secret in PLANTED:
                assert secret not in text, f"a secret is in the {where}"


def dump(value: Any) -> str:
    return json.dumps(value, default=str)


def test_a_key_is_found_nowhere(
    shows: Shows, caplog: pytest.LogCaptureFixture, capfd: pytest.CaptureFixture[str]
) -> None:
    caplog.set_level(logging.INFO)
    shows.allow(20)
    stage, traces = shows.stage, Traces(shows)
    echo = f"Url rtmp://x/live?token={TOKEN} StreamName {KEY} is not taken"
    stage.simulator.reject_channel("*-rejected", echo)
    stage.simulator.fail_channel("*-failing", on="start")
    stage.faults.lose_answer("medialive", "CreateChannel", count=1)
    stage.lambdas.faults.kill_after_call("createChannel", "ssm", "GetParameters", skip=1)

    status, _, show = traces.ask(
        "POST", "/sessions", shows.spec(planted("good"), planted("rejected"), planted("failing"))
    )
    assert status == 202
    stage.settle()
    live = traces.ask("GET", f"/sessions/{show['session_id']}")[2]
    assert {one["status"] for one in live["destinations"]} == {"broadcasting", "errored"}
    assert KEY in dump(stage.client("medialive").describe_channel(ChannelId=channel_of(live))), "the key went nowhere"
    traces.assert_clean()

    # Requests that are refused, in every way that quotes
    for wrong in (
        shows.spec(planted("a"), planted("a", url=KEY)),
        shows.spec(planted("b", profile=KEY, channel_class=TOKEN)),
        shows.spec(planted("c", video_bitrate=PASSWORD), owner={"key": KEY}),
        {**shows.spec(planted("d")), "name": [KEY], "source": {"type": KEY, "flow_arn": TOKEN}},
        f'{{"stream_key": "{KEY}"',
        KEY,
        shows.spec(planted("e", url=f"rtmp://{KEY}:{PASSWORD}@x.example.net/live")),
    ):
        body = wrong.encode() if isinstance(wrong, str) else wrong
        assert traces.ask("POST", "/sessions", body)[0] == 422
    traces.ask("GET", f"/sessions?cursor={KEY}")
    leaked = [one for one in traces.answers if KEY in dump(one)]
    assert not leaked

    # Faults of ours: an exception whose text quotes the key
    stage.faults.reject("ssm", "PutParameter", 400, "ValidationException", f"1 validation error: {KEY}", count=None)
    assert traces.ask("POST", "/sessions", shows.spec(planted("f")))[0] >= 400
    stage.faults.clear()

    traces.ask("DELETE", f"/sessions/{show['session_id']}")
    stage.settle()
    traces.ask("GET", f"/sessions/{show['session_id']}")
    traces.assert_clean()
    shows.nothing_left()
    for secret in PLANTED:
        assert secret not in caplog.text
    out = capfd.readouterr()
    assert not [secret for secret in PLANTED if secret in out.out + out.err]
    assert files_with_secrets() == []


def channel_of(session: dict[str, Any]) -> str:
    rows = [row for row in session["resources"] if row["kind"] == "channel" and row["state"] == "created"]
    return str(rows[0]["id"])


def files_with_secrets() -> list[str]:
    """Files below the project that hold a planted secret: this test's own source excepted."""
    root = Path(__file__).parents[2]
    skipped = {".git", ".venv", "node_modules", "__pycache__", ".mypy_cache", ".ruff_cache"}
    found = []
    for path in root.rglob("*"):
        if skipped & set(path.parts) or not path.is_file() or path == Path(__file__):
            continue
        text = path.read_bytes()
        if any(secret.encode() in text for secret in PLANTED):
            found.append(str(path))
    return found


def test_the_search_can_see(shows: Shows) -> None:
    """A key that is written where it must not be is found: else the test above shows nothing."""
    traces = Traces(shows)
    shows.stage.client("dynamodb").put_item(
        TableName="onair-dev-sessions", Item={"pk": {"S": "x"}, "sk": {"S": "y"}, "leak": {"S": KEY}}
    )
    with pytest.raises(AssertionError, match="table"):
        traces.assert_clean()
