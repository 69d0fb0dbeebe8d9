"""Sessions in the table: creating, reading, listing, and the claims by which operations take their turn."""

from __future__ import annotations

import base64
import re
from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Any

from shared.domain.errors import FieldFault, InvalidRequest, NotAllowedNow, SessionNotFound, Superseded, WriteConflict
from shared.domain.model import Value
from shared.domain.names import SESSION_ID_PATTERN
from shared.domain.session import (
    DestinationState,
    Operation,
    Resource,
    SessionRecord,
    SessionStatus,
    SessionView,
    StatusChange,
)
from shared.gateways import table
from shared.gateways.clients import client
from shared.gateways.settings import settings
from shared.gateways.translate import ConditionFailed, translated

SESSION = "SESSION"


class IdempotencyKey(Value):
    """An ``Idempotency-Key`` in use: a hash of owner and key, a hash of the body, and the session that it made."""

    key_hash: str
    body_hash: str
    session_id: str
    expires_at: int


class SessionPage(Value):
    sessions: tuple[SessionRecord, ...]
    next_cursor: str | None


def session_pk(session_id: str) -> str:
    return f"SESSION#{session_id}"


def create(record: SessionRecord, destinations: Sequence[DestinationState], key: IdempotencyKey | None) -> None:
    """Write a new session with its first operation claimed. Raises ``ConditionFailed`` when the key is in use."""
    writes = [{"Put": table.put_request(_item(record), "attribute_not_exists(pk)")}]
    if key is not None:
        writes.append(
            {
                "Put": table.put_request(
                    {"pk": f"IDEMPOTENCY#{key.key_hash}", "sk": "KEY", **key.model_dump()},
                    "attribute_not_exists(pk) OR expires_at < :now",
                    {":now": int(record.created_at.timestamp())},
                )
            }
        )
    writes += [{"Put": table.put_request(_destination_item(record.session_id, one))} for one in destinations]
    try:
        table.transact(*writes)
    except ConditionFailed:
        if table.get(session_pk(record.session_id), SESSION) is None:  # else it is ours, and its answer was lost
            raise


def find_idempotency_key(key_hash: str, now: datetime) -> IdempotencyKey | None:
    item = table.get(f"IDEMPOTENCY#{key_hash}", "KEY")
    if item is None or item["expires_at"] < now.timestamp():
        return None
    return IdempotencyKey.model_validate(_own(item))


def get(session_id: str) -> SessionRecord:
    """Raises ``SessionNotFound``."""
    item = table.get(session_pk(session_id), SESSION)
    if item is None:
        raise SessionNotFound(f"no session {session_id}")
    return _record(item)


def view(session_id: str) -> SessionView:
    """The session with its destinations and its ledger. Raises ``SessionNotFound``."""
    items = table.query(session_pk(session_id))
    sessions = [item for item in items if item["sk"] == SESSION]
    if not sessions:
        raise SessionNotFound(f"no session {session_id}")
    return SessionView(
        record=_record(sessions[0]),
        destinations=_destinations(items),
        resources=tuple(Resource.model_validate(_own(item)) for item in items if item["sk"].startswith("RES#")),
    )


def destinations(session_id: str) -> tuple[DestinationState, ...]:
    return _destinations(table.query(session_pk(session_id), "DEST#"))


def page(status: SessionStatus | None, limit: int, cursor: str | None) -> SessionPage:
    """One page of sessions, newest first. Raises ``InvalidRequest`` for a cursor that is not one of ours."""
    by_status = status is not None
    request: dict[str, Any] = {
        "TableName": settings().table,
        "IndexName": "by-status" if by_status else "by-creation",
        "KeyConditionExpression": "#status = :wanted" if by_status else "listing = :wanted",
        "ExpressionAttributeValues": table.dump({":wanted": status.value if status else SESSION}),
        "ScanIndexForward": False,
        "Limit": limit,
    }
    if by_status:
        request["ExpressionAttributeNames"] = {"#status": "status"}
    if cursor is not None:
        request["ExclusiveStartKey"] = table.dump(_start_key(cursor, status))
    with translated("Query"):
        answer = client("dynamodb").query(**request)
    last = answer.get("LastEvaluatedKey")
    return SessionPage(
        sessions=tuple(_record(table.load(item)) for item in answer["Items"]),
        next_cursor=_cursor(table.load(last)) if last else None,
    )


def claim(record: SessionRecord, operation: Operation, changes: Mapping[str, Any], change: StatusChange) -> None:
    """Take the next operation's number, in one conditional write, unless the session has finished.

    Raises ``NotAllowedNow`` when another was faster.

    Whatever status the older operation has moved to meanwhile, the newer one's holds. A claim whose answer was lost is
    found in the record by its repetition, and holds too.
    """
    sets = {
        **changes,
        "fence": operation.number,
        "operation": operation.model_dump(mode="json"),
        "previous_execution_arn": record.operation.execution_arn,
    }
    condition = "fence = :fence AND #status <> :ended AND #status <> :failed"
    finished = {":ended": SessionStatus.ENDED.value, ":failed": SessionStatus.FAILED.value}
    seen = {":fence": record.operation.number, **finished}
    try:
        table.update(_status_update(record.session_id, change, sets, condition, seen))
    except ConditionFailed:
        if get(record.session_id).operation != operation:
            raise NotAllowedNow(f"another operation on session {record.session_id} was faster; look again") from None


def advance(record: SessionRecord, operation: int, change: StatusChange, **changes: Any) -> None:
    """Move the session to a status, with further attributes. A repeated call finds it there and changes nothing.

    Raises ``Superseded`` once a newer operation has begun, ``WriteConflict`` when the status has changed meanwhile.
    """
    if record.status is change.status:
        return
    condition, seen = "fence = :fence AND #status = :seen", {":fence": operation, ":seen": record.status.value}
    try:
        table.update(_status_update(record.session_id, change, changes, condition, seen))
    except ConditionFailed:
        current = get(record.session_id)
        if current.operation.number != operation:
            raise superseded(record.session_id, operation) from None
        if current.status is not change.status:
            raise WriteConflict(f"session {record.session_id} is {current.status} already") from None


def note_request(record: SessionRecord, in_flight_until: datetime) -> None:
    """Say that a request is at work on the session, and until when. Raises ``Superseded``."""
    sets = {"request_in_flight_until": _iso(in_flight_until)}
    fence = {":fence": record.operation.number}
    try:
        table.update(table.update_request(session_pk(record.session_id), SESSION, sets, "fence = :fence", fence))
    except ConditionFailed:
        raise superseded(record.session_id, record.operation.number) from None


def superseded(session_id: str, operation: int) -> Superseded:
    return Superseded(f"operation {operation} of session {session_id} has been superseded by a newer one")


def _status_update(
    session_id: str, change: StatusChange, changes: Mapping[str, Any], condition: str, values: Mapping[str, Any]
) -> dict[str, Any]:
    sets = {**changes, "status": change.status.value, "updated_at": _iso(change.at)}
    timeline = {"timeline": [change.model_dump(mode="json")]}
    return table.update_request(session_pk(session_id), SESSION, sets, condition, values, timeline)


def _item(record: SessionRecord) -> table.Item:
    return {
        "pk": session_pk(record.session_id),
        "sk": SESSION,
        "listing": SESSION,
        "fence": record.operation.number,
        **record.model_dump(mode="json"),
    }


def _destination_item(session_id: str, state: DestinationState) -> table.Item:
    return {"pk": session_pk(session_id), "sk": f"DEST#{state.destination_id}", **state.model_dump(mode="json")}


def _destinations(items: Sequence[table.Item]) -> tuple[DestinationState, ...]:
    return tuple(DestinationState.model_validate(_own(item)) for item in items if item["sk"].startswith("DEST#"))


def _record(item: table.Item) -> SessionRecord:
    return SessionRecord.model_validate(
        {name: value for name, value in _own(item).items() if name not in ("listing", "fence")}
    )


def _own(item: table.Item) -> table.Item:
    return {name: value for name, value in item.items() if name not in ("pk", "sk")}


def _iso(moment: datetime) -> str:
    return moment.isoformat().replace("+00:00", "Z")


def _cursor(key: table.Item) -> str:
    """A cursor is the index's own key, opaque to callers."""
    session_id = key["pk"].removeprefix(session_pk(""))
    return base64.urlsafe_b64encode(f"{session_id} {key['created_at']}".encode()).decode().rstrip("=")


def _start_key(cursor: str, status: SessionStatus | None) -> table.Item:
    try:
        text = base64.urlsafe_b64decode(cursor + "=" * (-len(cursor) % 4)).decode()
        session_id, created_at = text.split(" ")
        datetime.fromisoformat(created_at)
        if not re.fullmatch(SESSION_ID_PATTERN, session_id):
            raise ValueError("not a session's id")
    except ValueError:
        fault = FieldFault(field="cursor", message="is not a cursor of this list; leave it out to start again")
        raise InvalidRequest("cursor is not valid", (fault,)) from None
    index = {"status": status.value} if status is not None else {"listing": SESSION}
    return {"pk": session_pk(session_id), "sk": SESSION, "created_at": created_at, **index}
