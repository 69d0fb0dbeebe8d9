"""CreateChannel and UpdateChannel: one input, one H.264 and one AAC encode, output groups to a destination and to S3.

The settings are those that platforms take (facts §10): constant bit rate, a closed key frame every two seconds, stereo
AAC. What is recorded is cut at those key frames.
"""

from __future__ import annotations

from collections.abc import Sequence

from shared.domain.destinations import ChannelClass, Destination, split_query
from shared.domain.model import Value
from shared.domain.names import request_id, session_tags
from shared.domain.payloads import Payload
from shared.domain.plan import ChannelPlan, pipelines
from shared.domain.platforms import PLATFORMS
from shared.domain.profiles import AUDIO_BITRATE, AUDIO_SAMPLE_RATE, GOP_SECONDS, PROFILES, Profile

AUDIO_SELECTOR = "default-audio-selector"
AUDIO_DESCRIPTION = "audio-aac"
VIDEO_DESCRIPTION = "video-h264"
RTMP_DESTINATION_ID = "destination-rtmp"
S3_DESTINATION_ID = "destination-s3"
INPUT_ATTACHMENT = "source"
#: A recording is cut between two segments, so they are as short as a group of pictures.
SEGMENT_SECONDS = GOP_SECONDS


class DestinationSecrets(Value):
    """What a destination needs and no record holds. ``password_parameter`` is the SSM parameter's name, not its
    value."""

    stream_key: str
    url_query: str | None = None
    backup_url_query: str | None = None
    password_parameter: str | None = None

    def __repr__(self) -> str:
        return "DestinationSecrets(…)"

    def values(self) -> tuple[str, ...]:
        """Every secret that a request built from these may hold, to be struck out of whatever the service answers."""
        return tuple(value for value in (self.stream_key, self.url_query, self.backup_url_query) if value)


class ChannelOutputs(Value):
    """Where a channel's output goes in its next run: to a destination, to S3, or both.

    ``rtmp``: MediaLive's destination settings, one for each pipeline; empty: no output to a destination.
    ``buffer``: ``BUCKET/PREFIX`` that segments are written below; empty: nothing is recorded.
    """

    rtmp: tuple[Payload, ...] = ()
    buffer: str = ""

    def __repr__(self) -> str:
        return "ChannelOutputs(…)"


def create_channel_request(
    stage: str,
    session_id: str,
    channel: ChannelPlan,
    outputs: ChannelOutputs,
    input_id: str,
    role_arn: str,
    generation: int,
) -> Payload:
    """CreateChannel for one branch. ``ChannelClass`` is always said: the default is STANDARD (facts §3)."""
    return {
        "Name": channel.channel_name,
        "ChannelClass": channel.channel_class.value,
        "RoleArn": role_arn,
        "InputSpecification": input_specification(channel),
        "InputAttachments": [input_attachment(input_id)],
        **output_settings(channel, outputs),
        "LogLevel": "WARNING",
        "RequestId": request_id(channel.channel_name, "channel", generation),
        "Tags": session_tags(stage, session_id),
    }


def update_channel_request(channel_id: str, channel: ChannelPlan, outputs: ChannelOutputs) -> Payload:
    """UpdateChannel of what a channel puts out. Allowed while it is IDLE only (facts §2.3)."""
    return {"ChannelId": channel_id, **output_settings(channel, outputs)}


def output_settings(channel: ChannelPlan, outputs: ChannelOutputs) -> Payload:
    """Destinations and EncoderSettings, which go together: every destination is used and every reference is there."""
    destinations: list[Payload] = []
    groups: list[Payload] = []
    if outputs.rtmp:
        destinations.append({"Id": RTMP_DESTINATION_ID, "Settings": list(outputs.rtmp)})
        groups.append(rtmp_group())
    if outputs.buffer:
        places = [f"s3ssl://{outputs.buffer}{number}/show" for number in range(pipelines(channel.channel_class))]
        destinations.append({"Id": S3_DESTINATION_ID, "Settings": [{"Url": place} for place in places]})
        groups.append(s3_group())
    return {"Destinations": destinations, "EncoderSettings": encoder_settings(channel, groups, bool(outputs.buffer))}


def input_specification(channel: ChannelPlan) -> Payload:
    """What the source may be, which also sets the price band: up to full HD, and below 10 Mbit/s from an encoder, 20
    from a flow."""
    most = "MAX_10_MBPS" if channel.is_pushed_to else "MAX_20_MBPS"
    return {"Codec": "AVC", "Resolution": "HD", "MaximumBitrate": most}


def input_attachment(input_id: str) -> Payload:
    return {
        "InputId": input_id,
        "InputAttachmentName": INPUT_ATTACHMENT,
        "InputSettings": {
            "SourceEndBehavior": "CONTINUE",
            "AudioSelectors": [
                {
                    "Name": AUDIO_SELECTOR,
                    "SelectorSettings": {"AudioTrackSelection": {"Tracks": [{"Track": 1}]}},
                }
            ],
            "VideoSelector": {"ColorSpace": "FOLLOW", "ColorSpaceUsage": "FALLBACK"},
        },
    }


def destination_settings(destination: Destination, secrets: DestinationSecrets) -> list[Payload]:
    """One setting for SINGLE_PIPELINE, two for STANDARD: the platform's primary and backup ingest, with the same
    key."""
    platform = PLATFORMS[destination.platform]
    url = destination.url or platform.url
    backup = destination.backup_url or platform.backup_url
    ingests = [(url, secrets.url_query)]
    if destination.channel_class is ChannelClass.STANDARD:
        ingests.append((backup, secrets.backup_url_query))
    settings = []
    for ingest, query in ingests:
        if ingest is None:
            raise ValueError(f"destination {destination.id} has no ingest for each of its pipelines")
        bare, own_query = split_query(ingest)
        query = query or own_query
        setting: Payload = {"Url": f"{bare}?{query}" if query else bare, "StreamName": secrets.stream_key}
        if destination.username is not None:
            setting["Username"] = destination.username
        if secrets.password_parameter is not None:
            setting["PasswordParam"] = secrets.password_parameter
        settings.append(setting)
    return settings


def encoder_settings(channel: ChannelPlan, groups: Sequence[Payload], records: bool) -> Payload:
    """An RTMP source has no timecode of its own, and a missing one counts from zero: what records runs by the system's
    clock, so that its program date-times are true."""
    profile = PROFILES[channel.profile]
    return {
        "TimecodeConfig": {"Source": "SYSTEMCLOCK" if records or channel.is_pushed_to else "EMBEDDED"},
        "AudioDescriptions": [
            {
                "Name": AUDIO_DESCRIPTION,
                "AudioSelectorName": AUDIO_SELECTOR,
                "CodecSettings": {
                    "AacSettings": {
                        "Bitrate": AUDIO_BITRATE,
                        "CodingMode": "CODING_MODE_2_0",
                        "InputType": "NORMAL",
                        "Profile": "LC",
                        "RateControlMode": "CBR",
                        "RawFormat": "NONE",
                        "SampleRate": AUDIO_SAMPLE_RATE,
                        "Spec": "MPEG4",
                    }
                },
            }
        ],
        "VideoDescriptions": [
            {
                "Name": VIDEO_DESCRIPTION,
                "Width": profile.width,
                "Height": profile.height,
                "RespondToAfd": "NONE",
                "ScalingBehavior": "DEFAULT",
                "CodecSettings": {"H264Settings": h264_settings(profile, channel.video_bitrate)},
            }
        ],
        "OutputGroups": list(groups),
    }


def rtmp_group() -> Payload:
    return {
        "Name": "rtmp",
        "OutputGroupSettings": {
            "RtmpGroupSettings": {
                "AuthenticationScheme": "COMMON",
                "CacheFullBehavior": "DISCONNECT_IMMEDIATELY",
                "CacheLength": 30,
                "CaptionData": "ALL",
                # The platform's session stays up with a slate while the source is gone.
                "InputLossAction": "EMIT_OUTPUT",
                # 0 would mean: never again, and the channel would run on, billed, to nowhere (facts §10.1).
                "RestartDelay": 15,
            }
        },
        "Outputs": [
            {
                "OutputName": "rtmp",
                "AudioDescriptionNames": [AUDIO_DESCRIPTION],
                "VideoDescriptionName": VIDEO_DESCRIPTION,
                "OutputSettings": {
                    "RtmpOutputSettings": {
                        "Destination": {"DestinationRefId": RTMP_DESTINATION_ID},
                        "CertificateMode": "VERIFY_AUTHENTICITY",
                        "ConnectionRetryInterval": 2,
                        "NumRetries": 10,
                    }
                },
            }
        ],
    }


def s3_group() -> Payload:
    """HLS into S3 with every segment in one playlist (Mode VOD), each with the time it was encoded at."""
    return {
        "Name": "s3",
        "OutputGroupSettings": {
            "HlsGroupSettings": {
                "Destination": {"DestinationRefId": S3_DESTINATION_ID},
                "HlsCdnSettings": {"HlsS3Settings": {}},
                "DirectoryStructure": "SINGLE_DIRECTORY",
                # Pictures go on, black, while the source is gone: a recording's time is the clock's.
                "InputLossAction": "EMIT_OUTPUT",
                "ManifestCompression": "NONE",
                "ManifestDurationFormat": "FLOATING_POINT",
                "Mode": "VOD",
                "OutputSelection": "MANIFESTS_AND_SEGMENTS",
                "ProgramDateTime": "INCLUDE",
                "ProgramDateTimeClock": "SYSTEM_CLOCK",
                "ProgramDateTimePeriod": 0,
                "SegmentLength": SEGMENT_SECONDS,
                "SegmentationMode": "USE_SEGMENT_DURATION",
                "TimedMetadataId3Frame": "NONE",
                "TsFileMode": "SEGMENTED_FILES",
            }
        },
        "Outputs": [
            {
                "OutputName": "s3",
                "AudioDescriptionNames": [AUDIO_DESCRIPTION],
                "VideoDescriptionName": VIDEO_DESCRIPTION,
                "OutputSettings": {
                    "HlsOutputSettings": {
                        "NameModifier": "_video",
                        "SegmentModifier": "_$dt$_",
                        # The marks of recordings are timed metadata.
                        "HlsSettings": {
                            "StandardHlsSettings": {"M3u8Settings": {"TimedMetadataBehavior": "PASSTHROUGH"}}
                        },
                    }
                },
            }
        ],
    }


def h264_settings(profile: Profile, bitrate: int) -> Payload:
    """The frame rate is given, not taken from the source: INITIALIZE_FROM_SOURCE is billed as 30-60 fps (facts
    §10.1)."""
    return {
        "AdaptiveQuantization": "MEDIUM",
        "Bitrate": bitrate,
        "BufSize": bitrate * 2,
        "EntropyEncoding": "CABAC",
        "FramerateControl": "SPECIFIED",
        "FramerateDenominator": 1,
        "FramerateNumerator": profile.frame_rate,
        "GopBReference": "DISABLED",
        "GopClosedCadence": 1,
        "GopNumBFrames": 2,
        "GopSize": float(GOP_SECONDS),
        "GopSizeUnits": "SECONDS",
        "Level": profile.level,
        "ParControl": "SPECIFIED",
        "ParDenominator": 1,
        "ParNumerator": 1,
        "Profile": "HIGH",
        "RateControlMode": "CBR",
        "ScanType": "PROGRESSIVE",
        "SceneChangeDetect": "DISABLED",
        "Syntax": "DEFAULT",
        "TimecodeInsertion": "DISABLED",
    }
