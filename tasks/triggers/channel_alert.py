"""EventBridge: ``MediaLive Channel Alert``. Keeps it true since when a running channel has had no input, and what
follows is decided.

The event is a hint and no more: it may be late, repeated, out of order, or of an earlier run (facts §1.1). So the
channel's alerts are asked for, whichever alert it was: one event in the place of another that was lost. A channel that
is not ours, or does not run, is left alone.
"""

from __future__ import annotations

from collections.abc import Mapping
from contextlib import suppress
from typing import Any

from shared.domain.errors import SessionNotFound
from shared.gateways import parking, sessions
from shared.runtime.input_loss import look_at_input
from shared.runtime.log import logger
from shared.runtime.reconcile import reconcile


def handler(event: Mapping[str, Any], context: Any) -> None:
    channel_id = str(event.get("detail", {}).get("channel_arn", "")).rpartition(":")[2]
    owner = parking.owner_of(channel_id) if channel_id else None
    if owner is None:
        return
    logger.thread_safe_clear_keys()
    logger.thread_safe_append_keys(channel_id=channel_id, session_id=owner.session_id)
    look_at_input(owner.session_id, owner.destination_id)
    with suppress(SessionNotFound):
        if not sessions.get(owner.session_id).is_busy():
            reconcile(owner.session_id)
