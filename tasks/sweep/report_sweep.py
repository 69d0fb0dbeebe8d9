"""Write down what a sweep has found and done, count it, and tell somebody about what nobody owns.

The last state of ``sweep``. Repeatable: an alarm is marked as told after it was, so it may come twice and is never
lost. It answers what the execution is to fail with, if a step of it did not come off.
"""

from __future__ import annotations

from shared.domain.bus_events import UnownedDetail, UnownedResource, unowned_event
from shared.domain.channel_states import RUNS
from shared.domain.errors import Failure, from_state
from shared.domain.model import Value
from shared.domain.orphans import Orphan, OrphanKind, Verdict
from shared.domain.reconcile import Action
from shared.domain.sweeps import Deletion, Outcome, Reconciled, Sweep, SweepStatus
from shared.gateways import bus, orphans, sweeps
from shared.runtime.clock import now
from shared.runtime.log import logger
from shared.runtime.metrics import count
from shared.runtime.steps import Caught
from shared.runtime.task import task

#: Of each list in an event and a report, so that both stay within 256 KB; the counts are of all.
LISTED = 100

NO_FAILURE = Failure(Error="", Cause="")


class ReportStep(Value):
    """``error`` is the last that went wrong, which the other steps did not wait for; empty if nothing did."""

    sweep_id: str
    reconciled: tuple[Reconciled, ...]
    deleted: tuple[Deletion, ...]
    error: Caught


@task
def handler(step: ReportStep) -> Failure:
    sweep = sweeps.get(step.sweep_id)
    everything = orphans.orphans()
    _alarm(sweep, everything)
    done = sweep.model_copy(
        update={
            "status": SweepStatus.DONE,
            "finished_at": now(),
            "sessions": tuple(one for one in step.reconciled if one.action != Action.NOTHING)[:LISTED],
            "deleted": step.deleted,
            "error": step.error.Error,
        }
    )
    sweeps.note(step.sweep_id, done, "status", "finished_at", "sessions", "deleted", "error")
    if sweep.status is SweepStatus.RUNNING:
        _count(done, everything)
    return from_state(step.error.Error, step.error.Cause).failure() if step.error.Error else NO_FAILURE


def _alarm(sweep: Sweep, everything: tuple[Orphan, ...]) -> None:
    """Tell about what nobody owns, once for each of them: only what is new is news."""
    unowned = [orphan for orphan in everything if orphan.verdict is Verdict.UNOWNED]
    new = [orphan for orphan in unowned if not orphan.alarmed]
    if not new:
        return
    listed = tuple(
        UnownedResource(kind=one.kind, id=one.id, name=one.name, session_id=one.session_id, reason=one.reason)
        for one in new[:LISTED]
    )
    detail = UnownedDetail(
        sweep_id=sweep.sweep_id,
        at=now(),
        unowned=len(unowned),
        new=len(new),
        held_back=sweep.held_back,
        resources=listed,
    )
    logger.error("resources that nobody owns", extra={"unowned": len(unowned), "ids": [one.id for one in listed]})
    bus.put([unowned_event(detail)])
    orphans.remember([orphan.model_copy(update={"alarmed": True}) for orphan in new])


def _count(sweep: Sweep, everything: tuple[Orphan, ...]) -> None:
    """``SweepsDone`` tells that the scheduled sweeps go on: its alarm rings when nothing counts them any more."""
    ours = [orphan for orphan in everything if orphan.verdict is not Verdict.FOREIGN]
    count(
        {
            "SweepsDone": int(sweep.requested_by is None),
            "OrphansFound": sum(sweep.found.values()),
            "OrphansOfOurs": len(ours),
            "OrphansDeleted": sum(one.outcome is Outcome.DELETED for one in sweep.deleted),
            "OrphanChannelsRunning": sum(one.kind is OrphanKind.CHANNEL and one.state in RUNS for one in ours),
            "UnownedResources": sum(orphan.verdict is Verdict.UNOWNED for orphan in everything),
        }
    )
