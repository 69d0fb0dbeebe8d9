"""What everything shown in a terminal is made of: colours, tables, times, and problems with their remedies.

What comes from outside goes into ``Text``, never into markup, so that a name with brackets in it stays a name.
"""

from __future__ import annotations

from collections.abc import Iterable

from rich.console import Console, Group, RenderableType
from rich.table import Table
from rich.text import Text

from console.client import Document

GOOD = {"live", "idle", "broadcasting", "ended", "created", "deleted", "recording", "ready"}
GOOD |= {"IDLE", "RUNNING", "DETACHED", "ATTACHED", "ENABLED", "ACTIVE"}
BAD = {"failed", "cleanup_incomplete", "errored"}

COMMANDS = {
    "medialive": "session provision",
    "streaming/start": "stream start",
    "streaming/stop": "stream stop",
    "recording/start": "record start",
    "recording/stop": "record stop",
    "end": "session end",
}
"""The command for each move that the API names."""


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


def problem(document: Document) -> RenderableType:
    """What happened, why, what to do: for RFC 9457 documents of the API and for the errors in a session."""
    title = document.get("title") or document.get("name") or "Something went wrong"
    where = document.get("destination_id")
    head = Text.assemble(("✗ ", "bold red"), (f"{where}: " if where else ""), (str(title), "bold"))
    status = f"{document['status']} " if document.get("status") else ""
    if status or document.get("name"):
        head.append(f"  ({status}{document.get('name', '')})".replace(" )", ")"), "dim")
    lines = [head]
    lines += [indented("why", document[key]) for key in ("detail", "cause") if document.get(key)]
    for fault in document.get("errors") or ():
        lines.append(indented("", f"• {fault.get('field') or 'request'}: {fault.get('message', '')}"))
    if document.get("allowed"):
        lines.append(indented("now", moves_allowed(document["allowed"])))
    if document.get("remedy"):
        lines.append(indented("do", document["remedy"]))
    if document.get("runbook"):
        lines.append(indented("more", document["runbook"]))
    return Group(*lines)


def moves_allowed(moves: Iterable[str]) -> str:
    """The commands that would change something now."""
    return " · ".join(COMMANDS.get(move, move) for move in moves)


def counts(title: str, columns: Iterable[str], rows: Iterable[tuple[object, ...]]) -> Table:
    """A table of numbers, the first column being words."""
    shown = table(title, *columns)
    for column in shown.columns[1:]:
        column.justify = "right"
    for row in rows:
        shown.add_row(*(Text(str(cell)) for cell in row))
    return shown


def seconds(elapsed: float) -> str:
    """``0.4 s``, ``59.9 s``, ``2 min 05 s``."""
    if elapsed < 59.95:
        return f"{elapsed:.1f} s"
    minutes, rest = divmod(round(elapsed), 60)
    return f"{minutes} min {rest:02d} s"


def clock(moment: str) -> str:
    """A time of the API as people read it, in UTC: ``2026-01-01 20:15:00``."""
    return moment[:19].replace("T", " ")


def size(count: int) -> str:
    """Bytes as people say them: ``16.4 MB``."""
    amount, units = float(count), ["bytes", "KB", "MB", "GB", "TB"]
    while amount >= 1000 and len(units) > 1:
        amount, units = amount / 1000, units[1:]
    return f"{amount:.0f} {units[0]}" if units[0] == "bytes" else f"{amount:.1f} {units[0]}"


def indented(label: str, text: object) -> Text:
    return Text.assemble((f"  {label:<5} ", "dim"), str(text))


def table(*columns: str, wraps: str = "") -> Table:
    """``wraps``: the column that gives way where the terminal is narrow; the others stay whole as long as they can."""
    shown = Table(box=None, pad_edge=False, header_style="dim", padding=(0, 2, 0, 0))
    for column in columns:
        shown.add_column(column, no_wrap=column != wraps, overflow="fold" if column == wraps else "ellipsis")
    return shown
