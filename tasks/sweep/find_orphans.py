"""Find the resources that no living session owns, write down what each of them is, and choose those that go now.

Its cost is the pages of each list, one describe for each known flow, and a read for each session that was named by a
tag. It looks for as long as it may and no longer: of what is left over nothing is concluded, and the sweep says so.
Repeatable. A dry run counts as a look: it says what would go, and lets nothing go.
"""

from __future__ import annotations

from collections.abc import Collection, Sequence
from datetime import datetime, timedelta

from shared.domain.model import Value
from shared.domain.orphans import (
    Orphan,
    OrphanKind,
    Verdict,
    chosen,
    counted,
    few_of_others,
    held_back,
    is_news,
    judge,
    meant,
    remembered,
)
from shared.domain.sweeps import Chosen, Sweep, Unseen
from shared.gateways import orphans, session_pages, sweeps
from shared.runtime.clock import now
from shared.runtime.orphans import Look, facts_of, look_around
from shared.runtime.task import task

#: Of what could not be looked at, so that a sweep's row stays within its 400 KB.
LISTED = 100
#: How long it looks, less than its function's time by what the rest takes; and how long after the sweep's start, so
#: that a repetition leaves time for what comes behind.
TIME_FOR_LOOK = timedelta(seconds=90)
LOOKS_UNTIL = timedelta(seconds=180)


class FindStep(Value):
    sweep_id: str
    dry_run: bool
    ids: tuple[str, ...]


class OrphanNamed(Value):
    kind: OrphanKind
    id: str


class OrphansFound(Value):
    """Those that go in this sweep."""

    orphans: tuple[OrphanNamed, ...]


@task
def handler(step: FindStep) -> OrphansFound:
    moment = now()
    # Somebody may have started the execution by hand.
    sweeps.begin(Sweep(sweep_id=step.sweep_id, dry_run=step.dry_run, ids=step.ids, started_at=moment))
    sweep = sweeps.get(step.sweep_id)
    before = {orphan.key: orphan for orphan in orphans.orphans()}
    look = look_around(moment, min(moment + TIME_FOR_LOOK, sweep.started_at + LOOKS_UNTIL))
    found, uncounted = _judged(look, before, moment, sweep.ids)
    kept = [orphan for orphan in before.values() if orphan.key not in found and _is_hidden(orphan, look.unseen)]
    everything = [*found.values(), *kept]
    why_none = held_back(everything, _has_sessions())
    named = meant(everything, sweep.ids)
    going = () if why_none else chosen(found.values(), moment, set(named.values()))
    if not step.dry_run:
        found |= {orphan.key: orphan.model_copy(update={"tries": orphan.tries + 1}) for orphan in going}
    still_there = {orphan.key for orphan in everything}
    news = [orphan for key, orphan in found.items() if is_news(orphan, before.get(key))]
    orphans.remember(news, [orphan for key, orphan in before.items() if key not in still_there])
    after = sweep.model_copy(
        update={
            "found": dict(counted(everything, uncounted)),
            "not_seen": look.unseen[:LISTED],
            "not_found": tuple(called for called in sweep.ids if called not in named),
            "held_back": why_none,
            "chosen": tuple(_chosen(orphan) for orphan in going),
        }
    )
    sweeps.note(step.sweep_id, after, "found", "not_seen", "not_found", "held_back", "chosen")
    return OrphansFound(orphans=() if step.dry_run else tuple(OrphanNamed(kind=one.kind, id=one.id) for one in going))


def _judged(
    look: Look, before: dict[str, Orphan], moment: datetime, ids: Collection[str]
) -> tuple[dict[str, Orphan], int]:
    """The orphans by key, and how many foreign ones there are besides."""
    facts = facts_of(look.seen)
    judged = [(one, judgement) for one in look.seen if (judgement := judge(one, facts)) is not None]
    few = few_of_others(judged, before, ids)
    found = {one.key: remembered(one, judgement, before.get(one.key), moment) for one, judgement in few}
    return found, len(judged) - len(few)


def _is_hidden(orphan: Orphan, unseen: Sequence[Unseen]) -> bool:
    """Whether it could not be looked at this time: nothing is concluded, and its row stays as it is."""
    return any(one.kind is orphan.kind and one.place in ("", orphan.place) for one in unseen)


def _has_sessions() -> bool:
    return bool(session_pages.page(None, None, 1, None).sessions)


def _chosen(orphan: Orphan) -> Chosen:
    told = "" if orphan.verdict is Verdict.OURS else "; a person has named it"
    return Chosen(
        kind=orphan.kind,
        id=orphan.id,
        name=orphan.name,
        session_id=orphan.session_id,
        verdict=orphan.verdict,
        reason=f"{orphan.reason}{told}",
    )
