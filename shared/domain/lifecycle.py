"""Decisions on a session's way: whether a channel may start, and what the outcome of its branches means. Pure."""

from __future__ import annotations

from collections.abc import Sequence
from enum import StrEnum

from shared.domain.errors import NotReady, SiblingFailed
from shared.domain.model import Value
from shared.domain.session import (
    DestinationStatus,
    ResourceKind,
    ResourceState,
    SessionView,
)
from shared.domain.session_spec import OnDestinationFailure

#: States of a channel that is made and not yet told to stop.
_BUILT = frozenset({"IDLE", "STARTING", "RUNNING"})


class BranchOutcome(StrEnum):
    """How a branch of a Map ended, which it returns: it never fails its Map. ``rolled_back``: of a provision it has
    nothing any more; of a start its channel is stopped, and stays."""

    IDLE = "idle"
    LIVE = "live"
    ROLLED_BACK = "rolled_back"
    CLEANUP_INCOMPLETE = "cleanup_incomplete"


class BranchReport(Value):
    destination_id: str
    outcome: BranchOutcome


class Settlement(StrEnum):
    KEEP = "keep"
    ABANDON = "abandon"


def check_may_start(policy: OnDestinationFailure, view: SessionView) -> None:
    """Whether a channel may start now. With ``abort`` all wait for all, so that none goes on air if another can't be
    built.

    Raises ``NotReady`` while another is being built, ``SiblingFailed`` when one has failed.
    """
    if policy is OnDestinationFailure.CONTINUE:
        return
    failed = [one.destination_id for one in view.destinations if one.status is DestinationStatus.ERRORED]
    if failed:
        raise SiblingFailed(f"destination {', '.join(failed)} failed, and the session is all or nothing")
    built = {
        row.destination_id
        for row in view.resources
        if row.kind is ResourceKind.CHANNEL and row.state is ResourceState.CREATED and row.observed in _BUILT
    }
    waiting = [one.destination_id for one in view.destinations if one.destination_id not in built]
    if waiting:
        raise NotReady(f"destination {', '.join(waiting)} is not built yet, and the session is all or nothing")


def settle(policy: OnDestinationFailure, reports: Sequence[BranchReport], complete: bool) -> Settlement:
    """What the outcome of the branches that go on air means: the session is kept while one of them is up and the policy
    allows it. ``complete``: every branch of the session is up, its recorder's too."""
    up = [report for report in reports if report.outcome in (BranchOutcome.IDLE, BranchOutcome.LIVE)]
    if not up or (policy is OnDestinationFailure.ABORT and not complete):
        return Settlement.ABANDON
    return Settlement.KEEP
