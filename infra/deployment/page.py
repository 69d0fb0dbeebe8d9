"""The page's files in its bucket, as the local stage serves them (infra/local/page.py). Used by ``deploy``.

Of a library only those files go along that the page's modules import, directly or from one another.
"""

from __future__ import annotations

import hashlib
import json
import posixpath
import re
import time
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from infra.deployment.account import Say, Stage
from infra.deployment.troubles import Trouble
from infra.page_files import FOLDER, LIBRARIES, TYPES, packages

#: What a module imports; and what it names to load it later, as the player does.
_IMPORTED = re.compile(r"""(?:\bfrom|\bimport)\s*\(?\s*["']([^"'\n]+)["']|["'](/lib/[^"'\n]+)["']""")
#: Last of all: a browser that has the new index finds all that it leads to.
_LAST = ("boot.js", "index.html")
#: There while CloudFront's copies may be older than the files: a run that breaks off before it has them forgotten
#: leaves files that are right, and the next one would see nothing to do.
_STALE = ".stale"


@dataclass(frozen=True)
class PageFile:
    body: bytes
    content_type: str


def page_files(root: Path, config: Mapping[str, object]) -> dict[str, PageFile]:
    """Every file of the page by its key. Trouble if a library's is missing."""
    files = {
        file.relative_to(root / FOLDER).as_posix(): file
        for file in sorted((root / FOLDER).rglob("*"))
        if file.is_file() and file.suffix in TYPES
    }
    waiting = [key for key in files if key.endswith((".js", ".mjs"))]
    while waiting:
        key = waiting.pop()
        for wanted in _imports(key, files[key]):
            if wanted not in files and wanted.startswith(LIBRARIES[1:]):
                files[wanted] = _library_file(root, wanted)
                waiting.append(wanted)
    found = {key: PageFile(file.read_bytes(), TYPES[file.suffix]) for key, file in files.items()}
    return {**found, "config.json": PageFile(json.dumps(config, indent=2).encode(), TYPES[".json"])}


def publish(stage: Stage, files: Mapping[str, PageFile], distribution: str, say: Say) -> int:
    """Make the page's bucket hold those files and no others; how many were written or removed."""
    s3, bucket = stage.client("s3"), {"Bucket": stage.bucket("page"), "ExpectedBucketOwner": stage.account}
    there = {each["Key"]: each["ETag"].strip('"') for each in objects(s3, bucket)}
    # The ETag of an object that was put in one piece under S3's own key is its MD5 (API reference, "Object").
    new = [
        key
        for key, file in files.items()
        if there.get(key) != hashlib.md5(file.body, usedforsecurity=False).hexdigest()
    ]
    new.sort(key=lambda key: (_LAST.index(key) + 1 if key in _LAST else 0, key))
    old = sorted(there.keys() - files.keys() - {_STALE})
    if not new and not old and _STALE not in there:
        return 0
    s3.put_object(**bucket, Key=_STALE, Body=b"")
    for key in new:
        s3.put_object(**bucket, Key=key, Body=files[key].body, ContentType=files[key].content_type)
    for key in old:
        s3.delete_object(**bucket, Key=key)
    say(f"the page: {len(new)} files written, {len(old)} removed")
    batch = {"Paths": {"Quantity": 1, "Items": ["/*"]}, "CallerReference": f"onair-{time.time_ns()}"}
    stage.client("cloudfront").create_invalidation(DistributionId=distribution, InvalidationBatch=batch)
    s3.delete_object(**bucket, Key=_STALE)
    return len(new) + len(old)


def objects(s3: Any, bucket: Mapping[str, str]) -> Iterator[Mapping[str, Any]]:
    """Every object of a bucket."""
    for page in s3.get_paginator("list_objects_v2").paginate(**bucket):
        yield from page.get("Contents", [])


def _imports(key: str, file: Path) -> Iterator[str]:
    """The keys that a module imports."""
    for imported, named in _IMPORTED.findall(file.read_text(encoding="utf-8")):
        name = imported or named
        if name.startswith("/"):
            yield name[1:]
        elif name.startswith("."):
            yield posixpath.normpath(posixpath.join(posixpath.dirname(key), name))


def _library_file(root: Path, key: str) -> Path:
    name = key.removeprefix(LIBRARIES[1:])
    package = next((each for each in packages(root) if name.startswith(f"{each}/")), None)
    file = root / "node_modules" / name
    if package is None or file.suffix not in TYPES or not file.is_file():
        raise Trouble(f"The page imports /{key}, which is not there.", "Set its libraries up: make check does.")
    return file
