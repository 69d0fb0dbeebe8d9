"""What the layer holds: the runtime dependencies of pyproject.toml and all that they need, pinned by requirements.lock.

The lock is one for everything; each entry says in its comments who asked for it (``# via``), which is followed here
from the entries of ``[project].dependencies``. Used by ``wheels``, and by the tests that look into the layer.
"""

from __future__ import annotations

import re
import tomllib
from dataclasses import dataclass
from pathlib import Path

ENTRY = re.compile(r"^([A-Za-z0-9._-]+)==([^ ;\\]+)(?: ; ([^\\]+))?", re.MULTILINE)
HASH = re.compile(r"--hash=sha256:([0-9a-f]{64})")
#: ``    # via pydantic``, or a line each below ``    # via``
ASKED = re.compile(r"^    # +(?:via +)?([A-Za-z0-9._-]+)", re.MULTILINE)


class PackagingError(Exception):
    """The package can't be built here. The message says what is missing and what to do."""


@dataclass(frozen=True)
class Requirement:
    """One pinned distribution. ``hashes`` are SHA-256 in hex, one for each file that it may come as."""

    name: str
    version: str
    hashes: frozenset[str]
    asked_by: frozenset[str]

    @property
    def line(self) -> str:
        """As pip reads it with --require-hashes."""
        return " ".join([f"{self.name}=={self.version}", *(f"--hash=sha256:{each}" for each in sorted(self.hashes))])


def runtime_requirements(root: Path) -> list[Requirement]:
    """What a Lambda function needs, by name. PackagingError where lock and pyproject.toml do not agree."""
    project = tomllib.loads((root / "pyproject.toml").read_text(encoding="utf-8"))["project"]
    locked = read_lock((root / "requirements.lock").read_text(encoding="utf-8"))
    asked = [re.split(r"[\[=]", each)[0] for each in project["dependencies"]]
    if missing := sorted(set(asked) - locked.keys()):
        raise PackagingError(f"requirements.lock lacks {', '.join(missing)}: make it anew (pyproject.toml says how)")
    needed = set(asked)
    while more := {name for name, each in locked.items() if each.asked_by & needed} - needed:
        needed |= more
    return [locked[name] for name in sorted(needed)]


def read_lock(text: str) -> dict[str, Requirement]:
    """The entries of a requirements file that uv wrote, by name. An entry with a marker is one for other machines, or
    for development, and is left out: what is read here must hold on Lambda whatever machine reads it."""
    found = {}
    starts = list(ENTRY.finditer(text))
    ends = [match.start() for match in starts[1:]] + [len(text)]
    for match, end in zip(starts, ends, strict=True):
        body = text[match.start() : end]
        asked_by = frozenset(ASKED.findall(body)) - {"via"}
        if match[3] is None:
            found[match[1]] = Requirement(match[1], match[2], frozenset(HASH.findall(body)), asked_by)
    return found
