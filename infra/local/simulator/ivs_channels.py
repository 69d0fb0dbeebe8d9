"""IVS's channels and stream keys, low-latency streaming only (facts §8). Streams are in ``ivs_streams.py``."""

from __future__ import annotations

from infra.local.simulator.errors import ServiceError, conflict
from infra.local.simulator.paging import page
from infra.local.simulator.store import IvsChannel, Params, StreamKey
from infra.local.simulator.world import World

INGEST_DOMAIN = "global-contribute.live-video.net"
REGIONS = frozenset(
    {
        "us-east-1",
        "us-west-2",
        "eu-west-1",
        "eu-central-1",
        "ap-northeast-1",
        "ap-northeast-2",
        "ap-south-1",
    }
)
_DEFAULTS = {
    "latencyMode": "LOW",
    "type": "STANDARD",
    "authorized": False,
    "insecureIngest": False,
    "containerFormat": "TS",
    "recordingConfigurationArn": "",
    "playbackRestrictionPolicyArn": "",
}
_REFERENCES = (
    "recordingConfigurationArn",
    "playbackRestrictionPolicyArn",
    "adConfigurationArn",
    "failoverSlateConfigurationArn",
)
_SUMMARY = frozenset(
    {"latencyMode", "authorized", "insecureIngest", "type", "recordingConfigurationArn", "playbackRestrictionPolicyArn"}
)


def create_channel(world: World, request: Params) -> Params:
    """With a stream key. Names may repeat, and there is no idempotency token: whoever retries looks first."""
    _check_references(request)
    if len(world.region.ivs_channels) >= world.settings.quotas.ivs_channels:
        raise _quota_exceeded("channels")
    region, account, identity = world.region.name, world.settings.account_id, world.core.new_name(12)
    arn = world.arn("ivs", f"channel/{identity}")
    channel = IvsChannel(**world.birth(request.get("name", ""), "OFFLINE", request.get("tags", {}), arn, arn))
    code = world.core.new_token(12)
    channel.host = f"{code}.{INGEST_DOMAIN}"
    playback = (
        f"https://{code}.{region}.playback.live-video.net/api/video/v1/{region}.{account}.channel.{identity}.m3u8"
    )
    passphrase = world.core.new_name(32)
    channel.settings = {
        **_DEFAULTS,
        **_kept(request),
        "playbackUrl": playback,
        "srt": {"endpoint": f"{code}.srt.live-video.net", "passphrase": passphrase},
    }
    world.region.ivs_channels[arn] = channel
    world.note_state(channel)
    return {"channel": show(world, channel), "streamKey": _show_key(world, _new_key(world, channel, {}))}


def get_channel(world: World, request: Params) -> Params:
    return {"channel": show(world, find_channel(world, request["arn"]))}


def list_channels(world: World, request: Params) -> Params:
    filters = {name: value for name, value in request.items() if name.startswith("filterBy")}
    if len(filters) > 1:
        raise conflict("Filters are mutually exclusive")
    found = list(world.region.ivs_channels.values())
    for name, value in filters.items():
        member = name[len("filterBy") :]
        member = member[0].lower() + member[1:]
        found = [one for one in found if (one.name if member == "name" else one.settings.get(member)) == value]
    return page(world, request, "channels", found, _summary)


def update_channel(world: World, request: Params) -> Params:
    """Live channels cannot be updated."""
    channel = find_channel(world, request["arn"])
    _refuse_if_live(world, channel, "updated")
    _check_references(request)
    channel.settings.update(_kept(request))
    channel.name = request.get("name", channel.name)
    return {"channel": show(world, channel)}


def delete_channel(world: World, request: Params) -> Params:
    """With its stream keys, and at once: IVS keeps no tombstones."""
    channel = find_channel(world, request["arn"])
    _refuse_if_live(world, channel, "deleted")
    world.move(channel, "DELETED")
    del world.region.ivs_channels[channel.arn]
    for key in _keys(world, channel):
        del world.region.stream_keys[key.arn]
    return {}


def create_stream_key(world: World, request: Params) -> Params:
    """A channel has one key, and CreateChannel made it: to change it, delete it first."""
    channel = find_channel(world, request["channelArn"])
    if len(_keys(world, channel)) >= world.settings.quotas.ivs_stream_keys:
        raise _quota_exceeded("stream keys of a channel")
    return {"streamKey": _show_key(world, _new_key(world, channel, request.get("tags", {})))}


def get_stream_key(world: World, request: Params) -> Params:
    return {"streamKey": _show_key(world, _find_key(world, request["arn"]))}


def list_stream_keys(world: World, request: Params) -> Params:
    """Without their values."""
    channel = find_channel(world, request["channelArn"])
    return page(world, request, "streamKeys", _keys(world, channel), _summarise_key)


def delete_stream_key(world: World, request: Params) -> Params:
    """Nobody connects with it any more; who is connected stays."""
    del world.region.stream_keys[_find_key(world, request["arn"]).arn]
    return {}


def find_channel(world: World, arn: str) -> IvsChannel:
    channel = world.region.ivs_channels.get(arn)
    if channel is None:
        raise ServiceError("ResourceNotFoundException", f"Resource: {arn} not found")
    return channel


def is_live(world: World, channel: IvsChannel) -> bool:
    """Whether GetStream knows a stream: from Stream Start (or Session Created) until Stream End."""
    session = channel.session
    if session is None:
        return False
    return session.started_at is not None or world.alternatives.stream_is_live_from == "session_created"


def show(world: World, channel: IvsChannel) -> Params:
    return {
        **channel.settings,
        "arn": channel.arn,
        "name": channel.name,
        "ingestEndpoint": channel.host,
        "tags": channel.tags,
    }


def _summary(world: World, channel: IvsChannel) -> Params:
    kept = {name: value for name, value in channel.settings.items() if name in _SUMMARY}
    return {**kept, "arn": channel.arn, "name": channel.name, "tags": channel.tags}


def _refuse_if_live(world: World, channel: IvsChannel, verb: str) -> None:
    if is_live(world, channel):
        raise conflict(f"Channel {channel.arn} cannot be {verb} while it is live")


def _check_references(request: Params) -> None:
    """What a channel may refer to is not simulated, so there is none of it."""
    for name in _REFERENCES:
        if request.get(name):
            raise ServiceError("ResourceNotFoundException", f"Resource: {request[name]} not found")


def _kept(request: Params) -> Params:
    return {name: value for name, value in request.items() if name not in ("arn", "name", "tags")}


def _new_key(world: World, channel: IvsChannel, tags: dict[str, str]) -> StreamKey:
    arn = world.arn("ivs", f"stream-key/{world.core.new_name(12)}")
    key = StreamKey(**world.birth(channel.name, "ACTIVE", tags, arn, arn), channel_arn=channel.arn)
    key.value = f"sk_{world.region.name}_{world.core.new_name(12)}_{world.core.new_name(30)}"
    world.region.stream_keys[arn] = key
    return key


def _keys(world: World, channel: IvsChannel) -> list[StreamKey]:
    return [key for key in world.region.stream_keys.values() if key.channel_arn == channel.arn]


def _find_key(world: World, arn: str) -> StreamKey:
    key = world.region.stream_keys.get(arn)
    if key is None:
        raise ServiceError("ResourceNotFoundException", f"Resource: {arn} not found")
    return key


def _show_key(world: World, key: StreamKey) -> Params:
    return {**_summarise_key(world, key), "value": key.value}


def _summarise_key(world: World, key: StreamKey) -> Params:
    return {"arn": key.arn, "channelArn": key.channel_arn, "tags": key.tags}


def _quota_exceeded(what: str) -> ServiceError:
    return ServiceError("ServiceQuotaExceededException", f"The quota of {what} is exceeded")
