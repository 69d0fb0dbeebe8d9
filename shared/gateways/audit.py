"""The audit trail in the table: one row an event, in a partition of its own beside the session's.

``EVENTS#<session>`` / ``EVENT#<event id>``: the id sorts by time, and is the same whenever a change is told again, so
that writing is repeatable. Rows are kept as long as the session's own.
"""

from __future__ import annotations

import base64
import re
from collections.abc import Sequence
from typing import Any

from shared.domain.audit_events import AuditKind, RecordedEvent
from shared.domain.errors import FieldFault, InvalidRequest, Throttled
from shared.domain.model import Value
from shared.gateways import table
from shared.gateways.clients import client
from shared.gateways.settings import settings
from shared.gateways.translate import translated

#: BatchWriteItem takes no more (DynamoDB developer guide, "Quotas").
_AT_ONCE = 25
_EVENT_ID = re.compile(r"\d{8}T\d{6}Z-\d{40}-\d{2}")


class AuditPage(Value):
    """Events of one session, oldest first. ``next_cursor`` is None on the last page."""

    events: tuple[RecordedEvent, ...]
    next_cursor: str | None


def write(events: Sequence[RecordedEvent]) -> None:
    """Write events; those that are there already stay as they are. Raises ``Throttled`` when some are not written."""
    for start in range(0, len(events), _AT_ONCE):
        puts = [
            {"PutRequest": {"Item": table.put_request(_item(event))["Item"]}}
            for event in events[start : start + _AT_ONCE]
        ]
        with translated("BatchWriteItem"):
            answer = client("dynamodb").batch_write_item(RequestItems={settings().table: puts})
        if left := sum(len(unwritten) for unwritten in answer.get("UnprocessedItems", {}).values()):
            raise Throttled(f"BatchWriteItem: {left} of {len(puts)} events are not written")


def page(session_id: str, limit: int, cursor: str | None) -> AuditPage:
    """One page of a session's trail. Raises ``InvalidRequest`` for a cursor that is not one of ours."""
    request: dict[str, Any] = {
        "TableName": settings().table,
        "KeyConditionExpression": "pk = :pk AND begins_with(sk, :prefix)",
        "ExpressionAttributeValues": table.dump({":pk": _pk(session_id), ":prefix": _sk("")}),
        "ConsistentRead": True,
        "Limit": limit,
    }
    if cursor is not None:
        request["ExclusiveStartKey"] = table.dump({"pk": _pk(session_id), "sk": _sk(_event_id(cursor))})
    with translated("Query"):
        answer = client("dynamodb").query(**request)
    last = answer.get("LastEvaluatedKey")
    return AuditPage(
        events=tuple(_event(table.load(item)) for item in answer["Items"]),
        next_cursor=_cursor(table.load(last)["sk"].removeprefix(_sk(""))) if last else None,
    )


def of_kind(session_id: str, kind: AuditKind) -> list[RecordedEvent]:
    """Every event of one kind in a session's trail, oldest first. Reads all of the trail."""
    request: dict[str, Any] = {
        "TableName": settings().table,
        "KeyConditionExpression": "pk = :pk AND begins_with(sk, :prefix)",
        "FilterExpression": "#kind = :kind",
        "ExpressionAttributeNames": {"#kind": "kind"},
        "ExpressionAttributeValues": table.dump({":pk": _pk(session_id), ":prefix": _sk(""), ":kind": kind.value}),
        "ConsistentRead": True,
    }
    with translated("Query"):
        pages = client("dynamodb").get_paginator("query").paginate(**request)
        return [_event(table.load(item)) for page in pages for item in page["Items"]]


def _item(event: RecordedEvent) -> table.Item:
    told = event.model_dump(mode="json", exclude_none=True)
    if event.recording is not None and event.recording.duration is not None:
        told["recording"]["duration"] = str(event.recording.duration)  # DynamoDB takes no floats
    return {"pk": _pk(event.session_id), "sk": _sk(event.event_id), **told}


def _event(item: table.Item) -> RecordedEvent:
    return table.value(RecordedEvent, item)


def _pk(session_id: str) -> str:
    return f"EVENTS#{session_id}"


def _sk(event_id: str) -> str:
    return f"EVENT#{event_id}"


def _cursor(event_id: str) -> str:
    """A cursor is the last event's id, opaque to callers."""
    return base64.urlsafe_b64encode(event_id.encode()).decode().rstrip("=")


def _event_id(cursor: str) -> str:
    try:
        event_id = base64.urlsafe_b64decode(cursor + "=" * (-len(cursor) % 4)).decode()
        if not _EVENT_ID.fullmatch(event_id):
            raise ValueError("not an event's id")
    except ValueError:
        fault = FieldFault(field="cursor", message="is not a cursor of this list; leave it out to start again")
        raise InvalidRequest("cursor is not valid", (fault,)) from None
    return event_id
