"""What the page (console/web) consists of. The local stage serves these files (``infra.local.page``), and a deployment
uploads them (``infra.deployment.page``)."""

from __future__ import annotations

import json
from pathlib import Path

FOLDER = Path("console/web")
#: Where the page finds its libraries: ``/lib/<package>/<file>``.
LIBRARIES = "/lib/"
TYPES = {
    ".css": "text/css; charset=utf-8",
    ".html": "text/html; charset=utf-8",
    ".js": "text/javascript; charset=utf-8",
    ".json": "application/json",
    ".mjs": "text/javascript; charset=utf-8",
    ".svg": "image/svg+xml",
}


def packages(root: Path) -> tuple[str, ...]:
    """The libraries that the page may have files of: what package.json names as its dependencies."""
    described = root / "package.json"
    return tuple(json.loads(described.read_text(encoding="utf-8"))["dependencies"]) if described.exists() else ()
