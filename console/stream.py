"""``onair stream …``: a session goes on the air and comes off it again, any number of times."""

from __future__ import annotations

from enum import StrEnum
from typing import Annotated

import typer

from console.client import Document
from console.options import Answer, Json, Profile, Token, Url, answer
from console.progress import on_air
from console.session import SessionId, Watch, accepted
from console.watch import watch_session

app = typer.Typer(no_args_is_help=True, help="Put a session on the air, and take it off again without ending it.")


class OnRecording(StrEnum):
    """As the API's ``on_recording``."""

    REFUSE = "refuse"
    FINISH = "finish"
    CONTINUE_WITH_GAP = "continue_with_gap"


Choice = Annotated[
    OnRecording,
    typer.Option(
        "--on-recording",
        help="In a host session one channel streams and records. If this would cut an open recording: refuse to do it, "
        "finish the recording, or go on with it after a gap.",
    ),
]


@app.command(epilog="Example: onair stream start s-7f3k2mexamp1 --watch")
def start(
    context: typer.Context,
    session_id: SessionId,
    on_recording: Choice = OnRecording.REFUSE,
    watch: Watch = False,
    url: Url = None,
    profile: Profile = None,
    token: Token = None,
    as_json: Json = False,
) -> None:
    """Go on the air. If the channel will not run, the session is idle again, and --watch leaves with 1 and says why."""
    how = answer(context, url, as_json, profile, token)
    with how.reporting():
        _say(how, how.client().start_streaming(session_id, on_recording), watch, "live")


@app.command(epilog="Example: onair stream stop s-7f3k2mexamp1 --on-recording finish --watch")
def stop(
    context: typer.Context,
    session_id: SessionId,
    on_recording: Choice = OnRecording.REFUSE,
    watch: Watch = False,
    url: Url = None,
    profile: Profile = None,
    token: Token = None,
    as_json: Json = False,
) -> None:
    """Go off the air. The session stays as it is, idle, and can go on the air again."""
    how = answer(context, url, as_json, profile, token)
    with how.reporting():
        _say(how, how.client().stop_streaming(session_id, on_recording), watch, "idle")


def _say(how: Answer, session: Document, watch: bool, wanted: str) -> None:
    if watch:
        watch_session(how, session, reached=on_air(wanted))
    else:
        accepted(how, session)
