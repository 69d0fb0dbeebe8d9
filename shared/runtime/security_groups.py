"""Making a security group of the stage equal its desired set. Used under ``security_group_lock`` by the two steps that
change it."""

from __future__ import annotations

from shared.domain.errors import NotReady
from shared.domain.names import security_group_tags
from shared.domain.security_groups import SecurityGroup
from shared.gateways import medialive, security_groups
from shared.gateways.settings import settings


def write_group(group: SecurityGroup) -> SecurityGroup:
    """Create or update the group until what is read back is what is wanted.

    Raises ``NotReady`` when it is not so yet; the step is retried and writes again.
    """
    if not group.cidrs():
        return _without_rules(group)
    group = _with_id(group)
    assert group.group_id is not None
    seen = medialive.describe_security_group(group.group_id)
    if seen.cidrs() != group.cidrs():
        medialive.update_security_group(group.group_id, group.cidrs())
        seen = medialive.describe_security_group(group.group_id)
    if seen.cidrs() != group.cidrs():
        raise NotReady(f"security group {group.group_id} does not have its rules of version {group.version} yet")
    return group


def _with_id(group: SecurityGroup) -> SecurityGroup:
    """The group with an id that exists: by the table, else by its tags, else made now."""
    if group.group_id is not None and medialive.describe_security_group(group.group_id).state != medialive.DELETED:
        return group
    tags = security_group_tags(settings().stage, group.number)
    for seen in medialive.list_security_groups():
        if seen.state != medialive.DELETED and tags.items() <= seen.tags.items():
            break
    else:
        seen = medialive.create_security_group(group.cidrs(), tags)
    group = group.model_copy(update={"group_id": seen.id})
    security_groups.save(group)
    return group


def _without_rules(group: SecurityGroup) -> SecurityGroup:
    """Nobody needs the group: a group must have a rule (facts §3), so it goes, and is made again on the next need."""
    if group.group_id is not None:
        medialive.delete_security_group(group.group_id)
        group = group.model_copy(update={"group_id": None})
        security_groups.save(group)
    return group
