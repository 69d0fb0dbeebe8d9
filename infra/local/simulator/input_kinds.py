"""What each type of input needs and gets: sources, endpoints, class, and whether it counts as push (facts §7)."""

from __future__ import annotations

from infra.local.simulator.store import Params
from infra.local.simulator.world import World

PULL = frozenset({"RTMP_PULL", "URL_PULL", "MP4_FILE", "TS_FILE"})
GROUPED_PUSH = frozenset({"UDP_PUSH", "RTP_PUSH", "RTMP_PUSH"})
DEVICES = frozenset({"INPUT_DEVICE"})
ADDRESSED_PUSH = {"UDP_PUSH": ("udp", "5000"), "RTP_PUSH": ("rtp", "5000"), "SRT_LISTENER": ("srt", "5000")}


def counted_as(settings: Params) -> str:
    """What decides which quota an input counts against, for the life of the input."""
    return f"input {settings['Type']}{' Vpc' if 'Vpc' in settings else ''}"


def counts_as_push(world: World, kind: str) -> bool:
    if kind == "MEDIACONNECT":
        return world.alternatives.mediaconnect_counts_as_push == "yes"
    return kind in GROUPED_PUSH or kind == "SRT_LISTENER"


def needs_group(request: Params) -> bool:
    """Public push inputs do; those in a VPC or on premises have no public address to guard."""
    at_home = request.get("InputNetworkLocation", "AWS") == "AWS" and "Vpc" not in request
    return request.get("Type") in GROUPED_PUSH and at_home


def input_class(request: Params) -> str:
    """Derived, never asked for: STANDARD is two of whatever the type takes. RTP and UDP always have two endpoints."""
    kind = request.get("Type")
    if kind in ADDRESSED_PUSH or kind == "AWS_CDI":
        return "STANDARD"
    taken = {
        "RTMP_PUSH": request.get("Destinations"),
        "MEDIACONNECT": request.get("MediaConnectFlows"),
        "INPUT_DEVICE": request.get("InputDevices"),
        "SRT_CALLER": request.get("SrtSettings", {}).get("SrtCallerSources"),
        "MEDIACONNECT_ROUTER": request.get("RouterSettings", {}).get("Destinations"),
        "SDI": request.get("SdiSources"),
    }.get(str(kind), request.get("Sources"))
    return "STANDARD" if len(taken or []) > 1 else "SINGLE_PIPELINE"


def source_type(request: Params) -> str:
    urls = [source.get("Url", "") for source in request.get("Sources", [])]
    return "DYNAMIC" if any("$urlPath$" in url for url in urls) else "STATIC"


def endpoints(world: World, request: Params, before: list[Params] | None = None) -> list[Params]:
    """Where to push to. An endpoint's address stays for the life of the input, so an update passes the old ones."""
    kind = request.get("Type")
    wanted = request.get("Destinations", [])
    if kind == "RTMP_PUSH":
        paths = [f":1935/{destination.get('StreamName', '')}" for destination in wanted]
        scheme, port = "rtmp", "1935"
    elif kind in ADDRESSED_PUSH:
        scheme, port = ADDRESSED_PUSH[str(kind)]
        paths = [f":{port}"] * 2
    else:
        return []
    made = []
    for number, path in enumerate(paths):
        kept = before[number] if before and number < len(before) else {}
        address = kept.get("Ip") or world.core.new_address()
        endpoint: Params = {"Ip": address, "Port": port, "Url": f"{scheme}://{address}{path}"}
        if "Vpc" in request:
            endpoint["Vpc"] = kept.get("Vpc") or _interface(world, number)
        made.append(endpoint)
    return made


def _interface(world: World, number: int) -> Params:
    return {
        "AvailabilityZone": f"{world.region.name}{'ab'[number % 2]}",
        "NetworkInterfaceId": f"eni-{world.core.new_token(17)}",
    }
