"""Delete the channel of one branch.

Compensation of ``tasks/provision/create_channel.py``. Idempotent: a channel that is being deleted or gone is success.
"""

from __future__ import annotations

from shared.domain.channel_states import GONE, RUNS, STANDS_STILL
from shared.domain.errors import NotReady
from shared.domain.session import channel_key
from shared.gateways import ledger, medialive
from shared.runtime.clock import now
from shared.runtime.steps import ChannelStep, locate, open_branch, state_of
from shared.runtime.task import Done, task


@task
def handler(step: ChannelStep) -> Done:
    open_branch(step)
    row = ledger.get(step.session_id, channel_key(step.destination_id))
    channel_id = locate(step, row)
    if channel_id is None:
        if row is not None:
            ledger.mark_deleted(step.session_id, step.operation, row, now())
        return Done()
    state = state_of(row, medialive.describe_channel(channel_id))
    ledger.observe(step.session_id, channel_key(step.destination_id), state, now())
    if state in RUNS:
        medialive.stop_channel(channel_id)  # started after Stop channel had looked, by a late call or by somebody
    if state not in STANDS_STILL | GONE:
        raise NotReady(f"channel {channel_id} is {state}")
    if state in STANDS_STILL:
        medialive.delete_channel(channel_id)
    return Done()
