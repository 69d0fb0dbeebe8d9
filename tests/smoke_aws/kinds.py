"""Each kind of thing that a run makes: how those of a run are found, and the next step of taking one away.

In the order in which they go. A step may be refused because something else has to go first: it is tried again.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import suppress
from dataclasses import dataclass
from typing import Any

from botocore.exceptions import ClientError

from console.client import Client
from tests.smoke_aws.account import Account
from tests.smoke_aws.run import PREFIX, run_of

GONE = frozenset({"DELETED"})
_OVER = frozenset({"ended", "failed"})


@dataclass(frozen=True)
class Found:
    """Something of a run's that exists."""

    kind: str
    id: str
    name: str
    run: str
    state: str = ""


@dataclass(frozen=True)
class Place:
    """Where to look: the account, the stage's bucket and its API, each of the last two None if it is not known."""

    account: Account
    bucket: str | None = None
    api: Client | None = None


Listed = Iterator[tuple[str, str, dict[str, str], str]]
"""Id, name, tags and state of all there are in the account, ours or not."""


@dataclass(frozen=True)
class Kind:
    """``describe``: the state of one by its id, "" if it is gone, for lists may lag behind. ``batch``: the step of many
    at once."""

    name: str
    list_all: Callable[[Place], Listed]
    step: Callable[[Place, Found], None]
    describe: Callable[[Place, str], str] | None = None
    batch: Callable[[Place, list[Found]], None] | None = None

    def found(self, place: Place) -> Iterator[Found]:
        for identity, name, tags, state in self.list_all(place):
            run = run_of(name, tags)
            if run is not None and state not in GONE:
                yield Found(self.name, identity, name, run, state)


def _pages(client: Any, operation: str, key: str, **asked: Any) -> Iterator[dict[str, Any]]:
    for page in client.get_paginator(operation).paginate(**asked):
        yield from page.get(key, [])


# OnAir's own sessions: ended through the API, which takes back what they have


def _sessions(place: Place) -> Listed:
    cursor: str | None = None
    while place.api is not None:
        page = place.api.list_sessions(limit=100, cursor=cursor)
        for one in page["sessions"]:
            if one["status"] not in _OVER:
                yield one["session_id"], one["name"], {}, one["status"]
        cursor = page.get("next_cursor")
        if not cursor:
            return


def _end_session(place: Place, found: Found) -> None:
    if place.api is not None and found.state != "ending":
        place.api.end_session(found.id)


# MediaLive


def _channels(place: Place) -> Listed:
    for one in _pages(place.account.client("medialive"), "list_channels", "Channels"):
        yield one["Id"], one.get("Name", ""), one.get("Tags", {}), one["State"]


def _channel_step(place: Place, found: Found) -> None:
    client = place.account.client("medialive")
    if found.state in {"STARTING", "RUNNING", "RECOVERING"}:
        client.stop_channel(ChannelId=found.id)
    elif found.state in {"IDLE", "CREATE_FAILED", "UPDATE_FAILED"}:
        client.delete_channel(ChannelId=found.id)


def _inputs(place: Place) -> Listed:
    for one in _pages(place.account.client("medialive"), "list_inputs", "Inputs"):
        yield one["Id"], one.get("Name", ""), one.get("Tags", {}), one["State"]


def _input_step(place: Place, found: Found) -> None:
    if found.state in {"DETACHED", "CREATING"}:
        place.account.client("medialive").delete_input(InputId=found.id)


def _groups(place: Place) -> Listed:
    client = place.account.client("medialive")
    for one in _pages(client, "list_input_security_groups", "InputSecurityGroups"):
        yield one["Id"], one.get("Tags", {}).get("Name", ""), one.get("Tags", {}), one["State"]


def _group_step(place: Place, found: Found) -> None:
    place.account.client("medialive").delete_input_security_group(InputSecurityGroupId=found.id)


def _described(service: str, operation: str, parameter: str) -> Callable[[Place, str], str]:
    def describe(place: Place, identity: str) -> str:
        try:
            answer = getattr(place.account.client(service), operation)(**{parameter: identity})
        except ClientError as refusal:
            if "NotFound" in refusal.response["Error"]["Code"]:
                return ""
            raise
        state = answer.get("State") or answer.get("Flow", {}).get("Status") or "there"
        return "" if state in GONE else str(state)

    return describe


# MediaConnect, IVS


def _flows(place: Place) -> Listed:
    """By name alone: their list tells no tags."""
    for one in _pages(place.account.client("mediaconnect"), "list_flows", "Flows"):
        yield one["FlowArn"], one["Name"], {}, one["Status"]


def _flow_step(place: Place, found: Found) -> None:
    client = place.account.client("mediaconnect")
    if found.state == "ACTIVE":
        client.stop_flow(FlowArn=found.id)
    elif found.state in {"STANDBY", "ERROR"}:
        client.delete_flow(FlowArn=found.id)


def _ivs_channels(place: Place) -> Listed:
    for one in _pages(place.account.client("ivs"), "list_channels", "channels"):
        yield one["arn"], one.get("name", ""), one.get("tags", {}), ""


def _ivs_step(place: Place, found: Found) -> None:
    client = place.account.client("ivs")
    with suppress(ClientError):  # it is not on the air
        client.stop_stream(channelArn=found.id)
    client.delete_channel(arn=found.id)


# What catches events, and files


def _rules(place: Place) -> Listed:
    client = place.account.client("events")
    for one in _pages(client, "list_rules", "Rules", NamePrefix=PREFIX):
        yield one["Name"], one["Name"], {}, one["State"]


def _rule_step(place: Place, found: Found) -> None:
    client = place.account.client("events")
    targets = [one["Id"] for one in client.list_targets_by_rule(Rule=found.id)["Targets"]]
    if targets:
        client.remove_targets(Rule=found.id, Ids=targets)
    client.delete_rule(Name=found.id)


def _queues(place: Place) -> Listed:
    """A queue may be listed for a minute after it was deleted (SQS API reference, DeleteQueue)."""
    for url in _pages(place.account.client("sqs"), "list_queues", "QueueUrls", QueueNamePrefix=PREFIX):
        yield str(url), str(url).rpartition("/")[2], {}, ""


def _queue_step(place: Place, found: Found) -> None:
    with suppress(place.account.client("sqs").exceptions.QueueDoesNotExist):
        place.account.client("sqs").delete_queue(QueueUrl=found.id)


def _objects(place: Place) -> Listed:
    if place.bucket is not None:
        client = place.account.client("s3")
        for one in _pages(client, "list_objects_v2", "Contents", Bucket=place.bucket, Prefix=f"buffer/{PREFIX}-"):
            yield one["Key"], one["Key"], {}, ""


def _object_step(place: Place, found: Found) -> None:
    place.account.client("s3").delete_object(Bucket=place.bucket, Key=found.id)


def _objects_step(place: Place, found: list[Found]) -> None:
    """A thousand at most (S3 API reference, DeleteObjects)."""
    keys = [{"Key": one.id} for one in found[:1000]]
    place.account.client("s3").delete_objects(Bucket=place.bucket, Delete={"Objects": keys, "Quiet": True})


KINDS = (
    Kind("session", _sessions, _end_session),
    Kind("channel", _channels, _channel_step, _described("medialive", "describe_channel", "ChannelId")),
    Kind("input", _inputs, _input_step, _described("medialive", "describe_input", "InputId")),
    Kind(
        "input_security_group",
        _groups,
        _group_step,
        _described("medialive", "describe_input_security_group", "InputSecurityGroupId"),
    ),
    Kind("ivs_channel", _ivs_channels, _ivs_step, _described("ivs", "get_channel", "arn")),
    Kind("flow", _flows, _flow_step, _described("mediaconnect", "describe_flow", "FlowArn")),
    Kind("object", _objects, _object_step, batch=_objects_step),
    Kind("rule", _rules, _rule_step),
    Kind("queue", _queues, _queue_step),
)
#: What a part of a run makes; rule and queue stay until its end.
OF_A_PART = tuple(kind for kind in KINDS if kind.name not in {"rule", "queue"})
