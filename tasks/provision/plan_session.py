"""Lay out what the session will make: the branches that the workflow's Map goes through.

First state of ``provision_session``. It sees that what the session takes of the quotas is reserved, which
``tasks/remove/finish_end.py`` gives back, and makes nothing else.
"""

from __future__ import annotations

from shared.domain.model import Value
from shared.domain.plan import plan_resources
from shared.gateways.settings import settings
from shared.runtime.admission import make_sure
from shared.runtime.steps import SessionStep, open_session
from shared.runtime.task import task


class PlannedChannel(Value):
    """One branch of the Map: its id, and which of the steps it needs."""

    destination_id: str
    makes_ivs_channel: bool
    takes_flow: bool


class SessionPlan(Value):
    """The workflow's state from here on: ids only. ``error`` is where a Catch puts what it caught."""

    session_id: str
    operation: int
    go_live: bool
    channels: tuple[PlannedChannel, ...]
    error: None = None


@task
def handler(step: SessionStep) -> SessionPlan:
    record = open_session(step)
    make_sure(step.session_id, record.spec)
    return SessionPlan(
        session_id=step.session_id,
        operation=step.operation,
        go_live=record.spec.go_live,
        channels=tuple(
            PlannedChannel(
                destination_id=channel.destination_id,
                makes_ivs_channel=channel.ivs_channel_name is not None,
                takes_flow=bool(channel.flow_output_names),
            )
            for channel in plan_resources(settings().stage, step.session_id, record.spec).channels
        ),
    )
