"""How long and how dear a session may get, and what follows when it gets there. ``PATCH /sessions/{id}`` changes the
limits; the sweep judges them (``shared/runtime/limits.py``), and the API tells which are near.

A session is never ended by a limit unless it was warned of that limit, at the value that it has now, at least
``NOTICE`` before; and warned means that its record says so.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from datetime import datetime, timedelta
from decimal import Decimal
from enum import StrEnum
from typing import Annotated

from pydantic import Field

from shared.domain.ended_reason import EndedReason
from shared.domain.model import Value

HOUR = 3600
#: Seconds. Recordings' source material is kept for a week beyond the longest session by the bucket's lifecycle.
LONGEST_SESSION = 7 * 24 * HOUR
SHORTEST_SESSION = 600

#: How long before it ends a session must have been warned.
NOTICE = timedelta(minutes=5)
#: How long before the end of a lease there is a warning, and another one.
LEASE_WARNING = timedelta(minutes=30)
LAST_LEASE_WARNING = timedelta(minutes=5)
#: How long before the end for lost input there is a warning: two sweeps, so that the end need not wait for it, and not
#: at once, for most inputs that are lost come back.
IDLE_WARNING = timedelta(minutes=10)
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
    its running channels may be without input (None: for ever)."""

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
    """Which limit: the longest duration, the budget, the time without input."""

    LEASE = "lease"
    BUDGET = "budget"
    IDLE = "idle"


class WarningLevel(StrEnum):
    """How near a limit is. ``near``: half an hour before a lease's end, ten minutes before an end for lost input, four
    fifths of a budget; ``imminent``: five minutes before a lease's end; ``reached``: it is over, or spent."""

    NEAR = "near"
    IMMINENT = "imminent"
    REACHED = "reached"


class LimitWarning(Value):
    """A limit that is near or reached, in words. ``at``: when the session ends by it, at the earliest; None where that
    is not known, or a budget only warns."""

    kind: WarningKind
    level: WarningLevel
    message: str
    at: datetime | None = None


class GivenWarning(Value):
    """A warning that was given. ``limit`` is the value of the limit that it is about: at another, it counts no more.
    ``ends_at``: when it said that the session ends, None if it could not say, or only warned."""

    kind: WarningKind
    level: WarningLevel
    limit: str
    given_at: datetime
    ends_at: datetime | None = None
    message: str


class LimitAction(StrEnum):
    NONE = "none"
    WARN = "warn"
    END = "end"


class LimitVerdict(Value):
    """What a session's limits ask for now, and why. ``warnings``: to be written, with ``warn``; ``ended_reason``: with
    ``end``."""

    action: LimitAction
    reason: str
    ended_reason: EndedReason | None = None
    warnings: tuple[GivenWarning, ...] = ()


def judge_limits(
    limits: Limits,
    lease_expires_at: datetime,
    warned: Sequence[GivenWarning],
    spent: Decimal,
    input_lost_since: datetime | None,
    now: datetime,
) -> LimitVerdict:
    """What to do about a session that is not over. ``warned``: the warnings in its record; ``spent``: US dollars so
    far; ``input_lost_since``: None while a running channel has input, or none runs."""
    standings = list(_standings(limits, lease_expires_at, warned, spent, input_lost_since, now))
    for one in standings:
        if one.is_due(now) and one.warned_at is not None:
            reason = f"{one.what}, and it was warned at {one.warned_at:%H:%M} UTC"
            return LimitVerdict(action=LimitAction.END, reason=reason, ended_reason=one.ended_reason)
    new = tuple(one.warning(now) for one in standings if one.is_new(warned))
    if new:
        return LimitVerdict(action=LimitAction.WARN, reason="; ".join(one.message for one in new), warnings=new)
    waits = [f"{one.what}: it ends at {one.ends_at:%H:%M} UTC" for one in standings if one.ends_at]
    return LimitVerdict(action=LimitAction.NONE, reason="; ".join(waits) or "within its limits")


def warnings(
    limits: Limits,
    lease_expires_at: datetime,
    warned: Sequence[GivenWarning],
    spent: Decimal,
    input_lost_since: datetime | None,
    now: datetime,
) -> tuple[LimitWarning, ...]:
    """What a session that is not over should be told, whoever was told already. Arguments as for ``judge_limits``."""
    return tuple(
        LimitWarning(kind=one.kind, level=one.level, message=one.message, at=one.ends_at)
        for one in _standings(limits, lease_expires_at, warned, spent, input_lost_since, now)
    )


def with_given(
    warned: Sequence[GivenWarning], given: Sequence[GivenWarning], limits: Limits, lease_expires_at: datetime
) -> tuple[GivenWarning, ...]:
    """The warnings to keep in a record: those given now, and of the earlier ones those that still matter."""
    current = {WarningKind.LEASE: lease_expires_at.isoformat(), WarningKind.BUDGET: _budget_limit(limits.budget)}
    idle = [one.limit for one in (*warned, *given) if one.kind is WarningKind.IDLE]
    if idle and idle[-1].endswith(_after(limits.idle_timeout)):
        current[WarningKind.IDLE] = idle[-1]
    kept = (one for one in warned if one.limit == current.get(one.kind) and one not in given)
    return (*kept, *given)


class _Standing(Value):
    """A limit that is near or reached. ``what``: how it stands, in words, and ``remedy`` what to do; ``warned_at``: the
    first warning of it; ``ended_reason``: None if it only warns."""

    kind: WarningKind
    level: WarningLevel
    limit: str
    what: str
    remedy: str
    ended_reason: EndedReason | None
    warned_at: datetime | None
    ends_at: datetime | None

    @property
    def message(self) -> str:
        if self.ended_reason is None:
            return f"{self.what}: {self.remedy}, or end the session"
        when = "when all are spent" if self.ends_at is None else f"at {self.ends_at:%H:%M} UTC"
        return f"{self.what}: {self.remedy}, or the session is ended {when}"

    def is_due(self, now: datetime) -> bool:
        """Whether the session is to be ended by it."""
        reached = self.level is WarningLevel.REACHED and self.ended_reason is not None
        return reached and self.warned_at is not None and self.warned_at + NOTICE <= now

    def is_new(self, warned: Sequence[GivenWarning]) -> bool:
        """Whether there was no warning yet that it is so near."""
        levels = list(WarningLevel)
        return not any(
            (one.kind, one.limit) == (self.kind, self.limit) and levels.index(one.level) >= levels.index(self.level)
            for one in warned
        )

    def warning(self, now: datetime) -> GivenWarning:
        told = {"kind": self.kind, "level": self.level, "limit": self.limit, "message": self.message}
        return GivenWarning(**told, given_at=now, ends_at=self.ends_at)


def _standings(
    limits: Limits,
    lease_expires_at: datetime,
    warned: Sequence[GivenWarning],
    spent: Decimal,
    input_lost_since: datetime | None,
    now: datetime,
) -> Iterator[_Standing]:
    """The limits that are near or reached. In this order they end a session."""

    def ends(kind: WarningKind, limit: str, reached_at: datetime) -> tuple[datetime | None, datetime]:
        """The first warning of a limit, and when the session ends by it at the earliest."""
        given = [one.given_at for one in warned if (one.kind, one.limit) == (kind, limit)]
        return min(given, default=None), max(reached_at, min(given, default=now) + NOTICE)

    left = lease_expires_at - now
    if left <= LEASE_WARNING:
        limit = lease_expires_at.isoformat()
        warned_at, ends_at = ends(WarningKind.LEASE, limit, lease_expires_at)
        when = f"ends in {int(left.total_seconds() // 60)} min" if left > timedelta(0) else "is over"
        yield _Standing(
            kind=WarningKind.LEASE,
            level=_level(left, LAST_LEASE_WARNING),
            limit=limit,
            what=f"the session's longest duration {when}",
            remedy="extend it",
            ended_reason=EndedReason.MAX_DURATION,
            warned_at=warned_at,
            ends_at=ends_at,
        )
    budget = limits.budget
    if budget is not None and spent >= budget.usd * BUDGET_WARNING:
        level = WarningLevel.REACHED if spent >= budget.usd else WarningLevel.NEAR
        limit = _budget_limit(budget)
        warned_at, ends_at = ends(WarningKind.BUDGET, limit, now)
        ending = budget.when_spent is WhenSpent.END
        yield _Standing(
            kind=WarningKind.BUDGET,
            level=level,
            limit=limit,
            what=f"{spent:.2f} of {budget.usd:.2f} USD are spent",
            remedy="raise the budget",
            ended_reason=EndedReason.BUDGET if ending else None,
            warned_at=warned_at,
            ends_at=ends_at if ending and level is WarningLevel.REACHED else None,
        )
    if limits.idle_timeout is not None and input_lost_since is not None:
        idle_until = input_lost_since + timedelta(seconds=limits.idle_timeout)
        if idle_until - now <= IDLE_WARNING:
            limit = f"{input_lost_since.isoformat()}{_after(limits.idle_timeout)}"
            warned_at, ends_at = ends(WarningKind.IDLE, limit, idle_until)
            yield _Standing(
                kind=WarningKind.IDLE,
                level=_level(idle_until - now),
                limit=limit,
                what=f"no input since {input_lost_since:%H:%M} UTC",
                remedy="send some",
                ended_reason=EndedReason.INPUT_LOST,
                warned_at=warned_at,
                ends_at=ends_at,
            )


def _level(left: timedelta, imminent: timedelta = timedelta(0)) -> WarningLevel:
    if left <= timedelta(0):
        return WarningLevel.REACHED
    return WarningLevel.IMMINENT if left <= imminent else WarningLevel.NEAR


def _budget_limit(budget: Budget | None) -> str:
    """One that ends the session is another limit than one that only warns: who was told "it warns" was not warned."""
    return f"{budget.usd:.2f} USD, {budget.when_spent}" if budget is not None else ""


def _after(idle_timeout: int | None) -> str:
    return f" + {idle_timeout} s"
