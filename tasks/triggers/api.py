"""The HTTP API: sessions are asked for, looked at and ended. Every error is an RFC 9457 problem document."""

from __future__ import annotations

import base64
import json
import re
from typing import Annotated, Any

from aws_lambda_powertools.event_handler import APIGatewayHttpResolver, Response
from aws_lambda_powertools.event_handler.exceptions import NotFoundError
from aws_lambda_powertools.event_handler.openapi.exceptions import RequestUnsupportedContentType, RequestValidationError
from aws_lambda_powertools.event_handler.openapi.params import Query
from pydantic import BaseModel

from shared.domain.answers import Problem, SessionAnswer, SessionList, answer, problem, summary
from shared.domain.errors import FieldFault, InternalError, InvalidRequest, OnAirError, SessionNotFound
from shared.domain.names import SESSION_ID_PATTERN
from shared.domain.session import EndedReason, SessionStatus
from shared.domain.session_spec import SessionSpec, invalid_request
from shared.gateways import sessions
from shared.runtime.create_session import create_session
from shared.runtime.log import logger, places
from shared.runtime.operations import end_session

app = APIGatewayHttpResolver(enable_validation=True)

PAGE_SIZE = 25
LARGEST_PAGE = 100
#: Bytes: twenty destinations with every field at its longest take less.
LARGEST_BODY = 256 * 1024


@app.post("/sessions")
def post_session(spec: SessionSpec) -> Response[Any]:
    """Make a session and begin to provision it: 202 with the session, whose status moves from here on."""
    body = app.current_event.decoded_body or ""
    record = create_session(spec, body.encode(), _idempotency_key())
    headers = {"Location": f"/sessions/{record.session_id}"}
    return _json(202, answer(sessions.view(record.session_id)), headers)


@app.get("/sessions")
def get_sessions(
    status: Annotated[SessionStatus | None, Query()] = None,
    limit: Annotated[int, Query(ge=1, le=LARGEST_PAGE)] = PAGE_SIZE,
    cursor: Annotated[str | None, Query()] = None,
) -> Response[Any]:
    """A page of sessions, newest first; ``next_cursor`` leads to the next."""
    page = sessions.page(status, limit, cursor)
    listed = SessionList(sessions=tuple(summary(one) for one in page.sessions), next_cursor=page.next_cursor)
    return _json(200, listed)


@app.get("/sessions/<session_id>")
def get_session(session_id: str) -> Response[Any]:
    return _json(200, _look(session_id))


@app.delete("/sessions/<session_id>")
def delete_session(session_id: str) -> Response[Any]:
    """Begin to end a session: 202 with its execution. Repeatable."""
    _look(session_id)
    end_session(session_id, EndedReason.REQUESTED)
    return _json(202, _look(session_id))


@app.not_found
def refuse_path(error: NotFoundError) -> Response[Any]:
    return refuse(SessionNotFound("there is nothing at this path"))


def refuse_invalid(error: RequestValidationError) -> Response[Any]:
    return refuse(invalid_request(error.errors()))


def refuse_content_type(error: RequestUnsupportedContentType) -> Response[Any]:
    fault = FieldFault(field="content-type", message="must be application/json")
    return refuse(InvalidRequest("the body must be sent as application/json", (fault,)))


def refuse(error: OnAirError) -> Response[Any]:
    document: Problem = problem(error)
    logger.info("refused", extra={"problem": document.name})
    return Response(document.status, "application/problem+json", document.model_dump_json())


def refuse_fault(error: Exception) -> Response[Any]:
    """A fault of ours: its kind and place into the log, never its text."""
    kind = type(error).__name__
    logger.error("fault", extra={"kind": kind, "at": places(error.__traceback__)})
    return refuse(InternalError(f"the request could not be answered ({kind})"))


app.exception_handler(RequestValidationError)(refuse_invalid)
app.exception_handler(RequestUnsupportedContentType)(refuse_content_type)
app.exception_handler(OnAirError)(refuse)
app.exception_handler(Exception)(refuse_fault)


def handler(event: dict[str, Any], context: Any) -> dict[str, Any]:
    logger.thread_safe_clear_keys()
    logger.thread_safe_append_keys(request_id=getattr(context, "aws_request_id", None), route=event.get("routeKey"))
    if not _readable(event):
        fault = FieldFault(field="body", message=f"must be JSON of at most {LARGEST_BODY:,} bytes")
        refused = refuse(InvalidRequest("the body can't be read", (fault,)))
        return {"statusCode": refused.status_code, "headers": refused.headers, "body": refused.body}
    return app.resolve(event, context)


def _readable(event: dict[str, Any]) -> bool:
    """Whether a body, if there is one, is JSON within measure: what json stumbles over would look like our fault."""
    body = event.get("body") or ""
    try:
        text = base64.b64decode(body) if event.get("isBase64Encoded") else body.encode()
        if len(text) > LARGEST_BODY:
            return False
        if text:
            json.loads(text)
    except (ValueError, RecursionError):
        return False
    return True


def _idempotency_key() -> str | None:
    key = app.current_event.headers.get("idempotency-key")
    if key is not None and not re.fullmatch(r"[\x21-\x7e][\x20-\x7e]{0,253}", key):
        fault = FieldFault(
            field="Idempotency-Key", message="must be 1 to 254 printable ASCII characters, or be left out"
        )
        raise InvalidRequest("the Idempotency-Key is not valid", (fault,))
    return key


def _look(session_id: str) -> SessionAnswer:
    if not re.fullmatch(SESSION_ID_PATTERN, session_id):
        raise SessionNotFound("that is not a session's id")
    return answer(sessions.view(session_id))


def _json(status: int, body: BaseModel, headers: dict[str, Any] | None = None) -> Response[Any]:
    return Response(status, "application/json", body.model_dump_json(), headers)
