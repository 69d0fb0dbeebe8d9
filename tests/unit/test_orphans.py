"""What a resource without an owner is, by its tags and its session's row, and which of them go now."""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import Any

import pytest

from shared.domain.orphans import (
    AT_MOST,
    BETWEEN_LOOKS,
    FOREIGN_KEPT,
    OVER_FOR,
    PATIENCE,
    Facts,
    Judgement,
    Orphan,
    OrphanKind,
    Seen,
    SessionFacts,
    Verdict,
    chosen,
    counted,
    few_of_others,
    held_back,
    is_news,
    judge,
    may_go,
    may_still_go,
    meant,
    remembered,
)
from shared.domain.security_groups import SecurityGroup
from shared.domain.session import Resource, ResourceKind, ResourceState, SessionStatus, StatusChange
from tests.unit.domain_objects import FLOW_ARN, NOON, SESSION, a_destination, a_record

NAME = f"onair-dev-{SESSION}-main"
KINDS = {OrphanKind.CHANNEL: ResourceKind.CHANNEL, OrphanKind.INPUT: ResourceKind.INPUT}
KINDS |= {OrphanKind.IVS_CHANNEL: ResourceKind.IVS_CHANNEL, OrphanKind.FLOW_OUTPUT: ResourceKind.FLOW_OUTPUT}
FINISHED = [SessionStatus.ENDED, SessionStatus.FAILED]
LIVING = [status for status in SessionStatus if status not in FINISHED]


def a_session(status: SessionStatus, *ledger: Resource) -> SessionFacts:
    """One that has had this status since noon."""
    record = a_record(a_destination(), status=status, timeline=(StatusChange(status=status, at=NOON),))
    return SessionFacts(record=record, ledger=ledger)


def facts(session: SessionFacts | None = None, *groups: SecurityGroup) -> Facts:
    return Facts(stage="dev", sessions={SESSION: session} if session else {}, groups=groups)


def seen(kind: OrphanKind = OrphanKind.CHANNEL, **changes: Any) -> Seen:
    """One of the session's, by its tags."""
    return Seen(kind=kind, id="1234567", name=NAME, state="RUNNING", session_id=SESSION).model_copy(update=changes)


def output(**changes: Any) -> Seen:
    return seen(OrphanKind.FLOW_OUTPUT, name=f"{NAME}-0", place=FLOW_ARN, id="arn:output", **changes)


def a_row(kind: OrphanKind, resource_id: str | None, state: ResourceState = ResourceState.CREATED) -> Resource:
    name = f"{NAME}-0" if kind is OrphanKind.FLOW_OUTPUT else NAME
    row = Resource(
        key="main/x",
        kind=KINDS[kind],
        destination_id="main",
        name=name,
        state=state,
        operation=1,
        created_at=NOON,
        updated_at=NOON,
    )
    return row.model_copy(update={"resource_id": resource_id})


def an_orphan(**changes: Any) -> Orphan:
    """One that two sweeps have seen, and that is due at noon."""
    orphan = Orphan(
        kind=OrphanKind.CHANNEL,
        id="1234567",
        verdict=Verdict.OURS,
        reason="its session is ended",
        first_seen_at=NOON - BETWEEN_LOOKS,
        last_seen_at=NOON,
        looks=2,
        due_at=NOON,
    )
    return orphan.model_copy(update=changes)


def verdict(judged: Judgement | None) -> Verdict | None:
    return judged.verdict if judged else None


# What it is


@pytest.mark.parametrize("kind", OrphanKind)
@pytest.mark.parametrize("status", FINISHED)
def test_what_a_session_that_is_over_has_left_is_ours_in_whatever_state(
    kind: OrphanKind, status: SessionStatus
) -> None:
    thing = output() if kind is OrphanKind.FLOW_OUTPUT else seen(kind)
    judged = judge(thing, facts(a_session(status)))
    assert judged is not None
    assert (judged.verdict, judged.over_since) == (Verdict.OURS, NOON)
    assert SESSION in judged.reason


@pytest.mark.parametrize("kind", KINDS)
@pytest.mark.parametrize("status", LIVING)
def test_what_a_living_sessions_ledger_knows_or_will_know_is_no_orphan(kind: OrphanKind, status: SessionStatus) -> None:
    thing = output() if kind is OrphanKind.FLOW_OUTPUT else seen(kind)
    by_name = thing.name if kind is OrphanKind.FLOW_OUTPUT else thing.id  # as add_flow_outputs.py writes it
    for row in (a_row(kind, by_name), a_row(kind, thing.id), a_row(kind, None, ResourceState.INTENDED)):
        assert judge(thing, facts(a_session(status, row))) is None


@pytest.mark.parametrize("kind", [OrphanKind.SECRET, OrphanKind.UPLOAD])
def test_secrets_and_uploads_of_a_living_session_are_its_own(kind: OrphanKind) -> None:
    assert judge(seen(kind), facts(a_session(SessionStatus.CLEANUP_INCOMPLETE))) is None


@pytest.mark.parametrize(
    ("rows", "why"),
    [
        ([a_row(OrphanKind.CHANNEL, "7654321")], "knows 7654321"),
        ([a_row(OrphanKind.CHANNEL, "1234567", ResourceState.DELETED)], "has it as deleted"),
        ([a_row(OrphanKind.INPUT, "1234567")], "knows nothing of it"),
        ([], "knows nothing of it"),
    ],
)
def test_what_a_living_session_does_not_know_is_a_duplicate_and_waits(rows: list[Resource], why: str) -> None:
    judged = judge(seen(), facts(a_session(SessionStatus.LIVE, *rows)))
    assert judged is not None and judged.verdict is Verdict.DUPLICATE
    assert why in judged.reason


@pytest.mark.parametrize("kind", OrphanKind)
def test_what_carries_our_tags_and_has_no_session_is_unowned(kind: OrphanKind) -> None:
    assert verdict(judge(seen(kind), facts())) is Verdict.UNOWNED


@pytest.mark.parametrize(
    "changes",
    [{"name": f"onair-dev-{SESSION}-other-0"}, {"name": f"{NAME}-1"}, {"place": FLOW_ARN + "-other"}],
    ids=["another destination", "a second pipeline", "another flow"],
)
def test_a_flow_output_that_its_session_never_asked_for_is_unowned(changes: dict[str, str]) -> None:
    thing = output().model_copy(update=changes)
    assert verdict(judge(thing, facts(a_session(SessionStatus.ENDED)))) is Verdict.UNOWNED


@pytest.mark.parametrize(
    ("kind", "at_rest", "in_use"),
    [
        (
            OrphanKind.CHANNEL,
            ["IDLE", "CREATE_FAILED", "UPDATE_FAILED"],
            ["CREATING", "STARTING", "RUNNING", "RECOVERING", "STOPPING", "UPDATING", ""],
        ),
        (OrphanKind.INPUT, ["DETACHED"], ["CREATING", "ATTACHED", ""]),
        (OrphanKind.SECURITY_GROUP, ["IDLE"], ["IN_USE", "UPDATING", ""]),
        (OrphanKind.IVS_CHANNEL, [], ["ACTIVE"]),
        (OrphanKind.FLOW_OUTPUT, [], ["ENABLED", "DISABLED"]),
        (OrphanKind.SECRET, [], [""]),
    ],
)
def test_what_is_not_ours_is_foreign_at_rest_and_nobodys_affair_in_use(
    kind: OrphanKind, at_rest: list[str], in_use: list[str]
) -> None:
    thing = seen(kind, session_id=None)
    for state in at_rest:
        assert verdict(judge(thing.model_copy(update={"state": state}), facts())) is Verdict.FOREIGN
    for state in in_use:
        assert judge(thing.model_copy(update={"state": state}), facts()) is None


# Security groups


def group_of(*users: str, group_id: str | None = "1234567") -> SecurityGroup:
    return SecurityGroup(number=1, group_id=group_id, users={"192.0.2.1/32": users} if users else {})


def a_group(**changes: Any) -> Seen:
    return seen(OrphanKind.SECURITY_GROUP, session_id=None, group="1", **changes)


@pytest.mark.parametrize("group_id", ["1234567", None])
def test_a_security_group_is_needed_while_one_session_in_its_row_lives(group_id: str | None) -> None:
    row = group_of(SESSION, group_id=group_id)
    assert judge(a_group(), facts(a_session(SessionStatus.LIVE), row)) is None
    judged = judge(a_group(), facts(a_session(SessionStatus.ENDED), row))
    assert judged is not None and (judged.verdict, judged.over_since) == (Verdict.OURS, NOON)


def test_a_security_group_that_a_session_without_a_row_needs_stays() -> None:
    assert judge(a_group(), facts(None, group_of("s-unknownsessi"))) is None


def test_a_security_group_that_nobody_needs_is_ours() -> None:
    assert verdict(judge(a_group(), facts(None, group_of()))) is Verdict.OURS


def test_a_second_security_group_of_a_number_is_ours_even_while_the_first_is_needed() -> None:
    row = group_of(SESSION, group_id="7654321")
    assert verdict(judge(a_group(), facts(a_session(SessionStatus.LIVE), row))) is Verdict.OURS


def test_a_security_group_of_a_number_that_the_stage_has_not_is_unowned() -> None:
    assert verdict(judge(a_group(), facts(None, SecurityGroup(number=2)))) is Verdict.UNOWNED


# When it goes


def looks_at(*moments: datetime, over_since: datetime = NOON) -> Orphan:
    orphan = None
    for moment in moments:
        orphan = remembered(
            seen(), Judgement(verdict=Verdict.OURS, reason="over", over_since=over_since), orphan, moment
        )
    assert orphan is not None
    return orphan


@pytest.mark.parametrize("looks", [1, 2, 3])
def test_it_goes_ten_minutes_after_its_session_and_on_a_second_look(looks: int) -> None:
    start = NOON + timedelta(minutes=8)
    moments = [start + index * timedelta(minutes=2) for index in range(looks)]
    orphan = looks_at(*moments)
    assert orphan.due_at == start + BETWEEN_LOOKS
    assert may_go(orphan, moments[-1], ()) == (looks == 3)


def test_it_waits_for_its_sessions_ten_minutes_however_often_it_is_seen() -> None:
    orphan = looks_at(*(NOON + index * timedelta(minutes=3) for index in range(4)))
    assert orphan.due_at == NOON + OVER_FOR
    assert not may_go(orphan, NOON + timedelta(minutes=9), ())
    assert may_go(orphan, NOON + timedelta(minutes=10), ())


def test_one_look_is_never_enough() -> None:
    assert not may_go(an_orphan(looks=1), NOON, ())


def test_what_becomes_ours_is_seen_anew() -> None:
    duplicate = Judgement(verdict=Verdict.DUPLICATE, reason="its session lives")
    before = remembered(seen(), duplicate, None, NOON)
    later = NOON + timedelta(hours=1)
    after = remembered(seen(), Judgement(verdict=Verdict.OURS, reason="over", over_since=NOON), before, later)
    assert (after.first_seen_at, after.looks, after.due_at) == (later, 1, later + BETWEEN_LOOKS)


@pytest.mark.parametrize("kind", Verdict)
@pytest.mark.parametrize("is_named", [True, False])
def test_what_waits_for_a_person_goes_when_it_is_named_and_a_duplicate_never(kind: Verdict, is_named: bool) -> None:
    orphan = an_orphan(verdict=kind)
    expected = kind is Verdict.OURS or (is_named and kind is not Verdict.DUPLICATE)
    assert may_go(orphan, NOON, {orphan.key} if is_named else ()) == expected


def test_a_name_does_not_hurry_what_is_ours() -> None:
    orphan = an_orphan(due_at=NOON + timedelta(seconds=1))
    assert not may_go(orphan, NOON, {orphan.key})


def test_an_id_that_two_have_means_neither_without_its_kind() -> None:
    two = [an_orphan(), an_orphan(kind=OrphanKind.INPUT)]
    assert meant(two, ["1234567", "input#1234567", "7"]) == {"input#1234567": "input#1234567"}
    assert meant(two[:1], ["1234567"]) == {"1234567": "channel#1234567"}


def test_right_before_a_delete_it_must_be_what_it_was() -> None:
    orphan = an_orphan()
    same = Judgement(verdict=Verdict.OURS, reason="over", over_since=NOON - OVER_FOR)
    assert may_still_go(orphan, same, NOON, ())
    assert not may_still_go(orphan, None, NOON, ())
    assert not may_still_go(orphan, same.model_copy(update={"verdict": Verdict.UNOWNED}), NOON, ())
    assert not may_still_go(orphan, same.model_copy(update={"over_since": NOON}), NOON, ())


# How many at once


def test_ten_go_at_once_channels_first() -> None:
    many = [an_orphan(kind=kind, id=str(index)) for index in range(6) for kind in reversed(OrphanKind)]
    going = chosen(many, NOON)
    assert len(going) == AT_MOST
    assert [one.kind for one in going] == [OrphanKind.CHANNEL] * 6 + [OrphanKind.FLOW_OUTPUT] * 4


def test_what_will_not_go_stands_back_for_the_rest() -> None:
    stuck = [an_orphan(id=f"stuck-{index}", tries=PATIENCE) for index in range(AT_MOST)]
    secret = an_orphan(kind=OrphanKind.SECRET, id="fresh")
    assert chosen([*stuck, secret], NOON)[0] == secret
    assert len(chosen([*stuck, secret], NOON)) == AT_MOST


@pytest.mark.parametrize("kind", [Verdict.OURS, Verdict.UNOWNED, Verdict.DUPLICATE])
def test_a_table_without_a_session_while_tagged_resources_exist_holds_everything_back(kind: Verdict) -> None:
    assert "not one session" in held_back([an_orphan(verdict=kind)], has_sessions=False)
    assert held_back([an_orphan(verdict=kind)], has_sessions=True) == ""


def test_a_new_stage_among_foreign_resources_is_no_lost_table() -> None:
    assert held_back([an_orphan(verdict=Verdict.FOREIGN)], has_sessions=False) == ""


# What is written down


def test_what_is_ours_is_written_at_each_look_and_the_rest_once_an_hour() -> None:
    before = an_orphan(verdict=Verdict.FOREIGN, due_at=None)
    after = before.model_copy(update={"looks": 3, "last_seen_at": NOON + timedelta(minutes=5)})
    assert not is_news(after, before)
    assert is_news(after, None)
    assert is_news(after, before.model_copy(update={"looks": 1}))
    assert is_news(after.model_copy(update={"state": "IDLE"}), before)
    assert is_news(after.model_copy(update={"last_seen_at": NOON + timedelta(hours=1)}), before)
    assert is_news(an_orphan(looks=3), an_orphan())


def judged(verdict: Verdict, *ids: str) -> list[tuple[Seen, Judgement]]:
    return [(seen(id=one), Judgement(verdict=verdict, reason="it is")) for one in ids]


def test_all_of_ours_and_a_thousand_of_others_are_told_of_and_the_same_each_time() -> None:
    foreign = judged(Verdict.FOREIGN, *(str(number) for number in range(FOREIGN_KEPT + 500)))
    ours = judged(Verdict.OURS, *(f"ours-{number}" for number in range(FOREIGN_KEPT + 1)))
    told = few_of_others([*foreign, *ours], (), ())
    assert len(told) == len(ours) + FOREIGN_KEPT and set(ours) <= set(told)
    known = [f"channel#{number}" for number in range(100, FOREIGN_KEPT + 100)]
    again = few_of_others([*reversed(foreign), *ours], known, ("7", "channel#8"))
    kept = {one.id for one, judgement in again if judgement.verdict is Verdict.FOREIGN}
    assert len(kept) == FOREIGN_KEPT and {"7", "8"} <= kept
    assert len(kept & {key.removeprefix("channel#") for key in known}) == FOREIGN_KEPT - 2
    assert few_of_others(foreign[:FOREIGN_KEPT], (), ()) == foreign[:FOREIGN_KEPT]


def test_what_is_not_written_down_is_counted() -> None:
    orphans = [an_orphan(verdict=Verdict.FOREIGN), an_orphan()]
    assert counted(orphans, 500) == {**dict.fromkeys(Verdict, 0), Verdict.FOREIGN: 501, Verdict.OURS: 1}
