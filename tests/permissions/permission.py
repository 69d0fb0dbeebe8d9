"""A permission, as the table of needs and the roles speak of it, and a line of that table."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field

#: As a policy has it: how → key → value.
Condition = Mapping[str, Mapping[str, str]]

#: Of a resource that is changed or deleted: it must be this stage's.
OURS: Condition = {"StringEquals": {"aws:ResourceTag/onair:stage": "${sls:stage}"}}

#: What a person names to the sweep need not carry our tag (docs/decisions/0014): whoever deletes that goes by no tag.
TAKES_WHAT_IS_NAMED = frozenset({"deleteOrphan"})


@dataclass(frozen=True)
class Permission:
    """One action on one resource. ``condition``: as a policy has it, in a form that can be compared."""

    action: str
    resource: str
    condition: tuple[tuple[str, str, str], ...] = ()

    def conditions(self) -> dict[str, dict[str, str]]:
        """The condition as a policy has it."""
        found: dict[str, dict[str, str]] = {}
        for operator, key, value in self.condition:
            found.setdefault(operator, {})[key] = value
        return found

    def __str__(self) -> str:
        when = "".join(f" when {key} {operator} {value}" for operator, key, value in self.condition)
        return f"{self.action} on {self.resource}{when}"


@dataclass(frozen=True)
class Need:
    """One line of the table: an action on resources, under a condition, and where it is written that it is so."""

    action: str
    resources: tuple[str, ...]
    source: str
    condition: Condition = field(default_factory=dict)

    def permissions(self, words: Mapping[str, str], function: str) -> Iterator[Permission]:
        """What it comes to for a use with these words."""
        condition = {} if self.condition is OURS and function in TAKES_WHAT_IS_NAMED else self.condition
        told = tuple(sorted((how, key, value) for how, keys in condition.items() for key, value in keys.items()))
        for resource in self.resources:
            for word, value in words.items():
                resource = resource.replace(f"<{word}>", value)
            yield Permission(self.action, resource, told)
