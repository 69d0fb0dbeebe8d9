"""Every error as an RFC 9457 problem document: the vocabulary's own, and what the resolver says for itself."""

from __future__ import annotations

from typing import Any

from aws_lambda_powertools.event_handler import APIGatewayHttpResolver, Response
from aws_lambda_powertools.event_handler.exceptions import NotFoundError
from aws_lambda_powertools.event_handler.openapi.exceptions import RequestUnsupportedContentType, RequestValidationError

from shared.domain.answers import problem
from shared.domain.errors import FieldFault, InternalError, InvalidRequest, OnAirError, SessionNotFound
from shared.domain.request_faults import invalid_request
from shared.runtime.log import logger, places

MEDIA_TYPE = "application/problem+json"


def answer_problems(app: APIGatewayHttpResolver) -> None:
    """Have every route's errors answered by this module."""
    app.not_found(_refuse_path)
    app.exception_handler(RequestValidationError)(_refuse_invalid)
    app.exception_handler(RequestUnsupportedContentType)(_refuse_content_type)
    app.exception_handler(OnAirError)(refuse)
    app.exception_handler(Exception)(_refuse_fault)


def refuse(error: OnAirError) -> Response[Any]:
    document = problem(error)
    logger.info("refused", extra={"problem": document.name})
    return Response(document.status, MEDIA_TYPE, document.model_dump_json())


def refused(error: OnAirError) -> dict[str, Any]:
    """The same as a function's result, for what is refused before there is a route."""
    answer = refuse(error)
    return {"statusCode": answer.status_code, "headers": {"content-type": MEDIA_TYPE}, "body": answer.body}


def _refuse_path(error: NotFoundError) -> Response[Any]:
    return refuse(SessionNotFound("there is nothing at this path"))


def _refuse_invalid(error: RequestValidationError) -> Response[Any]:
    return refuse(invalid_request(error.errors()))


def _refuse_content_type(error: RequestUnsupportedContentType) -> Response[Any]:
    fault = FieldFault(field="content-type", message="must be application/json")
    return refuse(InvalidRequest("the body must be sent as application/json", (fault,)))


def _refuse_fault(error: Exception) -> Response[Any]:
    """A fault of ours: its kind and place into the log, never its text."""
    kind = type(error).__name__
    logger.error("fault", extra={"kind": kind, "at": places(error.__traceback__)})
    return refuse(InternalError(f"the request could not be answered ({kind})"))
