"""What an hour of a session will cost, before there is one: idle, on the air, recording, and both.

Called when a session is asked for or shown. It is the bill of one imaginary hour, so it cannot differ from ``cost``. It
knows nothing of a run's first ten minutes, which are charged however short the run is.
"""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from enum import StrEnum

from shared.domain.destinations import ChannelClass
from shared.domain.model import Value
from shared.domain.pricing.cost import Cost, cost
from shared.domain.pricing.price_list import PriceList
from shared.domain.pricing.usage import (
    ChannelRun,
    Existence,
    ExistenceKind,
    FlowOutput,
    InputKind,
    IvsChannelType,
    IvsStream,
    OutputKind,
    Storage,
    Usage,
)

#: Seconds of a segment that a channel writes to S3.
SEGMENT_SECONDS = 2

_SINCE = datetime(2026, 1, 1, tzinfo=UTC)
_UNTIL = _SINCE + timedelta(hours=1)
_SEGMENTS_AN_HOUR = 3600 // SEGMENT_SECONDS


class Activity(StrEnum):
    """What a session does during the hour. ``both``: it streams and records."""

    IDLE = "idle"
    STREAMING = "streaming"
    RECORDING = "recording"
    BOTH = "both"


class PlannedChannel(Value):
    """A channel that a session will have, with its push inputs.

    ``streaming``: its outputs while the session streams, whether it records or not; ``recording``: those while it only
    records. Empty: it does not run then. ``hls``: bits per second of each stream that it writes to S3 whenever it runs,
    one for each pipeline.

    So a host session's channel has ``streaming`` (RTMP, HLS) and ``recording`` (HLS); a flow session's destination has
    ``streaming`` (RTMP) alone, and its recorder ``recording`` (HLS) alone.
    """

    channel: str
    channel_class: ChannelClass
    inputs: tuple[InputKind, ...]
    streaming: tuple[OutputKind, ...] = ()
    recording: tuple[OutputKind, ...] = ()
    hls: tuple[int, ...] = ()

    def outputs(self, activity: Activity) -> tuple[OutputKind, ...]:
        streams = self.streaming if activity in (Activity.STREAMING, Activity.BOTH) else ()
        return streams or (self.recording if activity in (Activity.RECORDING, Activity.BOTH) else ())


class Planned(Value):
    """What a session will have. ``ivs``: the IVS channels that are live while it streams. ``flow_outputs``: bits per
    second of each flow output; they send as long as they exist, whatever the session does."""

    channels: tuple[PlannedChannel, ...]
    ivs: tuple[IvsChannelType, ...] = ()
    flow_outputs: tuple[int, ...] = ()


def per_hour(planned: Planned, prices: PriceList) -> dict[Activity, Cost]:
    """The cost of an hour of each activity. ``monthly``: of keeping what is stored in that hour."""
    return {activity: cost(_an_hour_of(activity, planned), prices, _UNTIL) for activity in Activity}


def _an_hour_of(activity: Activity, planned: Planned) -> Usage:
    running = [channel for channel in planned.channels if channel.outputs(activity)]
    recorded = activity in (Activity.RECORDING, Activity.BOTH)
    hls = [bitrate for channel in running for bitrate in channel.hls]
    # A recording is a copy of one pipeline's segments, beside those in the buffer.
    copied = [channel.hls[0] for channel in running if channel.hls and recorded]
    return Usage(
        runs=tuple(
            ChannelRun(
                channel=channel.channel,
                channel_class=channel.channel_class,
                inputs=channel.inputs,
                outputs=channel.outputs(activity),
                running_from=_SINCE,
            )
            for channel in running
        ),
        existences=tuple(
            existence
            for channel in planned.channels
            for existence in (
                Existence(kind=ExistenceKind.CHANNEL, name=channel.channel, since=_SINCE),
                *(_input_of(channel.channel) for _ in channel.inputs),
            )
        ),
        ivs_streams=tuple(
            IvsStream(channel_type=channel_type, since=_SINCE)
            for channel_type in planned.ivs
            if activity in (Activity.STREAMING, Activity.BOTH)
        ),
        flow_outputs=tuple(FlowOutput(bitrate=bitrate, since=_SINCE) for bitrate in planned.flow_outputs),
        storage=Storage(
            segments=_SEGMENTS_AN_HOUR * len(hls),
            copies=_SEGMENTS_AN_HOUR * len(copied),
            bytes=sum((*hls, *copied)) * 3600 // 8,
        ),
    )


def _input_of(channel: str) -> Existence:
    return Existence(kind=ExistenceKind.PUSH_INPUT, name=channel, channel=channel, since=_SINCE)
