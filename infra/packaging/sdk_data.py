"""Leaves in a layer what our functions need of botocore's data: the services that they call, without documentation.

botocore brings a description of every AWS service, half of the layer. A new sandbox has to bring the layer, looks
through all those folders for a name, and reads its service's description, which is mostly documentation. Used by
``build``.
"""

from __future__ import annotations

import gzip
import json
import re
import shutil
from pathlib import Path
from typing import Any

from infra.packaging.requirements import PackagingError

#: What botocore reads of a service's folder. Left out: examples.
_READ = re.compile(r"(service-2|endpoint-rule-set-1|paginators-1|waiters-2)(\.sdk-extras)?\.json(\.gz)?")
#: The X-Ray SDK makes a client of it when it is imported, which it never uses on Lambda.
_ASKED_FOR_BY_OTHERS = {"xray"}
_CLIENT = re.compile(r"\bclient\(\"([a-z0-9-]+)\"\)")


def services(sources: Path) -> set[str]:
    """Which services the functions have a client of: ``client("…")``, anywhere in their sources; and their packages."""
    files = (path for part in ("tasks", "shared") for path in (sources / part).rglob("*.py"))
    named = {name for path in files for name in _CLIENT.findall(path.read_text(encoding="utf-8"))}
    return named | _ASKED_FOR_BY_OTHERS


def slim(layer: Path, wanted: set[str]) -> None:
    """Rewrite botocore's data in an unpacked layer. PackagingError for a service that botocore does not know."""
    data = layer / "botocore/data"
    for folder in sorted(path for path in data.iterdir() if path.is_dir()):
        if folder.name not in wanted:
            shutil.rmtree(folder)
    if missing := wanted - {path.name for path in data.iterdir()}:
        raise PackagingError(f"botocore has no description of {', '.join(sorted(missing))}")
    for path in sorted(path for path in data.rglob("*/*") if path.is_file()):
        if _READ.fullmatch(path.name):
            _rewrite(path)
        else:
            path.unlink()
    prefixes = {_read(path)["metadata"]["endpointPrefix"] for path in data.rglob("service-2.json")}
    endpoints = _read(data / "endpoints.json")
    for partition in endpoints["partitions"]:
        partition["services"] = {name: one for name, one in partition["services"].items() if name in prefixes}
    _write(data / "endpoints.json", endpoints)


def _rewrite(path: Path) -> None:
    described = _without_documentation(_read(path))
    path.unlink()
    _write(path.with_suffix("") if path.suffix == ".gz" else path, described)


def _read(path: Path) -> Any:
    return json.loads(gzip.decompress(path.read_bytes()) if path.suffix == ".gz" else path.read_bytes())


def _write(path: Path, value: Any) -> None:
    path.write_text(json.dumps(value, separators=(",", ":")), encoding="utf-8")


def _without_documentation(value: Any) -> Any:
    """With an empty text in its place: botocore asks for some. A member may be called so, too, which is no text."""
    if isinstance(value, list):
        return [_without_documentation(one) for one in value]
    if isinstance(value, dict):
        return {
            name: "" if name == "documentation" and isinstance(one, str) else _without_documentation(one)
            for name, one in value.items()
        }
    return value
