"""A session's channels are made, and it goes on and off the air."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from aws_lambda_powertools.event_handler import Response

from shared.domain.answers import SessionAnswer
from shared.domain.errors import FlowNotFound, QuotaExceeded
from shared.domain.model import Value
from shared.domain.moves import OnRecording
from shared.runtime.api.edge import app, caller, once_for
from shared.runtime.api.openapi import told
from shared.runtime.operations import provision, start_streaming, stop_streaming
from tasks.triggers.routes.changing import CHANGES, session_as_it_is
from tasks.triggers.routes.parameters import SessionId


class StreamingRequest(Value):
    """``on_recording``: what becomes of an open recording that starting or stopping the stream would cut."""

    on_recording: OnRecording = OnRecording.REFUSE


@app.post(
    "/sessions/<session_id>/medialive",
    **told(
        "provisionSession",
        "Make the channels of a session that was created without any",
        202,
        SessionAnswer,
        "The session, whose channels are being made.",
        *(*CHANGES, QuotaExceeded, FlowNotFound),
    ),
)
def post_medialive(session_id: SessionId) -> Response[Any]:
    return _acted(session_id, lambda by: provision(session_id, by))


@app.post(
    "/sessions/<session_id>/streaming/start",
    **told("startStreaming", "Go on air", 202, SessionAnswer, "The session, which goes on air.", *CHANGES),
)
def post_streaming_start(session_id: SessionId, wish: StreamingRequest | None = None) -> Response[Any]:
    return _acted(session_id, lambda by: start_streaming(session_id, _on_recording(wish), by))


@app.post(
    "/sessions/<session_id>/streaming/stop",
    **told(
        "stopStreaming",
        "Go off the air; the session stays and can go on air again",
        202,
        SessionAnswer,
        "The session, which goes off the air.",
        *CHANGES,
    ),
)
def post_streaming_stop(session_id: SessionId, wish: StreamingRequest | None = None) -> Response[Any]:
    return _acted(session_id, lambda by: stop_streaming(session_id, _on_recording(wish), by))


def _on_recording(wish: StreamingRequest | None) -> OnRecording:
    return wish.on_recording if wish else OnRecording.REFUSE


def _acted(session_id: str, act: Callable[[str], Any]) -> Response[Any]:
    """Have it done, and answer the session as it is then."""

    def perform() -> str:
        act(caller().name)
        return ""

    once_for(session_id, perform)
    return session_as_it_is(202, session_id)
