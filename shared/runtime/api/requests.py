"""What every request must be, before a route looks at it. Used by edge.py and by tasks/triggers/routes."""

from __future__ import annotations

import base64
import json
import re
from collections.abc import Mapping
from typing import Any

from shared.domain.errors import (
    ExecutionNotFound,
    FieldFault,
    InvalidRequest,
    RecordingNotFound,
    SessionNotFound,
    SweepNotFound,
)
from shared.domain.names import EXECUTION_PATTERN, RECORDING_ID_PATTERN, SESSION_ID_PATTERN, SWEEP_ID_PATTERN

#: Bytes: twenty destinations with every field at its longest take less.
LARGEST_BODY = 256 * 1024


def check_body(event: Mapping[str, Any]) -> None:
    """Raises ``InvalidRequest`` unless a body, if there is one, is JSON within measure: what json stumbles over would
    look like our fault."""
    body = event.get("body") or ""
    try:
        text = base64.b64decode(body) if event.get("isBase64Encoded") else body.encode()
        if len(text) > LARGEST_BODY:
            raise ValueError("too large")
        if text:
            json.loads(text)
    except (ValueError, RecursionError):
        fault = FieldFault(field="body", message=f"must be JSON of at most {LARGEST_BODY:,} bytes")
        raise InvalidRequest("the body can't be read", (fault,)) from None


def idempotency_key(headers: Mapping[str, str]) -> str | None:
    """The ``Idempotency-Key``, None without one. Raises ``InvalidRequest``."""
    key = headers.get("idempotency-key")
    if key is not None and not re.fullmatch(r"[\x21-\x7e][\x20-\x7e]{0,253}", key):
        fault = FieldFault(
            field="Idempotency-Key", message="must be 1 to 254 printable ASCII characters, or be left out"
        )
        raise InvalidRequest("the Idempotency-Key is not valid", (fault,))
    return key


def check_session_id(session_id: str) -> None:
    """Raises ``SessionNotFound`` for what no session can be called, without repeating it."""
    if not re.fullmatch(SESSION_ID_PATTERN, session_id):
        raise SessionNotFound("that is not a session's id")


def check_recording_id(recording_id: str) -> None:
    """Raises ``RecordingNotFound`` for what no recording can be called, without repeating it."""
    if not re.fullmatch(RECORDING_ID_PATTERN, recording_id):
        raise RecordingNotFound("that is not a recording's id")


def check_execution(execution: str) -> None:
    """Raises ``ExecutionNotFound`` for what no execution of a session can be called, without repeating it."""
    if not re.fullmatch(EXECUTION_PATTERN, execution):
        raise ExecutionNotFound("that is not an execution's name")


def check_sweep_id(sweep_id: str) -> None:
    """Raises ``SweepNotFound`` for what no sweep can be called, without repeating it."""
    if not re.fullmatch(SWEEP_ID_PATTERN, sweep_id):
        raise SweepNotFound("that is not a sweep's id")
