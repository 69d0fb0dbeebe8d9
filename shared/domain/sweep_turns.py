"""Which sessions a sweep looks at, where there are too many for one: each has its turn, in one sweep after the other.

What a sweep lists and what comes of it travel in its execution's state, which takes 256 KiB, and a state that is larger
ends the execution in a way that nothing catches (Step Functions developer guide, "Quotas related to task executions";
facts §16): no session at all would be looked at. Asked by ``tasks/sweep/list_sessions.py``.
"""

from __future__ import annotations

from collections.abc import Collection
from datetime import datetime
from zlib import crc32

#: Between two scheduled sweeps, in seconds; a contract test compares it with serverless.yml.
SWEEPS_EVERY = 300
#: Of the 262,144 bytes of a state, which hold what is listed and what came of it; the rest is for turns that are
#: larger than others, and for what else a state holds.
_ROOM = 160_000
#: What a session takes, with what came of it; and each of its channels and streams, more.
_SESSION, _CHANNEL, _STREAM = 260, 24, 80


def turns(channels: Collection[int], streams: int = 0) -> int:
    """In how many sweeps every session has had its turn. ``channels``: how many each session has."""
    size = len(channels) * _SESSION + sum(channels) * _CHANNEL + streams * _STREAM
    return max(1, -(-size // _ROOM))


def has_turn(session_id: str, of: int, at: datetime) -> bool:
    """Whether it is the session's turn, ``of`` so many, in a sweep at that time. With one turn it always is."""
    return crc32(session_id.encode()) % of == int(at.timestamp()) // SWEEPS_EVERY % of
