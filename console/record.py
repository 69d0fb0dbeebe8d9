"""``onair record …``: recordings of a session, begun and ended apart from its stream."""

from __future__ import annotations

from typing import Annotated

import typer
from rich.console import Group
from rich.text import Text

from console import render_recordings
from console.client import Document
from console.options import Answer, asks
from console.session import SessionId
from console.watch import watch_recording

app = typer.Typer(no_args_is_help=True, help="Record a session, on the air or off it, and look at its recordings.")

RecordingId = Annotated[str, typer.Argument(metavar="RECORDING_ID", help="The recording, such as r001.")]


@app.command(epilog="Example: onair record start s-7f3k2mexamp1 --watch")
@asks
def start(
    how: Answer,
    session_id: SessionId,
    watch: Annotated[bool, typer.Option("--watch", help="Then wait until it really records.")] = False,
) -> None:
    """Begin a recording. If nothing runs that could record, a channel is started for it; nothing goes on the air."""
    _say(how, session_id, how.client().start_recording(session_id), watch, "recording")


@app.command(epilog="Example: onair record stop s-7f3k2mexamp1 --watch")
@asks
def stop(
    how: Answer,
    session_id: SessionId,
    watch: Annotated[bool, typer.Option("--watch", help="Then wait until it plays.")] = False,
) -> None:
    """End the recording. The stream goes on; the recording is finished beside it, and plays in a while."""
    _say(how, session_id, how.client().stop_recording(session_id), watch, "ready")


@app.command("list", epilog="Example: onair record list s-7f3k2mexamp1")
@asks
def list_(
    how: Answer,
    session_id: SessionId,
    quiet: Annotated[bool, typer.Option("--quiet", "-q", help="Print the ids and nothing else.")] = False,
) -> None:
    """List a session's recordings, oldest first."""
    page = how.client().list_recordings(session_id)
    if quiet:
        print(*(recording["recording_id"] for recording in page["recordings"]), sep="\n")
    else:
        how.say(page, render_recordings.recording_list(page["recordings"]))


@app.command(epilog="Example: onair record get s-7f3k2mexamp1 r001 --json")
@asks
def get(
    how: Answer,
    session_id: SessionId,
    recording_id: RecordingId,
) -> None:
    """Show one recording: where it plays from, how long it is, and where it has no pictures."""
    recording = how.client().get_recording(session_id, recording_id)
    how.say(recording, render_recordings.recording_view(recording))


def _say(how: Answer, session_id: str, recording: Document, watch: bool, wanted: str) -> None:
    if watch:
        watch_recording(how, session_id, recording, wanted)
        return
    hint = Text(f"\nfollow it: onair record get {session_id} {recording['recording_id']}", "dim")
    how.say(recording, Group(render_recordings.recording_view(recording), hint))
