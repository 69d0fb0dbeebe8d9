"""A sweep: what it was asked, what it has found, what it has done and why. Written by the sweep's steps, answered by
the API."""

from __future__ import annotations

from datetime import datetime
from enum import StrEnum

from pydantic import Field

from shared.domain.model import Value
from shared.domain.orphans import OrphanKind, Verdict


class SweepStatus(StrEnum):
    """``failed``: its execution has ended without a report."""

    RUNNING = "running"
    DONE = "done"
    FAILED = "failed"


class Outcome(StrEnum):
    """``deleted``: it is gone. ``waiting``: it is on its way, and the next sweep goes on. ``kept``: it is not to be
    deleted any more. ``failed``: the delete did not come off; the next sweep tries again."""

    DELETED = "deleted"
    WAITING = "waiting"
    KEPT = "kept"
    FAILED = "failed"


class Unseen(Value):
    """What a sweep could not look at, and why: a kind, or a part of it (``place``: a flow). Nothing is concluded of
    it."""

    kind: OrphanKind
    place: str = ""
    reason: str


class Chosen(Value):
    """An orphan that the sweep is to delete, or would delete if it were no dry run."""

    kind: OrphanKind
    id: str
    name: str = ""
    session_id: str | None = None
    verdict: Verdict
    reason: str


class Deletion(Value):
    """What became of one that was chosen. ``reason`` is why it went, or why it did not."""

    kind: OrphanKind
    id: str
    outcome: Outcome
    reason: str


class Reconciled(Value):
    """What the sweep did about a session that was not as it should be."""

    session_id: str
    action: str
    reason: str


class Sweep(Value):
    """One sweep. ``ids`` are the resources that a person has named; ``not_found`` those of them that mean no orphan, or
    more than one (``<kind>#<id>`` tells them apart). ``found`` counts the orphans by verdict; ``held_back`` says why
    nothing was deleted at all. ``error`` is a step that did not come off, after which the others went on."""

    sweep_id: str
    status: SweepStatus = SweepStatus.RUNNING
    dry_run: bool
    ids: tuple[str, ...] = ()
    requested_by: str | None = None
    started_at: datetime
    finished_at: datetime | None = None
    sessions: tuple[Reconciled, ...] = ()
    found: dict[Verdict, int] = Field(default_factory=dict)
    not_seen: tuple[Unseen, ...] = ()
    not_found: tuple[str, ...] = ()
    held_back: str = ""
    chosen: tuple[Chosen, ...] = ()
    deleted: tuple[Deletion, ...] = ()
    error: str = ""
