"""Tags by ARN, of both services. What is tagged here is what describe and list show."""

from __future__ import annotations

from collections.abc import Iterator

from infra.local.simulator.errors import not_found
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
