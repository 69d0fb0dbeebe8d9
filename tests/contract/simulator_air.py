"""Channels on the air, for the simulator's tests: a host's RTMP input, into an IVS channel and into S3."""

from __future__ import annotations

import io
from dataclasses import dataclass
from typing import Any

import av

from infra.local.simulator import Duration
from tests.contract.simulator_corpus import Request, audio, channel, encoder, group, output, to, urls, video
from tests.contract.simulator_stand import Stand

ENOUGH = 601.0
START = 60.0
BUCKET = "example-recordings"


def make_input(stand: Stand, kind: str = "RTMP_PUSH", streams: int = 1, cidr: str = "0.0.0.0/0") -> str:
    stand.simulator.settings.quotas.push_inputs = stand.simulator.settings.quotas.input_security_groups = 20
    made = stand.medialive.create_input_security_group(WhitelistRules=[{"Cidr": cidr}])["SecurityGroup"]["Id"]
    more = {"Destinations": [{"StreamName": f"live/{name}"} for name in "ab"[:streams]]} if kind == "RTMP_PUSH" else {}
    found = stand.medialive.create_input(Type=kind, InputSecurityGroups=[made], **more)["Input"]["Id"]
    stand.passes(3)
    return str(found)


def to_ivs(made: Any, *more: Any, key: str | None = None, **settings: Any) -> tuple[Request, Request]:
    """An RTMPS group and its destination: the answers of IVS CreateChannel, one a pipeline."""
    targets = [
        {
            "Url": f"rtmps://{one['channel']['ingestEndpoint']}:443/app",
            "StreamName": key or one["streamKey"]["value"],
        }
        for one in (made, *more)
    ]
    rtmp = {"RtmpOutputSettings": {**to("ivs"), "ConnectionRetryInterval": 3, "NumRetries": 10}}
    return group({"RtmpGroupSettings": settings}, output(rtmp), name="stream"), {"Id": "ivs", "Settings": targets}


def to_s3(
    *places: str, modifier: str = "_1080", segment: str | None = None, **settings: Any
) -> tuple[Request, Request]:
    """An HLS group of one rendition and its destination; what is not said is as OnAir would have it."""
    hls: Request = {
        **to("s3"),
        "HlsCdnSettings": {"HlsS3Settings": {}},
        "Mode": "VOD",
        "SegmentLength": 6,
        "ProgramDateTime": "INCLUDE",
        "ProgramDateTimePeriod": 0,
        "HlsId3SegmentTagging": "ENABLED",
        **settings,
    }
    container = {"M3u8Settings": {"TimedMetadataBehavior": "PASSTHROUGH"}}
    names = {"NameModifier": modifier, **({"SegmentModifier": segment} if segment else {})}
    rendition = output({"HlsOutputSettings": {**names, "HlsSettings": {"StandardHlsSettings": container}}})
    addresses = places or (f"s3ssl://{BUCKET}/show/index",)
    return group({"HlsGroupSettings": hls}, rendition, name="record"), urls("s3", *addresses)


@dataclass
class OnAir:
    stand: Stand
    id: str
    inputs: list[str]

    def start(self) -> float:
        """Start, and let it come up. Returns the moment from which on it runs."""
        self.stand.simulator.settings.durations.channel_start = Duration(low=START, high=START)
        self.stand.medialive.start_channel(ChannelId=self.id)
        self.stand.passes(START)
        return self.stand.clock.time()

    def stop(self) -> None:
        self.stand.medialive.stop_channel(ChannelId=self.id)

    def look(self) -> Any:
        return self.stand.medialive.describe_channel(ChannelId=self.id)

    def alerts(self, state: str = "SET") -> list[str]:
        return [
            one["AlertType"] for one in self.stand.medialive.list_alerts(ChannelId=self.id, StateFilter=state)["Alerts"]
        ]


def make_channel(
    stand: Stand,
    *outputs: tuple[Request, Request],
    inputs: list[str] | None = None,
    source: str = "SYSTEMCLOCK",
    klass: str = "SINGLE_PIPELINE",
    **more: Any,
) -> OnAir:
    """IDLE. Its input, if none is given, is an RTMP input that is pushed to."""
    if inputs is None:
        inputs = [make_input(stand, streams=1 if klass == "SINGLE_PIPELINE" else 2)]
        stand.simulator.publish(inputs[0])
    groups, destinations = [one for one, _ in outputs], [one for _, one in outputs]
    made = encoder(groups, [video()], [audio()], TimecodeConfig={"Source": source})
    request = channel(inputs, destinations, made, klass, **{"Name": "show", **more})
    identity = stand.medialive.create_channel(**request)["Channel"]["Id"]
    stand.passes(8)
    return OnAir(stand, identity, inputs)


def put_on_air(stand: Stand, made: Any) -> OnAir:
    """A channel that streams into an IVS channel, LIVE."""
    on_air = make_channel(stand, to_ivs(made))
    on_air.start()
    stand.passes(10)
    return on_air


# What was written


def entries(playlist: str) -> list[tuple[str, float, str | None]]:
    """(name, duration, program date-time) of each segment."""
    found, duration, dated = [], 0.0, None
    for line in playlist.splitlines():
        if line.startswith("#EXTINF:"):
            duration = float(line.removeprefix("#EXTINF:").rstrip(","))
        elif line.startswith("#EXT-X-PROGRAM-DATE-TIME:"):
            dated = line.partition(":")[2]
        elif not line.startswith("#"):
            found.append((line, duration, dated))
            dated = None
    return found


@dataclass
class Decoded:
    """``pictures`` and ``sounds`` are times in seconds, ``brightness`` each picture's, ``tags`` what ID3 there was."""

    pictures: list[float]
    sounds: list[float]
    brightness: list[float]
    tags: list[tuple[float, bytes]]


def decode(body: bytes) -> Decoded:
    found = Decoded([], [], [], [])
    with av.open(io.BytesIO(body), format="mpegts") as container:
        for packet in container.demux():
            if packet.stream.type == "data":
                if packet.size and packet.pts is not None and packet.time_base is not None:
                    found.tags.append((float(packet.pts * packet.time_base), bytes(packet)))
                continue
            for frame in packet.decode():
                assert frame.time is not None and not frame.is_corrupt
                if isinstance(frame, av.VideoFrame):
                    found.pictures.append(frame.time)
                    line = bytes(frame.planes[0])[: frame.width]
                    found.brightness.append(sum(line) / len(line))
                else:
                    found.sounds.append(frame.time)
    return found
