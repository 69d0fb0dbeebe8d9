"""Create the input of a branch: RTP for a flow's output, or RTMP for a host's encoder.

Saga step: forward. Undone by ``tasks/remove/delete_input.py``.
Idempotent: what an earlier attempt made is found by name and tag; the RequestId is the same in every attempt.
"""

from __future__ import annotations

from shared.domain.names import new_ingest_name, parameter_name, session_tags
from shared.domain.payloads.inputs import create_input_request
from shared.domain.session import ResourceKind, input_key
from shared.gateways import ledger, medialive, parameters
from shared.gateways.settings import settings
from shared.runtime.clock import now
from shared.runtime.steps import Branch, ChannelStep, intended, locate, open_branch, record_created, refusal_noted
from shared.runtime.task import Done, task


class CreateInputStep(ChannelStep):
    security_group_id: str


@task
def handler(step: CreateInputStep) -> Done:
    branch = open_branch(step)
    key = input_key(step.destination_id)
    earlier = ledger.get(step.session_id, key)
    if locate(step, earlier) is not None:
        return Done()
    row = intended(step, key, ResourceKind.INPUT, branch.plan.input_name, now(), earlier)
    ledger.intend(step.session_id, row)
    names = _ingest_names(branch)
    request = create_input_request(
        settings().stage, step.session_id, branch.plan, step.security_group_id, names, step.operation
    )
    with refusal_noted(step, row, earlier):
        seen = medialive.create_input(request, names)
    record_created(step, row, seen)
    return Done()


def _ingest_names(branch: Branch) -> list[str]:
    """What the host's encoder pushes to: drawn by the first attempt, read by all others."""
    stage, session_id, plan = settings().stage, branch.record.session_id, branch.plan
    tags = session_tags(stage, session_id)
    return [
        parameters.put_once(parameter_name(stage, session_id, plan.destination_id, secret), new_ingest_name(), tags)
        for secret in plan.ingest_secrets()
    ]
