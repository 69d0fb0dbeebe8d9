"""What stands between API Gateway and the routes: the resolver, who asks, whose session it is, what is done once.

The routes of tasks/triggers/routes are made with ``app`` and call the rest. tasks/triggers/api.py calls ``resolve``.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

from aws_lambda_powertools.event_handler import Response
from pydantic import BaseModel

from shared.domain.errors import OnAirError, OperatorsOnly
from shared.gateways import sessions
from shared.gateways.settings import settings
from shared.runtime.api.caller import Caller, caller_of
from shared.runtime.api.idempotency import once
from shared.runtime.api.problems import answer_problems, refused
from shared.runtime.api.requests import check_body, check_session_id, idempotency_key
from shared.runtime.api.resolver import Resolver
from shared.runtime.invocation import bind

app = Resolver(enable_validation=True)
answer_problems(app)


def resolve(event: dict[str, Any], context: Any) -> dict[str, Any]:
    """Answer an HTTP API event (payload format 2.0) by its route. No answer is kept by a browser or anything between:
    it is one caller's, and one of them tells secrets."""
    answer = _answer(event, context)
    return {**answer, "headers": {**answer.get("headers", {}), "cache-control": "no-store"}}


def _answer(event: dict[str, Any], context: Any) -> dict[str, Any]:
    bind(route=event.get("routeKey"))
    try:
        who = caller_of(event, settings().operators)
        check_body(event)
    except OnAirError as error:
        return refused(error)
    bind(caller=who.name)
    app.append_context(caller=who)  # type: ignore[no-untyped-call]
    return app.resolve(event, context)


def caller() -> Caller:
    """Whoever sent the request that is being answered."""
    who: Caller = app.context["caller"]
    return who


def operator() -> str:
    """The name of the caller, who must be an operator. Raises ``OperatorsOnly``."""
    who = caller()
    if not who.operator:
        raise OperatorsOnly(f"{who.name} is not an operator")
    return who.name


def body() -> bytes:
    return (app.current_event.decoded_body or "").encode()


def key() -> str | None:
    """The request's Idempotency-Key. Raises ``InvalidRequest``."""
    return idempotency_key(app.current_event.headers)


def owner_of(session_id: str) -> str:
    """The owner of a session that the caller may see; another's is answered like one that does not exist.

    Raises ``SessionNotFound``.
    """
    check_session_id(session_id)
    bind(session_id=session_id)
    owner = sessions.get(session_id).spec.owner
    if not caller().may_see(owner):
        raise sessions.not_found(session_id)
    return owner


def once_for(session_id: str, perform: Callable[[], str]) -> str:
    """Do what a POST asks of a session, once for each Idempotency-Key; see ``idempotency.once``."""
    return once(f"POST {app.current_event.path}", owner_of(session_id), key(), body(), perform)


def answered(status: int, document: BaseModel, headers: Mapping[str, str] | None = None) -> Response[Any]:
    return Response(status, "application/json", document.model_dump_json(), dict(headers or {}))
