"""MediaLive: inputs, channels, input security groups.

A resource that was deleted stays describable as DELETED; an id that is not found never was, or does not show yet
(facts §2.3, §14). Both read as DELETED here, and ``found`` tells them apart.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from datetime import UTC
from typing import Any

from botocore.exceptions import ClientError
from pydantic import BaseModel, ConfigDict, Field

from shared.domain.errors import NotReady
from shared.domain.input_loss import ActiveAlert
from shared.domain.payloads import Payload
from shared.domain.payloads.flow_outputs import InputEndpoint
from shared.domain.payloads.inputs import whitelist_rules
from shared.gateways.clients import client
from shared.gateways.translate import code_of, translated

DELETED = "DELETED"
#: The most that a list gives at once: 1 to 1000 by the service's model, of which botocore's copy has lost the bounds
#: (aws-sdk-go, models/apis/medialive/2017-10-14/api-2.json, shape MaxResults).
_PAGES = {"PageSize": 1000}
#: A call that is not legal in the resource's present state, and one on a resource that never was.
_CONFLICT = frozenset({"ConflictException"})
_NOT_FOUND = frozenset({"NotFoundException"})


class Seen(BaseModel):
    """What AWS tells of a resource, read leniently: what we don't know is left out."""

    model_config = ConfigDict(frozen=True, extra="ignore", hide_input_in_errors=True, defer_build=True)

    id: str = Field(alias="Id")
    arn: str = Field(alias="Arn", default="")
    name: str = Field(alias="Name", default="")
    state: str = Field(alias="State", default="")
    tags: dict[str, str] = Field(alias="Tags", default={})
    found: bool = True


class SeenInput(Seen):
    type: str = Field(alias="Type", default="")
    destinations: tuple[dict[str, Any], ...] = Field(alias="Destinations", default=())

    def endpoints(self) -> tuple[InputEndpoint, ...]:
        """Where it listens; empty until the service has given it addresses."""
        return tuple(
            InputEndpoint(ip=one["Ip"], port=int(one["Port"]))
            for one in self.destinations
            if one.get("Ip") and one.get("Port")
        )

    def addresses(self) -> tuple[str, ...]:
        return tuple(f"{endpoint.ip}:{endpoint.port}" for endpoint in self.endpoints())


class SeenChannel(Seen):
    pass


class SeenSecurityGroup(Seen):
    rules: tuple[dict[str, Any], ...] = Field(alias="WhitelistRules", default=())

    def cidrs(self) -> tuple[str, ...]:
        return tuple(sorted(str(rule.get("Cidr")) for rule in self.rules))


# Inputs


def create_input(request: Payload, secrets: Sequence[str] = ()) -> SeenInput:
    """``secrets``: the ingest names in the request."""
    with translated(f"CreateInput of {request['Name']}", secrets):
        return SeenInput.model_validate(client("medialive").create_input(**request)["Input"])


def describe_input(input_id: str) -> SeenInput:
    return SeenInput.model_validate(_describe("describe_input", f"DescribeInput of {input_id}", InputId=input_id))


def delete_input(input_id: str) -> None:
    """Raises ``NotReady`` while a channel still has it."""
    _ask("delete_input", f"DeleteInput of {input_id}", InputId=input_id)


def list_inputs() -> Iterator[SeenInput]:
    return (SeenInput.model_validate(one) for one in _pages("list_inputs", "Inputs"))


# Channels


def create_channel(request: Payload, secrets: Sequence[str]) -> SeenChannel:
    """The answer holds the stream keys, so nothing of it but id, name and state leaves this function."""
    with translated(f"CreateChannel of {request['Name']}", secrets):
        return SeenChannel.model_validate(client("medialive").create_channel(**request)["Channel"])


def update_channel(request: Payload, secrets: Sequence[str]) -> None:
    """Raises ``NotReady`` when the channel is not IDLE (facts §2.3)."""
    with translated(f"UpdateChannel of {request['ChannelId']}", secrets):
        try:
            client("medialive").update_channel(**request)
        except ClientError as error:
            if code_of(error) in _CONFLICT:
                raise NotReady(f"channel {request['ChannelId']} can't be changed in its present state") from None
            raise


def mark(request: Payload) -> None:
    """BatchUpdateSchedule. An action of that name which is there already refuses the batch (facts §5)."""
    with translated(f"BatchUpdateSchedule of {request['ChannelId']}"):
        client("medialive").batch_update_schedule(**request)


def describe_channel(channel_id: str) -> SeenChannel:
    what = f"DescribeChannel of {channel_id}"
    return SeenChannel.model_validate(_describe("describe_channel", what, ChannelId=channel_id))


def start_channel(channel_id: str) -> None:
    """Raises ``NotReady`` when the channel's state does not allow it."""
    _ask("start_channel", f"StartChannel of {channel_id}", found=True, ChannelId=channel_id)


def stop_channel(channel_id: str) -> None:
    """Raises ``NotReady`` when the channel's state does not allow it."""
    _ask("stop_channel", f"StopChannel of {channel_id}", ChannelId=channel_id)


def delete_channel(channel_id: str) -> None:
    """Raises ``NotReady`` when the channel's state does not allow it."""
    _ask("delete_channel", f"DeleteChannel of {channel_id}", ChannelId=channel_id)


def list_channels() -> Iterator[SeenChannel]:
    return (SeenChannel.model_validate(one) for one in _pages("list_channels", "Channels"))


def active_alerts(channel_id: str) -> tuple[ActiveAlert, ...]:
    """A channel's alerts that are set, by ListAlerts; none for a channel that is gone."""
    pages = (
        client("medialive")
        .get_paginator("list_alerts")
        .paginate(ChannelId=channel_id, StateFilter="SET", PaginationConfig={"PageSize": 100})
    )
    with translated(f"ListAlerts of {channel_id}"):
        try:
            found = [one for page in pages for one in page["Alerts"]]
        except ClientError as error:
            if code_of(error) in _NOT_FOUND:
                return ()
            raise
    return tuple(
        ActiveAlert(
            type=str(one.get("AlertType", "")),
            pipeline=str(one.get("PipelineId", "")),
            since=one["SetTimestamp"].astimezone(UTC),
        )
        for one in found
        if one.get("State") == "SET" and "SetTimestamp" in one
    )


# Input security groups


def create_security_group(cidrs: Iterable[str], tags: Mapping[str, str]) -> SeenSecurityGroup:
    """There is no idempotency token (facts §5): look before you create."""
    with translated("CreateInputSecurityGroup"):
        answer = client("medialive").create_input_security_group(WhitelistRules=whitelist_rules(cidrs), Tags=dict(tags))
    return SeenSecurityGroup.model_validate(answer["SecurityGroup"])


def update_security_group(group_id: str, cidrs: Iterable[str]) -> None:
    """Replaces the whole list of rules. Raises ``NotReady`` while an earlier update is being carried out."""
    what, rules = f"UpdateInputSecurityGroup of {group_id}", whitelist_rules(cidrs)
    _ask("update_input_security_group", what, found=True, InputSecurityGroupId=group_id, WhitelistRules=rules)


def describe_security_group(group_id: str) -> SeenSecurityGroup:
    what = f"DescribeInputSecurityGroup of {group_id}"
    return SeenSecurityGroup.model_validate(
        _describe("describe_input_security_group", what, InputSecurityGroupId=group_id)
    )


def delete_security_group(group_id: str) -> None:
    """Raises ``NotReady`` while an input still uses it."""
    _ask("delete_input_security_group", f"DeleteInputSecurityGroup of {group_id}", InputSecurityGroupId=group_id)


def list_security_groups() -> Iterator[SeenSecurityGroup]:
    pages = _pages("list_input_security_groups", "InputSecurityGroups")
    return (SeenSecurityGroup.model_validate(one) for one in pages)


def _describe(method: str, doing: str, **request: str) -> dict[str, Any]:
    """The answer, or a bare DELETED for an id that is not there."""
    with translated(doing):
        try:
            answer: dict[str, Any] = getattr(client("medialive"), method)(**request)
        except ClientError as error:
            if code_of(error) in _NOT_FOUND:
                return {"Id": next(iter(request.values())), "State": DELETED, "found": False}
            raise
    return answer


def _ask(method: str, doing: str, found: bool = False, **request: Any) -> None:
    """Call a method whose success may have come before: what is gone is done, what conflicts is asked again.

    ``found``: the resource must be there, so "not found" is an error.
    """
    with translated(doing):
        try:
            getattr(client("medialive"), method)(**request)
        except ClientError as error:
            if code_of(error) in _NOT_FOUND and not found:
                return
            if code_of(error) in _CONFLICT:
                raise NotReady(f"{doing}: not allowed in its present state") from None
            raise


def _pages(method: str, key: str) -> Iterator[dict[str, Any]]:
    paginator = client("medialive").get_paginator(method)
    with translated(method):
        for page in paginator.paginate(PaginationConfig=_PAGES):
            yield from page[key]
