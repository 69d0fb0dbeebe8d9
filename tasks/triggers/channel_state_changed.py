"""EventBridge: ``MediaLive Channel State Change``. Wakes the step that waits for that channel, if the wait is over.

The event is a hint and no more: it may be late, repeated, or of an earlier run (facts §1.1). So the channel is
described, and a channel that is not ours is left alone.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from shared.gateways import parking
from shared.runtime.log import logger
from shared.runtime.waits import look, observe


def handler(event: Mapping[str, Any], context: Any) -> None:
    channel_id = str(event.get("detail", {}).get("channel_arn", "")).rpartition(":")[2]
    if not channel_id or parking.owner_of(channel_id) is None:
        return
    logger.thread_safe_clear_keys()
    logger.thread_safe_append_keys(channel_id=channel_id)
    steps = parking.parked(channel_id)
    if steps:
        look(*steps)
    else:
        observe(channel_id)
