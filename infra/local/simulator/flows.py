"""MediaConnect's flows: made, started, stopped, deleted. Outputs, sources and entitlements are in ``flow_parts.py``.

MediaConnect declares no Conflict, so what comes at the wrong time is a BadRequestException (facts §9).
"""

from __future__ import annotations

from infra.local.simulator import events
from infra.local.simulator.errors import ServiceError, bad_request, not_found
from infra.local.simulator.flow_parts import add_entitlements, add_outputs, add_sources
from infra.local.simulator.paging import page
from infra.local.simulator.settings import Duration
from infra.local.simulator.store import Flow, Params
from infra.local.simulator.world import World

_KEPT = (
    "AvailabilityZone",
    "SourceFailoverConfig",
    "Maintenance",
    "SourceMonitoringConfig",
    "FlowSize",
    "NdiConfig",
    "EncodingConfig",
)


def create_flow(world: World, request: Params) -> Params:
    """A flow is STANDBY from the start. Names may repeat."""
    if len(world.region.flows) >= world.settings.quotas.flows:
        raise ServiceError("CreateFlow420Exception", f"You can have at most {world.settings.quotas.flows} flows")
    flow = new_flow(world, request["Name"], None)
    flow.tags = dict(request.get("FlowTags", {}))
    flow.settings.update({name: request[name] for name in _KEPT if name in request})
    flow.settings["VpcInterfaces"] = [
        {"NetworkInterfaceType": "ena", **interface, "NetworkInterfaceIds": [f"eni-{world.core.new_token(17)}"]}
        for interface in request.get("VpcInterfaces", [])
    ]
    flow.settings["MediaStreams"] = [
        {"Fmt": 96 + number, **stream} for number, stream in enumerate(request.get("MediaStreams", []))
    ]
    given = [*([request["Source"]] if "Source" in request else []), *request.get("Sources", [])]
    add_sources(world, flow, given or [{"Name": "source"}])
    add_outputs(world, flow, request.get("Outputs", []), "CreateFlow420Exception")
    add_entitlements(world, flow, request.get("Entitlements", []))
    world.region.flows[flow.arn] = flow
    world.note_state(flow)
    return {"Flow": show(world, flow)}


def new_flow(world: World, name: str, arn: str | None) -> Flow:
    """A flow without sources, not yet stored."""
    identity = f"1-{world.core.new_token(16)}-{world.core.new_token(12)}"
    arn = arn or world.arn("mediaconnect", f"flow:{identity}:{name}")
    flow = Flow(**world.birth(name, "STANDBY", {}, arn, arn))
    flow.egress_ip = world.core.new_address()
    return flow


def describe_flow(world: World, request: Params) -> Params:
    return {"Flow": show(world, find_flow(world, request["FlowArn"])), "Messages": {"Errors": []}}


def list_flows(world: World, request: Params) -> Params:
    return page(world, request, "Flows", world.region.flows.values(), _summary)


def start_flow(world: World, request: Params) -> Params:
    flow = _in_state(world, request["FlowArn"], "started", "STANDBY")
    if world.alternatives.egress_ip_on_restart == "changes" and flow.moves:
        flow.egress_ip = world.core.new_address()
    _change(world, flow, "STARTING", world.settings.durations.flow_start, "ACTIVE")
    return {"FlowArn": flow.arn, "Status": flow.state}


def stop_flow(world: World, request: Params) -> Params:
    flow = _in_state(world, request["FlowArn"], "stopped", "ACTIVE")
    _change(world, flow, "STOPPING", world.settings.durations.flow_stop, "STANDBY")
    return {"FlowArn": flow.arn, "Status": flow.state}


def delete_flow(world: World, request: Params) -> Params:
    """Once deleted a flow is not found: MediaConnect keeps no tombstones (flow_deleted waits for NotFound)."""
    flow = _in_state(world, request["FlowArn"], "deleted", "STANDBY", "ERROR")
    _move(world, flow, "DELETING")
    world.after(flow, world.settings.durations.flow_delete, lambda: _forget(world, flow))
    return {"FlowArn": flow.arn, "Status": flow.state}


def find_flow(world: World, arn: str) -> Flow:
    flow = world.region.flows.get(arn)
    if flow is None:
        raise not_found(f"Flow {arn} not found")
    return flow


def show(world: World, flow: Flow) -> Params:
    return {
        "AvailabilityZone": f"{world.region.name}a",
        **flow.settings,
        "Description": flow.name,
        "EgressIp": flow.egress_ip,
        "Entitlements": list(flow.entitlements.values()),
        "FlowArn": flow.arn,
        "Name": flow.name,
        "Outputs": list(flow.outputs.values()),
        "Source": flow.sources[0],
        "Sources": flow.sources,
        "Status": flow.state,
    }


def _summary(world: World, flow: Flow) -> Params:
    return {**show(world, flow), "SourceType": "OWNED"}


def _in_state(world: World, arn: str, verb: str, *states: str) -> Flow:
    """The flow, if it is in one of ``states``; while it is UPDATING the state that it goes back to counts."""
    flow = find_flow(world, arn)
    updating = flow.state == "UPDATING" and world.alternatives.flow_update != "exclusive"
    if (flow.settled if updating else flow.state) not in states:
        raise bad_request(f"Flow {arn} cannot be {verb} while it is {flow.state}")
    return flow


def _change(world: World, flow: Flow, passing: str, duration: Duration, final: str) -> None:
    _move(world, flow, passing)
    world.after(flow, duration, lambda: _move(world, flow, final))


def _move(world: World, flow: Flow, state: str) -> None:
    previous = flow.state
    world.move(flow, state)
    events.flow_status_change(world, flow, previous)


def _forget(world: World, flow: Flow) -> None:
    world.move(flow, "DELETED")
    del world.region.flows[flow.arn]
