"""What happens to a session, as changes and a verdict, without any terminal. ``watch`` and ``demo`` show it.

Times are the API's own (``created_at``, ``updated_at``): on a stage that runs twenty times as fast they say how long
the same would have taken on AWS.
"""

from __future__ import annotations

import time
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any, Literal

from console.client import Document, UnreachableError

Subject = Literal["session", "destination", "resource"]

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
    """How it ended: ``ok`` if the session is where it was wanted, with nothing broken."""

    ok: bool
    outcome: str
    problems: tuple[Document, ...] = field(default=())
    """Error documents: name, title, cause, remedy, runbook; with ``destination_id`` where one is at fault."""

    def as_json(self, session: Document) -> Document:
        found = {"type": "result", "ok": self.ok, "outcome": self.outcome}
        return {**found, "problems": list(self.problems), "session": session}


def verdict(session: Document) -> Verdict | None:
    """What came of the session, or None while it is still on its way.

    On its way means: neither where ``desired_status`` wants it, nor in a status that only a new request leaves.
    """
    status, desired = session["status"], session["desired_status"]
    if status in {"failed", "cleanup_incomplete"}:
        return Verdict(False, status, tuple(_problems(session)))
    if status == "ended":
        ok = desired == "ended" and session.get("ended_reason") != "error"
        return Verdict(ok, status, () if ok else tuple(_problems(session)))
    if status == desired:
        errored = [d for d in session["destinations"] if d["status"] == "errored"]
        return Verdict(not errored, status, tuple(_problems(session)))
    return None


def follow(
    read: Callable[[], Document],
    every: float = 0.5,
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
            if verdict(session) is not None:
                return
        sleep(every)


def moves(first: Document, documents: Iterable[Document]) -> Iterator[tuple[Document, list[Change]]]:
    """Each reading with what moved since the one before it; ``first`` is where elapsed time begins."""
    since, before = beginning(first), None
    for session in documents:
        yield session, changes(before, session, since)
        before = session


def changes(before: Document | None, after: Document, since: datetime) -> list[Change]:
    """What moved between two readings, in the order it moved. ``since`` is where elapsed time counts from."""
    moved = _statuses(len(before["timeline"]) if before else 0, after, since)
    old, new = _things(before) if before else {}, _things(after)
    moved += [
        Change(subject, key, old[subject, key][0] if (subject, key) in old else {}, state, at, _elapsed(since, at))
        for (subject, key), (state, at) in new.items()
        if (subject, key) not in old or old[subject, key][0] != state
    ]
    return sorted(moved, key=lambda change: change.elapsed)


def beginning(session: Document) -> datetime:
    """Where elapsed time counts from: the request for the session, or for its end."""
    if (session.get("operation") or {}).get("kind") == "end":
        return moment(session["updated_at"])
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


def _things(session: Document) -> dict[tuple[Subject, str], tuple[Document, str]]:
    """Destinations and resources: the state of each, and when it got there."""
    things: dict[tuple[Subject, str], tuple[Document, str]] = {}
    latest: dict[str, str] = {}
    for resource in session["resources"]:
        things["resource", resource["key"]] = (
            _pick(resource, "kind", "id", "state", "observed"),
            resource["updated_at"],
        )
        owner = resource["destination_id"]
        latest[owner] = max(latest.get(owner, ""), resource["updated_at"])
    for destination in session["destinations"]:
        # A destination has no time of its own. It moves with its resources, or with the session.
        name = destination["destination_id"]
        things["destination", name] = (_pick(destination, "status", "error"), latest.get(name) or session["updated_at"])
    return things


def _problems(session: Document) -> Iterator[Document]:
    for destination in session["destinations"]:
        if destination.get("error"):
            yield {"destination_id": destination["destination_id"], **destination["error"]}
    if session.get("error"):
        yield session["error"]


def _pick(document: Document, *names: str) -> dict[str, Any]:
    return {name: document.get(name) for name in names}


def _elapsed(since: datetime, at: str) -> float:
    return max(0.0, (moment(at) - since).total_seconds())
