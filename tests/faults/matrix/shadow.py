"""What the table says at this moment, kept beside it: whoever names a place asks at every call, and may make none.

Fed by the corrections with every change of an item. Read by ``places`` and by the judge.
"""

from __future__ import annotations

import threading
from collections.abc import Callable, Iterator
from typing import Any

from infra.local.corrections import ENGINE
from infra.local.stage import Stage
from infra.local.streams import Change
from shared.gateways import table

Image = dict[str, Any]


class Shadow:
    """All items, by partition and sort key, in wire form."""

    def __init__(self) -> None:
        self._items: dict[str, dict[str, Image]] = {}
        self._lock = threading.Lock()

    def attach(self, stage: Stage) -> None:
        """Follow a stage's table from now on; it must be empty."""
        self._items.clear()
        tell: Callable[[Change], None] = stage.streams.changed

        def changed(change: Change) -> None:
            pk, sk = change.keys["pk"]["S"], change.keys["sk"]["S"]
            with self._lock:
                rows = self._items.setdefault(pk, {})
                if change.new is None:
                    rows.pop(sk, None)
                else:
                    rows[sk] = change.new
            tell(change)

        ENGINE.bind(stage.clock, stage.endpoint_url, stage.lambdas.invoke, stage.bus.publish, changed)

    def item(self, pk: str, sk: str) -> Image | None:
        with self._lock:
            return self._items.get(pk, {}).get(sk)

    def rows(self, pk: str, prefix: str = "") -> list[tuple[str, Image]]:
        with self._lock:
            return sorted((sk, row) for sk, row in self._items.get(pk, {}).items() if sk.startswith(prefix))

    def everything(self) -> Iterator[tuple[str, str]]:
        """The keys of every item."""
        with self._lock:
            return iter([(pk, sk) for pk, rows in self._items.items() for sk in rows])

    def sessions(self) -> list[str]:
        """The ids of all sessions, oldest first."""
        with self._lock:
            found = [
                (rows["SESSION"]["created_at"]["S"], pk.removeprefix("SESSION#"))
                for pk, rows in self._items.items()
                if pk.startswith("SESSION#") and "SESSION" in rows
            ]
        return [session_id for _, session_id in sorted(found)]

    def session(self, session_id: str) -> Image | None:
        """A session's row as plain values, or None."""
        row = self.item(table.session_pk(session_id), "SESSION")
        return None if row is None else table.load(row)

    # Words for a place's state

    def status(self, session_id: str) -> str:
        """Where a session is: its status and the operation that owns it."""
        row = self.item(table.session_pk(session_id), "SESSION")
        if row is None:
            return "new"
        operation = row["operation"]["M"]
        done = "" if "S" in operation.get("finished_at", {}) else "…"
        return f"{row['status']['S']}/{operation['kind']['S']}{done}"

    def branch(self, session_id: str, destination_id: str | None) -> str:
        """What the ledger says of one branch; of all when there is no telling which."""
        states: dict[str, set[str]] = {}
        for sk, row in self.rows(table.session_pk(session_id), "RES#"):
            branch, _, name = sk.removeprefix("RES#").partition("/")
            if destination_id in (None, branch):
                states.setdefault(name, set()).add(row["state"]["S"])
        return " ".join(f"{name}={'|'.join(sorted(found))}" for name, found in sorted(states.items()))

    def owner(self, channel_id: str) -> tuple[str, str] | None:
        """Session and branch of a channel."""
        row = self.item(f"CHANNEL#{channel_id}", "OWNER")
        return None if row is None else (row["session_id"]["S"], row["destination_id"]["S"])
