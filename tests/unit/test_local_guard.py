"""What a web page may ask of the local stage's AWS endpoint: an object of the media bucket, by a signed link."""

from __future__ import annotations

from typing import Any

import pytest

from infra.local.access import Access
from infra.local.server import guarded
from infra.local.service import Cors

BUCKET, OWN = "onair-dev-media", "http://127.0.0.1:8420"
PATH = f"/{BUCKET}/recordings/s-7f3k2mexamp1/r001/000000.ts"
CREDENTIAL = "X-Amz-Credential=example-not-real%2F20261122%2Feu-west-1%2Fs3%2Faws4_request"
SIGNED = f"X-Amz-Algorithm=AWS4-HMAC-SHA256&{CREDENTIAL}&X-Amz-Expires=3600&X-Amz-Signature=0a1b"


@pytest.fixture
def ask() -> Any:
    """A request from a page: whether it got to the endpoint."""
    endpoint, pages = Access(Cors(())), Access(Cors(("https://control.example.com",)))
    endpoint.address, pages.address = "127.0.0.1:8421", "127.0.0.1:8420"
    app = guarded(lambda environ, start: start("200 OK", []) or [], endpoint, pages, {BUCKET})

    def request(
        method: str = "GET", path: str = PATH, query: str = SIGNED, origin: str | None = OWN, **more: str
    ) -> bool:
        environ = {"REQUEST_METHOD": method, "RAW_PATH": path, "QUERY_STRING": query, "HTTP_ORIGIN": origin}
        said: list[str] = []
        app({**environ, "HTTP_HOST": "127.0.0.1:8421", **more}, lambda status, headers: said.append(status))
        assert said[0] in ("200 OK", "403 Forbidden")
        return said == ["200 OK"]

    return request


def preflight(method: str) -> dict[str, str]:
    return {"method": "OPTIONS", "HTTP_ACCESS_CONTROL_REQUEST_METHOD": method}


@pytest.mark.parametrize(
    "how",
    [
        {},
        {"method": "HEAD"},
        preflight("GET"),
        {"origin": "http://localhost:8420"},
        {"origin": "https://control.example.com"},
        {"query": f"{SIGNED}&X-Amz-Security-Token=example-not-real&X-Amz-Date=20261122T120000Z"},
    ],
    ids=str,
)
def test_a_page_that_may_call_the_api_follows_links(ask: Any, how: dict[str, str]) -> None:
    assert ask(**how)


@pytest.mark.parametrize(
    "how",
    [
        {"origin": "https://attacker.example.com"},
        {"origin": "null"},
        {"origin": "http://127.0.0.1:8422"},
        {"HTTP_HOST": "attacker.example.com:8421"},
        {"method": "PUT"},
        {"method": "POST"},
        {"method": "DELETE"},
        {"method": "OPTIONS"},
        preflight("PUT"),
        {"query": ""},
        {"query": CREDENTIAL},
        {"query": SIGNED.replace("%2Fs3%2F", "%2Fmedialive%2F")},
        {"query": f"{SIGNED}&acl"},
        {"query": f"{SIGNED}&list-type=2"},
        {"path": ""},
        {"path": "*"},
        {"path": "/"},
        {"path": f"/{BUCKET}"},
        {"path": f"/{BUCKET}/"},
        {"path": "/another-bucket/recordings/000000.ts"},
        {"path": "/prod/channels"},
    ],
    ids=str,
)
def test_all_else_that_a_page_asks_for_is_refused(ask: Any, how: dict[str, str]) -> None:
    assert not ask(**how)


def test_without_an_origin_it_is_no_page() -> None:
    """An SDK, or whoever is on this machine."""
    reached: list[str] = []
    access = Access(None)
    access.address = "127.0.0.1:8421"

    def reach(environ: dict[str, Any], start_response: Any) -> list[bytes]:
        reached.append(environ["RAW_PATH"])
        return []

    app = guarded(reach, access, access, ())
    app({"REQUEST_METHOD": "POST", "RAW_PATH": "/prod/channels", "HTTP_HOST": "127.0.0.1:8421"}, print)
    assert reached == ["/prod/channels"]


@pytest.mark.parametrize("query", [SIGNED, ""], ids=["by a link", "by a bare address"])
def test_what_another_site_shows_without_saying_whose_it_is_is_refused(ask: Any, query: str) -> None:
    """An image or a script of a foreign page: browsers send no Origin for it."""
    assert not ask(query=query, origin=None, HTTP_SEC_FETCH_SITE="cross-site")
    assert ask(query=query, origin=None, HTTP_SEC_FETCH_SITE="none"), "typed into the address bar"
    assert ask(query=query, origin=None), "an SDK"
