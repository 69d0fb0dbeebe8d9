"""What a MediaConnect flow has: sources, outputs and entitlements, each with an ARN and tags of its own (facts §9)."""

from __future__ import annotations

from infra.local.simulator.errors import ServiceError, bad_request
from infra.local.simulator.store import Flow, Params
from infra.local.simulator.world import World

# Protocols that send to an address, which therefore must be given.
_SENDING = frozenset({"rtp", "rtp-fec", "udp", "rist", "srt-caller"})
_LISTENING = frozenset({"srt-listener", "zixi-pull"})
_CHANGEABLE = frozenset({"STANDBY", "ACTIVE"})
_TRANSPORT = (
    "CidrAllowList",
    "MaxBitrate",
    "MaxLatency",
    "MaxSyncBuffer",
    "MinLatency",
    "Protocol",
    "RemoteId",
    "SenderControlPort",
    "SenderIpAddress",
    "SmoothingLatency",
    "SourceListenerAddress",
    "SourceListenerPort",
    "StreamId",
    "NdiSpeedHqQuality",
    "NdiProgramName",
    "NdiSourceSettings",
    "NdiOutputTimecodeSource",
    "NdiAudioReferenceLevel",
)
_OUTPUT = (
    "Description",
    "Destination",
    "Encryption",
    "Port",
    "VpcInterfaceAttachment",
    "OutputStatus",
    "RouterIntegrationState",
    "RouterIntegrationTransitEncryption",
)
_SOURCE = (
    "Decryption",
    "Description",
    "EntitlementArn",
    "IngestPort",
    "SenderControlPort",
    "SenderIpAddress",
    "VpcInterfaceName",
    "WhitelistCidr",
    "GatewayBridgeSource",
    "RouterIntegrationState",
    "RouterIntegrationTransitDecryption",
)
_ENTITLEMENT = ("DataTransferSubscriberFeePercent", "Description", "Encryption", "Subscribers")


def check_changeable(world: World, flow: Flow) -> None:
    """Outputs come and go at any time, also when the flow is ACTIVE, but not while it starts, stops or goes."""
    if flow.state in _CHANGEABLE:
        return
    if flow.state != "UPDATING" or world.alternatives.flow_update == "exclusive":
        raise bad_request(f"Flow {flow.arn} cannot be changed while it is {flow.state}")


def show_change(world: World, flow: Flow) -> None:
    """A change that succeeded: an active flow is UPDATING for a moment, unless changes are invisible."""
    if world.alternatives.flow_update == "invisible" or flow.state == "STANDBY":
        return
    if flow.state != "UPDATING":
        flow.settled = flow.state
    world.move(flow, "UPDATING")
    world.after(flow, world.settings.durations.flow_update, lambda: world.move(flow, flow.settled))


# Outputs


def add_outputs(world: World, flow: Flow, requests: list[Params], quota_error: str) -> list[Params]:
    """All or none. Names and destinations are unique in a flow; the 51st output is a 420."""
    if len(flow.outputs) + len(requests) > world.settings.quotas.flow_outputs:
        raise ServiceError(quota_error, f"A flow can have at most {world.settings.quotas.flow_outputs} outputs")
    names = {output["Name"] for output in flow.outputs.values()}
    addresses = {_address(output) for output in flow.outputs.values()}
    for request in requests:
        _check_destination(request)
        name, address = request.get("Name"), _address(request)
        if name and name in names:
            raise _duplicate(world, f"An output named {name} already exists in the flow")
        if address and address in addresses:
            raise _duplicate(world, f"An output to {address} already exists in the flow")
        names.add(name)
        addresses.add(address)
    return [_add_output(world, flow, request) for request in requests]


def _add_output(world: World, flow: Flow, request: Params) -> Params:
    name = request.get("Name") or f"output-{world.core.new_token(8)}"
    arn = _part_arn(world, flow, "output", name, request.get("OutputTags"))
    output: Params = {"Name": name, "OutputArn": arn, "OutputStatus": "ENABLED"}
    flow.outputs[arn] = output
    fill_output(flow, output, request)
    return output


def fill_output(flow: Flow, output: Params, request: Params) -> None:
    """Put what a request says of an output into it; also for UpdateFlowOutput, which leaves out what stays."""
    output.update({name: request[name] for name in _OUTPUT if name in request})
    transport = _transport({**output.get("Transport", {}), **request})
    if transport:
        output["Transport"] = transport
        if "RtmpPushSettings" in request:
            transport["RtmpPushOutputSettings"] = request["RtmpPushSettings"]
        if transport["Protocol"] in _LISTENING:
            output["ListenerAddress"] = flow.egress_ip


def check_update(world: World, flow: Flow, output: Params, request: Params) -> None:
    wanted = {"Protocol": output.get("Transport", {}).get("Protocol"), **output, **request}
    _check_destination(wanted)
    others = [_address(other) for other in flow.outputs.values() if other is not output]
    if _address(wanted) and _address(wanted) in others:
        raise _duplicate(world, f"An output to {_address(wanted)} already exists in the flow")


def _duplicate(world: World, message: str) -> ServiceError:
    return ServiceError(world.alternatives.duplicate_output, message)


def _check_destination(request: Params) -> None:
    """``Destination`` is an address, not the rtp:// URL that MediaLive shows."""
    destination = request.get("Destination", "")
    if "://" in destination:
        raise bad_request("The destination must be an IP address or a host name, not a URL")
    if request.get("Protocol") in _SENDING and not (destination and request.get("Port")):
        raise bad_request(f"Protocol {request['Protocol']} requires a destination and a port")


def _address(output: Params) -> str | None:
    if output.get("Destination") and output.get("Port"):
        return f"{output['Destination']}:{output['Port']}"
    return None


# Sources and entitlements


def add_sources(world: World, flow: Flow, requests: list[Params]) -> list[Params]:
    if len(flow.sources) + len(requests) > world.settings.quotas.flow_sources:
        raise bad_request(f"A flow can have at most {world.settings.quotas.flow_sources} sources")
    names = [source["Name"] for source in flow.sources]
    added: list[Params] = []
    for request in requests:
        name = request.get("Name") or f"source-{world.core.new_token(8)}"
        if name in names:
            raise bad_request(f"A source named {name} already exists in the flow")
        names.append(name)
        arn = _part_arn(world, flow, "source", name, request.get("SourceTags"))
        source: Params = {"Name": name, "SourceArn": arn, "IngestIp": world.core.new_address()}
        source.update({key: request[key] for key in _SOURCE if key in request})
        transport = _transport(request)
        if transport:
            source["Transport"] = transport
            source.setdefault("IngestPort", request.get("IngestPort", 5000))
        added.append(source)
    flow.sources.extend(added)
    return added


def add_entitlements(world: World, flow: Flow, requests: list[Params]) -> list[Params]:
    added: list[Params] = []
    for request in requests:
        name = request.get("Name") or f"entitlement-{world.core.new_token(8)}"
        arn = _part_arn(world, flow, "entitlement", name, request.get("EntitlementTags"))
        entitlement: Params = {"Name": name, "EntitlementArn": arn, "EntitlementStatus": "ENABLED"}
        entitlement.update({key: request[key] for key in (*_ENTITLEMENT, "EntitlementStatus") if key in request})
        flow.entitlements[arn] = entitlement
        added.append(entitlement)
    return added


def _part_arn(world: World, flow: Flow, kind: str, name: str, tags: dict[str, str] | None) -> str:
    arn = world.arn("mediaconnect", f"{kind}:1-{world.core.new_token(16)}-{world.core.new_token(12)}:{name}")
    flow.part_tags[arn] = dict(tags or {})
    return arn


def _transport(request: Params) -> Params:
    if "Protocol" not in request:
        return {}
    return {name: request[name] for name in (*_TRANSPORT, "RtmpPushOutputSettings") if name in request}
