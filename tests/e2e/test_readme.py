"""README's commands work, in the order they stand there, in one shell.

A code block says in its first line what the test does with it: ``sh run`` is run, ``sh background`` is started and kept
until the end, and the ``export`` line that it prints is copied, as README says; ``sh listed`` is only looked up
(``make test`` would run this test again), ``text demo`` is what the demo prints. A block of commands without such a
word is a mistake in README. The ports in it are replaced by free ones, so that a stage of your own may run meanwhile.
"""

from __future__ import annotations

import os
import re
import shlex
import signal
import socket
import subprocess
import sys
from pathlib import Path

import pytest

from tests.e2e.running import ROOT, surroundings

pytestmark = pytest.mark.skipif(os.name == "nt", reason="README's blocks are for a POSIX shell")

README = (ROOT / "README.md").read_text(encoding="utf-8")
BLOCKS = re.findall(r"^```(\w+)[ \t]*(\w*)\n(.*?)^```$", README, re.MULTILINE | re.DOTALL)


def test_every_block_of_commands_says_how_it_is_tested() -> None:
    ways = {way for language, way, _ in BLOCKS if language == "sh"}
    assert ways == {"run", "background", "listed"}


def test_every_target_that_readme_names_exists() -> None:
    known = set(re.findall(r"^([a-z-]+):", (ROOT / "Makefile").read_text(), re.MULTILINE)) | {"onair"}
    named = set(re.findall(r"(?:make|-m infra\.dev) ([a-z-]+)", README))
    assert {"demo", "up", "test", "check"} <= named <= known


def test_every_link_leads_somewhere() -> None:
    targets = [link.split("#")[0] for link in re.findall(r"\]\(([^)]+)\)", README) if "://" not in link]
    assert targets
    assert [target for target in targets if target and not (ROOT / target).exists()] == []


def test_every_command_works(tmp_path: Path) -> None:
    ports = {"8420": free_port(), "8421": free_port()}
    environment = surroundings() | {"ONAIR_API_PORT": ports["8420"], "ONAIR_AWS_PORT": ports["8421"]}
    environment |= {"ONAIR_URL": f"http://127.0.0.1:{ports['8420']}", "PATH": same_python_first(tmp_path)}
    del environment["PYTHONPATH"]
    shell = Shell(environment)
    printed = ""
    try:
        for language, way, text in BLOCKS:
            for port, free in ports.items():
                text = text.replace(f":{port}", f":{free}")
            if language == "text" and way == "demo":
                the_demo_prints(text, printed)
            elif way == "background":
                shell.start(text)
            elif way == "run":
                printed = shell.run(text)
    finally:
        shell.close()


def the_demo_prints(text: str, printed: str) -> None:
    """Every ✓ line of the sample and its last line; the times and ids in between are each run's own."""
    promised = [line for line in text.splitlines() if line.lstrip().startswith("✓")] + [text.splitlines()[-1]]
    assert len(promised) > 5
    assert [line for line in promised if line not in printed.splitlines()] == []


class Shell:
    """Runs blocks one after the other; exported variables last from one to the next."""

    def __init__(self, environment: dict[str, str]) -> None:
        self._environment = environment
        self._background: list[subprocess.Popen[str]] = []

    def run(self, block: str) -> str:
        script = f"set -eu\n{block}\nenv -0 >&3"
        read, write = os.pipe()
        done = subprocess.run(
            ["bash", "-c", f"exec 3>&{write}\n{script}"],
            cwd=ROOT,
            env=self._environment,
            pass_fds=[write],
            capture_output=True,
            text=True,
            timeout=240,
        )
        os.close(write)
        with os.fdopen(read, encoding="utf-8") as left:
            after = dict(entry.split("=", 1) for entry in left.read().split("\0") if "=" in entry)
        assert done.returncode == 0, f"{block}\n{done.stdout}\n{done.stderr}"
        self._environment |= {name: after[name] for name in after.keys() - self._environment.keys()}
        return done.stdout

    def start(self, block: str) -> None:
        """Start it and copy the ``export`` line that it prints, as a person does who goes on in another terminal."""
        process = subprocess.Popen(
            shlex.split(block), cwd=ROOT, env=self._environment, stdout=subprocess.PIPE, text=True, encoding="utf-8"
        )
        self._background.append(process)
        assert process.stdout is not None
        for line in process.stdout:
            if line.startswith("export "):
                name, _, value = line.removeprefix("export ").strip().partition("=")
                self._environment[name] = value
                return
        raise AssertionError(f"{block} stopped without an export line")

    def close(self) -> None:
        for process in self._background:
            process.send_signal(signal.SIGINT)
            process.communicate(timeout=20)


def free_port() -> str:
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        return str(taken.getsockname()[1])


def same_python_first(folder: Path) -> str:
    """A PATH on which ``python3`` is this Python: another one would make .venv anew under the running tests."""
    launcher = folder / "python3"
    base = getattr(sys, "_base_executable", sys.executable)
    launcher.write_text(f'#!/bin/sh\nexec {shlex.quote(base)} "$@"\n')
    launcher.chmod(0o755)
    return f"{folder}{os.pathsep}{os.environ['PATH']}"
