"""What packaging needs on this machine. Asks nobody but the programs themselves."""

from __future__ import annotations

import re
import shutil
import subprocess
from collections.abc import Callable, Iterator
from pathlib import Path

from infra.doctor.finding import Finding, fine, unseen, wrong
from infra.doctor.look import Look

#: What osls 4 runs on (its package.json, "engines"): ^20.19 || ^22.13 || >=24. By major version, the oldest minor one.
_MINOR = {20: 19, 22: 13}
_ALL_SINCE = 24
_PYTHON = "3.13"

#: From a program's name to what its --version prints; None where it is not there.
Version = Callable[[str], str | None]


def tools(look: Look) -> Iterator[Finding]:
    yield from of_machine(look.root, version)


def of_machine(root: Path, version: Version) -> Iterator[Finding]:
    yield node(version("node"))
    yield packages((root / "node_modules/osls/bin/serverless.js").is_file(), version("npm") is not None)
    yield python(_has_python())


def node(said: str | None) -> Finding:
    """``said``: what ``node --version`` prints, such as v22.13.0."""
    matters = "make package and make deploy run osls, which makes the CloudFormation template."
    do = "install Node.js 22 from https://nodejs.org"
    if said is None:
        return wrong("Node.js", "it is not there", matters=matters, do=do)
    found = re.search(r"(\d+)\.(\d+)", said)
    if found is None or not _runs_osls(int(found[1]), int(found[2])):
        return wrong("Node.js", f"{said.strip()} does not run osls: 20.19 or newer is needed", matters=matters, do=do)
    return fine("Node.js", said.strip())


def _runs_osls(major: int, minor: int) -> bool:
    return major >= _ALL_SINCE or (major in _MINOR and minor >= _MINOR[major])


def packages(has_osls: bool, has_npm: bool) -> Finding:
    if has_osls:
        return fine("npm's packages", "osls is installed")
    if has_npm:
        return unseen("npm's packages", "not installed yet; the next make package does it", "make package")
    return wrong(
        "npm's packages",
        "neither osls nor npm is there",
        matters="make package and make deploy run osls, which npm brings.",
        do="install Node.js 22 from https://nodejs.org, which has npm with it; then: make package",
    )


def python(is_there: bool) -> Finding:
    if is_there:
        return fine(f"Python {_PYTHON}", "it is there, so the zips hold bytecode")
    return unseen(
        f"Python {_PYTHON}",
        "not there, and not needed: the zips hold no bytecode without it, and a cold start compiles what it imports",
        "install one, or name it: export ONAIR_PACKAGE_PYTHON=/path/to/python3.13",
    )


def version(program: str) -> str | None:
    path = shutil.which(program)
    if path is None:
        return None
    try:
        asked = subprocess.run([path, "--version"], capture_output=True, text=True, timeout=20)
    except (OSError, subprocess.TimeoutExpired):
        return None
    return asked.stdout.strip() if asked.returncode == 0 else None


def _has_python() -> bool:
    from infra.packaging.bytecode import interpreter

    return interpreter(_PYTHON) is not None
