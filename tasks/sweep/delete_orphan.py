"""Delete one resource that no session owns, and see it gone.

Looked at once more right before: what it is and what its session's row says now decide, not what the sweep has found.
Idempotent, one step an attempt (stop, then delete): while it is not gone the step says ``NotReady`` and is asked again,
and what is left after a while the next sweep goes on with.
"""

from __future__ import annotations

from datetime import timedelta

from shared.domain.model import Value
from shared.domain.orphans import Orphan, OrphanKind, judge, may_still_go
from shared.domain.sweeps import Deletion, Outcome
from shared.gateways import orphans, sweeps
from shared.runtime.clock import now
from shared.runtime.log import logger
from shared.runtime.orphan_removal import take_away
from shared.runtime.orphans import facts_of, living_owner, look_again
from shared.runtime.task import task

#: From the sweep's start: later nothing is begun or waited for, so that its report is written within its time.
TIME_FOR_DELETES = timedelta(seconds=200)


class DeleteStep(Value):
    sweep_id: str
    kind: OrphanKind
    id: str


@task
def handler(step: DeleteStep) -> Deletion:
    sweep, moment = sweeps.get(step.sweep_id), now()
    orphan = orphans.find(step.kind, step.id)
    if orphan is None:
        return _told(step, Outcome.DELETED, "it is gone")
    if moment > sweep.started_at + TIME_FOR_DELETES:
        return _told(step, Outcome.WAITING, "it is not gone yet: the next sweep goes on")
    seen = look_again(orphan)
    if seen is None:
        return _gone(step, orphan)
    judged = judge(seen, facts_of((seen,)))
    named = {f"{one.kind}#{one.id}" for one in sweep.chosen}
    if seen.state != "DELETING" and not may_still_go(orphan, judged, moment, named):
        why = judged.reason if judged else "it is in use, or its session lives"
        return _told(step, Outcome.KEPT, f"it is not what it was when it was found: {why}")
    living = living_owner(seen)
    if living is not None:
        return _told(step, Outcome.KEPT, f"it is in the ledger of session {living}, which lives: its tags were changed")
    logger.info("deleting", extra={"kind": step.kind, "id": step.id, "state": seen.state, "reason": orphan.reason})
    take_away(seen)
    return _gone(step, orphan)


def _gone(step: DeleteStep, orphan: Orphan) -> Deletion:
    orphans.remember((), (orphan,))
    return _told(step, Outcome.DELETED, orphan.reason)


def _told(step: DeleteStep, outcome: Outcome, reason: str) -> Deletion:
    logger.info("orphan", extra={"kind": step.kind, "id": step.id, "outcome": outcome, "reason": reason})
    return Deletion(kind=step.kind, id=step.id, outcome=outcome, reason=reason)
