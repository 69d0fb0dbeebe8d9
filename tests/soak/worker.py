"""One process of the soak: a stage on virtual time, and day after day on it until the time is up or a day went wrong.

Started by ``__main__.py``, which it tells of each day through a queue.
"""

from __future__ import annotations

import time as wall
import traceback
from dataclasses import dataclass, field
from typing import Any

from infra.local.stage import Stage
from shared.gateways.clients import forget_clients
from tests.soak.day import Outcome, Size, run_day
from tests.soak.memory import resident


@dataclass(frozen=True)
class Orders:
    """``first`` and ``step``: which days are this worker's. ``until``: no day begins after it (``time.monotonic``);
    ``days``: and no more than so many."""

    worker: int
    seed: int
    first: int
    step: int
    until: float
    days: int | None = None
    size: Size = field(default_factory=Size)


@dataclass
class Report:
    """A day that is over, how long it took, and what the process holds after it. ``crash``: it came to no end."""

    worker: int
    outcome: Outcome
    seconds: float = 0.0
    memory: float | None = None
    crash: str = ""


def work(orders: Orders, reports: Any) -> None:
    """Send a report for each day, and None at the end."""
    try:
        with Stage(speed=None) as stage:
            forget_clients()
            _days(stage, orders, reports)
    finally:
        reports.put(None)


def _days(stage: Stage, orders: Orders, reports: Any) -> None:
    done, day = 0, orders.first
    while wall.monotonic() < orders.until and done != orders.days:
        begun = wall.monotonic()
        try:
            report = Report(orders.worker, run_day(stage, orders.seed, day, orders.size))
        except Exception:
            report = Report(orders.worker, Outcome(day), crash=traceback.format_exc())
        if report.crash or report.outcome.violations:
            report.seconds = wall.monotonic() - begun
            reports.put(report)
            return
        stage.reset()
        report.seconds, report.memory = wall.monotonic() - begun, resident()
        reports.put(report)
        done, day = done + 1, day + orders.step
