"""rest-json as botocore's models describe it: which operation a request is, its parameters, and its answer's body.

Used by ``simulator.py`` on each request. Nothing here knows MediaLive: parameters come out under the names that boto3
uses, and answers go in under the same names, so the operations never see the wire.
"""

from __future__ import annotations

import itertools
import json
import re
from collections.abc import Mapping
from datetime import UTC, datetime
from functools import cache
from typing import Any, NamedTuple
from urllib.parse import parse_qs

import botocore.session
from botocore.model import OperationModel, ServiceModel, Shape

from infra.local.simulator.errors import bad_request
from infra.local.simulator.store import Params

SERVICES = frozenset({"medialive", "mediaconnect", "ivs"})


class Route(NamedTuple):
    operation: OperationModel
    path: Mapping[str, str]


class Api:
    """One service's model with its routes."""

    def __init__(self, model: ServiceModel) -> None:
        self.model = model
        self._routes = sorted(
            (_route(model.operation_model(name)) for name in model.operation_names), key=lambda route: len(route[2])
        )

    def route(self, method: str, path: str) -> Route | None:
        """The operation of a request line; ``path`` is already percent-decoded. Literal paths win over variables."""
        for operation, pattern, names in self._routes:
            if operation.http["method"] == method and (match := pattern.fullmatch(path)):
                return Route(operation, dict(zip(names, match.groups(), strict=True)))
        return None


@cache
def api(service: str) -> Api:
    return Api(botocore.session.Session().get_service_model(service))


def _route(operation: OperationModel) -> tuple[OperationModel, re.Pattern[str], list[str]]:
    template = operation.http["requestUri"].partition("?")[0]
    names = re.findall(r"\{([^}+]+)\+?\}", template)
    # A path is decoded before it is matched, and a resource's ARN may have had slashes in it.
    parts = [re.escape(part) for part in re.split(r"\{[^}]+\}", template)]
    anything = ["(.+)" if name.lower().replace("-", "") == "resourcearn" else "([^/]+)" for name in names]
    pattern = "".join(itertools.chain.from_iterable(itertools.zip_longest(parts, anything, fillvalue="")))
    return operation, re.compile(pattern), names


# Requests


def read_body(environ: Mapping[str, Any]) -> bytes:
    """May wait for a slow client, so call it under no lock."""
    length = int(environ.get("CONTENT_LENGTH") or 0)
    return bytes(environ["wsgi.input"].read(length)) if length else b""


def parse(route: Route, environ: Mapping[str, Any], raw: bytes) -> Params:
    """The parameters of a WSGI request under boto3's names. BadRequestException for a body that is no JSON object."""
    shape = route.operation.input_shape
    if shape is None:
        return {}
    body = _json_object(raw)
    query = parse_qs(environ.get("QUERY_STRING", ""), keep_blank_values=True)
    params: Params = {}
    for name, member in shape.members.items():
        wire = member.serialization.get("name", name)
        match member.serialization.get("location"):
            case "uri":
                value: Any = route.path.get(wire)
            case "querystring":
                value = _from_query(member, query.get(wire))
            case "header":
                value = environ.get("HTTP_" + wire.upper().replace("-", "_"))
            case _:
                value = from_wire(member, body.get(wire))
        if value is not None:
            params[name] = value
    return params


def _json_object(raw: bytes) -> dict[str, Any]:
    if not raw:
        return {}
    try:
        body = json.loads(raw)
    except ValueError:
        raise bad_request("The request body is not valid JSON") from None
    if not isinstance(body, dict):
        raise bad_request("The request body must be a JSON object")
    return body


def _from_query(shape: Shape, values: list[str] | None) -> Any:
    if values is None:
        return None
    if shape.type_name == "list":
        return values
    if shape.type_name in ("integer", "long") and re.fullmatch(r"-?\d+", values[0]):
        return int(values[0])
    return values[0]


def from_wire(shape: Shape, value: Any) -> Any:
    """JSON to parameters: nulls and unknown members vanish, a wrong type stays for ``shapes.py`` to refuse."""
    if shape.type_name == "structure" and isinstance(value, dict):
        found = {
            name: from_wire(member, value.get(member.serialization.get("name", name)))
            for name, member in shape.members.items()
        }
        return {name: item for name, item in found.items() if item is not None}
    if shape.type_name == "list" and isinstance(value, list):
        return [from_wire(shape.member, item) for item in value]
    if shape.type_name == "map" and isinstance(value, dict):
        return {key: from_wire(shape.value, item) for key, item in value.items()}
    return value


# Answers


def serialise(operation: OperationModel, result: Params) -> tuple[int, bytes]:
    """Status and body of an answer. What the output shape does not have is left out."""
    status = int(operation.http.get("responseCode", 200))
    if operation.output_shape is None and status == 204:
        return status, b""
    body = to_wire(operation.output_shape, result) if operation.output_shape is not None else {}
    return status, json.dumps(body).encode()


def to_wire(shape: Shape, value: Any) -> Any:
    if shape.type_name == "structure":
        return {
            member.serialization.get("name", name): to_wire(member, value[name])
            for name, member in shape.members.items()
            if value.get(name) is not None
        }
    if shape.type_name == "list":
        return [to_wire(shape.member, item) for item in value]
    if shape.type_name == "map":
        return {key: to_wire(shape.value, item) for key, item in value.items()}
    if shape.type_name == "timestamp":
        iso = shape.serialization.get("timestampFormat") == "iso8601"
        return datetime.fromtimestamp(value, UTC).strftime("%Y-%m-%dT%H:%M:%SZ") if iso else value
    return value


# Who is asked


def service_of(environ: Mapping[str, Any]) -> str | None:
    """The simulated service a request is for, or None: by signature, else by host, else by path."""
    scope = _credential_scope(environ)
    if scope is not None:
        return scope[1] if scope[1] in SERVICES else None
    host = str(environ.get("HTTP_HOST", "")).partition(".")[0]
    if host in SERVICES:
        return host
    path = str(environ.get("PATH_INFO", ""))
    if path.startswith("/prod/"):
        return "medialive"
    if path.startswith(("/v1/flows", "/tags/arn:aws:mediaconnect:")):
        return "mediaconnect"
    return "ivs" if path.startswith("/tags/arn:aws:ivs:") or path.lstrip("/") in _ivs_calls() else None


@cache
def _ivs_calls() -> frozenset[str]:
    """IVS names the operation in the path, but for those on tags."""
    return frozenset(api("ivs").model.operation_names)


def region_of(environ: Mapping[str, Any]) -> str | None:
    scope = _credential_scope(environ)
    return scope[0] if scope is not None else None


def _credential_scope(environ: Mapping[str, Any]) -> tuple[str, str] | None:
    signed = re.search(r"Credential=[^/,\s]+/\d+/([^/,\s]+)/([^/,\s]+)/", str(environ.get("HTTP_AUTHORIZATION", "")))
    return (signed[1], signed[2]) if signed else None
