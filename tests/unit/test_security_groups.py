"""The stage's security groups admit an address while somebody needs it, ten addresses a group, in any order."""

from __future__ import annotations

from hypothesis import given, settings
from hypothesis import strategies as st

from shared.domain.security_groups import MAX_RULES, SecurityGroup, choose_group

addresses = st.integers(0, 25).map(lambda number: f"203.0.113.{number}/32")
sessions = st.sampled_from(["s-a", "s-b", "s-c", "s-d"])
needs = st.lists(st.tuples(addresses, sessions), max_size=60)


def admit(groups: dict[int, SecurityGroup], cidr: str, user: str) -> SecurityGroup:
    """As the step does it: choose, note the need if it is new, and make the service equal it."""
    group = choose_group(list(groups.values()), (cidr,), user).with_user((cidr,), user).settled()
    groups[group.number] = group
    return group


def release(groups: dict[int, SecurityGroup], user: str) -> None:
    for number, group in groups.items():
        groups[number] = group.with_leaving(user).settled()


def needs_it(group: SecurityGroup, cidr: str, user: str) -> bool:
    return user in group.users.get(cidr, ())


def admitted(groups: dict[int, SecurityGroup]) -> dict[str, set[str]]:
    found: dict[str, set[str]] = {}
    for group in groups.values():
        for cidr, users in group.users.items():
            found.setdefault(cidr, set()).update(users)
    return found


@settings(deadline=None)
@given(needs)
def test_every_need_is_admitted_by_one_group_and_nothing_else_is(wanted: list[tuple[str, str]]) -> None:
    groups: dict[int, SecurityGroup] = {}
    for cidr, user in wanted:
        group = admit(groups, cidr, user)
        assert needs_it(group, cidr, user)
    for cidr, user in wanted:
        assert [group.number for group in groups.values() if needs_it(group, cidr, user)]
        assert len([group for group in groups.values() if cidr in group.users]) == 1
    assert sum(len(group.cidrs()) for group in groups.values()) == len({cidr for cidr, _ in wanted})
    assert all(len(group.cidrs()) <= MAX_RULES for group in groups.values())


@settings(deadline=None)
@given(needs, st.randoms())
def test_the_order_of_needs_does_not_matter(wanted: list[tuple[str, str]], random: object) -> None:
    one: dict[int, SecurityGroup] = {}
    other: dict[int, SecurityGroup] = {}
    shuffled = list(wanted)
    random.shuffle(shuffled)  # type: ignore[attr-defined]
    for cidr, user in wanted:
        admit(one, cidr, user)
    for cidr, user in shuffled:
        admit(other, cidr, user)
    assert admitted(one) == admitted(other)
    assert len(one) == len(other) == -(-len(admitted(one)) // MAX_RULES)


@settings(deadline=None)
@given(needs)
def test_a_need_that_is_repeated_changes_nothing(wanted: list[tuple[str, str]]) -> None:
    groups: dict[int, SecurityGroup] = {}
    for cidr, user in wanted:
        admit(groups, cidr, user)
    before = dict(groups)
    for cidr, user in wanted:
        admit(groups, cidr, user)
    assert groups == before


@settings(deadline=None)
@given(needs, sessions)
def test_an_address_goes_with_the_last_session_that_needs_it(wanted: list[tuple[str, str]], leaving: str) -> None:
    groups: dict[int, SecurityGroup] = {}
    for cidr, user in wanted:
        admit(groups, cidr, user)
    before = dict(groups)
    release(groups, leaving)
    assert admitted(groups) == {
        cidr: users - {leaving} for cidr, users in admitted(before).items() if users - {leaving}
    }
    for number, group in before.items():
        assert groups[number].version == group.version + group.has_user(leaving)


@settings(deadline=None)
@given(needs, sessions)
def test_a_session_that_leaves_stays_a_user_until_the_rules_are_gone(
    wanted: list[tuple[str, str]], leaving: str
) -> None:
    """Who asks what is left of a session must find the rule while the service may still have it."""
    groups: dict[int, SecurityGroup] = {}
    for cidr, user in wanted:
        admit(groups, cidr, user)
    for group in groups.values():
        going = group.with_leaving(leaving)
        assert going.users == group.users
        assert going.with_leaving(leaving) is going
        assert (going is group) == (not group.has_user(leaving))
        assert going.cidrs() == going.settled().cidrs()
        assert not going.settled().has_user(leaving) and going.settled().leaving == ()


def test_a_rule_that_is_going_still_takes_its_place() -> None:
    full = SecurityGroup(number=1, users={f"198.51.100.{n}/32": (f"s-{n}",) for n in range(10)}).with_leaving("s-4")
    assert len(full.cidrs()) == 9
    assert choose_group([full], ("203.0.113.1/32",), "s-new").number == 2


def test_a_session_that_comes_back_is_not_leaving_any_more() -> None:
    group = SecurityGroup(number=1).with_user(("203.0.113.1/32",), "s-a").with_leaving("s-a")
    assert group.cidrs() == ()
    back = group.with_user(("203.0.113.1/32",), "s-a")
    assert (back.cidrs(), back.leaving) == (("203.0.113.1/32",), ())
    assert back.version == group.version + 1
    assert back.with_user(("203.0.113.1/32",), "s-a") is back


def test_the_eleventh_address_goes_into_a_second_group() -> None:
    groups: dict[int, SecurityGroup] = {}
    numbers = [admit(groups, f"198.51.100.{n}/32", "s-a").number for n in range(11)]
    assert numbers == [1] * 10 + [2]
    assert admit(groups, "198.51.100.3/32", "s-b").number == 1, "an address that is there needs no room"


def test_a_place_that_became_free_is_used_before_a_new_group_is_made() -> None:
    groups: dict[int, SecurityGroup] = {}
    for number in range(11):
        admit(groups, f"198.51.100.{number}/32", f"s-{number}")
    release(groups, "s-4")
    assert admit(groups, "198.51.100.200/32", "s-new").number == 1


def test_an_address_stays_in_its_group_though_an_earlier_one_has_room_again() -> None:
    groups: dict[int, SecurityGroup] = {}
    for number in range(11):
        admit(groups, f"198.51.100.{number}/32", f"s-{number}")
    release(groups, "s-4")
    assert admit(groups, "198.51.100.10/32", "s-another").number == 2


def test_a_new_group_takes_the_next_number() -> None:
    full = SecurityGroup(number=1, users={f"198.51.100.{n}/32": ("s-a",) for n in range(10)})
    assert choose_group([], ("203.0.113.1/32",), "s-a").number == 1
    assert choose_group([full], ("203.0.113.1/32",), "s-a").number == 2


def test_the_desired_rules_are_sorted_and_the_version_counts_changes() -> None:
    group = SecurityGroup(number=1).with_user(("203.0.113.2/32",), "s-a").with_user(("203.0.113.1/32",), "s-b")
    assert group.cidrs() == ("203.0.113.1/32", "203.0.113.2/32")
    assert (group.version, group.group_id) == (2, None)
