"""Requests that are answered once: who has claimed an ``Idempotency-Key`` for which request, and what came of it.

A session's key is written with the session itself (``shared/gateways/sessions.py``); these are the keys of what is
asked of a session that exists.
"""

from __future__ import annotations

from datetime import datetime

from shared.domain.errors import WriteConflict
from shared.domain.model import Value
from shared.gateways import table
from shared.gateways.translate import ConditionFailed

ACTION = "ACTION"


class Claim(Value):
    """A key in use: hashes of whose and for what it is and of the body, and the ``outcome`` once there is one."""

    key_hash: str
    body_hash: str
    expires_at: int
    outcome: str | None = None


def claim(wanted: Claim, now: datetime) -> Claim | None:
    """Take the key; None if that succeeded, else the claim that has it. Raises ``WriteConflict`` if that is gone."""
    item = {"pk": _pk(wanted.key_hash), "sk": ACTION, **table.stored(wanted)}
    try:
        table.put(item, "attribute_not_exists(pk) OR expires_at < :now", {":now": int(now.timestamp())})
    except ConditionFailed:
        found = table.get(_pk(wanted.key_hash), ACTION)
        if found is None:
            raise WriteConflict("the Idempotency-Key's time is just over; send the request again") from None
        return table.value(Claim, found)
    return None


def note_outcome(key_hash: str, outcome: str) -> None:
    """Say what came of the request that has the key. Of two that were at work on it, both say the same."""
    table.update(table.update_request(_pk(key_hash), ACTION, {"outcome": outcome}))


def _pk(key_hash: str) -> str:
    return f"IDEMPOTENCY#{key_hash}"
