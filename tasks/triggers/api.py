"""The HTTP API: sessions are asked for, looked at and ended. Every error is an RFC 9457 problem document."""

from __future__ import annotations

from typing import Annotated, Any

from aws_lambda_powertools.event_handler import APIGatewayHttpResolver, Response
from aws_lambda_powertools.event_handler.openapi.exceptions import RequestUnsupportedContentType, RequestValidationError
from aws_lambda_powertools.event_handler.openapi.params import Query
from pydantic import BaseModel

from shared.domain.answers import Problem, SessionAnswer, SessionList, answer, problem, summary
from shared.domain.errors import FieldFault, InternalError, InvalidRequest, NotAllowedNow, OnAirError
from shared.domain.session import EndedReason, SessionStatus
from shared.domain.session_spec import SessionSpec, invalid_request
from shared.gateways import sessions
from shared.runtime.create_session import create_session
from shared.runtime.log import logger, places
from shared.runtime.operations import end_session

app = APIGatewayHttpResolver(enable_validation=True)

PAGE_SIZE = 25
LARGEST_PAGE = 100


@app.post("/sessions")
def post_session(spec: SessionSpec) -> Response[Any]:
    """Make a session and begin to provision it: 202 with the session, whose status moves from here on."""
    body = app.current_event.decoded_body or ""
    record = create_session(spec, body.encode(), app.current_event.headers.get("idempotency-key"))
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
    try:
        end_session(session_id, EndedReason.REQUESTED)
    except NotAllowedNow:
        end_session(session_id, EndedReason.REQUESTED)  # another operation was faster by a moment: it is ended, too
    return _json(202, _look(session_id))


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
    return app.resolve(event, context)


def _look(session_id: str) -> SessionAnswer:
    return answer(sessions.view(session_id))


def _json(status: int, body: BaseModel, headers: dict[str, Any] | None = None) -> Response[Any]:
    return Response(status, "application/json", body.model_dump_json(), headers)
