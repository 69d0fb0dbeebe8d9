"""``onair``: puts the commands together. Run by ``python -m console`` and by the ``./onair`` launcher."""

from __future__ import annotations

import sys
from io import TextIOWrapper

import typer

from console import demo, session, up
from console.options import Json, Url, remember

app = typer.Typer(
    name="onair",
    no_args_is_help=True,
    add_completion=False,
    # A traceback with the values of locals would show stream keys.
    pretty_exceptions_enable=False,
    help="Puts a live show on air and takes it off again, and leaves nothing running behind it.",
    epilog="Example: onair up --speed 20, and in another terminal: "
    "onair session create -f examples/01-restream-1080p30.json --watch",
)


@app.callback()
def root(context: typer.Context, url: Url = None, as_json: Json = False) -> None:
    remember(context, url, as_json)


app.add_typer(session.app, name="session")
app.command(epilog=up.EXAMPLE)(up.up)
app.command(epilog=demo.EXAMPLE)(demo.demo)


def main() -> None:
    for stream in (sys.stdout, sys.stderr):
        if isinstance(stream, TextIOWrapper):
            stream.reconfigure(errors="replace")  # an old Windows console has no arrow: print "?" rather than fail
    app(prog_name="onair")
