"""DynamoDB Streams: what a request has really changed, told once, in order, to the stage's streams."""

from __future__ import annotations

import functools
from collections.abc import Callable
from typing import Any

from infra.local.corrections.engine import ENGINE, Correction, replace
from infra.local.streams import Change

#: What the request under way has written: (table, old item, new item). DynamoDB's lock lets in one at a time.
_written: list[tuple[Any, Any, Any]] = []


def _note(shard: Any, old: Any, new: Any) -> None:
    """In the place of ``StreamShard.add``: once the request is over, what it has come to is told."""
    _written.append((shard.table, old, new))


def _or_nothing(method: Callable[..., Any]) -> Callable[..., Any]:
    """A write that fails has changed nothing, however far it came."""

    @functools.wraps(method)
    def write(self: Any, *args: Any, **kwargs: Any) -> Any:
        before = len(_written)
        try:
            return method(self, *args, **kwargs)
        except BaseException:
            del _written[before:]
            raise

    return write


def _changes() -> list[Change]:
    """One change for each item: moto writes a new item of UpdateItem twice, first its keys and then all of it."""
    items: dict[Any, tuple[Any, Any, Any]] = {}
    for table, old, new in _written:
        item = old if old is not None else new
        key = (table.name, item.hash_key, item.range_key)
        first = items.get(key)
        items[key] = (table, first[1] if first else _image(old), new)
    found = []
    for table, old, new in items.values():
        image = _image(new)
        if old != image:
            names = [name for name in (table.hash_key_attr, table.range_key_attr) if name]
            keys = {name: (image or old)[name] for name in names}
            found.append(Change(table.name, keys, old, image))
    return found


def _image(item: Any) -> dict[str, Any] | None:
    return None if item is None else item.to_json()["Attributes"]


def _apply() -> None:
    from moto.dynamodb.models import DynamoDBBackend
    from moto.dynamodb.models.table import StreamShard
    from moto.dynamodb.responses import DynamoHandler

    call_action = DynamoHandler.call_action

    def call_and_tell(self: Any) -> Any:
        _written.clear()
        answer = call_action(self)
        for change in _changes():
            ENGINE.changed(change)
        return answer

    replace(StreamShard, "add", _note)
    for name in ("update_item", "transact_write_items"):
        replace(DynamoDBBackend, name, _or_nothing(getattr(DynamoDBBackend, name)))
    replace(DynamoHandler, "call_action", call_and_tell)


CORRECTIONS = (
    Correction(
        "streams_tell_what_changed",
        "moto's streams tell of writes that changed nothing, and tell a new item of UpdateItem twice; here functions "
        "get one record for each item that a request has really changed.",
        _apply,
    ),
)
