"""What a test or a demo may turn on the simulator: durations, quotas, rate limits, and who may pass which role.

Given to ``Simulator`` and changed on ``simulator.settings`` while it runs; what is assigned is validated. Behaviours of
the services that nobody could establish are in ``alternatives.py``.
"""

from __future__ import annotations

from typing import Literal

from pydantic import BaseModel, ConfigDict, Field, NonNegativeFloat, NonNegativeInt, PositiveFloat, PositiveInt

from infra.local.simulator.alternatives import Alternatives


class _Setting(BaseModel):
    model_config = ConfigDict(extra="forbid", validate_assignment=True)


class Duration(BaseModel):
    """Seconds that a transition takes: mostly ``low`` to ``high``, and with ``tail_probability`` up to ``tail``."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    low: NonNegativeFloat
    high: NonNegativeFloat
    tail: NonNegativeFloat | None = None
    tail_probability: float = Field(default=0.0, ge=0.0, le=1.0)


def _between(low: float, high: float, tail: float | None = None) -> Duration:
    return Duration(low=low, high=high, tail=tail, tail_probability=0.01 if tail else 0.0)


class Durations(_Setting):
    """How long each transition takes, in seconds of the clock (facts §2.4; those of flows and streams are guesses)."""

    channel_create: Duration = _between(4, 8)
    channel_start: Duration = _between(60, 180, tail=600)
    channel_stop: Duration = _between(15, 60, tail=600)
    channel_delete: Duration = _between(5, 30)
    channel_update: Duration = _between(2, 6)
    channel_recover: Duration = _between(5, 20)
    input_create: Duration = _between(1, 3)
    input_delete: Duration = _between(1.5, 1.5)
    group_update: Duration = _between(1, 2)
    flow_start: Duration = _between(10, 30)
    flow_stop: Duration = _between(5, 20)
    flow_delete: Duration = _between(5, 30)
    flow_update: Duration = _between(1, 2)
    input_file: Duration = _between(60, 60)  # how long a file input plays
    schedule_kept: Duration = _between(3600, 3600)  # from an action's time until it vanishes
    rtmp_retry: Duration = _between(2, 4)  # until an output connects again, if it does not say itself
    stream_start: Duration = _between(2, 5)  # from Session Created to Stream Start
    stream_end: Duration = _between(2, 8)  # between the two events at the end


class Quotas(_Setting):
    """How many of each a region holds (facts §4; of IVS channels and streams it is a guess).

    What is being created or deleted counts; tombstones do not.
    """

    channels: NonNegativeInt = 5
    push_inputs: NonNegativeInt = 5
    vpc_push_inputs: NonNegativeInt = 50
    pull_inputs: NonNegativeInt = 100
    device_inputs: NonNegativeInt = 100
    input_security_groups: NonNegativeInt = 5
    flows: NonNegativeInt = 20
    flow_outputs: NonNegativeInt = 50
    flow_sources: NonNegativeInt = 2
    ivs_channels: NonNegativeInt = 20
    ivs_stream_keys: NonNegativeInt = 1  # of one channel
    ivs_streams: NonNegativeInt = 100
    schedule_actions: NonNegativeInt = 1500  # of one channel, executed ones too


class RateLimit(BaseModel):
    """A token bucket: ``rate`` calls a second, ``burst`` at once."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    rate: PositiveFloat
    burst: PositiveInt


class SimulatorSettings(_Setting):
    """All of it, with the defaults that FACTS give.

    ``forbidden_roles`` are shell patterns of role ARNs that the caller may not pass to MediaLive. ``page_size`` is how
    many items a list answers when the caller names no ``MaxResults``. The same ``seed`` gives the same durations to the
    same names, and the same ids in the same order. ``timecoded_inputs`` are the types of inputs whose sources carry a
    timecode. ``segment_delay``: seconds from a segment's end until it is in its bucket. ``segments_written``: each when
    it is due, which takes a timer a segment, or all that are due when somebody looks (``Simulator.write_out``).
    """

    account_id: str = Field(default="111122223333", pattern=r"^\d{12}$")
    default_region: str = "eu-west-1"
    seed: int = 1
    durations: Durations = Field(default_factory=Durations)
    quotas: Quotas = Field(default_factory=Quotas)
    medialive_rate: RateLimit | None = RateLimit(rate=20, burst=40)
    mediaconnect_rate: RateLimit | None = RateLimit(rate=5, burst=30)
    ivs_rate: RateLimit | None = RateLimit(rate=5, burst=5)  # of each operation
    ivs_tags_rate: RateLimit | None = RateLimit(rate=10, burst=10)
    forbidden_roles: tuple[str, ...] = ()
    timecoded_inputs: tuple[str, ...] = ()
    segment_delay: NonNegativeFloat = 1.0
    segments_written: Literal["when_due", "when_looked_at"] = "when_due"
    page_size: PositiveInt = 20
    alternatives: Alternatives = Field(default_factory=Alternatives)
