"""How things look in a terminal: sessions, changes, problems. Text in, rich renderables out; nothing is printed here.

What comes from outside goes into ``Text``, never into markup, so that a name with brackets in it stays a name.
"""

from __future__ import annotations

from collections.abc import Iterable

from rich.console import Console, Group, RenderableType
from rich.table import Table
from rich.text import Text

from console.client import Document
from console.progress import Change, Verdict, state_of

GOOD = {"live", "idle", "broadcasting", "ended", "created", "deleted"}
GOOD |= {"IDLE", "RUNNING", "DETACHED", "ATTACHED", "ENABLED"}
BAD = {"failed", "cleanup_incomplete", "errored"}


def terminal(stderr: bool = False) -> Console:
    """A console that wraps on a terminal only: what is piped keeps one line a line."""
    console = Console(stderr=stderr, highlight=False, soft_wrap=True)
    if not console.is_terminal:
        console.width = 200
    return console


def state(word: str) -> Text:
    """A status or state in its colour."""
    if word in BAD:
        return Text(word, "bold red")
    last = word.rsplit(" ", 1)[-1]
    return Text(word, "green" if last in GOOD else "yellow")


def session_list(sessions: list[Document]) -> RenderableType:
    if not sessions:
        return Text("no sessions")
    table = _table("session", "name", "owner", "status", "created")
    for session in sessions:
        table.add_row(
            Text(session["session_id"]),
            Text(session["name"]),
            Text(session["owner"]),
            state(session["status"]),
            Text(session["created_at"][:19].replace("T", " ")),
        )
    return table


def session_view(session: Document, times: dict[str, float] | None = None) -> RenderableType:
    """One session whole. ``times`` are the elapsed seconds at which each resource got to its state, by key."""
    heading = Text.assemble((session["name"], "bold"), "  ", session["session_id"], "  ", state(session["status"]))
    if session["desired_status"] != session["status"] and session["status"] not in BAD:
        heading.append(f"  (on its way to {session['desired_status']})", "dim")
    parts: list[RenderableType] = [heading, _destinations(session)]
    if session.get("resources"):
        parts.append(_resources(session["resources"], times or {}))
    if session.get("error"):
        parts.append(problem(session["error"]))
    return Group(*parts)


def _destinations(session: Document) -> Table:
    table = _table("destination", "platform", "profile", "status", "trouble")
    for destination in session["destinations"]:
        error = destination.get("error") or {}
        table.add_row(
            Text(destination["destination_id"]),
            Text(destination["platform"]),
            Text(destination["profile"]),
            state(destination["status"]),
            Text(error.get("name", ""), "red"),
        )
    return table


def _resources(resources: list[Document], times: dict[str, float]) -> Table:
    table = _table("resource", "kind", "state", "after", "id")
    for resource in resources:
        after = times.get(resource["key"])
        table.add_row(
            Text(resource["key"]),
            Text(resource["kind"]),
            state(state_of(resource)),
            Text("" if after is None else seconds(after)),
            Text(resource.get("id") or "", "dim"),
        )
    return table


def change_line(change: Change) -> Text:
    """``      12.3 s  restream/channel  created IDLE → created RUNNING``."""
    line = Text(f"{seconds(change.elapsed):>12}  ")
    line.append(f"{change.key:<24}  ", "bold" if change.subject == "session" else "")
    if change.before:
        line.append(f"{_word(change, change.before)} → ", "dim")
    line.append_text(state(_word(change, change.after)))
    error = change.after.get("error") or {}
    if error:
        line.append(f"  {error.get('name', '')}", "red")
    return line


def ending(session: Document, outcome: Verdict) -> RenderableType:
    """The last word of ``watch``: where the session is, and for each thing that went wrong why and what to do."""
    name = Text.assemble((session["name"], "bold"), " is ")
    if outcome.outcome == "failed":
        name.append_text(Text.assemble(state("failed"), "; what it had made was taken back"))
    elif outcome.outcome == "cleanup_incomplete":
        name.append_text(Text.assemble(state("cleanup_incomplete"), "; something may be left and cost money"))
    else:
        name.append_text(state(outcome.outcome))
        if not outcome.ok:
            name.append(", but not everywhere it should be")
    return Group(name, *(problem(trouble) for trouble in outcome.problems))


def problem(document: Document) -> RenderableType:
    """What happened, why, what to do: for RFC 9457 documents of the API and for the errors in a session."""
    title = document.get("title") or document.get("name") or "Something went wrong"
    where = document.get("destination_id")
    head = Text.assemble(("✗ ", "bold red"), (f"{where}: " if where else ""), (str(title), "bold"))
    status = f"{document['status']} " if document.get("status") else ""
    if status or document.get("name"):
        head.append(f"  ({status}{document.get('name', '')})".replace(" )", ")"), "dim")
    lines = [head]
    lines += [_indented("why", document[key]) for key in ("detail", "cause") if document.get(key)]
    for fault in document.get("errors") or ():
        lines.append(_indented("", f"• {fault.get('field') or 'request'}: {fault.get('message', '')}"))
    if document.get("remedy"):
        lines.append(_indented("do", document["remedy"]))
    if document.get("runbook"):
        lines.append(_indented("more", document["runbook"]))
    return Group(*lines)


def counts(title: str, columns: Iterable[str], rows: Iterable[tuple[object, ...]]) -> Table:
    """A table of numbers, the first column being words."""
    table = _table(title, *columns)
    for column in table.columns[1:]:
        column.justify = "right"
    for row in rows:
        table.add_row(*(Text(str(cell)) for cell in row))
    return table


def seconds(elapsed: float) -> str:
    """``0.4 s``, ``59.9 s``, ``2 min 05 s``."""
    if elapsed < 59.95:
        return f"{elapsed:.1f} s"
    minutes, rest = divmod(round(elapsed), 60)
    return f"{minutes} min {rest:02d} s"


def _word(change: Change, document: Document) -> str:
    return state_of(document) if change.subject == "resource" else str(document["status"])


def _indented(label: str, text: object) -> Text:
    return Text.assemble((f"  {label:<5} ", "dim"), str(text))


def _table(*columns: str) -> Table:
    table = Table(box=None, pad_edge=False, header_style="dim", padding=(0, 2, 0, 0))
    for column in columns:
        table.add_column(column, no_wrap=True)
    return table
