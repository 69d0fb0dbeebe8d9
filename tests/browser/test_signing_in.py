"""The door: an address with a token in it, a wrong token, the way in by hand and out again."""

from __future__ import annotations

from collections.abc import Callable

from playwright.sync_api import Browser, expect

from infra.local.stage import Stage
from tests.browser.viewer import Viewer

Viewers = Callable[..., Viewer]


def test_the_address_with_the_token_opens_the_page_and_the_token_is_gone_from_it(viewers: Viewers) -> None:
    viewer = viewers("host")
    page = viewer.open()
    expect(page.get_by_role("heading", name="Sessions")).to_be_visible()
    assert viewer.token and viewer.token not in page.url
    assert [url for _, url in viewer.requests if viewer.token in url] == []
    page.reload()
    expect(page.get_by_role("heading", name="Sessions")).to_be_visible()


def test_a_wrong_token_is_told_why_it_stays_outside(browser: Browser, stage: Stage) -> None:
    viewer = Viewer(browser, stage.api_url, "example-token-not-real")
    viewer.page.goto(f"{stage.api_url}/#token={viewer.token}")
    expect(viewer.page.get_by_role("alert")).to_contain_text("with a wrong token")
    viewer.page.get_by_label("Token").fill(stage.token)
    viewer.press("Sign in")
    expect(viewer.page.get_by_role("banner")).to_contain_text("local, operator")
    viewer.press("Sign out")
    expect(viewer.page.get_by_label("Token")).to_be_visible()
    viewer.close()
