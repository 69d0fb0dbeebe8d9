"""Where events of a real account are kept as samples, one of each kind, for the tests that hold patterns against
them."""

from __future__ import annotations

import json
import re
from collections.abc import Iterable, Mapping
from pathlib import Path
from typing import Any

from tests.smoke_aws.sanitise import sanitised

FOLDER = Path(__file__).resolve().parents[1] / "contract" / "data" / "events" / "recorded"


def save(events: Iterable[Mapping[str, Any]], secrets: Iterable[str], folder: Path = FOLDER) -> list[Path]:
    """Write the first event of each kind, sanitised, over one that is there already; what was written."""
    kept: dict[str, dict[str, Any]] = {}
    for event in sanitised(events, secrets):
        kept.setdefault(kind_of(event), event)
    folder.mkdir(parents=True, exist_ok=True)
    written = []
    for kind, event in sorted(kept.items()):
        path = folder / f"{kind}.json"
        path.write_text(json.dumps(event, indent=2) + "\n", encoding="utf-8")
        written.append(path)
    return written


def kind_of(event: Mapping[str, Any]) -> str:
    """A file's name: the detail type, and the word that says which of its kind it is."""
    detail = event.get("detail", {})
    fields = ("state", "alert_type", "alarm_state", "event_name", "currentStatus", "status")
    machine = str(detail.get("stateMachineArn", "")).rpartition(":")[2].removeprefix("onair-dev-")
    words = [event["detail-type"], machine, *(str(detail[name]) for name in fields if name in detail)]
    return re.sub(r"[^a-z0-9]+", "_", " ".join(words).lower()).strip("_")
