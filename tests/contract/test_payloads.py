"""Every request payload × profile × platform × channel class against the services' models and against what must be so.

The payloads are built the way the tasks build them: from a caller's body, through the saved spec and the plan.
"""

from __future__ import annotations

import copy
import json
import re
from collections.abc import Callable, Iterator
from typing import Any

import pytest

from shared.domain.destinations import ChannelClass, SecretName
from shared.domain.payloads import Payload
from shared.domain.payloads.inputs import create_input_request
from shared.domain.platforms import PLATFORMS, PlatformName
from shared.domain.profiles import PROFILES, Profile, ProfileName
from tests.contract.cases import ENDPOINTS, KEY, ROOT, SESSION, STAGE, WORD, case, cases, legal_classes
from tests.contract.shapes import bounds, faults, operation, service_model

COMBINATIONS = [
    pytest.param(name, channel_class, profile, id=f"{name}-{channel_class}-{profile}")
    for name in PlatformName
    for channel_class in legal_classes(name)
    for profile in ProfileName
]
every_combination = pytest.mark.parametrize(("name", "channel_class", "profile"), COMBINATIONS)


# Against the models


@every_combination
def test_the_services_models_have_nothing_against_any_payload(
    name: PlatformName, channel_class: ChannelClass, profile: ProfileName
) -> None:
    for each in cases(name, channel_class, profile):
        assert faults("medialive", "CreateChannel", each.channel()) == [], each.title
        assert faults("medialive", "CreateInput", each.input()) == [], each.title
        assert faults("mediaconnect", "AddFlowOutputs", each.outputs()) == [], each.title


@every_combination
def test_every_reference_in_a_channel_leads_to_something_and_everything_is_referenced(
    name: PlatformName, channel_class: ChannelClass, profile: ProfileName
) -> None:
    for each in cases(name, channel_class, profile):
        assert dangling(each.channel()) == [], each.title


def dangling(channel: Payload) -> list[str]:
    """What a channel refers to and does not have, and what it describes and never uses (422, facts §3)."""
    encoder = channel["EncoderSettings"]
    outputs = [output for group in encoder["OutputGroups"] for output in group["Outputs"]]
    settings = [one["InputSettings"] for one in channel["InputAttachments"]]
    pairs = {
        "destination": (
            [output["OutputSettings"]["RtmpOutputSettings"]["Destination"]["DestinationRefId"] for output in outputs],
            [one["Id"] for one in channel["Destinations"]],
        ),
        "video": (
            [output["VideoDescriptionName"] for output in outputs],
            [one["Name"] for one in encoder["VideoDescriptions"]],
        ),
        "audio": (
            [used for output in outputs for used in output["AudioDescriptionNames"]],
            [one["Name"] for one in encoder["AudioDescriptions"]],
        ),
        "audio selector": (
            [one["AudioSelectorName"] for one in encoder["AudioDescriptions"]],
            [selector["Name"] for one in settings for selector in one["AudioSelectors"]],
        ),
    }
    return [
        f"{kind}: used {sorted(used)}, defined {sorted(defined)}"
        for kind, (used, defined) in pairs.items()
        if set(used) != set(defined) or len(set(defined)) != len(defined)
    ]


# What must be so: ids, destinations, selectors, codecs


@every_combination
def test_a_destination_has_one_setting_for_each_pipeline_with_the_url_apart_from_the_key(
    name: PlatformName, channel_class: ChannelClass, profile: ProfileName
) -> None:
    for each in cases(name, channel_class, profile):
        channel = each.channel()
        assert channel["ChannelClass"] == channel_class.value
        (destination,) = channel["Destinations"]
        assert len(destination["Settings"]) == {"SINGLE_PIPELINE": 1, "STANDARD": 2}[channel["ChannelClass"]]
        for setting in destination["Settings"]:
            assert setting["StreamName"] == KEY
            assert setting["Url"].startswith(each.platform.schemes)
            assert KEY not in setting["Url"]
            asked = each.destination
            assert setting.get("Username") == asked.username
            assert ("PasswordParam" in setting) == (SecretName.PASSWORD in asked.secrets)
            assert setting.get("PasswordParam", "/onair/").startswith("/onair/"), "the parameter's name, not its value"
            assert ("token=example-token-not-real" in setting["Url"]) == (SecretName.URL_QUERY in asked.secrets)
        urls = [setting["Url"] for setting in destination["Settings"]]
        assert len(set(urls)) == len(urls), "the pipelines must not push to one ingest"


@every_combination
def test_ids_and_names_are_letters_digits_and_hyphens(
    name: PlatformName, channel_class: ChannelClass, profile: ProfileName
) -> None:
    each = next(cases(name, channel_class, profile))
    channel = each.channel()
    encoder = channel["EncoderSettings"]
    attachment = channel["InputAttachments"][0]
    given = [
        channel["Name"],
        channel["RequestId"],
        *(one["Id"] for one in channel["Destinations"]),
        attachment["InputAttachmentName"],
        *(one["Name"] for one in attachment["InputSettings"]["AudioSelectors"]),
        *(one["Name"] for one in encoder["AudioDescriptions"] + encoder["VideoDescriptions"] + encoder["OutputGroups"]),
        *(output["OutputName"] for group in encoder["OutputGroups"] for output in group["Outputs"]),
        each.input()["Name"],
        each.input()["RequestId"],
        *(output["Name"] for output in each.outputs()["Outputs"]),
    ]
    assert [one for one in given if not WORD.fullmatch(one)] == []


@every_combination
def test_selectors_timecode_and_audio_are_as_they_must_be(
    name: PlatformName, channel_class: ChannelClass, profile: ProfileName
) -> None:
    for each in cases(name, channel_class, profile):
        channel = each.channel()
        (attachment,) = channel["InputAttachments"]
        assert attachment["InputId"] == "1234567"
        assert attachment["InputSettings"]["AudioSelectors"] == [
            {
                "Name": "default-audio-selector",
                "SelectorSettings": {"AudioTrackSelection": {"Tracks": [{"Track": 1}]}},
            }
        ]
        assert attachment["InputSettings"]["VideoSelector"] == {"ColorSpace": "FOLLOW", "ColorSpaceUsage": "FALLBACK"}
        encoder = channel["EncoderSettings"]
        assert encoder["TimecodeConfig"] == {"Source": "EMBEDDED"}
        (audio,) = encoder["AudioDescriptions"]
        assert audio["AudioSelectorName"] == "default-audio-selector"
        aac = audio["CodecSettings"]["AacSettings"]
        assert (aac["Bitrate"], aac["CodingMode"], aac["SampleRate"]) == (128_000, "CODING_MODE_2_0", 48_000)


@every_combination
def test_video_is_high_profile_constant_bit_rate_at_the_profiles_size(
    name: PlatformName, channel_class: ChannelClass, profile: ProfileName
) -> None:
    for each in cases(name, channel_class, profile):
        (video,) = each.channel()["EncoderSettings"]["VideoDescriptions"]
        h264 = video["CodecSettings"]["H264Settings"]
        assert (video["Width"], video["Height"]) == (each.profile.width, each.profile.height)
        assert video["Width"] % 2 == video["Height"] % 2 == 0
        assert (h264["Profile"], h264["RateControlMode"]) == ("HIGH", "CBR")
        assert h264["Level"] == ("H264_LEVEL_4_2" if profile is ProfileName.P1080_60 else "H264_LEVEL_4_1")
        assert (h264["FramerateControl"], h264["FramerateDenominator"]) == ("SPECIFIED", 1)
        assert h264["FramerateNumerator"] == each.profile.frame_rate == int(profile.value[-2:])
        assert (h264["GopSize"], h264["GopSizeUnits"], h264["GopClosedCadence"]) == (2.0, "SECONDS", 1)


@pytest.mark.parametrize("profile", PROFILES.values(), ids=lambda profile: profile.name)
def test_the_level_carries_the_picture(profile: Profile) -> None:
    """Macroblocks a second, H.264 table A-1: level 4.1 carries 245,760, level 4.2 carries 522,240."""
    macroblocks = -(-profile.width // 16) * -(-profile.height // 16) * profile.frame_rate
    assert profile.level == ("H264_LEVEL_4_1" if macroblocks <= 245_760 else "H264_LEVEL_4_2")
    assert macroblocks <= 522_240


@every_combination
def test_the_bit_rate_is_within_the_platforms_limits(
    name: PlatformName, channel_class: ChannelClass, profile: ProfileName
) -> None:
    for each in cases(name, channel_class, profile):
        h264 = each.channel()["EncoderSettings"]["VideoDescriptions"][0]["CodecSettings"]["H264Settings"]
        least, most = each.platform.min_for(profile), each.platform.max_for(profile)
        assert (least or 0) <= h264["Bitrate"] <= (most or h264["Bitrate"]), each.title
        if each.destination.video_bitrate is not None:
            assert h264["Bitrate"] == each.destination.video_bitrate


def test_the_platforms_are_where_they_publish_themselves_to_be() -> None:
    assert {name.value: platform.url for name, platform in PLATFORMS.items()} == {
        "custom": None,
        "restream": "rtmp://live.restream.io/live",
        "youtube": "rtmps://a.rtmps.youtube.com:443/live2",
        "facebook": "rtmps://rtmp-api.facebook.com:443/rtmp",
        "twitch": "rtmp://live.twitch.tv/app",
        "ivs": None,
    }
    assert {name.value for name, platform in PLATFORMS.items() if platform.backup_url} == {"youtube"}
    assert PLATFORMS[PlatformName.FACEBOOK].schemes == ("rtmps",)


@pytest.mark.parametrize(
    ("name", "profile", "most"),
    [
        ("youtube", "1080p60", 12_000_000),
        ("youtube", "1080p30", 10_000_000),
        ("facebook", "1080p60", 9_000_000),
        ("facebook", "1080p30", 6_000_000),
        ("facebook", "720p60", 6_000_000),
        ("facebook", "720p30", 4_000_000),
        ("twitch", "1080p60", 6_000_000),
        ("twitch", "480p30", 6_000_000),
        ("ivs", "1080p60", 8_500_000),
    ],
)
def test_published_limits(name: str, profile: str, most: int) -> None:
    assert PLATFORMS[PlatformName(name)].max_for(ProfileName(profile)) == most


def test_the_configuration_known_to_work() -> None:
    example = json.loads((ROOT / "examples/01-restream-1080p30.json").read_text(encoding="utf-8"))
    channel = case({"destinations": example["destinations"]}).channel()
    assert channel["ChannelClass"] == "SINGLE_PIPELINE"
    assert channel["Destinations"][0]["Settings"] == [
        {"Url": "rtmp://live.restream.io/live", "StreamName": "example-restream-key-not-real"}
    ]
    h264 = channel["EncoderSettings"]["VideoDescriptions"][0]["CodecSettings"]["H264Settings"]
    assert (h264["Bitrate"], h264["FramerateNumerator"], h264["Level"]) == (5_000_000, 30, "H264_LEVEL_4_1")


# Inputs, flow outputs, tags


def test_an_input_is_asked_for_as_rtp_push_and_the_service_makes_its_endpoints() -> None:
    request = next(cases(PlatformName.YOUTUBE, ChannelClass.STANDARD, ProfileName.P1080_30)).input()
    assert request["Type"] == "RTP_PUSH"
    assert not {"Destinations", "InputClass"} & request.keys()
    assert request["InputSecurityGroups"] == ["7654321"]


@pytest.mark.parametrize("channel_class", ChannelClass)
def test_a_flow_output_goes_to_the_address_of_each_pipelines_endpoint(channel_class: ChannelClass) -> None:
    each = next(cases(PlatformName.YOUTUBE, channel_class, ProfileName.P1080_30))
    outputs = each.outputs()["Outputs"]
    wanted = list(ENDPOINTS[: each.ingests])
    assert [(output["Destination"], output["Port"]) for output in outputs] == [(one.ip, one.port) for one in wanted]
    assert [output["Name"] for output in outputs] == list(each.plan.flow_output_names)
    assert {output["Protocol"] for output in outputs} == {"rtp"}


def test_what_can_be_tagged_says_whose_it_is() -> None:
    each = next(cases(PlatformName.TWITCH, ChannelClass.SINGLE_PIPELINE, ProfileName.P1080_30))
    for request in (each.channel(), each.input()):
        assert request["Tags"] == {"onair:stage": "dev", "onair:session": SESSION}


def test_a_retry_has_the_same_request_id_and_the_next_operation_another() -> None:
    each = next(cases(PlatformName.TWITCH, ChannelClass.SINGLE_PIPELINE, ProfileName.P1080_30))
    assert each.channel()["RequestId"] == each.channel()["RequestId"]
    assert each.channel()["RequestId"] != each.input()["RequestId"]
    later = create_input_request(STAGE, SESSION, each.plan, "7654321", (), generation=2)
    assert later["RequestId"] != each.input()["RequestId"]


def test_our_request_ids_are_where_botocore_would_put_a_random_one() -> None:
    for name in ("CreateChannel", "CreateInput"):
        assert "RequestId" in [member for member, _ in _tokens(name)]


def _tokens(name: str) -> Iterator[tuple[str, Any]]:
    for member, shape in operation("medialive", name).input_shape.members.items():
        if shape.metadata.get("idempotencyToken"):
            yield member, shape


# The checks themselves see what is wrong


Spoil = Callable[[Payload], object]


def _h264(channel: Payload) -> Payload:
    settings: Payload = channel["EncoderSettings"]["VideoDescriptions"][0]["CodecSettings"]["H264Settings"]
    return settings


def _group(channel: Payload) -> Payload:
    group: Payload = channel["EncoderSettings"]["OutputGroups"][0]
    return group


@pytest.mark.parametrize(
    ("spoil", "told"),
    [
        (lambda c: c["EncoderSettings"]["AudioDescriptions"][0].pop("AudioSelectorName"), "AudioSelectorName"),
        (lambda c: c.pop("ChannelClass"), "ChannelClass is missing"),
        (lambda c: c.pop("RoleArn"), "RoleArn is missing"),
        (lambda c: c.update(ChannelClass="SINGLE"), "ChannelClass is SINGLE, which is none of"),
        (lambda c: _h264(c).update(Bitrate=999), "Bitrate is below 1000"),
        (lambda c: _h264(c).update(Bitrate=2**31), "Bitrate does not fit into 32 bits"),
        (lambda c: _h264(c).update(Profile="HIGHER"), "Profile is HIGHER"),
        (lambda c: _group(c)["OutputGroupSettings"]["RtmpGroupSettings"].update(CacheLength=29), "is below 30"),
        (lambda c: _group(c)["OutputGroupSettings"].update(UdpGroupSettings={}), "exactly one of its members"),
        (lambda c: _group(c)["Outputs"][0].update(OutputSettings={}), "exactly one of its members"),
        (lambda c: _h264(c).update(Colour="red"), "Unknown parameter"),
    ],
)
def test_a_wrong_payload_is_told(spoil: Spoil, told: str) -> None:
    each = next(cases(PlatformName.YOUTUBE, ChannelClass.STANDARD, ProfileName.P1080_30))
    channel = copy.deepcopy(each.channel())
    spoil(channel)
    assert any(told in fault for fault in faults("medialive", "CreateChannel", channel))


@pytest.mark.parametrize(
    "spoil",
    [
        lambda c: c["EncoderSettings"]["AudioDescriptions"][0].update(AudioSelectorName="another"),
        lambda c: c["Destinations"][0].update(Id="another"),
        lambda c: c["EncoderSettings"]["VideoDescriptions"].append({"Name": "unused"}),
        lambda c: _group(c)["Outputs"][0].update(AudioDescriptionNames=[]),
    ],
)
def test_a_broken_reference_is_told(spoil: Spoil) -> None:
    channel = copy.deepcopy(
        next(cases(PlatformName.TWITCH, ChannelClass.SINGLE_PIPELINE, ProfileName.P1080_30)).channel()
    )
    spoil(channel)
    assert len(dangling(channel)) == 1


def test_bounds_are_read_from_the_names_of_shapes() -> None:
    model = service_model("medialive")
    assert bounds(model.shape_for("__integerMin30")) == (30, None)
    assert bounds(model.shape_for("__integerMinNegative60Max6")) == (-60, 6)
    assert bounds(model.shape_for("__longMin0Max4294967295")) == (0, 4_294_967_295)
    assert bounds(model.shape_for("__stringMin32Max32")) == (32, 32)
    assert bounds(model.shape_for("__stringMin7Max11PatternAws097")) == (7, 11)
    bounded = [name for name in model.shape_names if re.match("__(integer|long|double|string)(Min|Max)", name)]
    assert len(bounded) > 90
    assert [name for name in bounded if bounds(model.shape_for(name)) == (None, None)] == []
