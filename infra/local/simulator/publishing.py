"""Who pushes to an input: scripted from outside, as there is no encoder in the simulator (facts §7)."""

from __future__ import annotations

import ipaddress

from infra.local.simulator import on_air
from infra.local.simulator.store import Input
from infra.local.simulator.world import World

_SCRIPTED = frozenset({"RTMP_PUSH", "RTP_PUSH", "UDP_PUSH", "MEDIACONNECT", "SRT_LISTENER", "SRT_CALLER"})


def publish(world: World, found: Input, started: bool, source: str, endpoint: int | None) -> bool:
    """An encoder starts or stops pushing. False: the input's security groups keep it out.

    It goes on trying while no channel runs, as encoders do, so it is there when one does.
    """
    if found.settings["Type"] not in _SCRIPTED:
        raise ValueError(f"nobody pushes to an input of type {found.settings['Type']}")
    if found.settings["Type"] != "RTMP_PUSH":
        found.silent = not started
    elif started and not _admitted(world, found, source):
        return False
    else:
        for number in range(len(found.endpoints)) if endpoint is None else [endpoint]:
            sources = found.sources[number]
            if started and source not in sources:
                sources.append(source)
            elif not started and source in sources:
                sources.remove(source)
    if found.channel_id is not None:
        on_air.inputs_changed(world, world.region.channels[found.channel_id])
    return True


def _admitted(world: World, found: Input, source: str) -> bool:
    try:
        address = ipaddress.ip_address(source)
    except ValueError:
        return True  # a name: an encoder from somewhere that is let in
    groups = [world.region.groups[group] for group in found.settings.get("InputSecurityGroups", [])]
    rules = [ipaddress.ip_network(rule, strict=False) for group in groups for rule in group.rules]
    return not groups or any(address in rule for rule in rules)
