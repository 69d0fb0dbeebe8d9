"""Making a security group of the stage equal its desired set.

Used by the two steps that change it, under ``security_group_lock``: ``admit_source.py`` and ``release_source.py``.
"""

from __future__ import annotations

from shared.domain.errors import NotReady, Permanent
from shared.domain.names import security_group_tags
from shared.domain.security_groups import SecurityGroup
from shared.gateways import medialive, security_groups
from shared.gateways.clients import IN_FLIGHT
from shared.gateways.settings import settings
from shared.runtime.clock import now
from shared.runtime.log import logger


def write_group(group: SecurityGroup) -> SecurityGroup:
    """Create, update or delete the group until what is read back is what is wanted, and note that it is.

    Raises ``NotReady`` when it is not so yet; the step is retried and writes again.
    """
    group, seen = _known(group)
    if not group.cidrs():
        return _deleted(group)
    if group.group_id is None:
        group, seen = _created(group), None
    group_id = group.group_id or ""
    if _rules(group, seen or medialive.describe_security_group(group_id)) == group.cidrs():
        return _saved(group.settled())
    medialive.update_security_group(group_id, group.cidrs())
    if _rules(group, medialive.describe_security_group(group_id)) != group.cidrs():
        raise NotReady(f"security group {group_id} does not have its rules of version {group.version} yet")
    return _saved(group.settled())


def _known(group: SecurityGroup) -> tuple[SecurityGroup, medialive.SeenSecurityGroup | None]:
    """The group with its id if it exists: by the table, else, after a create of unknown outcome, by its tags. And what
    the service told of it, if it was asked."""
    if group.group_id is not None:
        seen = medialive.describe_security_group(group.group_id)
        if seen.state != medialive.DELETED or (not seen.found and _young(group)):
            return group, seen
        return _saved(group.model_copy(update={"group_id": None, "in_flight_until": None})), None
    if group.in_flight_until is None:
        return group, None
    tags = security_group_tags(settings().stage, group.number)
    for one in medialive.list_security_groups():
        if one.state != medialive.DELETED and tags.items() <= one.tags.items():
            return _saved(group.model_copy(update={"group_id": one.id})), None
    if _young(group):
        raise NotReady("the call that makes the security group may still be under way")
    return group, None


def _created(group: SecurityGroup) -> SecurityGroup:
    """The group, made now. There is no idempotency token (facts §5), so the intent is written first."""
    group = _saved(group.model_copy(update={"in_flight_until": now() + IN_FLIGHT}))
    seen = medialive.create_security_group(group.cidrs(), security_group_tags(settings().stage, group.number))
    return _saved(group.model_copy(update={"group_id": seen.id}))


def _deleted(group: SecurityGroup) -> SecurityGroup:
    """Nobody needs the group: a group must have a rule (facts §3), so it goes, and is made again on the next need."""
    if group.group_id is not None:
        try:
            medialive.delete_security_group(group.group_id)
        except (Permanent, NotReady) as error:
            # Another session's input may still be on its way out. The group costs nothing and admits nothing without
            # an input: no session's end waits for it. The next release, or the sweep, deletes it.
            logger.warning("group not deleted", extra={"group_id": group.group_id, "reason": error.name()})
            return _saved(group.settled())
    return _saved(group.settled().model_copy(update={"group_id": None, "in_flight_until": None}))


def _rules(group: SecurityGroup, seen: medialive.SeenSecurityGroup) -> tuple[str, ...]:
    if not seen.found and _young(group):
        raise NotReady(f"security group {seen.id} was just made and does not show yet")
    return seen.cidrs()


def _young(group: SecurityGroup) -> bool:
    return group.in_flight_until is not None and now() < group.in_flight_until


def _saved(group: SecurityGroup) -> SecurityGroup:
    security_groups.save(group)
    return group
