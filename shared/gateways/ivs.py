"""IVS: the channels that host sessions stream into.

A channel goes on the air because an encoder pushes to it; there is no call to start one (facts §8). What is deleted
leaves no tombstone.
"""

from __future__ import annotations

from collections.abc import Iterator

from botocore.exceptions import ClientError
from botocore.session import Session
from pydantic import Field

from shared.domain.errors import NotReady
from shared.domain.model import Value
from shared.domain.payloads import Payload
from shared.gateways.clients import client, region
from shared.gateways.medialive import DELETED, Seen
from shared.gateways.translate import code_of, translated

_NOT_FOUND = "ResourceNotFoundException"
_OFFLINE = "ChannelNotBroadcasting"
#: The most that ListChannels gives at once: it takes five calls a second (facts §8).
_PAGES = {"PageSize": 100}


class SeenIvsChannel(Seen):
    """As the other resources are seen; an IVS channel has no state of its own, one that is there is ACTIVE."""

    playback_url: str = Field(alias="playbackUrl", default="")


class Ingest(Value):
    """Where and with which key an encoder pushes into a channel. The key is a secret."""

    endpoint: str
    stream_key: str

    def __repr__(self) -> str:
        return "Ingest(…)"


def is_available() -> bool:
    """Whether IVS is in this region at all; it is in few (facts §8). By what the SDK knows."""
    return region() in Session().get_available_regions("ivs")


def create_channel(request: Payload) -> SeenIvsChannel:
    """There is no idempotency token (facts §5): look before you create. The key in the answer stays here."""
    with translated(f"IVS CreateChannel of {request['name']}"):
        made = client("ivs").create_channel(**request)["channel"]
    return _seen(made)


def describe_channel(arn: str) -> Seen:
    """``DELETED`` when it is not there."""
    with translated(f"IVS GetChannel of {arn}"):
        try:
            return _seen(client("ivs").get_channel(arn=arn)["channel"])
        except ClientError as error:
            if code_of(error) == _NOT_FOUND:
                return Seen(Id=arn, State=DELETED, found=False)
            raise


def list_channels(name: str | None = None) -> Iterator[Seen]:
    """All channels, or those of a name."""
    request = {"filterByName": name} if name else {}
    with translated("IVS ListChannels"):
        for page in client("ivs").get_paginator("list_channels").paginate(**request, PaginationConfig=_PAGES):
            yield from (_seen(one) for one in page["channels"])


def delete_channel(arn: str) -> None:
    """Deletes its keys with it. Raises ``NotReady`` while a stream is live (facts §5)."""
    with translated(f"IVS DeleteChannel of {arn}"):
        try:
            client("ivs").delete_channel(arn=arn)
        except ClientError as error:
            if code_of(error) == "ConflictException":
                raise NotReady(f"IVS channel {arn} still has a live stream") from None
            if code_of(error) != _NOT_FOUND:
                raise


def is_live(arn: str) -> bool:
    """Whether a stream is on the air in a channel; False when the channel is gone, too."""
    with translated(f"IVS GetStream of {arn}"):
        try:
            state: str = client("ivs").get_stream(channelArn=arn)["stream"]["state"]
        except ClientError as error:
            if code_of(error) in (_OFFLINE, _NOT_FOUND):
                return False
            raise
    return state == "LIVE"


def list_live() -> Iterator[str]:
    """The ARNs of all channels that a stream is on the air in."""
    with translated("IVS ListStreams"):
        for page in client("ivs").get_paginator("list_streams").paginate():
            yield from (one["channelArn"] for one in page["streams"] if one["state"] == "LIVE")


def ingest_of(arn: str) -> Ingest | None:
    """Where to push into a channel, read when it is needed and kept nowhere. None while it has no key."""
    ivs = client("ivs")
    with translated(f"IVS ingest of {arn}"):
        keys = ivs.list_stream_keys(channelArn=arn)["streamKeys"]
        if not keys:
            return None
        endpoint = ivs.get_channel(arn=arn)["channel"]["ingestEndpoint"]
        value = ivs.get_stream_key(arn=keys[0]["arn"])["streamKey"]["value"]
    return Ingest(endpoint=endpoint, stream_key=value)


def _seen(channel: dict[str, object]) -> SeenIvsChannel:
    return SeenIvsChannel.model_validate(
        {
            "Id": channel["arn"],
            "Arn": channel["arn"],
            "Name": channel.get("name", ""),
            "Tags": channel.get("tags") or {},
            "State": "ACTIVE",
            "playbackUrl": channel.get("playbackUrl") or "",
        }
    )
