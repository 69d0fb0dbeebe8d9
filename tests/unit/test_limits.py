"""What a session is allowed in time and money, how that is changed, and what is said before it is used up."""

from __future__ import annotations

from datetime import timedelta
from decimal import Decimal

import pytest

from shared.domain.limits import Budget, LimitChanges, Limits, LimitWarning, WarningKind, WhenSpent, warnings
from tests.unit.domain_objects import NOON

LIMITS = Limits(budget=Budget(usd=Decimal("10")))


def said(left: timedelta, spent: str) -> list[LimitWarning]:
    return list(warnings(LIMITS, NOON + left, Decimal(spent), NOON))


def test_a_lease_counts_from_the_sessions_creation_and_is_twelve_hours_unless_told() -> None:
    assert Limits().lease_expires_at(NOON) == NOON + timedelta(hours=12)
    assert Limits(max_continuous_duration=600).lease_expires_at(NOON) == NOON + timedelta(minutes=10)


@pytest.mark.parametrize(
    ("left", "words"),
    [
        (timedelta(minutes=31), None),
        (timedelta(minutes=30), "ends in 30 min"),
        (timedelta(minutes=4, seconds=59), "ends in 4 min"),
        (timedelta(0), "is over"),
        (timedelta(minutes=-3), "is over"),
    ],
)
def test_a_lease_that_runs_out_is_told_half_an_hour_ahead(left: timedelta, words: str | None) -> None:
    found = said(left, "0")
    assert [one.kind for one in found] == ([WarningKind.LEASE] if words else [])
    assert all(words in one.message and one.at == NOON + left for one in found if words)


@pytest.mark.parametrize(("spent", "told"), [("7.99", False), ("8.00", True), ("12.5", True)])
def test_a_budget_is_told_when_four_fifths_are_spent(spent: str, told: bool) -> None:
    found = said(timedelta(hours=5), spent)
    assert [one.kind for one in found] == ([WarningKind.BUDGET] if told else [])
    assert all(f"{Decimal(spent):.2f} of 10.00 USD" in one.message for one in found)


def test_what_is_left_out_stays_and_null_takes_a_limit_away() -> None:
    assert LimitChanges().applied_to(LIMITS) == LIMITS
    assert LimitChanges(idle_timeout=None, budget=None).applied_to(LIMITS) == Limits(idle_timeout=None)
    longer = LimitChanges.model_validate({"max_continuous_duration": 90_000})
    assert longer.applied_to(LIMITS) == LIMITS.model_copy(update={"max_continuous_duration": 90_000})


def test_a_session_always_has_a_longest_duration() -> None:
    changes = LimitChanges.model_validate({"max_continuous_duration": None})
    assert changes.applied_to(LIMITS).max_continuous_duration == LIMITS.max_continuous_duration


def test_a_budget_warns_unless_it_is_told_to_end_the_session() -> None:
    assert Budget(usd=Decimal("5")).when_spent is WhenSpent.WARN
