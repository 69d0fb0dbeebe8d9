"""What is told of one visit of a state: when, how it went, and its errors in words.

A visit is made by ``execution_path.py``, and answered by the API.
"""

from __future__ import annotations

import json
from datetime import datetime
from enum import StrEnum

from shared.domain.errors import VOCABULARY, ErrorInfo, InternalError, describe, from_state
from shared.domain.model import Value
from shared.domain.waits import Wanted

#: So many of a visit's retries are told, the last ones; a step that asks every two seconds has hundreds.
RETRIES_TOLD = 20
#: Characters of a cause. MediaLive's refusals name every field.
_LONGEST_CAUSE = 2000
_LONGEST_RETRY = 300


class VisitStatus(StrEnum):
    """``waiting``: parked until somebody sends its token; ``caught``: it failed and a Catch led on; ``aborted``: it was
    ended with its execution, or with its Map."""

    RUNNING = "running"
    WAITING = "waiting"
    SUCCEEDED = "succeeded"
    CAUGHT = "caught"
    FAILED = "failed"
    ABORTED = "aborted"


class ExecutionError(Value):
    """An error by its name, as the state machine matches on it, and in words; never a stack trace."""

    name: str
    cause: str


class Retry(Value):
    """An attempt that failed and was followed by another, or will be."""

    at: datetime
    error: str
    cause: str


class WaitsFor(Value):
    """What a parked step waits for: that ``event`` says the channel is as ``wanted``, ``since`` the state was
    entered."""

    channel_id: str
    wanted: Wanted
    event: str
    since: datetime


class Visit(Value):
    """One time that a state was entered.

    ``inside``, ``item``: the Map and the number of its item; ``item_label``: the item's destination. ``entered_at`` is
    None if that is before all that was read of the history, ``item`` then, too. ``retry_count`` counts all retries,
    ``retries`` holds the last ones. ``left_to``: the state that was entered next.
    """

    state: str
    inside: str | None
    item: int | None
    item_label: str | None
    entered_at: datetime | None
    left_at: datetime | None
    status: VisitStatus
    retry_count: int
    retries: tuple[Retry, ...]
    error: ExecutionError | None
    left_to: str | None
    waits_for: WaitsFor | None = None


def error_in_words(error: str, cause: str, state: str = "") -> ExecutionError:
    """An error with what happened and what to do about it. The words of one that is not ours are left out, as
    ``from_state`` does: nobody has looked whether they hold a secret."""
    info = _info(error, cause, state)
    if info.cause.startswith(info.title):  # a Fail state has all of it in one text
        return ExecutionError(name=error, cause=_short(info.cause, _LONGEST_CAUSE))
    said = _short(_said(info).rstrip().removesuffix("."), _LONGEST_CAUSE)
    return ExecutionError(name=error, cause=f"{said}. What to do: {info.remedy}")


def retry_in_words(state: str, at: datetime, error: str, cause: str) -> Retry:
    info = _info(error, cause, state)
    return Retry(at=at, error=error, cause=_short(_said(info), _LONGEST_RETRY))


def _said(info: ErrorInfo) -> str:
    """What happened; who is not of the vocabulary has no title of its own."""
    return info.cause if info.name == InternalError.name() else f"{info.title}: {info.cause}"


def _info(error: str, cause: str, state: str) -> ErrorInfo:
    if error not in VOCABULARY:
        return from_state(error, cause, state)
    try:
        return describe(error, str(json.loads(cause)["errorMessage"]))
    except (ValueError, TypeError, KeyError):
        return describe(error, cause)


def _short(text: str, longest: int) -> str:
    return text if len(text) <= longest else f"{text[: longest - 2]} …"
