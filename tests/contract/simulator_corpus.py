"""Requests of the kinds that public projects send: what MediaLive takes, so the simulator must take it too.

Written for these tests after reading how Terraform's acceptance tests, AWS's samples and solutions, and hand-written
scripts use the API. ``INPUTS`` and ``CHANNELS`` are by kind; a channel is built from the ids of its inputs.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

Request = dict[str, Any]

ROLE = "arn:aws:iam::111122223333:role/MediaLiveAccessRole"
FLOW = "arn:aws:mediaconnect:eu-west-1:111122223333:flow:1-AbCdEf0123456789-0123456789ab:stage"
SECRET = "arn:aws:secretsmanager:eu-west-1:111122223333:secret:example-not-real"
HD_AVC = {"Codec": "AVC", "Resolution": "HD", "MaximumBitrate": "MAX_20_MBPS"}
VPC = {"SubnetIds": ["subnet-0a", "subnet-0b"], "SecurityGroupIds": ["sg-0a"]}

# Inputs; the group's id is put in where the request has the word GROUP.

INPUTS: dict[str, Request] = {
    "rtp push": {"Type": "RTP_PUSH", "InputSecurityGroups": ["GROUP"]},
    "udp push": {"Type": "UDP_PUSH", "InputSecurityGroups": ["GROUP"], "Tags": {"Name": "acceptance"}},
    "rtmp push, one stream": {
        "Type": "RTMP_PUSH",
        "InputSecurityGroups": ["GROUP"],
        "Destinations": [{"StreamName": "live/primary"}],
    },
    "rtmp push, two streams": {
        "Type": "RTMP_PUSH",
        "InputSecurityGroups": ["GROUP"],
        "Destinations": [{"StreamName": "live/primary"}, {"StreamName": "live/backup"}],
    },
    "rtmp push, a name without a slash": {
        "Type": "RTMP_PUSH",
        "InputSecurityGroups": ["GROUP"],
        "Destinations": [{"StreamName": "input-0b1c"}],
    },
    "rtp push in a VPC": {"Type": "RTP_PUSH", "Vpc": VPC, "RoleArn": ROLE},
    "rtmp push in a VPC": {
        "Type": "RTMP_PUSH",
        "Vpc": VPC,
        "RoleArn": ROLE,
        "Destinations": [{"StreamName": "app/a"}, {"StreamName": "app/b"}],
    },
    "rtmp pull": {
        "Type": "RTMP_PULL",
        "Sources": [{"Url": "rtmp://203.0.113.9/live/a"}, {"Url": "rtmp://203.0.113.9/live/b"}],
    },
    "rtmp pull with an unneeded group": {
        "Type": "RTMP_PULL",
        "InputSecurityGroups": ["GROUP"],
        "Sources": [{"Url": "rtmp://203.0.113.9/live/a", "Username": "", "PasswordParam": ""}],
    },
    "hls pull": {
        "Type": "URL_PULL",
        "Sources": [{"Url": "https://origin.example/a/index.m3u8"}, {"Url": "https://origin.example/b/index.m3u8"}],
    },
    "hls pull with credentials": {
        "Type": "URL_PULL",
        "Sources": [{"Url": "https://origin.example/a.m3u8", "Username": "reader", "PasswordParam": "/live/reader"}],
    },
    "mp4 file": {"Type": "MP4_FILE", "Sources": [{"Url": "s3ssl://example-bucket/slate.mp4"}]},
    "mp4 file, dynamic": {"Type": "MP4_FILE", "Sources": [{"Url": "s3ssl://example-bucket/$urlPath$"}]},
    "mp4 file, odd url": {"Type": "MP4_FILE", "Sources": [{"Url": "foo.url", "Username": "", "PasswordParam": ""}]},
    "ts file": {"Type": "TS_FILE", "Sources": [{"Url": "https://origin.example/a.ts"}]},
    "mediaconnect": {
        "Type": "MEDIACONNECT",
        "RoleArn": ROLE,
        "MediaConnectFlows": [{"FlowArn": FLOW}, {"FlowArn": FLOW + "-b"}],
    },
    "mediaconnect, one flow": {"Type": "MEDIACONNECT", "RoleArn": ROLE, "MediaConnectFlows": [{"FlowArn": FLOW}]},
    "input device": {"Type": "INPUT_DEVICE", "InputDevices": [{"Id": "hd-0example0"}]},
    "aws cdi": {"Type": "AWS_CDI", "Vpc": VPC, "RoleArn": ROLE},
    "srt caller": {
        "Type": "SRT_CALLER",
        "SrtSettings": {
            "SrtCallerSources": [
                {
                    "SrtListenerAddress": "203.0.113.9",
                    "SrtListenerPort": "5000",
                    "MinimumLatency": 2000,
                    "StreamId": "main",
                    "Decryption": {"Algorithm": "AES256", "PassphraseSecretArn": SECRET},
                }
            ]
        },
    },
    "srt listener": {
        "Type": "SRT_LISTENER",
        "InputSecurityGroups": ["GROUP"],
        "SrtSettings": {
            "SrtListenerSettings": {
                "Decryption": {"Algorithm": "AES128", "PassphraseSecretArn": SECRET},
                "MinimumLatency": 120,
            }
        },
    },
    "multicast on premises": {
        "Type": "MULTICAST",
        "InputNetworkLocation": "ON_PREMISES",
        "MulticastSettings": {"Sources": [{"Url": "udp://239.0.0.1:5000", "SourceIp": "10.0.0.7"}]},
    },
    "mediaconnect router": {
        "Type": "MEDIACONNECT_ROUTER",
        "RouterSettings": {
            "Destinations": [{"AvailabilityZoneName": "eu-west-1a"}],
            "EncryptionType": "AUTOMATIC",
        },
    },
}

# Parts of channels

H264_1080P30 = {
    "AdaptiveQuantization": "HIGH",
    "Bitrate": 6_000_000,
    "FramerateControl": "SPECIFIED",
    "FramerateNumerator": 30,
    "FramerateDenominator": 1,
    "GopSize": 2.0,
    "GopSizeUnits": "SECONDS",
    "GopClosedCadence": 1,
    "Level": "H264_LEVEL_4_1",
    "Profile": "HIGH",
    "RateControlMode": "CBR",
    "ParControl": "SPECIFIED",
    "ParNumerator": 1,
    "ParDenominator": 1,
    "ScanType": "PROGRESSIVE",
    "SceneChangeDetect": "ENABLED",
}
AAC = {"Bitrate": 128_000.0, "CodingMode": "CODING_MODE_2_0", "RateControlMode": "CBR", "SampleRate": 48_000.0}
M2TS: Request = {"AudioBufferModel": "ATSC", "BufferModel": "MULTIPLEX", "RateMode": "CBR", "AudioPids": "482-498"}


def video(name: str = "video_1080p30", **codec: Any) -> Request:
    return {"Name": name, "Width": 1920, "Height": 1080, "CodecSettings": codec or {"H264Settings": H264_1080P30}}


def audio(name: str = "audio_aac", selector: str = "default-audio-selector", **codec: Any) -> Request:
    return {"Name": name, "AudioSelectorName": selector, "CodecSettings": codec or {"AacSettings": AAC}}


def output(settings: Request, video: str | None = "video_1080p30", audio: tuple[str, ...] = ("audio_aac",)) -> Request:
    made: Request = {"OutputSettings": settings, "AudioDescriptionNames": list(audio), "CaptionDescriptionNames": []}
    return made if video is None else {**made, "VideoDescriptionName": video}


def group(settings: Request, *outputs: Request, name: str = "group") -> Request:
    return {"Name": name, "OutputGroupSettings": settings, "Outputs": list(outputs)}


def to(reference: str) -> Request:
    return {"Destination": {"DestinationRefId": reference}}


def urls(identity: str, *urls: str, **more: Any) -> Request:
    return {"Id": identity, "Settings": [{"Url": url, **more} for url in urls]}


def encoder(
    groups: list[Request], videos: list[Request] | None = None, audios: list[Request] | None = None, **more: Any
) -> Request:
    return {
        "TimecodeConfig": {"Source": "EMBEDDED"},
        "VideoDescriptions": [video()] if videos is None else videos,
        "AudioDescriptions": [audio()] if audios is None else audios,
        "OutputGroups": groups,
        **more,
    }


def channel(
    inputs: list[str], destinations: list[Request], encoder: Request, klass: str | None = "SINGLE_PIPELINE", **more: Any
) -> Request:
    made: Request = {
        "RoleArn": ROLE,
        "InputSpecification": HD_AVC,
        "InputAttachments": [{"InputId": one, "InputAttachmentName": f"input-{one}"} for one in inputs],
        "Destinations": destinations,
        "EncoderSettings": encoder,
        **more,
    }
    return made if klass is None else {**made, "ChannelClass": klass}


def rtmp(inputs: list[str], **more: Any) -> Request:
    """One RTMP destination on a single pipeline: what a flow session's branch is."""
    settings = output({"RtmpOutputSettings": {**to("dest-1"), "CertificateMode": "SELF_SIGNED", "NumRetries": 10}})
    made = channel(
        inputs,
        [urls("dest-1", "rtmp://live.example/app", StreamName="example-key-not-real")],
        encoder([group({"RtmpGroupSettings": {"CacheLength": 30, "RestartDelay": 15}}, settings)]),
    )
    made["InputAttachments"][0]["InputSettings"] = {
        "AudioSelectors": [
            {
                "Name": "default-audio-selector",
                "SelectorSettings": {"AudioTrackSelection": {"Tracks": [{"Track": 1}]}},
            }
        ],
        "VideoSelector": {"ColorSpace": "FOLLOW", "ColorSpaceUsage": "FALLBACK"},
    }
    return {**made, **more}


def archive(inputs: list[str]) -> Request:
    settings = {"ArchiveOutputSettings": {"ContainerSettings": {"M2tsSettings": M2TS}, "Extension": "m2ts"}}
    return channel(
        inputs,
        [urls("archive", "s3://example-a/test1", "s3://example-b/test2")],
        encoder(
            [
                group(
                    {"ArchiveGroupSettings": {**to("archive"), "RolloverInterval": 300}}, output(settings, "v", ("a",))
                )
            ],
            [{"Name": "v"}],
            [{"Name": "a", "AudioSelectorName": "a"}],
        ),
        "STANDARD",
    )


def hls(inputs: list[str]) -> Request:
    def rendition(modifier: str, video: str | None, audio: str) -> Request:
        standard = {"StandardHlsSettings": {"AudioRenditionSets": "PROGRAM_AUDIO", "M3u8Settings": {"PcrPeriod": 80}}}
        only = {"AudioOnlyHlsSettings": {"AudioTrackType": "ALTERNATE_AUDIO_AUTO_SELECT", "AudioGroupId": "aud"}}
        settings = {"NameModifier": modifier, "HlsSettings": standard if video else only}
        return output({"HlsOutputSettings": settings}, video, (audio,))

    settings = {
        **to("hls-s3"),
        "HlsCdnSettings": {"HlsS3Settings": {"CannedAcl": "BUCKET_OWNER_FULL_CONTROL"}},
        "Mode": "VOD",
        "SegmentLength": 6,
        "IndexNSegments": 10,
        "KeepSegments": 21,
        "AdMarkers": ["ELEMENTAL_SCTE35"],
        "CaptionLanguageMappings": [],
        "ProgramDateTime": "INCLUDE",
        "ProgramDateTimePeriod": 600,
        "ConstantIv": "0" * 32,
    }
    return channel(
        inputs,
        [urls("hls-s3", "s3ssl://example-a/hls/main", "s3ssl://example-b/hls/main")],
        encoder(
            [
                group(
                    {"HlsGroupSettings": settings},
                    rendition("_1080", "v1080", "a1"),
                    rendition("_720", "v720", "a1"),
                    rendition("_audio", None, "a2"),
                )
            ],
            [video("v1080"), {**video("v720"), "Width": 1280, "Height": 720}],
            [audio("a1"), audio("a2", "Default")],
            CaptionDescriptions=[],
        ),
        None,
    )


def hls_to_mediapackage(inputs: list[str]) -> Request:
    push = {"HlsBasicPutSettings": {"ConnectionRetryInterval": 1, "NumRetries": 10, "FilecacheDuration": 300}}
    settings = {
        "HlsOutputSettings": {
            "NameModifier": "_1",
            "H265PackagingType": "HVC1",
            "HlsSettings": {"StandardHlsSettings": {"M3u8Settings": {"AudioFramesPerPes": 4}}},
        }
    }
    made = channel(
        inputs,
        [
            urls(
                "destination1",
                "https://a.mediapackage.example/in/v2/1/channel",
                "https://b.mediapackage.example/in/v2/1/channel",
                Username="user",
                PasswordParam="user",
            )
        ],
        encoder([group({"HlsGroupSettings": {**to("destination1"), "HlsCdnSettings": push}}, output(settings))]),
        None,
    )
    del made["InputAttachments"][0]["InputAttachmentName"]
    made["InputAttachments"][0]["InputSettings"] = {"SourceEndBehavior": "LOOP", "NetworkInputSettings": {}}
    return made


def mediapackage(inputs: list[str]) -> Request:
    """With the empty lists that consoles and templates leave in."""
    return channel(
        inputs,
        [{"Id": "mp", "Settings": [], "MediaPackageSettings": [{"ChannelId": "3fa4_channel-1"}]}],
        encoder([group({"MediaPackageGroupSettings": to("mp")}, output({"MediaPackageOutputSettings": {}}))]),
        "STANDARD",
        LogLevel="WARNING",
    )


def mediapackage_v2_and_archive(inputs: list[str]) -> Request:
    archive = {"ArchiveOutputSettings": {"ContainerSettings": {"RawSettings": {}}, "NameModifier": "_1"}}
    return channel(
        inputs,
        [
            {
                "Id": "0b9b2f1e-1f2a-4c61-9b0e-0c8a8a5a7d11",
                "MediaPackageSettings": [{"ChannelGroup": "live", "ChannelName": "main"}],
            },
            {"Id": "s3", "Settings": [{"Url": "s3ssl://example/delivery"}], "MediaPackageSettings": []},
        ],
        encoder(
            [
                group(
                    {"MediaPackageGroupSettings": to("0b9b2f1e-1f2a-4c61-9b0e-0c8a8a5a7d11")},
                    output({"MediaPackageOutputSettings": {}}),
                ),
                group({"ArchiveGroupSettings": to("s3")}, output(archive)),
            ]
        ),
    )


def udp(inputs: list[str]) -> Request:
    fec = {"IncludeFec": "COLUMN_AND_ROW", "ColumnDepth": 5, "RowLength": 5}
    settings = {**to("udp"), "FecOutputSettings": fec, "ContainerSettings": {"M2tsSettings": M2TS}}
    return channel(
        inputs,
        [urls("udp", "rtp://203.0.113.8:8000", "rtp://203.0.113.8:8010")],
        encoder([group({"UdpGroupSettings": {"InputLossAction": "DROP_TS"}}, output({"UdpOutputSettings": settings}))]),
        "STANDARD",
    )


def ms_smooth(inputs: list[str]) -> Request:
    settings = {"AudioOnlyTimecodeControl": "USE_CONFIGURED_CLOCK", **to("smooth")}
    return channel(
        inputs,
        [urls("smooth", "http://localhost:8000/path", "http://localhost:8001/path")],
        encoder(
            [group({"MsSmoothGroupSettings": settings}, output({"MsSmoothOutputSettings": {"NameModifier": "_a"}}))]
        ),
        "STANDARD",
    )


def cmaf_ingest(inputs: list[str]) -> Request:
    settings = {**to("cmaf"), "SegmentLength": 2, "SegmentLengthUnits": "SECONDS", "SendDelayMs": 0}
    return channel(
        inputs,
        [urls("cmaf", "https://ingest.example/in/a", "https://ingest.example/in/b")],
        encoder(
            [
                group(
                    {"CmafIngestGroupSettings": settings},
                    output({"CmafIngestOutputSettings": {"NameModifier": "video"}}, audio=()),
                    output({"CmafIngestOutputSettings": {"NameModifier": "audio"}}, None),
                )
            ]
        ),
        "STANDARD",
    )


def frame_capture(inputs: list[str]) -> Request:
    capture = video("thumbs", FrameCaptureSettings={"CaptureInterval": 5, "CaptureIntervalUnits": "SECONDS"})
    return channel(
        inputs,
        [
            urls("frames", "s3ssl://example/thumbs/frame"),
            urls("dest-1", "rtmps://live.example:443/app", StreamName="k"),
        ],
        encoder(
            [
                group(
                    {"FrameCaptureGroupSettings": to("frames")},
                    output({"FrameCaptureOutputSettings": {"NameModifier": "_t"}}, "thumbs", ()),
                ),
                group({"RtmpGroupSettings": {}}, output({"RtmpOutputSettings": to("dest-1")})),
            ],
            [video(), capture],
        ),
    )


def multiplex(inputs: list[str]) -> Request:
    return channel(
        inputs,
        [{"Id": "mux", "MultiplexSettings": {"MultiplexId": "1234567", "ProgramName": "one"}, "Settings": []}],
        encoder(
            [group({"MultiplexGroupSettings": {}}, output({"MultiplexOutputSettings": to("mux")}))],
            [video("video_1080p30", H265Settings={"FramerateNumerator": 50, "FramerateDenominator": 1})],
        ),
        "STANDARD",
    )


def srt(inputs: list[str]) -> Request:
    settings = {**to("srt"), "ContainerSettings": {"M2tsSettings": {}}, "EncryptionType": "AES256", "Latency": 2000}
    return channel(
        inputs,
        [{"Id": "srt", "SrtSettings": [{"Url": "srt://203.0.113.8:9000", "EncryptionPassphraseSecretArn": SECRET}]}],
        encoder(
            [group({"SrtGroupSettings": {"InputLossAction": "EMIT_PROGRAM"}}, output({"SrtOutputSettings": settings}))]
        ),
    )


def several_rtmp(inputs: list[str]) -> Request:
    """One channel, three platforms, two pipelines."""
    names = ["youtube", "twitch", "own-server"]
    return channel(
        inputs,
        [
            urls(name, f"rtmp://a.{name}.example/live", f"rtmp://b.{name}.example/live", StreamName="k")
            for name in names
        ],
        encoder([group({"RtmpGroupSettings": {}}, output({"RtmpOutputSettings": to(name)})) for name in names]),
        "STANDARD",
    )


def audio_only(inputs: list[str]) -> Request:
    settings = {"NameModifier": "_a", "HlsSettings": {"AudioOnlyHlsSettings": {"SegmentType": "AAC"}}}
    return channel(
        inputs,
        [urls("radio", "s3ssl://example/radio/main")],
        encoder([group({"HlsGroupSettings": to("radio")}, output({"HlsOutputSettings": settings}, None))], []),
    )


def video_only(inputs: list[str]) -> Request:
    settings = {"ArchiveOutputSettings": {"ContainerSettings": {"M2tsSettings": M2TS}}}
    return channel(
        inputs,
        [urls("silent", "s3://example/silent/main")],
        encoder([group({"ArchiveGroupSettings": to("silent")}, output(settings, audio=()))], audios=[]),
    )


def captions(inputs: list[str]) -> Request:
    made = hls(inputs)
    made["InputAttachments"][0]["InputSettings"] = {
        "CaptionSelectors": [
            {"Name": "cc1", "LanguageCode": "eng", "SelectorSettings": {"EmbeddedSourceSettings": {}}},
            {"Name": "tt", "SelectorSettings": {"TeletextSourceSettings": {"PageNumber": "100"}}},
            {"Name": "bare"},
        ]
    }
    settings = made["EncoderSettings"]
    settings["CaptionDescriptions"] = [
        {
            "Name": "web",
            "CaptionSelectorName": "cc1",
            "LanguageCode": "eng",
            "DestinationSettings": {"WebvttDestinationSettings": {}},
        },
        {
            "Name": "burnt",
            "CaptionSelectorName": "tt",
            "DestinationSettings": {"BurnInDestinationSettings": {"FontResolution": 100, "FontSize": "auto"}},
        },
        {"Name": "unused", "CaptionSelectorName": "bare", "DestinationSettings": {}},
    ]
    settings["OutputGroups"][0]["Outputs"][0]["CaptionDescriptionNames"] = ["web", "burnt"]
    return made


def everything_global(inputs: list[str]) -> Request:
    """Slates, avails, loss behaviour, features: the settings beside the outputs."""
    image = {"Uri": "s3ssl://example/slate.png"}
    made = rtmp(inputs)
    made["EncoderSettings"].update(
        {
            "AvailBlanking": {"State": "ENABLED", "AvailBlankingImage": image},
            "AvailConfiguration": {"AvailSettings": {"Scte35SpliceInsert": {"AdAvailOffset": 0}}},
            "BlackoutSlate": {"State": "ENABLED", "BlackoutSlateImage": image, "NetworkEndBlackout": "DISABLED"},
            "FeatureActivations": {"InputPrepareScheduleActions": "ENABLED"},
            "GlobalConfiguration": {
                "InitialAudioGain": 0,
                "InputEndAction": "SWITCH_AND_LOOP_INPUTS",
                "InputLossBehavior": {
                    "BlackFrameMsec": 1000,
                    "InputLossImageColor": "000000",
                    "InputLossImageType": "SLATE",
                    "InputLossImageSlate": image,
                    "RepeatFrameMsec": 1000,
                },
                "OutputTimingSource": "INPUT_CLOCK",
                "SupportLowFramerateInputs": "DISABLED",
            },
            "MotionGraphicsConfiguration": {"MotionGraphicsSettings": {"HtmlMotionGraphicsSettings": {}}},
            "NielsenConfiguration": {"NielsenPcmToId3Tagging": "DISABLED"},
            "ThumbnailConfiguration": {"State": "AUTO"},
            "CaptionDescriptions": [],
        }
    )
    return {
        **made,
        "LogLevel": "INFO",
        "Maintenance": {"MaintenanceDay": "SUNDAY", "MaintenanceStartTime": "02:00"},
        "Tags": {"onair:stage": "dev"},
        "Reserved": "",
        "CdiInputSpecification": {"Resolution": "HD"},
    }


def failover(inputs: list[str]) -> Request:
    made = rtmp(inputs)
    made["InputAttachments"][0]["AutomaticInputFailoverSettings"] = {
        "SecondaryInputId": inputs[1],
        "InputPreference": "PRIMARY_INPUT_PREFERRED",
        "ErrorClearTimeMsec": 1000,
        "FailoverConditions": [
            {"FailoverConditionSettings": {"InputLossSettings": {"InputLossThresholdMsec": 100}}},
            {
                "FailoverConditionSettings": {
                    "AudioSilenceSettings": {"AudioSelectorName": "default-audio-selector"},
                }
            },
        ],
    }
    return made


def switching(inputs: list[str]) -> Request:
    """Live, file and dynamic inputs in one channel, each with its own way of being read."""
    made = rtmp(inputs)
    settings: list[Request] = [
        {"AudioSelectors": [], "CaptionSelectors": [], "FilterStrength": 1, "InputFilter": "AUTO"},
        {"SourceEndBehavior": "LOOP", "VideoSelector": {}},
        {"SourceEndBehavior": "CONTINUE", "AudioSelectors": [{"Name": "own"}]},
    ]
    for attachment, one in zip(made["InputAttachments"], settings, strict=True):
        attachment["InputSettings"] = one
    return made


def in_a_vpc(inputs: list[str]) -> Request:
    vpc = {"SubnetIds": ["subnet-0a"], "SecurityGroupIds": ["sg-0a"], "PublicAddressAllocationIds": ["eipalloc-0a"]}
    return rtmp(inputs, Vpc=vpc)


def many_codecs(inputs: list[str]) -> Request:
    """Each audio codec and H.265 into one archive."""
    codecs: list[Request] = [
        {"Ac3Settings": {"Bitrate": 384_000.0}},
        {"Eac3Settings": {"CodingMode": "CODING_MODE_3_2"}},
        {"Mp2Settings": {"SampleRate": 48_000.0}},
        {"PassThroughSettings": {}},
        {"WavSettings": {"BitDepth": 24.0}},
        {"AacSettings": {}},
    ]
    names = [f"audio_{number}" for number in range(len(codecs))]
    remix = {
        "ChannelsIn": 2,
        "ChannelsOut": 1,
        "ChannelMappings": [
            {
                "OutputChannel": 0,
                "InputChannelLevels": [{"InputChannel": 0, "Gain": -60}, {"InputChannel": 1, "Gain": 6}],
            }
        ],
    }
    audios = [{**audio(name), "CodecSettings": codec} for name, codec in zip(names, codecs, strict=True)]
    audios[0].update(
        {"RemixSettings": remix, "LanguageCodeControl": "FOLLOW_INPUT", "AudioTypeControl": "FOLLOW_INPUT"}
    )
    audios[1]["AudioNormalizationSettings"] = {"Algorithm": "ITU_1770_1", "TargetLkfs": -24.0}
    del audios[5]["CodecSettings"]
    settings = {"ArchiveOutputSettings": {"ContainerSettings": {"M2tsSettings": {"FragmentTime": 1.92}}}}
    h265 = {
        "Bitrate": 5_400_000,
        "FramerateNumerator": 50,
        "FramerateDenominator": 1,
        "ColorSpaceSettings": {"Hdr10Settings": {"MaxCll": 16, "MaxFall": 16}},
        "MinQp": 1,
        "Tier": "HIGH",
    }
    return channel(
        inputs,
        [urls("archive", "s3://example/archive/main")],
        encoder(
            [group({"ArchiveGroupSettings": to("archive")}, output(settings, "hevc", tuple(names)))],
            [video("hevc", H265Settings=h265)],
            audios,
        ),
    )


def router_group(inputs: list[str]) -> Request:
    settings = {**to("router"), "ContainerSettings": {"M2tsSettings": {}}}
    return channel(
        inputs,
        [{"Id": "router", "MediaConnectRouterSettings": [{"EncryptionType": "AUTOMATIC"}]}],
        encoder(
            [
                group(
                    {"MediaConnectRouterGroupSettings": {"AvailabilityZones": ["eu-west-1a"]}},
                    output({"MediaConnectRouterOutputSettings": settings}),
                )
            ]
        ),
    )


@dataclass(frozen=True)
class Kind:
    """A channel request and the inputs that it is for."""

    build: Callable[[list[str]], Request]
    inputs: tuple[str, ...] = ("rtp push",)


CHANNELS: dict[str, Kind] = {
    "rtmp, single pipeline": Kind(rtmp),
    "archive, standard, bare descriptions": Kind(archive, ("udp push",)),
    "hls ladder into s3, class left out": Kind(hls),
    "hls into mediapackage, as the solution does": Kind(hls_to_mediapackage, ("hls pull",)),
    "mediapackage group": Kind(mediapackage),
    "mediapackage v2 and archive": Kind(mediapackage_v2_and_archive, ("rtmp push, a name without a slash",)),
    "udp with fec": Kind(udp, ("udp push",)),
    "ms smooth": Kind(ms_smooth, ("udp push",)),
    "cmaf ingest": Kind(cmaf_ingest),
    "frame capture beside rtmp": Kind(frame_capture),
    "multiplex program": Kind(multiplex),
    "srt": Kind(srt, ("srt caller",)),
    "three rtmp destinations, standard": Kind(several_rtmp, ("rtmp push, two streams",)),
    "audio only": Kind(audio_only),
    "video only": Kind(video_only),
    "captions": Kind(captions),
    "slates, avails, features": Kind(everything_global),
    "input failover": Kind(failover, ("rtp push", "rtmp push, one stream")),
    "live, file and dynamic inputs": Kind(switching, ("rtmp push, one stream", "mp4 file", "mp4 file, dynamic")),
    "twenty pull inputs": Kind(rtmp, ("hls pull",) * 20),
    "outputs in a vpc": Kind(in_a_vpc, ("rtp push in a VPC",)),
    "mediaconnect input, standard": Kind(several_rtmp, ("mediaconnect",)),
    "every audio codec": Kind(many_codecs),
    "a device": Kind(rtmp, ("input device",)),
    "cdi": Kind(several_rtmp, ("aws cdi",)),
    "router group": Kind(router_group),
}
