"""Wait until a destination's IVS stream is over: it ends a moment after the channel that fed it (facts §8).

A later start could else be taken for a second publisher. Other destinations have nothing to wait for. IVS tells by
events, too; this asks, every two seconds and to a deadline, for nothing depends on the moment.
"""

from __future__ import annotations

from shared.domain.errors import NotReady
from shared.domain.session import ivs_channel_key
from shared.gateways import ivs, ledger
from shared.runtime.steps import ChannelStep, open_branch
from shared.runtime.task import Done, task


@task
def handler(step: ChannelStep) -> Done:
    open_branch(step)
    row = ledger.get(step.session_id, ivs_channel_key(step.destination_id))
    if row is not None and row.resource_id is not None and ivs.is_live(row.resource_id):
        raise NotReady(f"the stream in IVS channel {row.resource_id} is not over yet")
    return Done()
