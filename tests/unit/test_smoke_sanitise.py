"""What is left in an event once it is fit to be shown: nothing that was planted, and all that patterns go by."""

from __future__ import annotations

import json
from typing import Any

import pytest

from shared.domain.names import session_of
from tests.smoke_aws import samples
from tests.smoke_aws.sanitise import ACCOUNT, sanitised

REAL = "987654321098"
STREAM_KEY = "sk_us-west-2_abcdEFGHijkl_MNOPqrstUVWXyzABCDEFghijklmn"
PLANTED = {
    "an account": REAL,
    "a region": "us-west-2",
    "a stage": "production",
    "a channel's id": "7654987",
    "a flow's id": "1-Qw3rTy5uI0pAsDf-1a2b3c4d5e6f",
    "an ivs channel's id": "hJ8kL2mN4pQ6",
    "a stream's id": "st-9Z8Y7X6W5V4U3T2S1R0Q9P8",
    "a session": "s-k3m9x7q2w5t8",
    "a name": "big-launch-of-acme",
    "an event's id": "315c1398-40ff-a850-213b-158f73e60175",
    "an address": "54.201.33.7",
    "an address of six": "2600:1f14:abc:9900::7",
    "a host": "a1b2c3d4e5f6.global-contribute.live-video.net",
    "a stream key": STREAM_KEY,
    "a youtube key": "abcd-efgh-ijkl-mnop-qrst",
    "an ingest name": "j4kd83nxmz02/qq91mmz8ssk2",
    "an access key": "AKIAEXAMPLENOTREAL77",
    "a mail": "jane.roe@acme.example",
    "a bucket": "onair-production-media-987654321098-us-west-2",
}


#: What is only a word can't be told from the service's own: the one that is planted, the stage's, is in no free text.
assert [name for name, value in PLANTED.items() if value.isalpha()] == ["a stage"]


def arn(service: str, rest: str) -> str:
    return f"arn:aws:{service}:us-west-2:{REAL}:{rest}"


def event(source: str, detail_type: str, resource: str, **detail: Any) -> dict[str, Any]:
    return {
        "version": "0",
        "id": PLANTED["an event's id"],
        "detail-type": detail_type,
        "source": source,
        "account": REAL,
        "time": "2026-11-20T19:58:31Z",
        "region": "us-west-2",
        "resources": [resource],
        "detail": detail,
    }


CHANNEL = arn("medialive", "channel:" + PLANTED["a channel's id"])
EXECUTION = arn("states", f"execution:onair-production-provision-session:{PLANTED['a session']}-1-provision")
MACHINE = arn("states", "stateMachine:onair-production-provision-session")
EVENTS = [
    event(
        "aws.medialive",
        "MediaLive Channel State Change",
        CHANNEL,
        channel_arn=CHANNEL,
        state="RUNNING",
        message="Started channel",
        pipelines_running_count=1,
    ),
    event(
        "aws.medialive",
        "MediaLive Channel Alert",
        CHANNEL,
        channel_arn=CHANNEL,
        alarm_state="SET",
        alarm_id="7654987001",
        alert_type="Failed RTMP Connection",
        pipeline="0",
        message=" ".join(
            [
                "Unable to reach",
                *(one for one in PLANTED.values() if not one.isalpha()),
                f"rtmps://{PLANTED['a host']}:443/app/{STREAM_KEY}",
            ]
        ),
    ),
    event(
        "aws.mediaconnect",
        "MediaConnect Flow Status Change",
        arn("mediaconnect", "flow:" + PLANTED["a flow's id"] + ":" + PLANTED["a name"]),
        currentStatus="ACTIVE",
        previousStatus="STARTING",
    ),
    event(
        "aws.ivs",
        "IVS Stream State Change",
        arn("ivs", "channel/" + PLANTED["an ivs channel's id"]),
        event_name="Stream Start",
        channel_name=f"onair-production-{PLANTED['a session']}-ivs",
        stream_id=PLANTED["a stream's id"],
    ),
    event(
        "aws.states",
        "Step Functions Execution Status Change",
        EXECUTION,
        executionArn=EXECUTION,
        stateMachineArn=MACHINE,
        name=f"{PLANTED['a session']}-1-provision",
        status="ABORTED",
        startDate=1767268800000,
        stopDate=1767268860000,
        input=json.dumps(PLANTED),
        output=json.dumps(list(PLANTED.values())),
        cause=PLANTED["a mail"],
    ),
    event("aws.ivs", "Something New", CHANNEL, unknown={"deep": [PLANTED]}, **{PLANTED["a name"]: 7654987}),
]


@pytest.mark.parametrize("secrets", [[], [STREAM_KEY, PLANTED["an ingest name"]]], ids=["by form", "by name"])
@pytest.mark.parametrize("what", PLANTED)
def test_nothing_that_was_planted_is_left(what: str, secrets: list[str]) -> None:
    text = json.dumps(sanitised(EVENTS, secrets))
    assert PLANTED[what] not in text
    assert not any(part in text for part in PLANTED[what].split("/") if len(part) > 5 and any(map(str.isdigit, part)))


def test_a_secret_is_taken_out_of_a_word_of_the_services_own_too() -> None:
    odd = event("aws.ivs", "IVS Stream State Change", CHANNEL, event_name="secretword", state="LIVE")
    (clean,) = sanitised([odd], ["secretword"])
    assert clean["detail"] == {"event_name": "example", "state": "LIVE"}


def test_what_patterns_and_parsers_go_by_stays() -> None:
    running, alert, flow, stream, execution, _ = sanitised(EVENTS)
    assert {one["account"] for one in (running, alert, flow)} == {ACCOUNT}
    assert running["detail-type"] == "MediaLive Channel State Change" and running["time"] == EVENTS[0]["time"]
    assert running["detail"]["state"] == "RUNNING" and running["detail"]["message"] == "Started channel"
    assert running["detail"]["channel_arn"] == running["resources"][0] == alert["resources"][0], "the same by the same"
    assert running["resources"][0].startswith(f"arn:aws:medialive:eu-west-1:{ACCOUNT}:channel:")
    assert alert["detail"]["alert_type"] == "Failed RTMP Connection" and alert["detail"]["alarm_state"] == "SET"
    assert flow["resources"][0].split(":")[5] == "flow" and len(flow["resources"][0].split(":")) == 8
    assert stream["detail"]["event_name"] == "Stream Start"
    assert execution["detail"]["stateMachineArn"].endswith(":stateMachine:onair-dev-provision-session")
    assert execution["detail"]["executionArn"].count(":") == EXECUTION.count(":")
    assert session_of(execution["detail"]["name"]) is not None
    assert (execution["detail"]["status"], execution["detail"]["startDate"]) == ("ABORTED", 1767268800000)
    assert (execution["detail"]["input"], execution["detail"]["output"]) == ("{}", None)


def test_one_sample_of_each_kind_is_kept(tmp_path: Any) -> None:
    written = samples.save([*EVENTS, EVENTS[0]], [], tmp_path)
    assert [path.name for path in written] == sorted(path.name for path in tmp_path.iterdir())
    assert "medialive_channel_state_change_running.json" in {path.name for path in written}
    assert "step_functions_execution_status_change_provision_session_aborted.json" in {path.name for path in written}
    assert len(written) == len(EVENTS)
