"""``onair stream …``: a session goes on the air and comes off it again, any number of times."""

from __future__ import annotations

from enum import StrEnum
from typing import Annotated

import typer

from console.options import Answer, asks
from console.progress import on_air
from console.session import SessionId, Watch, followed_or_accepted

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
@asks
def start(
    how: Answer,
    session_id: SessionId,
    on_recording: Choice = OnRecording.REFUSE,
    watch: Watch = False,
) -> None:
    """Go on the air. If the channel will not run, the session is idle again, and --watch leaves with 1 and says why."""
    followed_or_accepted(how, how.client().start_streaming(session_id, on_recording), watch, on_air("live"))


@app.command(epilog="Example: onair stream stop s-7f3k2mexamp1 --on-recording finish --watch")
@asks
def stop(
    how: Answer,
    session_id: SessionId,
    on_recording: Choice = OnRecording.REFUSE,
    watch: Watch = False,
) -> None:
    """Go off the air. The session stays as it is, idle, and can go on the air again."""
    followed_or_accepted(how, how.client().stop_streaming(session_id, on_recording), watch, on_air("idle"))
