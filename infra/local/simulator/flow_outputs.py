"""MediaConnect's operations on the parts of a flow."""

from __future__ import annotations

from infra.local.simulator.errors import not_found
from infra.local.simulator.flow_parts import (
    add_entitlements,
    add_outputs,
    add_sources,
    check_changeable,
    check_update,
    fill_output,
    show_change,
)
from infra.local.simulator.flows import find_flow
from infra.local.simulator.store import Flow, Params
from infra.local.simulator.world import World


def add_flow_outputs(world: World, request: Params) -> Params:
    flow = _changeable(world, request)
    added = add_outputs(world, flow, request["Outputs"], "AddFlowOutputs420Exception")
    show_change(world, flow)
    return {"FlowArn": flow.arn, "Outputs": added}


def update_flow_output(world: World, request: Params) -> Params:
    """Also the switch of a destination at run time: ``OutputStatus`` ENABLED or DISABLED."""
    flow = _changeable(world, request)
    output = _output(flow, request["OutputArn"])
    check_update(world, flow, output, request)
    fill_output(flow, output, request)
    show_change(world, flow)
    return {"FlowArn": flow.arn, "Output": output}


def remove_flow_output(world: World, request: Params) -> Params:
    flow = _changeable(world, request)
    _output(flow, request["OutputArn"])
    del flow.outputs[request["OutputArn"]]
    flow.part_tags.pop(request["OutputArn"], None)
    show_change(world, flow)
    return {"FlowArn": flow.arn, "OutputArn": request["OutputArn"]}


def add_flow_sources(world: World, request: Params) -> Params:
    flow = _changeable(world, request)
    added = add_sources(world, flow, request["Sources"])
    show_change(world, flow)
    return {"FlowArn": flow.arn, "Sources": added}


def grant_flow_entitlements(world: World, request: Params) -> Params:
    flow = _changeable(world, request)
    added = add_entitlements(world, flow, request["Entitlements"])
    show_change(world, flow)
    return {"FlowArn": flow.arn, "Entitlements": added}


def _changeable(world: World, request: Params) -> Flow:
    flow = find_flow(world, request["FlowArn"])
    check_changeable(world, flow)
    return flow


def _output(flow: Flow, arn: str) -> Params:
    if arn not in flow.outputs:
        raise not_found(f"Output {arn} not found in flow {flow.arn}")
    return flow.outputs[arn]
