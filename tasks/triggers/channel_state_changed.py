"""EventBridge: ``MediaLive Channel State Change``. Wakes the step that waits for that channel, if the wait is over; if
none waits, and the session is at rest, somebody else did it, and what follows is decided.

The event is a hint and no more: it may be late, repeated, or of an earlier run (facts §1.1). So the channel is
described, and a channel that is not ours is left alone.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from shared.gateways import parking
from shared.runtime.channel_events import owner_of, reconcile_at_rest
from shared.runtime.invocation import trigger
from shared.runtime.waits import look, observe


@trigger
def handler(event: Mapping[str, Any], context: Any) -> None:
    owner = owner_of(event)
    if owner is None:
        return
    steps = parking.parked(owner.channel_id)
    if steps:
        look(*steps)
        return
    observe(owner.channel_id)
    reconcile_at_rest(owner.session_id)
