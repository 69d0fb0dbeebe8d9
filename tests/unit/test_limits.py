"""What a session is allowed in time and money, how that is changed, and what is said and done when it is used up."""

from __future__ import annotations

from datetime import datetime, timedelta
from decimal import Decimal
from random import Random

import pytest

from shared.domain.ended_reason import EndedReason
from shared.domain.limits import (
    Budget,
    GivenWarning,
    LimitAction,
    LimitChanges,
    Limits,
    LimitVerdict,
    LimitWarning,
    WarningKind,
    WhenSpent,
    judge_limits,
    warnings,
    with_given,
)
from tests.unit.domain_objects import NOON

LIMITS = Limits(budget=Budget(usd=Decimal("10")))
ENDING = Limits(budget=Budget(usd=Decimal("10"), when_spent=WhenSpent.END))
FAR = NOON + timedelta(days=3)


def at(minutes: float) -> datetime:
    return NOON + timedelta(minutes=minutes)


class Watched:
    """A session that is looked at now and then, and remembers what it was warned of, as its record does."""

    def __init__(self, limits: Limits = LIMITS, lease: datetime = FAR) -> None:
        self.limits, self.lease = limits, lease
        self.warned: tuple[GivenWarning, ...] = ()

    def look(self, now: datetime, spent: str = "0", lost: datetime | None = None) -> LimitVerdict:
        verdict = judge_limits(self.limits, self.lease, self.warned, Decimal(spent), lost, now)
        assert (verdict.action is LimitAction.WARN) == bool(verdict.warnings)
        assert (verdict.action is LimitAction.END) == (verdict.ended_reason is not None)
        self.warned = with_given(self.warned, verdict.warnings, self.limits, self.lease)
        return verdict

    def says(self, now: datetime, spent: str = "0", lost: datetime | None = None) -> str:
        """``none``, what it is warned of, or why it is ended."""
        verdict = self.look(now, spent, lost)
        if verdict.action is LimitAction.WARN:
            return " ".join(f"{one.kind} {one.level}" for one in verdict.warnings)
        return verdict.ended_reason or verdict.action


def said(left: timedelta, spent: str) -> list[LimitWarning]:
    return list(warnings(LIMITS, NOON + left, (), Decimal(spent), None, NOON))


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
    assert all(words in one.message for one in found if words)


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


# The lease


def test_a_lease_is_warned_of_half_an_hour_and_five_minutes_before_and_then_ends_the_session() -> None:
    show = Watched(lease=at(60))
    looks = {0: "none", 29.9: "none", 30: "lease near", 35: "none", 55: "lease imminent", 59.9: "none"}
    assert {minute: show.says(at(minute)) for minute in looks} == looks
    assert [one.ends_at for one in show.warned] == [at(60), at(60)]
    verdict = show.look(at(60))
    assert verdict.ended_reason is EndedReason.MAX_DURATION
    assert verdict.reason == "the session's longest duration is over, and it was warned at 12:30 UTC"


def test_a_lease_that_ran_out_while_nobody_looked_is_warned_of_first_and_ends_five_minutes_later() -> None:
    show = Watched(lease=at(60))
    assert show.says(at(90)) == "lease reached"
    (given,) = show.warned
    assert given.ends_at == at(95)
    assert given.message == ("the session's longest duration is over: extend it, or the session is ended at 13:35 UTC")
    assert show.says(at(94.9)) == "none"
    assert show.says(at(95)) == "max_duration"


def test_a_lease_seen_first_just_before_its_end_gives_its_five_minutes_all_the_same() -> None:
    show = Watched(lease=at(60))
    assert show.says(at(58)) == "lease imminent"
    assert show.warned[0].ends_at == at(63)
    assert show.says(at(60)) == "lease reached"
    assert show.warned[-1].ends_at == at(63), "the same end as was said before"
    assert show.says(at(62.9)) == "none"
    assert show.says(at(63)) == "max_duration"


def test_a_lease_that_is_moved_into_the_past_is_warned_of_anew() -> None:
    show = Watched(lease=at(60))
    assert show.says(at(30)) == "lease near"
    show.lease = at(20)
    assert show.says(at(36)) == "lease reached", "the warning was of another lease"
    assert [one.limit for one in show.warned] == [at(20).isoformat()]
    assert [show.says(at(40)), show.says(at(41))] == ["none", "max_duration"]


def test_a_lease_that_is_extended_in_time_does_not_end_the_session_and_is_warned_of_anew() -> None:
    show = Watched(lease=at(60))
    assert [show.says(at(30)), show.says(at(56))] == ["lease near", "lease imminent"]
    show.lease = at(120)
    looks = {60: "none", 90: "lease near", 115: "lease imminent", 120: "max_duration"}
    assert {minute: show.says(at(minute)) for minute in looks} == looks


def test_the_same_warning_is_never_given_twice() -> None:
    show = Watched(Limits(budget=Budget(usd=Decimal("10")), idle_timeout=600), lease=at(60))
    told = [show.says(at(29 + minute), "9", lost=at(28)) for minute in range(3)]
    assert told == ["budget near idle near", "lease near", "none"]


# The budget


def test_a_budget_that_warns_never_ends_the_session() -> None:
    show = Watched(LIMITS)
    told = [show.says(at(minute), spent) for minute, spent in ((0, "7.99"), (5, "8"), (10, "9.5"), (15, "10"))]
    assert told == ["none", "budget near", "none", "budget reached"]
    assert show.warned[-1].message == "10.00 of 10.00 USD are spent: raise the budget, or end the session"
    assert {one.ends_at for one in show.warned} == {None}
    assert show.says(at(600), "400") == "none"


def test_a_budget_that_ends_is_warned_of_at_four_fifths_and_ends_the_session_when_it_is_spent() -> None:
    show = Watched(ENDING)
    assert show.says(at(0), "8.01") == "budget near"
    assert show.warned[0].message == (
        "8.01 of 10.00 USD are spent: raise the budget, or the session is ended when all are spent"
    )
    assert show.says(at(60), "9.99") == "none"
    verdict = show.look(at(65), "10.00")
    assert verdict.ended_reason is EndedReason.BUDGET
    assert verdict.reason == "10.00 of 10.00 USD are spent, and it was warned at 12:00 UTC"


def test_a_budget_that_is_passed_between_two_looks_is_warned_of_first() -> None:
    show = Watched(ENDING)
    assert [show.says(at(0), "7"), show.says(at(5), "12")] == ["none", "budget reached"]
    assert show.warned[0].ends_at == at(10)
    assert [show.says(at(9), "13"), show.says(at(10), "13")] == ["none", "budget"]


def test_a_budget_that_only_warned_warns_again_before_it_ends() -> None:
    show = Watched(LIMITS)
    assert show.says(at(0), "12") == "budget reached"
    show.limits = ENDING
    assert [show.says(at(60), "12"), show.says(at(65), "12")] == ["budget reached", "budget"]


def test_a_budget_that_is_raised_is_warned_of_anew() -> None:
    show = Watched(ENDING)
    assert show.says(at(0), "9") == "budget near"
    show.limits = Limits(budget=Budget(usd=Decimal("20"), when_spent=WhenSpent.END))
    looks = {5: ("11", "none"), 10: ("16", "budget near"), 14: ("20", "budget reached"), 15: ("20", "budget")}
    assert {minute: (spent, show.says(at(minute), spent)) for minute, (spent, _) in looks.items()} == looks


# No input


def test_lost_input_is_warned_of_ten_minutes_before_it_ends_the_session() -> None:
    show = Watched(Limits())
    looks = {0: "none", 19.9: "none", 20: "idle near", 25: "none", 29.9: "none"}
    assert {minute: show.says(at(minute), lost=NOON) for minute in looks} == looks
    assert show.warned[0].ends_at == at(30)
    assert show.warned[0].message == "no input since 12:00 UTC: send some, or the session is ended at 12:30 UTC"
    assert show.says(at(30), lost=NOON) == "input_lost"


def test_input_that_comes_back_saves_the_session_and_is_warned_of_anew_when_it_is_lost_again() -> None:
    show = Watched(Limits())
    assert show.says(at(20), lost=NOON) == "idle near"
    assert show.says(at(31)) == "none"
    assert show.says(at(62), lost=at(32)) == "idle reached"
    assert [one.ends_at for one in show.warned] == [at(67)]
    assert show.says(at(66), lost=at(32)) == "none"
    assert show.says(at(67), lost=at(32)) == "input_lost"


def test_a_short_idle_timeout_gives_five_minutes_too() -> None:
    show = Watched(Limits(idle_timeout=60))
    assert show.says(at(0), lost=NOON) == "idle near"
    assert show.warned[0].ends_at == at(5)
    assert [show.says(at(4), lost=NOON), show.says(at(5), lost=NOON)] == ["idle reached", "input_lost"]


def test_without_an_idle_timeout_a_session_may_be_without_input_for_ever() -> None:
    assert Watched(Limits(idle_timeout=None)).says(at(60 * 24), lost=NOON) == "none"


def test_an_idle_timeout_that_is_made_shorter_is_warned_of_anew() -> None:
    show = Watched(Limits(idle_timeout=3600))
    assert show.says(at(55), lost=NOON) == "idle near"
    show.limits = Limits(idle_timeout=600)
    assert [show.says(at(56), lost=NOON), show.says(at(61), lost=NOON)] == ["idle reached", "input_lost"]


# All of them


def test_a_session_that_is_over_in_several_ways_ends_for_the_first_of_them() -> None:
    show = Watched(ENDING, lease=at(60))
    assert show.says(at(60), "11", lost=NOON) == "lease reached budget reached idle reached"
    assert show.says(at(65), "11", lost=NOON) == "max_duration"


def test_one_limit_that_was_warned_of_does_not_let_another_end_the_session() -> None:
    show = Watched(ENDING, lease=at(60))
    assert show.says(at(30)) == "lease near"
    assert show.says(at(40), "11") == "budget reached"
    assert show.says(at(44), "11") == "none"
    assert show.says(at(45), "11") == "budget"


def test_whatever_happens_no_session_is_ended_without_a_warning_of_that_limit_five_minutes_before() -> None:
    """Looks at odd times, limits that are moved to and fro, money spent in leaps, input that comes and goes."""
    chance, ends = Random(4), 0
    for _ in range(100):
        show, minute, spent, lost = Watched(LIMITS, lease=at(60)), 0.0, 0.0, None
        verdict = show.look(at(minute))
        while verdict.ended_reason is None and minute < 600:
            minute += chance.choice((0.2, 1, 5, 5, 5, 45))
            spent += chance.choice((0, 0, 0.5, 3))
            if chance.random() < 0.2:
                lost = None if lost else at(minute)
            if chance.random() < 0.1:
                usd, when_spent = chance.choice((5, 10, 20)), chance.choice((WhenSpent.WARN, WhenSpent.END))
                budget = Budget(usd=Decimal(usd), when_spent=when_spent)
                show.limits = Limits(budget=budget, idle_timeout=chance.choice((60, 600, 1800, None)))
                show.lease = at(chance.choice((10, 60, 90, 240)))
            verdict = show.look(at(minute), f"{spent:.2f}", lost)
        if verdict.ended_reason is not None:
            ends += 1
            kind, limit = {
                EndedReason.MAX_DURATION: (WarningKind.LEASE, show.lease.isoformat()),
                EndedReason.BUDGET: (
                    WarningKind.BUDGET,
                    f"{show.limits.budget and show.limits.budget.usd:.2f} USD, end",
                ),
                EndedReason.INPUT_LOST: (
                    WarningKind.IDLE,
                    f"{lost and lost.isoformat()} + {show.limits.idle_timeout} s",
                ),
            }[verdict.ended_reason]
            given = [one for one in show.warned if (one.kind, one.limit) == (kind, limit)]
            assert min(one.given_at for one in given) <= at(minute - 5)
            assert all(one.ends_at is None or one.ends_at <= at(minute) for one in given), "not before it was said"
            assert len({one.level for one in given}) == len(given), "none was given twice"
    assert ends > 70


def test_what_is_answered_is_what_was_warned_of() -> None:
    show = Watched(ENDING, lease=at(60))
    verdict = show.look(at(58), "9", lost=at(30))
    answered = warnings(show.limits, show.lease, (), Decimal("9"), at(30), at(58))
    assert [(one.kind, one.level, one.message, one.at) for one in answered] == [
        (one.kind, one.level, one.message, one.ends_at) for one in verdict.warnings
    ]
    later = warnings(show.limits, show.lease, show.warned, Decimal("9"), at(30), at(61))
    assert [one.at for one in later] == [at(63), None, at(63)], "the end that was told stays"


def test_a_record_keeps_the_warnings_that_still_matter() -> None:
    show = Watched(ENDING, lease=at(60))
    show.look(at(58), "9", lost=at(30))
    lease, budget, idle = show.warned
    again = idle.model_copy(update={"limit": "another loss"})
    assert with_given(show.warned, (again,), show.limits, at(60)) == (lease, budget, again)
    assert with_given(show.warned, (), Limits(idle_timeout=None), at(90)) == ()
