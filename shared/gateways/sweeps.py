"""What each sweep was asked, found and did. Written by whoever begins one and by ``tasks/sweep``; kept for a week."""

from __future__ import annotations

from contextlib import suppress
from datetime import timedelta
from typing import Any

from shared.domain.errors import SweepNotFound
from shared.domain.sweeps import Sweep
from shared.gateways import table
from shared.gateways.translate import ConditionFailed

KEPT_FOR = timedelta(days=7)
_SWEEPS = "SWEEPS"


def begin(sweep: Sweep) -> None:
    """Write a sweep down before it starts; one that is there stays as it is."""
    expires_at = int((sweep.started_at + KEPT_FOR).timestamp())
    item = {"pk": _SWEEPS, "sk": sweep.sweep_id, "expires_at": expires_at, **table.stored(sweep)}
    with suppress(ConditionFailed):
        table.put(item, "attribute_not_exists(pk)")


def get(sweep_id: str) -> Sweep:
    """Raises ``SweepNotFound``."""
    item = table.get(_SWEEPS, sweep_id)
    if item is None:
        raise SweepNotFound(f"no sweep {sweep_id}")
    return table.value(Sweep, item, {"expires_at"})


def note(sweep_id: str, after: Sweep, *names: str) -> None:
    """Write these fields of a sweep, as they are in ``after``."""
    dumped: dict[str, Any] = table.stored(after)
    table.update(table.update_request(_SWEEPS, sweep_id, {name: dumped[name] for name in names}))
