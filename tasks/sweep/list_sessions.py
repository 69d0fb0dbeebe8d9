"""List the sessions that are not over, with what AWS says of their channels and streams, by its lists.

First state of ``sweep``. Whatever the number of sessions, it asks for the pages of two lists; of a list of channels
that takes too long, for as many as there is time for: those that are not in it are asked one by one. Sessions that have
recorded and were over lately are listed, too: their recordings may still be finalized. Of very many sessions some have
their turn, and the others in the next sweeps. Reservations of sessions that are over are given back. What an alarm
should know of the sessions is counted.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from datetime import timedelta

from shared.domain.limits import WarningKind, WarningLevel
from shared.domain.model import Value
from shared.domain.names import SESSION_TAG
from shared.domain.platforms import PlatformName
from shared.domain.session import FINISHED, OperationKind, SessionRecord, SessionStatus
from shared.domain.sweep_turns import has_turn, turns
from shared.gateways import ivs, medialive, parking, session_pages
from shared.runtime.admission import release_forgotten
from shared.runtime.clock import now
from shared.runtime.log import logger
from shared.runtime.metrics import count
from shared.runtime.task import task

#: Every attempt at finalizing a recording takes its time; so long after a session's end the sweep looks after them.
FINALIZED_WITHIN = timedelta(days=1)
#: How long channels are listed; the function has more for the sessions.
TIME_FOR_CHANNELS = timedelta(seconds=25)


class SweptSession(Value):
    """``channels``: the state of each MediaLive channel that carries the session's tag, by id. ``streams``: the IVS
    channels of the session that a stream is on the air in; None when that was not asked."""

    session_id: str
    channels: dict[str, str]
    streams: tuple[str, ...] | None


class SweepStep(Value):
    """``dry_run``: look and write down what is seen, but do nothing about it. ``ids``: resources that a person wants
    deleted."""

    dry_run: bool
    ids: tuple[str, ...]


class SweptSessions(Value):
    sessions: tuple[SweptSession, ...]


@task
def handler(step: SweepStep) -> SweptSessions:
    records = list(session_pages.unfinished())
    channels = _channels(records)
    streams = _streams(records)
    _count(records)
    if not step.dry_run:
        needing = [one.session_id for one in records if one.operation.kind is not OperationKind.CREATE]
        release_forgotten(needing, now())
    return _those_of_this_turn(
        [
            SweptSession(
                session_id=record.session_id,
                channels=channels.get(record.session_id, {}),
                streams=tuple(streams.get(record.session_id, ())) if _uses_ivs(record) else None,
            )
            for record in (*records, *_lately_over())
        ]
    )


def _those_of_this_turn(sessions: Sequence[SweptSession]) -> SweptSessions:
    """All of them, or as many as a sweep's state takes: the others have their turn in the next ones."""
    moment = now()
    of = turns([len(one.channels) for one in sessions], sum(len(one.streams or ()) for one in sessions))
    if of > 1:
        logger.warning("not all sessions in one sweep", extra={"sessions": len(sessions), "sweeps": of})
    return SweptSessions(sessions=tuple(one for one in sessions if has_turn(one.session_id, of, moment)))


def _channels(records: Sequence[SessionRecord]) -> dict[str, dict[str, str]]:
    """State by id, by session. Not asked for without need: an account may have many that are nobody's here."""
    found: dict[str, dict[str, str]] = {}
    if not records:
        return found
    until = now() + TIME_FOR_CHANNELS
    for seen in medialive.list_channels():
        if now() >= until:
            logger.warning("not all channels are listed: there was no time for it")
            break
        if SESSION_TAG in seen.tags:
            found.setdefault(seen.tags[SESSION_TAG], {})[seen.id] = seen.state
    return found


def _count(records: Iterable[SessionRecord]) -> None:
    spent = [one for record in records for one in record.warned if one.kind is WarningKind.BUDGET]
    incomplete = [record for record in records if record.status is SessionStatus.CLEANUP_INCOMPLETE]
    reached = [one for one in spent if one.level is WarningLevel.REACHED]
    count({"SessionsCleanupIncomplete": len(incomplete), "BudgetsReached": len(reached)})


def _lately_over() -> list[SessionRecord]:
    """The newest sessions that have recorded and were over within a day."""
    newest = (session_pages.page(status, None, session_pages.LARGEST_READ, None) for status in sorted(FINISHED))
    since = now() - FINALIZED_WITHIN
    return [
        record for page in newest for record in page.sessions if record.recordings and record.timeline[-1].at > since
    ]


def _streams(records: Iterable[SessionRecord]) -> dict[str, list[str]]:
    """The live IVS channels, by session. Not asked for without need: IVS is not in every region."""
    found: dict[str, list[str]] = {}
    if any(_uses_ivs(record) for record in records):
        for arn in ivs.list_live():
            owner = parking.owner_of(arn)
            if owner is not None:
                found.setdefault(owner.session_id, []).append(arn)
    return found


def _uses_ivs(record: SessionRecord) -> bool:
    made = record.spec.is_hosted
    return made and any(destination.platform is PlatformName.IVS for destination in record.spec.destinations)
