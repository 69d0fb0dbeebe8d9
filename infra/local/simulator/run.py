"""One run of a channel: from RUNNING until it is no longer. What it holds dies with it; ``on_air.py`` drives it."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from infra.local.clock import Timer
from infra.local.simulator.store import Alert, ScheduleAction

if TYPE_CHECKING:
    from infra.local.simulator.hls import HlsWriter
    from infra.local.simulator.rtmp_outputs import Push


@dataclass
class Feed:
    """What reaches one pipeline over time. ``changes`` are (time, whether there is input), oldest first."""

    pipeline: int
    decodes: bool = False  # it has had input, so it makes output
    present: bool = True
    changes: list[tuple[float, bool]] = field(default_factory=list)

    def change(self, at: float, present: bool) -> None:
        self.present = present
        self.changes.append((at, present))

    def missing(self, start: float, end: float) -> float:
        """Seconds without input between two moments."""
        lost, since, present = 0.0, start, True
        for at, then in self.changes:
            if at >= end:
                break
            if at > start:
                lost += 0.0 if present else at - since
                since = at
            present = then
        return lost + (0.0 if present else end - since)


@dataclass
class Tag:
    """ID3 for the segments. ``is_segments``: by a segment tagging action. ``lasting``: in every one from ``at`` on."""

    at: float
    settings: dict[str, str]
    is_segments: bool
    lasting: bool


@dataclass
class Run:
    """``switched`` is told of each input switch that is done."""

    started_at: float
    switched: Callable[[ScheduleAction, str], None]
    attachment: str = ""  # the active one
    switch: ScheduleAction | None = None  # what made it active
    feeds: list[Feed] = field(default_factory=list)
    pushes: list[Push] = field(default_factory=list)
    writers: list[HlsWriter] = field(default_factory=list)
    tags: list[Tag] = field(default_factory=list)
    alerts: dict[tuple[str, str, int], Alert] = field(default_factory=dict)
    next_segment: Timer | None = None
