"""What the sweeps know: resources without an owner, and the sweeps themselves. Written by ``tasks/sweep``.

An orphan's row is gone with the orphan. A sweep's row is kept for a week.
"""

from __future__ import annotations

from collections.abc import Sequence
from contextlib import suppress
from datetime import timedelta
from typing import Any

from shared.domain.errors import SweepNotFound
from shared.domain.orphans import Orphan, OrphanKind
from shared.domain.sweeps import Sweep
from shared.gateways import table
from shared.gateways.translate import ConditionFailed

KEPT_FOR = timedelta(days=7)
_ORPHANS, _SWEEPS = "ORPHANS", "SWEEPS"


def orphans() -> tuple[Orphan, ...]:
    """All of them, as the last sweep that could look at them saw them."""
    return tuple(Orphan.model_validate(table.own(item)) for item in table.query(_ORPHANS))


def find(kind: OrphanKind, orphan_id: str) -> Orphan | None:
    item = table.get(_ORPHANS, f"{kind}#{orphan_id}")
    return None if item is None else Orphan.model_validate(table.own(item))


def remember(there: Sequence[Orphan], gone: Sequence[Orphan] = ()) -> None:
    """Write what is known of orphans, and forget those that are there no more. Raises ``Throttled``."""
    puts = [{"pk": _ORPHANS, "sk": orphan.key, **orphan.model_dump(mode="json")} for orphan in there]
    table.write_all(puts, [(_ORPHANS, orphan.key) for orphan in gone])


def begin(sweep: Sweep) -> None:
    """Write a sweep down before it starts; one that is there stays as it is."""
    expires_at = int((sweep.started_at + KEPT_FOR).timestamp())
    item = {"pk": _SWEEPS, "sk": sweep.sweep_id, "expires_at": expires_at, **sweep.model_dump(mode="json")}
    with suppress(ConditionFailed):
        table.put(item, "attribute_not_exists(pk)")


def sweep(sweep_id: str) -> Sweep:
    """Raises ``SweepNotFound``."""
    item = table.get(_SWEEPS, sweep_id)
    if item is None:
        raise SweepNotFound(f"no sweep {sweep_id}")
    return Sweep.model_validate({name: value for name, value in table.own(item).items() if name != "expires_at"})


def note(sweep_id: str, after: Sweep, *names: str) -> None:
    """Write these fields of a sweep, as they are in ``after``."""
    dumped: dict[str, Any] = after.model_dump(mode="json")
    table.update(table.update_request(_SWEEPS, sweep_id, {name: dumped[name] for name in names}))
