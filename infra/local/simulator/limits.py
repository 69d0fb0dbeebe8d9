"""Rate limits on calls and quotas on resources (facts §4)."""

from __future__ import annotations

from infra.local.simulator.errors import ServiceError
from infra.local.simulator.settings import RateLimit
from infra.local.simulator.world import World


class TokenBucket:
    """Starts full; time is the clock's, so a fast clock refills fast."""

    def __init__(self) -> None:
        self._tokens: float | None = None
        self._at = 0.0

    def take(self, limit: RateLimit, now: float) -> bool:
        tokens = limit.burst if self._tokens is None else self._tokens + (now - self._at) * limit.rate
        self._tokens = min(float(limit.burst), tokens)
        self._at = now
        if self._tokens < 1 - 1e-3:  # the clock's floats have no more than microseconds
            return False
        self._tokens -= 1
        return True


def check_quota(world: World, existing: int, quota: int, message: str) -> None:
    """Refuse one more when ``quota`` of them exist. Only 'Too many push inputs' was ever seen; the others follow it."""
    if existing >= quota:
        raise ServiceError(world.alternatives.quota_error, message)
