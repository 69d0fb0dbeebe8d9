"""MediaConnect's flows: their states, and outputs that come and go while they run."""

from __future__ import annotations

import threading
from collections.abc import Iterator
from typing import Any

import pytest

from tests.contract.simulator_stand import Stand, refused, served


@pytest.fixture
def stand() -> Iterator[Stand]:
    with served() as stand:
        yield stand


def rtp(name: str | None, address: str, **more: Any) -> dict[str, Any]:
    named = {} if name is None else {"Name": name}
    return {**named, "Protocol": "rtp", "Destination": address, "Port": 5000, **more}


def described(stand: Stand, flow: str) -> dict[str, Any]:
    found: dict[str, Any] = stand.mediaconnect.describe_flow(FlowArn=flow)["Flow"]
    return found


FLOWS: dict[str, dict[str, Any]] = {
    "rtp with fec": {"Source": {"Name": "s", "Protocol": "rtp-fec", "IngestPort": 5000, "WhitelistCidr": "0.0.0.0/0"}},
    "srt listener": {"Source": {"Name": "s", "Protocol": "srt-listener", "IngestPort": 9000, "MinLatency": 2000}},
    "zixi": {"Source": {"Name": "s", "Protocol": "zixi-push", "StreamId": "one", "WhitelistCidr": "203.0.113.0/24"}},
    "two sources": {
        "Sources": [{"Name": "a", "Protocol": "rtp", "IngestPort": 5000}, {"Name": "b", "Protocol": "rtp"}],
        "SourceFailoverConfig": {"State": "ENABLED", "FailoverMode": "FAILOVER"},
    },
    "in a vpc": {
        "Source": {"Name": "s", "Protocol": "rist", "VpcInterfaceName": "v"},
        "VpcInterfaces": [
            {"Name": "v", "RoleArn": "arn:aws:iam::111122223333:role/x", "SecurityGroupIds": ["sg"], "SubnetId": "s"}
        ],
        "AvailabilityZone": "eu-west-1b",
    },
    "media streams": {
        "Source": {"Name": "s", "Protocol": "st2110-jpegxs"},
        "MediaStreams": [
            {"MediaStreamId": 1, "MediaStreamName": "v", "MediaStreamType": "video", "VideoFormat": "1080p"}
        ],
        "Maintenance": {"MaintenanceDay": "Monday", "MaintenanceStartHour": "02:00"},
    },
    "entitled, with outputs and entitlements": {
        "Source": {"Name": "s", "EntitlementArn": "arn:aws:mediaconnect:eu-west-1:444455556666:entitlement:1-a-b:e"},
        "Outputs": [
            rtp("one", "203.0.113.7", SmoothingLatency=100, Description="first"),
            {"Name": "pulled", "Protocol": "srt-listener", "Port": 9001, "CidrAllowList": ["203.0.113.0/24"]},
            {"Name": "zixi", "Protocol": "zixi-pull", "RemoteId": "r", "StreamId": "s", "MaxLatency": 1000},
        ],
        "Entitlements": [{"Name": "e", "Subscribers": ["444455556666"], "DataTransferSubscriberFeePercent": 0}],
    },
    "no source yet": {},
}


@pytest.mark.parametrize("request_of_flow", FLOWS.values(), ids=FLOWS.keys())
def test_a_flow_of_each_kind_is_made_and_described(stand: Stand, request_of_flow: dict[str, Any]) -> None:
    made = stand.mediaconnect.create_flow(Name="studio", **request_of_flow)["Flow"]
    assert described(stand, made["FlowArn"]) == made
    assert (made["Status"], made["Name"]) == ("STANDBY", "studio")
    assert made["FlowArn"].startswith("arn:aws:mediaconnect:eu-west-1:111122223333:flow:1-")
    assert [one["FlowArn"] for one in stand.mediaconnect.list_flows()["Flows"]] == [made["FlowArn"]]


def test_a_flow_starts_stops_and_goes(stand: Stand) -> None:
    flow = stand.mediaconnect.create_flow(Name="studio", Source={"Name": "s", "Protocol": "rtp"})["Flow"]["FlowArn"]
    client = stand.mediaconnect
    assert client.start_flow(FlowArn=flow)["Status"] == "STARTING"
    assert described(stand, flow)["Status"] == "STARTING"
    with refused("BadRequestException"):
        client.delete_flow(FlowArn=flow)
    stand.passes(30)
    assert described(stand, flow)["Status"] == "ACTIVE"
    for illegal in (client.start_flow, client.delete_flow):
        with refused("BadRequestException"):
            illegal(FlowArn=flow)
    assert client.stop_flow(FlowArn=flow)["Status"] == "STOPPING"
    with refused("BadRequestException"):
        client.add_flow_outputs(FlowArn=flow, Outputs=[rtp("o", "203.0.113.7")])
    stand.passes(20)
    with refused("BadRequestException"):
        client.stop_flow(FlowArn=flow)
    assert client.delete_flow(FlowArn=flow)["Status"] == "DELETING"
    stand.passes(30)
    for gone in (client.describe_flow, client.delete_flow, client.start_flow):
        with refused("NotFoundException"):
            gone(FlowArn=flow)
    changes = [(event["detail"]["previousStatus"], event["detail"]["currentStatus"]) for event in stand.events]
    assert changes == [
        ("STANDBY", "STARTING"),
        ("STARTING", "ACTIVE"),
        ("ACTIVE", "STOPPING"),
        ("STOPPING", "STANDBY"),
        ("STANDBY", "DELETING"),
    ]
    event = stand.events[0]
    assert (event["source"], event["detail-type"]) == ("aws.mediaconnect", "MediaConnect Flow Status Change")
    assert event["resources"] == [flow]


def test_outputs_are_added_to_those_there_are(stand: Stand) -> None:
    flow = stand.simulator.seed_flow()
    first = stand.mediaconnect.add_flow_outputs(FlowArn=flow, Outputs=[rtp("one", "203.0.113.7")])["Outputs"]
    second = stand.mediaconnect.add_flow_outputs(FlowArn=flow, Outputs=[rtp(None, "203.0.113.8")])["Outputs"]
    outputs = described(stand, flow)["Outputs"]
    assert outputs == first + second
    assert outputs[0]["Transport"] == {"Protocol": "rtp"}
    assert (outputs[0]["Destination"], outputs[0]["Port"], outputs[0]["OutputStatus"]) == (
        "203.0.113.7",
        5000,
        "ENABLED",
    )
    removed = stand.mediaconnect.remove_flow_output(FlowArn=flow, OutputArn=first[0]["OutputArn"])
    assert removed["OutputArn"] == first[0]["OutputArn"]
    assert described(stand, flow)["Outputs"] == second
    with refused("NotFoundException"):
        stand.mediaconnect.remove_flow_output(FlowArn=flow, OutputArn=first[0]["OutputArn"])
    with refused("NotFoundException"):
        stand.mediaconnect.update_flow_output(FlowArn=flow, OutputArn=first[0]["OutputArn"], Port=5002)


def test_names_and_destinations_are_unique_in_a_flow(stand: Stand) -> None:
    flow = stand.simulator.seed_flow()
    stand.mediaconnect.add_flow_outputs(FlowArn=flow, Outputs=[rtp("one", "203.0.113.7")])
    for again in (rtp("one", "203.0.113.8"), rtp("two", "203.0.113.7")):
        with refused("BadRequestException", "already exists in the flow"):
            stand.mediaconnect.add_flow_outputs(FlowArn=flow, Outputs=[rtp("new", "203.0.113.9"), again])
    assert [one["Name"] for one in described(stand, flow)["Outputs"]] == ["one"], "all or none"
    elsewhere = stand.simulator.seed_flow("other")
    stand.mediaconnect.add_flow_outputs(FlowArn=elsewhere, Outputs=[rtp("one", "203.0.113.7")])


def test_an_output_is_switched_off_and_moved_while_the_flow_runs(stand: Stand) -> None:
    flow = stand.simulator.seed_flow()
    added = stand.mediaconnect.add_flow_outputs(
        FlowArn=flow, Outputs=[rtp("one", "203.0.113.7", SmoothingLatency=10), rtp("two", "203.0.113.8")]
    )["Outputs"]
    one = {"FlowArn": flow, "OutputArn": added[0]["OutputArn"]}
    answer = stand.mediaconnect.update_flow_output(**one, OutputStatus="DISABLED")["Output"]
    assert answer == {**added[0], "OutputStatus": "DISABLED"}
    moved = stand.mediaconnect.update_flow_output(**one, Destination="203.0.113.9", Port=5002)["Output"]
    assert (moved["Destination"], moved["Port"], moved["Transport"]["SmoothingLatency"]) == ("203.0.113.9", 5002, 10)
    with refused("BadRequestException"):
        stand.mediaconnect.update_flow_output(**one, Destination="203.0.113.8", Port=5000)


def test_a_platform_can_be_an_output_itself(stand: Stand) -> None:
    flow = stand.simulator.seed_flow()
    push = {"ApplicationName": "live", "StreamName": "example-key-not-real"}
    output = {
        "Name": "p",
        "Protocol": "rtmp-push",
        "Destination": "live.example",
        "Port": 1935,
        "RtmpPushSettings": push,
    }
    (added,) = stand.mediaconnect.add_flow_outputs(FlowArn=flow, Outputs=[output])["Outputs"]
    assert added["Transport"] == {"Protocol": "rtmp-push", "RtmpPushOutputSettings": push}


def test_a_running_flow_shows_a_change_for_a_moment(stand: Stand) -> None:
    flow = stand.simulator.seed_flow()
    stand.mediaconnect.add_flow_outputs(FlowArn=flow, Outputs=[rtp("one", "203.0.113.7")])
    assert described(stand, flow)["Status"] == "UPDATING"
    stand.mediaconnect.add_flow_outputs(FlowArn=flow, Outputs=[rtp("two", "203.0.113.8")])
    stand.passes(2)
    assert described(stand, flow)["Status"] == "ACTIVE"
    stand.mediaconnect.add_flow_outputs(FlowArn=flow, Outputs=[rtp("three", "203.0.113.9")])
    assert stand.mediaconnect.stop_flow(FlowArn=flow)["Status"] == "STOPPING"


def test_sources_and_entitlements_are_added(stand: Stand) -> None:
    flow = stand.simulator.seed_flow()
    stand.mediaconnect.add_flow_sources(FlowArn=flow, Sources=[{"Name": "backup", "Protocol": "rtp"}])
    assert [one["Name"] for one in described(stand, flow)["Sources"]] == ["demo-source", "backup"]
    with refused("BadRequestException"):
        stand.mediaconnect.add_flow_sources(FlowArn=flow, Sources=[{"Name": "third", "Protocol": "rtp"}])
    granted = stand.mediaconnect.grant_flow_entitlements(
        FlowArn=flow, Entitlements=[{"Subscribers": ["444455556666"], "Name": "partner"}]
    )["Entitlements"]
    assert described(stand, flow)["Entitlements"] == granted


def test_a_flow_can_be_the_customers_own_under_a_known_arn(stand: Stand) -> None:
    arn = "arn:aws:mediaconnect:us-east-1:111122223333:flow:1-AbCdEf0123456789-0123456789ab:main-stage"
    assert stand.simulator.seed_flow("main-stage", arn, "STANDBY") == arn
    found = stand.client("mediaconnect", "us-east-1").describe_flow(FlowArn=arn)["Flow"]
    assert (found["Name"], found["Status"]) == ("main-stage", "STANDBY")
    assert found["EgressIp"]
    with refused("NotFoundException"):
        stand.mediaconnect.describe_flow(FlowArn=arn)


def test_outputs_added_at_once_by_many_are_all_there(stand: Stand) -> None:
    flow = stand.simulator.seed_flow()

    def add(number: int) -> None:
        stand.mediaconnect.add_flow_outputs(FlowArn=flow, Outputs=[rtp(f"o-{number}", f"203.0.113.{number}")])

    threads = [threading.Thread(target=add, args=(number,)) for number in range(20)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert len(described(stand, flow)["Outputs"]) == 20
    assert len([one for one in stand.simulator.inventory() if one.kind == "flow_output"]) == 20
