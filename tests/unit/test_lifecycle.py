"""Whether a channel may start, and what becomes of a session when its branches have ended."""

from __future__ import annotations

import pytest

from shared.domain.errors import NotReady, SiblingFailed
from shared.domain.lifecycle import BranchOutcome, BranchReport, Settlement, check_may_start, settle
from shared.domain.session import DestinationStatus, ResourceState
from shared.domain.session_spec import OnDestinationFailure
from tests.unit.domain_objects import a_channel_row, a_view

ABORT, CONTINUE = OnDestinationFailure.ABORT, OnDestinationFailure.CONTINUE
IDLE, ERRORED, STARTING = DestinationStatus.IDLE, DestinationStatus.ERRORED, DestinationStatus.STARTING


def reports(*outcomes: BranchOutcome) -> list[BranchReport]:
    return [BranchReport(destination_id=f"d{n}", outcome=outcome) for n, outcome in enumerate(outcomes)]


def test_with_continue_a_channel_starts_whatever_the_others_do() -> None:
    check_may_start(CONTINUE, a_view({"a": IDLE, "b": ERRORED}, a_channel_row("a", "IDLE")))


@pytest.mark.parametrize("observed", ["IDLE", "STARTING", "RUNNING"])
def test_with_abort_a_channel_starts_once_all_are_built(observed: str) -> None:
    view = a_view({"a": IDLE, "b": STARTING}, a_channel_row("a", "IDLE"), a_channel_row("b", observed))
    check_may_start(ABORT, view)


@pytest.mark.parametrize(
    "other",
    [
        [],
        [a_channel_row("b", None, ResourceState.INTENDED)],
        [a_channel_row("b", "CREATING")],
        [a_channel_row("b", "STOPPING")],
        [a_channel_row("b", "IDLE", ResourceState.INTENDED)],
        [a_channel_row("b", "DELETED", ResourceState.DELETED)],
    ],
)
def test_with_abort_a_channel_waits_for_one_that_is_not_built(other: list[object]) -> None:
    with pytest.raises(NotReady, match="destination b is not built yet"):
        check_may_start(ABORT, a_view({"a": IDLE, "b": IDLE}, a_channel_row("a", "IDLE"), *other))  # type: ignore[arg-type]


def test_with_abort_a_channel_does_not_start_beside_one_that_failed() -> None:
    view = a_view({"a": IDLE, "b": ERRORED, "c": IDLE}, a_channel_row("a", "IDLE"))
    with pytest.raises(SiblingFailed, match="destination b failed"):
        check_may_start(ABORT, view)


L, I, R, C = BranchOutcome.LIVE, BranchOutcome.IDLE, BranchOutcome.ROLLED_BACK, BranchOutcome.CLEANUP_INCOMPLETE  # noqa: E741


@pytest.mark.parametrize(
    ("policy", "outcomes", "settlement"),
    [
        (CONTINUE, (L, L), Settlement.KEEP),
        (CONTINUE, (I,), Settlement.KEEP),
        (CONTINUE, (L, R), Settlement.KEEP),
        (CONTINUE, (L, C), Settlement.KEEP),
        (CONTINUE, (R, R), Settlement.ABANDON),
        (CONTINUE, (R, C), Settlement.ABANDON),
        (CONTINUE, (), Settlement.ABANDON),
        (ABORT, (L, L), Settlement.KEEP),
        (ABORT, (I, I), Settlement.KEEP),
        (ABORT, (L, R), Settlement.ABANDON),
        (ABORT, (R, R), Settlement.ABANDON),
        (ABORT, (), Settlement.ABANDON),
    ],
)
def test_a_session_is_kept_while_something_is_up_and_the_policy_allows_it(
    policy: OnDestinationFailure, outcomes: tuple[BranchOutcome, ...], settlement: Settlement
) -> None:
    complete = all(outcome in (L, I) for outcome in outcomes)
    assert settle(policy, reports(*outcomes), complete) is settlement


def test_with_abort_a_recorder_that_failed_takes_the_session_with_it() -> None:
    assert settle(ABORT, reports(L, L), complete=False) is Settlement.ABANDON
    assert settle(CONTINUE, reports(L, L), complete=False) is Settlement.KEEP
