"""What becomes of schedule actions: they are done when it is time, and vanish about an hour after (facts §6.3).

Actions are done only while the channel runs. Input switches and ID3 have an effect here; of the others it is only
recorded that they were done.
"""

from __future__ import annotations

from infra.local.simulator.run import Tag
from infra.local.simulator.schedule_rules import SWITCH, follows, kind_of, start_of
from infra.local.simulator.store import Channel, ScheduleAction
from infra.local.simulator.world import World

_TAGGING = frozenset({"Id3SegmentTaggingSettings", "HlsId3SegmentTaggingSettings"})
_METADATA = frozenset({"TimedMetadataSettings", "HlsTimedMetadataSettings"})


def begins(world: World, channel: Channel) -> None:
    """The channel starts: what is overdue or immediate is done at once, so the last such switch is where it begins."""
    clean(world, channel)
    for action in channel.schedule.values():
        if action.state == "PENDING" and action.at is None:
            action.at = start_of(world, channel, action.begins)
    arm(world, channel)


def ends(channel: Channel) -> None:
    """Nothing is done while the channel does not run."""
    for action in channel.schedule.values():
        _disarm(action)


def arm(world: World, channel: Channel) -> None:
    """Set the timers of what is to come; what is due is done now, in the order of its time."""
    if channel.run is None:
        return
    now = world.core.clock.time()
    for action in sorted(channel.schedule.values(), key=lambda one: one.at or 0.0):
        if action.state == "PENDING" and action.at is not None and action.timer is None:
            if action.at <= now:
                _do(world, channel, action)
            else:
                _wait(world, channel, action, action.at - now)


def forget(channel: Channel, action: ScheduleAction) -> None:
    """Deleting an action that was done never undoes it."""
    _disarm(action)
    action.moves += 1
    del channel.schedule[action.name]


def clean(world: World, channel: Channel) -> None:
    """Actions whose time was about an hour ago are gone, and their names are free again."""
    for action in list(channel.schedule.values()):
        kept = world.settings.durations.schedule_kept.low
        if action.at is not None and action.timer is None and action.at < world.core.clock.time() - kept:
            forget(channel, action)


def _wait(world: World, channel: Channel, action: ScheduleAction, seconds: float) -> None:
    world.after_seconds(action, seconds, lambda: _do(world, channel, action))


def _disarm(action: ScheduleAction) -> None:
    if action.timer is not None:
        action.timer.cancel()
        action.timer = None


def _do(world: World, channel: Channel, action: ScheduleAction) -> None:
    run = channel.run
    if run is None or action.at is None:
        return
    world.move(action, "EXECUTED")
    kind = kind_of(action.settings)
    if kind in _TAGGING | _METADATA:
        lasting = kind in _TAGGING and world.alternatives.id3_segment_tagging == "every_segment"
        run.tags.append(Tag(action.at, action.settings[kind], kind in _TAGGING, lasting))
    ends_at: float | None = None
    if kind == SWITCH:
        run.switched(action, action.settings[kind]["InputAttachmentNameReference"])
        ends_at = action.at + world.core.draw(world.settings.durations.input_file, action.name)
    for other in list(channel.schedule.values()):
        point = follows(other.begins)
        if point is not None and other.state == "PENDING" and point["ReferenceActionName"] == action.name:
            other.at = action.at if point["FollowPoint"] == "START" else ends_at
    arm(world, channel)
