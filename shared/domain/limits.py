"""How long and how dear a session may get. Every session has these limits; ``PATCH /sessions/{id}`` changes them."""

from __future__ import annotations

from datetime import datetime, timedelta
from decimal import Decimal
from enum import StrEnum
from typing import Annotated

from pydantic import Field

from shared.domain.model import Value

HOUR = 3600
#: Seconds. Recordings' source material is kept for a week beyond the longest session by the bucket's lifecycle.
LONGEST_SESSION = 7 * 24 * HOUR
SHORTEST_SESSION = 600

#: How long ahead of the end of a lease there is a warning from then on.
LEASE_WARNING = timedelta(minutes=30)
#: The part of a budget at which there is a warning.
BUDGET_WARNING = Decimal("0.8")


class WhenSpent(StrEnum):
    """What a budget does when it is spent."""

    WARN = "warn"
    END = "end"


class Budget(Value):
    """US dollars for the whole session. It warns, unless it is told to end the session."""

    usd: Annotated[Decimal, Field(gt=0, le=1_000_000, max_digits=10, decimal_places=2)]
    when_spent: WhenSpent = WhenSpent.WARN


Duration = Annotated[int, Field(ge=SHORTEST_SESSION, le=LONGEST_SESSION)]
IdleTimeout = Annotated[int, Field(ge=60, le=24 * HOUR)]


class Limits(Value):
    """Seconds and dollars. ``max_continuous_duration`` counts from the session's creation; ``idle_timeout`` is how long
    it may be without input (None: for ever)."""

    max_continuous_duration: Duration = 12 * HOUR
    idle_timeout: IdleTimeout | None = 1800
    budget: Budget | None = None

    def lease_expires_at(self, created_at: datetime) -> datetime:
        return created_at + timedelta(seconds=self.max_continuous_duration)


class LimitChanges(Value):
    """The body of ``PATCH /sessions/{id}``: what is left out stays as it is, null takes a limit away."""

    max_continuous_duration: Duration | None = None
    idle_timeout: IdleTimeout | None = None
    budget: Budget | None = None

    def applied_to(self, limits: Limits) -> Limits:
        """The limits with what was given. A session always has a longest duration, so null leaves it as it is."""
        given = {name: getattr(self, name) for name in self.model_fields_set}
        if given.get("max_continuous_duration", 1) is None:
            del given["max_continuous_duration"]
        return limits.model_copy(update=given)


class WarningKind(StrEnum):
    LEASE = "lease"
    BUDGET = "budget"


class LimitWarning(Value):
    """A limit that is near or reached, in words. ``at``: when the lease ends; None for a budget."""

    kind: WarningKind
    message: str
    at: datetime | None = None


def warnings(limits: Limits, lease_expires_at: datetime, spent: Decimal, now: datetime) -> tuple[LimitWarning, ...]:
    """What a session that is not over should be told. ``spent``: US dollars so far."""
    found = []
    left = lease_expires_at - now
    if left <= LEASE_WARNING:
        minutes = max(0, int(left.total_seconds() // 60))
        when = f"ends in {minutes} min" if left > timedelta(0) else "is over"
        message = f"the session's longest duration {when}: extend it, or end the session"
        found.append(LimitWarning(kind=WarningKind.LEASE, message=message, at=lease_expires_at))
    budget = limits.budget
    if budget is not None and spent >= budget.usd * BUDGET_WARNING:
        message = f"{spent:.2f} of {budget.usd:.2f} USD are spent: raise the budget, or end the session"
        found.append(LimitWarning(kind=WarningKind.BUDGET, message=message))
    return tuple(found)
