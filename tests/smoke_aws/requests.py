"""The channels of a run, as CreateChannel takes them: small, in standard definition, the cheapest there are."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from shared.domain.payloads.channels import h264_settings
from shared.domain.profiles import PROFILES, ProfileName

Request = dict[str, Any]

PROFILE = PROFILES[ProfileName.P480_30]
INPUT_SPECIFICATION = {"Codec": "AVC", "Resolution": "SD", "MaximumBitrate": "MAX_10_MBPS"}
_VIDEO, _AUDIO, _SELECTOR = "video", "audio", "default"
_BITRATE = 1_000_000


def channel(
    role: str, inputs: Sequence[Request], *outputs: tuple[Request, Request], clock: str = "ZEROBASED"
) -> Request:
    """``inputs``: attachments. ``outputs``: each a destination and its output group."""
    return {
        "ChannelClass": "SINGLE_PIPELINE",
        "RoleArn": role,
        "InputSpecification": INPUT_SPECIFICATION,
        "InputAttachments": list(inputs),
        "Destinations": [destination for destination, _ in outputs],
        "EncoderSettings": {
            "TimecodeConfig": {"Source": clock},
            "AudioDescriptions": [
                {
                    "Name": _AUDIO,
                    "AudioSelectorName": _SELECTOR,
                    "CodecSettings": {
                        "AacSettings": {"Bitrate": 96_000, "CodingMode": "CODING_MODE_2_0", "SampleRate": 48_000}
                    },
                }
            ],
            "VideoDescriptions": [
                {
                    "Name": _VIDEO,
                    "Width": PROFILE.width,
                    "Height": PROFILE.height,
                    "CodecSettings": {"H264Settings": h264_settings(PROFILE, _BITRATE)},
                }
            ],
            "OutputGroups": [group for _, group in outputs],
        },
    }


def attachment(input_id: str, name: str, ends: str = "CONTINUE") -> Request:
    return {
        "InputId": input_id,
        "InputAttachmentName": name,
        "InputSettings": {
            "SourceEndBehavior": ends,
            "AudioSelectors": [{"Name": _SELECTOR}],
        },
    }


def hls(name: str, bucket: str, folder: str, seconds: int, **group: Any) -> tuple[Request, Request]:
    """Segments of so many seconds below ``folder``, dated, with the time in their names."""
    destination = {"Id": name, "Settings": [{"Url": f"s3ssl://{bucket}/{folder}/{name}"}]}
    settings = {
        "Destination": {"DestinationRefId": name},
        "HlsCdnSettings": {"HlsS3Settings": {}},
        "Mode": "VOD",
        "DirectoryStructure": "SINGLE_DIRECTORY",
        "ManifestCompression": "NONE",
        "ManifestDurationFormat": "FLOATING_POINT",
        "ProgramDateTime": "INCLUDE",
        "ProgramDateTimePeriod": 0,
        "SegmentLength": seconds,
        "SegmentationMode": "USE_SEGMENT_DURATION",
        **group,
    }
    output = {
        "HlsOutputSettings": {
            "NameModifier": "_v",
            "SegmentModifier": "_$dt$",
            "HlsSettings": {"StandardHlsSettings": {"M3u8Settings": {"TimedMetadataBehavior": "PASSTHROUGH"}}},
        }
    }
    return destination, _group(name, {"HlsGroupSettings": settings}, output)


def rtmp(name: str, url: str, stream_name: str) -> tuple[Request, Request]:
    destination = {"Id": name, "Settings": [{"Url": url, "StreamName": stream_name}]}
    output = {
        "RtmpOutputSettings": {
            "Destination": {"DestinationRefId": name},
            "ConnectionRetryInterval": 2,
            "NumRetries": 100,
        }
    }
    return destination, _group(name, {"RtmpGroupSettings": {"RestartDelay": 5}}, output)


def rtp(name: str, address: str, port: int) -> tuple[Request, Request]:
    """A transport stream over RTP, which a flow takes."""
    destination = {"Id": name, "Settings": [{"Url": f"rtp://{address}:{port}"}]}
    output = {
        "UdpOutputSettings": {
            "Destination": {"DestinationRefId": name},
            "ContainerSettings": {"M2tsSettings": {}},
        }
    }
    return destination, _group(name, {"UdpGroupSettings": {"InputLossAction": "EMIT_PROGRAM"}}, output)


def _group(name: str, settings: Request, output: Request) -> Request:
    return {
        "Name": name,
        "OutputGroupSettings": settings,
        "Outputs": [
            {
                "OutputName": name,
                "VideoDescriptionName": _VIDEO,
                "AudioDescriptionNames": [_AUDIO],
                "OutputSettings": output,
            }
        ],
    }
