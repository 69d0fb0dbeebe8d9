"""The payloads of host sessions and recorders against the services' models, and against what must be so.

Built the way the tasks build them: from a caller's body, through the saved spec and the plan.
"""

from __future__ import annotations

import base64
import re
from typing import Any

import pytest
from botocore.validate import ParamValidator

from shared.domain.names import buffer_prefix, new_ingest_name
from shared.domain.payloads import Payload
from shared.domain.payloads.channels import (
    ChannelOutputs,
    DestinationSecrets,
    create_channel_request,
    destination_settings,
    update_channel_request,
)
from shared.domain.payloads.inputs import create_input_request
from shared.domain.payloads.ivs_channels import create_ivs_channel_request, ivs_ingest_url
from shared.domain.payloads.marks import id3_text, mark_request
from shared.domain.plan import ChannelPlan, plan_resources
from shared.domain.profiles import ProfileName
from shared.domain.session_spec import SavedSpec, parse_spec, saved_spec
from tests.contract.cases import FLOW_ARN, KEY, ROLE_ARN, SESSION, STAGE, WORD
from tests.contract.shapes import faults, operation

BUFFER = f"example-media/{buffer_prefix(SESSION, 3)}"
HOST = {"type": "rtmp", "allowed_cidrs": ["203.0.113.7/32"]}
IVS = {"platform": "ivs"}
TWO = {"platform": "youtube", "stream_key": KEY, "channel_class": "STANDARD"}
PUSH = ({"Url": ivs_ingest_url("a1b2.global-contribute.live-video.net"), "StreamName": KEY},)

profiles = pytest.mark.parametrize("profile", ProfileName)


def spec_of(destination: dict[str, Any], profile: ProfileName, **changes: Any) -> SavedSpec:
    body = {"name": "Show", "owner": "o", "source": HOST, "destinations": [{**destination, "profile": profile.value}]}
    return saved_spec(parse_spec({**body, **changes}))


def host(profile: ProfileName = ProfileName.P1080_30, destination: dict[str, Any] = IVS) -> ChannelPlan:
    return plan_resources(STAGE, SESSION, spec_of(destination, profile)).channels[0]


def recorder(profile: ProfileName = ProfileName.P1080_30) -> ChannelPlan:
    flow = {"type": "flow", "flow_arn": FLOW_ARN}
    twitch = {"platform": "twitch", "stream_key": KEY}
    found = plan_resources(STAGE, SESSION, spec_of(twitch, profile, source=flow, record=True)).recorder()
    assert found is not None
    return found


def created(plan: ChannelPlan, outputs: ChannelOutputs) -> Payload:
    return create_channel_request(STAGE, SESSION, plan, outputs, "1234567", ROLE_ARN, generation=1)


@profiles
@pytest.mark.parametrize("rtmp", [PUSH, ()], ids=["both", "recording alone"])
def test_the_models_have_nothing_against_a_hosts_channel(profile: ProfileName, rtmp: tuple[Payload, ...]) -> None:
    outputs = ChannelOutputs(rtmp=rtmp, buffer=BUFFER)
    assert faults("medialive", "CreateChannel", created(host(profile), outputs)) == []
    assert faults("medialive", "UpdateChannel", update_channel_request("1234567", host(profile), outputs)) == []


@profiles
def test_the_models_have_nothing_against_a_recorder(profile: ProfileName) -> None:
    assert faults("medialive", "CreateChannel", created(recorder(profile), ChannelOutputs(buffer=BUFFER))) == []


def test_the_models_have_nothing_against_the_rest() -> None:
    names = [new_ingest_name()]
    asked = create_input_request(STAGE, SESSION, host(), "7654321", names, generation=1)
    assert faults("medialive", "CreateInput", asked) == []
    assert asked["Type"] == "RTMP_PUSH" and asked["Destinations"] == [{"StreamName": names[0]}]
    ivs = create_ivs_channel_request(STAGE, SESSION, host())
    assert not ParamValidator().validate(ivs, operation("ivs", "CreateChannel").input_shape).has_errors()
    assert re.fullmatch(r"[a-zA-Z0-9-_]{0,128}", ivs["name"]) and not ivs["insecureIngest"]
    assert faults("medialive", "BatchUpdateSchedule", mark_request("1234567", "r001", "start")) == []


def test_one_channel_has_two_groups_and_each_a_destination_of_its_own() -> None:
    channel = created(host(), ChannelOutputs(rtmp=PUSH, buffer=BUFFER))
    groups = {group["Name"]: group for group in channel["EncoderSettings"]["OutputGroups"]}
    assert groups.keys() == {"rtmp", "s3"}
    references = {
        "rtmp": groups["rtmp"]["Outputs"][0]["OutputSettings"]["RtmpOutputSettings"]["Destination"],
        "s3": groups["s3"]["OutputGroupSettings"]["HlsGroupSettings"]["Destination"],
    }
    found = {one["Id"]: one["Settings"] for one in channel["Destinations"]}
    assert [found[reference["DestinationRefId"]] for reference in references.values()] == [
        list(PUSH),
        [{"Url": f"s3ssl://{BUFFER}0/show"}],
    ]
    assert len(found) == 2
    for name in [*found, *(output["OutputName"] for group in groups.values() for output in group["Outputs"])]:
        assert WORD.fullmatch(name)


def test_recording_alone_has_no_destination_but_the_bucket() -> None:
    for plan in (host(), recorder()):
        request = update_channel_request("1234567", plan, ChannelOutputs(buffer=BUFFER))
        assert [one["Settings"] for one in request["Destinations"]] == [[{"Url": f"s3ssl://{BUFFER}0/show"}]]
        assert [group["Name"] for group in request["EncoderSettings"]["OutputGroups"]] == ["s3"]
        assert KEY not in str(request)


def test_two_pipelines_have_two_ingests_two_names_and_two_places_in_the_bucket() -> None:
    plan = host(destination=TWO)
    spec = spec_of(TWO, ProfileName.P1080_30)
    rtmp = tuple(destination_settings(spec.destinations[0], DestinationSecrets(stream_key=KEY)))
    channel = created(plan, ChannelOutputs(rtmp=rtmp, buffer=BUFFER))
    assert faults("medialive", "CreateChannel", channel) == []
    assert [len(one["Settings"]) for one in channel["Destinations"]] == [2, 2]
    assert [one["Url"] for one in channel["Destinations"][1]["Settings"]] == [
        f"s3ssl://{BUFFER}0/show",
        f"s3ssl://{BUFFER}1/show",
    ]
    assert len(plan.ingest_secrets()) == 2


def test_what_is_recorded_runs_by_the_systems_clock_and_is_cut_at_key_frames() -> None:
    for plan in (host(), recorder()):
        encoder = created(plan, ChannelOutputs(buffer=BUFFER))["EncoderSettings"]
        assert encoder["TimecodeConfig"] == {"Source": "SYSTEMCLOCK"}
        hls = encoder["OutputGroups"][0]["OutputGroupSettings"]["HlsGroupSettings"]
        assert (hls["Mode"], hls["ProgramDateTime"], hls["ProgramDateTimeClock"]) == ("VOD", "INCLUDE", "SYSTEM_CLOCK")
        gop = encoder["VideoDescriptions"][0]["CodecSettings"]["H264Settings"]["GopSize"]
        assert hls["SegmentLength"] == gop == 2
        assert (
            "$dt$" in encoder["OutputGroups"][0]["Outputs"][0]["OutputSettings"]["HlsOutputSettings"]["SegmentModifier"]
        )


def test_a_mark_is_an_id3_tag_that_names_the_recording() -> None:
    settings = mark_request("1", "r001", "stop")["Creates"]["ScheduleActions"][0]
    assert settings["ActionName"] == "r001-stop"
    tag = base64.b64decode(settings["ScheduleActionSettings"]["TimedMetadataSettings"]["Id3"])
    assert tag == id3_text("recording r001 stop")
    assert tag.startswith(b"ID3\x04\x00\x00") and tag.endswith(
        b"TXXX\x00\x00\x00\x1a\x00\x00\x03onair\x00recording r001 stop"
    )
    assert len(tag) == 10 + tag[9]


def test_ingest_names_are_long_random_and_never_the_same() -> None:
    names = {new_ingest_name() for _ in range(1000)}
    assert len(names) == 1000
    assert {len(part) for name in names for part in name.split("/")} == {19}


def test_an_encoders_input_is_in_the_cheaper_band() -> None:
    bands = {
        created(plan, ChannelOutputs(buffer=BUFFER))["InputSpecification"]["MaximumBitrate"]
        for plan in (host(), recorder())
    }
    assert bands == {"MAX_10_MBPS", "MAX_20_MBPS"}
