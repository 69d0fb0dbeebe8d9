"""The simulator refuses each documented mistake, with the service's words and code."""

from __future__ import annotations

import copy
import json
import urllib.request
from collections.abc import Callable, Iterator
from typing import Any
from urllib.error import HTTPError

import pytest
from botocore.exceptions import ClientError

from infra.local.simulator.shapes import named_bounds
from tests.contract.simulator_corpus import INPUTS, ROLE, Request, archive, hls, mediapackage, rtmp, several_rtmp
from tests.contract.simulator_stand import Stand, refused, served


@pytest.fixture
def stand() -> Iterator[Stand]:
    with served() as stand:
        yield stand


def make_input(stand: Stand) -> str:
    group = stand.medialive.create_input_security_group(WhitelistRules=[{"Cidr": "203.0.113.7/32"}])["SecurityGroup"]
    made = stand.medialive.create_input(Type="RTP_PUSH", InputSecurityGroups=[group["Id"]])
    return str(made["Input"]["Id"])


Spoil = Callable[[Request], None]


def at(*path: str | int, value: Any) -> Spoil:
    """Put a value at a place of a request."""

    def spoil(request: Request) -> None:
        place: Any = request
        for step in path[:-1]:
            place = place[step]
        place[path[-1]] = value

    return spoil


def both(*spoils: Spoil) -> Spoil:
    def spoil(request: Request) -> None:
        for one in spoils:
            one(request)

    return spoil


def extra_audio(request: Request) -> None:
    request["EncoderSettings"]["AudioDescriptions"].append({"Name": "audio_3Aac96", "AudioSelectorName": "default"})


def extra_video(request: Request) -> None:
    request["EncoderSettings"]["VideoDescriptions"].append({"Name": "left-over"})


OUTPUT = ("EncoderSettings", "OutputGroups", 0, "Outputs", 0)
GROUP = ("EncoderSettings", "OutputGroups", 0, "OutputGroupSettings")
H264 = ("EncoderSettings", "VideoDescriptions", 0, "CodecSettings", "H264Settings")
BAD, UNPROCESSABLE = "BadRequestException", "UnprocessableEntityException"
TWO_SETTINGS = [{"Url": "rtmp://a.example/x", "StreamName": "k"}] * 2

MISTAKES: dict[str, tuple[Callable[[list[str]], Request], Spoil, str, str]] = {
    "an underscore in a destination's id": (
        rtmp,
        both(
            at("Destinations", 0, "Id", value="rtmp_destination"),
            at(
                *OUTPUT,
                "OutputSettings",
                "RtmpOutputSettings",
                "Destination",
                "DestinationRefId",
                value="rtmp_destination",
            ),
        ),
        BAD,
        "DestinationId should include only numbers, letters and hyphen",
    ),
    "one setting for two pipelines": (
        rtmp,
        at("ChannelClass", value="STANDARD"),
        BAD,
        "Exactly 2 destinations settings required",
    ),
    "the class left out": (rtmp, lambda request: request.pop("ChannelClass"), BAD, "Exactly 2 destinations settings"),
    "two settings for one pipeline": (
        rtmp,
        at("Destinations", 0, "Settings", value=TWO_SETTINGS),
        BAD,
        "Exactly 1 destinations settings required",
    ),
    "a destination of no kind": (
        rtmp,
        at("Destinations", 0, "Settings", value=[]),
        BAD,
        "Exactly one of settings, MediaPackage settings, or Multiplex settings is required for destination dest-1",
    ),
    "a destination of two kinds": (
        rtmp,
        at("Destinations", 0, "MediaPackageSettings", value=[{"ChannelId": "x"}]),
        BAD,
        "Exactly one of settings, MediaPackage settings, or Multiplex settings is required for destination dest-1",
    ),
    "an audio description that nothing uses": (
        archive,
        extra_audio,
        UNPROCESSABLE,
        'audioDescriptions[1] Audio description "audio_3Aac96" is not referenced by any output',
    ),
    "a video description that nothing uses": (
        archive,
        extra_video,
        UNPROCESSABLE,
        'videoDescriptions[1] Video description "left-over" is not referenced by any output',
    ),
    "a mediapackage channel that is no id": (
        mediapackage,
        at("Destinations", 0, "MediaPackageSettings", value=[{"ChannelId": "arn:aws:mediapackage:x:channels/1"}]),
        UNPROCESSABLE,
        "outputGroups[0].outputGroupSettings.destination.channelId MediaPackage channel ID is invalid. The ID can have"
        " numbers, letters, underscores, and dashes. The ID is case sensitive.",
    ),
    "output settings of no kind": (
        rtmp,
        at(*OUTPUT, "OutputSettings", value={}),
        UNPROCESSABLE,
        "OutputSettings must contain exactly one property: cmafIngestOutputSettings, hlsOutputSettings,"
        " rtmpOutputSettings, udpOutputSettings, msSmoothOutputSettings, archiveOutputSettings,"
        " frameCaptureOutputSettings, mediaPackageOutputSettings, multiplexOutputSettings, srtOutputSettings",
    ),
    "output settings of two kinds": (
        rtmp,
        at(*OUTPUT, "OutputSettings", "MediaPackageOutputSettings", value={}),
        UNPROCESSABLE,
        "OutputSettings must contain exactly one property: ",
    ),
    "a group of no kind": (
        rtmp,
        at(*GROUP, value={}),
        UNPROCESSABLE,
        "OutputGroupSettings must contain exactly one property: ",
    ),
    "two codecs": (
        rtmp,
        at(
            "EncoderSettings",
            "VideoDescriptions",
            0,
            "CodecSettings",
            "H265Settings",
            value={
                "FramerateNumerator": 1,
                "FramerateDenominator": 1,
            },
        ),
        UNPROCESSABLE,
        "CodecSettings must contain exactly one property: ",
    ),
    "an hls location without a path": (
        hls,
        at("Destinations", 0, "Settings", 1, "Url", value="https://origin.example"),
        UNPROCESSABLE,
        "outputGroups[0].outputGroupSettings.destination.uri Locations should be of the form https://<hostname>/<path>",
    ),
    "a reference to no destination": (
        rtmp,
        at(*OUTPUT, "OutputSettings", "RtmpOutputSettings", "Destination", "DestinationRefId", value="5tj5bm"),
        UNPROCESSABLE,
        'Object references undefined destination "5tj5bm"',
    ),
    "a reference to no video description": (
        rtmp,
        at(*OUTPUT, "VideoDescriptionName", value="other"),
        UNPROCESSABLE,
        "outputGroups[0].outputs[0].videoDescriptionName",
    ),
    "a reference to no audio description": (
        rtmp,
        at(*OUTPUT, "AudioDescriptionNames", value=["audio_aac", "other"]),
        UNPROCESSABLE,
        "outputGroups[0].outputs[0].audioDescriptionNames",
    ),
    "a reference to no caption description": (
        rtmp,
        at(*OUTPUT, "CaptionDescriptionNames", value=["other"]),
        UNPROCESSABLE,
        "outputGroups[0].outputs[0].captionDescriptionNames",
    ),
    "an audio selector that no attachment has": (
        rtmp,
        at("EncoderSettings", "AudioDescriptions", 0, "AudioSelectorName", value="other"),
        UNPROCESSABLE,
        "audioDescriptions[0].audioSelectorName",
    ),
    "a number below its bound": (
        rtmp,
        at(*GROUP, "RtmpGroupSettings", "CacheLength", value=29),
        UNPROCESSABLE,
        "outputGroups[0].outputGroupSettings.rtmpGroupSettings.cacheLength must be at least 30",
    ),
    "a number above its bound": (
        rtmp,
        at(*H264, "Slices", value=33),
        UNPROCESSABLE,
        "videoDescriptions[0].codecSettings.h264Settings.slices must be at most 32",
    ),
    "a string of the wrong length": (
        hls,
        at(*GROUP, "HlsGroupSettings", "ConstantIv", value="00"),
        UNPROCESSABLE,
        "hlsGroupSettings.constantIv must be at least 32 characters",
    ),
    "a value that the enum does not have": (
        rtmp,
        at(*H264, "Profile", value="HIGHEST"),
        UNPROCESSABLE,
        "videoDescriptions[0].codecSettings.h264Settings.profile must be one of: BASELINE, HIGH",
    ),
    "no input": (rtmp, at("InputAttachments", value=[]), UNPROCESSABLE, "inputAttachments is required"),
    "no output group": (
        rtmp,
        both(at("EncoderSettings", "OutputGroups", value=[]), at("EncoderSettings", "VideoDescriptions", value=[])),
        UNPROCESSABLE,
        "outputGroups At least one output group is required",
    ),
    "an input that never was": (
        rtmp,
        at("InputAttachments", 0, "InputId", value="424242"),
        UNPROCESSABLE,
        "inputAttachments[0].inputId Input 424242 does not exist",
    ),
    "a failover to an input that is not attached": (
        rtmp,
        at("InputAttachments", 0, "AutomaticInputFailoverSettings", value={"SecondaryInputId": "424242"}),
        UNPROCESSABLE,
        "inputAttachments[0].automaticInputFailoverSettings.secondaryInputId",
    ),
}


@pytest.mark.parametrize("mistake", MISTAKES.values(), ids=MISTAKES.keys())
def test_a_mistake_in_a_channel_is_refused_in_the_services_words(stand: Stand, mistake: Any) -> None:
    build, spoil, code, words = mistake
    request = copy.deepcopy(build([make_input(stand)]))
    spoil(request)
    with refused(code, words):
        stand.medialive.create_channel(Name="wrong", **request)
    kinds = {resource.kind for resource in stand.simulator.inventory()}
    assert kinds == {"input", "input_security_group"}, "a refusal makes nothing"
    assert stand.events == []


def test_a_422_lists_every_fault_and_its_message_joins_them(stand: Stand) -> None:
    request = archive([make_input(stand)])
    extra_audio(request)
    extra_video(request)
    with refused(UNPROCESSABLE) as caught:
        stand.medialive.create_channel(**request)
    response = caught.value.response
    assert response["ValidationErrors"] == [
        {
            "ElementPath": "audioDescriptions[1]",
            "ErrorMessage": 'Audio description "audio_3Aac96" is not referenced by any output',
        },
        {
            "ElementPath": "videoDescriptions[1]",
            "ErrorMessage": 'Video description "left-over" is not referenced by any output',
        },
    ]
    joined = [f"{one['ElementPath']} {one['ErrorMessage']}" for one in response["ValidationErrors"]]
    assert response["Error"]["Message"] == "; ".join(joined)


def test_an_unused_selector_name_passes_when_one_attachment_names_no_selectors(stand: Stand) -> None:
    request = rtmp([make_input(stand)])
    request["EncoderSettings"]["AudioDescriptions"][0]["AudioSelectorName"] = "anything"
    del request["InputAttachments"][0]["InputSettings"]
    stand.medialive.create_channel(**request)


def test_an_input_that_is_attached_elsewhere_is_a_conflict(stand: Stand) -> None:
    found = make_input(stand)
    stand.medialive.create_channel(**rtmp([found]))
    with refused("ConflictException", f"inputId={found} is already attached"):
        stand.medialive.create_channel(**rtmp([found]))


def test_a_role_that_may_not_be_passed_is_forbidden(stand: Stand) -> None:
    found = make_input(stand)
    stand.simulator.settings.forbidden_roles = ("*/NotForMediaLive",)
    for role in (ROLE.replace("MediaLiveAccessRole", "NotForMediaLive"), "MediaLiveAccessRole"):
        with refused("ForbiddenException", "Not authorized to perform: iam:PassRole"):
            stand.medialive.create_channel(**{**rtmp([found]), "RoleArn": role})
    stand.medialive.create_channel(**rtmp([found]))


def test_three_push_inputs_or_twenty_one_inputs_are_too_many(stand: Stand) -> None:
    push = [make_input(stand) for _ in range(3)]
    with refused(UNPROCESSABLE, "at most 2 push inputs"):
        stand.medialive.create_channel(**rtmp(push))
    pull = [stand.medialive.create_input(**INPUTS["hls pull"])["Input"]["Id"] for _ in range(21)]
    with refused(UNPROCESSABLE, "at most 20 inputs"):
        stand.medialive.create_channel(**rtmp(pull))


@pytest.mark.parametrize(
    ("request_of_input", "words"),
    [
        ({"Type": "URL_PULL", "Sources": [{"Url": ""}]}, "Invalid URL () specified for inputSource"),
        ({"Type": "MP4_FILE", "Sources": []}, "Invalid URL () specified for inputSource"),
        ({"Type": "RTP_PUSH"}, "requires an input security group"),
        ({"Type": "RTP_PUSH", "InputSecurityGroups": ["424242"]}, "Input security group 424242 does not exist"),
        ({"Type": "RTMP_PUSH", "InputSecurityGroups": ["GROUP"]}, "stream name is required"),
        ({"Type": "RTMP_PUSH", "InputSecurityGroups": ["GROUP"], "Destinations": [{}]}, "stream name is required"),
        ({"Name": "without a type"}, "type is required"),
        ({"Type": "RIST_PUSH"}, "type must be one of: "),
    ],
)
def test_a_mistake_in_an_input_is_a_bad_request(stand: Stand, request_of_input: Request, words: str) -> None:
    group = stand.medialive.create_input_security_group(WhitelistRules=[{"Cidr": "0.0.0.0/0"}])["SecurityGroup"]["Id"]
    groups = request_of_input.get("InputSecurityGroups", [])
    named = {"InputSecurityGroups": [group if one == "GROUP" else one for one in groups]} if groups else {}
    with refused(BAD, words):
        stand.medialive.create_input(**{**request_of_input, **named})


@pytest.mark.parametrize(
    ("rules", "words"),
    [
        ([], "Must specify at least one whitelist"),
        (["2001:db8::/32"], "IPv4 CIDR"),
        (["203.0.113.7"], "IPv4 CIDR"),
        (["203.0.113.0/33"], "IPv4 CIDR"),
        ([f"203.0.113.{number}/32" for number in range(11)], "at most 10 rules"),
    ],
)
def test_a_mistake_in_a_security_group_is_a_bad_request(stand: Stand, rules: list[str], words: str) -> None:
    given = [{"Cidr": rule} for rule in rules]
    with refused(BAD, words):
        stand.medialive.create_input_security_group(WhitelistRules=given)
    made = stand.medialive.create_input_security_group(WhitelistRules=[{"Cidr": "10.0.0.8/32"}])["SecurityGroup"]
    with refused(BAD, words):
        stand.medialive.update_input_security_group(InputSecurityGroupId=made["Id"], WhitelistRules=given)


@pytest.mark.parametrize(
    ("output", "words"),
    [
        ({"Protocol": "rtp", "Destination": "rtp://203.0.113.7:5000", "Port": 5000}, "not a URL"),
        ({"Protocol": "rtp", "Port": 5000}, "requires a destination and a port"),
        ({"Protocol": "rtp", "Destination": "203.0.113.7"}, "requires a destination and a port"),
        ({"Protocol": "rtmp", "Destination": "203.0.113.7", "Port": 5000}, "outputs[0].protocol must be one of"),
        ({"Protocol": "ndi-speed-hq", "NdiAudioReferenceLevel": 1}, "ndiAudioReferenceLevel must be at most 0"),
    ],
)
def test_a_mistake_in_a_flow_output_is_a_bad_request(stand: Stand, output: Request, words: str) -> None:
    flow = stand.simulator.seed_flow()
    with refused(BAD, words):
        stand.mediaconnect.add_flow_outputs(FlowArn=flow, Outputs=[output])
    assert stand.mediaconnect.describe_flow(FlowArn=flow)["Flow"]["Outputs"] == []


def test_an_arn_of_the_wrong_kind_is_a_bad_request(stand: Stand) -> None:
    with refused(BAD, "FlowArn must match"):
        stand.mediaconnect.describe_flow(FlowArn="arn:aws:medialive:eu-west-1:111122223333:channel:1")


def test_what_boto3_would_never_send_is_refused_too(stand: Stand) -> None:
    """Other clients check less before they send."""

    def post(path: str, body: bytes) -> tuple[int, dict[str, Any]]:
        request = urllib.request.Request(stand.url + path, body, {"Content-Type": "application/json"}, method="POST")
        with pytest.raises(HTTPError) as caught, urllib.request.urlopen(request):
            pass
        with caught.value as error:
            return error.code, json.loads(error.read())

    assert post("/prod/inputs", b"{")[0] == 400
    assert post("/prod/inputs", b"[1]")[0] == 400
    status, answer = post("/prod/inputs", b'{"type": 5}')
    assert (status, answer["message"]) == (400, "type must be of type string")
    broken = {"encoderSettings": {"outputGroups": [{"outputs": "none"}]}, "destinations": [{"settings": {}}]}
    status, answer = post("/prod/channels", json.dumps(broken).encode())
    assert status == 422
    assert "outputGroups[0].outputs must be of type list" in answer["message"]
    assert "outputGroups[0].outputGroupSettings is required" in answer["message"]


def test_an_operation_that_is_not_simulated_says_so(stand: Stand) -> None:
    with pytest.raises(ClientError) as caught:
        stand.medialive.list_multiplexes()
    assert caught.value.response["Error"] == {
        "Code": "NotSimulated",
        "Message": "medialive ListMultiplexes is not simulated by OnAir's local stage",
    }
    assert caught.value.response["ResponseMetadata"]["HTTPStatusCode"] == 501
    with refused("NotSimulated", "mediaconnect ListGateways is not simulated"):
        stand.mediaconnect.list_gateways()


@pytest.mark.parametrize(
    ("name", "bounds"),
    [
        ("__integerMin30", (30, None)),
        ("__integerMax5", (None, 5)),
        ("__longMin0Max4294967295", (0, 4294967295)),
        ("__integerMinNegative60Max6", (-60, 6)),
        ("__doubleMinNegative59Max0", (-59, 0)),
        ("__doubleMinNegative100Max0", (-100, 0)),
        ("__stringMin32Max32", (32, 32)),
        ("__stringMin7Max11PatternAws097", (7, 11)),
        ("__stringPatternS", (None, None)),
        ("__string", (None, None)),
        ("__listOf__integer", (None, None)),
    ],
)
def test_bounds_are_read_from_the_names_of_shapes(name: str, bounds: tuple[float | None, float | None]) -> None:
    assert named_bounds(name) == bounds


def test_a_channel_that_takes_several_destinations_needs_each_of_them_right(stand: Stand) -> None:
    request = several_rtmp([make_input(stand)])
    request["Destinations"][2]["Settings"].pop()
    with refused(BAD, "Exactly 2 destinations settings required"):
        stand.medialive.create_channel(**request)
