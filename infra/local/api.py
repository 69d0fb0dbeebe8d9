"""API Gateway's HTTP API: routes of serverless.yml to Lambda, payload format 2.0 (AWS: "Working with AWS Lambda proxy
integrations for HTTP APIs").

``Api.request`` is the in-process way, ``Api`` itself a WSGI application for the HTTP server. A route with an
authorizer, whichever it is, takes the stage's own tokens (``access``), and the event names the caller as a JWT
authorizer does. Beside the routes lie the files of the page, as behind CloudFront.
"""

from __future__ import annotations

import base64
import json
import re
import uuid
from collections.abc import Callable, Iterable, Mapping
from dataclasses import replace
from typing import Any
from urllib.parse import parse_qsl, unquote

from infra.local.access import Access, Response
from infra.local.clock import Clock
from infra.local.lambdas import LambdaRefused, Lambdas
from infra.local.page import Page
from infra.local.service import ACCOUNT, REGION, Route, Service

PAYLOAD_LIMIT = 6 * 1024 * 1024  # Lambda's; the API's own is 10 MB
API_ID = "onairlocal"


class Api:
    """The HTTP API of one service."""

    def __init__(self, clock: Clock, service: Service, lambdas: Lambdas, page: Page, token: str | None = None) -> None:
        self.access = Access(service.cors, token)
        self.page = page
        self._clock = clock
        self._lambdas = lambdas
        # API Gateway prefers a full match, then parameters, then {proxy+}, then $default.
        self._routes = sorted(((_specificity(each), _pattern(each.path), each) for each in service.routes), key=_first)

    def request(
        self, method: str, target: str, body: bytes = b"", headers: Mapping[str, str] | None = None
    ) -> Response:
        """One request; ``target`` is path and query."""
        method = method.upper()
        lowered = {name.lower(): value for name, value in (headers or {}).items()}
        refusal = self.access.refusal(lowered) or self.access.preflight(method, lowered)
        if refusal is not None:
            return refusal
        answer = self._answer(method, target, body, lowered)
        added = self.access.cors_headers(lowered)
        if added:  # API Gateway's own take the place of the function's
            kept = {name: value for name, value in answer.headers.items() if not name.startswith("access-control-")}
            return replace(answer, headers={**kept, **added})
        return answer

    def _answer(self, method: str, target: str, body: bytes, headers: dict[str, str]) -> Response:
        path, _, query = target.partition("?")
        file = self.page.answer(method, path, headers)
        if file is not None:
            return file
        found = self._route(method, path)
        if found is None:
            return _message(404, "Not Found")
        route, parameters = found
        authorizer = self.access.authorizer(headers)
        if route.authorizer is not None and authorizer is None:
            return self.access.not_signed_in(headers)
        if len(body) > PAYLOAD_LIMIT:
            return _message(413, "Request Entity Too Large")
        event = self._event(route, parameters, method, path, query, body, headers)
        if route.authorizer is not None:
            event["requestContext"]["authorizer"] = authorizer
        try:
            answer = self._lambdas.invoke(route.function, json.dumps(event).encode())
        except LambdaRefused as refused:
            if refused.status == 413:
                return _message(413, "Request Entity Too Large")
            return _message(503, "Service Unavailable")
        if answer.error is not None:
            # A function that fails or times out is a 500 or 503 without detail (AWS: troubleshooting HTTP APIs).
            return _message(503, "Service Unavailable") if answer.error == "Sandbox.Timedout" else _SERVER_ERROR
        return _response(answer.value())

    def _route(self, method: str, path: str) -> tuple[Route, dict[str, str]] | None:
        for _, pattern, route in self._routes:
            if route.method in {method, "ANY"} and (match := pattern.fullmatch(path)):
                return route, {name: unquote(value) for name, value in match.groupdict().items()}
        return None

    def _event(
        self,
        route: Route,
        parameters: dict[str, str],
        method: str,
        path: str,
        query: str,
        body: bytes,
        headers: Mapping[str, str],
    ) -> dict[str, Any]:
        # Unlike API Gateway we keep the token from the function: nothing that it logs or keeps can hold it.
        lowered = {name: value for name, value in headers.items() if name != "authorization"}
        cookies = [each.strip() for each in lowered.pop("cookie", "").split(";") if each.strip()]
        lowered.setdefault("host", f"{API_ID}.execute-api.{REGION}.amazonaws.com")
        if body:
            lowered.setdefault("content-type", "text/plain")
            lowered["content-length"] = str(len(body))
        now = self._clock.now()
        key = "$default" if route.path == "*" else route.key
        context: dict[str, Any] = {
            "accountId": ACCOUNT,
            "apiId": API_ID,
            "domainName": lowered["host"],
            "domainPrefix": API_ID,
            "http": {
                "method": method,
                "path": unquote(path),
                "protocol": "HTTP/1.1",
                "sourceIp": "127.0.0.1",
                "userAgent": lowered.get("user-agent", ""),
            },
            "requestId": uuid.uuid4().hex[:15] + "=",
            "routeKey": key,
            "stage": "$default",
            "time": now.strftime("%d/%b/%Y:%H:%M:%S +0000"),
            "timeEpoch": int(now.timestamp() * 1000),
        }
        event: dict[str, Any] = {
            "version": "2.0",
            "routeKey": key,
            "rawPath": unquote(path),
            "rawQueryString": query,
            "headers": lowered,
            "requestContext": context,
            "isBase64Encoded": False,
        }
        if cookies:
            event["cookies"] = cookies
        if query:
            event["queryStringParameters"] = _joined(parse_qsl(query, keep_blank_values=True))
        if parameters:
            event["pathParameters"] = parameters
        if body:
            text = _text(body, lowered["content-type"])
            event["isBase64Encoded"] = text is None
            event["body"] = base64.b64encode(body).decode() if text is None else text
        return event

    def __call__(self, environ: dict[str, Any], start_response: Callable[..., Any]) -> Iterable[bytes]:
        length = int(environ.get("CONTENT_LENGTH") or 0)
        body = environ["wsgi.input"].read(length) if length else b""
        headers = {
            name[5:].replace("_", "-").lower(): value for name, value in environ.items() if name.startswith("HTTP_")
        }
        headers.setdefault("host", "")  # one that does not say which it wants does not get in
        if environ.get("CONTENT_TYPE"):
            headers["content-type"] = environ["CONTENT_TYPE"]
        # RAW_URI keeps percent signs as they came; PATH_INFO has lost them.
        target = environ.get("RAW_URI") or environ.get("REQUEST_URI") or environ.get("PATH_INFO", "/")
        answer = self.request(environ["REQUEST_METHOD"], target, body, headers)
        pairs = [*answer.headers.items(), *(("set-cookie", each) for each in answer.cookies)]
        pairs.append(("content-length", str(len(answer.body))))
        start_response(f"{answer.status} {_REASONS.get(answer.status, 'Status')}", pairs)
        return [b"" if environ["REQUEST_METHOD"] == "HEAD" else answer.body]


def _response(value: Any) -> Response:
    """A function's result as a response; anything without a statusCode is a 200 with the value as its JSON body."""
    if not isinstance(value, dict) or "statusCode" not in value:
        return Response(200, {"content-type": "application/json"}, json.dumps(value).encode())
    try:
        body = value.get("body")
        text = "" if body is None else body if isinstance(body, str) else json.dumps(body)
        content = base64.b64decode(text) if value.get("isBase64Encoded") else text.encode()
        headers = {str(name).lower(): _text_of(each) for name, each in (value.get("headers") or {}).items()}
        for name, several in (value.get("multiValueHeaders") or {}).items():
            headers[str(name).lower()] = ",".join(map(_text_of, several))
        if content:
            headers.setdefault("content-type", "text/plain;charset=UTF-8")
        return Response(int(value["statusCode"]), headers, content, tuple(value.get("cookies") or ()))
    except (TypeError, ValueError):
        return _SERVER_ERROR


def _message(status: int, text: str) -> Response:
    return Response(status, {"content-type": "application/json"}, json.dumps({"message": text}).encode())


def _pattern(path: str) -> re.Pattern[str]:
    pattern = ""
    for part in re.split(r"(\{[^}]+\})", path):
        if part.startswith("{"):
            name = part.strip("{}")
            pattern += f"(?P<{name.rstrip('+')}>{'.+' if name.endswith('+') else '[^/]+'})"
        else:
            pattern += re.escape(part)
    return re.compile(".*" if path == "*" else pattern)


def _specificity(route: Route) -> tuple[int, int, int]:
    kind = 3 if route.path == "*" else 2 if "+}" in route.path else 1 if "{" in route.path else 0
    return kind, -len(route.path), route.method == "ANY"


def _first(entry: tuple[Any, ...]) -> Any:
    return entry[0]


def _joined(pairs: list[tuple[str, str]]) -> dict[str, str]:
    """Format 2.0 has no multi-value fields: repeated names are joined by commas."""
    joined: dict[str, str] = {}
    for name, value in pairs:
        joined[name] = f"{joined[name]},{value}" if name in joined else value
    return joined


def _text(body: bytes, content_type: str) -> str | None:
    kind = content_type.partition(";")[0].strip()
    if not (kind.startswith("text/") or kind.endswith(("json", "xml", "javascript", "x-www-form-urlencoded"))):
        return None
    try:
        return body.decode("utf-8")
    except UnicodeDecodeError:
        return None


def _text_of(value: Any) -> str:
    return str(value).lower() if isinstance(value, bool) else str(value)


_SERVER_ERROR = _message(500, "Internal Server Error")
_REASONS = {
    200: "OK",
    201: "Created",
    202: "Accepted",
    204: "No Content",
    304: "Not Modified",
    400: "Bad Request",
    401: "Unauthorized",
    403: "Forbidden",
    404: "Not Found",
    409: "Conflict",
    413: "Request Entity Too Large",
    422: "Unprocessable Entity",
    429: "Too Many Requests",
    500: "Internal Server Error",
    503: "Service Unavailable",
}
