"""CreateChannel: one input, one H.264 and one AAC encode, one RTMP output group to one destination.

The settings are those that platforms take (facts §10): constant bit rate, a closed key frame every two seconds, stereo
AAC.
"""

from __future__ import annotations

from shared.domain.model import Value
from shared.domain.names import request_id, session_tags
from shared.domain.payloads import Payload
from shared.domain.plan import ChannelPlan
from shared.domain.platforms import PLATFORMS
from shared.domain.profiles import AUDIO_BITRATE, AUDIO_SAMPLE_RATE, GOP_SECONDS, PROFILES, Profile
from shared.domain.session_spec import ChannelClass, Destination, split_query, video_bitrate

AUDIO_SELECTOR = "default-audio-selector"
AUDIO_DESCRIPTION = "audio-aac"
VIDEO_DESCRIPTION = "video-h264"
DESTINATION_ID = "destination-rtmp"
INPUT_ATTACHMENT = "source"


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


def create_channel_request(
    stage: str,
    session_id: str,
    channel: ChannelPlan,
    destination: Destination,
    secrets: DestinationSecrets,
    input_id: str,
    role_arn: str,
    generation: int,
) -> Payload:
    """CreateChannel for one destination. ``ChannelClass`` is always said: the default is STANDARD (facts §3)."""
    return {
        "Name": channel.channel_name,
        "ChannelClass": channel.channel_class.value,
        "RoleArn": role_arn,
        "InputSpecification": input_specification(),
        "InputAttachments": [input_attachment(input_id)],
        "Destinations": [{"Id": DESTINATION_ID, "Settings": destination_settings(destination, secrets)}],
        "EncoderSettings": encoder_settings(destination),
        "LogLevel": "WARNING",
        "RequestId": request_id(channel.channel_name, "channel", generation),
        "Tags": session_tags(stage, session_id),
    }


def input_specification() -> Payload:
    """What the source may be, which also sets the price band: up to full HD, below 20 Mbit/s."""
    return {"Codec": "AVC", "Resolution": "HD", "MaximumBitrate": "MAX_20_MBPS"}


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


def encoder_settings(destination: Destination) -> Payload:
    profile = PROFILES[destination.profile]
    return {
        "TimecodeConfig": {"Source": "EMBEDDED"},
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
                "CodecSettings": {"H264Settings": h264_settings(profile, video_bitrate(destination))},
            }
        ],
        "OutputGroups": [
            {
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
                                "Destination": {"DestinationRefId": DESTINATION_ID},
                                "CertificateMode": "VERIFY_AUTHENTICITY",
                                "ConnectionRetryInterval": 2,
                                "NumRetries": 10,
                            }
                        },
                    }
                ],
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
