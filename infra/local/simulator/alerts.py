"""A channel's alerts: in ListAlerts, and as events when they are set and cleared (facts §1.1)."""

from __future__ import annotations

from infra.local.simulator import events
from infra.local.simulator.store import Alert, Channel
from infra.local.simulator.world import World

UDP_STOPPED = "Stopped Receiving UDP Input"
DOUBLE_PUBLISHING = "Input Double-Publishing Detected"
WRITE_FAILED = "Failed to Write to Output"
RTMP_FAILED = "Failed RTMP Connection"
GROUP_PAUSED = "Output Group is Paused"


def set_alert(world: World, channel: Channel, alert_type: str, message: str, pipeline: str) -> Alert:
    alert = Alert(world.core.new_id(), alert_type, message, pipeline, world.core.clock.time())
    channel.alerts.append(alert)
    events.channel_alert(world, channel, alert)
    return alert


def clear_alert(world: World, channel: Channel, alert: Alert) -> None:
    if alert.cleared_at is None:
        alert.cleared_at = world.core.clock.time()
        events.channel_alert(world, channel, alert)


def hold(world: World, channel: Channel, alert_type: str, message: str, pipeline: int, holds: bool) -> None:
    """Have the alert set just as long as something ``holds`` of the run; a second one of the words is none."""
    run = channel.run
    if run is None:
        return
    key = (alert_type, message, pipeline)
    if holds and key not in run.alerts:
        run.alerts[key] = set_alert(world, channel, alert_type, message, str(pipeline))
    elif not holds and key in run.alerts:
        clear_alert(world, channel, run.alerts.pop(key))
