"""The stage with the sample service of data/sample_service: three kinds of tasks, one machine, one API."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from infra.local.stage import Stage

SAMPLE = Path(__file__).parent / "data" / "sample_service"


@pytest.fixture(scope="module")
def sample_stage() -> Iterator[Stage]:
    with Stage(root=SAMPLE) as stage:
        yield stage


@pytest.fixture
def stage(sample_stage: Stage) -> Stage:
    """On virtual time, and empty."""
    sample_stage.reset()
    return sample_stage
