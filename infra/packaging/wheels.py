"""Brings the layer's wheels, once, and unpacks them. Used by ``build``.

They are kept under build/wheels and known by their hash in requirements.lock, so that a second build needs no network.
A wheel is unpacked as it is: pip's own ``install`` would write the path of this machine's Python into scripts, and a
list of files with their hashes, which no two machines have alike.
"""

from __future__ import annotations

import hashlib
import subprocess
import sys
import sysconfig
import zipfile
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path, PurePosixPath

from infra.packaging.requirements import PackagingError, Requirement


@dataclass(frozen=True)
class Target:
    """A machine that the layer is for. ``pip`` are the options with which pip chooses its wheels."""

    name: str
    pip: tuple[str, ...]


#: What serverless.yml says of every function: python3.13 on arm64. Amazon Linux has a newer glibc than this tag's 2.17.
LAMBDA = Target(
    "lambda",
    ("--platform", "manylinux2014_aarch64", "--implementation", "cp", "--python-version", "3.13", "--abi", "cp313"),
)
#: This Python, so that handlers can be imported here from what was built.
HERE = Target(f"{sys.implementation.cache_tag}-{sysconfig.get_platform()}", ())


class Wheels:
    """The wheels of one target, below ``folder``."""

    def __init__(self, folder: Path, requirements: Sequence[Requirement], target: Target) -> None:
        self.folder = folder / target.name
        self._requirements = requirements
        self._target = target

    def found(self) -> list[Path] | None:
        """One file for each requirement, each with a hash that the lock knows; None unless all are there."""
        files = {hashlib.sha256(path.read_bytes()).hexdigest(): path for path in self.folder.glob("*.whl")}
        chosen = [[files[each] for each in sorted(wanted.hashes & files.keys())] for wanted in self._requirements]
        return [first for first, *_ in chosen] if all(chosen) else None

    def download(self) -> None:
        """Ask the package index for them, held to the lock's hashes. PackagingError if that fails."""
        self.folder.mkdir(parents=True, exist_ok=True)
        listed = self.folder / "requirements.txt"
        listed.write_text("".join(f"{each.line}\n" for each in self._requirements))
        command = [sys.executable, "-m", "pip", "download", "-qq", "--disable-pip-version-check", "--no-input"]
        command += ["--no-deps", "--only-binary", ":all:", "--require-hashes", *self._target.pip]
        asked = subprocess.run([*command, "--dest", str(self.folder), "-r", str(listed)], stdout=sys.stderr)
        if asked.returncode != 0 or self.found() is None:
            raise PackagingError(
                f"pip could not bring the wheels for {self._target.name}; its message is above. Is the network there?"
            )

    def unpack(self, folder: Path) -> None:
        """Write what the wheels hold to an empty ``folder``, scripts left out. PackagingError if they are not there."""
        found = self.found()
        if found is None:
            raise PackagingError("the layer's wheels are not here: python3 -m infra.dev package downloads them")
        for path in found:
            with zipfile.ZipFile(path) as wheel:
                for name in wheel.namelist():
                    place = _place(PurePosixPath(name))
                    if place is not None and not name.endswith("/"):
                        file = folder / place
                        file.parent.mkdir(parents=True, exist_ok=True)
                        file.write_bytes(wheel.read(name))


def _place(name: PurePosixPath) -> PurePosixPath | None:
    """Where a wheel's file belongs below the folder; None for what is not imported (binary distribution format)."""
    if not name.parts[0].endswith(".data"):
        return name
    return PurePosixPath(*name.parts[2:]) if name.parts[1] in {"purelib", "platlib"} else None
