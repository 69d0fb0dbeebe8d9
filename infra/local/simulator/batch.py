"""MediaLive's batch operations: the single ones in a row, each failure an entry in a 200 (facts §2.2)."""

from __future__ import annotations

from collections.abc import Callable, Mapping

from infra.local.simulator.channels import delete_channel, start_channel, stop_channel
from infra.local.simulator.errors import ServiceError, not_found
from infra.local.simulator.inputs import delete_input
from infra.local.simulator.security_groups import delete_input_security_group
from infra.local.simulator.store import Params, Record
from infra.local.simulator.world import World

Operation = Callable[[World, Params], Params]


def batch_start(world: World, request: Params) -> Params:
    return _each(world, request, [("ChannelIds", "ChannelId", start_channel, world.region.channels)])


def batch_stop(world: World, request: Params) -> Params:
    return _each(world, request, [("ChannelIds", "ChannelId", stop_channel, world.region.channels)])


def batch_delete(world: World, request: Params) -> Params:
    return _each(
        world,
        request,
        [
            ("ChannelIds", "ChannelId", delete_channel, world.region.channels),
            ("InputIds", "InputId", delete_input, world.region.inputs),
            ("InputSecurityGroupIds", "InputSecurityGroupId", delete_input_security_group, world.region.groups),
        ],
    )


def _each(world: World, request: Params, parts: list[tuple[str, str, Operation, Mapping[str, Record]]]) -> Params:
    successful: list[Params] = []
    failed: list[Params] = []
    for plural, singular, operation, records in parts:
        for identity in request.get(plural, []):
            try:
                operation(world, {singular: identity})
            except ServiceError as error:
                arn = records[identity].arn if identity in records else ""
                failed.append({"Arn": arn, "Code": error.code, "Id": identity, "Message": error.message})
            else:
                record = records[identity]
                successful.append({"Arn": record.arn, "Id": identity, "State": record.state})
    for identity in request.get("MultiplexIds", []):
        missing = not_found(f"Multiplex {identity} not found")
        failed.append({"Arn": "", "Code": missing.code, "Id": identity, "Message": missing.message})
    return {"Failed": failed, "Successful": successful}
