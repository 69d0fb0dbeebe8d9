"""Which resources have no session that owns them, what each of them is, and which of those go now.

Pure: from what AWS lists, the sessions' rows and the time. Asked by the sweep (``tasks/sweep``), when it looks around
and once more right before each delete. docs/decisions/0014 says why it is so careful.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping, Sequence
from datetime import datetime, timedelta
from enum import StrEnum

from shared.domain.channel_states import STANDS_STILL
from shared.domain.model import Value
from shared.domain.plan import plan_resources
from shared.domain.security_groups import SecurityGroup
from shared.domain.session import FINISHED, Resource, ResourceState, SessionRecord

#: A session must have been over for so long before what it has left is touched.
OVER_FOR = timedelta(minutes=10)
#: Two sweeps, at least so far apart, must have seen a resource before it is touched.
BETWEEN_LOOKS = timedelta(minutes=4)
#: No sweep deletes more.
AT_MOST = 10
#: What could not be deleted so many times stands back for what has not been tried as often.
PATIENCE = 3
#: What is not ours, and unchanged, is written down anew so often: there may be many of them.
NEWS_AFTER = timedelta(hours=1)
#: Of what is foreign no more is written down. Of the rest it is told how much there is.
FOREIGN_KEPT = 1000


class OrphanKind(StrEnum):
    """In the order in which they go: a channel costs most, and holds its input; an input holds its security group."""

    CHANNEL = "channel"
    FLOW_OUTPUT = "flow_output"
    INPUT = "input"
    IVS_CHANNEL = "ivs_channel"
    SECURITY_GROUP = "security_group"
    SECRET = "secret"
    UPLOAD = "upload"


class Verdict(StrEnum):
    """``ours``: its session is over, and the sweep deletes it. ``duplicate``: its session lives and knows nothing of
    it; it goes with the session's end. ``unowned``: it carries our tags and there is no such session at all, which a
    person has to look at. ``foreign``: it is not ours, nobody uses it, and it eats the quota."""

    OURS = "ours"
    DUPLICATE = "duplicate"
    UNOWNED = "unowned"
    FOREIGN = "foreign"


class Seen(Value):
    """A resource as a list or a describe has told of it.

    ``place`` is the flow of a flow output and the key of an upload. ``session_id`` and ``group`` (the number of a
    security group) are told by our tags, and by the names of what has no tags.
    """

    kind: OrphanKind
    id: str
    name: str = ""
    place: str = ""
    state: str = ""
    session_id: str | None = None
    group: str | None = None

    @property
    def key(self) -> str:
        return f"{self.kind}#{self.id}"


class SessionFacts(Value):
    """A session as the orphans need it; its ledger only while it is unfinished."""

    record: SessionRecord
    ledger: tuple[Resource, ...] = ()

    def over_since(self) -> datetime | None:
        """When it was over, None while it is not."""
        return self.record.timeline[-1].at if self.record.status in FINISHED else None


class Facts(Value):
    """What is known besides the resource: by session id, the sessions that there are; the stage's security groups."""

    stage: str
    sessions: dict[str, SessionFacts]
    groups: tuple[SecurityGroup, ...] = ()


class Judgement(Value):
    """``over_since`` is when the last session that owned it was over, None if there is none to wait for."""

    verdict: Verdict
    reason: str
    over_since: datetime | None = None


class Orphan(Value):
    """What the sweeps know of a resource that no session owns.

    ``looks`` counts the sweeps that have seen it since ``first_seen_at``, ``tries`` those that have tried to delete it.
    Of what is not ours the later looks are noted once an hour, ``last_seen_at`` with them.
    ``due_at`` is when it may go by itself, None if it waits for a person or for its session's end. ``alarmed``: whether
    somebody has been told.
    """

    kind: OrphanKind
    id: str
    name: str = ""
    place: str = ""
    state: str = ""
    session_id: str | None = None
    verdict: Verdict
    reason: str
    first_seen_at: datetime
    last_seen_at: datetime
    looks: int = 1
    tries: int = 0
    due_at: datetime | None = None
    alarmed: bool = False

    @property
    def key(self) -> str:
        return f"{self.kind}#{self.id}"


#: The states in which a resource that is not ours is used by nobody (facts §2.1).
_UNUSED = {
    OrphanKind.CHANNEL: STANDS_STILL,
    OrphanKind.INPUT: frozenset({"DETACHED"}),
    OrphanKind.SECURITY_GROUP: frozenset({"IDLE"}),
}


def judge(seen: Seen, facts: Facts) -> Judgement | None:
    """What a resource is, and why; None when it is a living session's, or somebody else's and in use."""
    if seen.kind is OrphanKind.SECURITY_GROUP and seen.group is not None:
        return _judge_group(seen, seen.group, facts)
    if seen.session_id is None:
        return _judge_foreign(seen)
    session = facts.sessions.get(seen.session_id)
    if session is None:
        return Judgement(verdict=Verdict.UNOWNED, reason=f"there is no session {seen.session_id}")
    if seen.kind is OrphanKind.FLOW_OUTPUT and not _asked_for(seen, session, facts.stage):
        return Judgement(verdict=Verdict.UNOWNED, reason=f"session {seen.session_id} never asked for such an output")
    over_since = session.over_since()
    if over_since is not None:
        reason = f"session {seen.session_id} is {session.record.status} since {_clock(over_since)}"
        return Judgement(verdict=Verdict.OURS, reason=reason, over_since=over_since)
    return _judge_of_living(seen, session)


def _judge_foreign(seen: Seen) -> Judgement | None:
    if seen.state not in _UNUSED.get(seen.kind, ()) and seen.kind is not OrphanKind.UPLOAD:
        return None
    return Judgement(verdict=Verdict.FOREIGN, reason="it does not carry the tags of this stage, and nobody uses it")


def _judge_of_living(seen: Seen, session: SessionFacts) -> Judgement | None:
    """Its session is not over: is it the one of its kind and name that the ledger knows, or will?"""
    if seen.kind in (OrphanKind.SECRET, OrphanKind.UPLOAD):
        return None
    rows = [row for row in session.ledger if row.kind.value == seen.kind.value and row.name == seen.name]
    for row in rows:
        # A flow has one output of a name; it is in the ledger by that, and by its ARN.
        is_it = row.resource_id in (None, seen.id, seen.name if seen.kind is OrphanKind.FLOW_OUTPUT else None)
        if row.state is not ResourceState.DELETED and is_it:
            return None
    other = next((row.resource_id for row in rows if row.resource_id not in (None, seen.id)), None)
    knows = f"knows {other} by that name" if other else "knows nothing of it" if not rows else "has it as deleted"
    session_id = session.record.session_id
    reason = f"session {session_id} lives and {knows}; this goes when the session is over"
    return Judgement(verdict=Verdict.DUPLICATE, reason=reason)


def _asked_for(seen: Seen, session: SessionFacts, stage: str) -> bool:
    """Whether a flow output is in the session's plan: a name alone is anybody's."""
    spec = session.record.spec
    if spec.is_hosted or spec.flow_arn != seen.place:
        return False
    plan = plan_resources(stage, session.record.session_id, spec)
    return any(seen.name in channel.flow_output_names for channel in plan.channels)


def _judge_group(seen: Seen, number: str, facts: Facts) -> Judgement | None:
    """A security group belongs to the stage, and is needed by the sessions in its row."""
    row = next((group for group in facts.groups if str(group.number) == number), None)
    if row is None:
        return Judgement(verdict=Verdict.UNOWNED, reason=f"the stage has no security group {number}")
    if row.group_id not in (None, seen.id):
        reason = f"{row.group_id} is the stage's security group {number}"
        return Judgement(verdict=Verdict.OURS, reason=reason)
    users = sorted({user for each in row.users.values() for user in each})
    over = [since for user in users if (since := _over_since(user, facts)) is not None]
    if len(over) < len(users):
        return None
    reason = "no session needs it any more"
    return Judgement(verdict=Verdict.OURS, reason=reason, over_since=max(over, default=None))


def _over_since(session_id: str, facts: Facts) -> datetime | None:
    session = facts.sessions.get(session_id)
    return session.over_since() if session else None


def remembered(seen: Seen, judged: Judgement, before: Orphan | None, now: datetime) -> Orphan:
    """What is known of an orphan after this look. What has become of another verdict is seen anew."""
    again = before if before is not None and before.verdict is judged.verdict else None
    first_seen_at = again.first_seen_at if again else now
    due_at = None
    if judged.verdict is Verdict.OURS:
        due_at = max(first_seen_at + BETWEEN_LOOKS, (judged.over_since or first_seen_at) + OVER_FOR)
    return Orphan(
        **seen.model_dump(exclude={"group"}),
        verdict=judged.verdict,
        reason=judged.reason,
        first_seen_at=first_seen_at,
        last_seen_at=now,
        looks=again.looks + 1 if again else 1,
        tries=again.tries if again else 0,
        due_at=due_at,
        alarmed=again.alarmed if again else False,
    )


def few_of_others(
    judged: Sequence[tuple[Seen, Judgement]], before: Collection[str], ids: Collection[str]
) -> list[tuple[Seen, Judgement]]:
    """All that is ours or nobody's, and ``FOREIGN_KEPT`` of what is foreign: first those that a person names, then
    those that are known already, by their keys, so that the same are told of from sweep to sweep."""

    def turn(one: Seen) -> tuple[bool, bool]:
        return one.id not in ids and one.key not in ids, one.key not in before

    foreign = [each for each in judged if each[1].verdict is Verdict.FOREIGN]
    if len(foreign) <= FOREIGN_KEPT:
        return list(judged)
    kept = sorted(foreign, key=lambda each: turn(each[0]))[:FOREIGN_KEPT]
    return [each for each in judged if each[1].verdict is not Verdict.FOREIGN] + kept


def is_news(orphan: Orphan, before: Orphan | None) -> bool:
    """Whether a look has to be written down."""
    if before is None or orphan.verdict is Verdict.OURS or before.looks < 2:
        return True
    same = orphan.model_copy(update={"looks": before.looks, "last_seen_at": before.last_seen_at})
    return same != before or before.last_seen_at + NEWS_AFTER <= orphan.last_seen_at


def meant(orphans: Iterable[Orphan], ids: Collection[str]) -> dict[str, str]:
    """The key of the one orphan that each id means. An id that means none, or more than one, is left out: a channel and
    an input may have the same, and are told apart by ``<kind>#<id>``."""
    keys: dict[str, list[str]] = {}
    for orphan in orphans:
        for called in (orphan.id, orphan.key):
            if called in ids:
                keys.setdefault(called, []).append(orphan.key)
    return {called: found[0] for called, found in keys.items() if len(found) == 1}


def may_go(orphan: Orphan, now: datetime, named: Collection[str]) -> bool:
    """Whether an orphan may be deleted: ours by the belts; what is nobody's or somebody else's when it is named, by
    its key."""
    if orphan.verdict is Verdict.OURS:
        return orphan.looks >= 2 and orphan.due_at is not None and orphan.due_at <= now
    return orphan.verdict in (Verdict.FOREIGN, Verdict.UNOWNED) and orphan.key in named


def may_still_go(orphan: Orphan, judged: Judgement | None, now: datetime, named: Collection[str]) -> bool:
    """Right before a delete: whether it still is what it was found to be, by what its session's row says now."""
    if judged is None or judged.verdict is not orphan.verdict:
        return False
    rested = judged.over_since is None or judged.over_since + OVER_FOR <= now
    return rested and may_go(orphan, now, named)


def chosen(orphans: Iterable[Orphan], now: datetime, named: Collection[str] = ()) -> tuple[Orphan, ...]:
    """Those that go in this sweep, at most ``AT_MOST``: channels first, and what will not go does not hold up the
    rest."""
    order = list(OrphanKind)
    going = [orphan for orphan in orphans if may_go(orphan, now, named)]
    going.sort(key=lambda one: (one.tries >= PATIENCE, order.index(one.kind), one.tries, one.first_seen_at, one.id))
    return tuple(going[:AT_MOST])


def held_back(orphans: Sequence[Orphan], has_sessions: bool) -> str:
    """Why nothing may be deleted at all; empty when it may.

    A table without a single session, while resources carry our tags, is a table that was lost, not a stage at rest.
    """
    tagged = sum(orphan.verdict is not Verdict.FOREIGN for orphan in orphans)
    if has_sessions or not tagged:
        return ""
    return f"the table has not one session, but this stage's tags are on what exists ({tagged}): nothing is deleted"


def counted(orphans: Iterable[Orphan], more_foreign: int = 0) -> Mapping[Verdict, int]:
    """How many there are of each; ``more_foreign``: those that are not written down."""
    found = {**dict.fromkeys(Verdict, 0), Verdict.FOREIGN: more_foreign}
    for orphan in orphans:
        found[orphan.verdict] += 1
    return found


def _clock(moment: datetime) -> str:
    return f"{moment:%Y-%m-%d %H:%M:%S} UTC"
