"""How recordings look in a terminal. Documents of the API in, rich renderables out; nothing is printed here."""

from __future__ import annotations

from rich.console import Group, RenderableType
from rich.text import Text

from console.client import Document
from console.look import clock, indented, problem, seconds, size, state, table
from console.progress import Verdict


def recording_list(recordings: list[Document]) -> RenderableType:
    if not recordings:
        return Text("no recordings")
    shown = table("recording", "status", "started", "length", "gaps", "size", "playlist", wraps="playlist")
    for recording in recordings:
        error = recording.get("error") or {}
        shown.add_row(
            Text(recording["recording_id"]),
            state(recording["status"]),
            Text(clock(recording["started_at"]) if recording.get("started_at") else ""),
            Text(_length(recording)),
            Text(str(len(recording.get("gaps") or ())), "yellow" if recording.get("gaps") else "dim"),
            Text(size(recording["size"]) if recording.get("size") is not None else ""),
            Text(recording.get("playlist") or "") if not error else Text(error.get("name", ""), "red"),
        )
    return shown


def recording_view(recording: Document) -> RenderableType:
    """One recording whole, its gaps among it."""
    heading = Text.assemble((recording["recording_id"], "bold"), "  ", state(recording["status"]))
    if recording.get("duration") is not None:
        heading.append(f"  {_length(recording)}")
    lines: list[RenderableType] = [heading]
    for label, name in (("asked", "requested_at"), ("from", "started_at"), ("to", "ended_at")):
        if recording.get(name):
            lines.append(indented(label, clock(recording[name])))
    if recording.get("segments") is not None:
        missing = recording.get("missing_segments") or 0
        lost = f", {missing} missing" if missing else ""
        lines.append(indented("holds", f"{recording['segments']} segments{lost}, {size(recording['size'] or 0)}"))
    for gap in recording.get("gaps") or ():
        lines.append(indented("gap", f"{clock(gap['starts_at'])} to {clock(gap['ends_at'])}: no pictures"))
    if recording.get("playlist"):
        lines.append(indented("plays", recording["playlist"]))
    if recording.get("error"):
        lines.append(problem(recording["error"]))
    return Group(*lines)


def recording_ending(recording: Document, outcome: Verdict) -> RenderableType:
    """The last word of a watch that was for a recording."""
    said = Text.assemble("recording ", (recording["recording_id"], "bold"), " is ", state(outcome.outcome))
    said.append(of_recording(recording))
    where = [indented("plays", recording["playlist"])] if recording.get("playlist") else []
    return Group(said, *where, *(problem(trouble) for trouble in outcome.problems))


def of_recording(recording: Document) -> str:
    """``  61.9 s, 1 gap``: what a recording says of itself when there is more to say than its status."""
    gaps = recording.get("gaps") or 0
    gaps = gaps if isinstance(gaps, int) else len(gaps)
    said = [_length(recording)] if recording.get("duration") is not None else []
    said += [f"{gaps} gap{'s' if gaps > 1 else ''}"] if gaps else []
    said += [f"{recording['missing_segments']} segments missing"] if recording.get("missing_segments") else []
    return f"  {', '.join(said)}" if said else ""


def _length(recording: Document) -> str:
    return "" if recording.get("duration") is None else seconds(float(recording["duration"]))
