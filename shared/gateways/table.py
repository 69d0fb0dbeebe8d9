"""The one DynamoDB table: reading and writing items as plain dicts. Used by the gateways that know what an item means.

Every item that is written whole tells its version (``schema``). Rows, by partition key (``pk``) and sort key (``sk``):

    SESSION#<id>   SESSION            the session, with ``fence``: the number of the operation that owns it
                   DEST#<id>          a destination's state
                   RES#<key>          a resource of the ledger
                   RUN#<id>#<number>  one run of a channel: when it was started, seen running, seen stopped
                   REC#<id>           a recording
    EVENTS#<id>    EVENT#<event id>   one event of a session's audit trail
    CHANNEL#<id>   OWNER              which session and destination a MediaLive or IVS channel belongs to
                   WAIT#<wanted>      the task token of a parked step, for a day at most
    FLOW#<arn>     LOCK               who may write to a flow just now
    STAGE          LOCK               who may write to the security groups just now
                   QUOTA              what sessions have reserved of the quotas
                   GROUP#<number>     a security group of the stage: which sessions need which address
                   FLOW#<arn>         a flow that sessions take their source from, with when one last did
    ORPHANS        <kind>#<id>        a resource that no living session owns, as the last sweep saw it
    SWEEPS         <sweep id>         what a sweep was asked, found and did, for a week
    CHANGES        CHANGE#<time>#<batch>  which sessions changed in one batch of the stream, for an hour
    IDEMPOTENCY#…  KEY                which session an Idempotency-Key made, for 24 hours
                   ACTION             what came of a request with an Idempotency-Key to a session, for 24 hours
"""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from datetime import datetime
from typing import Any, TypeVar

from pydantic import BaseModel

from shared.domain.errors import Throttled
from shared.domain.schema import SCHEMA, upgraded
from shared.gateways.attributes import from_wire, to_wire
from shared.gateways.clients import client
from shared.gateways.settings import settings
from shared.gateways.translate import translated

Item = dict[str, Any]
V = TypeVar("V", bound=BaseModel)

#: BatchWriteItem takes no more (DynamoDB developer guide, "Quotas").
_AT_ONCE = 25


def get(pk: str, sk: str) -> Item | None:
    """One item, read consistently, or None."""
    with translated("GetItem"):
        found = client("dynamodb").get_item(TableName=settings().table, Key=_key(pk, sk), ConsistentRead=True)
    return load(found["Item"]) if "Item" in found else None


def query(pk: str, prefix: str = "") -> list[Item]:
    """Every item of a partition whose sort key begins with ``prefix``, read consistently."""
    items: list[Item] = []
    request: Item = {
        "TableName": settings().table,
        "KeyConditionExpression": "pk = :pk AND begins_with(sk, :prefix)" if prefix else "pk = :pk",
        "ExpressionAttributeValues": dump({":pk": pk, **({":prefix": prefix} if prefix else {})}),
        "ConsistentRead": True,
    }
    while True:
        with translated("Query"):
            page = client("dynamodb").query(**request)
        items += [load(item) for item in page["Items"]]
        if "LastEvaluatedKey" not in page:
            return items
        request["ExclusiveStartKey"] = page["LastEvaluatedKey"]


def put(item: Item, condition: str | None = None, values: Mapping[str, Any] | None = None) -> None:
    """Write an item whole. Raises ``ConditionFailed``."""
    with translated("PutItem"):
        client("dynamodb").put_item(**put_request(item, condition, values))


def delete(pk: str, sk: str, condition: str | None = None, values: Mapping[str, Any] | None = None) -> None:
    """Remove an item; one that is not there is done. Raises ``ConditionFailed``."""
    with translated("DeleteItem"):
        client("dynamodb").delete_item(TableName=settings().table, Key=_key(pk, sk), **_conditional(condition, values))


def update(request: Item) -> None:
    """One ``update_request``. Raises ``ConditionFailed``."""
    with translated("UpdateItem"):
        client("dynamodb").update_item(**request)


def transact(*writes: Item) -> None:
    """All of the writes (``{"Put": put_request(…)}`` and so on) or none. Raises ``ConditionFailed`` with the places
    that failed, or ``WriteConflict``: told apart, since the first is final and the second passes."""
    with translated("TransactWriteItems"):
        client("dynamodb").transact_write_items(TransactItems=list(writes))


def write_all(puts: Sequence[Item], deletes: Sequence[tuple[str, str]] = ()) -> None:
    """Write items whole and remove others, by their keys, whatever is there. Raises ``Throttled`` when some are not
    written: do it all again."""
    wanted = [{"PutRequest": {"Item": put_request(item)["Item"]}} for item in puts]
    wanted += [{"DeleteRequest": {"Key": _key(pk, sk)}} for pk, sk in deletes]
    for start in range(0, len(wanted), _AT_ONCE):
        writes = wanted[start : start + _AT_ONCE]
        with translated("BatchWriteItem"):
            answer = client("dynamodb").batch_write_item(RequestItems={settings().table: writes})
        if left := sum(len(unwritten) for unwritten in answer.get("UnprocessedItems", {}).values()):
            raise Throttled(f"BatchWriteItem: {left} of {len(writes)} writes are not done")


def put_request(item: Item, condition: str | None = None, values: Mapping[str, Any] | None = None) -> Item:
    """``item``, whole, in this version's words; one that tells its version (a newer one's, by ``value``) keeps it."""
    present = {"schema": SCHEMA, **{name: value for name, value in item.items() if value is not None}}
    return {"TableName": settings().table, "Item": dump(present), **_conditional(condition, values)}


def update_request(
    pk: str,
    sk: str,
    sets: Mapping[str, Any],
    condition: str | None = None,
    values: Mapping[str, Any] | None = None,
    appends: Mapping[str, Sequence[Any]] | None = None,
) -> Item:
    """SET each of ``sets``, and add to the lists of ``appends``.

    Attribute names are always passed as placeholders: half of them are reserved words.
    """
    appends = appends or {}
    every = {**sets, **appends}
    names = {f"#s{index}": name for index, name in enumerate(every)}
    wanted = {f":s{index}": value for index, value in enumerate(every.values())}
    conditional = _conditional(condition, {**(values or {}), **wanted})
    conditional.setdefault("ExpressionAttributeNames", {}).update(names)
    actions = [
        f"#s{index} = " + (f"list_append(#s{index}, :s{index})" if name in appends else f":s{index}")
        for index, name in enumerate(every)
    ]
    return {
        "TableName": settings().table,
        "Key": _key(pk, sk),
        "UpdateExpression": "SET " + ", ".join(actions),
        **conditional,
    }


def check_request(pk: str, sk: str, condition: str, values: Mapping[str, Any]) -> Item:
    return {"TableName": settings().table, "Key": _key(pk, sk), **_conditional(condition, values)}


def session_pk(session_id: str) -> str:
    """The partition of a session: its row, and all that belongs to it."""
    return f"SESSION#{session_id}"


def value(model: type[V], item: Mapping[str, Any], beside: Collection[str] = ()) -> V:
    """What an item holds, whichever version wrote it; ``beside``: attributes that are not the value's.

    What only a newer version knows of is kept in the value, seen by nobody, and ``stored`` with it again.
    """
    left_out = {"pk", "sk", *beside}
    return model.model_validate({key: one for key, one in upgraded(item).items() if key not in left_out}, extra="allow")


def stored(held: BaseModel) -> Item:
    """A value as its item holds it, with all that ``value`` has read."""
    found: Item = _stored(held, held.model_dump(mode="json"))
    return found


def _stored(held: Any, dumped: Any) -> Any:
    if isinstance(held, BaseModel) and isinstance(dumped, dict):
        known = {name: _stored(getattr(held, name), one) for name, one in dumped.items()}
        return {**(held.model_extra or {}), **known}
    if isinstance(held, list | tuple) and isinstance(dumped, list):
        return [_stored(one, other) for one, other in zip(held, dumped, strict=True)]
    if isinstance(held, dict) and isinstance(dumped, dict):
        return {key: _stored(one, dumped[key]) for key, one in zip(dumped, held.values(), strict=True)}
    return dumped


def iso(moment: datetime) -> str:
    """A moment as rows hold it, and as pydantic writes it."""
    return moment.isoformat().replace("+00:00", "Z")


def dump(values: Mapping[str, Any]) -> Item:
    return {name: to_wire(value) for name, value in values.items()}


def load(item: Mapping[str, Any]) -> Item:
    return {name: from_wire(value) for name, value in item.items()}


def _key(pk: str, sk: str) -> Item:
    return dump({"pk": pk, "sk": sk})


def _conditional(condition: str | None, values: Mapping[str, Any] | None) -> Item:
    request: Item = {}
    if condition is not None:
        request["ConditionExpression"] = condition
        names = {name: name[1:] for name in set(_placeholders(condition))}
        if names:
            request["ExpressionAttributeNames"] = names
    if values:
        request["ExpressionAttributeValues"] = dump(values)
    return request


def _placeholders(expression: str) -> Sequence[str]:
    """The ``#name`` placeholders of an expression, each of which stands for ``name``."""
    return [word for word in expression.replace("(", " ").replace(")", " ").split() if word.startswith("#")]
