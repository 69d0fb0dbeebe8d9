"""Where moto 5.2.5 departs from AWS in what OnAir uses, put right: named corrections, each with its reason.

``stage`` applies them once a process, by ``apply_corrections``; tests/contract/test_corrections.py shows for each that
moto without it still behaves wrongly, so that a newer moto tells us which ones can go. docs/reference/local-stage.md
lists them, and what is known and not corrected.
"""

from __future__ import annotations

from infra.local.corrections import (
    aborting,
    choosing,
    clockwork,
    database,
    errors,
    events,
    items,
    looping,
    requests,
    speed,
    stopping,
    streams,
    tokens,
    waiting,
)
from infra.local.corrections.engine import ENGINE, Correction, Engine

__all__ = ["CORRECTIONS", "ENGINE", "Correction", "Engine", "apply_corrections"]

CORRECTIONS: tuple[Correction, ...] = (
    *speed.CORRECTIONS,
    *items.CORRECTIONS,
    *stopping.CORRECTIONS,
    *aborting.CORRECTIONS,
    *tokens.CORRECTIONS,
    *errors.CORRECTIONS,
    *choosing.CORRECTIONS,
    *waiting.CORRECTIONS,
    *looping.CORRECTIONS,
    *requests.CORRECTIONS,
    *streams.CORRECTIONS,
    # Round what the streams tell: it is the lock that keeps their order.
    *database.CORRECTIONS,
    *events.CORRECTIONS,
    # Last: it replaces names in every module that is loaded by now.
    *clockwork.CORRECTIONS,
)

_applied = False


def apply_corrections() -> None:
    """Correct moto in this process, once and for good."""
    global _applied
    if not _applied:
        _applied = True
        for correction in CORRECTIONS:
            correction.apply()
