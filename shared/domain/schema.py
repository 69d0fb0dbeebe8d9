"""In which version's words rows and executions are written, and how an older row is read. Used by the gateways.

A deployment changes functions and machines while shows are on the air, and a roll-back does it again: what old code
has written is read by new code, and the other way round (docs/decisions/0023-a-deploy-in-mid-show.md).
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from typing import Any

Row = Mapping[str, Any]

#: What makes a row of each version into one of the next, keys and all; the first is for rows of version 1.
UPGRADES: Sequence[Callable[[Row], Row]] = ()
#: The version that is written now. What does not tell its version is of version 1.
SCHEMA = 1 + len(UPGRADES)


def upgraded(row: Row, upgrades: Sequence[Callable[[Row], Row]] = UPGRADES) -> dict[str, Any]:
    """A row as this version would have written it. One of a newer version stays as it is and goes on telling so: it is
    read for what is known of it, and whoever writes it back must not call it older."""
    version = int(row.get("schema", 1))
    if version > 1 + len(upgrades):
        return dict(row)
    found: Row = {name: value for name, value in row.items() if name != "schema"}
    for upgrade in upgrades[version - 1 :]:
        found = upgrade(found)
    return dict(found)
