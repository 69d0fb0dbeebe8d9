"""Add the RTP outputs to the flow, one for each pipeline of the branch's channel.

Saga step: forward. Undone by ``tasks/remove/remove_flow_outputs.py``.
Idempotent: an output's name is unique within its flow, so what is there already is success.
"""

from __future__ import annotations

from shared.domain.errors import NotReady, OnAirError, RejectedByService
from shared.domain.payloads.flow_outputs import InputEndpoint, add_flow_outputs_request
from shared.domain.session import ResourceKind, flow_output_key
from shared.gateways import ledger, mediaconnect
from shared.gateways.locks import flow_lock
from shared.gateways.settings import settings
from shared.runtime.clock import now
from shared.runtime.steps import Branch, ChannelStep, created, intended, open_branch, ready_input
from shared.runtime.task import Done, task


@task
def handler(step: ChannelStep) -> Done:
    branch = open_branch(step)
    flow_arn = branch.record.spec.flow_arn
    endpoints = _endpoints(step)
    with flow_lock(flow_arn, now()):
        rows = [
            intended(step, flow_output_key(step.destination_id, pipeline), ResourceKind.FLOW_OUTPUT, name, now(), None)
            for pipeline, name in enumerate(branch.plan.flow_output_names)
        ]
        flow = mediaconnect.describe_flow(flow_arn)
        if not _has_all(flow, branch):
            ledger.intend(step.session_id, *rows)
            request = add_flow_outputs_request(settings().stage, step.session_id, flow_arn, branch.plan, endpoints)
            flow = _add(flow, request, branch)
    seen = [flow.output(name) for name in branch.plan.flow_output_names]
    ledger.record(
        step.session_id,
        *(created(row, one.name, one.arn, one.status) for row, one in zip(rows, seen, strict=True) if one is not None),
    )
    return Done()


def _endpoints(step: ChannelStep) -> tuple[InputEndpoint, ...]:
    """Where the input listens. Raises ``NotReady`` until the service has given it addresses."""
    seen = ready_input(step)
    if not seen.endpoints():
        raise NotReady(f"input {seen.id} has no addresses yet")
    return seen.endpoints()


def _add(before: mediaconnect.SeenFlow, request: dict[str, object], branch: Branch) -> mediaconnect.SeenFlow:
    """Call, and whatever the answer, look: the service answers every trouble with BadRequest (facts §9).

    A refusal is for good only if the flow was between states neither before nor after it.
    """
    trouble: OnAirError | None = None
    try:
        mediaconnect.add_flow_outputs(request)
    except RejectedByService as error:
        trouble = error
    flow = mediaconnect.describe_flow(before.arn)
    if _has_all(flow, branch):
        return flow
    if {before.status, flow.status} & mediaconnect.BETWEEN:
        raise NotReady(f"flow {flow.name} is {flow.status}")
    raise trouble or NotReady(f"flow {flow.name} does not show its new outputs yet")


def _has_all(flow: mediaconnect.SeenFlow, branch: Branch) -> bool:
    return all(flow.output(name) for name in branch.plan.flow_output_names)
