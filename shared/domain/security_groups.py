"""Which addresses the stage's input security groups admit: a desired set, counted per use, with a version.

A group belongs to the stage, not to a session. It admits each flow's egress address while a session uses that flow,
and nothing wider. MediaLive takes ten rules a group (facts §4), so an eleventh address goes into a second group. The
service replaces the whole list on update, hence a desired set that is written until what is read back equals it.
"""

from __future__ import annotations

from pydantic import Field

from shared.domain.model import Value

MAX_RULES = 10


class SecurityGroup(Value):
    """One group of the stage, by its number. ``users``: for each CIDR, the sessions that need it.

    ``version`` grows with every change of the desired set; ``group_id`` is None while the group does not exist.
    """

    number: int
    version: int = 0
    group_id: str | None = None
    users: dict[str, tuple[str, ...]] = Field(default_factory=dict)

    def cidrs(self) -> tuple[str, ...]:
        """The desired rules, sorted."""
        return tuple(sorted(self.users))

    def admits(self, cidr: str, user: str) -> bool:
        return user in self.users.get(cidr, ())

    def has_room_for(self, cidr: str) -> bool:
        return cidr in self.users or len(self.users) < MAX_RULES

    def with_user(self, cidr: str, user: str) -> SecurityGroup:
        users = {**self.users, cidr: tuple(sorted({*self.users.get(cidr, ()), user}))}
        return self.model_copy(update={"users": users, "version": self.version + 1})

    def without_user(self, user: str) -> SecurityGroup:
        """The group without any need of ``user``; the same value when it had none."""
        left = {cidr: tuple(other for other in who if other != user) for cidr, who in self.users.items()}
        users = {cidr: who for cidr, who in left.items() if who}
        if users == self.users:
            return self
        return self.model_copy(update={"users": users, "version": self.version + 1})


def choose_group(groups: list[SecurityGroup], cidr: str, user: str) -> SecurityGroup:
    """The group for a session's need: the one that has it, else the first with the address, with room, else a new
    one."""
    ordered = sorted(groups, key=lambda group: group.number)
    for fits in (
        lambda group: group.admits(cidr, user),
        lambda group: cidr in group.users,
        lambda group: group.has_room_for(cidr),
    ):
        for group in ordered:
            if fits(group):
                return group
    return SecurityGroup(number=len(ordered) + 1)
