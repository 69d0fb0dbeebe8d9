"""docs/reference/permissions.json: what each function was heard to call. Written by ``python -m tests.permissions``.

Functions that decide by the same code on the same rows share what they were heard to call: which of them comes first
is chance, and what one did another may do the next time. Each has of it what its own code can come to.
"""

from __future__ import annotations

import json
from collections import defaultdict
from collections.abc import Iterable, Mapping
from pathlib import Path

from tests.permissions.reach import operations_reached

ROOT = Path(__file__).resolve().parents[2]
FILE = ROOT / "docs/reference/permissions.json"

#: Each calls shared/runtime/reconcile.py, whoever notices first (docs/decisions/0016).
ONE_DECISION = frozenset(
    {"channelStateChanged", "channelAlert", "streamStateChanged", "executionStopped", "reconcileSession"}
)


def read_recording() -> dict[str, list[str]]:
    """function → uses, as the file has them."""
    found: dict[str, list[str]] = json.loads(FILE.read_text(encoding="utf-8"))
    return found


def written(recording: Mapping[str, Iterable[str]]) -> str:
    """The file's text."""
    return json.dumps({key: sorted(uses) for key, uses in sorted(recording.items())}, indent=2) + "\n"


def together(parts: Iterable[Mapping[str, Iterable[str]]], handlers: Mapping[str, str]) -> dict[str, set[str]]:
    """One recording from what several processes heard. ``handlers``: of each function."""
    heard: dict[str, set[str]] = defaultdict(set)
    for part in parts:
        for function, uses in part.items():
            heard[function] |= set(uses)
    shared = {use for function in ONE_DECISION for use in heard[function]}
    for function in ONE_DECISION:
        reached = operations_reached(handlers[function])
        heard[function] |= {use for use in shared if operation_of(use) in reached}
    return {function: heard[function] for function in handlers}


def operation_of(use: str) -> str:
    """``service:Operation`` of a use, as ``reach`` tells it."""
    if use.startswith("dynamodb:TransactWriteItems "):
        return use
    return use.split(" ")[0].removesuffix("(presigned)")
