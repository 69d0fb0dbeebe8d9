"""Give a session up that could not be provisioned: hand it to ``end_session``, which removes everything by plan.

Whatever fails before the branches, and a session whose branches leave nothing to keep, comes here.
"""

from __future__ import annotations

from shared.domain.errors import ErrorInfo, from_state
from shared.domain.session import EndedReason
from shared.gateways import sessions
from shared.runtime.operations import end_session
from shared.runtime.steps import Caught, SessionStep, open_session
from shared.runtime.task import Done, task


class AbandonStep(SessionStep):
    error: Caught | None


@task
def handler(step: AbandonStep) -> Done:
    open_session(step)
    error = from_state(step.error.Error, step.error.Cause) if step.error else _first_error(step.session_id)
    end_session(step.session_id, EndedReason.ERROR, error)
    return Done()


def _first_error(session_id: str) -> ErrorInfo | None:
    """The error of the destination that failed of itself, not because of another."""
    errors = [one.error for one in sessions.destinations(session_id) if one.error is not None]
    own = [error for error in errors if error.name != "SiblingFailed"]
    return next(iter(own or errors), None)
