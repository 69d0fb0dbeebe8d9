"""Lists of sessions, by the table's indexes: of a status, of an owner, of both, in pages whose cursors lead on."""

from __future__ import annotations

import base64
import re
from collections.abc import Iterator
from datetime import datetime
from typing import Any

from shared.domain.errors import FieldFault, InvalidRequest
from shared.domain.model import Value
from shared.domain.names import SESSION_ID_PATTERN
from shared.domain.session import FINISHED, SessionRecord, SessionStatus
from shared.gateways import table
from shared.gateways.clients import client
from shared.gateways.sessions import SESSION, record_of
from shared.gateways.settings import settings
from shared.gateways.translate import translated

#: How often one page looks on for sessions that fit both filters, before it gives what it has.
READS_A_PAGE = 10
#: How many sessions are read at once where all are wanted.
LARGEST_READ = 100


class SessionPage(Value):
    sessions: tuple[SessionRecord, ...]
    next_cursor: str | None


def page(status: SessionStatus | None, owner: str | None, limit: int, cursor: str | None) -> SessionPage:
    """One page of sessions, newest first: of that status, of that owner, of all.

    With both, a page may hold fewer than ``limit`` and still have a next. Raises ``InvalidRequest`` for a cursor that
    is not one of ours.
    """
    index, key = _listing(status, owner)
    [(attribute, wanted)] = key.items()
    request: dict[str, Any] = {
        "TableName": settings().table,
        "IndexName": index,
        "KeyConditionExpression": "#key = :key",
        "ExpressionAttributeNames": {"#key": attribute},
        "ExpressionAttributeValues": table.dump({":key": wanted}),
        "ScanIndexForward": False,
        "Limit": limit,
    }
    if cursor is not None:
        request["ExclusiveStartKey"] = table.dump({**_start_key(cursor), **key})
    found: list[table.Item] = []
    for _ in range(READS_A_PAGE):
        with translated("Query"):
            answer = client("dynamodb").query(**request)
        last = answer.get("LastEvaluatedKey")
        items = [table.load(item) for item in answer["Items"]]
        found += [item for item in items if status is None or item["status"] == status.value]
        if last is None or len(found) >= limit:
            break
        request["ExclusiveStartKey"] = last
    following = found[limit - 1] if len(found) > limit else table.load(last) if last else None
    return SessionPage(
        sessions=tuple(record_of(item) for item in found[:limit]),
        next_cursor=_cursor(following) if following else None,
    )


def unfinished() -> Iterator[SessionRecord]:
    """Every session that is not over, by the index, which may lag a moment behind. Read status by status: one whose
    status changes meanwhile may come twice, or not at all."""
    for status in sorted(set(SessionStatus) - FINISHED):
        cursor = None
        while True:
            found = page(status, None, LARGEST_READ, cursor)
            yield from found.sessions
            cursor = found.next_cursor
            if cursor is None:
                break


def _listing(status: SessionStatus | None, owner: str | None) -> tuple[str, table.Item]:
    """The index that holds the wanted sessions together, and its key. An owner's of one status are picked out of the
    owner's own: those are fewer than all of a status."""
    if owner is not None:
        return "by-owner", {"owner": owner}
    if status is not None:
        return "by-status", {"status": status.value}
    return "by-creation", {"listing": SESSION}


def _cursor(key: table.Item) -> str:
    """A cursor is the index's own key, opaque to callers."""
    session_id = key["pk"].removeprefix(table.session_pk(""))
    return base64.urlsafe_b64encode(f"{session_id} {key['created_at']}".encode()).decode().rstrip("=")


def _start_key(cursor: str) -> table.Item:
    try:
        text = base64.urlsafe_b64decode(cursor + "=" * (-len(cursor) % 4)).decode()
        session_id, created_at = text.split(" ")
        datetime.fromisoformat(created_at)
        if not re.fullmatch(SESSION_ID_PATTERN, session_id):
            raise ValueError("not a session's id")
    except ValueError:
        fault = FieldFault(field="cursor", message="is not a cursor of this list; leave it out to start again")
        raise InvalidRequest("cursor is not valid", (fault,)) from None
    return {"pk": table.session_pk(session_id), "sk": SESSION, "created_at": created_at}
