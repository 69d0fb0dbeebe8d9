"""A channel's states over time: what follows what, after how long, and which event says so (facts §1.1, §2.3, §2.4).

The operations in ``channels.py`` decide whether a change is legal and call in here; from then on the clock drives it.
"""

from __future__ import annotations

from collections.abc import Callable

from infra.local.simulator import events, on_air
from infra.local.simulator.faults import ResourceFault
from infra.local.simulator.settings import Duration
from infra.local.simulator.store import Channel
from infra.local.simulator.world import World


def create(world: World, channel: Channel) -> None:
    """The record was just made, CREATING."""
    world.note_state(channel)
    _announce_rarely_seen(world, channel, "Creating channel")
    fault = world.core.faults.failing(channel.name, "create")
    step = _created if fault is None else _failing_with(_create_failed, fault)
    _proceed(world, channel, world.settings.durations.channel_create, step)


def start(world: World, channel: Channel) -> None:
    _enter(world, channel, "STARTING", "STARTING", "Starting channel")
    fault = world.core.faults.failing(channel.name, "start")
    step = _running if fault is None else _failing_with(_start_failed, fault)
    _proceed(world, channel, world.settings.durations.channel_start, step)


def stop(world: World, channel: Channel) -> None:
    _enter(world, channel, "STOPPING", "STOPPING", "Stopping channel")
    on_air.ends(world, channel)
    _proceed(world, channel, world.settings.durations.channel_stop, _stopped)


def update(world: World, channel: Channel) -> None:
    """UPDATING is on the console, but no event says so (facts §1.1)."""
    world.move(channel, "UPDATING")
    _proceed(world, channel, world.settings.durations.channel_update, _updated)


def delete(world: World, channel: Channel) -> None:
    world.move(channel, "DELETING")
    _announce_rarely_seen(world, channel, "Deleting channel")
    _proceed(world, channel, world.settings.durations.channel_delete, _deleted)


def resume(channel: Channel) -> None:
    """Let a channel that sticks go on."""
    going_on, channel.resume = channel.resume, None
    if going_on is not None:
        going_on()


Step = Callable[[World, Channel], None]


def _proceed(world: World, channel: Channel, duration: Duration, step: Step) -> None:
    def go_on() -> None:
        world.after(channel, duration, lambda: step(world, channel))

    channel.resume = None
    if world.core.faults.sticking(channel.name, channel.state):
        channel.resume = go_on
    else:
        go_on()


def _failing_with(step: Callable[[World, Channel, ResourceFault], None], fault: ResourceFault) -> Step:
    return lambda world, channel: step(world, channel, fault)


def _enter(world: World, channel: Channel, state: str, event: str, message: str) -> None:
    world.move(channel, state)
    events.channel_state_change(world, channel, event, message)


def _announce_rarely_seen(world: World, channel: Channel, message: str) -> None:
    if world.alternatives.announced_states == "all":
        events.channel_state_change(world, channel, channel.state, message)


def _created(world: World, channel: Channel) -> None:
    _enter(world, channel, "IDLE", "CREATED", "Created channel")


def _create_failed(world: World, channel: Channel, fault: ResourceFault) -> None:
    world.move(channel, "CREATE_FAILED")
    if world.alternatives.failed_create_event != "none":
        events.channel_state_change(world, channel, "CREATE_FAILED", fault.message)


def _running(world: World, channel: Channel) -> None:
    _enter(world, channel, "RUNNING", "RUNNING", "Started channel")
    on_air.begins(world, channel)
    fault = world.core.faults.failing(channel.name, "run")
    if fault is not None:
        world.after_seconds(channel, fault.after, lambda: _breaks(world, channel, fault))


def _start_failed(world: World, channel: Channel, fault: ResourceFault) -> None:
    world.move(channel, "IDLE")
    if world.alternatives.failed_start_event != "none":
        events.channel_state_change(world, channel, "STOPPED", fault.message)


def _breaks(world: World, channel: Channel, fault: ResourceFault) -> None:
    """A running channel stops by itself: it tries to recover, and gives up."""
    world.move(channel, "RECOVERING")
    on_air.ends(world, channel)
    _announce_rarely_seen(world, channel, fault.message)
    _proceed(world, channel, world.settings.durations.channel_recover, _failing_with(_given_up, fault))


def _given_up(world: World, channel: Channel, fault: ResourceFault) -> None:
    _enter(world, channel, "IDLE", "STOPPED", fault.message)


def _stopped(world: World, channel: Channel) -> None:
    _enter(world, channel, "IDLE", "STOPPED", "Stopped channel")


def _updated(world: World, channel: Channel) -> None:
    world.move(channel, "IDLE")


def _deleted(world: World, channel: Channel) -> None:
    """Only now are the inputs released (facts §2.3, rule 2)."""
    release_inputs(world, channel, keep=frozenset())
    _enter(world, channel, "DELETED", "DELETED", "Deleted channel")


def attach_inputs(world: World, channel: Channel, ids: frozenset[str]) -> None:
    for identity in ids:
        attached = world.region.inputs[identity]
        attached.channel_id = channel.id
        if attached.state == "DETACHED":
            world.move(attached, "ATTACHED")


def release_inputs(world: World, channel: Channel, keep: frozenset[str]) -> None:
    for attached in world.region.inputs.values():
        if attached.channel_id == channel.id and attached.id not in keep:
            attached.channel_id = None
            if attached.state == "ATTACHED":
                world.move(attached, "DETACHED")
