"""Makes ``node_modules``, what the page (console/web) takes from elsewhere. ``targets`` asks for it where the page is
shown or tested, and where there is something to package.

Node.js is needed for the page, and for the tools that check it and that package what is deployed. Without it everything
else works, so nothing stops for it; whoever wants to see the page is told. The tools are many files, which only the
targets get that run them. As with ``.venv``, the file that says it is complete is written last.
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

    def ensure(self, tools: bool = False) -> bool:
        """Make it unless it is there, complete and current. False, and said why, if that is impossible here.

        ``tools``: with package.json's devDependencies, too; they stay where they are once."""
        if self._is_current(tools):
            return True
        npm = shutil.which("npm")
        if npm is None:
            self._say(f"there is no Node.js here (npm), so {_lacking(tools)}; all else works without it")
            return False
        with held(self.root / ".venv.lock", lambda: self._say("another command is setting up; waiting for it")):
            return self._is_current(tools) or self._make(npm, tools)

    def _key(self, tools: bool) -> str:
        lock = (self.root / "package-lock.json").read_bytes()
        return hashlib.sha256(lock + str(self.root).encode() + (b" tools" if tools else b"")).hexdigest()

    def _is_current(self, tools: bool) -> bool:
        try:
            made_for = (self.folder / DONE).read_text()
        except FileNotFoundError:
            return False
        return made_for == self._key(True) or (not tools and made_for == self._key(False))

    def _make(self, npm: str, tools: bool) -> bool:
        named, took = ("libraries and the tools", "half a minute") if tools else ("libraries", "a few seconds")
        self._say(f"setting up the page's {named} from package-lock.json: once, {took} (needs the network)")
        command = [npm, "ci", "--ignore-scripts", "--no-progress", *([] if tools else ["--omit=dev"])]
        made = subprocess.run(command, cwd=self.root, stdout=sys.stderr)
        if made.returncode != 0:
            self._say(f"npm could not install them; its own message is above, and {_lacking(tools)}; all else works")
            return False
        (self.folder / DONE).write_text(self._key(tools))
        return True


def _lacking(tools: bool) -> str:
    return "the page and the package are left out" if tools else "the page is left out"
