"""Delete the IVS channel of one branch, and with it its stream keys, and see it gone.

Compensation of ``tasks/provision/create_ivs_channel.py``. Idempotent; a branch without one is done. While a stream is
live it can't be deleted (facts §5): the step says ``NotReady`` and is asked again.
"""

from __future__ import annotations

from shared.domain.errors import NotReady
from shared.domain.session import ivs_channel_key
from shared.gateways import ivs, ledger, parking
from shared.gateways.medialive import DELETED
from shared.runtime.clock import now
from shared.runtime.steps import ChannelStep, locate, open_branch, state_of
from shared.runtime.task import Done, task


@task
def handler(step: ChannelStep) -> Done:
    open_branch(step)
    row = ledger.get(step.session_id, ivs_channel_key(step.destination_id))
    if row is None:
        return Done()
    arn = locate(step, row)
    if arn is not None:
        if state_of(row, ivs.describe_channel(arn)) != DELETED:
            ivs.delete_channel(arn)
            if ivs.describe_channel(arn).state != DELETED:
                raise NotReady(f"IVS channel {arn} is still there")
        parking.forget(arn)
    ledger.mark_deleted(step.session_id, step.operation, row, now())
    return Done()
