"""A connection that is lost and comes back, and one that has nothing to say."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest
from playwright.sync_api import Route, expect

from infra.local.stage import Stage
from tests.browser.shows import HOST
from tests.browser.viewer import Viewer


def test_what_happened_while_the_connection_was_lost_is_there_when_it_is_back(
    viewers: Callable[..., Viewer], stage: Stage
) -> None:
    viewer = viewers("host")
    page = viewer.open()
    viewer.sees("0 sessions")
    viewer.context.set_offline(True)
    lost = page.get_by_role("alert").filter(has_text="The connection is lost")
    expect(lost).to_be_visible()
    made = stage.request("POST", "/sessions", {**HOST, "provision": False}, token=stage.token_for("host"))[2]
    before = len(viewer.requests)
    viewer.context.set_offline(False)
    expect(page.get_by_role("link", name=HOST["name"])).to_be_visible()
    expect(lost).to_have_count(0)
    assert ("GET", f"{viewer.url}/sessions?limit=100") in viewer.requests[before:], "all is read anew"
    page.get_by_role("link", name=HOST["name"]).click()
    viewer.sees(made["session_id"])


def test_what_happened_behind_a_cursor_that_is_refused_is_read_anew(
    viewers: Callable[..., Viewer], stage: Stage
) -> None:
    viewer = viewers("forgotten")
    page = viewer.open()
    viewer.sees("0 sessions")

    def refuse(route: Route) -> None:
        token = stage.token_for("forgotten")
        stage.request("POST", "/sessions", {**HOST, "provision": False}, token=token)
        route.fulfill(status=422, body='{"title": "after is not valid"}')

    page.route("**/changes?after=*", refuse, times=1)
    expect(page.get_by_role("link", name=HOST["name"])).to_be_visible()


@pytest.mark.parametrize(
    "answer", [{"body": "<html>Sign in to the hotel</html>"}, {"status": 404, "body": "{}"}], ids=str
)
def test_an_answer_of_something_else_is_a_lost_connection(
    viewers: Callable[..., Viewer], answer: dict[str, Any]
) -> None:
    viewer = viewers("host")
    page = viewer.open()
    page.route("**/changes?after=*", lambda route: route.fulfill(**answer))
    lost = page.get_by_role("alert").filter(has_text="The connection is lost")
    expect(lost).to_be_visible()
    page.unroute_all()
    expect(lost).to_have_count(0)


@pytest.mark.parametrize("answer", [{"body": "<html>"}, {"status": 503, "body": "{}"}, {"body": "{}"}], ids=str)
def test_a_page_that_cannot_start_says_so(viewers: Callable[..., Viewer], answer: dict[str, Any]) -> None:
    viewer = viewers("host")
    viewer.page.route("**/config.json", lambda route: route.fulfill(**answer))
    viewer.page.goto(f"{viewer.url}/#token={viewer.token}")
    viewer.sees("The page could not be started.")
    assert viewer.token and viewer.token not in viewer.page.url


def test_an_action_that_something_else_answered_says_what_to_do(viewers: Callable[..., Viewer], stage: Stage) -> None:
    made = stage.request("POST", "/sessions", {**HOST, "provision": False}, token=stage.token_for("host"))[2]
    viewer = viewers("host")
    viewer.page.route("**/medialive", lambda route: route.fulfill(status=413, body="<html>"))
    viewer.open(f"/sessions/{made['session_id']}")
    viewer.press("Make the channel")
    expect(viewer.page.get_by_role("alert")).to_contain_text("HTTP 413")
    viewer.sees("Try again in a moment")


def test_nothing_new_costs_one_small_answer_at_a_time(viewers: Callable[..., Viewer], stage: Stage) -> None:
    viewer = viewers("host")
    page = viewer.open()
    expect(page.get_by_role("heading", name="Sessions")).to_be_visible()
    sizes: list[int] = []
    page.wait_for_load_state("networkidle")
    before = len(viewer.requests)
    page.on("response", lambda response: sizes.append(len(response.body())))
    with page.expect_response("**/changes?*"), page.expect_response("**/changes?*"):
        pass
    page.wait_for_timeout(1)  # lets the second answer be counted
    assert {url.partition("?")[0] for _, url in viewer.requests[before:]} == {f"{viewer.url}/changes"}
    assert sizes and max(sizes) < 500
