"""What happens to a session and its recordings, as changes and a verdict, without any terminal. ``watch`` and ``demo``
show it.

Times are the API's own (``created_at``, ``updated_at``): on a stage that runs twenty times as fast they say how long
the same would have taken on AWS.
"""

from __future__ import annotations

import time
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass, field, replace
from datetime import datetime
from typing import Any, Literal

from console.client import Client, Document, UnreachableError

Subject = Literal["session", "destination", "resource", "recording", "warning"]

Reached = Callable[[Document], "Verdict | None"]
"""What is waited for: a verdict on a reading, or None while it is still to come."""

UNDER_WAY = ["starting", "recording", "stopping", "processing", "ready"]
"""A recording's life, in its order; ``failed`` can come after any but the last."""

PATIENCE = 15.0
"""Seconds for which ``follow`` puts up with an API that can't be reached."""


@dataclass(frozen=True)
class Change:
    """One thing that moved. ``before`` is empty for what has just appeared; ``elapsed`` counts seconds."""

    subject: Subject
    key: str
    before: Document
    after: Document
    at: str
    elapsed: float

    def as_json(self) -> Document:
        return {
            "type": "change",
            "subject": self.subject,
            "key": self.key,
            "before": self.before or None,
            "after": self.after,
            "at": self.at,
            "elapsed_seconds": round(self.elapsed, 3),
        }


@dataclass(frozen=True)
class Verdict:
    """How it ended: ``ok`` if the session, or its recording, is where it was wanted, with nothing broken."""

    ok: bool
    outcome: str
    problems: tuple[Document, ...] = field(default=())
    """Error documents: name, title, cause, remedy, runbook; with ``destination_id`` where one is at fault."""

    def as_json(self, session: Document) -> Document:
        found = {"type": "result", "ok": self.ok, "outcome": self.outcome}
        return {**found, "problems": list(self.problems), "session": session}


def verdict(session: Document) -> Verdict | None:
    """What came of the session, or None while it is still on its way.

    On its way means: neither where ``desired_status`` wants it, nor in a status that only a new request leaves; or an
    operation is under way, such as a start of its recorder, which moves no status of the session's own.
    """
    status, desired = session["status"], session["desired_status"]
    if status in {"failed", "cleanup_incomplete"}:
        return Verdict(False, status, tuple(_problems(session)))
    if status == "ended":
        ok = desired == "ended" and session.get("ended_reason") != "error"
        return Verdict(ok, status, () if ok else tuple(_problems(session)))
    if status == desired and not is_busy(session):
        found = tuple(_problems(session))
        return Verdict(not found, status, found)
    return None


def is_busy(session: Document) -> bool:
    """Whether an operation is under way."""
    operation = session.get("operation") or {}
    return "finished_at" in operation and operation["finished_at"] is None


def on_air(wanted: str) -> Reached:
    """A verdict that is good only if the session is ``wanted`` then: somebody else may have asked for the contrary."""

    def reached(session: Document) -> Verdict | None:
        found = verdict(session)
        return replace(found, ok=False) if found and found.outcome != wanted else found

    return reached


def recorded(recording_id: str, wanted: str) -> Reached:
    """A verdict as soon as a recording is in the status ``wanted``, or beyond it, or has failed."""

    def reached(session: Document) -> Verdict | None:
        found = recording_of(session, recording_id)
        if found["status"] == "failed":
            error = found.get("error")
            return Verdict(False, "failed", (error,) if error else ())
        beyond = UNDER_WAY.index(found["status"]) >= UNDER_WAY.index(wanted)
        return Verdict(True, found["status"]) if beyond else None

    return reached


def recording_of(session: Document, recording_id: str) -> Document:
    """Raises KeyError if the reading has no such recording."""
    for recording in recordings_of(session):
        if recording["recording_id"] == recording_id:
            return recording
    raise KeyError(recording_id)


def recordings_of(session: Document) -> list[Document]:
    """All of them if the reading has them (see ``reading``), else the one that is open."""
    opened = session.get("recording")
    found: list[Document] = session.get("recordings", [opened] if opened else [])
    return found


def reading(client: Client, session_id: str) -> Document:
    """A session as it is followed: with its recordings, if it can have any."""
    session = client.get_session(session_id)
    if session["source"]["type"] == "flow" and not session.get("recorder"):
        return session
    return {**session, "recordings": client.list_recordings(session_id)["recordings"]}


def follow(
    read: Callable[[], Document],
    every: float = 0.5,
    reached: Reached = verdict,
    sleep: Callable[[float], object] = time.sleep,
    now: Callable[[], float] = time.monotonic,
) -> Iterator[Document]:
    """Read the session every so many seconds until there is a verdict; yields each document read.

    A moment without an answer is no end: UnreachableError comes through only after PATIENCE.
    """
    last_answer = now()
    while True:
        try:
            session = read()
        except UnreachableError:
            if now() - last_answer > PATIENCE:
                raise
        else:
            last_answer = now()
            yield session
            if reached(session) is not None:
                return
        sleep(every)


def moves(
    first: Document, documents: Iterable[Document], since: datetime | None = None
) -> Iterator[tuple[Document, list[Change]]]:
    """Each reading with what moved since the one before it. Time counts from ``since``, or as ``first`` says."""
    since, before = since or beginning(first), None
    for session in documents:
        yield session, changes(before, session, since)
        before = session


def changes(before: Document | None, after: Document, since: datetime) -> list[Change]:
    """What moved between two readings, in the order it moved. ``since`` is where elapsed time counts from."""
    moved = _statuses(len(before["timeline"]) if before else 0, after, since)
    old, new = _things(before) if before else {}, _things(after)
    seen_until = _newest(before) if before else since
    for (subject, key), (state, at) in new.items():
        known = old.get((subject, key))
        if known is not None and known[0] == state:
            continue
        if subject != "resource":
            # It has no time of its own, only a guess. It moved after the earlier reading, so not before all of that.
            at = at if moment(at) >= seen_until else seen_until.isoformat()
        moved.append(Change(subject, key, known[0] if known else {}, state, at, _elapsed(since, at)))
    moved += _warned(before, after, since)
    return sorted(moved, key=lambda change: change.elapsed)


def beginning(session: Document) -> datetime:
    """Where elapsed time counts from: the request for the session, for its start or stop, or for its end."""
    kind = (session.get("operation") or {}).get("kind")
    if kind == "end":
        return moment(session["updated_at"])
    if kind in {"start_streaming", "stop_streaming"} and session["status"] in {"starting", "stopping"}:
        return moment(session["timeline"][-1]["at"])
    return moment(session["created_at"])


def moment(text: str) -> datetime:
    return datetime.fromisoformat(text)


def state_of(resource: Document) -> str:
    """In words: ``intended``, ``created``, ``created RUNNING``, ``deleted``."""
    observed = resource.get("observed")
    return f"{resource['state']} {observed}" if observed and resource["state"] == "created" else str(resource["state"])


def _statuses(seen: int, session: Document, since: datetime) -> list[Change]:
    """The session's own moves, from its timeline: no status is missed, however short it was.

    A first look also tells what was before it, back to where elapsed time counts from.
    """
    timeline = session["timeline"]
    return [
        Change(
            "session",
            session["session_id"],
            {"status": timeline[index - 1]["status"]} if index else {},
            {"status": entry["status"]},
            entry["at"],
            _elapsed(since, entry["at"]),
        )
        for index, entry in enumerate(timeline)
        if index >= seen and (seen or moment(entry["at"]) >= since or entry is timeline[-1])
    ]


def _warned(before: Document | None, after: Document, since: datetime) -> Iterator[Change]:
    """Limits that have come nearer. They have no time of their own: no earlier than whatever else the reading tells."""
    had = {(one["kind"], one.get("level")) for one in (before or {}).get("warnings") or ()}
    at = _newest(after).isoformat()
    for one in after.get("warnings") or ():
        if (one["kind"], one.get("level")) not in had:
            state = {"status": one.get("level", ""), "message": one["message"], "ends_at": one.get("at")}
            yield Change("warning", one["kind"], {}, state, at, _elapsed(since, at))


def _things(session: Document) -> dict[tuple[Subject, str], tuple[Document, str]]:
    """Resources, destinations and recordings: the state of each, and when it got there, or a guess at it."""
    things: dict[tuple[Subject, str], tuple[Document, str]] = {}
    latest: dict[str, str] = {}
    for resource in session["resources"]:
        at, owner = resource["updated_at"], resource["destination_id"]
        things["resource", resource["key"]] = (_pick(resource, "kind", "id", "state", "observed"), at)
        latest[owner] = max(latest.get(owner, at), at, key=moment)
    for destination in branches(session):
        # A destination has no time of its own. It moves with its resources, or with the session.
        name = destination["destination_id"]
        things["destination", name] = (_pick(destination, "status", "error"), latest.get(name) or session["updated_at"])
    for recording in recordings_of(session):
        state = _pick(recording, "status", "duration", "missing_segments", "playlist", "error")
        state["gaps"] = len(recording.get("gaps") or ())
        things["recording", recording["recording_id"]] = (state, _reached_at(recording))
    return things


def branches(session: Document) -> list[Document]:
    """The destinations, and a flow session's recorder, which is a branch like them."""
    recorder = session.get("recorder")
    return [*session["destinations"], *([recorder] if recorder else [])]


def _reached_at(recording: Document) -> str:
    """When it got into its status, as far as it says so."""
    by_status = {"starting": "requested_at", "recording": "started_at", "stopping": "ended_at"}
    named = (by_status.get(recording["status"], "updated_at"), "ended_at", "requested_at")
    return next(str(recording[name]) for name in named if recording.get(name))


def _newest(session: Document) -> datetime:
    """The latest time that a reading knows of."""
    times = [session["updated_at"], *(resource["updated_at"] for resource in session["resources"])]
    return max(moment(at) for at in times)


def _problems(session: Document) -> Iterator[Document]:
    for branch in branches(session):
        if branch.get("error"):
            yield {"destination_id": branch["destination_id"], **branch["error"]}
    if session.get("error"):
        yield session["error"]


def _pick(document: Document, *names: str) -> dict[str, Any]:
    return {name: document.get(name) for name in names}


def _elapsed(since: datetime, at: str) -> float:
    return max(0.0, (moment(at) - since).total_seconds())
