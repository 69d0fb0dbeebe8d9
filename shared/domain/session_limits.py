"""A session's limits by its rows: what the sweep does about them, and what the API tells of them."""

from __future__ import annotations

from datetime import datetime
from decimal import Decimal

from shared.domain.input_loss import input_lost_since
from shared.domain.limits import LimitAction, LimitVerdict, LimitWarning, judge_limits, warnings
from shared.domain.moves import ENDING
from shared.domain.session import SessionView


def limit_verdict(view: SessionView, spent: Decimal, now: datetime) -> LimitVerdict:
    """``spent``: US dollars so far."""
    record = view.record
    if record.status in ENDING:
        return LimitVerdict(action=LimitAction.NONE, reason=f"the session is {record.status}")
    lost = input_lost_since(view)
    return judge_limits(record.spec.limits, record.lease_expires_at, record.warned, spent, lost, now)


def limit_warnings(view: SessionView, spent: Decimal, now: datetime) -> tuple[LimitWarning, ...]:
    """The limits that are near, in the words in which they are warned of; none once the session ends."""
    record = view.record
    if record.status in ENDING:
        return ()
    lost = input_lost_since(view)
    return warnings(record.spec.limits, record.lease_expires_at, record.warned, spent, lost, now)
