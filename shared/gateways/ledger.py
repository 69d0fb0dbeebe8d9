"""The ledger: a row for each resource, written before the resource is made and kept after it is gone.

Every write but ``observe`` names the operation it belongs to and is refused (``Superseded``) once a newer operation has
begun, in the same transaction, so that a task that comes late can't write over what its successor knows.
"""

from __future__ import annotations

import contextlib
from datetime import datetime
from typing import Any

from shared.domain.errors import ErrorInfo
from shared.domain.session import DestinationState, DestinationStatus, Resource, ResourceState
from shared.gateways import table
from shared.gateways.sessions import SESSION, superseded
from shared.gateways.translate import ConditionFailed


def get(session_id: str, key: str) -> Resource | None:
    item = table.get(table.session_pk(session_id), f"RES#{key}")
    return None if item is None else _resource(item)


def resources(session_id: str) -> tuple[Resource, ...]:
    return tuple(_resource(item) for item in table.query(table.session_pk(session_id), "RES#"))


def intend(session_id: str, *rows: Resource) -> None:
    """Say that the resources are about to exist. Raises ``Superseded``."""
    _fenced(session_id, rows[0].operation, *({"Put": table.put_request(_item(session_id, row))} for row in rows))


def record(session_id: str, *rows: Resource) -> None:
    """Write what is known of resources now. Raises ``Superseded``."""
    intend(session_id, *rows)


def mark_deleted(session_id: str, operation: int, row: Resource, now: datetime) -> None:
    """The resource is gone, verified. Raises ``Superseded``."""
    gone = {"state": ResourceState.DELETED, "observed": "DELETED", "operation": operation, "updated_at": now}
    record(session_id, row.model_copy(update=gone))


def observe(session_id: str, key: str, observed: str, now: datetime, addresses: tuple[str, ...] = ()) -> None:
    """Note the state that AWS told, and where an input listens. With DELETED the resource is gone. Not fenced: it is a
    fact, whoever saw it.

    A row that is not there, or deleted already, is left so.
    """
    sets: dict[str, Any] = {"observed": observed, "updated_at": table.iso(now)}
    if addresses:
        sets["addresses"] = list(addresses)
    if observed == ResourceState.DELETED.name:
        sets["state"] = ResourceState.DELETED.value
    with contextlib.suppress(ConditionFailed):
        table.update(
            table.update_request(
                table.session_pk(session_id),
                f"RES#{key}",
                sets,
                "attribute_exists(pk) AND #state <> :deleted",
                {":deleted": ResourceState.DELETED.value},
            )
        )


def set_destination(
    session_id: str, operation: int, destination_id: str, status: DestinationStatus, error: ErrorInfo | None = None
) -> None:
    """A destination's status. Raises ``Superseded``."""
    state = DestinationState(destination_id=destination_id, status=status, error=error)
    item = {"pk": table.session_pk(session_id), "sk": f"DEST#{destination_id}", **table.stored(state)}
    _fenced(session_id, operation, {"Put": table.put_request(item)})


def _fenced(session_id: str, operation: int, *writes: dict[str, Any]) -> None:
    check = table.check_request(table.session_pk(session_id), SESSION, "fence = :fence", {":fence": operation})
    try:
        table.transact({"ConditionCheck": check}, *writes)
    except ConditionFailed:
        raise superseded(session_id, operation) from None


def _item(session_id: str, row: Resource) -> table.Item:
    return {"pk": table.session_pk(session_id), "sk": f"RES#{row.key}", **table.stored(row)}


def _resource(item: table.Item) -> Resource:
    return table.value(Resource, item)
