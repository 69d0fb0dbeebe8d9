"""EventBridge: ``MediaLive Channel Alert``. Keeps it true since when a running channel has had no input, and what
follows is decided.

The event is a hint and no more: it may be late, repeated, out of order, or of an earlier run (facts §1.1). So the
channel's alerts are asked for, whichever alert it was: one event in the place of another that was lost. A channel that
is not ours, or does not run, is left alone.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from shared.runtime.channel_events import owner_of, reconcile_at_rest
from shared.runtime.input_loss import look_at_input
from shared.runtime.invocation import trigger


@trigger
def handler(event: Mapping[str, Any], context: Any) -> None:
    owner = owner_of(event)
    if owner is None:
        return
    look_at_input(owner.session_id, owner.destination_id)
    reconcile_at_rest(owner.session_id)
