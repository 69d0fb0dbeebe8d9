"""A connection that is lost and comes back, and one that has nothing to say."""

from __future__ import annotations

from collections.abc import Callable

from playwright.sync_api import expect

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
