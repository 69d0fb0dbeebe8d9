"""The page in a real browser, against the real local stage: what the tests in this folder stand on.

The browser is the machine's own Chromium, headless; where there is none, every test here is skipped and says so.
"""

from __future__ import annotations

import shutil
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from playwright.sync_api import Browser, sync_playwright

from console.local import FLOW_ARN, FLOW_NAME
from infra.local.stage import Stage
from tests.browser.shows import Shows, encoders
from tests.browser.viewer import Viewer
from tests.contract.asl import ROOT

CHROMIUM = next(filter(None, map(shutil.which, ("chromium", "google-chrome", "chromium-browser"))), None)
LIBRARIES = ROOT / "node_modules/lit-html/lit-html.js"
#: Without these it looks for its maker's servers at every start. As root it has no sandbox of its own.
ARGUMENTS = [
    *("--no-sandbox", "--disable-gpu", "--disable-dev-shm-usage", "--no-first-run", "--disable-sync"),
    *("--disable-background-networking", "--disable-component-update", "--disable-quic"),
    "--autoplay-policy=no-user-gesture-required",
]
#: How many times as fast as AWS: a channel starts in about a second.
SPEED = 80.0


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    why = None
    if CHROMIUM is None:
        why = "there is no Chromium here (Debian: apt-get install chromium), so nobody looks at the page"
    elif not LIBRARIES.exists():
        why = "the page's libraries are not there (npm ci), so nobody looks at the page"
    for item in items:
        if why is not None and Path(__file__).parent in item.path.parents:
            item.add_marker(pytest.mark.skip(reason=why))


@pytest.fixture(scope="package")
def browser() -> Iterator[Browser]:
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=CHROMIUM, args=ARGUMENTS)
        yield browser
        browser.close()


@pytest.fixture(scope="module")
def stage() -> Iterator[Stage]:
    """Sweeps run when they are asked for: every five minutes would be every four seconds here."""
    stage = Stage(speed=SPEED, schedules=False)
    stage.simulator.seed_flow(name=FLOW_NAME, arn=FLOW_ARN)
    yield stage
    stage.close()


@pytest.fixture(scope="module")
def shows(stage: Stage) -> Iterator[Shows]:
    """What "host" asks of the API, with an encoder that pushes; all of it is ended behind the module."""
    shows = Shows(stage)
    with encoders(stage):
        yield shows
        shows.end_all()


@pytest.fixture
def viewers(browser: Browser, stage: Stage) -> Iterator[Callable[..., Viewer]]:
    """``viewers("host")``: somebody of that name in a browser of their own. Nobody's page may fail."""
    opened: list[Viewer] = []

    def open_one(name: str = "host", operator: bool = False, **how: object) -> Viewer:
        token = stage.token_for(name, operator)
        opened.append(Viewer(browser, stage.api_url, token, **how))
        return opened[-1]

    yield open_one
    failures = [failure for viewer in opened for failure in viewer.failures]
    for viewer in opened:
        viewer.close()
    assert failures == []
