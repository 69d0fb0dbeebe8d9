"""Plain clients: botocore's own waiters on a fast clock, the ``aws`` command, and calls from many threads."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any

import pytest

from infra.local.simulator import Duration, service_of
from tests.contract.simulator_corpus import rtmp
from tests.contract.simulator_stand import REGION, Stand, served

pytestmark = pytest.mark.slow


@pytest.fixture
def stand() -> Iterator[Stand]:
    with served(speed=20) as stand:
        yield stand


def wait(client: Any, waiter: str, **parameters: str) -> None:
    """botocore's waiter, asking more often: its delays are meant for the wall clock."""
    attempts = client.get_waiter(waiter).config.max_attempts
    client.get_waiter(waiter).wait(**parameters, WaiterConfig={"Delay": 0.15, "MaxAttempts": attempts})


def at_their_quickest(stand: Stand) -> None:
    """Every transition takes the least that it ever takes by default, which on this clock is seconds enough."""
    durations = stand.simulator.settings.durations
    for name in type(durations).model_fields:
        least = getattr(durations, name).low
        setattr(durations, name, Duration(low=least, high=least))


def make_input(stand: Stand) -> str:
    group = stand.medialive.create_input_security_group(WhitelistRules=[{"Cidr": "0.0.0.0/0"}])["SecurityGroup"]["Id"]
    return str(stand.medialive.create_input(Type="RTP_PUSH", InputSecurityGroups=[group])["Input"]["Id"])


@pytest.mark.slow
def test_every_waiter_of_channels_and_inputs_comes_through(stand: Stand) -> None:
    at_their_quickest(stand)
    medialive = stand.medialive
    found = make_input(stand)
    wait(medialive, "input_detached", InputId=found)
    made = medialive.create_channel(Name="waited-for", **rtmp([found]))["Channel"]["Id"]
    wait(medialive, "input_attached", InputId=found)
    wait(medialive, "channel_created", ChannelId=made)
    medialive.start_channel(ChannelId=made)
    wait(medialive, "channel_running", ChannelId=made)
    medialive.stop_channel(ChannelId=made)
    wait(medialive, "channel_stopped", ChannelId=made)
    medialive.delete_channel(ChannelId=made)
    wait(medialive, "channel_deleted", ChannelId=made)
    wait(medialive, "input_detached", InputId=found)
    medialive.delete_input(InputId=found)
    wait(medialive, "input_deleted", InputId=found)


@pytest.mark.slow
def test_every_waiter_of_flows_comes_through(stand: Stand) -> None:
    at_their_quickest(stand)
    mediaconnect = stand.mediaconnect
    flow = mediaconnect.create_flow(Name="f", Source={"Name": "s", "Protocol": "rtp"})["Flow"]["FlowArn"]
    mediaconnect.start_flow(FlowArn=flow)
    wait(mediaconnect, "flow_active", FlowArn=flow)
    mediaconnect.stop_flow(FlowArn=flow)
    wait(mediaconnect, "flow_standby", FlowArn=flow)
    mediaconnect.delete_flow(FlowArn=flow)
    wait(mediaconnect, "flow_deleted", FlowArn=flow)


@pytest.mark.slow
def test_the_aws_command_reaches_it(stand: Stand, tmp_path: Path) -> None:
    environment = {
        "PATH": os.environ["PATH"],
        "HOME": str(tmp_path),
        "AWS_ACCESS_KEY_ID": "example",
        "AWS_SECRET_ACCESS_KEY": "example-not-real",
        "AWS_DEFAULT_REGION": REGION,
        "AWS_ENDPOINT_URL": stand.url,
    }

    def aws(*words: str) -> subprocess.CompletedProcess[str]:
        command = [sys.executable, str(Path(sys.executable).with_name("aws")), *words, "--output", "json"]
        return subprocess.run(command, env=environment, capture_output=True, text=True, timeout=60, check=False)

    found = make_input(stand)
    made = stand.medialive.create_channel(Name="seen-by-aws", **rtmp([found]))["Channel"]["Id"]
    listed = aws("medialive", "list-channels")
    assert listed.returncode == 0, listed.stderr
    (channel,) = json.loads(listed.stdout)["Channels"]
    assert (channel["Id"], channel["Name"]) == (made, "seen-by-aws")
    refused = aws("medialive", "describe-channel", "--channel-id", "424242")
    assert refused.returncode != 0
    assert "(NotFoundException) when calling the DescribeChannel operation" in refused.stderr


def test_many_callers_at_once_get_one_resource_for_one_request_id(stand: Stand) -> None:
    stand.simulator.settings.quotas.channels = 50
    found = make_input(stand)
    request = {"Name": "once", "RequestId": "r-1", **rtmp([found])}

    def create(_: int) -> str:
        return str(stand.medialive.create_channel(**request)["Channel"]["Id"])

    with ThreadPoolExecutor(8) as pool:
        assert len(set(pool.map(create, range(16)))) == 1


def test_who_receives_an_event_may_call_the_simulator_at_once() -> None:
    with served(speed=20) as stand:
        seen: list[str] = []

        def publish(event: dict[str, Any]) -> None:
            seen.append(event["detail"]["state"] + str(len(stand.simulator.inventory())))

        stand.simulator._core._publish = publish
        made = stand.medialive.create_channel(**rtmp([make_input(stand)]))["Channel"]["Id"]
        wait(stand.medialive, "channel_created", ChannelId=made)
        stand.medialive.start_channel(ChannelId=made)
        assert seen == ["CREATED3", "STARTING3"]


@pytest.mark.parametrize(
    ("environ", "service"),
    [
        (
            {"HTTP_AUTHORIZATION": "AWS4-HMAC-SHA256 Credential=x/20260101/eu-west-1/medialive/aws4_request, S"},
            "medialive",
        ),
        ({"HTTP_AUTHORIZATION": "AWS4-HMAC-SHA256 Credential=x/20260101/eu-west-1/dynamodb/aws4_request, S"}, None),
        ({"HTTP_HOST": "mediaconnect.eu-west-1.amazonaws.com"}, "mediaconnect"),
        ({"PATH_INFO": "/prod/channels"}, "medialive"),
        ({"PATH_INFO": "/v1/flows"}, "mediaconnect"),
        ({"PATH_INFO": "/tags/arn:aws:mediaconnect:eu-west-1:111122223333:flow:1-a-b:c"}, "mediaconnect"),
        ({"PATH_INFO": "/tables"}, None),
    ],
)
def test_a_request_is_known_by_signature_host_or_path(environ: dict[str, str], service: str | None) -> None:
    assert service_of(environ) == service
