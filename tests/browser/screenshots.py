"""``make screenshots``: the pictures of the page in README and docs, taken anew of a stage with some shows on it."""

from __future__ import annotations

import sys
from contextlib import ExitStack
from pathlib import Path

from playwright.sync_api import Browser, Page, expect, sync_playwright

from console.local import FLOW_ARN, FLOW_NAME
from infra.local.stage import Stage
from tests.browser.conftest import ARGUMENTS, CHROMIUM, SPEED
from tests.browser.shows import FLOW, HOST, Shows, encoders
from tests.browser.viewer import Viewer
from tests.contract.asl import ROOT

FOLDER = ROOT / "docs/images"
#: Where the pictures end: what is below is more of the same.
TALLEST = 1100


def main() -> int:
    if CHROMIUM is None:
        print("screenshots: there is no Chromium here (Debian: apt-get install chromium)", file=sys.stderr)
        return 3
    FOLDER.mkdir(exist_ok=True)
    with ExitStack() as stack:
        stage = Stage(speed=SPEED, schedules=False)
        stack.callback(stage.close)
        stage.simulator.seed_flow(name=FLOW_NAME, arn=FLOW_ARN)
        playwright = stack.enter_context(sync_playwright())
        browser = playwright.chromium.launch(executable_path=CHROMIUM, args=ARGUMENTS)
        stack.callback(browser.close)
        stack.enter_context(encoders(stage))
        _take(browser, stage)
    return 0


def _take(browser: Browser, stage: Stage) -> None:
    shows = Shows(stage)
    stage.simulator.reject_channel("*-twitch", "The stream name is not one that this platform takes")
    host = shows.ask(HOST, go_live=True)["session_id"]
    flow = shows.ask(FLOW)["session_id"]
    shows.ask({**HOST, "name": "Late night rehearsal"}, provision=False)
    over = shows.ask({**HOST, "name": "Yesterday's show"}, provision=False)["session_id"]
    stage.request("DELETE", f"/sessions/{over}", token=stage.token_for("host"))
    for session_id in (host, flow):
        shows.until_status(session_id, "live")
    for _ in range(2):
        shows.post(host, "recording/start")
        shows.until(host, lambda session: session["recording"] and session["recording"]["status"] == "recording")
        shows.post(host, "recording/stop")
        shows.until(host, lambda session: session["recording"] is None)
    shows.post(host, "recording/start")

    page = _open(browser, stage, f"/sessions/{host}")
    expect(page.locator("#recording-light .lamp")).to_contain_text("REC")
    expect(page.locator("[data-recording=r002]")).to_have_attribute("data-status", "ready")
    _save(page, "panel.png")
    page = _open(browser, stage, f"/sessions/{host}", dark=True, width=390)
    expect(page.locator("#recording-light .lamp")).to_contain_text("REC")
    _save(page, "panel-phone.png")
    page = _open(browser, stage, f"/sessions/{flow}/resources")
    expect(page.get_by_role("table")).to_contain_text("RUNNING")
    _save(page, "resources.png")
    page = _open(browser, stage, f"/sessions/{flow}/executions/{flow}-1-provision")
    expect(page.locator("[data-state='Create channel'][data-status=caught]").first).to_be_visible()
    _save(page, "execution.png")
    page = _open(browser, stage, "/")
    expect(page.get_by_role("link", name="Yesterday's show")).to_be_visible()
    _save(page, "sessions.png")


def _open(browser: Browser, stage: Stage, path: str, dark: bool = False, width: int = 1280) -> Page:
    viewer = Viewer(browser, stage.api_url, stage.token_for("host"), dark=dark, width=width, reduced_motion="reduce")
    page = viewer.open(path)
    page.wait_for_load_state("networkidle")
    return page


def _save(page: Page, name: str) -> None:
    page.evaluate("document.activeElement.blur()")
    height = min(TALLEST, page.evaluate("document.documentElement.scrollHeight"))
    width = page.evaluate("innerWidth")
    path: Path = FOLDER / name
    page.screenshot(path=path, full_page=True, clip={"x": 0, "y": 0, "width": width, "height": height})
    print(f"written: {path.relative_to(ROOT)} ({path.stat().st_size // 1000} kB)")
    page.context.close()


if __name__ == "__main__":
    sys.exit(main())
