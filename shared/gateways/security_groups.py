"""The stage's security groups in the table: the desired rules, with their version. Written under
``security_group_lock``."""

from __future__ import annotations

from shared.domain.errors import WriteConflict
from shared.domain.security_groups import SecurityGroup
from shared.gateways import table
from shared.gateways.translate import ConditionFailed


def groups() -> list[SecurityGroup]:
    return [table.value(SecurityGroup, item) for item in table.query("STAGE", "GROUP#")]


def save(group: SecurityGroup) -> None:
    """Write a group, unless a newer version is there. Raises ``WriteConflict``: the lock has lapsed meanwhile."""
    item = {"pk": "STAGE", "sk": f"GROUP#{group.number}", **table.stored(group)}
    try:
        table.put(item, "attribute_not_exists(pk) OR version <= :version", {":version": group.version})
    except ConditionFailed:
        raise WriteConflict(f"security group {group.number} has a newer version") from None
