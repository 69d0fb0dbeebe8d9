"""The flows that sessions take their source from: who looks for forgotten outputs looks at these, and at no other.

A row is written before an output is added, so that no output of ours is on a flow that is not known.
"""

from __future__ import annotations

from contextlib import suppress
from datetime import datetime

from shared.domain.model import Value
from shared.gateways import table
from shared.gateways.translate import ConditionFailed


class KnownFlow(Value):
    """``used_at`` is when a session last added an output; ``looked_at`` when a sweep last looked at the flow."""

    flow_arn: str
    used_at: datetime
    looked_at: datetime | None = None


def note_use(flow_arn: str, now: datetime) -> None:
    """Say that an output is about to be added to a flow."""
    table.put({"pk": "STAGE", "sk": _sk(flow_arn), "flow_arn": flow_arn, "used_at": table.iso(now)})


def known_flows() -> list[KnownFlow]:
    return [table.value(KnownFlow, item) for item in table.query("STAGE", _sk(""))]


def note_look(flow: KnownFlow, now: datetime) -> None:
    """Say that a flow was looked at; one that was forgotten meanwhile stays so."""
    with suppress(ConditionFailed):
        sets = {"looked_at": table.iso(now)}
        table.update(table.update_request("STAGE", _sk(flow.flow_arn), sets, "attribute_exists(pk)"))


def forget(flow: KnownFlow) -> None:
    """Look at a flow no more, unless a session has come to use it meanwhile."""
    with suppress(ConditionFailed):
        used = {":used": table.iso(flow.used_at)}
        table.delete("STAGE", _sk(flow.flow_arn), "used_at = :used", used)


def _sk(flow_arn: str) -> str:
    return f"FLOW#{flow_arn}"
