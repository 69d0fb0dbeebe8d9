"""The simulator is within botocore's model: its operations, its answers, its states and its errors.

Every other test of the simulator checks each answer it got in the same way, when its stand closes.
"""

from __future__ import annotations

from typing import Any

import pytest

from infra.local.simulator.errors import STATUS
from infra.local.simulator.operations import OPERATIONS
from infra.local.simulator.protocol import SERVICES, api
from infra.local.simulator.shapes import AT_MOST_ONE, EXACTLY_ONE, compiled
from tests.contract.simulator_air import put_on_air
from tests.contract.simulator_corpus import rtmp
from tests.contract.simulator_stand import UNDECLARED, Answer, assert_within_model, served

ENOUGH = 601.0
OURS = {"NotSimulated", "NoEndpoint"}


def test_every_simulated_operation_exists_and_is_routed_to_itself() -> None:
    assert OPERATIONS.keys() == SERVICES
    for service, operations in OPERATIONS.items():
        assert operations.keys() <= set(api(service).model.operation_names)
        for name in operations:
            http = api(service).model.operation_model(name).http
            path = http["requestUri"].replace("{", "").replace("}", "")
            route = api(service).route(http["method"], path)
            assert route is not None and route.operation.name == name


def test_every_error_has_the_status_that_the_model_declares() -> None:
    declared = {
        shape.name: shape.metadata["error"]["httpStatusCode"]
        for service in SERVICES
        for name in api(service).model.operation_names
        for shape in api(service).model.operation_model(name).error_shapes
    }
    assert {code: status for code, status in STATUS.items() if code not in OURS}.items() <= declared.items()


def test_no_exception_to_the_model_is_listed_without_need() -> None:
    for operation, code in UNDECLARED:
        for service in SERVICES:
            if operation in api(service).model.operation_names:
                declared = {shape.name for shape in api(service).model.operation_model(operation).error_shapes}
                assert code not in declared


def test_the_unions_are_structures_of_the_model() -> None:
    names = set(api("medialive").model.shape_names)
    assert names >= EXACTLY_ONE | AT_MOST_ONE


def test_every_pattern_of_the_models_can_be_checked() -> None:
    for service in SERVICES:
        model = api(service).model
        for name in model.shape_names:
            pattern = model.shape_for(name).metadata.get("pattern")
            assert pattern is None or compiled(pattern)


def test_one_call_of_each_operation_is_answered_within_the_model() -> None:
    with served() as stand:
        medialive, mediaconnect, passes = stand.medialive, stand.mediaconnect, stand.passes
        rules = [{"Cidr": "203.0.113.7/32"}]
        group = medialive.create_input_security_group(WhitelistRules=rules)["SecurityGroup"]
        one_group = {"InputSecurityGroupId": group["Id"]}
        medialive.update_input_security_group(**one_group, WhitelistRules=rules)
        medialive.describe_input_security_group(**one_group)
        medialive.list_input_security_groups()
        made = medialive.create_input(Type="RTP_PUSH", InputSecurityGroups=[group["Id"]])["Input"]
        one_input = {"InputId": made["Id"]}
        medialive.update_input(**one_input, Name="new")
        medialive.describe_input(**one_input)
        medialive.list_inputs()
        medialive.create_tags(ResourceArn=made["Arn"], Tags={"a": "b"})
        medialive.list_tags_for_resource(ResourceArn=made["Arn"])
        medialive.delete_tags(ResourceArn=made["Arn"], TagKeys=["a"])
        channel = {"ChannelId": medialive.create_channel(**rtmp([made["Id"]]))["Channel"]["Id"]}
        passes(8)
        medialive.update_channel(**channel, Name="new")
        passes(6)
        medialive.describe_channel(**channel)
        medialive.list_channels()
        medialive.start_channel(**channel)
        stand.simulator.raise_alert(channel["ChannelId"], "Video Not Detected", "No video")
        medialive.list_alerts(**channel)
        passes(ENOUGH)
        tag = {"TimedMetadataSettings": {"Id3": "SUQz"}}
        now = {"ImmediateModeScheduleActionStartSettings": {}}
        action = {"ActionName": "a", "ScheduleActionSettings": tag, "ScheduleActionStartSettings": now}
        medialive.batch_update_schedule(**channel, Creates={"ScheduleActions": [action]})
        medialive.describe_schedule(**channel)
        medialive.stop_channel(**channel)
        passes(ENOUGH)
        medialive.delete_schedule(**channel)
        medialive.batch_start(ChannelIds=[channel["ChannelId"]])
        medialive.batch_stop(ChannelIds=[channel["ChannelId"]])
        passes(ENOUGH)
        medialive.delete_channel(**channel)
        passes(30)
        medialive.batch_delete(ChannelIds=[channel["ChannelId"]])
        medialive.delete_input(**one_input)
        passes(2)
        medialive.delete_input_security_group(**one_group)

        flow = {"FlowArn": mediaconnect.create_flow(Name="f", Source={"Name": "s"})["Flow"]["FlowArn"]}
        output = {"Name": "o", "Protocol": "rtp", "Destination": "203.0.113.7", "Port": 5000}
        added = mediaconnect.add_flow_outputs(**flow, Outputs=[output])["Outputs"][0]["OutputArn"]
        mediaconnect.update_flow_output(**flow, OutputArn=added, OutputStatus="DISABLED")
        mediaconnect.tag_resource(ResourceArn=added, Tags={"a": "b"})
        mediaconnect.list_tags_for_resource(ResourceArn=added)
        mediaconnect.untag_resource(ResourceArn=added, TagKeys=["a"])
        mediaconnect.remove_flow_output(**flow, OutputArn=added)
        mediaconnect.add_flow_sources(**flow, Sources=[{"Name": "second"}])
        mediaconnect.grant_flow_entitlements(**flow, Entitlements=[{"Subscribers": ["444455556666"]}])
        mediaconnect.list_flows()
        mediaconnect.start_flow(**flow)
        passes(30)
        mediaconnect.stop_flow(**flow)
        passes(20)
        mediaconnect.describe_flow(**flow)
        mediaconnect.delete_flow(**flow)

        ivs = stand.ivs
        made = ivs.create_channel(name="c", tags={"a": "b"})
        one, key = {"arn": made["channel"]["arn"]}, {"arn": made["streamKey"]["arn"]}
        ivs.get_channel(**one)
        ivs.list_channels()
        ivs.update_channel(**one, latencyMode="NORMAL")
        ivs.get_stream_key(**key)
        ivs.list_stream_keys(channelArn=one["arn"])
        ivs.tag_resource(resourceArn=key["arn"], tags={"c": "d"})
        ivs.list_tags_for_resource(resourceArn=key["arn"])
        ivs.untag_resource(resourceArn=key["arn"], tagKeys=["c"])
        put_on_air(stand, made)
        ivs.get_stream(channelArn=one["arn"])
        ivs.list_streams()
        ivs.delete_stream_key(**key)
        ivs.stop_stream(channelArn=one["arn"])
        passes(10)
        ivs.create_stream_key(channelArn=one["arn"])
        ivs.delete_channel(**one)
    answered = {(answer.service, answer.operation) for answer in stand.answers if answer.code is None}
    assert answered == {(service, name) for service, operations in OPERATIONS.items() for name in operations}


@pytest.mark.parametrize(
    "answer",
    [
        Answer("medialive", "DescribeInput", 200, None, {"state": "GONE"}),
        Answer("medialive", "DescribeInput", 200, None, {"State": "DELETED"}),
        Answer("medialive", "DescribeInput", 200, None, {"attachedChannels": [5]}),
        Answer("medialive", "CreateInput", 200, None, {}),
        Answer("medialive", "DescribeInput", 409, "ConflictException", {"message": "no"}),
        Answer("medialive", "DescribeInput", 400, "NotFoundException", {"message": "no"}),
        Answer("mediaconnect", "DescribeFlow", 200, None, {"flow": {"name": "required members are missing"}}),
    ],
)
def test_an_answer_that_is_not_within_the_model_would_be_noticed(answer: Any) -> None:
    with pytest.raises(AssertionError):
        assert_within_model(answer)
