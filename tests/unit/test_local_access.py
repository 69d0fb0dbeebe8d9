"""Who gets into the local stage: its own tokens, its own Host, its own and configured Origins."""

from __future__ import annotations

import pytest

from infra.local.access import Access, Response
from infra.local.service import Cors

PAGE = "https://control.example.com"
CORS = Cors((PAGE, "https://other.example.com"), ("GET", "POST"), ("authorization", "content-type"), ("location",), 600)


@pytest.fixture
def access() -> Access:
    access = Access(CORS)
    access.address = "127.0.0.1:8420"
    return access


def claims(access: Access, authorization: str) -> dict[str, str] | None:
    found = access.authorizer({"authorization": authorization})
    return found["jwt"]["claims"] if found else None


# Tokens


def test_the_stages_own_token_is_the_local_operators(access: Access) -> None:
    assert access.authorizer({"authorization": f"Bearer {access.token}"}) == {
        "jwt": {"claims": {"sub": "local", "scope": "onair/operator"}, "scopes": ["onair/operator"]}
    }


def test_another_token_is_its_holders(access: Access) -> None:
    plain, operator = access.token_for("host-1"), access.token_for("host-2", operator=True)
    assert claims(access, f"bearer {plain}") == {"sub": "host-1", "scope": ""}
    assert claims(access, f"Bearer {operator}") == {"sub": "host-2", "scope": "onair/operator"}
    assert len({plain, operator, access.token}) == 3


def test_no_other_word_is_a_token(access: Access) -> None:
    for given in (
        "",
        "Bearer",
        "Bearer ",
        "Bearer x",
        access.token,
        f"Basic {access.token}",
        f"Bearer {access.token}x",
    ):
        assert claims(access, given) is None, given
    assert claims(access, "Bearer é") is None
    assert access.authorizer({}) is None


def test_tokens_are_drawn_for_each_stage_unless_given() -> None:
    assert Access(None).token != Access(None).token
    assert len(Access(None).token) >= 32
    assert Access(None, "example-token-not-real").token == "example-token-not-real"


def test_a_token_is_in_no_representation_and_no_refusal(access: Access) -> None:
    token = access.token_for("host-1")
    assert token not in repr(vars(access)["_holders"])
    refusal = access.not_signed_in({"authorization": f"Bearer {token}x"})
    assert refusal.status == 401 and token.encode() not in refusal.body
    assert refusal.json()["name"] == "NotSignedIn" and "ONAIR_TOKEN" in refusal.json()["remedy"]


# Hosts and Origins


def name(refusal: Response | None) -> str | None:
    return refusal.json()["name"] if refusal else None


@pytest.mark.parametrize("host", ["127.0.0.1:8420", "localhost:8420", "[::1]:8420", "LOCALHOST:8420"])
def test_its_own_names_are_let_in(access: Access, host: str) -> None:
    assert access.refusal({"host": host}) is None


@pytest.mark.parametrize(
    "host",
    ["", "attacker.example.com", "attacker.example.com:8420", "127.0.0.1", "127.0.0.1:8421", "localhost.evil:8420"],
)
def test_a_foreign_host_is_refused(access: Access, host: str) -> None:
    refusal = access.refusal({"host": host})
    assert name(refusal) == "ForeignHost" and refusal is not None and refusal.status == 403


@pytest.mark.parametrize("origin", ["http://127.0.0.1:8420", "http://localhost:8420", "http://[::1]:8420", PAGE])
def test_its_own_and_configured_origins_are_let_in(access: Access, origin: str) -> None:
    assert access.refusal({"host": "localhost:8420", "origin": origin}) is None


@pytest.mark.parametrize(
    "origin",
    ["null", "", "https://127.0.0.1:8420", "http://127.0.0.1:8421", "http://127.0.0.1", f"{PAGE}.evil", PAGE + "/"],
)
def test_a_foreign_origin_is_refused(access: Access, origin: str) -> None:
    assert name(access.refusal({"host": "localhost:8420", "origin": origin})) == "ForeignOrigin"


def test_without_cors_every_other_origin_is_foreign() -> None:
    assert name(Access(None).refusal({"origin": PAGE})) == "ForeignOrigin"


def test_a_star_lets_every_page_in() -> None:
    access = Access(Cors(("*",)))
    assert access.refusal({"origin": PAGE}) is None
    assert access.cors_headers({"origin": PAGE})["access-control-allow-origin"] == "*"


# CORS


def test_a_preflight_of_a_configured_page_says_what_it_may(access: Access) -> None:
    answer = access.preflight("OPTIONS", {"origin": PAGE, "access-control-request-method": "POST"})
    assert answer is not None and answer.status == 204 and not answer.body
    assert answer.headers == {
        "access-control-allow-origin": PAGE,
        "access-control-allow-methods": "GET,POST",
        "access-control-allow-headers": "authorization,content-type",
        "access-control-expose-headers": "location",
        "access-control-max-age": "600",
    }


def test_what_is_no_preflight_is_answered_like_any_request(access: Access) -> None:
    assert access.preflight("OPTIONS", {"origin": PAGE}) is None
    assert access.preflight("OPTIONS", {"access-control-request-method": "GET"}) is None
    assert access.preflight("GET", {"origin": PAGE, "access-control-request-method": "GET"}) is None
    assert Access(None).preflight("OPTIONS", {"origin": PAGE, "access-control-request-method": "GET"}) is None


def test_only_configured_pages_get_headers(access: Access) -> None:
    own = "http://127.0.0.1:8420"
    assert access.cors_headers({"origin": PAGE})["access-control-allow-origin"] == PAGE
    assert access.cors_headers({"origin": own}) == access.cors_headers({}) == {}
    assert access.preflight("OPTIONS", {"origin": own, "access-control-request-method": "GET"}) == Response(
        204, {}, b""
    )
