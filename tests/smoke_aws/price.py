"""What a run costs at the very most, before it is begun, from OnAir's own prices (docs/reference/prices.md).

At most: each channel runs until its part's time is up and a stop takes its longest; each part's time is enforced by the
run itself. What comes out is far above what a run that goes well costs, which is told beside it.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from decimal import ROUND_UP, Decimal

from shared.domain.destinations import ChannelClass
from shared.domain.pricing.cost import cost
from shared.domain.pricing.price_list import prices_of
from shared.domain.pricing.usage import (
    BitrateBand,
    ChannelRun,
    Existence,
    ExistenceKind,
    FlowOutput,
    FrameRateBand,
    InputKind,
    IvsChannelType,
    IvsStream,
    OutputKind,
    Resolution,
    Storage,
    Usage,
)

#: A flow's hour, which is not among OnAir's own prices: its owner pays it (docs/reference/prices.md).
FLOW_HOUR = Decimal("0.16")
#: Requests and messages of a run: Lambda, Step Functions, EventBridge, SQS, S3; far below a cent (docs/benchmarks.md).
ALL_ELSE = Decimal("0.02")
#: Minutes that a stop may take after a part's time is up.
STOPPING = 15
_SHORTEST = 10
_FROM = datetime(2026, 1, 1, tzinfo=UTC)
_FEW = BitrateBand.BELOW_10
_OUTPUT = OutputKind(resolution=Resolution.SD, frame_rate=FrameRateBand.UP_TO_30, bitrate=_FEW)


@dataclass(frozen=True)
class Runs:
    """Channels of one kind that run in a part. ``source``: the band that the channel asks for."""

    name: str
    inputs: int
    outputs: int
    source: Resolution = Resolution.SD
    bitrate: BitrateBand = _FEW


@dataclass(frozen=True)
class Part:
    """Something that a run does. ``minutes``: what it may take, enforced. ``usual``: what it takes if all goes well."""

    name: str
    makes: str
    minutes: int
    usual: int
    channels: tuple[Runs, ...] = ()
    ivs: tuple[IvsChannelType, ...] = ()
    flows: int = 0
    inputs: int = 1


@dataclass(frozen=True)
class Price:
    """Dollars, rounded up to the cent."""

    usual: Decimal
    at_most: Decimal


def price(parts: Iterable[Part], region: str) -> Price:
    every = list(parts)
    usual = sum((_of(part, max(part.usual, _SHORTEST), region) for part in every), ALL_ELSE)
    at_most = sum((_of(part, part.minutes + STOPPING, region) for part in every), ALL_ELSE)
    return Price(*(one.quantize(Decimal("0.01"), ROUND_UP) for one in (usual, at_most)))


def _of(part: Part, minutes: int, region: str) -> Decimal:
    until = _FROM + timedelta(minutes=minutes)
    usage = Usage(
        runs=tuple(
            ChannelRun(
                channel=f"{part.name}, {channel.name}",
                channel_class=ChannelClass.SINGLE_PIPELINE,
                inputs=(InputKind(resolution=channel.source, bitrate=channel.bitrate),) * channel.inputs,
                outputs=(_OUTPUT,) * channel.outputs,
                running_from=_FROM,
                running_to=until,
            )
            for channel in part.channels
        ),
        existences=tuple(
            Existence(kind=kind, name=f"{part.name} {number}", since=_FROM, until=until)
            for kind in (ExistenceKind.CHANNEL, ExistenceKind.PUSH_INPUT)
            for number in range(max(part.inputs, len(part.channels)))
        ),
        ivs_streams=tuple(IvsStream(channel_type=kind, since=_FROM, until=until) for kind in part.ivs),
        flow_outputs=tuple(FlowOutput(bitrate=5_000_000, since=_FROM, until=until) for _ in range(part.flows)),
        storage=Storage(segments=60 * minutes, copies=60),
    )
    return cost(usage, prices_of(region), until).total + part.flows * FLOW_HOUR * minutes / 60
