"""Which addresses the stage's input security groups admit: a desired set, counted per use, with a version.

A group belongs to the stage, not to a session. It admits each flow's egress address while a session uses that flow,
and the addresses that a host session's caller gives, and nothing wider; open access has a group apart. MediaLive takes
ten rules a group (facts §4), so an eleventh address goes into a second group. The service
replaces the whole list on update, hence a desired set that is written until what is read back equals it.
"""

from __future__ import annotations

from collections.abc import Collection
from datetime import datetime

from pydantic import Field

from shared.domain.model import Value
from shared.domain.sources import ANYONE

MAX_RULES = 10


class SecurityGroup(Value):
    """One group of the stage, by its number. ``users``: for each CIDR, the sessions that need it.

    ``version`` grows with every change of the desired set. A session in ``leaving`` needs its rules no more, and stays
    a user until the service has been seen without them. ``group_id`` is None while the group does not exist;
    ``in_flight_until`` is when a call that makes it can no longer be under way, or its result missing from a list.
    """

    number: int
    version: int = 0
    group_id: str | None = None
    in_flight_until: datetime | None = None
    users: dict[str, tuple[str, ...]] = Field(default_factory=dict)
    leaving: tuple[str, ...] = ()

    def cidrs(self) -> tuple[str, ...]:
        """The desired rules, sorted."""
        return tuple(sorted(cidr for cidr, users in self.users.items() if set(users) - set(self.leaving)))

    def has_user(self, user: str) -> bool:
        return any(user in users for users in self.users.values())

    def has_room_for(self, cidrs: Collection[str]) -> bool:
        """Whether the addresses fit in. A group that admits anyone admits nothing else: nobody shares it unasked."""
        every = {*self.users, *cidrs}
        return len(every) <= MAX_RULES and (ANYONE not in every or every == {ANYONE})

    def with_user(self, cidrs: Collection[str], user: str) -> SecurityGroup:
        """The group with a session's need; the same value when it has it."""
        if user not in self.leaving and all(user in self.users.get(cidr, ()) for cidr in cidrs):
            return self
        users = {**self.users, **{cidr: tuple(sorted({*self.users.get(cidr, ()), user})) for cidr in cidrs}}
        leaving = tuple(other for other in self.leaving if other != user)
        return self.model_copy(update={"users": users, "leaving": leaving, "version": self.version + 1})

    def with_leaving(self, user: str) -> SecurityGroup:
        """The group whose rules for ``user`` are to go; the same value when it has none, or they are going already."""
        if not self.has_user(user) or user in self.leaving:
            return self
        return self.model_copy(update={"leaving": (*self.leaving, user), "version": self.version + 1})

    def settled(self) -> SecurityGroup:
        """The group once the service has the desired rules: who was leaving has left."""
        gone = set(self.leaving)
        left = {cidr: tuple(user for user in users if user not in gone) for cidr, users in self.users.items()}
        return self.model_copy(update={"users": {cidr: users for cidr, users in left.items() if users}, "leaving": ()})


def choose_group(groups: list[SecurityGroup], cidrs: Collection[str], user: str) -> SecurityGroup:
    """The group for a session's need, all in one: the one that has it, else the first with the addresses, with room,
    else a new one."""
    ordered = sorted(groups, key=lambda group: group.number)
    for fits in (
        lambda group: all(user in group.users.get(cidr, ()) for cidr in cidrs),
        lambda group: all(cidr in group.users for cidr in cidrs),
        lambda group: group.has_room_for(cidrs),
    ):
        for group in ordered:
            if fits(group):
                return group
    return SecurityGroup(number=len(ordered) + 1)
