"""Signing in as on a deployed stage: by an identity provider, with the code flow and PKCE."""

from __future__ import annotations

import json
from collections.abc import Iterator

import pytest
from playwright.sync_api import Browser, expect

from infra.local.clock import Clock
from infra.local.server import Server
from infra.local.stage import Stage
from tests.browser.conftest import SPEED
from tests.browser.identity_provider import IdentityProvider
from tests.browser.viewer import Viewer


@pytest.fixture(scope="module")
def provider() -> IdentityProvider:
    return IdentityProvider("onair-page", "")


@pytest.fixture(scope="module")
def stage(provider: IdentityProvider) -> Iterator[Stage]:
    """A stage whose page may ask the identity provider: its address is among ONAIR_SIGN_IN_ORIGINS."""
    with pytest.MonkeyPatch.context() as patch:
        server = Server(provider, Clock(1.0))
        provider.issuer = f"http://{server.address}"
        patch.setenv("ONAIR_SIGN_IN_ORIGINS", provider.issuer)
        stage = Stage(speed=SPEED, schedules=False)
        provider.token = stage.token_for("host")
        yield stage
        stage.close()
        server.close()


@pytest.fixture
def viewer(browser: Browser, stage: Stage, provider: IdentityProvider) -> Iterator[Viewer]:
    viewer = Viewer(browser, stage.api_url, None)
    by = {"by": "oidc", "issuer": provider.issuer, "client_id": provider.client_id, "scope": "openid"}
    config = json.dumps({"sign_in": by, "aws": None})
    viewer.page.route("**/config.json", lambda route: route.fulfill(body=config, content_type="application/json"))
    yield viewer
    viewer.close()
    assert viewer.failures == []


def test_who_is_signed_in_comes_back_to_what_they_wanted_to_see(viewer: Viewer) -> None:
    viewer.page.goto(f"{viewer.url}/#/new")
    viewer.press("Sign in")
    expect(viewer.page.get_by_role("banner")).to_contain_text("host")
    assert viewer.page.url == f"{viewer.url}/#/new"
    viewer.page.reload()
    expect(viewer.page.get_by_role("banner")).to_contain_text("host")


def test_a_token_in_a_link_signs_nobody_in(viewer: Viewer, stage: Stage) -> None:
    token = stage.token_for("somebody else")
    viewer.page.goto(f"{viewer.url}/#token={token}")
    expect(viewer.button("Sign in")).to_be_visible()
    assert token not in viewer.page.url
    assert viewer.page.evaluate("sessionStorage.getItem('onair.token')") is None


def test_a_refusal_is_told_in_the_providers_words(viewer: Viewer, provider: IdentityProvider) -> None:
    provider.refuses = True
    viewer.page.goto(viewer.url)
    viewer.press("Sign in")
    expect(viewer.page.get_by_role("alert")).to_contain_text("Not on the guest list")
    provider.refuses = False


def test_an_answer_to_somebody_elses_question_is_not_taken(viewer: Viewer) -> None:
    viewer.page.goto(viewer.url)
    asked = json.dumps({"verifier": "v" * 43, "state": "mine", "back": "#/"})
    viewer.page.evaluate("asked => sessionStorage.setItem('onair.sign-in', asked)", asked)
    viewer.page.goto(f"{viewer.url}/?code=stolen&state=another")
    expect(viewer.page.get_by_role("alert")).to_contain_text("not to this page's question")
    assert viewer.page.evaluate("sessionStorage.getItem('onair.token')") is None
