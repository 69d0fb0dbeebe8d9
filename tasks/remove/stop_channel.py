"""Stop the channel of one branch.

Compensation of ``tasks/provision/start_channel.py``, and the first step of every removal and of every stop.
Idempotent: a channel that is stopped, stopping or gone is success. One that is being created or changed can't be
stopped yet: ``NotReady``.
"""

from __future__ import annotations

from shared.domain.channel_states import RUNS
from shared.domain.errors import NotReady
from shared.domain.session import channel_key
from shared.gateways import ledger, medialive
from shared.runtime.clock import now
from shared.runtime.steps import ChannelStep, locate, open_branch, state_of
from shared.runtime.task import Done, task


@task
def handler(step: ChannelStep) -> Done:
    open_branch(step)
    key = channel_key(step.destination_id)
    row = ledger.get(step.session_id, key)
    channel_id = locate(step, row)
    if channel_id is None:
        return Done()
    state = state_of(row, medialive.describe_channel(channel_id))
    ledger.observe(step.session_id, key, state, now())
    if state in ("CREATING", "UPDATING"):
        raise NotReady(f"channel {channel_id} is {state}")
    if state in RUNS:
        medialive.stop_channel(channel_id)
    return Done()
