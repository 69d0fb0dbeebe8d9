"""Add the RTP outputs to the flow, one for each pipeline of the branch's channel.

Saga step: forward. Undone by ``tasks/remove/remove_flow_outputs.py``.
Idempotent: an output's name is unique within its flow, so what is there already is success.
"""

from __future__ import annotations

from shared.domain.errors import FlowBusy, NotReady, OnAirError, RejectedByService, Throttled
from shared.domain.payloads import Payload
from shared.domain.payloads.flow_outputs import InputEndpoint, add_flow_outputs_request
from shared.domain.session import Resource, ResourceKind, ResourceState, flow_output_key
from shared.gateways import known_flows, ledger, mediaconnect
from shared.gateways.locks import flow_lock
from shared.gateways.settings import settings
from shared.runtime.clock import now
from shared.runtime.patience import patience, patiently
from shared.runtime.steps import Branch, ChannelStep, created, intended, open_branch, ready_input
from shared.runtime.task import Done, task


@task
def handler(step: ChannelStep) -> Done:
    until, branch = patience(), open_branch(step)
    endpoints = patiently(until, NotReady, lambda: _endpoints(step))
    request = add_flow_outputs_request(
        settings().stage, step.session_id, branch.record.spec.flow_arn, branch.plan, endpoints
    )
    made = patiently(until, FlowBusy, lambda: _made(step, request, branch))
    ledger.record(step.session_id, *(created(row, one.name, one.arn, one.status) for row, one in made))
    return Done()


def _made(step: ChannelStep, request: Payload, branch: Branch) -> list[tuple[Resource, mediaconnect.SeenOutput]]:
    """The outputs, each with the row that says it is about to exist. Raises ``FlowBusy``."""
    with flow_lock(branch.record.spec.flow_arn, now()):
        keys = [flow_output_key(step.destination_id, number) for number in range(len(branch.plan.flow_output_names))]
        earlier = [row for row in (ledger.get(step.session_id, key) for key in keys) if row is not None]
        rows = [
            intended(step, key, ResourceKind.FLOW_OUTPUT, name, now(), None)
            for key, name in zip(keys, branch.plan.flow_output_names, strict=True)
        ]
        if any(row.state is not ResourceState.DELETED for row in earlier):
            seen = _looked_for(step, request, branch, rows)
        else:
            seen = _added(step, request, branch, rows)
        return list(zip(rows, seen, strict=True))


def _added(step: ChannelStep, request: Payload, branch: Branch, rows: list[Resource]) -> list[mediaconnect.SeenOutput]:
    """The outputs, of which nothing can be there yet: added without a look, for MediaConnect takes few calls a second
    (facts §4). Only when that is refused it is worth one."""
    _intend(step, branch, rows)
    try:
        seen = {one.name: one for one in mediaconnect.add_flow_outputs(request)}
    except Throttled:
        for row in rows:  # a plain refusal: the next attempt need not look, either
            ledger.mark_deleted(step.session_id, step.operation, row, now())
        raise
    except RejectedByService:
        seen = {}
    if all(row.name in seen for row in rows):
        return [seen[row.name] for row in rows]
    return _looked_for(step, request, branch, rows)


def _looked_for(
    step: ChannelStep, request: Payload, branch: Branch, rows: list[Resource]
) -> list[mediaconnect.SeenOutput]:
    """The outputs, of which an earlier attempt may have made some already."""
    flow = mediaconnect.describe_flow(branch.record.spec.flow_arn)
    if not _has_all(flow, branch):
        _intend(step, branch, rows)
        flow = _add(flow, request, branch)
    return [one for one in map(flow.output, branch.plan.flow_output_names) if one is not None]


def _intend(step: ChannelStep, branch: Branch, rows: list[Resource]) -> None:
    known_flows.note_use(branch.record.spec.flow_arn, now())
    ledger.intend(step.session_id, *rows)


def _endpoints(step: ChannelStep) -> tuple[InputEndpoint, ...]:
    """Where the input listens. Raises ``NotReady`` until the service has given it addresses."""
    row = ready_input(step)
    if not row.addresses:
        raise NotReady(f"input {row.resource_id} has no addresses yet")
    return tuple(InputEndpoint(ip=ip, port=int(port)) for ip, _, port in (one.rpartition(":") for one in row.addresses))


def _add(before: mediaconnect.SeenFlow, request: Payload, branch: Branch) -> mediaconnect.SeenFlow:
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
