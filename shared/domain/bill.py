"""What a session used, from its rows, and what it will use, from its plan: the two that ``pricing`` turns into money.

A run that was never seen RUNNING costs nothing. An IVS stream is taken to last as long as the run that feeds it: when
the host's encoder really sent is not written down.
"""

from __future__ import annotations

from datetime import datetime, timedelta

from shared.domain.payloads.channels import SEGMENT_SECONDS, input_specification
from shared.domain.plan import ChannelPlan, ResourcePlan, pipelines
from shared.domain.pricing.estimate import Planned, PlannedChannel
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
from shared.domain.profiles import AUDIO_BITRATE, PROFILES
from shared.domain.recording import Run, with_ends
from shared.domain.session import Resource, ResourceKind, ResourceState, SessionView

_EXISTENCES = {ResourceKind.CHANNEL: ExistenceKind.CHANNEL, ResourceKind.INPUT: ExistenceKind.PUSH_INPUT}


def usage_of(view: SessionView, plan: ResourcePlan, now: datetime) -> Usage:
    """All that a session has used up to ``now``."""
    runs = [(plan.channel(run.destination_id), run) for run in with_ends(view.runs) if run.running_at is not None]
    outputs = [row for row in view.resources if row.kind is ResourceKind.FLOW_OUTPUT and _existed(row)]
    return Usage(
        runs=tuple(_run(channel, run) for channel, run in runs),
        existences=tuple(
            Existence(
                kind=_EXISTENCES[row.kind],
                name=row.name,
                channel=plan.channel(row.destination_id).channel_name,
                since=row.created_at,
                until=_gone_at(row),
            )
            for row in view.resources
            if row.kind in _EXISTENCES and _existed(row)
        ),
        ivs_streams=tuple(
            IvsStream(since=run.running_at, until=run.stopped_at)
            for channel, run in runs
            if run.streams and channel.ivs_channel_name is not None and run.running_at is not None
        ),
        flow_outputs=tuple(
            FlowOutput(bitrate=_rate(plan.channel(row.destination_id)), since=row.created_at, until=_gone_at(row))
            for row in outputs
        ),
        storage=Storage(
            segments=sum(_segments(channel, run, now) for channel, run in runs),
            copies=sum(one.segments or 0 for one in view.recordings),
            bytes=sum(one.size or 0 for one in view.recordings),
        ),
    )


def planned(plan: ResourcePlan) -> Planned:
    """What a session's channels are, for the estimate of an hour."""
    return Planned(
        channels=tuple(
            PlannedChannel(
                channel=channel.channel_name,
                channel_class=channel.channel_class,
                inputs=(_input(channel),),
                streaming=_outputs(channel, streams=True) if channel.streams else (),
                recording=_outputs(channel, streams=False),
                hls=(_rate(channel),) * pipelines(channel.channel_class) if channel.records else (),
            )
            for channel in plan.channels
        ),
        ivs=tuple(IvsChannelType.STANDARD for channel in plan.channels if channel.ivs_channel_name is not None),
        flow_outputs=tuple(_rate(channel) for channel in plan.channels for _ in channel.flow_output_names),
    )


def _run(channel: ChannelPlan, run: Run) -> ChannelRun:
    assert run.running_at is not None
    return ChannelRun(
        channel=channel.channel_name,
        channel_class=channel.channel_class,
        inputs=(_input(channel),),
        outputs=_outputs(channel, run.streams),
        running_from=run.running_at,
        running_to=run.stopped_at,
    )


def _input(channel: ChannelPlan) -> InputKind:
    return InputKind.of(input_specification(channel))


def _outputs(channel: ChannelPlan, streams: bool) -> tuple[OutputKind, ...]:
    """One to the destination, one to S3, of the same picture."""
    kind = OutputKind.of(PROFILES[channel.profile], channel.video_bitrate)
    return (kind,) * (int(streams and channel.streams) + int(channel.records))


def _rate(channel: ChannelPlan) -> int:
    return channel.video_bitrate + AUDIO_BITRATE


def _existed(row: Resource) -> bool:
    """Whether it is known to have been there: what was only intended costs nothing."""
    return row.resource_id is not None


def _gone_at(row: Resource) -> datetime | None:
    return row.updated_at if row.state is ResourceState.DELETED else None


def _segments(channel: ChannelPlan, run: Run, now: datetime) -> int:
    if not run.prefix or run.running_at is None:
        return 0
    lasted: timedelta = (run.stopped_at or now) - run.running_at
    return int(lasted.total_seconds() / SEGMENT_SECONDS) * pipelines(channel.channel_class)
