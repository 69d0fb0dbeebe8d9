"""The one logger: JSON lines with the ids that an operator searches by. It is given ids and names, never payloads."""

from __future__ import annotations

import traceback
from types import TracebackType

from aws_lambda_powertools import Logger

logger = Logger(service="onair", log_uncaught_exceptions=False)


def places(trace: TracebackType | None) -> list[str]:
    """Where an exception passed, without its message: the message of a library's exception may quote a secret."""
    return [f"{frame.filename}:{frame.lineno} {frame.name}" for frame in traceback.extract_tb(trace)]
