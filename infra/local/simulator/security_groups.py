"""MediaLive's input security groups: IPv4 rules, replaced as a whole, and in use while any live input names them."""

from __future__ import annotations

import ipaddress

from infra.local.simulator.errors import bad_request, conflict
from infra.local.simulator.limits import check_quota
from infra.local.simulator.lookup import find, read
from infra.local.simulator.paging import page
from infra.local.simulator.store import Params, SecurityGroup
from infra.local.simulator.world import World

MAX_RULES = 10


def create_input_security_group(world: World, request: Params) -> Params:
    rules = _checked_rules(request.get("WhitelistRules", []), may_be_empty=False)
    check_quota(
        world,
        world.region.there[SecurityGroup.kind],
        world.settings.quotas.input_security_groups,
        "Too many input security groups",
    )
    identity = world.core.new_id()
    arn = world.arn("medialive", f"inputSecurityGroup:{identity}")
    group = SecurityGroup(**world.birth("", "IDLE", request.get("Tags", {}), identity, arn), rules=rules)
    world.region.groups[identity] = group
    world.count(group, group.kind)
    world.note_state(group)
    return {"SecurityGroup": show(world, group)}


def describe_input_security_group(world: World, request: Params) -> Params:
    return show(world, read(world, world.region.groups, request["InputSecurityGroupId"], "Input security group"))


def list_input_security_groups(world: World, request: Params) -> Params:
    return page(world, request, "InputSecurityGroups", world.region.groups.values(), show)


def update_input_security_group(world: World, request: Params) -> Params:
    """Any time, in use or not. The list that is given replaces the old one whole."""
    group = _group(world, request["InputSecurityGroupId"])
    if group.state != "IDLE":
        raise conflict(f"Cannot update an input security group that is in state {group.state}.")
    may_be_empty = world.alternatives.empty_whitelist_update == "accepted"
    rules = group.rules
    if "WhitelistRules" in request:
        rules = _checked_rules(request["WhitelistRules"], may_be_empty)
    if "Tags" in request:
        group.tags = dict(request["Tags"])
    if world.alternatives.security_group_update == "updating":
        world.move(group, "UPDATING")
        world.after(group, world.settings.durations.group_update, lambda: _updated(world, group, rules))
    else:
        group.rules = rules
    return {"SecurityGroup": show(world, group)}


def delete_input_security_group(world: World, request: Params) -> Params:
    """Refused while an input that is not deleted names it, attached or not (facts §2.3, rule 3)."""
    group = _group(world, request["InputSecurityGroupId"])
    if _inputs(world, group):
        raise conflict(f"Input Security Group {group.id} cannot be deleted because it is still being used by inputs.")
    if not group.gone:
        world.move(group, "DELETED")
    return {}


def show(world: World, group: SecurityGroup) -> Params:
    inputs = _inputs(world, group)
    return {
        "Arn": group.arn,
        "Id": group.id,
        "Inputs": inputs,
        "State": "IN_USE" if group.state == "IDLE" and inputs else group.state,
        "Tags": group.tags,
        "WhitelistRules": [{"Cidr": rule} for rule in group.rules],
    }


def _updated(world: World, group: SecurityGroup, rules: list[str]) -> None:
    group.rules = rules
    world.move(group, "IDLE")


def _inputs(world: World, group: SecurityGroup) -> list[str]:
    """The inputs that use it; one that is DELETING still does."""
    return [
        found.id
        for found in world.region.inputs.values()
        if not found.gone and group.id in found.settings.get("InputSecurityGroups", [])
    ]


def _checked_rules(given: list[Params], may_be_empty: bool) -> list[str]:
    rules = [rule.get("Cidr", "") for rule in given]
    if not rules and not may_be_empty:
        raise bad_request("Must specify at least one whitelist")
    if len(rules) > MAX_RULES:
        raise bad_request(f"An input security group can have at most {MAX_RULES} rules")
    for rule in rules:
        if not _is_ipv4_cidr(rule):
            raise bad_request(f"Invalid CIDR ({rule}): an IPv4 CIDR block is required")
    return rules


def _is_ipv4_cidr(rule: str) -> bool:
    try:
        ipaddress.IPv4Network(rule, strict=False)
    except ValueError:
        return False
    return "/" in rule


def _group(world: World, identity: str) -> SecurityGroup:
    return find(world, world.region.groups, identity, "Input security group")
