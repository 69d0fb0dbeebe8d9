"""What a session used: which channel ran from when to when, with what; what stood idle; what was sent and stored.

Built from a session's rows by whoever asks for its cost, and from its plan by ``estimate``. Times know their zone. An
end of None means: still; so does one later than the moment of asking.
"""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime, timedelta
from enum import StrEnum
from typing import Any

from pydantic import AwareDatetime, Field

from shared.domain.destinations import ChannelClass
from shared.domain.model import Value
from shared.domain.profiles import Profile


class Resolution(StrEnum):
    """SD is what is smaller than 1280×720. Nothing here is larger than HD, 1920×1080."""

    SD = "sd"
    HD = "hd"


class BitrateBand(StrEnum):
    """Bands of Mbit/s, the lower bound included."""

    BELOW_10 = "below_10"
    FROM_10 = "10_to_20"
    FROM_20 = "20_to_50"

    @classmethod
    def of(cls, bits_per_second: int) -> BitrateBand:
        if bits_per_second < 10_000_000:
            return cls.BELOW_10
        return cls.FROM_10 if bits_per_second < 20_000_000 else cls.FROM_20


class FrameRateBand(StrEnum):
    UP_TO_30 = "30_fps"
    UP_TO_60 = "60_fps"


_MAXIMUM_BITRATES = {
    "MAX_10_MBPS": BitrateBand.BELOW_10,
    "MAX_20_MBPS": BitrateBand.FROM_10,
    "MAX_50_MBPS": BitrateBand.FROM_20,
}


class InputKind(Value):
    """The price band of an attached input: the channel's input specification sets it, whatever the source sends
    (MediaLive user guide, input reservations)."""

    resolution: Resolution
    bitrate: BitrateBand

    @classmethod
    def of(cls, specification: Mapping[str, Any]) -> InputKind:
        """From CreateChannel's ``InputSpecification``. Raises KeyError and ValueError for what has no price here."""
        return cls(
            resolution=Resolution(specification["Resolution"].lower()),
            bitrate=_MAXIMUM_BITRATES[specification["MaximumBitrate"]],
        )

    def price_name(self, channel_class: ChannelClass) -> str:
        return f"medialive.{channel_class.lower()}.input.{self.resolution}.{self.bitrate}_mbps"

    def words(self) -> str:
        return f"input {self.resolution.upper()} {_words(self.bitrate)} Mbit/s"


class OutputKind(Value):
    """The price band of one output, H.264 at standard quality."""

    resolution: Resolution
    frame_rate: FrameRateBand
    bitrate: BitrateBand

    @classmethod
    def of(cls, profile: Profile, bitrate: int | None = None) -> OutputKind:
        """``bitrate``: of the video, in bits per second; None for the profile's own."""
        return cls(
            resolution=Resolution.HD if profile.width >= 1280 and profile.height >= 720 else Resolution.SD,
            frame_rate=FrameRateBand.UP_TO_30 if profile.frame_rate <= 30 else FrameRateBand.UP_TO_60,
            bitrate=BitrateBand.of(bitrate or profile.video_bitrate),
        )

    def price_name(self, channel_class: ChannelClass) -> str:
        return f"medialive.{channel_class.lower()}.output.{self.resolution}.{self.frame_rate}.{self.bitrate}_mbps"

    def words(self) -> str:
        return f"output {self.resolution.upper()} up to {_words(self.frame_rate)}, {_words(self.bitrate)} Mbit/s"


class ChannelRun(Value):
    """One run of one channel, from RUNNING until it no longer is. ``channel``: its name, the same in each of its runs
    and in ``Existence``. ``inputs``: every attached one, also if nothing comes in. ``outputs``: every one that the
    channel has in this run, also if it is paused; two groups with an output each have two."""

    channel: str
    channel_class: ChannelClass
    inputs: tuple[InputKind, ...] = Field(min_length=1)
    outputs: tuple[OutputKind, ...] = Field(min_length=1)
    running_from: AwareDatetime
    running_to: AwareDatetime | None = None


class Period(Value):
    """From ``since`` until ``until``, None: still."""

    since: AwareDatetime
    until: AwareDatetime | None = None

    def lasted(self, now: datetime) -> timedelta:
        """How long it has lasted; nothing before it has begun."""
        return max(min(self.until or now, now) - self.since, timedelta())


class ExistenceKind(StrEnum):
    CHANNEL = "channel"
    PUSH_INPUT = "push_input"


class Existence(Period):
    """A channel or push input exists, from its creation until it is deleted, and is charged as idle as long as the
    channel does not run. ``channel``: the one that a push input is, was or will be attached to, None if there is none;
    when it is attached does not matter, for before that the input is idle too. Pull inputs are free: leave them out."""

    kind: ExistenceKind
    name: str
    channel: str | None = None


class IvsChannelType(StrEnum):
    """As IVS spells them (facts §8)."""

    STANDARD = "STANDARD"
    BASIC = "BASIC"
    ADVANCED_SD = "ADVANCED_SD"
    ADVANCED_HD = "ADVANCED_HD"


class IvsStream(Period):
    """An IVS channel is live: video comes in. What viewers watch is charged apart, and not counted here."""

    channel_type: IvsChannelType = IvsChannelType.STANDARD


class FlowOutput(Period):
    """One output of a MediaConnect flow sends ``bitrate`` bits per second to MediaLive. The flow's own hours are its
    owner's, and not counted here."""

    bitrate: int = Field(ge=0)


class Storage(Value):
    """What a session put into S3. ``segments``: written by channels, one PUT each and one more for the playlist that
    each rewrites. ``copies``: objects copied since, one request each. ``bytes``: what is kept now."""

    segments: int = Field(default=0, ge=0)
    copies: int = Field(default=0, ge=0)
    bytes: int = Field(default=0, ge=0)


class Usage(Value):
    """All that a session used up to now. Empty, it costs nothing."""

    runs: tuple[ChannelRun, ...] = ()
    existences: tuple[Existence, ...] = ()
    ivs_streams: tuple[IvsStream, ...] = ()
    flow_outputs: tuple[FlowOutput, ...] = ()
    storage: Storage = Storage()


def _words(band: StrEnum) -> str:
    return band.replace("_", " ")
