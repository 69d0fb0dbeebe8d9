"""The page (console/web) at the API's own address, as CloudFront serves it: the same files, the same headers.

A file is read each time it is asked for, so that whoever works on the page reloads it and sees what they wrote. Its
libraries come from node_modules, those alone that package.json names as the page's. Asked by ``api`` before its routes.
"""

from __future__ import annotations

import hashlib
from collections.abc import Mapping
from pathlib import Path

from infra.local.access import Response
from infra.local.service import REGION, Service
from infra.page_files import FOLDER, LIBRARIES, TYPES, packages


class Page:
    """The page's files. ``endpoint_url`` is where the stage's S3 answers."""

    def __init__(self, root: Path, service: Service) -> None:
        self.endpoint_url = ""
        self._folder = root / FOLDER
        self._packages = root / "node_modules"
        self._allowed = packages(root)
        self._headers = service.page_headers
        self._buckets = [f"https://{name}.s3.{REGION}.amazonaws.com" for name in service.buckets.values()]

    def answer(self, method: str, path: str, headers: Mapping[str, str]) -> Response | None:
        """The file at that path, 304 if the browser has it already; None if the page has no such file."""
        file = self._file(path) if method in {"GET", "HEAD"} else None
        if file is None:
            return None
        content = file.read_bytes()
        etag = f'"{hashlib.sha256(content).hexdigest()[:16]}"'
        sent = {**self._secure(), "etag": etag}
        if headers.get("if-none-match") == etag:
            return Response(304, sent, b"")
        return Response(200, {**sent, "content-type": TYPES[file.suffix]}, content)

    def _file(self, path: str) -> Path | None:
        folder, relative = self._folder, path.removeprefix("/") or "index.html"
        if path.startswith(LIBRARIES):
            wanted = path.removeprefix(LIBRARIES)
            package = next((each for each in self._allowed if wanted.startswith(f"{each}/")), None)
            if package is None:
                return None
            folder, relative = self._packages / package, wanted.removeprefix(f"{package}/")
        try:
            file = (folder / relative).resolve()
            inside = file.is_relative_to(folder.resolve()) and file.suffix in TYPES
            return file if inside and file.is_file() else None
        except (OSError, ValueError, RuntimeError):  # no file can be called that, or its links go round in a circle
            return None

    def _secure(self) -> dict[str, str]:
        """The deployed headers, with the stage's own S3 in the place of AWS's."""
        policy = self._headers.get("content-security-policy", "")
        for bucket in self._buckets:
            policy = policy.replace(bucket, self.endpoint_url)
        return {**self._headers, "content-security-policy": policy}
