"""The HTTP API: routes of serverless.yml, payload format 2.0 in and out, in-process and over real HTTP."""

from __future__ import annotations

import http.client
import json
import urllib.parse
import urllib.request

import pytest

from infra.local.stage import Stage

pytestmark = pytest.mark.slow

PAGE = "https://control.example.com"


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
    assert context["authorizer"]["jwt"]["claims"]["sub"] == "local"
    assert "authorization" not in event["headers"], "a function need not know the token, and could log it"


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


def test_a_route_without_an_authorizer_is_open_and_one_with_it_is_not(stage: Stage) -> None:
    assert stage.request("GET", "/things/x", token=None)[0] == 200
    status, headers, problem = stage.request("POST", "/things", {}, token=None)
    assert (status, headers["www-authenticate"], problem["name"]) == (401, "Bearer", "NotSignedIn")


def test_a_preflight_is_answered_without_a_token_and_without_the_function(stage: Stage) -> None:
    asked = {"Origin": PAGE, "Access-Control-Request-Method": "POST", "Access-Control-Request-Headers": "authorization"}
    status, headers, text = stage.request("OPTIONS", "/things", headers=asked, token=None)
    assert (status, text) == (204, "")
    assert headers["access-control-allow-origin"] == PAGE
    assert headers["access-control-allow-methods"] == "GET,POST"
    assert headers["access-control-allow-headers"] == "authorization,content-type"
    assert not [one for one in stage.lambdas.invocations if one.function.key == "api"]
    assert stage.request("OPTIONS", "/things", headers={**asked, "Origin": "https://other.example.com"})[0] == 403


def test_an_allowed_page_can_read_every_answer_and_no_other_page_any(stage: Stage) -> None:
    for token, expected in ((stage.token, 202), (None, 401)):
        status, headers, _ = stage.request("POST", "/things", {"name": "x"}, {"Origin": PAGE}, token=token)
        assert (status, headers["access-control-allow-origin"]) == (expected, PAGE)
    assert "access-control-allow-origin" not in stage.request("POST", "/things", {})[1]
    status, headers, _ = stage.request("POST", "/things", {}, {"Origin": "https://other.example.com"})
    assert status == 403 and "access-control-allow-origin" not in headers


def get(port: int, path: str, **headers: str) -> int:
    connection = http.client.HTTPConnection("127.0.0.1", port, timeout=10)
    connection.putrequest("GET", path, skip_host=True)
    for name, value in headers.items():
        connection.putheader(name, value)
    connection.endheaders()
    try:
        return connection.getresponse().status
    finally:
        connection.close()


@pytest.mark.parametrize("server", ["API", "AWS endpoint"])
def test_over_http_only_its_own_name_and_its_own_pages_get_in(stage: Stage, server: str) -> None:
    url, path = (stage.api_url, "/things/x") if server == "API" else (stage.endpoint_url, "/prod/channels")
    port = urllib.parse.urlsplit(url).port
    assert port is not None
    own = f"127.0.0.1:{port}"
    for host in (own, f"localhost:{port}", f"bucket.localhost:{port}"):
        assert get(port, path, Host=host) != 403, host
    assert get(port, path) == 403
    for host in (f"attacker.example.com:{port}", "127.0.0.1", f"localhost:{port}.attacker.example.com"):
        assert get(port, path, Host=host) == 403, host
    assert get(port, path, Host=own, Origin=url) != 403
    assert get(port, path, Host=own, Origin=PAGE) != 403
    for origin in ("null", "https://attacker.example.com"):
        assert get(port, path, Host=own, Origin=origin) == 403, origin


def test_it_is_served_over_http(stage: Stage) -> None:
    with urllib.request.urlopen(f"{stage.api_url}/things/a%2Fb?q=1", timeout=10) as answer:
        assert json.load(answer) == {"asked": "a/b", "query": {"q": "1"}}
    headers = {"Content-Type": "application/json", "Authorization": f"Bearer {stage.token}"}
    request = urllib.request.Request(f"{stage.api_url}/things", b'{"name": "x"}', headers)
    with urllib.request.urlopen(request, timeout=10) as answer:
        assert (answer.status, answer.headers["Location"]) == (202, "/things/x")
        assert json.load(answer)["body"] == '{"name": "x"}'
