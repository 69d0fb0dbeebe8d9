"""MediaLive's channel operations: is it legal now, and what does it answer.

What happens over time is in ``channel_life.py``, what a channel may be in ``channel_rules.py``.
"""

from __future__ import annotations

from typing import Any

from infra.local.simulator import channel_life, on_air
from infra.local.simulator.channel_rules import check_channel
from infra.local.simulator.errors import ServiceError, conflict
from infra.local.simulator.limits import check_quota
from infra.local.simulator.lookup import find, read, remember, replayed
from infra.local.simulator.paging import page
from infra.local.simulator.store import Alert, Channel, Params
from infra.local.simulator.world import World

_NOT_KEPT = frozenset({"RequestId", "DryRun", "Reserved", "Tags", "ChannelId", "SpecialRouterSettings"})
_DELETABLE = frozenset({"IDLE", "CREATE_FAILED", "UPDATE_FAILED"})
_STOPPABLE = frozenset({"STARTING", "RUNNING", "RECOVERING"})


def create_channel(world: World, request: Params) -> Params:
    made = replayed(world, "CreateChannel", request)
    if made is not None:
        return {"Channel": show(world, _channel(world, made.id))}
    settings = {"ChannelClass": "STANDARD", "LogLevel": "DISABLED", **_kept(request)}
    check_channel(world, settings, None)
    name = request.get("Name", "")
    rejection = world.core.faults.rejection(name)
    if rejection is not None:
        raise rejection
    check_quota(world, world.region.there[Channel.kind], world.settings.quotas.channels, "Too many channels")
    if request.get("DryRun") and world.alternatives.dry_run == "validates":
        return {"Channel": settings}
    channel = _new_channel(world, name, settings, request.get("Tags", {}))
    remember(world, "CreateChannel", request, channel)
    return {"Channel": show(world, channel)}


def _new_channel(world: World, name: str, settings: Params, tags: dict[str, str]) -> Channel:
    identity = world.core.new_id()
    arn = world.arn("medialive", f"channel:{identity}")
    channel = Channel(**world.birth(name, "CREATING", tags, identity, arn), settings=settings)
    channel.egress_ips = [world.core.new_address() for _ in range(channel.pipelines)]
    world.region.channels[identity] = channel
    world.count(channel, channel.kind)
    channel_life.attach_inputs(world, channel, _input_ids(settings))
    channel_life.create(world, channel)
    return channel


def describe_channel(world: World, request: Params) -> Params:
    return show(world, read(world, world.region.channels, request["ChannelId"], "Channel"))


def list_channels(world: World, request: Params) -> Params:
    return page(world, request, "Channels", world.region.channels.values(), show)


def update_channel(world: World, request: Params) -> Params:
    """Only while IDLE. A member that is given replaces the old one whole."""
    channel = _channel(world, request["ChannelId"])
    if channel.state != "IDLE":
        raise conflict("Cannot update a channel that is not idle. Please stop the channel before updating it.")
    settings = {**channel.settings, **_kept(request)}
    check_channel(world, settings, channel.id)
    if request.get("DryRun") and world.alternatives.dry_run == "validates":
        return {"Channel": {**show(world, channel), **settings}}
    channel.settings = settings
    channel.name = settings.get("Name", channel.name)
    wanted = _input_ids(settings)
    channel_life.release_inputs(world, channel, keep=wanted)
    channel_life.attach_inputs(world, channel, wanted)
    channel_life.update(world, channel)
    return {"Channel": show(world, channel)}


def start_channel(world: World, request: Params) -> Params:
    channel = _channel(world, request["ChannelId"])
    if channel.state == "IDLE":
        channel_life.start(world, channel)
    elif channel.state == "CREATING":
        raise ServiceError(world.alternatives.start_of_creating, "Cannot start a channel that is still being created.")
    elif channel.state not in ("STARTING", "RUNNING") or world.alternatives.start_of_running == "conflict":
        raise conflict(f"Cannot start a channel that is in state {channel.state}.")
    return show(world, channel)


def stop_channel(world: World, request: Params) -> Params:
    channel = _channel(world, request["ChannelId"])
    if channel.state in _STOPPABLE:
        channel_life.stop(world, channel)
    elif channel.state not in ("IDLE", "STOPPING") or world.alternatives.stop_of_idle == "conflict":
        raise conflict(f"Cannot stop a channel that is in state {channel.state}.")
    return show(world, channel)


def delete_channel(world: World, request: Params) -> Params:
    """Deleting what is DELETED answers 200 again (facts §2.3, rule 1)."""
    channel = _channel(world, request["ChannelId"])
    deletable = channel.state in _DELETABLE
    if channel.state == "CREATING":
        deletable = world.alternatives.delete_of_creating == "ok"
    if deletable:
        channel_life.delete(world, channel)
    elif channel.state in ("CREATING", "UPDATING"):
        raise conflict(f"Cannot delete a channel that is in state {channel.state}.")
    elif channel.state == "DELETING":
        if world.alternatives.delete_of_deleting == "conflict":
            raise conflict("Cannot delete a channel that is already being deleted.")
    elif channel.state != "DELETED":
        raise conflict(
            "Cannot delete a channel that has not been stopped yet. Please stop the channel before deleting it."
        )
    return show(world, channel)


def list_alerts(world: World, request: Params) -> Params:
    channel = read(world, world.region.channels, request["ChannelId"], "Channel")
    wanted = request.get("StateFilter", "ALL")
    shown = [_show_alert(alert) for alert in channel.alerts]
    return {"Alerts": [alert for alert in shown if wanted in ("ALL", alert["State"])]}


def show(world: World, channel: Channel) -> Params:
    """The channel as Describe, List, Start, Stop and Delete answer it: what was sent, and the service's own fields."""
    running = channel.state == "RUNNING"
    shown = {
        **channel.settings,
        "Arn": channel.arn,
        "Id": channel.id,
        "State": channel.state,
        "Tags": channel.tags,
        "EgressEndpoints": [{"SourceIp": address} for address in channel.egress_ips],
        "PipelinesRunningCount": channel.pipelines if running else 0,
        "PipelineDetails": [{"PipelineId": str(number), **on_air.shown(channel)} for number in range(channel.pipelines)]
        if running
        else [],
    }
    if "Vpc" in channel.settings:
        shown["Vpc"] = _show_vpc(world, channel)
    return shown


def _show_vpc(world: World, channel: Channel) -> Params:
    vpc: dict[str, Any] = channel.settings["Vpc"]
    subnets = range(len(vpc["SubnetIds"]))
    zones = [f"{world.region.name}{'abc'[number % 3]}" for number in subnets]
    interfaces = [f"eni-{number}{channel.id:0>16}" for number in subnets]
    return {**vpc, "AvailabilityZones": zones, "NetworkInterfaceIds": interfaces}


def _show_alert(alert: Alert) -> Params:
    shown = {
        "Id": alert.id,
        "AlertType": alert.type,
        "Message": alert.message,
        "PipelineId": alert.pipeline,
        "SetTimestamp": alert.set_at,
        "State": "SET" if alert.cleared_at is None else "CLEARED",
    }
    return shown if alert.cleared_at is None else {**shown, "ClearedTimestamp": alert.cleared_at}


def _channel(world: World, identity: str) -> Channel:
    return find(world, world.region.channels, identity, "Channel")


def _kept(request: Params) -> Params:
    return {name: value for name, value in request.items() if name not in _NOT_KEPT}


def _input_ids(settings: Params) -> frozenset[str]:
    return frozenset(attachment["InputId"] for attachment in settings.get("InputAttachments", []))
