"""The HTTP API: routes of serverless.yml, payload format 2.0 in and out, in-process and over real HTTP."""

from __future__ import annotations

import json
import urllib.error
import urllib.request

import pytest

from infra.local.stage import Stage

pytestmark = pytest.mark.slow


def test_a_request_becomes_a_version_2_event(stage: Stage) -> None:
    status, headers, text = stage.request(
        "POST", "/things?a=1&a=2&b=", {"name": "x"}, {"X-Custom": "Yes", "Cookie": "k=v; l=w"}
    )
    event = json.loads(text)
    assert (status, headers["location"]) == (202, "/things/x")
    assert event["version"] == "2.0"
    assert event["routeKey"] == "POST /things"
    assert event["rawPath"] == "/things"
    assert event["rawQueryString"] == "a=1&a=2&b="
    assert event["queryStringParameters"] == {"a": "1,2", "b": ""}
    assert event["cookies"] == ["k=v", "l=w"]
    assert event["headers"]["x-custom"] == "Yes"
    assert "cookie" not in event["headers"]
    assert event["body"] == '{"name": "x"}'
    assert event["isBase64Encoded"] is False
    context = event["requestContext"]
    assert context["http"]["method"] == "POST"
    assert context["stage"] == "$default"
    assert context["timeEpoch"] == int(stage.clock.time() * 1000)
    assert context["authorizer"]["iam"]["accountId"] == "111122223333"


def test_path_parameters_are_decoded_and_a_bare_answer_is_a_200(stage: Stage) -> None:
    status, headers, answer = stage.request("GET", "/things/a%20b")
    assert (status, headers["content-type"]) == (200, "application/json")
    assert answer == {"asked": "a b", "query": None}


def test_an_unknown_route_is_not_found(stage: Stage) -> None:
    assert stage.request("GET", "/nowhere")[::2] == (404, {"message": "Not Found"})
    assert stage.request("DELETE", "/things/x")[::2] == (404, {"message": "Not Found"})


def test_a_function_that_fails_is_a_500_without_detail(stage: Stage) -> None:
    assert stage.request("POST", "/things", b"no json")[::2] == (500, {"message": "Internal Server Error"})


def test_a_function_that_is_throttled_or_too_slow_is_a_503(stage: Stage) -> None:
    stage.lambdas.faults.throttle("api")
    assert stage.request("GET", "/things/x")[0] == 503


def test_too_big_a_body_is_a_413(stage: Stage) -> None:
    assert stage.request("POST", "/things", b"x" * 6_291_457)[0] == 413
    assert stage.request("POST", "/things", b"x" * 6_291_400)[0] == 413


def test_it_is_served_over_http(stage: Stage) -> None:
    with urllib.request.urlopen(f"{stage.api_url}/things/a%2Fb?q=1", timeout=10) as answer:
        assert json.load(answer) == {"asked": "a/b", "query": {"q": "1"}}
    request = urllib.request.Request(f"{stage.api_url}/things", b'{"name": "x"}', {"Content-Type": "application/json"})
    with urllib.request.urlopen(request, timeout=10) as answer:
        assert (answer.status, answer.headers["Location"]) == (202, "/things/x")
        assert json.load(answer)["body"] == '{"name": "x"}'
