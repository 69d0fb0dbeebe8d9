"""More than one looks: two of one session at once, an operator, and somebody who has no business here."""

from __future__ import annotations

from collections.abc import Callable

from playwright.sync_api import expect

from tests.browser.shows import HOST, Shows
from tests.browser.viewer import Viewer

Viewers = Callable[..., Viewer]


def test_two_at_once_see_what_the_other_does_and_may_ask_for_the_same(viewers: Viewers, shows: Shows) -> None:
    session = shows.ask(HOST)
    shows.until_status(session["session_id"], "idle")
    host, friend = viewers("host"), viewers("host")
    pages = [viewer.open(f"/sessions/{session['session_id']}") for viewer in (host, friend)]
    for page in pages:
        expect(page.locator("#go-on-air")).to_have_attribute("aria-disabled", "false")
    for page in pages:
        # Both press in one moment, before either page has heard of the other.
        page.locator("#go-on-air").click(no_wait_after=True)
    for page in pages:
        expect(page.locator("#air-light .lamp")).to_contain_text("ON AIR")
        expect(page.get_by_role("alert")).to_have_count(0)
    host.press("Start recording")
    expect(pages[1].locator("#recording-light .lamp")).to_contain_text("REC")
    friend.press("Stop recording")
    expect(pages[0].locator("[data-recording=r001]")).to_have_attribute("data-status", "ready")
    operations = shows.get(session["session_id"])["operation"]
    assert (operations["number"], operations["kind"]) == (2, "start_streaming")


def test_a_stranger_sees_nothing_and_is_told_so(viewers: Viewers, shows: Shows) -> None:
    session = shows.ask(HOST, provision=False)
    stranger = viewers("stranger")
    page = stranger.open("/")
    stranger.sees("There is no session yet")
    expect(page.get_by_role("link", name="Orphans")).to_have_count(0)
    expect(page.get_by_role("link", name="Quotas")).to_have_count(0)
    stranger.open(f"/sessions/{session['session_id']}")
    expect(page.get_by_role("alert")).to_contain_text("SessionNotFound")
    assert HOST["name"] not in page.content()
    for path in ("/orphans", "/quotas"):
        stranger.open(path)
        expect(page.get_by_role("alert")).to_contain_text("OperatorsOnly")


def test_an_operator_sees_and_ends_it_but_not_where_its_host_pushes_to(viewers: Viewers, shows: Shows) -> None:
    session = shows.ask(HOST)
    shows.until(session["session_id"], lambda one: one["ingest_endpoints"])
    operator = viewers("operator", operator=True)
    page = operator.open(f"/sessions/{session['session_id']}")
    expect(operator.button("Show")).to_have_attribute("aria-disabled", "true")
    operator.sees("It is shown to the session's owner alone, host.")
    operator.press("End the session …")
    page.get_by_role("dialog").get_by_role("button", name="End the session").click()
    expect(page.locator("#air-light .lamp")).to_contain_text("Over")
