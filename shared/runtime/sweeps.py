"""Beginning a sweep, and answering how one goes. Used by the API and by the schedule.

A sweep is written down first and started second, under the name that is its id: whoever repeats the call starts it
once.
"""

from __future__ import annotations

from shared.domain.sweep_answers import SweepRequest
from shared.domain.sweeps import Sweep, SweepStatus
from shared.gateways import executions, sweeps
from shared.gateways.clients import IN_FLIGHT
from shared.gateways.settings import settings
from shared.runtime.clock import now
from shared.runtime.starting import start


def begin_sweep(sweep_id: str, asked: SweepRequest, by: str | None = None) -> Sweep:
    """Begin a sweep, or the one of that id again, which changes nothing. Returns it as it is."""
    wanted = Sweep(sweep_id=sweep_id, dry_run=asked.dry_run, ids=asked.ids, requested_by=by, started_at=now())
    sweeps.begin(wanted)
    sweep = sweeps.get(sweep_id)
    start(settings().sweep_arn, sweep_id, {"dry_run": sweep.dry_run, "ids": list(sweep.ids)})
    return sweep


def sweep_as_it_is(sweep_id: str) -> Sweep:
    """A sweep; one whose execution has ended without a report has failed. Raises ``SweepNotFound``."""
    sweep = sweeps.get(sweep_id)
    if sweep.status is not SweepStatus.RUNNING:
        return sweep
    execution = executions.describe(executions.execution_arn(settings().sweep_arn, sweep_id))
    if execution is None and now() < sweep.started_at + IN_FLIGHT:
        return sweep  # it is being started
    if execution is not None and execution.status == "RUNNING":
        return sweep
    sweep = sweeps.get(sweep_id)  # its report may have come between the two looks
    if sweep.status is not SweepStatus.RUNNING:
        return sweep
    error = f"its execution ended as {execution.status}" if execution else "its execution was never started"
    at = execution.stopped_at if execution else None
    return sweep.model_copy(update={"status": SweepStatus.FAILED, "finished_at": at, "error": error})
