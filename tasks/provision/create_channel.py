"""Create the MediaLive channel of one branch.

Saga step: forward. Undone by ``tasks/remove/delete_channel.py``.
Idempotent: what an earlier attempt made is found by name and tag; the RequestId is the same in every attempt.
The stream key goes from the parameter store, or from IVS, into the call and nowhere else.
"""

from __future__ import annotations

from shared.domain.payloads.channels import create_channel_request
from shared.domain.session import ResourceKind, channel_key, input_key
from shared.gateways import ledger, medialive
from shared.gateways.settings import settings
from shared.runtime.clock import now
from shared.runtime.outputs import outputs_of
from shared.runtime.steps import (
    ChannelStep,
    intended,
    locate,
    open_branch,
    ready_input,
    record_created,
    refusal_noted,
)
from shared.runtime.task import Done, task


@task
def handler(step: ChannelStep) -> Done:
    branch = open_branch(step)
    key = channel_key(step.destination_id)
    earlier = ledger.get(step.session_id, key)
    if locate(step, earlier) is not None:
        return Done()
    input_id = ready_input(step).resource_id or ""
    wanted = outputs_of(step, branch, branch.plan.streams)
    row = intended(step, key, ResourceKind.CHANNEL, branch.plan.channel_name, now(), earlier)
    ledger.intend(step.session_id, row)
    request = create_channel_request(
        settings().stage,
        step.session_id,
        branch.plan,
        wanted.outputs,
        input_id,
        settings().media_live_role_arn,
        step.operation,
    )
    with refusal_noted(step, row, earlier):
        seen = medialive.create_channel(request, wanted.secrets)
    record_created(step, row, seen)
    ledger.observe(step.session_id, input_key(step.destination_id), medialive.describe_input(input_id).state, now())
    return Done()
