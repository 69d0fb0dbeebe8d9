"""The HTTP API: sessions are asked for, looked at, streamed, recorded and ended.

What all routes have in common is in shared/runtime/api, each of them in tasks/triggers/routes."""

from __future__ import annotations

from typing import Any

from shared.runtime.api.edge import resolve
from shared.runtime.invocation import trigger
from tasks.triggers.routes import contract, history, operators, recordings, sessions, streaming

#: Each adds its routes to those of ``edge.app`` when it is imported.
ROUTES = (contract, sessions, streaming, recordings, history, operators)


@trigger
def handler(event: dict[str, Any], context: Any) -> dict[str, Any]:
    return resolve(event, context)
