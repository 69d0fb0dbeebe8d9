"""Streams into IVS channels: what comes in over RTMP, and the operations and events about it (facts §1.3, §8).

There is no operation to start one: a channel is LIVE because an encoder pushes. ``rtmp_outputs.py`` is the encoder.
"""

from __future__ import annotations

from collections.abc import Callable

from infra.local.simulator import events
from infra.local.simulator.errors import ServiceError
from infra.local.simulator.ivs_channels import INGEST_DOMAIN, find_channel, is_live
from infra.local.simulator.paging import page
from infra.local.simulator.store import IvsChannel, Params, Session
from infra.local.simulator.world import World

# Operations


def get_stream(world: World, request: Params) -> Params:
    return {"stream": _show(world, _broadcasting(world, request["channelArn"]))}


def list_streams(world: World, request: Params) -> Params:
    wanted = request.get("filterBy", {}).get("health")
    live = [one for one in world.region.ivs_channels.values() if is_live(world, one)]
    return page(world, request, "streams", [one for one in live if wanted in (None, _health(one))], _summary)


def stop_stream(world: World, request: Params) -> Params:
    """Cuts the encoder off; one that connects again by itself is back in a moment, unless its key is gone."""
    channel = _broadcasting(world, request["channelArn"])
    session = channel.session
    if session is not None and not session.ending:
        _end(world, channel)
        session.lost(False)
    return {}


def _broadcasting(world: World, arn: str) -> IvsChannel:
    channel = find_channel(world, arn)
    if not is_live(world, channel):
        raise ServiceError("ChannelNotBroadcasting", f"Channel {arn} is not broadcasting")
    return channel


def _show(world: World, channel: IvsChannel) -> Params:
    return {**_summary(world, channel), "playbackUrl": channel.settings["playbackUrl"]}


def _summary(world: World, channel: IvsChannel) -> Params:
    session = channel.session
    assert session is not None
    return {
        "channelArn": channel.arn,
        "streamId": session.stream_id,
        "startTime": session.began_at,
        "state": "LIVE",
        "health": _health(channel),
        "viewerCount": 0,
    }


def _health(channel: IvsChannel) -> str:
    return "STARVING" if channel.session is not None and channel.session.starving else "HEALTHY"


# What an encoder does


def is_ingest(host: str) -> bool:
    return host.endswith("." + INGEST_DOMAIN)


def admitted(world: World, host: str, scheme: str, path: str, key: str) -> IvsChannel | None:
    """The channel that takes this push: its own endpoint, one of its keys, RTMPS unless it says otherwise, app/."""
    for channel in world.region.ivs_channels.values():
        keys = [one.value for one in world.region.stream_keys.values() if one.channel_arn == channel.arn]
        secure = scheme == "rtmps" or (scheme == "rtmp" and channel.settings["insecureIngest"])
        if channel.host == host and secure and path.strip("/") == "app" and key in keys:
            return channel
    return None


def connect(world: World, channel: IvsChannel, publisher: str, lost: Callable[[bool], None], newcomer: bool) -> bool:
    """An encoder with a right key connects. ``newcomer``: it was not taken over itself before. False: refused.

    ``lost`` is called if it is cut off from our end, with whether by a takeover.
    """
    now = world.core.clock.time()
    session = channel.session
    if session is not None and not session.ending:
        if not newcomer or world.alternatives.second_publisher == "refused":
            if newcomer:
                events.stream_state_change(world, channel, session, "Stream Takeover Failure")
            return False
        before, session.lost, session.publisher = session.lost, lost, publisher
        events.stream_state_change(world, channel, session, "Stream Takeover")
        before(True)
        return True
    if session is not None:
        _over(world, channel, session)  # the last one's end is hurried up by the next one's beginning
    streams = [one for one in world.region.ivs_channels.values() if one.session is not None]
    if len(streams) >= world.settings.quotas.ivs_streams:
        return False
    session = Session(f"st-{world.core.new_name(23)}", publisher, now, lost)
    channel.session = session
    events.stream_state_change(world, channel, session, "Session Created")
    world.after(channel, world.settings.durations.stream_start, lambda: _started(world, channel))
    return True


def disconnect(world: World, channel: IvsChannel) -> None:
    """The encoder hangs up."""
    if channel.session is not None and not channel.session.ending:
        _end(world, channel)


def starve(world: World, channel: IvsChannel, starving: bool) -> None:
    """Nothing comes over the connection, or something does again."""
    session = channel.session
    if session is not None and session.starving != starving:
        session.starving = starving
        events.stream_health_change(world, channel, session, "Starvation Start" if starving else "Starvation End")


def _started(world: World, channel: IvsChannel) -> None:
    session = channel.session
    assert session is not None
    session.started_at = world.core.clock.time()
    world.move(channel, "LIVE")
    events.stream_state_change(world, channel, session, "Stream Start")


def _end(world: World, channel: IvsChannel) -> None:
    """The encoder is gone; what it sent is still processed for a moment, unless nothing had been shown yet."""
    session = channel.session
    assert session is not None
    session.ending = True
    channel.moves += 1  # a start that was to come does not
    if session.started_at is None:
        events.stream_state_change(world, channel, session, "Session Ended")
        channel.session = None
        return
    if world.alternatives.stream_ends == "session_first":
        events.stream_state_change(world, channel, session, "Session Ended")
    world.after(channel, world.settings.durations.stream_end, lambda: _over(world, channel, session))


def _over(world: World, channel: IvsChannel, session: Session) -> None:
    channel.session = None
    world.move(channel, "OFFLINE")
    events.stream_state_change(world, channel, session, "Stream End")
    if world.alternatives.stream_ends == "stream_first":
        events.stream_state_change(world, channel, session, "Session Ended")
