"""What a session costs, what happened to it, and what works for it."""

from __future__ import annotations

from typing import Any

from aws_lambda_powertools.event_handler import Response

from shared.domain.answers import EventList
from shared.domain.cost_answer import CostAnswer
from shared.domain.errors import ExecutionNotFound, SessionNotFound
from shared.domain.execution_answers import ExecutionAnswer, ExecutionList
from shared.gateways import audit
from shared.runtime.api.edge import answered, app, owner_of
from shared.runtime.api.openapi import told
from shared.runtime.api.requests import check_execution
from shared.runtime.executions import session_execution, session_executions
from shared.runtime.money import cost_of
from tasks.triggers.routes.parameters import PAGE_SIZE, Cursor, Execution, Limit, SessionId


@app.get(
    "/sessions/<session_id>/cost",
    **told(
        "getCost",
        "What a session costs an hour, has cost so far, and cost in all once it is over",
        200,
        CostAnswer,
        "US dollars.",
        SessionNotFound,
    ),
)
def get_cost(session_id: SessionId) -> Response[Any]:
    owner_of(session_id)
    return answered(200, cost_of(session_id))


@app.get(
    "/sessions/<session_id>/events",
    **told("listEvents", "What happened to a session, oldest first", 200, EventList, "A page.", SessionNotFound),
)
def get_events(session_id: SessionId, limit: Limit = PAGE_SIZE, cursor: Cursor = None) -> Response[Any]:
    owner_of(session_id)
    return answered(200, EventList(**dict(audit.page(session_id, limit, cursor))))


@app.get(
    "/sessions/<session_id>/executions",
    **told(
        "listExecutions",
        "List a session's executions: its operations', and those that finalize its recordings; newest first",
        200,
        ExecutionList,
        "The newest.",
        SessionNotFound,
    ),
)
def get_executions(session_id: SessionId) -> Response[Any]:
    owner_of(session_id)
    return answered(200, session_executions(session_id))


@app.get(
    "/sessions/<session_id>/executions/<execution>",
    **told(
        "getExecution",
        "Look at an execution: its machine's graph, and the path that it took through it",
        200,
        ExecutionAnswer,
        "It.",
        *(SessionNotFound, ExecutionNotFound),
    ),
)
def get_execution(session_id: SessionId, execution: Execution) -> Response[Any]:
    owner_of(session_id)
    check_execution(execution)
    return answered(200, session_execution(session_id, execution))
