"""EventBridge schedule: starts the sweep that is due.

Its name is the time that the event tells, so an event that comes twice, or a retry of this, starts one sweep.
"""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime
from typing import Any

from shared.domain.names import scheduled_sweep_id
from shared.domain.sweep_answers import SweepRequest
from shared.runtime.invocation import bind, trigger
from shared.runtime.sweeps import begin_sweep


@trigger
def handler(event: Mapping[str, Any], context: Any) -> None:
    sweep_id = scheduled_sweep_id(datetime.fromisoformat(event["time"]))
    bind(sweep_id=sweep_id)
    begin_sweep(sweep_id, SweepRequest(dry_run=False))
