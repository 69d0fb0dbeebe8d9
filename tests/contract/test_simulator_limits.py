"""Idempotency, pages, tags, quotas and rate limits."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from infra.local.simulator import Quotas, RateLimit, SimulatorSettings
from tests.contract.simulator_corpus import INPUTS, rtmp
from tests.contract.simulator_stand import Stand, refused, served


@pytest.fixture
def stand() -> Iterator[Stand]:
    with served() as stand:
        yield stand


def make_group(stand: Stand) -> str:
    made = stand.medialive.create_input_security_group(WhitelistRules=[{"Cidr": "0.0.0.0/0"}])
    return str(made["SecurityGroup"]["Id"])


# RequestId


def test_the_same_request_id_and_body_make_one_resource(stand: Stand) -> None:
    group = make_group(stand)
    first = stand.medialive.create_input(RequestId="r-1", Type="RTP_PUSH", InputSecurityGroups=[group])["Input"]
    stand.passes(3)
    again = stand.medialive.create_input(RequestId="r-1", Type="RTP_PUSH", InputSecurityGroups=[group])["Input"]
    assert (again["Id"], again["State"]) == (first["Id"], "DETACHED")
    request = {"RequestId": "r-1", "Name": "a-channel", **rtmp([first["Id"]])}
    made = stand.medialive.create_channel(**request)["Channel"]
    assert stand.medialive.create_channel(**request)["Channel"]["Id"] == made["Id"]
    assert len([one for one in stand.simulator.inventory() if one.kind in ("input", "channel")]) == 2


def test_the_same_request_id_with_another_body_is_a_conflict(stand: Stand) -> None:
    group = make_group(stand)
    stand.medialive.create_input(RequestId="r-1", Type="RTP_PUSH", InputSecurityGroups=[group])
    with refused("ConflictException"):
        stand.medialive.create_input(RequestId="r-1", Type="UDP_PUSH", InputSecurityGroups=[group])


def test_a_refused_request_does_not_use_up_its_id(stand: Stand) -> None:
    with refused("BadRequestException"):
        stand.medialive.create_input(RequestId="r-1", Type="RTP_PUSH")
    stand.medialive.create_input(RequestId="r-1", Type="RTP_PUSH", InputSecurityGroups=[make_group(stand)])


def test_a_replay_after_the_delete_answers_the_deleted_one(stand: Stand) -> None:
    """Which is why a request id needs a generation in it."""
    request = {"RequestId": "r-1", "Type": "RTP_PUSH", "InputSecurityGroups": [make_group(stand)]}
    made = stand.medialive.create_input(**request)["Input"]
    stand.passes(3)
    stand.medialive.delete_input(InputId=made["Id"])
    stand.passes(2)
    again = stand.medialive.create_input(**request)["Input"]
    assert (again["Id"], again["State"]) == (made["Id"], "DELETED")


def test_without_a_request_id_of_ones_own_each_call_makes_another(stand: Stand) -> None:
    group = make_group(stand)
    ids = {stand.medialive.create_input(Type="RTP_PUSH", InputSecurityGroups=[group])["Input"]["Id"] for _ in "ab"}
    assert len(ids) == 2


# Pages


@pytest.mark.parametrize("size", [0, 1001])
@pytest.mark.parametrize("method", ["list_channels", "list_inputs", "list_input_security_groups"])
def test_a_page_has_one_to_a_thousand(stand: Stand, method: str, size: int) -> None:
    """botocore's copy of the model has lost the bounds; the service's own has them."""
    with refused("BadRequestException"):
        getattr(stand.medialive, method)(MaxResults=size)
    getattr(stand.medialive, method)(MaxResults=1000)


def test_inputs_that_were_there_before_are_listed_and_count(stand: Stand) -> None:
    stand.simulator.settings.quotas.pull_inputs = 4
    stand.simulator.seed_inputs(f"others-{number}" for number in range(3))
    found = stand.medialive.list_inputs()["Inputs"]
    assert [(one["Name"], one["State"]) for one in found] == [(f"others-{number}", "DETACHED") for number in range(3)]
    made = stand.medialive.create_input(**INPUTS["hls pull"])["Input"]["Id"]
    with refused("TooManyRequestsException"):
        stand.medialive.create_input(**INPUTS["hls pull"])
    stand.passes(3)
    stand.medialive.delete_input(InputId=made)
    stand.passes(2)
    stand.medialive.delete_input(InputId=made)
    stand.medialive.create_input(**INPUTS["hls pull"])
    with refused("TooManyRequestsException"):
        stand.medialive.create_input(**INPUTS["hls pull"])


def test_pages_follow_each_other_and_lose_nothing_when_something_goes_in_between(stand: Stand) -> None:
    made = [stand.medialive.create_input(**INPUTS["hls pull"])["Input"]["Id"] for _ in range(7)]
    stand.passes(3)
    first = stand.medialive.list_inputs(MaxResults=3)
    assert [one["Id"] for one in first["Inputs"]] == made[:3]
    stand.medialive.delete_input(InputId=made[1])
    stand.medialive.delete_input(InputId=made[2])
    stand.passes(2)
    second = stand.medialive.list_inputs(MaxResults=3, NextToken=first["NextToken"])
    assert [one["Id"] for one in second["Inputs"]] == made[3:6]
    third = stand.medialive.list_inputs(MaxResults=3, NextToken=second["NextToken"])
    assert [one["Id"] for one in third["Inputs"]] == made[6:] and "NextToken" not in third


def test_botocores_paginators_find_all_of_each_kind(stand: Stand) -> None:
    stand.simulator.settings.page_size = 2
    stand.simulator.settings.quotas = Quotas(flows=50)
    group = make_group(stand)
    inputs = [stand.medialive.create_input(**INPUTS["hls pull"])["Input"]["Id"] for _ in range(5)]
    channels = [stand.medialive.create_channel(**rtmp([one]))["Channel"]["Id"] for one in inputs]
    flows = [stand.simulator.seed_flow(f"flow-{number}") for number in range(5)]

    def all_of(client: object, operation: str, key: str, name: str) -> list[str]:
        pages = client.get_paginator(operation).paginate()  # type: ignore[attr-defined]
        return [item[name] for page in pages for item in page[key]]

    assert all_of(stand.medialive, "list_inputs", "Inputs", "Id") == inputs
    assert all_of(stand.medialive, "list_channels", "Channels", "Id") == channels
    assert all_of(stand.medialive, "list_input_security_groups", "InputSecurityGroups", "Id") == [group]
    assert all_of(stand.mediaconnect, "list_flows", "Flows", "FlowArn") == flows


def test_a_token_that_was_never_given_is_a_bad_request(stand: Stand) -> None:
    for token in ("x", "YQ==", "////"):
        with refused("BadRequestException", "Invalid NextToken"):
            stand.medialive.list_channels(NextToken=token)


# Tags


def test_tags_by_arn_are_those_of_the_resource(stand: Stand) -> None:
    made = stand.medialive.create_input(**INPUTS["hls pull"], Tags={"a": "1"})["Input"]
    stand.medialive.create_tags(ResourceArn=made["Arn"], Tags={"b": "2", "c": "ä/ö"})
    stand.medialive.delete_tags(ResourceArn=made["Arn"], TagKeys=["a", "b"])
    assert stand.medialive.list_tags_for_resource(ResourceArn=made["Arn"])["Tags"] == {"c": "ä/ö"}
    assert stand.medialive.describe_input(InputId=made["Id"])["Tags"] == {"c": "ä/ö"}
    (resource,) = stand.simulator.inventory()
    assert resource.tags == {"c": "ä/ö"}
    with refused("NotFoundException"):
        stand.medialive.list_tags_for_resource(ResourceArn=made["Arn"] + "0")


def test_flows_and_their_parts_have_tags_too(stand: Stand) -> None:
    output = {"Name": "o", "Protocol": "rtp", "Destination": "203.0.113.7", "Port": 5000, "OutputTags": {"x": "1"}}
    flow = stand.mediaconnect.create_flow(Name="f", Source={"Name": "s"}, Outputs=[output], FlowTags={"y": "2"})["Flow"]
    arn = flow["Outputs"][0]["OutputArn"]
    stand.mediaconnect.tag_resource(ResourceArn=arn, Tags={"z": "3"})
    stand.mediaconnect.untag_resource(ResourceArn=arn, TagKeys=["x"])
    assert stand.mediaconnect.list_tags_for_resource(ResourceArn=arn)["Tags"] == {"z": "3"}
    assert stand.mediaconnect.list_tags_for_resource(ResourceArn=flow["FlowArn"])["Tags"] == {"y": "2"}
    tags = {one.kind: one.tags for one in stand.simulator.inventory()}
    assert tags == {"flow": {"y": "2"}, "flow_output": {"z": "3"}}


# Quotas


def test_five_push_inputs_are_the_most_by_default(stand: Stand) -> None:
    group = make_group(stand)
    push = {"Type": "RTP_PUSH", "InputSecurityGroups": [group]}
    made = [stand.medialive.create_input(**push)["Input"]["Id"] for _ in range(5)]
    for kind in (push, {**push, "Type": "UDP_PUSH"}, INPUTS["mediaconnect"]):
        with refused("TooManyRequestsException", "Too many push inputs"):
            stand.medialive.create_input(**kind)
    stand.medialive.create_input(**INPUTS["rtp push in a VPC"])
    stand.medialive.create_input(**INPUTS["hls pull"])
    stand.passes(3)
    stand.medialive.delete_input(InputId=made[0])
    with refused("TooManyRequestsException"):
        stand.medialive.create_input(**push)
    stand.passes(2)
    stand.medialive.create_input(**push)


def test_channels_and_security_groups_are_five_by_default(stand: Stand) -> None:
    for number in range(6):
        request = rtmp([stand.medialive.create_input(**INPUTS["hls pull"])["Input"]["Id"]])
        if number < 5:
            stand.medialive.create_channel(**request)
            make_group(stand)
    with refused("TooManyRequestsException", "Too many channels"):
        stand.medialive.create_channel(**request)
    with refused("TooManyRequestsException", "Too many input security groups"):
        make_group(stand)
    stand.simulator.settings.quotas.channels = 6
    stand.medialive.create_channel(**request)


def test_the_fifty_first_output_and_the_flow_too_many_are_a_420(stand: Stand) -> None:
    flow = stand.simulator.seed_flow()
    outputs = [{"Protocol": "rtp", "Destination": f"203.0.113.{number}", "Port": 5000} for number in range(51)]
    with refused("AddFlowOutputs420Exception"):
        stand.mediaconnect.add_flow_outputs(FlowArn=flow, Outputs=outputs)
    assert stand.mediaconnect.describe_flow(FlowArn=flow)["Flow"]["Outputs"] == [], "all or none"
    stand.mediaconnect.add_flow_outputs(FlowArn=flow, Outputs=outputs[:50])
    with refused("AddFlowOutputs420Exception") as caught:
        stand.mediaconnect.add_flow_outputs(FlowArn=flow, Outputs=outputs[50:])
    assert caught.value.response["ResponseMetadata"]["HTTPStatusCode"] == 420
    for number in range(19):
        stand.mediaconnect.create_flow(Name=f"f-{number}", Source={"Name": "s"})
    with refused("CreateFlow420Exception"):
        stand.mediaconnect.create_flow(Name="one-more", Source={"Name": "s"})


# Calls a second


def test_calls_are_limited_by_a_bucket_that_the_clock_refills() -> None:
    with served(settings=SimulatorSettings()) as stand:
        for _ in range(40):
            stand.medialive.list_channels()
        with refused("TooManyRequestsException") as caught:
            stand.medialive.list_channels()
        assert caught.value.response["ResponseMetadata"]["HTTPStatusCode"] == 429
        stand.client("medialive", "us-east-1").list_channels()
        stand.passes(0.1)
        stand.medialive.list_channels()
        stand.medialive.list_inputs()
        with refused("TooManyRequestsException"):
            stand.medialive.list_inputs()


def test_mediaconnect_takes_thirty_at_once_and_five_a_second() -> None:
    with served(settings=SimulatorSettings()) as stand:
        flow = stand.simulator.seed_flow()
        for _ in range(30):
            stand.mediaconnect.describe_flow(FlowArn=flow)
        with refused("TooManyRequestsException"):
            stand.mediaconnect.describe_flow(FlowArn=flow)
        stand.passes(1)
        for _ in range(5):
            stand.mediaconnect.describe_flow(FlowArn=flow)
        with refused("TooManyRequestsException"):
            stand.mediaconnect.describe_flow(FlowArn=flow)


def test_the_limits_are_settings(stand: Stand) -> None:
    stand.simulator.settings.medialive_rate = RateLimit(rate=1, burst=1)
    stand.medialive.list_channels()
    with refused("TooManyRequestsException"):
        stand.medialive.list_channels()
