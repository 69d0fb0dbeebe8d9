"""EventBridge: putting events on the account's default bus."""

from __future__ import annotations

from collections.abc import Sequence

from shared.domain.bus_events import SOURCE, BusEvent
from shared.domain.errors import ServiceUnavailable
from shared.gateways.clients import client
from shared.gateways.translate import translated

#: PutEvents takes no more (EventBridge user guide, "Quotas").
_AT_ONCE = 10


def put(events: Sequence[BusEvent]) -> None:
    """Put events on the bus. Raises ``ServiceUnavailable`` when it does not take them all: some are out, and a
    repetition puts them out again."""
    for start in range(0, len(events), _AT_ONCE):
        entries = [
            {"Source": SOURCE, "DetailType": event.detail_type, "Detail": event.detail.model_dump_json()}
            for event in events[start : start + _AT_ONCE]
        ]
        with translated("PutEvents"):
            answer = client("events").put_events(Entries=entries)
        if answer["FailedEntryCount"]:
            codes = sorted({entry["ErrorCode"] for entry in answer["Entries"] if "ErrorCode" in entry})
            refused = f"{answer['FailedEntryCount']} of {len(entries)}"
            raise ServiceUnavailable(f"PutEvents: {refused} events are refused: {', '.join(codes)}")
