"""How things look in a terminal: sessions, changes, problems. Text in, rich renderables out; nothing is printed here.

What comes from outside goes into ``Text``, never into markup, so that a name with brackets in it stays a name.
"""

from __future__ import annotations

from collections.abc import Iterable

from rich.console import Console, Group, RenderableType
from rich.table import Table
from rich.text import Text

from console.client import Document
from console.progress import Change, Verdict, branches, recordings_of, state_of

GOOD = {"live", "idle", "broadcasting", "ended", "created", "deleted", "recording", "ready"}
GOOD |= {"IDLE", "RUNNING", "DETACHED", "ATTACHED", "ENABLED", "LIVE"}
BAD = {"failed", "cleanup_incomplete", "errored"}
OVER = {"ended", "failed"}

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
            Text(clock(session["created_at"])),
        )
    return table


def session_view(session: Document, times: dict[str, float] | None = None) -> RenderableType:
    """One session whole. ``times`` are the elapsed seconds at which each resource got to its state, by key."""
    heading = Text.assemble((session["name"], "bold"), "  ", session["session_id"], "  ", state(session["status"]))
    if session["desired_status"] != session["status"] and session["status"] not in BAD:
        heading.append(f"  (on its way to {session['desired_status']})", "dim")
    parts: list[RenderableType] = [heading, *warnings(session), *_particulars(session), _destinations(session)]
    if recordings := recordings_of(session):
        parts.append(recording_list(recordings))
    if session.get("resources"):
        parts.append(_resources(session["resources"], times or {}))
    if session.get("error"):
        parts.append(problem(session["error"]))
    return Group(*parts)


def masked(session: Document) -> Document:
    """The session without what its ingest endpoints let anybody do: go on air. `session endpoints` alone shows that."""
    hidden = [
        {"url": f"{endpoint['url'].rpartition('/')[0]}/…", "stream_name": "…"}
        for endpoint in session.get("ingest_endpoints") or ()
    ]
    return {**session, "ingest_endpoints": hidden} if hidden else session


def warnings(document: Document) -> list[Text]:
    """Limits that are near, of a session or of its cost."""
    lines = [Text.assemble(("! ", "bold yellow"), (one["message"], "yellow")) for one in document.get("warnings") or ()]
    if any(one["kind"] == "lease" for one in document.get("warnings") or ()):
        lines.append(Text(f"  onair session extend {document['session_id']} --hours 1", "dim"))
    return lines


def _particulars(session: Document) -> list[Text]:
    """What there is to know beside its parts: one line each, only those that say something."""
    shown_by = f"shown by: onair session endpoints {session['session_id']}"
    hidden = masked(session).get("ingest_endpoints") or ()
    found = [_indented("from", f"{endpoint['url']}  ({shown_by})") for endpoint in hidden]
    found += [_indented("plays", url) for url in session.get("playback_urls") or ()]
    if "spent" in session:
        lease = "" if session["status"] in OVER else f"; its lease ends {clock(session['lease_expires_at'])}"
        found.append(_indented("cost", f"{session['spent']} USD so far{lease}"))
    if session.get("allowed"):
        found.append(_indented("now", moves_allowed(session["allowed"])))
    return found


def moves_allowed(moves: Iterable[str]) -> str:
    """The commands that would change something now."""
    return " · ".join(COMMANDS.get(move, move) for move in moves)


def _destinations(session: Document) -> Table:
    table = _table("destination", "platform", "profile", "status", "trouble")
    for destination in branches(session):
        error = destination.get("error") or {}
        table.add_row(
            Text(destination["destination_id"]),
            Text(destination.get("platform", "")),
            Text(destination.get("profile", "")),
            state(destination["status"]),
            Text(error.get("name", ""), "red"),
        )
    return table


def endpoints(session: Document) -> RenderableType:
    """Where the host's encoder pushes to, in the words of encoders."""
    table = _table("server", "stream key")
    for endpoint in session["ingest_endpoints"]:
        table.add_row(Text(endpoint["url"]), Text(endpoint["stream_name"]))
    return table


def recording_list(recordings: list[Document]) -> RenderableType:
    if not recordings:
        return Text("no recordings")
    table = _table("recording", "status", "started", "length", "gaps", "size", "playlist")
    for recording in recordings:
        error = recording.get("error") or {}
        table.add_row(
            Text(recording["recording_id"]),
            state(recording["status"]),
            Text(clock(recording["started_at"]) if recording.get("started_at") else ""),
            Text(_length(recording)),
            Text(str(len(recording.get("gaps") or ())), "yellow" if recording.get("gaps") else "dim"),
            Text(_size(recording["size"]) if recording.get("size") is not None else ""),
            Text(recording.get("playlist") or "") if not error else Text(error.get("name", ""), "red"),
        )
    return table


def recording_view(recording: Document) -> RenderableType:
    """One recording whole, its gaps among it."""
    heading = Text.assemble((recording["recording_id"], "bold"), "  ", state(recording["status"]))
    if recording.get("duration") is not None:
        heading.append(f"  {_length(recording)}")
    lines: list[RenderableType] = [heading]
    for label, name in (("asked", "requested_at"), ("from", "started_at"), ("to", "ended_at")):
        if recording.get(name):
            lines.append(_indented(label, clock(recording[name])))
    if recording.get("segments") is not None:
        missing = recording.get("missing_segments") or 0
        lost = f", {missing} missing" if missing else ""
        lines.append(_indented("holds", f"{recording['segments']} segments{lost}, {_size(recording['size'] or 0)}"))
    for gap in recording.get("gaps") or ():
        lines.append(_indented("gap", f"{clock(gap['starts_at'])} to {clock(gap['ends_at'])}: no pictures"))
    if recording.get("playlist"):
        lines.append(_indented("plays", recording["playlist"]))
    if recording.get("error"):
        lines.append(problem(recording["error"]))
    return Group(*lines)


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


def event_list(events: list[Document]) -> RenderableType:
    if not events:
        return Text("nothing has happened yet")
    table = _table("at", "what", "of", "status", "who, or why")
    for event in events:
        operation, error = event.get("operation") or {}, event.get("error") or {}
        resource = event.get("resource") or {}
        what = event.get("recording_id") or resource.get("key") or event.get("destination_id") or operation.get("kind")
        began = event["kind"] == "operation.begun"
        why = error.get("name") or (operation.get("requested_by") if began else None) or event.get("reason")
        table.add_row(
            Text(clock(event["at"])),
            Text(event["kind"]),
            Text(what or ""),
            state(event["status"]) if event.get("status") else Text(""),
            Text(why or "", "red" if error else ""),
        )
    return table


def change_line(change: Change) -> Text:
    """``      12.3 s  restream/channel  created IDLE → created RUNNING``."""
    line = Text(f"{seconds(change.elapsed):>12}  ")
    line.append(f"{change.key:<24}  ", "bold" if change.subject == "session" else "")
    if change.before:
        line.append(f"{_word(change, change.before)} → ", "dim")
    line.append_text(state(_word(change, change.after)))
    if change.subject == "recording":
        line.append(_of_recording(change.after), "dim")
    error = change.after.get("error") or {}
    if error:
        line.append(f"  {error.get('name', '')}", "red")
    return line


def ending(session: Document, outcome: Verdict) -> RenderableType:
    """The last word of ``watch``: where the session is, and for each thing that went wrong why and what to do; then
    what goes on beside it, and what it should be told."""
    name = Text.assemble((session["name"], "bold"), " is ")
    if outcome.outcome == "failed":
        name.append_text(Text.assemble(state("failed"), "; what it had made was taken back"))
    elif outcome.outcome == "cleanup_incomplete":
        name.append_text(Text.assemble(state("cleanup_incomplete"), "; something may be left and cost money"))
    else:
        name.append_text(state(outcome.outcome))
        if not outcome.ok and session["status"] != session["desired_status"]:
            name.append(f", and should be {session['desired_status']}")
        elif not outcome.ok:
            name.append(", but not everywhere it should be" if outcome.outcome == "live" else ", but not as asked for")
        elif session.get("provisioned") is False and session["status"] == "idle":
            name.append(f", without a channel until: onair session provision {session['session_id']}")
    lines = [*warnings(session)] if session["status"] not in OVER else []
    for recording in recordings_of(session):
        if recording["status"] in {"stopping", "processing"}:
            lines.append(Text(f"recording {recording['recording_id']} is being finished; nothing waits for it", "dim"))
    return Group(name, *(problem(trouble) for trouble in outcome.problems), *lines)


def recording_ending(recording: Document, outcome: Verdict) -> RenderableType:
    """The last word of a watch that was for a recording."""
    said = Text.assemble("recording ", (recording["recording_id"], "bold"), " is ", state(outcome.outcome))
    said.append(_of_recording(recording))
    where = [_indented("plays", recording["playlist"])] if recording.get("playlist") else []
    return Group(said, *where, *(problem(trouble) for trouble in outcome.problems))


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
    if document.get("allowed"):
        lines.append(_indented("now", moves_allowed(document["allowed"])))
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


def clock(moment: str) -> str:
    """A time of the API as people read it, in UTC: ``2026-01-01 20:15:00``."""
    return moment[:19].replace("T", " ")


def _of_recording(recording: Document) -> str:
    """``  61.9 s, 1 gap``: what a recording says of itself when there is more to say than its status."""
    gaps = recording.get("gaps") or 0
    gaps = gaps if isinstance(gaps, int) else len(gaps)
    said = [_length(recording)] if recording.get("duration") is not None else []
    said += [f"{gaps} gap{'s' if gaps > 1 else ''}"] if gaps else []
    said += [f"{recording['missing_segments']} segments missing"] if recording.get("missing_segments") else []
    return f"  {', '.join(said)}" if said else ""


def _length(recording: Document) -> str:
    return "" if recording.get("duration") is None else seconds(float(recording["duration"]))


def _size(count: int) -> str:
    """Bytes as people say them: ``16.4 MB``."""
    size, units = float(count), ["bytes", "KB", "MB", "GB", "TB"]
    while size >= 1000 and len(units) > 1:
        size, units = size / 1000, units[1:]
    return f"{size:.0f} {units[0]}" if units[0] == "bytes" else f"{size:.1f} {units[0]}"


def _word(change: Change, document: Document) -> str:
    return state_of(document) if change.subject == "resource" else str(document["status"])


def _indented(label: str, text: object) -> Text:
    return Text.assemble((f"  {label:<5} ", "dim"), str(text))


def _table(*columns: str) -> Table:
    table = Table(box=None, pad_edge=False, header_style="dim", padding=(0, 2, 0, 0))
    for column in columns:
        table.add_column(column, no_wrap=True)
    return table
