"""Sessions are asked for, listed, looked at, given other limits and ended."""

from __future__ import annotations

from typing import Annotated, Any

from aws_lambda_powertools.event_handler import Response
from aws_lambda_powertools.event_handler.openapi.params import Query

from shared.domain.answers import IngestEndpointList, SessionAnswer, SessionList, summary
from shared.domain.changes import ChangeList
from shared.domain.errors import (
    FlowNotFound,
    IdempotencyKeyReused,
    NotAllowedNow,
    NotYours,
    QuotaExceeded,
    SessionNotFound,
    WriteConflict,
)
from shared.domain.limits import LimitChanges
from shared.domain.session import EndedReason, SessionStatus
from shared.domain.session_spec import SessionSpec
from shared.gateways import session_pages
from shared.runtime.api.edge import answered, app, body, caller, key, owner_of
from shared.runtime.api.openapi import told
from shared.runtime.changes import changes_for
from shared.runtime.create_session import create_session
from shared.runtime.invocation import bind
from shared.runtime.limits import change_limits
from shared.runtime.operations import end_session
from shared.runtime.session_answer import ingest_endpoints
from tasks.triggers.routes.changing import session_as_it_is
from tasks.triggers.routes.parameters import PAGE_SIZE, Cursor, Limit, SessionId


@app.get(
    "/changes",
    **told(
        "listChanges",
        "Which sessions have changed since the answer before; asked again and again, instead of reading them all",
        200,
        ChangeList,
        "The sessions, and the cursor to ask with next.",
    ),
)
def get_changes(
    after: Annotated[str | None, Query(description="The `cursor` of the answer before; without it, none.")] = None,
) -> Response[Any]:
    return answered(200, changes_for(caller(), after))


@app.post(
    "/sessions",
    **told(
        "createSession",
        "Ask for a session",
        202,
        SessionAnswer,
        "The session, whose status moves from here on; `Location` is its address.",
        *(NotYours, IdempotencyKeyReused, QuotaExceeded, FlowNotFound, WriteConflict),
    ),
)
def post_session(spec: SessionSpec) -> Response[Any]:
    owned = spec.model_copy(update={"owner": caller().acting_for(spec.owner)})
    record = create_session(owned, body(), key(), caller().name)
    bind(session_id=record.session_id)
    return session_as_it_is(202, record.session_id, {"Location": f"/sessions/{record.session_id}"})


@app.get(
    "/sessions",
    **told(
        "listSessions", "List one's own sessions; an operator's list has all", 200, SessionList, "A page.", NotYours
    ),
)
def get_sessions(
    status: Annotated[SessionStatus | None, Query(description="Only those.")] = None,
    owner: Annotated[str | None, Query(min_length=1, description="Only theirs; an operator may name any.")] = None,
    limit: Limit = PAGE_SIZE,
    cursor: Cursor = None,
) -> Response[Any]:
    who = caller()
    whose = None if owner is None and who.operator else who.acting_for(owner)
    page = session_pages.page(status, whose, limit, cursor)
    listed = SessionList(sessions=tuple(summary(one) for one in page.sessions), next_cursor=page.next_cursor)
    return answered(200, listed)


@app.get(
    "/sessions/<session_id>",
    **told("getSession", "Look at a session with all that belongs to it", 200, SessionAnswer, "It.", SessionNotFound),
)
def get_session(session_id: SessionId) -> Response[Any]:
    return session_as_it_is(200, session_id)


@app.patch(
    "/sessions/<session_id>",
    **told(
        "changeLimits",
        "Extend a session, or change its other limits",
        200,
        SessionAnswer,
        "The session with its new limits.",
        *(SessionNotFound, NotAllowedNow, WriteConflict),
    ),
)
def patch_session(session_id: SessionId, changes: LimitChanges) -> Response[Any]:
    owner_of(session_id)
    change_limits(session_id, changes, caller().name)
    return session_as_it_is(200, session_id)


@app.delete(
    "/sessions/<session_id>",
    **told(
        "endSession",
        "End a session, whatever else is under way; repeatable",
        202,
        SessionAnswer,
        "The session, from which everything is deleted now.",
        *(SessionNotFound, NotAllowedNow, WriteConflict),
    ),
)
def delete_session(session_id: SessionId) -> Response[Any]:
    owner_of(session_id)
    end_session(session_id, EndedReason.REQUESTED, by=caller().name)
    return session_as_it_is(202, session_id)


@app.get(
    "/sessions/<session_id>/ingest-endpoints",
    **told(
        "getIngestEndpoints",
        "Where the host's encoder pushes to, whole: for the session's owner alone",
        200,
        IngestEndpointList,
        "Secrets: whoever knows them can be on the air.",
        *(SessionNotFound, NotYours),
    ),
)
def get_ingest_endpoints(session_id: SessionId) -> Response[Any]:
    if owner_of(session_id) != caller().name:
        raise NotYours(f"where the host of session {session_id} pushes to is told to its owner alone")
    return answered(200, IngestEndpointList(ingest_endpoints=ingest_endpoints(session_id)))
