"""Lay out what the session will make, if it fits into the quotas: the branches that the workflow's Map goes through.

First state of ``provision_session``. It makes nothing, so nothing undoes it.
"""

from __future__ import annotations

from shared.domain.model import Value
from shared.runtime.admission import check_admission
from shared.runtime.steps import ChannelStep, SessionStep, open_session
from shared.runtime.task import task


class SessionPlan(Value):
    """The workflow's state from here on: ids only. ``error`` is where a Catch puts what it caught."""

    session_id: str
    operation: int
    go_live: bool
    channels: tuple[ChannelStep, ...]
    error: None = None


@task
def handler(step: SessionStep) -> SessionPlan:
    record = open_session(step)
    check_admission(step.session_id, record.spec)
    return SessionPlan(
        session_id=step.session_id,
        operation=step.operation,
        go_live=record.spec.go_live,
        channels=tuple(
            ChannelStep(session_id=step.session_id, operation=step.operation, destination_id=destination.id)
            for destination in record.spec.destinations
        ),
    )
