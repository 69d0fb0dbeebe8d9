"""Looking for resources that no session owns: everything that AWS lists, and what our rows know of it.

Used by the sweep's steps: ``tasks/sweep/find_orphans.py`` looks at everything, ``delete_orphan.py`` at one again. The
lists are read before the rows, which were written before the resources: what is listed and has no row never had one.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from datetime import datetime, timedelta

from shared.domain.errors import FlowNotFound, OnAirError, SessionNotFound
from shared.domain.model import Value
from shared.domain.names import (
    SECURITY_GROUP_TAG,
    SESSION_TAG,
    STAGE_TAG,
    owner_by_flow_output,
    owner_by_key,
    owner_by_parameter,
)
from shared.domain.orphans import Facts, Orphan, OrphanKind, Seen, SessionFacts
from shared.domain.session import FINISHED, ResourceState
from shared.domain.sweeps import Unseen
from shared.gateways import ivs, known_flows, ledger, mediaconnect, medialive, objects, parameters, parking, sessions
from shared.gateways import security_groups as groups
from shared.gateways.clients import region
from shared.gateways.settings import settings
from shared.runtime import clock
from shared.runtime.log import logger

#: A flow that nobody has used for so long, and that has nothing of ours, is looked at no more.
FLOW_KEPT_FOR = timedelta(days=1)
_NO_TIME = "there was no time to look at all of it"


class Look(Value):
    """What was seen, and what could not be looked at."""

    seen: tuple[Seen, ...]
    unseen: tuple[Unseen, ...]


def look_around(now: datetime, until: datetime) -> Look:
    """Everything of every kind that there is time to look at. A service that refuses, is not there or has a list
    without end hides its own kind and no other: a list takes half of the time that is left at most."""
    seen: list[Seen] = []
    unseen: list[Unseen] = []
    for kind, listed in _LISTS.items():
        begun = clock.now()
        try:
            if not _took(listed(), begun + (until - begun) / 2, seen):
                unseen.append(_unseen(kind, _NO_TIME))
        except OnAirError as error:
            unseen.append(_unseen(kind, _why(error)))
    for flow in sorted(known_flows.known_flows(), key=lambda one: (one.looked_at is not None, one.looked_at)):
        if clock.now() >= until:
            unseen.append(_unseen(OrphanKind.FLOW_OUTPUT, _NO_TIME, flow.flow_arn))
            continue
        try:
            seen += _on_flow(flow, now)
        except OnAirError as error:
            unseen.append(_unseen(OrphanKind.FLOW_OUTPUT, _why(error), flow.flow_arn))
    return Look(seen=tuple(seen), unseen=tuple(unseen))


def look_again(orphan: Orphan) -> Seen | None:
    """One of them as it is now, None when it is gone."""
    return _DESCRIPTIONS[orphan.kind](orphan)


def facts_of(seen: Iterable[Seen]) -> Facts:
    """What our rows know of what was seen, read consistently."""
    found = groups.groups()
    named = {one.session_id for one in seen if one.session_id is not None}
    named |= {user for group in found for users in group.users.values() for user in users}
    known = {session_id: facts for session_id in sorted(named) if (facts := _facts(session_id)) is not None}
    return Facts(stage=settings().stage, sessions=known, groups=tuple(found))


def living_owner(seen: Seen) -> str | None:
    """The session that a channel was made for by our own rows, whatever its tags say, if that session is not over."""
    owner = parking.owner_of(seen.id) if seen.kind in (OrphanKind.CHANNEL, OrphanKind.IVS_CHANNEL) else None
    facts = _facts(owner.session_id) if owner is not None else None
    if facts is None or facts.over_since() is not None:
        return None
    known = {row.resource_id for row in facts.ledger if row.state is not ResourceState.DELETED}
    return facts.record.session_id if seen.id in known else None


def _facts(session_id: str) -> SessionFacts | None:
    try:
        record = sessions.get(session_id)
    except SessionNotFound:
        return None
    if record.status in FINISHED:
        return SessionFacts(record=record)
    return SessionFacts(record=record, ledger=ledger.resources(session_id))


def _took(listed: Iterable[Seen], until: datetime, seen: list[Seen]) -> bool:
    """Whether a list came to its end in time. What came of it is in ``seen`` either way."""
    for one in listed:
        if clock.now() >= until:
            return False
        seen.append(one)
    return True


def _why(error: OnAirError) -> str:
    return f"{error.name()}: {error.detail}"


def _unseen(kind: OrphanKind, reason: str, place: str = "") -> Unseen:
    logger.warning("not looked at", extra={"kind": kind, "place": place, "reason": reason.partition(":")[0]})
    return Unseen(kind=kind, place=place, reason=reason)


# What each kind looks like


def _tagged(kind: OrphanKind, one: medialive.Seen) -> Seen:
    """Ours are those with both of our tags: a name is anybody's."""
    is_ours = one.tags.get(STAGE_TAG) == settings().stage
    return Seen(
        kind=kind,
        id=one.id,
        name=one.name,
        state=one.state,
        session_id=one.tags.get(SESSION_TAG) if is_ours else None,
        group=one.tags.get(SECURITY_GROUP_TAG) if is_ours and kind is OrphanKind.SECURITY_GROUP else None,
    )


def _output(flow: mediaconnect.SeenFlow, output: mediaconnect.SeenOutput) -> Seen | None:
    session_id = owner_by_flow_output(settings().stage, output.name)
    if session_id is None:
        return None
    return Seen(
        kind=OrphanKind.FLOW_OUTPUT,
        id=output.arn,
        name=output.name,
        place=flow.arn,
        state=output.status,
        session_id=session_id,
    )


def _secret(name: str) -> Seen:
    return Seen(kind=OrphanKind.SECRET, id=name, name=name, session_id=owner_by_parameter(settings().stage, name))


def _upload(one: objects.Upload) -> Seen:
    kind, owner = OrphanKind.UPLOAD, owner_by_key(one.key)
    return Seen(kind=kind, id=one.upload_id, name=one.key, place=one.key, session_id=owner)


# Lists


def _channels() -> Iterator[Seen]:
    return (_tagged(OrphanKind.CHANNEL, one) for one in _there(medialive.list_channels()))


def _inputs() -> Iterator[Seen]:
    return (_tagged(OrphanKind.INPUT, one) for one in _there(medialive.list_inputs()))


def _security_groups() -> Iterator[Seen]:
    return (_tagged(OrphanKind.SECURITY_GROUP, one) for one in _there(medialive.list_security_groups()))


def _ivs_channels() -> Iterator[Seen]:
    if not ivs.is_available():
        logger.info("IVS is not in this region", extra={"region": region()})
        return iter(())
    return (_tagged(OrphanKind.IVS_CHANNEL, one) for one in ivs.list_channels())


def _secrets() -> Iterator[Seen]:
    return map(_secret, parameters.secrets_below(f"/onair/{settings().stage}"))


def _uploads() -> Iterator[Seen]:
    return map(_upload, objects.unfinished_uploads())


def _on_flow(known: known_flows.KnownFlow, now: datetime) -> list[Seen]:
    """The outputs of ours on a flow. A flow that is gone, or that nobody uses any more, is forgotten."""
    try:
        flow = mediaconnect.describe_flow(known.flow_arn)
    except FlowNotFound:
        known_flows.forget(known)
        return []
    found = [one for output in flow.outputs if (one := _output(flow, output)) is not None]
    if not found and known.used_at + FLOW_KEPT_FOR < now:
        known_flows.forget(known)
    else:
        known_flows.note_look(known, now)
    return found


def _there(listed: Iterable[medialive.Seen]) -> Iterator[medialive.Seen]:
    """Without tombstones, and without what is on its way to be one."""
    return (one for one in listed if one.state not in ("DELETING", medialive.DELETED))


_LISTS: dict[OrphanKind, Callable[[], Iterable[Seen]]] = {
    OrphanKind.CHANNEL: _channels,
    OrphanKind.INPUT: _inputs,
    OrphanKind.SECURITY_GROUP: _security_groups,
    OrphanKind.IVS_CHANNEL: _ivs_channels,
    OrphanKind.SECRET: _secrets,
    OrphanKind.UPLOAD: _uploads,
}


# One again


def _described(describe: Callable[[str], medialive.Seen]) -> Callable[[Orphan], Seen | None]:
    def look(orphan: Orphan) -> Seen | None:
        one = describe(orphan.id)
        return None if one.state == medialive.DELETED else _tagged(orphan.kind, one)

    return look


def _output_again(orphan: Orphan) -> Seen | None:
    try:
        flow = mediaconnect.describe_flow(orphan.place)
    except FlowNotFound:
        return None
    return next((_output(flow, one) for one in flow.outputs if one.arn == orphan.id), None)


def _secret_again(orphan: Orphan) -> Seen | None:
    return next(map(_secret, parameters.existing_secrets([orphan.id])), None)


def _upload_again(orphan: Orphan) -> Seen | None:
    there = objects.unfinished_uploads(orphan.place)
    return next((_upload(one) for one in there if one.upload_id == orphan.id), None)


_DESCRIPTIONS: dict[OrphanKind, Callable[[Orphan], Seen | None]] = {
    OrphanKind.CHANNEL: _described(medialive.describe_channel),
    OrphanKind.INPUT: _described(medialive.describe_input),
    OrphanKind.SECURITY_GROUP: _described(medialive.describe_security_group),
    OrphanKind.IVS_CHANNEL: _described(ivs.describe_channel),
    OrphanKind.FLOW_OUTPUT: _output_again,
    OrphanKind.SECRET: _secret_again,
    OrphanKind.UPLOAD: _upload_again,
}
