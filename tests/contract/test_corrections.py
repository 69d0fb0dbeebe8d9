"""Each correction of moto is still needed, and does what it says; the reference lists them all."""

from __future__ import annotations

import json
import os
import re
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

from infra.local.corrections import CORRECTIONS
from infra.local.stage import Stage
from tests.contract.scenarios import RIGHT, Observations
from tests.contract.stage_world import StageWorld

pytestmark = pytest.mark.slow

SAMPLE = Path(__file__).parent / "data" / "sample_service"
ROOT = Path(__file__).resolve().parents[2]
REFERENCE = ROOT / "docs" / "reference" / "local-stage.md"
NAMES = [correction.name for correction in CORRECTIONS]


@pytest.fixture(scope="module", autouse=True)
def running_uncorrected() -> Iterator[subprocess.Popen[str]]:
    """Started first and asked last: moto as it comes needs its own process and real time."""
    environment = {
        **os.environ,
        "AWS_ACCESS_KEY_ID": "example-not-real",
        "AWS_SECRET_ACCESS_KEY": "example-not-real",
        "PYTHONPATH": str(ROOT),
        "TZ": "WEST5",
    }
    for name in ("AWS_ENDPOINT_URL", "MOTO_ACCOUNT_ID"):
        environment.pop(name, None)
    command = [sys.executable, "-m", "tests.contract.uncorrected_moto"]
    with subprocess.Popen(
        command, cwd=ROOT, env=environment, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, text=True
    ) as process:
        yield process
        process.kill()


@pytest.fixture(scope="module")
def uncorrected(running_uncorrected: subprocess.Popen[str]) -> dict[str, Observations | str]:
    output, _ = running_uncorrected.communicate(timeout=120)
    return dict(json.loads(output))


@pytest.fixture(scope="module")
def world() -> Iterator[StageWorld]:
    with Stage(root=SAMPLE) as stage:
        yield StageWorld(stage)


def test_every_correction_has_a_canary() -> None:
    assert sorted(RIGHT) == sorted(NAMES)


@pytest.mark.parametrize("name", NAMES)
def test_corrected_moto_behaves(name: str, world: StageWorld) -> None:
    scenario, right = RIGHT[name]
    assert scenario(world) == right


@pytest.mark.parametrize("name", NAMES)
def test_moto_still_needs_the_correction(name: str, uncorrected: dict[str, Observations | str]) -> None:
    _, right = RIGHT[name]
    observed = uncorrected[name]
    assert isinstance(observed, dict), f"the scenario failed: {observed}"
    repaired = [what for what, value in right.items() if observed[what] == value]
    assert not repaired, f"moto does this right by itself now: {repaired}; drop the correction {name!r}"


def test_the_reference_lists_every_correction_with_its_reason() -> None:
    rows = re.findall(r"^\| `(\w+)` \| (.*) \|$", REFERENCE.read_text(encoding="utf-8"), re.MULTILINE)
    assert rows == [(correction.name, correction.reason) for correction in CORRECTIONS]
