"""What exists: the records of one region, and what a test sees of them.

Records hold state and what was asked for; how they look in an answer is written beside the operations. Deleted records
stay as tombstones, because the services keep answering for them (facts §2.3).
"""

from __future__ import annotations

import itertools
from collections import Counter
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from datetime import datetime
from typing import TYPE_CHECKING, Any, ClassVar

from infra.local.clock import Timer

if TYPE_CHECKING:
    from infra.local.simulator.run import Run

Params = dict[str, Any]


@dataclass
class Record:
    """Anything with a state. ``moves`` counts its state changes, so that a timer set before one knows it is stale.

    ``counts_as``: what it is counted as in its region while it is not gone, empty for what no quota counts.
    """

    service: ClassVar[str] = "medialive"
    kind: ClassVar[str]

    id: str
    arn: str
    name: str
    created_at: float
    state: str
    tags: dict[str, str]
    order: int
    moves: int = 0
    timer: Timer | None = None
    counts_as: str = ""

    @property
    def gone(self) -> bool:
        return self.state == "DELETED"


@dataclass
class Alert:
    id: str
    type: str
    message: str
    pipeline: str
    set_at: float
    cleared_at: float | None = None


@dataclass
class Channel(Record):
    """``settings`` is what CreateChannel and UpdateChannel were given, under boto3's names. ``run``: while RUNNING."""

    kind = "channel"

    settings: Params = field(default_factory=dict)
    egress_ips: list[str] = field(default_factory=list)
    alerts: list[Alert] = field(default_factory=list)
    resume: Callable[[], None] | None = None  # what a channel that sticks would do next
    schedule: dict[str, ScheduleAction] = field(default_factory=dict)
    schedule_changed: int = 0  # the number of the last write to it, see ``Core.writes``
    run: Run | None = None

    @property
    def pipelines(self) -> int:
        return 1 if self.settings.get("ChannelClass") == "SINGLE_PIPELINE" else 2


@dataclass
class Input(Record):
    """``channel_id`` is the one channel that it is attached to.

    ``sources`` are who pushes to each endpoint of an RTMP input, first come first; any other input is fed unless it is
    ``silent``.
    """

    kind = "input"

    settings: Params = field(default_factory=dict)
    endpoints: list[Params] = field(default_factory=list)
    channel_id: str | None = None
    sources: list[list[str]] = field(default_factory=lambda: [[], []])
    silent: bool = False


@dataclass
class ScheduleAction(Record):
    """PENDING, then EXECUTED. ``at``: its time; None for what follows, and for what waits for the channel to run."""

    kind = "schedule_action"

    settings: Params = field(default_factory=dict)
    begins: Params = field(default_factory=dict)
    at: float | None = None


@dataclass
class SecurityGroup(Record):
    kind = "input_security_group"

    rules: list[str] = field(default_factory=list)


@dataclass
class Flow(Record):
    """Status is kept in ``state``; a deleted flow is forgotten at once, as DescribeFlow then answers NotFound."""

    service = "mediaconnect"
    kind = "flow"

    settings: Params = field(default_factory=dict)
    settled: str = "STANDBY"  # what an UPDATING flow goes back to
    egress_ip: str = ""
    sources: list[Params] = field(default_factory=list)
    outputs: dict[str, Params] = field(default_factory=dict)
    entitlements: dict[str, Params] = field(default_factory=dict)
    part_tags: dict[str, dict[str, str]] = field(default_factory=dict)


@dataclass
class IvsChannel(Record):
    """OFFLINE or LIVE. ``session``: the stream that comes in, from its first moment to its last event."""

    service = "ivs"
    kind = "ivs_channel"

    settings: Params = field(default_factory=dict)
    host: str = ""
    session: Session | None = None


@dataclass
class Session:
    """One stream into an IVS channel. ``lost`` is called when it is cut off, with whether it was taken over."""

    stream_id: str
    publisher: str
    began_at: float
    lost: Callable[[bool], None]
    started_at: float | None = None
    ending: bool = False
    starving: bool = False


@dataclass
class StreamKey(Record):
    service = "ivs"
    kind = "ivs_stream_key"

    value: str = ""
    channel_arn: str = ""


class Region:
    """Everything in one region of the account."""

    def __init__(self, name: str) -> None:
        self.name = name
        self.channels: dict[str, Channel] = {}
        self.inputs: dict[str, Input] = {}
        self.groups: dict[str, SecurityGroup] = {}
        self.flows: dict[str, Flow] = {}
        self.ivs_channels: dict[str, IvsChannel] = {}
        self.stream_keys: dict[str, StreamKey] = {}
        self.requests: dict[tuple[str, str], tuple[Params, Record]] = {}
        self.there: Counter[str] = Counter()  # how many are not gone, by what they count as
        self._order = itertools.count(1)

    def next_order(self) -> int:
        return next(self._order)

    def records(self) -> Iterator[Record]:
        """Whatever exists by itself, tombstones too."""
        for channel in self.channels.values():
            yield channel
            yield from channel.schedule.values()
        yield from self.inputs.values()
        yield from self.groups.values()
        yield from self.flows.values()
        yield from self.ivs_channels.values()
        yield from self.stream_keys.values()


@dataclass(frozen=True)
class Resource:
    """One thing that exists, as ``Simulator.inventory`` tells it."""

    service: str
    kind: str
    id: str
    arn: str
    name: str
    state: str
    tags: dict[str, str]
    created_at: datetime


@dataclass(frozen=True)
class Call:
    """A call that was answered; ``outcome`` is ``OK`` or the error code."""

    at: datetime
    service: str
    operation: str
    outcome: str


@dataclass(frozen=True)
class StateChange:
    at: datetime
    kind: str
    id: str
    name: str
    state: str


LogEntry = Call | StateChange
