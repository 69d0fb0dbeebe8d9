"""Wait until a channel has its new outputs: UPDATING is over.

No event tells of it (facts §1.1), so nothing is parked: the step says ``NotReady`` and is asked again every second.
"""

from __future__ import annotations

from shared.domain.errors import ChannelLost, ChannelUpdateFailed, NotReady
from shared.domain.session import channel_key
from shared.gateways import ledger, medialive
from shared.runtime.clock import now
from shared.runtime.steps import ChannelStep, locate, open_branch, state_of
from shared.runtime.task import Done, task


@task
def handler(step: ChannelStep) -> Done:
    branch = open_branch(step)
    key = channel_key(step.destination_id)
    row = ledger.get(step.session_id, key)
    channel_id = locate(step, row)
    state = medialive.DELETED if channel_id is None else state_of(row, medialive.describe_channel(channel_id))
    ledger.observe(step.session_id, key, state, now())
    if state == "UPDATE_FAILED":
        raise ChannelUpdateFailed(f"channel {channel_id} is {state}")
    if state == medialive.DELETED:
        raise ChannelLost(f"there is no channel {branch.plan.channel_name}")
    if state != "IDLE":
        raise NotReady(f"channel {channel_id} is {state}")
    return Done()
