"""The table's stream: what changed in sessions' rows goes to the audit trail and, as ``onair`` events, to EventBridge;
and whoever asks ``GET /changes`` is told which sessions they are of.

Told from the stream, not by those who write: whatever is in the table is told, also when its writer died a moment
later. A change is told until all is done, so events may come twice, under the same id; a session's changes are told
in their order. The rows written here lie in other partitions, which the mapping's filter leaves out.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import UTC, datetime
from typing import Any

from shared.domain.audit import events_of, unreadable
from shared.domain.audit_events import AuditEvent, RecordedEvent
from shared.domain.bus_events import bus_event
from shared.domain.errors import OnAirError
from shared.domain.schema import upgraded
from shared.gateways import audit, bus, table
from shared.runtime.changes import tell_changes
from shared.runtime.invocation import trigger
from shared.runtime.log import logger, places

#: What PutEvents takes at once: so many events are either told or told again.
AT_ONCE = 10


@trigger
def handler(event: Mapping[str, Any], context: Any) -> dict[str, Any]:
    """Names the first record that could not be told; Lambda begins with it again."""
    told = [
        (record["dynamodb"]["SequenceNumber"], one)
        for record in event["Records"]
        for one in _events(record["dynamodb"])
    ]
    failed = _tell(told)
    if not _say_so(event["Records"]):
        failed = event["Records"][0]["dynamodb"]["SequenceNumber"]
    return {"batchItemFailures": [{"itemIdentifier": failed}] if failed else []}


def _events(change: Mapping[str, Any]) -> list[RecordedEvent]:
    """The events of one change. Their ids follow from its place in the stream, which a repetition does not change."""
    at = datetime.fromtimestamp(int(change["ApproximateCreationDateTime"]), UTC)
    place = f"{at:%Y%m%dT%H%M%SZ}-{change['SequenceNumber']:0>40}"
    return [
        RecordedEvent(**one.model_dump(), event_id=f"{place}-{index:02}")
        for index, one in enumerate(_meaning(change, at))
    ]


def _meaning(change: Mapping[str, Any], at: datetime) -> tuple[AuditEvent, ...]:
    """A row that can't be read is a fault of ours. It is told as such: all other sessions' changes wait behind it."""
    images = (table.load(change[name]) if name in change else None for name in ("OldImage", "NewImage"))
    try:
        before, after = (upgraded(image) if image is not None else None for image in images)
        return events_of(before, after, at)
    except Exception as error:
        logger.error("fault", extra={"kind": type(error).__name__, "at": places(error.__traceback__)})
        return (unreadable(table.load(change["Keys"]), at),)


def _tell(told: list[tuple[str, RecordedEvent]]) -> str | None:
    """Write and publish in order; the record at which it came to a halt, or None."""
    for start in range(0, len(told), AT_ONCE):
        events = [event for _, event in told[start : start + AT_ONCE]]
        try:
            audit.write(events)
            bus.put([found for event in events if (found := bus_event(event)) is not None])
        except OnAirError as error:
            logger.warning("%s", error.name(), extra={"detail": error.detail})
            return told[start][0]
    return None


def _say_so(records: Sequence[Mapping[str, Any]]) -> bool:
    """Say which sessions have changed, once for the batch. False if that can't be said.

    After the events, so that whoever reads the trail on hearing of it finds them there; and also when these could not
    be told, since what a session is does not wait for EventBridge.
    """
    changed = dict.fromkeys(table.load(record["dynamodb"]["Keys"])["pk"] for record in records)
    try:
        tell_changes(
            [pk.removeprefix(table.session_pk("")) for pk in changed], records[0]["dynamodb"]["SequenceNumber"]
        )
    except OnAirError as error:
        logger.warning("%s", error.name(), extra={"detail": error.detail})
        return False
    return True
