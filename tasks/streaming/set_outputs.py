"""Set what a channel puts out in its next run: to its destination and to S3, or to S3 alone.

UpdateChannel is allowed while the channel is IDLE only (facts §2.3). Saga step: forward; a run's outputs mean nothing
before the run, so nothing undoes it. Idempotent: the same operation always sets the same. The stream key goes from the
parameter store, or from IVS, into the call and nowhere else.
"""

from __future__ import annotations

from shared.domain.errors import ChannelLost, ChannelUpdateFailed, NotReady
from shared.domain.payloads.channels import update_channel_request
from shared.gateways import medialive
from shared.runtime.outputs import outputs_of
from shared.runtime.steps import ChannelStep, known_channel, open_branch, state_of
from shared.runtime.task import Done, task


class SetOutputsStep(ChannelStep):
    on_air: bool


@task
def handler(step: SetOutputsStep) -> Done:
    branch = open_branch(step)
    row, channel_id = known_channel(step, branch)
    state = state_of(row, medialive.describe_channel(channel_id))
    if state in ("DELETING", medialive.DELETED):
        raise ChannelLost(f"channel {channel_id} is {state}")
    if state == "UPDATE_FAILED":
        raise ChannelUpdateFailed(f"channel {channel_id} is {state} since an earlier start")
    if state != "IDLE":
        raise NotReady(f"channel {channel_id} is {state}")
    wanted = outputs_of(step, branch, step.on_air)
    medialive.update_channel(update_channel_request(channel_id, branch.plan, wanted.outputs), wanted.secrets)
    return Done()
