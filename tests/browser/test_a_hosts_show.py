"""A host's evening, all of it on the page: a session is made, goes on the air, is recorded, played back, and ended."""

from __future__ import annotations

import base64
import io
import re
import time
from collections.abc import Callable, Iterator

import av
import pytest
from playwright.sync_api import Page, expect

from infra.local.stage import Stage
from tests.browser.shows import FLOW, HOST, Shows, encoders
from tests.browser.viewer import PATIENCE, Viewer

Viewers = Callable[..., Viewer]

#: In the place of the browser's own dialog, which nobody is there to answer: what is written is kept, as base64.
DISK = """
window.showSaveFilePicker = async () => {
  const pieces = [];
  return {
    createWritable: async () => ({
      write: async (data) => { pieces.push(new Uint8Array(data)); },
      abort: async () => {},
      close: async () => {
        const whole = new Uint8Array(await new Blob(pieces).arrayBuffer());
        window.saved = [];
        for (let at = 0; at < whole.length; at += 30000) {
          window.saved.push(btoa(String.fromCharCode(...whole.subarray(at, at + 30000))));
        }
      },
    }),
  };
};
"""


def it_plays(page: Page) -> None:
    """The video's own time has moved, and there are pictures. Asked again and again: a promise in the page may wait for
    ever."""
    looks = (
        "video => ({ at: video.currentTime, width: video.videoWidth, paused: video.paused, ready: video.readyState })"
    )
    deadline = time.monotonic() + PATIENCE / 1000
    while (seen := page.locator("video").evaluate(looks))["at"] < 1:
        assert time.monotonic() < deadline, seen
        page.wait_for_timeout(100)
    assert seen["width"] > 0


@pytest.fixture
def shows(stage: Stage) -> Iterator[Shows]:
    shows = Shows(stage)
    with encoders(stage):
        yield shows
        shows.end_all()


def light(which: str = "air") -> str:
    return f"#{which}-light .lamp"


def test_from_the_form_to_the_end(viewers: Viewers, stage: Stage, shows: Shows) -> None:
    host = viewers("host")
    host.context.add_init_script(DISK)
    page = host.open("/new")

    page.get_by_role("textbox", name="Name", exact=True).fill("Open stage")
    page.get_by_role("textbox", name="Networks").fill("198.51.100.0/24")
    host.press("Create the session")
    expect(page.get_by_role("heading", name="Open stage")).to_be_visible()
    expect(page.locator(light())).to_contain_text("Off the air")
    expect(host.button("Go on the air")).to_have_attribute("aria-disabled", "true")
    host.sees("The channel is still being made.")

    host.press("Go on the air")
    expect(page.locator(light())).to_contain_text("ON AIR")
    expect(page).to_have_title(re.compile("^ON AIR: Open stage"))
    expect(page.locator("#destinations")).to_contain_text("broadcasting")

    host.press("Start recording")
    expect(page.locator(light("recording"))).to_contain_text("REC")
    expect(page.locator("#recording-light-elapsed")).to_have_text(re.compile(r"[1-9]:\d\d"))
    host.press("Go off the air")
    question = page.get_by_role("dialog", name="What is to become of the recording?")
    expect(question).to_be_visible()
    page.keyboard.press("Escape")
    expect(page.locator(light())).to_contain_text("ON AIR")
    host.press("Stop recording")

    recording = page.locator("[data-recording=r001]")
    expect(recording).to_have_attribute("data-status", "ready")
    recording.get_by_role("button", name=re.compile("^Play")).click()
    it_plays(page)
    recording.get_by_role("button", name=re.compile("^Download")).click()
    host.sees("Download of recording 1 is done")
    with av.open(io.BytesIO(base64.b64decode(page.evaluate("window.saved.join('')")))) as media:
        assert sum(1 for _ in media.decode(video=0)) > 100

    host.press("End the session …")
    page.get_by_role("dialog").get_by_role("button", name="End the session").click()
    expect(page.locator(light())).to_contain_text("Over")
    host.sees("It was ended on request.")
    assert [each for each in stage.simulator.inventory() if each.kind in ("channel", "input", "ivs_channel")] == []


def test_a_stop_asks_what_becomes_of_the_recording(viewers: Viewers, shows: Shows) -> None:
    session = shows.ask(HOST)
    shows.until(session["session_id"], lambda one: one["operation"]["finished_at"])
    shows.post(session["session_id"], "recording/start")
    host = viewers("host")
    page = host.open(f"/sessions/{session['session_id']}")
    expect(page.locator(light("recording"))).to_contain_text("REC")
    host.press("Go on the air")
    page.get_by_role("button", name=re.compile("^Go on recording, with a gap")).click()
    expect(page.locator(light())).to_contain_text("ON AIR")
    expect(page.locator("[data-recording=r001]")).to_contain_text("1 gap")


def test_where_the_encoder_pushes_to_is_shown_when_asked_for_and_forgotten(viewers: Viewers, shows: Shows) -> None:
    session = shows.ask(HOST)
    shows.until(session["session_id"], lambda one: one["ingest_endpoints"])
    host = viewers("host", permissions=["clipboard-read", "clipboard-write"])
    page = host.open(f"/sessions/{session['session_id']}")
    host.press("Show")
    url = page.locator("#endpoint-url-0").inner_text()
    assert re.fullmatch(r"rtmp://[\d.]+:1935/\w+", url)
    page.get_by_role("button", name="Copy server").click()
    expect(page.locator("#told")).to_have_text("server copied")
    assert page.evaluate("navigator.clipboard.readText()") == url
    host.press("Hide")
    expect(page.locator("#endpoint-url-0")).to_have_count(0)
    assert url not in page.content()


def test_an_endpoint_that_is_shown_is_forgotten_after_a_minute(viewers: Viewers, shows: Shows) -> None:
    session = shows.ask(HOST)
    shows.until(session["session_id"], lambda one: one["ingest_endpoints"])
    host = viewers("host")
    host.page.clock.install()
    page = host.open(f"/sessions/{session['session_id']}")
    host.press("Show")
    expect(page.locator("#endpoint-name-0")).to_be_visible()
    page.clock.fast_forward(55_000)
    expect(page.locator("#endpoint-name-0")).to_be_visible()
    page.clock.fast_forward(10_000)
    expect(page.locator("#endpoint-name-0")).to_have_count(0)


def test_the_lease_is_extended(viewers: Viewers, shows: Shows) -> None:
    session = shows.ask(HOST, provision=False, max_continuous_duration=3600)
    host = viewers("host")
    page = host.open(f"/sessions/{session['session_id']}")
    host.press("Extend by 2 hours")
    expect(page.locator("#told")).to_contain_text("Extended by 2 hours")
    assert shows.get(session["session_id"])["limits"]["max_continuous_duration"] == 3 * 3600


def test_a_limit_that_is_near_is_warned_of_with_the_way_out_beside_it(viewers: Viewers, shows: Shows) -> None:
    session = shows.ask(HOST, provision=False, max_continuous_duration=900)
    host = viewers("host")
    page = host.open(f"/sessions/{session['session_id']}")
    warning = page.locator("[data-warning=lease]")
    expect(warning).to_contain_text("The session ends at")
    warning.get_by_role("button", name="Extend by 1 hour").click()
    expect(warning).to_have_count(0)
    assert shows.get(session["session_id"])["limits"]["max_continuous_duration"] == 4500


def test_a_fault_is_said_at_its_field(viewers: Viewers) -> None:
    host = viewers("host")
    page = host.open("/new")
    page.get_by_role("textbox", name="Name", exact=True).fill("x")
    page.get_by_role("textbox", name="Networks").fill("10.0.0.0/99")
    host.press("Create the session")
    field = page.get_by_role("textbox", name="Networks")
    expect(field).to_have_attribute("aria-invalid", "true")
    expect(field).to_have_accessible_description(re.compile("^✕? ?It .*network"))
    expect(field).to_be_focused()


def test_a_destination_that_was_refused_says_why_and_what_to_do(viewers: Viewers, stage: Stage) -> None:
    shows = Shows(stage)
    stage.simulator.reject_channel("*-twitch", "The stream name is not one that this platform takes")
    session = shows.ask(FLOW)
    shows.until_status(session["session_id"], "live")
    page = viewers("host").open(f"/sessions/{session['session_id']}")
    twitch = page.locator("[data-destination=twitch]")
    expect(twitch).to_contain_text("errored")
    expect(twitch).to_contain_text("The stream name is not one that this platform takes")
    expect(twitch).to_contain_text("What to do:")
    expect(page.locator("[data-destination=youtube]")).to_contain_text("broadcasting")
    shows.end_all()
