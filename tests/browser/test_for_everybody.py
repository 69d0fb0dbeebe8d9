"""For everybody: WCAG 2.2 AA as far as a program sees it, the keyboard, a phone, light and dark, the viewer's time."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator
from typing import Any

import pytest
from playwright.sync_api import Page, expect

from infra.local.stage import Stage
from tests.browser.shows import FLOW, HOST, Shows, encoders
from tests.browser.viewer import Viewer
from tests.contract.asl import ROOT

Viewers = Callable[..., Viewer]
AXE = ROOT / "node_modules/axe-core/axe.min.js"
RULES = ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22aa", "best-practice"]


@pytest.fixture(scope="module")
def sessions(stage: Stage) -> Iterator[dict[str, str]]:
    """A host session that is on the air and has been recorded, and a flow session of which a destination failed."""
    shows = Shows(stage)
    stage.simulator.reject_channel("*-twitch", "The stream name is not one that this platform takes")
    with encoders(stage):
        host = shows.ask(HOST, go_live=True, record=True)["session_id"]
        flow = shows.ask({**FLOW, "destinations": FLOW["destinations"][:3]})["session_id"]
        for session_id in (host, flow):
            shows.until_status(session_id, "live")
        shows.until(host, lambda session: session["recording"])
        shows.post(host, "recording/stop")
        shows.until(host, lambda session: session["recording"] is None)
        yield {"host": host, "flow": flow}
        shows.end_all()


VIEWS = {
    "sessions": "/",
    "new session": "/new",
    "host's panel": "/sessions/{host}",
    "failed destination": "/sessions/{flow}",
    "resources": "/sessions/{flow}/resources",
    "executions": "/sessions/{flow}/executions",
    "an execution": "/sessions/{flow}/executions/{flow}-1-provision",
    "trail": "/sessions/{flow}/trail",
    "orphans": "/orphans",
    "quotas": "/quotas",
}


def violations(page: Page) -> list[str]:
    page.evaluate(AXE.read_text(encoding="utf-8"))
    found: dict[str, Any] = page.evaluate(
        "rules => axe.run({ runOnly: { type: 'tag', values: rules }, resultTypes: ['violations'] })", RULES
    )
    assert found["passes"], "it has looked at something"
    return [f"{one['id']}: {node['html']}" for one in found["violations"] for node in one["nodes"]]


@pytest.mark.parametrize("view", VIEWS)
@pytest.mark.parametrize("dark", [False, True], ids=["light", "dark"])
def test_no_rule_is_broken(viewers: Viewers, sessions: dict[str, str], view: str, dark: bool) -> None:
    viewer = viewers("operator", operator=True, dark=dark, reduced_motion="reduce")
    page = viewer.open(VIEWS[view].format(**sessions))
    page.wait_for_load_state("networkidle")
    assert violations(page) == []


@pytest.mark.parametrize("view", VIEWS)
def test_a_phone_scrolls_in_one_direction(viewers: Viewers, sessions: dict[str, str], view: str) -> None:
    viewer = viewers("operator", operator=True, width=320)
    page = viewer.open(VIEWS[view].format(**sessions))
    page.wait_for_load_state("networkidle")
    assert page.evaluate("document.documentElement.scrollWidth") <= 320


def test_what_is_long_leaves_room_on_a_phone(viewers: Viewers, stage: Stage) -> None:
    owner = "y" * 120
    session = Shows(stage, owner).ask(HOST, name="x" * 120, provision=False)
    viewer = viewers(owner, width=320)
    page = viewer.open(f"/sessions/{session['session_id']}")
    figures = page.locator("#cost-title ~ dl dd")
    expect(page.locator("#cost-total")).to_be_visible()
    assert max(box["height"] for box in (each.bounding_box() for each in figures.all()) if box) < 60, "a few lines each"
    viewer.press("End the session …")
    dialog = page.get_by_role("dialog")
    expect(dialog).to_be_visible()
    assert dialog.evaluate("dialog => dialog.scrollWidth <= dialog.clientWidth")
    viewer.open(f"/sessions/{session['session_id']}/trail")
    viewer.sees("The session was created")
    assert page.evaluate("document.documentElement.scrollWidth") <= 320


def test_the_keyboard_gets_to_everything_and_keeps_its_place(viewers: Viewers, sessions: dict[str, str]) -> None:
    viewer = viewers("operator", operator=True)
    page = viewer.open(f"/sessions/{sessions['host']}")
    expect(page.locator("main h1")).to_be_focused()
    reached = []
    for _ in range(60):
        page.keyboard.press("Tab")
        reached.append(page.evaluate("document.activeElement.id || document.activeElement.textContent.trim()"))
    for wanted in ("go-on-air", "go-off-air", "start-recording", "end-session", "Resources"):
        assert wanted in reached, reached
    page.locator("#start-recording").focus()
    page.keyboard.press("Enter")
    expect(page.locator("#recording-light .lamp")).to_contain_text("REC")
    expect(page.locator("#start-recording")).to_be_focused()
    expect(page.locator("#start-recording")).to_have_attribute("aria-describedby", "start-recording-why")
    page.locator("#stop-recording").focus()
    page.keyboard.press("Enter")
    expect(page.locator("#recording-light .lamp")).to_contain_text("Not recording")


def test_what_changes_is_told_to_those_who_do_not_see_it(viewers: Viewers, sessions: dict[str, str]) -> None:
    viewer = viewers("host")
    page = viewer.open(f"/sessions/{sessions['host']}")
    viewer.press("Start recording")
    expect(page.get_by_role("status").first).to_have_text("ON AIR, recording.")
    expect(page.locator("#recording-light .lamp")).to_contain_text("REC")
    viewer.press("Stop recording")


def test_times_are_the_viewers_with_utc_at_hand(viewers: Viewers, sessions: dict[str, str]) -> None:
    viewer = viewers("host", timezone_id="Asia/Tokyo", locale="en-GB")
    page = viewer.open(f"/sessions/{sessions['flow']}/trail")
    created = page.locator(".trail li").last.locator("time")
    expect(created).to_have_attribute("title", re.compile(r"^\d{4}-\d\d-\d\d \d\d:\d\d:\d\d UTC$"))
    utc, shown = created.get_attribute("title") or "", created.inner_text()
    assert (int(utc[11:13]) + 9) % 24 == int(shown.split(",")[-1].strip()[:2])
    page.get_by_role("button", name="show them in UTC").press("Enter")  # a tooltip is for mice alone
    expect(created).to_contain_text(utc[11:19])
    page.locator("#zone").press("Enter")
    expect(created).to_have_text(shown)
