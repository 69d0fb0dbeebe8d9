"""Create the IVS channel that a host session streams into.

Saga step: forward. Undone by ``tasks/remove/delete_ivs_channel.py``.
Idempotent: IVS has no idempotency token (facts §5), so what an earlier attempt made is found by name and tag, and while
such an attempt may still be under way nobody tries again.
"""

from __future__ import annotations

from shared.domain.payloads.ivs_channels import create_ivs_channel_request
from shared.domain.session import ResourceKind, ivs_channel_key
from shared.gateways import ivs, ledger
from shared.gateways.settings import settings
from shared.runtime.clock import now
from shared.runtime.steps import ChannelStep, intended, locate, open_branch, record_created, refusal_noted
from shared.runtime.task import Done, task


@task
def handler(step: ChannelStep) -> Done:
    branch = open_branch(step)
    key = ivs_channel_key(step.destination_id)
    earlier = ledger.get(step.session_id, key)
    if locate(step, earlier) is not None:
        return Done()
    name = branch.plan.ivs_channel_name or ""
    row = intended(step, key, ResourceKind.IVS_CHANNEL, name, now(), earlier)
    ledger.intend(step.session_id, row)
    with refusal_noted(step, row, earlier):
        seen = ivs.create_channel(create_ivs_channel_request(settings().stage, step.session_id, branch.plan))
    record_created(step, row, seen)
    return Done()
