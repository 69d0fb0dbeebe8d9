"""Resources without an owner, as the sweeps know them. Written by ``tasks/sweep``. A row is gone with its orphan."""

from __future__ import annotations

from collections.abc import Sequence

from shared.domain.orphans import Orphan, OrphanKind
from shared.gateways import table

_ORPHANS = "ORPHANS"


def orphans() -> tuple[Orphan, ...]:
    """All of them, as the last sweep that could look at them saw them."""
    return tuple(table.value(Orphan, item) for item in table.query(_ORPHANS))


def find(kind: OrphanKind, orphan_id: str) -> Orphan | None:
    item = table.get(_ORPHANS, f"{kind}#{orphan_id}")
    return None if item is None else table.value(Orphan, item)


def remember(there: Sequence[Orphan], gone: Sequence[Orphan] = ()) -> None:
    """Write what is known of orphans, and forget those that are there no more. Raises ``Throttled``."""
    puts = [{"pk": _ORPHANS, "sk": orphan.key, **table.stored(orphan)} for orphan in there]
    table.write_all(puts, [(_ORPHANS, orphan.key) for orphan in gone])
