"""What exists: the records of one region, and what a test sees of them.

Records hold state and what was asked for; how they look in an answer is written beside the operations. Deleted records
stay as tombstones, because the services keep answering for them (facts §2.3).
"""

from __future__ import annotations

import itertools
from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from infra.local.clock import Timer

Params = dict[str, Any]


@dataclass
class Record:
    """Anything with a state. ``moves`` counts its state changes, so that a timer set before one knows it is stale."""

    id: str
    arn: str
    name: str
    created_at: float
    state: str
    tags: dict[str, str]
    order: int
    moves: int = 0
    timer: Timer | None = None

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
    """``settings`` is what CreateChannel and UpdateChannel were given, under boto3's names."""

    settings: Params = field(default_factory=dict)
    egress_ips: list[str] = field(default_factory=list)
    alerts: list[Alert] = field(default_factory=list)
    resume: Callable[[], None] | None = None  # what a channel that sticks would do next

    @property
    def pipelines(self) -> int:
        return 1 if self.settings.get("ChannelClass") == "SINGLE_PIPELINE" else 2


@dataclass
class Input(Record):
    """``channel_id`` is the one channel that it is attached to."""

    settings: Params = field(default_factory=dict)
    endpoints: list[Params] = field(default_factory=list)
    channel_id: str | None = None


@dataclass
class SecurityGroup(Record):
    rules: list[str] = field(default_factory=list)


@dataclass
class Flow(Record):
    """Status is kept in ``state``; a deleted flow is forgotten at once, as DescribeFlow then answers NotFound."""

    settings: Params = field(default_factory=dict)
    settled: str = "STANDBY"  # what an UPDATING flow goes back to
    egress_ip: str = ""
    sources: list[Params] = field(default_factory=list)
    outputs: dict[str, Params] = field(default_factory=dict)
    entitlements: dict[str, Params] = field(default_factory=dict)
    part_tags: dict[str, dict[str, str]] = field(default_factory=dict)


class Region:
    """Everything in one region of the account."""

    def __init__(self, name: str) -> None:
        self.name = name
        self.channels: dict[str, Channel] = {}
        self.inputs: dict[str, Input] = {}
        self.groups: dict[str, SecurityGroup] = {}
        self.flows: dict[str, Flow] = {}
        self.requests: dict[tuple[str, str], tuple[Params, Record]] = {}
        self._order = itertools.count(1)

    def next_order(self) -> int:
        return next(self._order)


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
