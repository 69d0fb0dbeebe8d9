"""Writes the API's contract to docs/reference/openapi.json. Run by ``make openapi``; a test compares the file with what
the code generates."""

from __future__ import annotations

from pathlib import Path

import tasks.triggers.api  # noqa: F401 (it makes the routes)
from shared.runtime.api.edge import app
from shared.runtime.api.openapi import text

FILE = Path(__file__).resolve().parents[2] / "docs/reference/openapi.json"


def main() -> None:
    FILE.write_text(text(app), encoding="utf-8")
    print(f"written: {FILE.relative_to(FILE.parents[2])}")


if __name__ == "__main__":
    main()
