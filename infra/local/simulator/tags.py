"""Tags by ARN, of all services. What is tagged here is what describe and list show."""

from __future__ import annotations

from collections.abc import Iterator

from infra.local.simulator.errors import ServiceError, not_found
from infra.local.simulator.store import Params
from infra.local.simulator.world import World


def tag(world: World, request: Params) -> Params:
    _tags(world, request["ResourceArn"]).update(request.get("Tags", {}))
    return {}


def untag(world: World, request: Params) -> Params:
    found = _tags(world, request["ResourceArn"])
    for key in request["TagKeys"]:
        found.pop(key, None)
    return {}


def list_tags(world: World, request: Params) -> Params:
    return {"Tags": _tags(world, request["ResourceArn"])}


# IVS spells the same differently.


def tag_of_ivs(world: World, request: Params) -> Params:
    _tags_of_ivs(world, request).update(request["tags"])
    return {}


def untag_of_ivs(world: World, request: Params) -> Params:
    found = _tags_of_ivs(world, request)
    for key in request["tagKeys"]:
        found.pop(key, None)
    return {}


def list_tags_of_ivs(world: World, request: Params) -> Params:
    return {"tags": _tags_of_ivs(world, request)}


def _tags_of_ivs(world: World, request: Params) -> dict[str, str]:
    arn = request["resourceArn"]
    for records in (world.region.ivs_channels, world.region.stream_keys):
        if arn in records:
            return records[arn].tags
    raise ServiceError("ResourceNotFoundException", f"Resource: {arn} not found")


def _tags(world: World, arn: str) -> dict[str, str]:
    for candidate, tags in _all(world):
        if candidate == arn:
            return tags
    raise not_found(f"Resource {arn} not found")


def _all(world: World) -> Iterator[tuple[str, dict[str, str]]]:
    region = world.region
    for records in (region.channels, region.inputs, region.groups):
        for record in records.values():
            if not record.gone:
                yield record.arn, record.tags
    for flow in region.flows.values():
        yield flow.arn, flow.tags
        yield from flow.part_tags.items()
