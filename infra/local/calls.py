"""Which AWS operation a raw HTTP request is: for faults, the call log and the endpoint's routing.

AWS's protocols name the operation in a header (JSON), in the body (query) or in method and path (REST); the service is
the one the request was signed for.
"""

from __future__ import annotations

import json
import re
from dataclasses import dataclass
from functools import cache
from typing import Any
from urllib.parse import parse_qs, unquote

from botocore.loaders import Loader

CREDENTIAL = re.compile(r"Credential=[^/]+/\d+/([^/]+)/([^/]+)/aws4_request")
# Signing name -> botocore's folder, where they differ.
MODELS = {"states": "stepfunctions", "execute-api": "apigatewaymanagementapi"}


@dataclass(frozen=True)
class Call:
    """One AWS call as it arrives: ``service`` as signed for, ``operation`` as botocore names it, "" if unknown."""

    service: str
    operation: str
    region: str
    method: str
    path: str
    query: str
    body: bytes

    def parameters(self) -> dict[str, Any]:
        """The JSON body, or {} where there is none. For fault predicates."""
        try:
            found = json.loads(self.body or b"{}")
        except ValueError:
            return {}
        return found if isinstance(found, dict) else {}


def call_of(environ: dict[str, Any], body: bytes) -> Call:
    """Read a WSGI request. Unsigned requests have the service ""."""
    match = CREDENTIAL.search(environ.get("HTTP_AUTHORIZATION", ""))
    query = environ.get("QUERY_STRING", "")
    region, service = match.groups() if match else ("", "")
    if not match and (found := re.search(r"X-Amz-Credential=([^&]+)", query)):
        _, _, region, service, *_ = (*unquote(found.group(1)).split("/"), "", "", "", "", "")
    method, path = environ["REQUEST_METHOD"], environ.get("RAW_PATH") or environ.get("PATH_INFO", "/")
    target = environ.get("HTTP_X_AMZ_TARGET", "")
    if target:
        operation = target.rpartition(".")[2]
    elif environ.get("CONTENT_TYPE", "").startswith("application/x-www-form-urlencoded"):
        operation = parse_qs(body.decode("utf-8", "replace")).get("Action", [""])[0]
    else:
        operation = _rest_operation(service, method, path, query) if service else ""
    return Call(service, operation, region, method, path, query, body)


def _rest_operation(service: str, method: str, path: str, query: str) -> str:
    given = set(parse_qs(query, keep_blank_values=True))
    for name, verb, pattern, needed in _routes(MODELS.get(service, service)):
        if verb == method and needed <= given and pattern.fullmatch(path.rstrip("/") or "/"):
            return name
    return ""


@cache
def _routes(service: str) -> list[tuple[str, str, re.Pattern[str], frozenset[str]]]:
    """Every REST operation as (name, method, path, query keys that must be there), the most specific first."""
    try:
        model = Loader().load_service_model(service, "service-2")
    except Exception:  # a service botocore doesn't know has no operations for us
        return []
    routes = []
    for name, operation in model["operations"].items():
        path, _, query = operation["http"]["requestUri"].partition("?")
        pattern = ""
        for part in re.split(r"(\{[^}]+\})", path.rstrip("/") or "/"):
            greedy = part.endswith("+}")
            pattern += (".+" if greedy else "[^/]+") if part.startswith("{") else re.escape(part)
        needed = frozenset(parse_qs(query, keep_blank_values=True))
        literal = len(re.sub(r"\{[^}]+\}", "", path))
        routes.append((-len(needed), -literal, name, operation["http"]["method"], re.compile(pattern), needed))
    routes.sort(key=lambda route: route[:3])
    return [route[2:] for route in routes]
