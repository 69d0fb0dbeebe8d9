"""Say that the channel runs and records, alone.

Last step of ``start_recorder``: from here on the open recording records.
"""

from __future__ import annotations

from shared.domain.session import DestinationStatus
from shared.gateways import ledger, sessions
from shared.runtime.clock import now
from shared.runtime.recording_marks import goes_on, mark_start
from shared.runtime.steps import ChannelStep, open_branch
from shared.runtime.task import Done, task


@task
def handler(step: ChannelStep) -> Done:
    branch = open_branch(step)
    if not branch.plan.streams:
        broadcasting = DestinationStatus.BROADCASTING
        ledger.set_destination(step.session_id, step.operation, step.destination_id, broadcasting)
    moment = now()
    change = sessions.Change(recording=goes_on(branch.record, moment))
    sessions.finish(branch.record, step.operation, moment, change)
    mark_start(branch.record)
    return Done()
