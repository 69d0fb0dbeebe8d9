"""The API's edge without a gateway in front: what a function answers to an event that no authorizer has vouched for."""

from __future__ import annotations

import json
import threading
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from typing import Any

import pytest

from shared.domain.session import SessionRecord
from shared.gateways import sessions
from shared.gateways.settings import settings
from tasks.triggers.api import handler
from tests.unit.domain_objects import SESSION, a_record
from tests.unit.table_on_moto import Hands, empty_table


@pytest.fixture
def hands(monkeypatch: pytest.MonkeyPatch) -> Iterator[Hands]:
    with empty_table(monkeypatch) as hands:
        yield hands


def event(method: str, path: str, authorizer: dict[str, Any] | None, **more: Any) -> dict[str, Any]:
    http = {"method": method, "path": path, "protocol": "HTTP/1.1", "sourceIp": "192.0.2.1", "userAgent": ""}
    context = {
        "http": http,
        "stage": "$default",
        "requestId": "r",
        **({"authorizer": authorizer} if authorizer else {}),
    }
    request = {"version": "2.0", "routeKey": f"{method} {path}", "rawPath": path, "rawQueryString": "", "headers": {}}
    return {**request, "requestContext": context, "isBase64Encoded": False, **more}


def role(name: str) -> dict[str, Any]:
    return {"iam": {"userArn": f"arn:aws:sts::111122223333:assumed-role/{name}/x"}}


def ask(*given: Any, **more: Any) -> tuple[int, dict[str, Any]]:
    answer = handler(event(*given, **more), None)
    return answer["statusCode"], json.loads(answer["body"])


@pytest.mark.parametrize("path", ["/sessions", f"/sessions/{SESSION}", "/openapi.json", "/nowhere"])
@pytest.mark.parametrize("authorizer", [None, {}, {"jwt": {"claims": {}}}, {"lambda": {"sub": "local"}}])
def test_without_an_identity_nothing_is_answered(hands: Hands, path: str, authorizer: dict[str, Any] | None) -> None:
    status, problem = ask("GET", path, authorizer)
    assert (status, problem["name"]) == (401, "NotSignedIn")


@pytest.mark.parametrize("authorizer", [None, role("x")])
@pytest.mark.parametrize("path", ["/sessions", f"/sessions/{SESSION}", "/openapi.json", "/nowhere", "/quotas"])
def test_no_answer_is_kept_on_its_way(hands: Hands, path: str, authorizer: dict[str, Any] | None) -> None:
    answer = handler(event("GET", path, authorizer), None)
    assert answer["headers"]["cache-control"] == "no-store"
    assert {name.lower() for name in answer["headers"]} >= {"content-type"}


def test_a_header_makes_nobody_a_caller(hands: Hands) -> None:
    status, _ = ask("GET", "/sessions", None, headers={"authorization": "Bearer x", "x-onair-owner": "studio-1"})
    assert status == 401


def test_an_iam_role_sees_its_own_and_one_that_is_an_operator_all(
    hands: Hands, monkeypatch: pytest.MonkeyPatch
) -> None:
    record = a_record()
    sessions.create(record.model_copy(update={"spec": record.spec.model_copy(update={"owner": "role/Host"})}), (), None)
    seen = {name: len(ask("GET", "/sessions", role(name))[1]["sessions"]) for name in ("Host", "Other", "Chief")}
    assert seen == {"Host": 1, "Other": 0, "Chief": 0}
    monkeypatch.setenv("ONAIR_OPERATORS", " role/Ch* ,user/x")
    settings.cache_clear()
    assert len(ask("GET", "/sessions", role("Chief"))[1]["sessions"]) == 1
    assert len(ask("GET", "/sessions", role("Other"))[1]["sessions"]) == 0


def test_two_requests_at_once_are_each_answered_to_their_own_caller(
    hands: Hands, monkeypatch: pytest.MonkeyPatch
) -> None:
    record, ids = a_record(), {"Host": "s-000000000001", "Other": "s-000000000002"}
    for name, session_id in ids.items():
        spec = record.spec.model_copy(update={"owner": f"role/{name}"})
        sessions.create(record.model_copy(update={"session_id": session_id, "spec": spec}), (), None)
    both, found = threading.Barrier(2, timeout=20), sessions.get

    def get(session_id: str) -> SessionRecord:
        both.wait()  # who asks is looked at after this
        return found(session_id)

    monkeypatch.setattr(sessions, "get", get)
    with ThreadPoolExecutor(2) as pool:
        asked = [pool.submit(ask, "GET", f"/sessions/{session_id}", role(name)) for name, session_id in ids.items()]
        answers = [each.result() for each in asked]
    assert [(status, answer.get("owner")) for status, answer in answers] == [(200, "role/Host"), (200, "role/Other")]


def test_the_contract_is_served_to_whoever_is_signed_in(hands: Hands) -> None:
    status, contract = ask("GET", "/openapi.json", role("Host"))
    assert (status, contract["openapi"]) == (200, "3.1.0")
