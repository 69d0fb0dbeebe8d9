"""What a run is about to make, written to a file before it is made, so that whoever dies in between is found out.

One JSON document a line, on the disk before the call goes out. The operating system's lock on the file says whether the
run still goes on: it frees itself when its holder dies.
"""

from __future__ import annotations

import json
import os
from collections.abc import Iterator
from contextlib import suppress
from pathlib import Path
from typing import Any

Entry = dict[str, Any]


class Journal:
    """One run's file. ``write`` returns when the line is on the disk."""

    def __init__(self, folder: Path, run: str) -> None:
        folder.mkdir(parents=True, exist_ok=True)
        self.path = folder / f"{run}.jsonl"
        self._file = self.path.open("a", encoding="utf-8")
        _try_lock(self._file.fileno())

    def write(self, **entry: Any) -> None:
        self._file.write(json.dumps(entry) + "\n")
        self._file.flush()
        os.fsync(self._file.fileno())

    def close(self) -> None:
        self._file.close()


def entries(folder: Path, run: str) -> list[Entry]:
    """What a run has written down; nothing if it has no file here. A last line that broke off is left out."""
    found = []
    with suppress(FileNotFoundError):
        for line in (folder / f"{run}.jsonl").read_text(encoding="utf-8").splitlines():
            with suppress(ValueError):
                found.append(json.loads(line))
    return found


def made(folder: Path, run: str) -> Iterator[tuple[str, str, float]]:
    """Kind and id of all that a run knows it has made, and when."""
    for entry in entries(folder, run):
        if entry.get("what") == "made" and entry["id"]:
            yield entry["kind"], entry["id"], entry["at"]


def runs(folder: Path) -> list[str]:
    """The runs that have a file here, oldest first."""
    return sorted(path.stem for path in folder.glob("*.jsonl"))


def goes_on(folder: Path, run: str) -> bool | None:
    """Whether a run is still at work. None: it was not begun on this machine, or this system can't tell."""
    path = folder / f"{run}.jsonl"
    if not path.exists():
        return None
    with path.open("a") as file:
        free = _try_lock(file.fileno())
    return None if free is None else not free


try:
    import fcntl

    def _try_lock(descriptor: int) -> bool | None:
        try:
            fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except OSError:
            return False
        return True
except ImportError:  # Windows: only the age of a run tells

    def _try_lock(descriptor: int) -> bool | None:
        return None
