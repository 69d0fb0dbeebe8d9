"""A short cut of the fault matrix, and whether it can see. ``make test-faults`` runs all of it."""

from __future__ import annotations

import os
import re
import subprocess
import sys
from pathlib import Path

import pytest

from tests.faults.matrix.breaking import BROKEN, TELLING

pytestmark = [
    pytest.mark.slow,
    pytest.mark.skipif(not hasattr(os, "fork"), reason="the matrix copies its process"),
]
ROOT = Path(__file__).resolve().parents[2]
SEED = "1"


def matrix(*options: str) -> subprocess.CompletedProcess[str]:
    command = [sys.executable, "-W", "ignore", "-m", "tests.faults.matrix", "--workers", "1", "--seed", SEED, *options]
    return subprocess.run(command, cwd=ROOT, capture_output=True, text=True, timeout=300)


def test_a_few_of_all_faults_leave_nothing_behind() -> None:
    done = matrix("--scenarios", "flow", "--parts", "singles", "--sample", "3")
    assert done.returncode == 0, done.stdout + done.stderr
    assert done.stdout.splitlines()[-1] == "faults: 3 tried, 3 survived, 0 left behind"


def test_the_matrix_sees_compensations_that_are_broken() -> None:
    done = matrix("--can-see", "delete_secrets", "--sample", "1")
    assert done.returncode == 0, done.stdout + done.stderr
    assert done.stdout.splitlines()[-1] == "compensations: 1 broken, 1 seen"


def test_every_compensation_of_a_removal_can_be_broken() -> None:
    steps = {path.stem for path in (ROOT / "tasks" / "remove").glob("*.py")} - {"__init__"}
    assert steps <= set(BROKEN) | TELLING


def test_the_report_is_of_a_run_that_left_nothing() -> None:
    page = (ROOT / "docs" / "reference" / "fault-matrix.md").read_text()
    tried, survived, left = map(int, re.findall(r"faults: (\d+) tried, (\d+) survived, (\d+) left behind", page)[0])
    assert tried == survived > 0 and left == 0
