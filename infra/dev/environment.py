"""Makes ``.venv``, the environment that everything runs in. ``targets`` asks for it before each target.

It is made anew when what went into it has changed: requirements.lock, the Python, or the place of the clone. The file
that says it is complete is written last, so an interrupted install never counts as done; a lock held by the operating
system lets two that start at once take turns, and frees itself when its holder dies. The page's libraries
(``libraries``) are made in the same way.
"""

from __future__ import annotations

import hashlib
import os
import platform
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from importlib.util import find_spec
from pathlib import Path

DONE = "onair-installed"  # inside the environment: holds the key it was made for


class CannotSetUp(Exception):
    """The environment can't be made here. The message says what is missing and what to do."""


class Environment:
    """One ``.venv``, made from one ``requirements.lock``."""

    def __init__(self, root: Path, say: Callable[[str], None]) -> None:
        self.root = root
        self.folder = root / ".venv"
        self.lock = root / "requirements.lock"
        self._say = say

    @property
    def python(self) -> Path:
        return self._bin / ("python.exe" if os.name == "nt" else "python")

    def program(self, name: str) -> str:
        """The path of a program that a requirement installed, such as ``lint-imports``."""
        return str(self._bin / (f"{name}.exe" if os.name == "nt" else name))

    def ensure(self) -> None:
        """Make the environment unless it is there, complete and current. Raises CannotSetUp."""
        if self._is_current():
            return
        with held(self.root / ".venv.lock", lambda: self._say("another command is setting up; waiting for it")):
            if not self._is_current():  # the other one may have made just this
                self._make()

    @property
    def _bin(self) -> Path:
        return self.folder / ("Scripts" if os.name == "nt" else "bin")

    def _key(self) -> str:
        parts = (self.lock.read_bytes(), platform.python_implementation(), sys.version, self.root)
        return hashlib.sha256("\n".join(map(repr, parts)).encode()).hexdigest()

    def _is_current(self) -> bool:
        try:
            return (self.folder / DONE).read_text() == self._key() and self.python.exists()
        except FileNotFoundError:
            return False

    def _make(self) -> None:
        missing = [module for module in ("venv", "ensurepip") if find_spec(module) is None]
        if missing:
            raise CannotSetUp(
                f"this Python ({sys.executable}) comes without {' and '.join(missing)}.\n"
                "On Debian and Ubuntu: sudo apt-get install python3-venv\n"
                "Elsewhere, install Python from https://www.python.org/downloads/"
            )
        started = time.monotonic()
        self._say("setting up .venv from requirements.lock: once, about a minute (needs the network)")
        (self.folder / DONE).unlink(missing_ok=True)
        # The base interpreter: this one may live in the very folder that is made anew.
        base = getattr(sys, "_base_executable", None) or sys.executable
        self._step([base, "-m", "venv", "--clear", str(self.folder)], "the virtual environment could not be made")
        pip = [str(self.python), "-m", "pip", "install", "-qq", "--disable-pip-version-check", "--no-input"]
        self._step(
            [*pip, "--require-hashes", "-r", str(self.lock)],
            "pip could not install what requirements.lock names. Is the network there?\n"
            "pip's own message is above. Nothing half-made is kept: run the same command again",
        )
        whole = self.folder / f"{DONE}.new"
        whole.write_text(self._key())
        whole.replace(self.folder / DONE)
        self._say(f"set up in {time.monotonic() - started:.0f} s")

    def _step(self, command: list[str], failure: str) -> None:
        # PIP_USER would send the packages elsewhere; PYTHONPATH could bring modules that shadow ours.
        clean = {name: value for name, value in os.environ.items() if name not in {"PIP_USER", "PYTHONPATH"}}
        if subprocess.run(command, cwd=self.root, env=clean, stdout=sys.stderr).returncode != 0:
            raise CannotSetUp(failure)


@contextmanager
def held(path: Path, waiting: Callable[[], None]) -> Iterator[None]:
    """Hold the operating system's lock on a file; call ``waiting`` once if someone else holds it."""
    with path.open("a") as file:
        if not _try_lock(file.fileno()):
            waiting()
            while not _try_lock(file.fileno()):
                time.sleep(0.2)
        yield  # closing the file lets go of the lock


if sys.platform == "win32":
    import msvcrt

    def _try_lock(descriptor: int) -> bool:
        os.lseek(descriptor, 0, os.SEEK_SET)
        try:
            msvcrt.locking(descriptor, msvcrt.LK_NBLCK, 1)
        except OSError:
            return False
        return True
else:
    import fcntl

    def _try_lock(descriptor: int) -> bool:
        try:
            fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            return False
        return True
