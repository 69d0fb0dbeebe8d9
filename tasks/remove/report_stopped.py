"""Say that a destination is off the air, and why, before it is removed: from here on nobody wants its channel.

First step of ``remove_destination``. Repeatable.
"""

from __future__ import annotations

from shared.domain.errors import from_state
from shared.domain.session import DestinationStatus
from shared.gateways import ledger
from shared.runtime.steps import Caught, ChannelStep, open_branch
from shared.runtime.task import Done, task


class StoppedStep(ChannelStep):
    error: Caught


@task
def handler(step: StoppedStep) -> Done:
    open_branch(step)
    error = from_state(step.error.Error, step.error.Cause)
    ledger.set_destination(step.session_id, step.operation, step.destination_id, DestinationStatus.ERRORED, error)
    return Done()
