"""EventBridge: ``MediaLive Channel State Change``. Wakes the step that waits for that channel, if the wait is over; if
none waits, and the session is at rest, somebody else did it, and what follows is decided.

The event is a hint and no more: it may be late, repeated, or of an earlier run (facts §1.1). So the channel is
described, and a channel that is not ours is left alone.
"""

from __future__ import annotations

from collections.abc import Mapping
from contextlib import suppress
from typing import Any

from shared.domain.errors import SessionNotFound
from shared.gateways import parking, sessions
from shared.runtime.log import logger
from shared.runtime.reconcile import reconcile
from shared.runtime.waits import look, observe


def handler(event: Mapping[str, Any], context: Any) -> None:
    channel_id = str(event.get("detail", {}).get("channel_arn", "")).rpartition(":")[2]
    owner = parking.owner_of(channel_id) if channel_id else None
    if owner is None:
        return
    logger.thread_safe_clear_keys()
    logger.thread_safe_append_keys(channel_id=channel_id, session_id=owner.session_id)
    steps = parking.parked(channel_id)
    if steps:
        look(*steps)
        return
    observe(channel_id)
    with suppress(SessionNotFound):
        if not sessions.get(owner.session_id).is_busy():
            reconcile(owner.session_id)
