"""Lay out which channels go off the air, and whether one of them runs on for its recording.

``stop_streaming``, after what an older operation had in flight is over.
"""

from __future__ import annotations

from shared.domain.model import Value
from shared.domain.plan import plan_resources
from shared.domain.session import ResourceState, channel_key
from shared.gateways import ledger
from shared.gateways.settings import settings
from shared.runtime.steps import SessionStep, open_session
from shared.runtime.task import task


class StoppingChannel(Value):
    """``goes_on``: an open recording goes on after the stop, so the channel is started again, with S3 alone."""

    destination_id: str
    goes_on: bool


class StopPlan(Value):
    """The workflow's state from here on: ids only."""

    session_id: str
    operation: int
    channels: tuple[StoppingChannel, ...]


@task
def handler(step: SessionStep) -> StopPlan:
    record = open_session(step)
    goes_on = record.spec.is_hosted and bool(record.open_recording)
    stopping = []
    for channel in plan_resources(settings().stage, step.session_id, record.spec).streaming():
        row = ledger.get(step.session_id, channel_key(channel.destination_id))
        if row is not None and row.state is not ResourceState.DELETED:
            stopping.append(StoppingChannel(destination_id=channel.destination_id, goes_on=goes_on))
    return StopPlan(session_id=step.session_id, operation=step.operation, channels=tuple(stopping))
