"""Who may call: every route of serverless.yml refuses who is not known, and hides from everybody what is not theirs."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import pytest

from infra.local.service import Route
from tests.show import Shows, destination

#: Bodies that are valid, so that nothing but the caller is what a route refuses.
BODIES: dict[str, Any] = {"PATCH /sessions/{sessionId}": {"max_continuous_duration": 7200}}
UNKNOWN = "s-000000000000"


def routes(shows: Shows) -> Iterator[Route]:
    found = shows.stage.service.routes
    assert len(found) > 10
    yield from found


def ask(shows: Shows, route: Route, session_id: str, **how: Any) -> tuple[int, dict[str, str], Any]:
    path = route.path.replace("{sessionId}", session_id).replace("{recordingId}", "r001")
    body = shows.spec(destination("other")) if route.key == "POST /sessions" else BODIES.get(route.key)
    return shows.stage.request(route.method, path, body, **how)


@pytest.fixture
def session_id(shows: Shows) -> str:
    """A session of studio-1."""
    show = shows.ask(go_live=False)
    show.until("idle")
    return show.id


@pytest.mark.parametrize(
    ("how", "status", "name"),
    [
        ({"token": None}, 401, "NotSignedIn"),
        ({"token": "example-token-not-real"}, 401, "NotSignedIn"),
        ({"token": None, "headers": {"Authorization": "Basic bG9jYWw6bG9jYWw="}}, 401, "NotSignedIn"),
        ({"headers": {"Origin": "https://attacker.example.com"}}, 403, "ForeignOrigin"),
        ({"headers": {"Origin": "null"}}, 403, "ForeignOrigin"),
        ({"headers": {"Host": "attacker.example.com"}}, 403, "ForeignHost"),
    ],
    ids=["no credentials", "a wrong token", "another scheme", "a foreign Origin", "an opaque Origin", "a foreign Host"],
)
def test_every_route_refuses(shows: Shows, session_id: str, how: dict[str, Any], status: int, name: str) -> None:
    before, invoked = shows.items(), len(shows.stage.lambdas.invocations)
    for route in routes(shows):
        code, headers, problem = ask(shows, route, session_id, **how)
        assert (code, problem["name"]) == (status, name), route.key
        assert headers["content-type"] == "application/problem+json", route.key
        assert problem["remedy"] and session_id not in str(problem), route.key
        assert not [header for header in headers if header.startswith("access-control-")], route.key
    assert shows.items() == before
    assert len(shows.stage.lambdas.invocations) == invoked, "a refusal does not get to the function"


def test_another_owners_session_is_answered_like_one_that_does_not_exist(shows: Shows, session_id: str) -> None:
    stranger, before = shows.stage.token_for("studio-2"), shows.items()
    for route in routes(shows):
        if "{sessionId}" in route.path:
            code, headers, problem = ask(shows, route, session_id, token=stranger)
            assert (code, problem["name"]) == (404, "SessionNotFound"), route.key
            unknown = ask(shows, route, UNKNOWN, token=stranger)
            assert str(unknown).replace(UNKNOWN, session_id) == str((code, headers, problem)), route.key
    assert shows.items() == before


def test_nobody_but_an_operator_acts_for_another_owner(shows: Shows, session_id: str) -> None:
    stranger, before = shows.stage.token_for("studio-2"), shows.items()
    for answer in (
        shows.stage.request("POST", "/sessions", shows.spec(destination("other")), token=stranger),
        shows.stage.request("GET", "/sessions", query={"owner": "studio-1"}, token=stranger),
    ):
        assert (answer[0], answer[2]["name"]) == (403, "NotYours")
    assert shows.items() == before


def test_everybody_lists_their_own_and_an_operator_all(shows: Shows, session_id: str) -> None:
    stage = shows.stage
    stranger, chief = stage.token_for("studio-2"), stage.token_for("chief", operator=True)
    spec = shows.spec(destination("own"), go_live=False)
    del spec["owner"]
    status, _, own = stage.request("POST", "/sessions", spec, token=stranger)
    assert (status, own["owner"]) == (202, "studio-2")

    def listed(token: str, **query: str) -> set[str]:
        code, _, page = stage.request("GET", "/sessions", query=query, token=token)
        assert code == 200, page
        return {one["session_id"] for one in page["sessions"]}

    assert listed(stranger) == listed(stranger, owner="studio-2") == {own["session_id"]}
    assert listed(chief) == {own["session_id"], session_id}
    assert listed(chief, owner="studio-1") == {session_id}
    assert listed(chief, owner="chief") == set()
    assert listed(stage.token_for("studio-1")) == {session_id}
    assert stage.request("GET", f"/sessions/{session_id}", token=chief)[0] == 200
    stage.settle()


def test_a_key_is_its_owners(shows: Shows) -> None:
    spec = shows.spec(go_live=False)
    del spec["owner"]
    headers = {"Idempotency-Key": "one"}
    tokens = [shows.stage.token_for(name) for name in ("studio-2", "studio-3")]
    made = {shows.stage.request("POST", "/sessions", spec, headers, token=token)[2]["session_id"] for token in tokens}
    assert len(made) == 2
    shows.stage.settle()


def test_the_token_is_nowhere_in_what_is_kept(shows: Shows, session_id: str) -> None:
    token = shows.stage.token_for("studio-1")
    for route in routes(shows):
        ask(shows, route, session_id, token=token)
    shows.stage.settle()
    invocations = shows.stage.lambdas.invocations
    assert invocations
    kept = str([vars(one) for one in invocations]) + str(shows.items()) + str(shows.stage.executions())
    for secret in (token, shows.stage.token):
        assert secret not in kept
