"""The API's contract as an OpenAPI 3.1 document, generated from its routes and their models.

Powertools generates paths, parameters and schemas; here is added what is true of every route: who may call, which
problems it answers with, ``Idempotency-Key``, examples. It is served by the API itself, and checked in as
docs/reference/openapi.json (``make openapi``).
"""

from __future__ import annotations

import json
import re
from typing import Any

from aws_lambda_powertools.event_handler import APIGatewayHttpResolver

from shared.domain.answers import Problem, problem
from shared.domain.errors import (
    VOCABULARY,
    InternalError,
    InvalidRequest,
    NotSignedIn,
    OnAirError,
    ServiceUnavailable,
    Throttled,
)
from shared.domain.model import Value
from shared.domain.names import EXECUTION_PATTERN, RECORDING_ID_PATTERN, SESSION_ID_PATTERN, SWEEP_ID_PATTERN
from shared.runtime.api.examples import DETAILS, REQUESTS
from shared.runtime.api.problems import MEDIA_TYPE

#: Of the contract: see "How it may change" in docs/reference/api.md.
VERSION = "2.0.0"

#: What any route may answer.
EVERY_ROUTE: tuple[type[OnAirError], ...] = (
    NotSignedIn,
    InvalidRequest,
    InternalError,
    Throttled,
    ServiceUnavailable,
)

_DESCRIPTION = """\
Sessions put a live show on air on AWS and take it off again. Every request says who asks: by SigV4 (service \
`execute-api`), or, on a stage that has a JWT issuer and on the local stage, by a bearer token. A caller sees its own \
sessions; an operator sees all.

Errors are RFC 9457 problem documents: `name` is of a fixed vocabulary, `remedy` says what to do. Lists come in pages, \
newest first: `next_cursor` leads to the next page and is null on the last. A POST may carry an `Idempotency-Key`: \
within 24 hours the same key and body have the same outcome, done once; another body is refused. What is asked for and \
has taken effect already is success."""

_KEY = {
    "name": "Idempotency-Key",
    "in": "header",
    "required": False,
    "description": "Kept for 24 hours per owner and route. Send the same one again when an answer was lost.",
    "schema": {"type": "string", "minLength": 1, "maxLength": 254},
}
_SECURITY = {
    "sigv4": {
        "type": "apiKey",
        "in": "header",
        "name": "Authorization",
        "description": "AWS Signature Version 4, service `execute-api`: any AWS profile that may call "
        "`execute-api:Invoke` on the API.",
        "x-amazon-apigateway-authtype": "awsSigv4",
    },
    "bearer": {
        "type": "http",
        "scheme": "bearer",
        "bearerFormat": "JWT",
        "description": "A token of the stage's issuer, whose `sub` is the caller; on the local stage, the token "
        "that it prints at its start.",
    },
}
_SCHEMAS = "#/components/schemas/"
_PATTERNS = {
    "sessionId": SESSION_ID_PATTERN,
    "recordingId": RECORDING_ID_PATTERN,
    "execution": EXECUTION_PATTERN,
    "sweepId": SWEEP_ID_PATTERN,
}


def told(
    operation_id: str, summary: str, status: int, answers: type[Value] | None, says: str, *errors: type[OnAirError]
) -> dict[str, Any]:
    """What the contract tells of a route, for its decorator: its name, what it does and answers, and the problems that
    are its own beside every route's."""
    content = {"application/json": {"model": answers} if answers else {"schema": {"type": "object"}}}
    responses: dict[int, Any] = {status: {"description": says, "content": content}}
    for error in (*errors, *EVERY_ROUTE):
        empty: dict[str, Any] = {"description": "", "content": {MEDIA_TYPE: {"model": Problem, "examples": {}}}}
        listed = responses.setdefault(error.http_status, empty)
        listed["description"] += f"{', ' if listed['description'] else ''}{error.name()}: {error.title}"
        listed["content"][MEDIA_TYPE]["examples"][error.name()] = {"$ref": f"#/components/examples/{error.name()}"}
    return {"operation_id": operation_id, "summary": summary, "responses": responses, "status_code": status}


def document(app: APIGatewayHttpResolver) -> dict[str, Any]:
    """The contract of the routes of ``app``."""
    generated = app.get_openapi_schema(
        title="OnAir",
        version=VERSION,
        openapi_version="3.1.0",
        description=_DESCRIPTION,
    )
    made: dict[str, Any] = json.loads(generated.model_dump_json(by_alias=True, exclude_none=True))
    made = _tidied(made)
    made["components"]["securitySchemes"] = _SECURITY
    made["security"] = [{"sigv4": []}, {"bearer": []}]
    made["paths"] = {
        _camel_path(path): {method: _operation(method, each) for method, each in sorted(item.items())}
        for path, item in sorted(made["paths"].items())
    }
    named = sorted({name for item in made["paths"].values() for each in item.values() for name in _problems(each)})
    made["components"]["examples"] = {name: {"value": _example(VOCABULARY[name])} for name in named}
    schemas = made["components"]["schemas"]
    made["components"]["schemas"] = {name: schemas[name] for name in sorted(_used(made["paths"], schemas))}
    return made


def text(app: APIGatewayHttpResolver) -> str:
    """The document as it is checked in."""
    return json.dumps(document(app), indent=2, ensure_ascii=False) + "\n"


def _operation(method: str, operation: dict[str, Any]) -> dict[str, Any]:
    parameters = [_parameter(each) for each in operation.get("parameters", [])]
    if method == "post":
        parameters.append(_KEY)
    if parameters:
        operation["parameters"] = parameters
    if "requestBody" in operation:
        content = operation["requestBody"]["content"]["application/json"]
        # A body that may be left out: that it may be is said by "required", and null is not a body.
        content["schema"] = content["schema"].get("anyOf", [content["schema"]])[0]
        content["examples"] = REQUESTS[operation["operationId"]]
    operation["responses"] = dict(sorted(operation["responses"].items()))
    return operation


def _problems(operation: dict[str, Any]) -> list[str]:
    """The names of the problems that an operation answers with."""
    contents = [answer.get("content", {}).get(MEDIA_TYPE, {}) for answer in operation["responses"].values()]
    return [name for content in contents for name in content.get("examples", {})]


def _parameter(parameter: dict[str, Any]) -> dict[str, Any]:
    if parameter["in"] != "path":
        return parameter
    name = _camel(parameter["name"])
    return {**parameter, "name": name, "schema": {"type": "string", "pattern": f"^{_PATTERNS[name]}$"}}


def _example(error: type[OnAirError]) -> dict[str, Any]:
    """A problem document of that kind, as the API writes it."""
    faults, detail = DETAILS.get(error.name(), ((), error.title))
    return problem(error(detail, faults)).model_dump(mode="json")


def _tidied(node: Any) -> Any:
    """Without what Powertools and pydantic get wrong: bounds of 100 as 100.0, and defaults that stand for "by another
    field" and are no value of their own."""
    if isinstance(node, list):
        return [_tidied(each) for each in node]
    if not isinstance(node, dict):
        return node
    tidy = {name: _tidied(each) for name, each in node.items()}
    for name in ("minimum", "maximum"):
        if isinstance(tidy.get(name), float) and tidy[name].is_integer():
            tidy[name] = int(tidy[name])
    if isinstance(tidy.get("pattern"), str) and not re.search(tidy["pattern"], str(tidy.get("default", "-"))):
        tidy.pop("default", None)
    return tidy


def _camel_path(path: str) -> str:
    """As serverless.yml writes it: ``/sessions/{session_id}`` is ``/sessions/{sessionId}``."""
    return re.sub(r"\{[a-z_]+\}", lambda match: _camel(match.group()), path)


def _camel(name: str) -> str:
    return re.sub(r"_([a-z])", lambda match: match.group(1).upper(), name)


def _used(node: Any, schemas: dict[str, Any]) -> set[str]:
    """The schemas that are referred to, directly or by others."""
    found: set[str] = set()
    waiting = [node]
    while waiting:
        each = waiting.pop()
        if isinstance(each, dict):
            name = str(each.get("$ref", "")).removeprefix(_SCHEMAS)
            if name in schemas and name not in found:
                found.add(name)
                waiting.append(schemas[name])
            waiting += each.values()
        elif isinstance(each, list):
            waiting += each
    return found
