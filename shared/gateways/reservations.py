"""What sessions have reserved of the quotas: one row, changed by one conditional write at a time.

The row (pk ``STAGE``, sk ``QUOTA``) has an attribute for each session, ``session <id>``, and the sums of them:
``push_inputs``, ``channels``, and ``outputs <flow arn>`` for each flow. A write that changes the one changes the other,
so the sums are right whatever is repeated, lost or done twice. ``seen`` and ``seen <flow arn>`` are how much else the
last look at AWS's lists found, and when: who comes right behind need not list everything again.
A session takes some 300 bytes of the row's 400 KB.
"""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime, timedelta
from typing import Any

from pydantic import Field

from shared.domain.errors import WriteConflict
from shared.domain.model import Value
from shared.domain.quotas import Held, QuotaLimits, QuotaUsage
from shared.domain.schema import upgraded
from shared.gateways import table
from shared.gateways.settings import settings
from shared.gateways.translate import ConditionFailed

_KEY = {"pk": "STAGE", "sk": "QUOTA"}
_HELD, _OUTPUTS, _SEEN = "session ", "outputs ", "seen"
#: Which of a session's reservations it is: a session that comes back has another.
_SINCE = "#held.#since"
#: What was seen so long ago still counts. It lets a request pass, and refuses none.
_FRESH = timedelta(minutes=1)
#: How often a release is tried while others write.
_LOOKS = 5


class SeenElsewhere(Value):
    """How many were in use beyond what is reserved, and when that was seen."""

    push_inputs: int = 0
    channels: int = 0
    flow_outputs: int = 0
    at: datetime

    def leaves(self, limits: QuotaLimits) -> QuotaLimits:
        """What it leaves of the limits."""
        return QuotaLimits(
            push_inputs=limits.push_inputs - self.push_inputs,
            channels=limits.channels - self.channels,
            flow_outputs=limits.flow_outputs - self.flow_outputs,
        )


class Reservations(Value):
    """The row. ``held`` by session id; ``outputs`` and ``seen_on`` by flow; ``seen`` in the region."""

    held: dict[str, Held] = Field(default_factory=dict)
    push_inputs: int = 0
    channels: int = 0
    outputs: dict[str, int] = Field(default_factory=dict)
    seen: SeenElsewhere | None = None
    seen_on: dict[str, SeenElsewhere] = Field(default_factory=dict)

    def lately(self, flow_arn: str, moment: datetime) -> SeenElsewhere | None:
        """What was seen a moment ago, in the region and on the flow, if there is one; None when it is too long ago."""
        seen, on = self.seen, self.seen_on.get(flow_arn)
        if seen is None or abs(moment - seen.at) > _FRESH:
            return None
        if not flow_arn:
            return seen
        if on is None or abs(moment - on.at) > _FRESH:
            return None
        return seen.model_copy(update={"flow_outputs": on.flow_outputs})


def read() -> Reservations:
    item = upgraded(table.get(_KEY["pk"], _KEY["sk"]) or {})
    found = {
        "held": {name[len(_HELD) :]: one for name, one in item.items() if name.startswith(_HELD)},
        "push_inputs": item.get("push_inputs", 0),
        "channels": item.get("channels", 0),
        "outputs": {name[len(_OUTPUTS) :]: one for name, one in item.items() if name.startswith(_OUTPUTS)},
        "seen": item.get(_SEEN),
        "seen_on": {name[len(_SEEN) + 1 :]: one for name, one in item.items() if name.startswith(f"{_SEEN} ")},
    }
    return table.value(Reservations, found)


def reserve(session_id: str, wanted: Held, limits: QuotaLimits, seen: QuotaUsage | None = None) -> bool:
    """Reserve for a session what it needs, if with that no more is reserved than ``limits``: one write, or none.

    False when it does not fit, or when the session holds something already: read again. A write whose answer was lost
    is found by its repetition. ``seen``: what was found in use beyond what is reserved, for those who come next.
    """
    room = {
        "#push_inputs": limits.push_inputs - wanted.push_inputs,
        "#channels": limits.channels - wanted.channels,
        **({"#outputs": limits.flow_outputs - wanted.flow_outputs} if wanted.flow_arn else {}),
    }
    if any(left < 0 for left in room.values()):
        return False
    fits = " AND ".join(f"(attribute_not_exists({sum}) OR {sum} <= :room_{sum[1:]})" for sum in room)
    adds, amounts = _amounts(wanted, 1)
    sets, names, values = _seen(seen, wanted.flow_arn, wanted.since)
    return _written(
        f"SET {_listed({'#held': ':held', **sets})} ADD {adds}",
        f"attribute_not_exists(#held) AND {fits}",
        {**_names(session_id, wanted), **names},
        {
            **amounts,
            **values,
            **{f":room_{sum[1:]}": left for sum, left in room.items()},
            ":held": wanted.model_dump(mode="json"),
        },
    )


def note_look(session_id: str, held: Held, seen: QuotaUsage | None, moment: datetime) -> None:
    """Say of a session's reservation that AWS's lists were counted, too. One that is not there is left so."""
    sets, names, values = _seen(seen, held.flow_arn, moment)
    _written(
        f"SET {_listed({'#held.#looked': ':true', **sets})}",
        f"{_SINCE} = :since",
        {"#held": f"{_HELD}{session_id}", "#looked": "looked", "#since": "since", **names},
        {":true": True, ":since": _since(held), **values},
    )


def release(session_id: str) -> bool:
    """Give back what a session has reserved. Repeatable: False when it holds nothing. Raises ``WriteConflict``."""
    for _ in range(_LOOKS):
        row = read()
        held = row.held.get(session_id)
        if held is None:
            return False
        last_of_flow = held.flow_arn and row.outputs.get(held.flow_arn) == held.flow_outputs
        adds, values = _amounts(held, -1)
        removes, condition = "#held", f"{_SINCE} = :since"
        if last_of_flow:  # what is known of a flow goes with its last session
            adds, values = _amounts(held.model_copy(update={"flow_arn": ""}), -1)
            removes, condition = "#held, #outputs, #seen_on", f"{condition} AND #outputs = :of_flow"
            values[":of_flow"] = held.flow_outputs
        names = {**_names(session_id, held), "#since": "since"}
        if last_of_flow:
            names["#seen_on"] = f"{_SEEN} {held.flow_arn}"
        if _written(f"REMOVE {removes} ADD {adds}", condition, names, {**values, ":since": _since(held)}):
            return True
    raise WriteConflict("the reservations are changing all the time; try again")


def _names(session_id: str, held: Held) -> dict[str, str]:
    names = {"#held": f"{_HELD}{session_id}", "#push_inputs": "push_inputs", "#channels": "channels"}
    return {**names, "#outputs": f"{_OUTPUTS}{held.flow_arn}"} if held.flow_arn else names


def _amounts(held: Held, times: int) -> tuple[str, dict[str, Any]]:
    """What to add to the sums, as an expression and its values."""
    amounts = {"push_inputs": held.push_inputs, "channels": held.channels}
    if held.flow_arn:
        amounts["outputs"] = held.flow_outputs
    return ", ".join(f"#{name} :{name}" for name in amounts), {f":{name}": n * times for name, n in amounts.items()}


def _seen(
    usage: QuotaUsage | None, flow_arn: str, moment: datetime
) -> tuple[dict[str, str], dict[str, str], dict[str, Any]]:
    """How much was found in use beyond what is reserved: what to set besides, its names and its values."""
    if usage is None:
        return {}, {}, {}
    region = SeenElsewhere(push_inputs=len(usage.push_inputs), channels=len(usage.channels), at=moment)
    flow = SeenElsewhere(flow_outputs=len(usage.flow_outputs), at=moment)
    found = {"seen": (_SEEN, region), **({"seen_on": (f"{_SEEN} {flow_arn}", flow)} if flow_arn else {})}
    return (
        {f"#{key}": f":{key}" for key in found},
        {f"#{key}": attribute for key, (attribute, _) in found.items()},
        {f":{key}": value.model_dump(mode="json") for key, (_, value) in found.items()},
    )


def _listed(sets: Mapping[str, str]) -> str:
    return ", ".join(f"{name} = {value}" for name, value in sets.items())


def _since(held: Held) -> Any:
    return held.model_dump(mode="json")["since"]


def _written(expression: str, condition: str, names: Mapping[str, str], values: Mapping[str, Any]) -> bool:
    """One conditional write; False when its condition does not hold."""
    request = {
        "TableName": settings().table,
        "Key": table.dump(_KEY),
        "UpdateExpression": expression,
        "ConditionExpression": condition,
        "ExpressionAttributeNames": dict(names),
        "ExpressionAttributeValues": table.dump(values),
    }
    try:
        table.update(request)
    except ConditionFailed:
        return False
    return True
