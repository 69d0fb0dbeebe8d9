"""Shows a session, or one of its recordings, as it moves: a live table on a terminal, a line a change elsewhere, a JSON
object a change for machines. ``onair session watch`` and every ``--watch`` end here."""

from __future__ import annotations

from collections.abc import Iterator

import typer
from rich.console import Console
from rich.live import Live

from console import render
from console.client import Document
from console.look import terminal
from console.options import FAILED, Answer
from console.progress import (
    Change,
    Reached,
    Verdict,
    follow,
    moment,
    moves,
    reading,
    recorded,
    recording_of,
    verdict,
)
from console.render_recordings import recording_ending

Moves = Iterator[tuple[Document, list[Change]]]


def watch_session(how: Answer, first: Document, every: float = 0.5, reached: Reached = verdict) -> None:
    """Follow from ``first`` until there is a verdict; raises typer.Exit(FAILED) if it is a bad one."""
    client = how.client()
    seen = moves(first, follow(lambda: reading(client, first["session_id"]), every, reached))
    session = _shown(how, ((document, _of_now(moved)) for document, moved in seen))
    outcome = _outcome(reached, session)
    if how.as_json:
        how.line(outcome.as_json(session))
    else:
        how.out().print(render.ending(session, outcome))
    _leave(outcome)


def watch_recording(how: Answer, session_id: str, recording: Document, wanted: str, every: float = 0.5) -> None:
    """Follow a recording until it is in the status ``wanted``; time counts from its start, or from its end.

    Raises typer.Exit(FAILED) if it fails.
    """
    client, recording_id = how.client(), recording["recording_id"]
    reached = recorded(recording_id, wanted)
    since = moment(recording.get("ended_at") or recording["requested_at"])
    seen = moves(recording, follow(lambda: reading(client, session_id), every, reached), since)
    session = _shown(how, ((document, _about(recording_id, moved)) for document, moved in seen))
    outcome = _outcome(reached, session)
    found = recording_of(session, recording_id)
    if how.as_json:
        how.line({**outcome.as_json(session), "recording": found})
    else:
        how.out().print(recording_ending(found, outcome))
    _leave(outcome)


def wait_quietly(how: Answer, first: Document, every: float = 0.5) -> None:
    """Follow without a word; what went wrong goes to standard error. Raises typer.Exit(FAILED) then."""
    client = how.client()
    *_, session = follow(lambda: client.get_session(first["session_id"]), every)
    outcome = _outcome(verdict, session)
    if not outcome.ok:
        terminal(stderr=True).print(render.ending(session, outcome))
    _leave(outcome)


def _shown(how: Answer, seen: Moves) -> Document:
    """Show what moves until nothing more is to come; answers the last reading."""
    out = how.out()
    if how.as_json:
        return _as_json(how, seen)
    return _as_table(out, seen) if out.is_terminal else _as_lines(out, seen)


def _of_now(moved: list[Change]) -> list[Change]:
    """All but the recordings that were done before anybody looked: a long show has many."""
    done = {"ready", "failed"}
    return [c for c in moved if c.subject != "recording" or c.before or c.after["status"] not in done]


def _about(recording_id: str, moved: list[Change]) -> list[Change]:
    """The recording's own moves, and whatever else moves meanwhile; not how everything else was before."""
    return [change for change in moved if change.key == recording_id or (change.before and change.elapsed)]


def _outcome(reached: Reached, session: Document) -> Verdict:
    outcome = reached(session)
    assert outcome is not None, "follow ends with a verdict"
    return outcome


def _leave(outcome: Verdict) -> None:
    if not outcome.ok:
        raise typer.Exit(FAILED)


def _as_json(how: Answer, seen: Moves) -> Document:
    last: Document = {}
    for session, moved in seen:
        last = session
        for change in moved:
            how.line(change.as_json())
    return last


def _as_lines(out: Console, seen: Moves) -> Document:
    last: Document = {}
    for session, moved in seen:
        last = session
        for change in moved:
            out.print(render.change_line(change))
    return last


def _as_table(out: Console, seen: Moves) -> Document:
    last: Document = {}
    times: dict[str, float] = {}
    with Live(console=out, refresh_per_second=8) as live:
        for session, moved in seen:
            last = session
            times |= {change.key: change.elapsed for change in moved if change.subject == "resource"}
            live.update(render.session_view(session, times))
    return last
