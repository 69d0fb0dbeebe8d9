"""What a later version of OnAir may leave in the table when it is rolled back: all that this version writes, and more.

Used by the tests of decision 0023.
"""

from __future__ import annotations

from typing import Any

from infra.local.stage import Stage
from shared.domain.schema import SCHEMA
from shared.gateways import table
from shared.gateways.settings import settings

#: Whose keys are data, and not the names of fields.
MAPPINGS = frozenset({"users", "found"})
#: What the later version knows of, and this one does not.
UNKNOWN = {"only_of_the_next_version": {"number": 7, "nothing": None, "list": ["a"]}}


def of_the_next_version(row: dict[str, Any]) -> dict[str, Any]:
    """A row as the next version may write it: with a field more in each place where this version has fields."""
    return {**_more(row, ""), "schema": SCHEMA + 1}


def _more(node: Any, place: str) -> Any:
    if isinstance(node, dict):
        known = {name: _more(one, f"{place}.{name}".strip(".")) for name, one in node.items()}
        return known if place in MAPPINGS else {**known, **UNKNOWN}
    if isinstance(node, list):
        return [_more(one, place) for one in node]
    return node


def rewrite(stage: Stage) -> int:
    """Have the next version write all rows anew that stand in the table. How many."""
    client = stage.client("dynamodb")
    pages = client.get_paginator("scan").paginate(TableName=settings().table)
    rows = [table.load(item) for page in pages for item in page["Items"]]
    for row in rows:
        client.put_item(TableName=settings().table, Item=table.dump(of_the_next_version(row)))
    return len(rows)


def kept(stage: Stage) -> set[str]:
    """The kinds of rows that still say what only the next version knows, and that they are of it."""
    pages = stage.client("dynamodb").get_paginator("scan").paginate(TableName=settings().table)
    rows = [table.load(item) for page in pages for item in page["Items"]]
    return {row["sk"].partition("#")[0] for row in rows if UNKNOWN.items() <= row.items() and row["schema"] > SCHEMA}
