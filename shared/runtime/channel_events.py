"""What the triggers of a channel's events have in common: whose channel it is, and what follows at rest.

An event is a hint and no more: it may be late, repeated, or of an earlier run (facts §1.1).
"""

from __future__ import annotations

from collections.abc import Mapping
from contextlib import suppress
from typing import Any

from shared.domain.errors import SessionNotFound
from shared.gateways import parking, sessions
from shared.runtime.invocation import bind
from shared.runtime.reconcile import reconcile


def owner_of(event: Mapping[str, Any]) -> parking.ChannelOwner | None:
    """The owner of the MediaLive channel that an event is of, to which log and trace are bound; None for one that is
    not ours."""
    channel_id = str(event.get("detail", {}).get("channel_arn", "")).rpartition(":")[2]
    owner = parking.owner_of(channel_id) if channel_id else None
    if owner is not None:
        bind(channel_id=channel_id, session_id=owner.session_id, destination_id=owner.destination_id)
    return owner


def reconcile_at_rest(session_id: str) -> None:
    """Decide about a session, unless an operation is under way, which sees to its channels itself."""
    with suppress(SessionNotFound):
        if not sessions.get(session_id).is_busy():
            reconcile(session_id)
