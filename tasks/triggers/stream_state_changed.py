"""EventBridge: ``IVS Stream State Change``. Keeps a destination's status true while its session is on the air.

A stream that has ended may have lost its channel: that is looked at, and what follows is decided.

The event is a hint and no more: it may be late or out of order (facts §1.3). So IVS is asked, and a channel that is not
ours, or whose session is not on the air or about to be, is left alone: a stream may begin before its session is called
live, and there is no second event.
"""

from __future__ import annotations

from collections.abc import Mapping
from contextlib import suppress
from typing import Any

from shared.domain.errors import SessionNotFound, Superseded
from shared.domain.session import DestinationStatus, SessionStatus, SessionView, channel_key
from shared.gateways import ledger, parking, sessions
from shared.runtime.invocation import bind, trigger
from shared.runtime.reconcile import reconcile
from shared.runtime.streams import status_on_air
from shared.runtime.waits import observe

_ON_AIR = frozenset({SessionStatus.STARTING, SessionStatus.LIVE})


@trigger
def handler(event: Mapping[str, Any], context: Any) -> None:
    arn = next(iter(event.get("resources", ())), "")
    owner = parking.owner_of(arn) if arn else None
    if owner is None:
        return
    bind(session_id=owner.session_id, destination_id=owner.destination_id)
    with suppress(SessionNotFound, Superseded):
        view = sessions.view(owner.session_id)
        if view.record.status not in _ON_AIR:
            return
        before = next(one.status for one in view.destinations if one.destination_id == owner.destination_id)
        after = status_on_air(owner.session_id, owner.destination_id, before)
        if after is not before and before is not DestinationStatus.ERRORED:
            ledger.set_destination(owner.session_id, view.record.operation.number, owner.destination_id, after)
        if after is DestinationStatus.RETRYING and not view.record.is_busy():
            _look_at_its_channel(view, owner.destination_id)


def _look_at_its_channel(view: SessionView, destination_id: str) -> None:
    row = next((one for one in view.resources if one.key == channel_key(destination_id)), None)
    if row is not None and row.resource_id is not None:
        observe(row.resource_id)
    reconcile(view.record.session_id)
