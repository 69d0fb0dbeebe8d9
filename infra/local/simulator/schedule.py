"""MediaLive's schedule operations. What a batch may say is in ``schedule_rules.py``, what becomes of it in
``schedule_life.py`` (facts §6)."""

from __future__ import annotations

from infra.local.simulator import schedule_life
from infra.local.simulator.errors import ServiceError, conflict
from infra.local.simulator.lookup import find, read
from infra.local.simulator.paging import page
from infra.local.simulator.schedule_rules import check_batch, start_of
from infra.local.simulator.store import Channel, Params, ScheduleAction
from infra.local.simulator.world import World


def batch_update_schedule(world: World, request: Params) -> Params:
    """All or nothing; deletes before creates. Conflict for who came before another's write was done (facts §3)."""
    channel = _channel(world, request)
    if channel.state not in ("IDLE", "RUNNING"):
        raise ServiceError(
            world.alternatives.schedule_between_states,
            f"Cannot update the schedule of a channel that is in state {channel.state}.",
        )
    if channel.schedule_changed > world.core.arrived_at:
        raise conflict("Resource has been changed by another request, please re-submit")
    schedule_life.clean(world, channel)
    names: list[str] = request.get("Deletes", {}).get("ActionNames", [])
    creates: list[Params] = request.get("Creates", {}).get("ScheduleActions", [])
    check_batch(world, channel, names, creates)
    deleted = [channel.schedule[name] for name in dict.fromkeys(names)]
    for action in deleted:
        schedule_life.forget(channel, action)
    created = [_new_action(world, channel, asked) for asked in creates]
    schedule_life.arm(world, channel)
    world.core.writes += 1
    channel.schedule_changed = world.core.writes
    return {
        "Creates": {"ScheduleActions": [_show(world, action) for action in created]},
        "Deletes": {"ScheduleActions": [_show(world, action) for action in deleted]},
    }


def describe_schedule(world: World, request: Params) -> Params:
    channel = read(world, world.region.channels, request["ChannelId"], "Channel")
    schedule_life.clean(world, channel)
    return page(world, request, "ScheduleActions", channel.schedule.values(), _show)


def delete_schedule(world: World, request: Params) -> Params:
    """Only while idle."""
    channel = _channel(world, request)
    if channel.state != "IDLE":
        raise ServiceError(
            world.alternatives.delete_schedule_of_running,
            f"Cannot delete the schedule of a channel that is in state {channel.state}.",
        )
    for action in list(channel.schedule.values()):
        schedule_life.forget(channel, action)
    return {}


def _channel(world: World, request: Params) -> Channel:
    return find(world, world.region.channels, request["ChannelId"], "Channel")


def _new_action(world: World, channel: Channel, asked: Params) -> ScheduleAction:
    name = asked["ActionName"]
    birth = world.birth(name, "PENDING", {}, name, channel.arn)
    begins = asked["ScheduleActionStartSettings"]
    action = ScheduleAction(**birth, settings=asked["ScheduleActionSettings"], begins=begins)
    action.at = start_of(world, channel, begins)
    channel.schedule[name] = action
    world.note_state(action)
    return action


def _show(world: World, action: ScheduleAction) -> Params:
    return {
        "ActionName": action.name,
        "ScheduleActionSettings": action.settings,
        "ScheduleActionStartSettings": action.begins,
    }
