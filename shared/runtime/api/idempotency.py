"""What is asked of a session with an ``Idempotency-Key`` is done once, and answered alike for 24 hours."""

from __future__ import annotations

import hashlib
from collections.abc import Callable
from datetime import timedelta

from shared.domain.errors import IdempotencyKeyReused
from shared.gateways import idempotency
from shared.runtime.clock import now

KEPT_FOR = timedelta(hours=24)


def once(route: str, owner: str, key: str | None, body: bytes, perform: Callable[[], str]) -> str:
    """The outcome of ``perform``: of this call, or of the earlier one with the same key for this route and owner.

    The key is claimed first, and the outcome noted after. Whoever dies between the two leaves a claim without an
    outcome, and the repetition performs again: everything that is done this way answers alike when it has taken effect
    already. What is refused notes nothing, so that it may be allowed later. Raises ``IdempotencyKeyReused`` for another
    body, and whatever ``perform`` raises.
    """
    if key is None:
        return perform()
    wanted = idempotency.Claim(
        key_hash=digest(f"{route}\n{owner}\n{key}".encode()),
        body_hash=digest(body, key),
        expires_at=int((now() + KEPT_FOR).timestamp()),
    )
    earlier = idempotency.claim(wanted, now())
    if earlier is not None and earlier.body_hash != wanted.body_hash:
        raise IdempotencyKeyReused("the key belongs to another request to the same address")
    if earlier is not None and earlier.outcome is not None:
        return earlier.outcome
    outcome = perform()
    idempotency.note_outcome(wanted.key_hash, outcome)
    return outcome


def digest(data: bytes, key: str = "") -> str:
    """With a key it tells nobody, who has not the key, anything of what it is of: a body holds stream keys."""
    return hashlib.blake2b(data, key=hashlib.sha256(key.encode()).digest(), digest_size=32).hexdigest()
