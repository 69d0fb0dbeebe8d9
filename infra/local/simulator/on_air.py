"""What a channel does while it is RUNNING: takes its active input, follows its schedule, feeds its outputs.

``channel_life.py`` says when a run begins and ends, ``publishing.py`` and ``schedule_life.py`` when an input changes.
Nothing is decoded: an input is there or it is not, and outputs carry a test picture or black (facts §6.3, §10.1).
"""

from __future__ import annotations

from infra.local.simulator import alerts, events, hls, rtmp_outputs, schedule_life
from infra.local.simulator.run import Feed, Run
from infra.local.simulator.store import Channel, Input, Params, ScheduleAction
from infra.local.simulator.world import World

_NETWORK = {"UDP_PUSH": "udp", "RTP_PUSH": "rtp"}


def begins(world: World, channel: Channel) -> None:
    """The channel has just become RUNNING. Push inputs should be pushed to already, or it makes no output yet."""
    now = world.core.clock.time()
    channel.run = run = Run(now, lambda action, attachment: _switched(world, channel, action, attachment))
    run.feeds = [Feed(number) for number in range(channel.pipelines)]
    attachments = channel.settings.get("InputAttachments", [])
    run.attachment = attachments[0].get("InputAttachmentName", "") if attachments else ""
    schedule_life.begins(world, channel)
    run.writers = hls.writers(world, channel)
    run.pushes = rtmp_outputs.pushes(world, channel)
    for feed in run.feeds:
        feed.change(now, _fed(world, channel, feed.pipeline))
    inputs_changed(world, channel)


def ends(world: World, channel: Channel) -> None:
    """The channel is no longer RUNNING: what was begun is finished."""
    run = channel.run
    if run is None:
        return
    if run.next_segment is not None:
        run.next_segment.cancel()
    now = world.core.clock.time()
    for writer in run.writers:
        writer.finish(now)
    for push in run.pushes:
        push.stop()
    schedule_life.ends(channel)
    if world.alternatives.alerts_of_stopped_channel == "cleared":
        for alert in run.alerts.values():
            alerts.clear_alert(world, channel, alert)
    channel.run = None


def inputs_changed(world: World, channel: Channel) -> None:
    """Who pushes to an input, or which input is active, may have changed: alerts and outputs follow."""
    run = channel.run
    if run is None:
        return
    now = world.core.clock.time()
    found = active_input(world, channel)
    for feed in run.feeds:
        present = _fed(world, channel, feed.pipeline)
        if present != feed.present:
            feed.change(now, present)
        begun = present or world.alternatives.output_before_first_input == "black"
        feed.decodes = feed.decodes or begun
        for alert_type, message, holds in _input_alerts(world, found, feed):
            alerts.hold(world, channel, alert_type, message, feed.pipeline, holds)
    for writer in run.writers:
        _turn(writer, now, run.feeds[writer.pipeline])
    for push in run.pushes:
        _turn(push, now, run.feeds[push.pipeline])
    _say_paused(world, channel, run)
    arm(world, channel)


def _switched(world: World, channel: Channel, action: ScheduleAction, attachment: str) -> None:
    run = channel.run
    if run is None:
        return
    run.attachment, run.switch = attachment, action
    for pipeline in range(channel.pipelines):
        events.input_change(world, channel, attachment, action.name, pipeline)
    inputs_changed(world, channel)


def write_out(world: World, channel: Channel) -> None:
    """Bring what the channel writes up to this moment."""
    for writer in channel.run.writers if channel.run is not None else []:
        writer.advance(world.core.clock.time())


def arm(world: World, channel: Channel) -> None:
    """Set the timer of the next segment, unless segments are written when somebody looks."""
    run = channel.run
    if run is None or world.settings.segments_written == "when_looked_at":
        return
    if run.next_segment is not None:
        run.next_segment.cancel()
        run.next_segment = None
    due = [moment for writer in run.writers if (moment := writer.due()) is not None]
    if due:
        run.next_segment = world.later(min(due) - world.core.clock.time(), lambda: _write_due(world, channel))


def active_input(world: World, channel: Channel) -> Input | None:
    run = channel.run
    for attachment in channel.settings.get("InputAttachments", []):
        if run is not None and attachment.get("InputAttachmentName", "") == run.attachment:
            return world.region.inputs.get(attachment["InputId"])
    return None


def _write_due(world: World, channel: Channel) -> None:
    write_out(world, channel)
    arm(world, channel)


def _turn(output: hls.HlsWriter | rtmp_outputs.Push, now: float, feed: Feed) -> None:
    """An output goes on, or pauses while there is no input and it was told not to emit any."""
    if feed.decodes and (feed.present or not output.pauses):
        output.go(now)
    else:
        output.pause(now)


def _say_paused(world: World, channel: Channel, run: Run) -> None:
    outputs: list[hls.HlsWriter | rtmp_outputs.Push] = [*run.writers, *run.pushes]
    for output in outputs:
        feed = run.feeds[output.pipeline]
        paused = feed.decodes and not feed.present and output.pauses
        message = f"Output group {output.group_name} is paused" if output.group_name else "Output group is paused"
        alerts.hold(world, channel, alerts.GROUP_PAUSED, message, output.pipeline, paused)


def _fed(world: World, channel: Channel, pipeline: int) -> bool:
    """A pipeline takes the endpoint of its number; a single one only ever the first (facts §7)."""
    found = active_input(world, channel)
    if found is None:
        return False
    return bool(found.sources[pipeline]) if found.settings["Type"] == "RTMP_PUSH" else not found.silent


def _input_alerts(world: World, found: Input | None, feed: Feed) -> list[tuple[str, str, bool]]:
    kind = found.settings["Type"] if found is not None else ""
    rtmp = kind == "RTMP_PUSH"
    double = found is not None and rtmp and len(found.sources[feed.pipeline]) > 1
    network = [
        (
            alerts.UDP_STOPPED,
            f"Stopped receiving network data on [{scheme}://:5000]",
            kind == other and not feed.present,
        )
        for other, scheme in _NETWORK.items()
    ]
    return [
        (world.alternatives.rtmp_loss_alert, "Waiting for RTMP input", rtmp and not feed.present),
        (alerts.DOUBLE_PUBLISHING, "More than one source publishes to the input", double),
        *network,
    ]


def shown(channel: Channel) -> Params:
    """What is active, for PipelineDetails."""
    run = channel.run
    return {
        "ActiveInputAttachmentName": run.attachment if run is not None else "",
        "ActiveInputSwitchActionName": run.switch.name if run is not None and run.switch is not None else "",
    }
