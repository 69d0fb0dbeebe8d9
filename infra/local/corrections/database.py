"""DynamoDB: one request at a time, each in time that does not grow with the whole table."""

from __future__ import annotations

import copy
import threading
from typing import Any

from infra.local.corrections.engine import Correction, replace


def _apply_lock() -> None:
    from moto.dynamodb.responses import DynamoHandler

    lock = threading.RLock()
    call_action = DynamoHandler.call_action

    def one_at_a_time(self: Any) -> Any:
        with lock:
            return call_action(self)

    replace(DynamoHandler, "call_action", one_at_a_time)


def _apply_query() -> None:
    from moto.dynamodb.models.table import Table

    look: Any = Table.query
    index = 6  # where the index's name is among the arguments after the hash key

    def query(self: Any, hash_key: Any, *args: Any, **kwargs: Any) -> Any:
        if args[index] is not None or hash_key is None:
            return look(self, hash_key, *args, **kwargs)
        everything = self.items
        partition = everything.get(hash_key, {})
        comparison, wanted = args[0], args[1]
        if comparison == ">=" and wanted[0].type == "S":
            partition = {place: item for place, item in partition.items() if place.value >= wanted[0].value}
        self.items = {hash_key: partition}
        try:
            return look(self, hash_key, *args, **kwargs)
        finally:
            self.items = everything

    replace(Table, "query", query)


def _apply_transactions() -> None:
    from moto.dynamodb.models import DynamoDBBackend
    from moto.dynamodb.models import table as tables
    from moto.dynamodb.models.dynamo_type import DynamoType

    table: Any = tables.Table
    write: Any = DynamoDBBackend.transact_write_items
    touched: list[dict[str, Any]] = []

    def transact_write_items(self: Any, transact_items: list[dict[str, Any]]) -> None:
        for item in transact_items:
            operation: dict[str, Any] = next(iter(item.values()), {})
            touched.append(operation.get("Key") or operation.get("Item") or {})
        try:
            write(self, transact_items)
        finally:
            touched.clear()

    def copied(self: Any, memo: dict[int, Any]) -> Any:
        """What moto goes back to when the transaction fails: the items that it may write, as they were."""
        twin = copy.copy(self)
        twin.items = self.items.copy() if touched else copy.deepcopy(self.items, memo)
        for keys in touched:
            partition = DynamoType(keys[self.hash_key_attr]) if self.hash_key_attr in keys else None
            if partition not in self.items:
                continue
            if self.range_key_attr is None:
                twin.items[partition] = copy.deepcopy(self.items[partition], memo)
                continue
            if twin.items[partition] is self.items[partition]:
                twin.items[partition] = dict(self.items[partition])
            place = DynamoType(keys[self.range_key_attr])
            if place in twin.items[partition]:
                twin.items[partition][place] = copy.deepcopy(self.items[partition][place], memo)
        return twin

    replace(DynamoDBBackend, "transact_write_items", transact_write_items)
    table.__deepcopy__ = copied


CORRECTIONS = (
    Correction(
        "queries_look_at_their_partition",
        "moto sorts all items of a table for each Query and then throws away those of other partitions.",
        _apply_query,
    ),
    Correction(
        "transactions_copy_what_they_write",
        "moto copies the whole table, item by item, before each TransactWriteItems: 10 ms and more where a few "
        "sessions have been.",
        _apply_transactions,
    ),
    Correction(
        "dynamodb_loses_no_update",
        "moto's DynamoDB is not thread-safe: of 200 concurrent ADDs some are lost, and with them the ledger and the "
        "fencing numbers that a saga rests on.",
        _apply_lock,
    ),
)
