"""Lay out what ``end_session`` has to remove: every branch of the plan, whether its steps were reached or not.

First state of ``end_session``.
"""

from __future__ import annotations

from shared.domain.model import Value
from shared.domain.plan import plan_resources
from shared.gateways.settings import settings
from shared.runtime.steps import ChannelStep, SessionStep, open_session
from shared.runtime.task import task


class RemovalPlan(Value):
    session_id: str
    operation: int
    channels: tuple[ChannelStep, ...]


@task
def handler(step: SessionStep) -> RemovalPlan:
    record = open_session(step)
    return RemovalPlan(
        session_id=step.session_id,
        operation=step.operation,
        channels=tuple(
            ChannelStep(session_id=step.session_id, operation=step.operation, destination_id=channel.destination_id)
            for channel in plan_resources(settings().stage, step.session_id, record.spec).channels
        ),
    )
