"""Finding records by id, and the calls that were made before: NotFound, tombstones and ``RequestId``."""

from __future__ import annotations

from collections.abc import Mapping
from fnmatch import fnmatchcase
from typing import TypeVar

from infra.local.simulator.errors import ServiceError, conflict, not_found
from infra.local.simulator.store import Params, Record
from infra.local.simulator.world import World

R = TypeVar("R", bound=Record)


def find(world: World, records: Mapping[str, R], identity: str, noun: str) -> R:
    """The record, tombstones included; NotFoundException for an id that never existed (facts §2.3)."""
    record = records.get(identity)
    if record is None or (record.gone and world.alternatives.deleted_resources == "not_found"):
        raise not_found(f"{noun} {identity} not found")
    return record


def read(world: World, records: Mapping[str, R], identity: str, noun: str) -> R:
    """``find`` for describe calls, which may lag behind creations."""
    record = find(world, records, identity, noun)
    if record.created_at > world.core.clock.time() - world.alternatives.describe_lag:
        raise not_found(f"{noun} {identity} not found")
    return record


def replayed(world: World, operation: str, request: Params) -> Record | None:
    """What an earlier call with this ``RequestId`` made. Conflict when it asked for something else (facts §5)."""
    made = world.region.requests.get((operation, request.get("RequestId", "")))
    if made is None or world.alternatives.request_id_replay == "ignored":
        return None
    body, record = made
    if world.alternatives.request_id_replay == "refused" or body != request:
        raise conflict(f"Request id {request['RequestId']} was already used")
    return record


def remember(world: World, operation: str, request: Params, record: Record) -> None:
    if request.get("RequestId"):
        world.region.requests[operation, request["RequestId"]] = (request, record)


def check_pass_role(world: World, role_arn: str | None) -> None:
    """Only a role's ARN may be passed, and none that ``settings.forbidden_roles`` names (text: facts §3)."""
    if role_arn is None:
        return
    forbidden = any(fnmatchcase(role_arn, pattern) for pattern in world.settings.forbidden_roles)
    if forbidden or not fnmatchcase(role_arn, "arn:*:iam::*:role/*"):
        raise ServiceError(world.alternatives.pass_role_error, "Not authorized to perform: iam:PassRole")
