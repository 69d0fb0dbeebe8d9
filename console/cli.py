"""``onair``: puts the commands together. Run by ``python -m console`` and by the ``./onair`` launcher."""

from __future__ import annotations

import os
import sys
from io import TextIOWrapper

import typer

from console import cost, demo, doctor, orphans, record, session, stream, up
from console.options import READER_LEFT, Json, Profile, Token, Url, remember

app = typer.Typer(
    name="onair",
    no_args_is_help=True,
    add_completion=False,
    # A traceback with the values of locals would show stream keys.
    pretty_exceptions_enable=False,
    help="Puts a live show on air and takes it off again, and leaves nothing running behind it.",
    epilog="Example: onair up --speed 60, and in another terminal: "
    "onair session create -f examples/01-restream-1080p30.json --watch",
)


@app.callback()
def root(
    context: typer.Context, url: Url = None, profile: Profile = None, token: Token = None, as_json: Json = False
) -> None:
    remember(context, url, as_json, profile, token)


app.add_typer(session.app, name="session")
app.add_typer(stream.app, name="stream")
app.add_typer(record.app, name="record")
app.command(epilog=cost.EXAMPLE)(cost.cost)
app.command(epilog=orphans.EXAMPLE)(orphans.orphans)
app.command(epilog=doctor.EXAMPLE)(doctor.doctor)
app.command(epilog=up.EXAMPLE)(up.up)
app.command(epilog=demo.EXAMPLE)(demo.demo)


def main() -> None:
    for out in (sys.stdout, sys.stderr):
        if isinstance(out, TextIOWrapper):
            out.reconfigure(errors="replace")  # an old Windows console has no arrow: print "?" rather than fail
    try:
        try:
            app(prog_name="onair")
        finally:
            sys.stdout.flush()
    except (BrokenPipeError, SystemExit) as end:
        # rich and typer make an exit with 1 of a broken pipe, which is what a failed session leaves with
        if not isinstance(end, BrokenPipeError) and not isinstance(end.__context__, BrokenPipeError):
            raise
        os.dup2(os.open(os.devnull, os.O_WRONLY), 1)  # for what Python still writes when it leaves
        sys.exit(READER_LEFT)
