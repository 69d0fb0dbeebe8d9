"""Workflow tests: the real ASL files and handlers against the simulator, on virtual time. One stage, reset per test;
what serverless.yml schedules runs when a test says so (``Shows.sweep``)."""

from __future__ import annotations

import os
from collections.abc import Iterator
from datetime import timedelta
from typing import Any

import pytest
from xdist.scheduler import LoadScopeScheduling

from infra.local.simulator import SimulatorSettings
from infra.local.stage import Stage, simulator_settings
from infra.local.transport import TRANSPORT
from shared.gateways.clients import forget_clients
from shared.gateways.settings import settings
from shared.runtime import clock
from tests.permissions import recorder
from tests.permissions.recording import read_recording
from tests.show import Shows

#: Folders whose tests run in one process, one after the other: they share a browser, a built package, or ports.
TOGETHER = frozenset({"browser", "e2e", "package"})


class Scheduling(LoadScopeScheduling):  # type: ignore[misc]
    """Who runs what, with several processes: the tests of a folder that is run together in one, which begins with them;
    all others wherever there is time. xdist's own groups have no effect with pytest 9.2."""

    def _split_scope(self, nodeid: str) -> str:
        folder = nodeid.split("/")[1]
        return folder if folder in TOGETHER else nodeid


@pytest.hookimpl(optionalhook=True)
def pytest_xdist_make_scheduler(config: pytest.Config, log: Any) -> Scheduling:
    return Scheduling(config, log)


def pytest_collection_modifyitems(config: pytest.Config, items: list[pytest.Item]) -> None:
    """Of what ``make test-faults`` enumerates run every twelfth case, unless all are asked for, or one by its name."""
    if "ONAIR_EXAMPLES" in os.environ or any("::" in argument for argument in config.args):
        return
    enumerated = [item for item in items if item.get_closest_marker("enumerated")]
    left_out = set(enumerated) - set(enumerated[::12])
    config.hook.pytest_deselected(items=list(left_out))
    items[:] = [item for item in items if item not in left_out]


@pytest.fixture(scope="session")
def booted() -> Iterator[Stage]:
    if "ONAIR_EXAMPLES" in os.environ:
        recorder.listen()
    with Stage(speed=None, schedules=False) as stage:
        forget_clients()
        settings.cache_clear()
        yield stage


@pytest.fixture
def stage(booted: Stage) -> Iterator[Stage]:
    booted.reset()
    assert clock.now() - booted.clock.now() < timedelta(seconds=1), (
        "an earlier test has left the handlers another clock"
    )
    assert clock.rest_by(TRANSPORT.sleep) == TRANSPORT.sleep, "an earlier test lets handlers wait by another clock"
    defaults = simulator_settings()
    for name in SimulatorSettings.model_fields:
        setattr(booted.simulator.settings, name, getattr(defaults, name))
    yield booted
    # Random faults lead to rare calls: those who have time for all of them hold each against the roles.
    assert recorder.not_in(read_recording()) == [], "no role allows this yet: make permissions"


@pytest.fixture
def shows(stage: Stage, monkeypatch: pytest.MonkeyPatch) -> Iterator[Shows]:
    """Sessions to ask for, on a stage with one running flow."""
    yield Shows(stage, monkeypatch)
    settings.cache_clear()
