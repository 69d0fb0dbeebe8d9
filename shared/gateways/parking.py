"""Parked steps: the task token of whoever waits for a channel's state, and which session a channel belongs to.

Stored before anybody looks at the channel, so that an event which comes in between finds it.
"""

from __future__ import annotations

import contextlib
from datetime import datetime, timedelta

from shared.domain.model import Value
from shared.domain.waits import Wanted
from shared.gateways import table
from shared.gateways.translate import ConditionFailed

#: No wait lasts so long. The token of one that comes so late that its channel is gone is removed by nobody else.
KEPT_FOR = timedelta(days=1)


class ParkedStep(Value):
    """``attempt`` never goes backwards: operation × 1000 + retry of the state.

    ``since`` is when the state was entered, the same in all its retries.
    """

    channel_id: str
    wanted: Wanted
    token: str
    attempt: int
    since: datetime


class ChannelOwner(Value):
    """Whose channel it is: a MediaLive channel by its id, an IVS channel by its ARN, as their events name them."""

    channel_id: str
    session_id: str
    destination_id: str


def park(step: ParkedStep) -> bool:
    """Store the token. False when a later attempt is parked already: the caller is a straggler and has nothing to
    do."""
    item = {
        "pk": _pk(step.channel_id),
        "sk": f"WAIT#{step.wanted.value}",
        "expires_at": int((step.since + KEPT_FOR).timestamp()),
        **table.stored(step),
    }
    try:
        table.put(item, "attribute_not_exists(pk) OR attempt <= :attempt", {":attempt": step.attempt})
    except ConditionFailed:
        return False
    return True


def parked(channel_id: str) -> tuple[ParkedStep, ...]:
    return tuple(_step(item) for item in table.query(_pk(channel_id), "WAIT#"))


def unpark(step: ParkedStep) -> None:
    """Remove the token, unless a later attempt has put its own there."""
    with contextlib.suppress(ConditionFailed):
        table.delete(
            _pk(step.channel_id), f"WAIT#{step.wanted.value}", "attempt = :attempt", {":attempt": step.attempt}
        )


def forget(channel_id: str) -> None:
    """Remove whatever is kept for a channel that is gone: its owner, and tokens of executions that were stopped."""
    for item in table.query(_pk(channel_id)):
        table.delete(item["pk"], item["sk"])


def set_owner(owner: ChannelOwner) -> None:
    table.put({"pk": _pk(owner.channel_id), "sk": "OWNER", **table.stored(owner)})


def owner_of(channel_id: str) -> ChannelOwner | None:
    """None for a channel that is not ours."""
    item = table.get(_pk(channel_id), "OWNER")
    if item is None:
        return None
    return table.value(ChannelOwner, item)


def _step(item: table.Item) -> ParkedStep:
    return table.value(ParkedStep, item, {"expires_at"})


def _pk(channel_id: str) -> str:
    return f"CHANNEL#{channel_id}"
