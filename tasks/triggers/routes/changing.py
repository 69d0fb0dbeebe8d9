"""What the routes that change a session have in common: what they are refused with, and the session they answer."""

from __future__ import annotations

from typing import Any

from aws_lambda_powertools.event_handler import Response

from shared.domain.errors import IdempotencyKeyReused, NotAllowedNow, SessionNotFound, WriteConflict
from shared.runtime.api.edge import answered, owner_of
from shared.runtime.session_answer import session_answer

#: What any change of a session may be refused with.
CHANGES = (SessionNotFound, NotAllowedNow, IdempotencyKeyReused, WriteConflict)


def session_as_it_is(status: int, session_id: str, headers: dict[str, str] | None = None) -> Response[Any]:
    """The session, to those who may see it. Raises ``SessionNotFound``."""
    owner_of(session_id)
    return answered(status, session_answer(session_id), headers)
