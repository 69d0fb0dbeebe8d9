"""Say which channel runs for a recording alone: a host session's only one, or a flow session's recorder.

First state of ``start_recorder``, and of ``stop_recorder`` once nothing older is under way. It makes nothing, so
nothing undoes it.
"""

from __future__ import annotations

from shared.domain.errors import ChannelLost
from shared.domain.model import Value
from shared.domain.plan import plan_resources
from shared.gateways.settings import settings
from shared.runtime.steps import SessionStep, open_session
from shared.runtime.task import task


class RecorderPlan(Value):
    """The workflow's state from here on. ``error`` is where a Catch puts what it caught."""

    session_id: str
    operation: int
    destination_id: str
    error: None = None


@task
def handler(step: SessionStep) -> RecorderPlan:
    record = open_session(step)
    recorder = plan_resources(settings().stage, step.session_id, record.spec).recorder()
    if recorder is None:
        raise ChannelLost("the session has no channel that records")
    return RecorderPlan(session_id=step.session_id, operation=step.operation, destination_id=recorder.destination_id)
