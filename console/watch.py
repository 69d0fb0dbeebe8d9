"""Shows a session as it moves: a live table on a terminal, a line a change elsewhere, a JSON object a change for
machines. ``onair session watch`` and every ``--watch`` end here."""

from __future__ import annotations

from collections.abc import Iterator

import typer
from rich.console import Console
from rich.live import Live

from console import render
from console.client import Document
from console.options import FAILED, Answer
from console.progress import Change, follow, moves, verdict

Moves = Iterator[tuple[Document, list[Change]]]


def watch_session(how: Answer, first: Document, every: float = 0.5) -> None:
    """Follow from ``first`` until there is a verdict; raises typer.Exit(FAILED) if it is a bad one."""
    client = how.client()
    seen = moves(first, follow(lambda: client.get_session(first["session_id"]), every))
    out = how.out()
    if how.as_json:
        session = _as_json(how, seen, first)
    elif out.is_terminal:
        session = _as_table(out, seen, first)
    else:
        session = _as_lines(out, seen, first)
    outcome = verdict(session)
    assert outcome is not None, "follow ends with a verdict"
    if how.as_json:
        how.line(outcome.as_json(session))
    else:
        out.print(render.ending(session, outcome))
    if not outcome.ok:
        raise typer.Exit(FAILED)


def _as_json(how: Answer, seen: Moves, session: Document) -> Document:
    for reading, moved in seen:
        session = reading
        for change in moved:
            how.line(change.as_json())
    return session


def _as_lines(out: Console, seen: Moves, session: Document) -> Document:
    for reading, moved in seen:
        session = reading
        for change in moved:
            out.print(render.change_line(change))
    return session


def _as_table(out: Console, seen: Moves, session: Document) -> Document:
    times: dict[str, float] = {}
    with Live(render.session_view(session), console=out, refresh_per_second=8) as live:
        for reading, moved in seen:
            session = reading
            times |= {change.key: change.elapsed for change in moved if change.subject == "resource"}
            live.update(render.session_view(session, times))
    return session
