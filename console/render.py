"""How sessions look in a terminal, and what happens to them. Documents of the API in, rich renderables out; nothing is
printed here."""

from __future__ import annotations

from rich.console import Group, RenderableType
from rich.table import Table
from rich.text import Text

from console.client import Document
from console.look import BAD, clock, indented, moves_allowed, problem, seconds, state, table
from console.progress import Change, Verdict, branches, recordings_of, state_of
from console.render_recordings import of_recording, recording_list

OVER = {"ended", "failed"}


def session_list(sessions: list[Document]) -> RenderableType:
    if not sessions:
        return Text("no sessions")
    shown = table("session", "name", "owner", "status", "created")
    for session in sessions:
        shown.add_row(
            Text(session["session_id"]),
            Text(session["name"]),
            Text(session["owner"]),
            state(session["status"]),
            Text(clock(session["created_at"])),
        )
    return shown


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


def warnings(document: Document) -> list[Text]:
    """Limits that are near, of a session or of its cost."""
    lines = [Text.assemble(("! ", "bold yellow"), (one["message"], "yellow")) for one in document.get("warnings") or ()]
    if any(one["kind"] == "lease" for one in document.get("warnings") or ()):
        lines.append(Text(f"  onair session extend {document['session_id']} --hours 1", "dim"))
    return lines


def _particulars(session: Document) -> list[Text]:
    """What there is to know beside its parts: one line each, only those that say something."""
    shown_by = f"shown by: onair session endpoints {session['session_id']}"
    masked = session.get("ingest_endpoints") or ()
    found = [indented("from", f"{endpoint['url']}  ({shown_by})") for endpoint in masked]
    found += [indented("plays", url) for url in session.get("playback_urls") or ()]
    if "spent" in session:
        lease = "" if session["status"] in OVER else f"; its lease ends {clock(session['lease_expires_at'])}"
        found.append(indented("cost", f"{session['spent']} USD so far{lease}"))
    if session.get("allowed"):
        found.append(indented("now", moves_allowed(session["allowed"])))
    return found


def _destinations(session: Document) -> Table:
    shown = table("destination", "platform", "profile", "status", "trouble")
    for destination in branches(session):
        error = destination.get("error") or {}
        shown.add_row(
            Text(destination["destination_id"]),
            Text(destination.get("platform", "")),
            Text(destination.get("profile", "")),
            state(destination["status"]),
            Text(error.get("name", ""), "red"),
        )
    return shown


def _resources(resources: list[Document], times: dict[str, float]) -> Table:
    shown = table("resource", "kind", "state", "after", "id", wraps="id")
    for resource in resources:
        after = times.get(resource["key"])
        shown.add_row(
            Text(resource["key"]),
            Text(resource["kind"]),
            state(state_of(resource)),
            Text("" if after is None else seconds(after)),
            Text(resource.get("id") or "", "dim"),
        )
    return shown


def endpoints(found: list[Document]) -> RenderableType:
    """Where the host's encoder pushes to, in the words of encoders."""
    shown = table("server", "stream key")
    for endpoint in found:
        shown.add_row(Text(endpoint["url"]), Text(endpoint["stream_name"]))
    return shown


def event_list(events: list[Document]) -> RenderableType:
    if not events:
        return Text("nothing has happened yet")
    shown = table("at", "what", "of", "status", "who, or why")
    for event in events:
        operation, error = event.get("operation") or {}, event.get("error") or {}
        resource = event.get("resource") or {}
        what = event.get("recording_id") or resource.get("key") or event.get("destination_id") or operation.get("kind")
        began = event["kind"] == "operation.begun"
        warned = (event.get("warning") or {}).get("message")
        why = error.get("name") or (operation.get("requested_by") if began else None) or event.get("reason") or warned
        shown.add_row(
            Text(clock(event["at"])),
            Text(event["kind"]),
            Text(what or ""),
            state(event["status"]) if event.get("status") else Text(""),
            Text(why or "", "red" if error else ""),
        )
    return shown


def change_line(change: Change) -> Text:
    """``      12.3 s  restream/channel  created IDLE → created RUNNING``."""
    line = Text(f"{seconds(change.elapsed):>12}  ")
    line.append(f"{change.key:<24}  ", "bold" if change.subject == "session" else "")
    if change.before:
        line.append(f"{_word(change, change.before)} → ", "dim")
    line.append_text(state(_word(change, change.after)))
    if change.subject == "warning":
        line.append(f"  {change.after['message']}", "yellow")
    if change.subject == "recording":
        line.append(of_recording(change.after), "dim")
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


def _word(change: Change, document: Document) -> str:
    return state_of(document) if change.subject == "resource" else str(document["status"])
