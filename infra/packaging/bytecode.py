"""Compiles Python files for the machine that will import them. Used by ``build``.

A zip's files have no time of their own and Lambda's folders can't be written to, so ordinary bytecode, which is checked
by the source's time, would be made anew in every cold start. Bytecode of the kind ``unchecked-hash`` is taken as it is.
Only the very minor version that runs it can write it: where there is no Python 3.13, the zips hold sources alone, and
work.
"""

from __future__ import annotations

import os
import shutil
import subprocess
from collections.abc import Sequence
from pathlib import Path

from infra.packaging.requirements import PackagingError


def interpreter(version: str) -> str | None:
    """A Python of a minor version (``3.13``): what ONAIR_PACKAGE_PYTHON names, or the machine calls so; else None."""
    named = os.environ.get("ONAIR_PACKAGE_PYTHON") or shutil.which(f"python{version}")
    if named is None:
        return None
    said = "import sys; print('%d.%d' % sys.version_info[:2], sys.implementation.name)"
    # A name on the path may be no more than a version manager's word for something that it doesn't have.
    try:
        asked = subprocess.run([named, "-I", "-c", said], capture_output=True, text=True)
    except OSError:
        return None
    return named if asked.stdout.split() == [version, "cpython"] else None


def compile_all(python: str, folder: Path, names: Sequence[str], deployed: str) -> None:
    """Write bytecode beside the sources ``names`` of ``folder``; tracebacks will say that they lie in ``deployed``."""
    command = [python, "-I", "-m", "compileall", "-q", "--invalidation-mode", "unchecked-hash", "-f"]
    command += ["-s", str(folder), "-p", deployed, *(str(folder / name) for name in names)]
    made = subprocess.run(command, capture_output=True, text=True, env={**os.environ, "PYTHONHASHSEED": "0"})
    if made.returncode != 0:
        raise PackagingError(f"{python} could not compile:\n{made.stdout}{made.stderr}")
