"""The real command line against a real ``onair up``."""

from __future__ import annotations

import json
import subprocess
import sys
import time
from collections.abc import Iterator
from typing import Any

import boto3
import pytest

from console.local import ENVIRONMENT
from tests.e2e.running import ROOT, onair, surroundings, up

FIRST = "examples/01-restream-1080p30.json"
SECOND = "examples/02-four-platforms.json"
THIRD = "examples/03-host-to-ivs.json"
FOURTH = "examples/04-flow-recorded.json"


@pytest.fixture(scope="module")
def stage() -> Iterator[dict[str, Any]]:
    with up("--speed", "60") as addresses:
        yield addresses


def aws(stage: dict[str, Any], service: str) -> Any:
    return boto3.client(
        service,
        endpoint_url=stage["aws_endpoint_url"],
        region_name=ENVIRONMENT["AWS_DEFAULT_REGION"],
        aws_access_key_id=ENVIRONMENT["AWS_ACCESS_KEY_ID"],
        aws_secret_access_key=ENVIRONMENT["AWS_SECRET_ACCESS_KEY"],
    )


def test_a_session_goes_on_air_and_comes_off_again(stage: dict[str, Any]) -> None:
    created = onair("session", "create", "-f", FIRST, "--watch", "--json", stage=stage)
    assert created.returncode == 0, created.stdout + created.stderr
    told = [json.loads(line) for line in created.stdout.splitlines()]
    assert told[-1]["outcome"] == "live"
    session_id = told[-1]["session"]["session_id"]
    assert [c["State"] for c in aws(stage, "medialive").list_channels()["Channels"]] == ["RUNNING"]

    shown = onair("session", "get", session_id, stage=stage)
    assert "created RUNNING" in shown.stdout
    listed = onair("session", "list", "--status", "live", stage=stage)
    assert session_id in listed.stdout

    ended = onair("session", "end", session_id, "--watch", stage=stage)
    assert ended.returncode == 0, ended.stdout + ended.stderr
    assert ended.stdout.splitlines()[-1].endswith("is ended")
    assert aws(stage, "medialive").list_channels()["Channels"] == []
    assert aws(stage, "medialive").list_inputs()["Inputs"] == []
    flow = aws(stage, "mediaconnect").describe_flow(FlowArn=stage["flow_arn"])["Flow"]
    assert flow["Outputs"] == []


def test_the_doctor_looks_at_whatever_answers_and_changes_nothing(stage: dict[str, Any]) -> None:
    given = ENVIRONMENT | {"AWS_ENDPOINT_URL": stage["aws_endpoint_url"]}
    before = aws(stage, "medialive").list_channels()["Channels"]
    told = onair("doctor", "--json", **given)
    document = json.loads(told.stdout)
    found = {one["check"]: one for one in document["findings"]}
    assert document["account"] == "…3333"
    assert found["MediaLive channels"]["verdict"] == "ok" and "5 allowed" in found["MediaLive channels"]["says"]
    assert found["outputs of a flow"]["verdict"] == found["stream keys"]["verdict"] == "ok"
    assert found["deploying" if "deploying" in found else "permissions"]["verdict"] == "unseen"
    wrong = {name for name, one in found.items() if one["verdict"] == "wrong"}
    assert wrong <= {"Node.js", "npm's packages"}
    assert told.returncode == (1 if wrong else 0), told.stdout + told.stderr
    assert aws(stage, "medialive").list_channels()["Channels"] == before


def test_a_stage_has_a_token_of_its_own_and_takes_no_other(stage: dict[str, Any]) -> None:
    assert onair("session", "list", stage=stage).returncode == 0
    assert onair("session", "list", "--token", stage["token"], ONAIR_URL=stage["api_url"]).returncode == 0
    for given in ({}, {"ONAIR_TOKEN": "example-token-not-real"}):
        refused = onair("session", "list", ONAIR_URL=stage["api_url"], **given)
        assert refused.returncode == 3
        assert "NotSignedIn" in refused.stderr and "ONAIR_TOKEN" in refused.stderr


def test_a_token_of_ones_own_choice_is_the_stages() -> None:
    with up(ONAIR_TOKEN="example-token-not-real") as addresses:
        assert addresses["token"] == "example-token-not-real"
        assert onair("session", "list", stage=addresses).returncode == 0


def test_four_destinations_from_standard_input(stage: dict[str, Any]) -> None:
    request = (ROOT / SECOND).read_text(encoding="utf-8")
    created = onair("session", "create", "-f", "-", "--watch", "--json", stage=stage, stdin=request)
    assert created.returncode == 0, created.stdout + created.stderr
    session = json.loads(created.stdout.splitlines()[-1])["session"]
    assert [d["status"] for d in session["destinations"]] == ["broadcasting"] * 4
    assert onair("session", "end", session["session_id"], "--watch", stage=stage).returncode == 0


def test_a_host_streams_and_records_apart(stage: dict[str, Any]) -> None:
    def told(*arguments: str) -> Any:
        """The last document that a command says, which went well."""
        done = onair(*arguments, "--json", stage=stage)
        assert done.returncode == 0, done.stdout + done.stderr
        return json.loads(done.stdout.splitlines()[-1])

    created = onair("session", "create", "-f", THIRD, "--watch", "--quiet", stage=stage)
    assert created.returncode == 0, created.stderr
    show = created.stdout.strip()

    [endpoint] = told("session", "endpoints", show)["ingest_endpoints"]
    shown = onair("session", "get", show, stage=stage).stdout
    assert "stream start · record start · session end" in shown
    assert endpoint["stream_name"] not in shown + json.dumps(told("session", "get", show))

    assert told("stream", "start", show, "--watch")["outcome"] == "live"
    assert told("record", "start", show, "--watch")["recording"]["status"] == "recording"
    while not aws(stage, "ivs").list_streams()["streams"]:
        pass
    channel = next(one for one in told("session", "get", show)["resources"] if one["kind"] == "channel")
    assert told("record", "stop", show, "--watch")["recording"]["duration"] > 0
    assert aws(stage, "medialive").describe_channel(ChannelId=channel["id"])["State"] == "RUNNING"

    assert told("record", "start", show)["recording_id"] == "r002"
    refused = onair("stream", "stop", show, stage=stage)
    assert refused.returncode == 3
    assert "would cut recording r002" in refused.stderr
    assert "record stop" in refused.stderr
    stopped = told("stream", "stop", show, "--on-recording", "continue_with_gap", "--watch")
    assert stopped["outcome"] == "idle"
    assert len(told("record", "get", show, "r002")["gaps"]) == 1
    assert told("stream", "start", show, "--on-recording", "finish", "--watch")["outcome"] == "live"

    lease = told("session", "get", show)["limits"]["max_continuous_duration"]
    assert told("session", "extend", show, "--hours", "2")["limits"]["max_continuous_duration"] == lease + 7200
    assert told("session", "end", show, "--watch")["outcome"] == "ended"
    cost = told("cost", show)
    assert cost["final"]
    assert float(cost["total"]) > 0
    assert told("session", "events", show, "--all")["events"][0]["kind"] == "session.created"
    assert told("session", "endpoints", show)["ingest_endpoints"] == []
    assert [one["recording_id"] for one in told("record", "list", show)["recordings"]] == ["r001", "r002"]
    assert aws(stage, "ivs").list_channels()["channels"] == []


def test_a_flow_session_has_a_recorder_of_its_own(stage: dict[str, Any]) -> None:
    created = onair("session", "create", "-f", FOURTH, "--watch", "--json", stage=stage)
    assert created.returncode == 0, created.stdout + created.stderr
    session = json.loads(created.stdout.splitlines()[-1])["session"]
    assert (session["recording"]["recording_id"], session["recording"]["status"]) == ("r001", "recording")
    stopped = onair("record", "stop", session["session_id"], "--watch", stage=stage)
    assert stopped.returncode == 0, stopped.stdout + stopped.stderr
    assert "recording r001 is ready" in stopped.stdout
    assert onair("session", "end", session["session_id"], "--watch", stage=stage).returncode == 0


def test_a_session_may_exist_before_its_channel(stage: dict[str, Any]) -> None:
    request = json.loads((ROOT / THIRD).read_text(encoding="utf-8")) | {"provision": False}
    created = onair("session", "create", "-f", "-", "-q", stage=stage, stdin=json.dumps(request))
    show = created.stdout.strip()
    assert onair("stream", "start", show, stage=stage).returncode == 3
    assert "not yet" in onair("session", "endpoints", show, stage=stage).stdout
    assert onair("session", "provision", show, "--watch", stage=stage).returncode == 0
    assert "rtmp://" in onair("session", "endpoints", show, stage=stage).stdout
    assert onair("session", "end", show, "--watch", stage=stage).returncode == 0


def test_the_same_idempotency_key_makes_one_session(stage: dict[str, Any]) -> None:
    made = {
        onair("session", "create", "-f", FIRST, "--idempotency-key", "k-1", "-q", stage=stage).stdout for _ in range(2)
    }
    [session_id] = made
    assert onair("session", "end", session_id.strip(), "--watch", stage=stage).returncode == 0


def test_every_fault_of_a_request_is_named_and_no_key_is_repeated(stage: dict[str, Any]) -> None:
    request = json.loads((ROOT / FIRST).read_text(encoding="utf-8"))
    request["destinations"][0] |= {
        "url": "http://live.restream.io/live",
        "profile": "4k",
        "stream_key": "example planted",
    }
    refused = onair("session", "create", "-f", "-", stage=stage, stdin=json.dumps(request))
    assert refused.returncode == 3
    for field in ("destinations.0.url", "destinations.0.profile", "destinations.0.stream_key"):
        assert field in refused.stderr
    assert "planted" not in refused.stdout + refused.stderr


def test_a_session_that_does_not_exist_is_said_so(stage: dict[str, Any]) -> None:
    missing = onair("session", "get", "s-000000000000", stage=stage)
    assert missing.returncode == 3
    assert "SessionNotFound" in missing.stderr


def test_a_flow_that_does_not_exist_fails_the_session_with_cause_and_remedy(stage: dict[str, Any]) -> None:
    gone = stage["flow_arn"].replace("main-stage", "no-such-flow").replace("0123456789ab", "ba9876543210")
    failed = onair("session", "create", "-f", FIRST, "--flow-arn", gone, "--watch", stage=stage)
    assert failed.returncode in {1, 3}
    assert "FlowNotFound" in failed.stdout + failed.stderr


def test_the_aws_command_sees_the_executions(stage: dict[str, Any]) -> None:
    machine = "arn:aws:states:eu-west-1:111122223333:stateMachine:onair-dev-provision-session"
    command = ["stepfunctions", "list-executions", "--state-machine-arn", machine]
    answered = subprocess.run(
        [sys.executable, "-m", "awscli", *command, "--endpoint-url", stage["aws_endpoint_url"], "--output", "json"],
        env=surroundings() | ENVIRONMENT,
        capture_output=True,
        text=True,
        timeout=60,
    )
    assert answered.returncode == 0, answered.stderr
    assert isinstance(json.loads(answered.stdout)["executions"], list)


def test_a_port_that_is_taken_is_said_so(stage: dict[str, Any]) -> None:
    port = stage["api_url"].rsplit(":", 1)[1]
    second = onair("up", "--api-port", port, "--aws-port", "0")
    assert second.returncode == 1
    assert "is taken" in second.stderr


def test_up_stops_at_once_in_the_middle_of_a_session() -> None:
    with up("--speed", "1") as addresses:
        created = onair("session", "create", "-f", FIRST, "-q", stage=addresses)
        assert created.returncode == 0, created.stderr
        begun = time.monotonic()
    assert time.monotonic() - begun < 15
