"""Two requests that one process answers at once: each by its own caller, path and body."""

from __future__ import annotations

import threading
from typing import Any

from aws_lambda_powertools.event_handler import Response

from shared.runtime.api.resolver import Resolver


def event(caller: str) -> dict[str, Any]:
    http = {"method": "POST", "path": f"/who/{caller}"}
    return {
        "rawPath": http["path"],
        "headers": {},
        "requestContext": {"http": http, "stage": "$default"},
        "body": caller,
    }


def test_each_request_is_answered_as_its_own() -> None:
    app, both_are_in = Resolver(), threading.Barrier(2, timeout=10)

    @app.post("/who/<caller>")
    def who(caller: str) -> Response[Any]:
        both_are_in.wait()
        said = f"{app.context['asked_by']} {app.current_event.path} {app.current_event.body} {caller}"
        both_are_in.wait()
        return Response(200, "text/plain", said)

    answers: dict[str, str] = {}

    def ask(caller: str) -> None:
        app.append_context(asked_by=caller)  # type: ignore[no-untyped-call]
        answers[caller] = app.resolve(event(caller), None)["body"]

    threads = [threading.Thread(target=ask, args=(caller,)) for caller in ("ann", "bob")]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(20)
    assert answers == {caller: f"{caller} /who/{caller} {caller} {caller}" for caller in ("ann", "bob")}
