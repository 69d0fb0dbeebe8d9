"""``onair`` as a user runs it: a program of its own. For the tests in this folder."""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

ROOT = Path(__file__).resolve().parents[2]


def onair(
    *arguments: str, stage: dict[str, Any] | None = None, stdin: str | None = None, **environment: str
) -> subprocess.CompletedProcess[str]:
    """Run one command to its end, against a stage as a person does who has copied its address and its token."""
    if stage:
        environment = {"ONAIR_URL": stage["api_url"], "ONAIR_TOKEN": stage["token"], **environment}
    return subprocess.run(
        [sys.executable, "-m", "console", *arguments],
        cwd=ROOT,
        env=surroundings() | environment,
        input=stdin,
        capture_output=True,
        text=True,
        encoding="utf-8",
        timeout=120,
    )


@contextmanager
def started(*arguments: str, **environment: str) -> Iterator[subprocess.Popen[str]]:
    """One command that goes on until it is stopped as a person stops it, by Ctrl-C."""
    command = [sys.executable, "-m", "console", *arguments]
    surrounding = surroundings() | environment
    with subprocess.Popen(command, cwd=ROOT, env=surrounding, stdout=subprocess.PIPE, text=True) as process:
        try:
            yield process
        finally:
            process.send_signal(signal.SIGINT)
            try:
                process.wait(20)
            except subprocess.TimeoutExpired:
                process.kill()
                raise


@contextmanager
def up(*arguments: str, **environment: str) -> Iterator[dict[str, Any]]:
    """``onair up`` on free ports; gives what it says about itself."""
    with started("up", "--json", "--api-port", "0", "--aws-port", "0", *arguments, **environment) as process:
        assert process.stdout is not None
        yield json.loads(process.stdout.readline())
    assert process.returncode == 0, "Ctrl-C is how it is meant to stop"


def surroundings() -> dict[str, str]:
    """This machine's environment without anything that would point OnAir or an AWS client elsewhere."""
    kept = {name: value for name, value in os.environ.items() if not name.startswith(("AWS_", "ONAIR_"))}
    return kept | {"PYTHONIOENCODING": "utf-8", "PYTHONPATH": str(ROOT), "AWS_EC2_METADATA_DISABLED": "true"}
