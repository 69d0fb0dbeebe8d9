"""More than one looks: two of one session at once, an operator, and somebody who has no business here."""

from __future__ import annotations

import json
import time
from collections.abc import Callable

import pytest
from playwright.sync_api import expect

from infra.local.stage import Stage
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


def test_who_comes_next_finds_nothing_of_who_was_there(viewers: Viewers, shows: Shows, stage: Stage) -> None:
    host = viewers("host")
    session = shows.ask(HOST)
    page = host.open(f"/sessions/{session['session_id']}/executions")
    expect(page.locator("#executions")).to_be_visible()
    host.press("Sign out")
    assert page.url == f"{host.url}/#/"
    page.get_by_label("Token").fill(stage.token_for("stranger"))
    host.press("Sign in")
    host.open(f"/sessions/{session['session_id']}/executions")
    expect(page.get_by_role("alert")).to_contain_text("SessionNotFound")
    expect(page.locator("#executions")).to_have_count(0)
    assert HOST["name"] not in page.content()


def test_however_many_sign_in_one_after_the_other_one_asks_for_changes(viewers: Viewers, stage: Stage) -> None:
    host = viewers("host")
    page = host.open()
    for name in ("one", "two", "three"):
        page.evaluate("token => { location.hash = '#token=' + token }", stage.token_for(name))
        expect(page.get_by_role("banner")).to_contain_text(name)
    expect(page.get_by_role("heading", name="Sessions")).to_be_visible()
    begun = time.monotonic()
    for _ in range(3):
        with page.expect_request("**/changes?after=*"):
            pass
    assert time.monotonic() - begun > 1.5  # a second lies between two questions


def test_a_question_is_gone_with_the_session_that_it_is_about(viewers: Viewers, shows: Shows) -> None:
    host = viewers("host")
    first, second = (shows.ask({**HOST, "name": name}, provision=False)["session_id"] for name in ("First", "Second"))
    page = host.open(f"/sessions/{first}")
    host.press("End the session …")
    expect(page.get_by_role("dialog")).to_be_visible()
    host.open(f"/sessions/{second}")
    expect(page.get_by_role("heading", name="Second")).to_be_visible()
    expect(page.get_by_role("dialog")).to_have_count(0)
    assert shows.get(first)["status"] == "idle"


def test_a_view_that_is_left_before_it_is_there_is_opened_once(viewers: Viewers, shows: Shows) -> None:
    host = viewers("host")
    path = f"/sessions/{shows.ask(HOST, provision=False)['session_id']}"
    page = host.open()
    expect(page.get_by_role("heading", name="Sessions")).to_be_visible()
    with page.expect_request("**/views/host.js"):
        # Three ways in one moment, while the view's module is loaded.
        page.evaluate(
            "async path => { for (const each of [path, '/', path]) {"
            " location.hash = '#' + each; await new Promise((then) => onhashchange = then); } }",
            path,
        )
    expect(page.locator("#cost-total")).to_be_visible()
    assert [url for _, url in host.requests].count(f"{host.url}{path}/cost") == 1


def test_an_answer_that_makes_no_sense_is_told(viewers: Viewers, shows: Shows) -> None:
    session = shows.ask(HOST, provision=False)
    host = viewers("host")
    odd = json.dumps({**session, "lease_expires_at": "soon"})
    host.page.route(f"**/sessions/{session['session_id']}", lambda route: route.fulfill(body=odd))
    page = host.open(f"/sessions/{session['session_id']}")
    expect(page.get_by_role("alert")).to_contain_text("The page failed")
    assert host.failures
    host.failures.clear()


@pytest.mark.parametrize(
    "path", ["/%E0%A4%A", "/sessions/..%5C..%5Ccaller", "/sessions/..\\..\\caller", "/sessions/x?y"]
)
def test_an_address_that_names_nothing_leads_to_the_sessions(viewers: Viewers, path: str) -> None:
    host = viewers("host")
    page = host.open("/new")
    expect(page.get_by_role("heading", name="New session")).to_be_visible()
    before = len(host.requests)
    host.open(path)
    expect(page.get_by_role("heading", name="Sessions")).to_be_visible()
    asked = {url.partition("?")[0].removeprefix(host.url) for _, url in host.requests[before:]}
    assert asked <= {"/sessions", "/changes", "/icon.svg"}


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
