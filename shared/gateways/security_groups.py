"""The stage's security groups in the table: the desired rules, with their version. Written under
``security_group_lock``."""

from __future__ import annotations

from shared.domain.security_groups import SecurityGroup
from shared.gateways import table


def groups() -> list[SecurityGroup]:
    return [
        SecurityGroup.model_validate({name: value for name, value in item.items() if name not in ("pk", "sk")})
        for item in table.query("STAGE", "GROUP#")
    ]


def save(group: SecurityGroup) -> None:
    table.put({"pk": "STAGE", "sk": f"GROUP#{group.number}", **group.model_dump(mode="json")})
