"""Which sessions have changed, in the table: one row for each batch of its stream, for an hour.

``CHANGES`` / ``CHANGE#<when it was written>#<the batch's first change>``. Written by ``record_changes``, read by
``GET /changes``. One partition takes a thousand writes a second and gives three thousand reads (DynamoDB developer
guide, "Partition throughput"): a shard of the stream has a handful of batches a second, and each reader one read.
"""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime

from shared.domain.changes import KEPT, MOST_ROWS, ChangeRow
from shared.domain.errors import Throttled
from shared.gateways import table
from shared.gateways.clients import client
from shared.gateways.sessions import SESSION
from shared.gateways.settings import settings
from shared.gateways.translate import translated

_PK = "CHANGES"
#: BatchGetItem takes no more (DynamoDB developer guide, "Quotas").
_AT_ONCE = 100


def write(sessions: Sequence[str], at: datetime, batch: str) -> None:
    """Say that ``sessions`` have changed. ``batch`` names what the change was read from: at one time it is one row."""
    expires_at = int((at + KEPT).timestamp()) + 1
    table.put({"pk": _PK, "sk": f"{_sk(at)}#{batch}", "sessions": list(sessions), "expires_at": expires_at})


def since(begins: datetime) -> tuple[tuple[ChangeRow, ...], bool]:
    """The rows written from then on, newest first, and whether that is all: there may be more than are read at once.

    One read, consistent: what was written before it is in it.
    """
    request = {
        "TableName": settings().table,
        "KeyConditionExpression": "pk = :pk AND sk >= :begins",
        "ExpressionAttributeValues": table.dump({":pk": _PK, ":begins": _sk(begins)}),
        "ConsistentRead": True,
        "ScanIndexForward": False,
        "Limit": MOST_ROWS,
    }
    with translated("Query"):
        answer = client("dynamodb").query(**request)
    return tuple(_row(table.load(item)) for item in answer["Items"]), "LastEvaluatedKey" not in answer


def owners(session_ids: Sequence[str]) -> dict[str, str]:
    """Whose each session is, but for those that do not exist. Raises ``Throttled`` when some are not read."""
    found: dict[str, str] = {}
    for start in range(0, len(session_ids), _AT_ONCE):
        some = session_ids[start : start + _AT_ONCE]
        keys = [table.dump({"pk": table.session_pk(one), "sk": SESSION}) for one in some]
        wanted = {"Keys": keys, "ConsistentRead": True, "ProjectionExpression": "session_id, #owner"}
        request = {settings().table: {**wanted, "ExpressionAttributeNames": {"#owner": "owner"}}}
        with translated("BatchGetItem"):
            answer = client("dynamodb").batch_get_item(RequestItems=request)
        if answer.get("UnprocessedKeys"):
            raise Throttled("BatchGetItem: not all sessions were read")
        items = [table.load(item) for item in answer["Responses"].get(settings().table, ())]
        found |= {item["session_id"]: item["owner"] for item in items}
    return found


def _sk(at: datetime) -> str:
    """Sorts by time: always as long."""
    return f"CHANGE#{at:%Y-%m-%dT%H:%M:%S.%fZ}"


def _row(item: table.Item) -> ChangeRow:
    at = datetime.fromisoformat(item["sk"].split("#")[1])
    return ChangeRow(name=item["sk"], at=at, sessions=tuple(item["sessions"]))
