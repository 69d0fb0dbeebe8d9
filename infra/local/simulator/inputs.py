"""MediaLive's input operations. Inputs send no events; their states can only be polled (facts §1.1)."""

from __future__ import annotations

from infra.local.simulator.errors import bad_request, conflict
from infra.local.simulator.input_kinds import (
    DEVICES,
    PULL,
    counted_as,
    counts_as_push,
    endpoints,
    input_class,
    needs_group,
    source_type,
)
from infra.local.simulator.limits import check_quota
from infra.local.simulator.lookup import check_pass_role, find, read, remember, replayed
from infra.local.simulator.paging import page
from infra.local.simulator.store import Input, Params
from infra.local.simulator.world import World

_NOT_KEPT = frozenset({"RequestId", "Tags", "InputId", "SpecialRouterSettings"})


def create_input(world: World, request: Params) -> Params:
    made = replayed(world, "CreateInput", request)
    if made is not None:
        return {"Input": show(world, _input(world, made.id))}
    settings = {"InputClass": input_class(request), "InputSourceType": source_type(request), **_kept(request)}
    _check(world, settings)
    _check_quotas(world, settings)
    created = _new_input(world, settings, request, "CREATING")
    remember(world, "CreateInput", request, created)
    if world.alternatives.created_input_state == "DETACHED":
        _ready(world, created)
    else:
        world.after(created, world.settings.durations.input_create, lambda: _ready(world, created))
    return {"Input": show(world, created)}


def seed(world: World, name: str) -> None:
    """One that is there since before anybody looked."""
    settings = {"Name": name, "Type": "URL_PULL", "Sources": [{"Url": f"https://{name}.example.net/live.m3u8"}]}
    derived = {"InputClass": input_class(settings), "InputSourceType": source_type(settings)}
    _new_input(world, {**derived, **settings}, settings, "DETACHED")


def _new_input(world: World, settings: Params, request: Params, state: str) -> Input:
    identity = world.core.new_id()
    arn = world.arn("medialive", f"input:{identity}")
    birth = world.birth(request.get("Name", ""), state, request.get("Tags", {}), identity, arn)
    created = Input(**birth, settings=settings, endpoints=endpoints(world, settings))
    world.region.inputs[identity] = created
    world.count(created, counted_as(settings))
    world.note_state(created)
    return created


def describe_input(world: World, request: Params) -> Params:
    return show(world, read(world, world.region.inputs, request["InputId"], "Input"))


def list_inputs(world: World, request: Params) -> Params:
    return page(world, request, "Inputs", world.region.inputs.values(), show)


def update_input(world: World, request: Params) -> Params:
    found = _input(world, request["InputId"])
    if found.state in ("DELETING", "DELETED"):
        raise conflict(f"Cannot update an input that is in state {found.state}.")
    settings = {**found.settings, **_kept(request)}
    settings.update({"InputClass": input_class(settings), "InputSourceType": source_type(settings)})
    _check(world, settings)
    found.settings = settings
    found.name = settings.get("Name", found.name)
    found.endpoints = endpoints(world, settings, found.endpoints)
    return {"Input": show(world, found)}


def delete_input(world: World, request: Params) -> Params:
    """Only when DETACHED; what is DELETED answers 200 again (facts §2.3)."""
    found = _input(world, request["InputId"])
    if found.state == "ATTACHED" or found.channel_id is not None:
        raise conflict(world.alternatives.attached_input_delete_text)
    if found.state == "CREATING" and world.alternatives.delete_of_creating == "conflict":
        raise conflict("Cannot delete an input that is still being created.")
    if found.state == "DELETING" and world.alternatives.delete_of_deleting == "conflict":
        raise conflict("Cannot delete an input that is already being deleted.")
    if found.state in ("CREATING", "DETACHED"):
        world.move(found, "DELETING")
        world.after(found, world.settings.durations.input_delete, lambda: world.move(found, "DELETED"))
    return {}


def show(world: World, found: Input) -> Params:
    hidden = found.state == "CREATING" and world.alternatives.endpoints_at_create == "later"
    return {
        **found.settings,
        "Arn": found.arn,
        "Id": found.id,
        "State": found.state,
        "Tags": found.tags,
        "AttachedChannels": [found.channel_id] if found.channel_id else [],
        "Destinations": [] if hidden else found.endpoints,
        "SecurityGroups": found.settings.get("InputSecurityGroups", []),
    }


def _ready(world: World, created: Input) -> None:
    world.move(created, "ATTACHED" if created.channel_id else "DETACHED")


def _check(world: World, settings: Params) -> None:
    kind = settings.get("Type")
    if kind is None:
        raise bad_request("Input type is required")
    check_pass_role(world, settings.get("RoleArn"))
    if kind in PULL:
        sources = settings.get("Sources", [])
        for url in [source.get("Url", "") for source in sources] or [""]:
            if not url.strip():
                raise bad_request(f"Invalid URL ({url}) specified for inputSource")
    if kind == "RTMP_PUSH" and not all(item.get("StreamName") for item in settings.get("Destinations") or [{}]):
        raise bad_request("A stream name is required in each destination of an RTMP_PUSH input")
    groups = settings.get("InputSecurityGroups", [])
    if needs_group(settings):
        if not groups and world.alternatives.push_input_without_group == "refused":
            raise bad_request("A push input requires an input security group")
        for group in groups:
            if group not in world.region.groups or world.region.groups[group].gone:
                raise bad_request(f"Input security group {group} does not exist")


def _check_quotas(world: World, settings: Params) -> None:
    """Each input counts against one quota: public push, push in a VPC, device, or else pull."""
    quotas = world.settings.quotas
    sort = _quota_of(world, counted_as(settings))
    quota, words = {
        "push": (quotas.push_inputs, "Too many push inputs"),
        "vpc push": (quotas.vpc_push_inputs, "Too many push inputs"),
        "device": (quotas.device_inputs, "Too many device inputs"),
        "pull": (quotas.pull_inputs, "Too many pull inputs"),
    }[sort]
    there = world.region.there
    same = [there[what] for what in there if what.startswith("input ") and _quota_of(world, what) == sort]
    check_quota(world, sum(same), quota, words)


def _quota_of(world: World, counted: str) -> str:
    _, kind, *where = counted.split(" ")
    if counts_as_push(world, kind):
        return "vpc push" if where else "push"
    return "device" if kind in DEVICES else "pull"


def _input(world: World, identity: str) -> Input:
    return find(world, world.region.inputs, identity, "Input")


def _kept(request: Params) -> Params:
    return {name: value for name, value in request.items() if name not in _NOT_KEPT}
