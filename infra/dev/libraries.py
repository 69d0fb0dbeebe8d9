"""Makes ``node_modules``, what the page (console/web) takes from elsewhere. ``targets`` asks for it where the page is
shown or tested.

Node.js is needed for that alone. Without it everything works but the page, so nothing stops for it; whoever wants to
see the page is told. As with ``.venv``, the file that says it is complete is written last.
"""

from __future__ import annotations

import hashlib
import shutil
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

from infra.dev.environment import DONE, held


class Libraries:
    """One ``node_modules``, made from one ``package-lock.json``."""

    def __init__(self, root: Path, say: Callable[[str], None]) -> None:
        self.root = root
        self.folder = root / "node_modules"
        self._say = say

    def ensure(self) -> bool:
        """Make it unless it is there, complete and current. False, and said why, if that is impossible here."""
        if self._is_current():
            return True
        npm = shutil.which("npm")
        if npm is None:
            self._say("there is no Node.js here (npm), so the page is left out; all else works without it")
            return False
        with held(self.root / ".venv.lock", lambda: self._say("another command is setting up; waiting for it")):
            return self._is_current() or self._make(npm)

    def _key(self) -> str:
        return hashlib.sha256((self.root / "package-lock.json").read_bytes() + str(self.root).encode()).hexdigest()

    def _is_current(self) -> bool:
        try:
            return (self.folder / DONE).read_text() == self._key()
        except FileNotFoundError:
            return False

    def _make(self, npm: str) -> bool:
        self._say("setting up the page's libraries from package-lock.json: once, a few seconds (needs the network)")
        made = subprocess.run([npm, "ci", "--ignore-scripts", "--no-progress"], cwd=self.root, stdout=sys.stderr)
        if made.returncode != 0:
            self._say("npm could not install them; its own message is above. The page is left out; all else works")
            return False
        (self.folder / DONE).write_text(self._key())
        return True
