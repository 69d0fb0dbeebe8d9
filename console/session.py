"""``onair session …``: the commands on sessions, each one call of the HTTP API (and ``watch``, which keeps asking)."""

from __future__ import annotations

import json
import sys
from pathlib import Path
from typing import Annotated, Any

import typer
from rich.console import Group
from rich.text import Text

from console import render
from console.client import Document
from console.options import Answer, Json, Url, answer
from console.watch import watch_session

app = typer.Typer(no_args_is_help=True, help="Create, follow and end sessions.")

SessionId = Annotated[str, typer.Argument(metavar="SESSION_ID", help="The session, such as s-7f3k2mexamp1.")]
Watch = Annotated[bool, typer.Option("--watch", help="Then follow it, as `session watch` does.")]
Every = Annotated[float, typer.Option("--every", min=0.05, help="Seconds between two looks.")]


@app.command(epilog="Example: onair session create -f examples/01-restream-1080p30.json --watch")
def create(
    context: typer.Context,
    file: Annotated[str, typer.Option("--file", "-f", help="The session as JSON; - reads standard input.")],
    flow_arn: Annotated[
        str | None, typer.Option("--flow-arn", help="The running MediaConnect flow, instead of the file's.")
    ] = None,
    idempotency_key: Annotated[
        str | None, typer.Option("--idempotency-key", help="Sent twice with the same file, it makes one session.")
    ] = None,
    watch: Watch = False,
    quiet: Annotated[bool, typer.Option("--quiet", "-q", help="Print the new session's id and nothing else.")] = False,
    url: Url = None,
    as_json: Json = False,
) -> None:
    """Ask for a session. It is made in the background; --watch follows it."""
    how = answer(context, url, as_json)
    spec = _spec(file)
    if flow_arn:
        spec["source"] = {"type": "flow", "flow_arn": flow_arn}
    with how.reporting():
        session = how.client().create_session(spec, idempotency_key)
        if watch:
            watch_session(how, session)
        elif quiet:
            print(session["session_id"])
        else:
            _accepted(how, session)


@app.command("list", epilog="Example: onair session list --status live")
def list_(
    context: typer.Context,
    status: Annotated[str | None, typer.Option("--status", help="Only those: live, ended, failed …")] = None,
    limit: Annotated[int | None, typer.Option("--limit", min=1, help="How many a page holds.")] = None,
    every_page: Annotated[bool, typer.Option("--all", help="Every page, not the first alone.")] = False,
    quiet: Annotated[bool, typer.Option("--quiet", "-q", help="Print the ids and nothing else.")] = False,
    url: Url = None,
    as_json: Json = False,
) -> None:
    """List sessions."""
    how = answer(context, url, as_json)
    with how.reporting():
        client = how.client()
        page = client.list_sessions(status, limit)
        sessions, cursor = page["sessions"], page.get("next_cursor")
        while every_page and cursor:
            page = client.list_sessions(status, limit, cursor)
            sessions, cursor = [*sessions, *page["sessions"]], page.get("next_cursor")
        if quiet:
            print(*(session["session_id"] for session in sessions), sep="\n")
            return
        more = [Text("there are more: --all shows them", "dim")] if cursor else []
        how.say({"sessions": sessions, "next_cursor": cursor}, Group(render.session_list(sessions), *more))


@app.command(epilog="Example: onair session get s-7f3k2mexamp1 --json")
def get(context: typer.Context, session_id: SessionId, url: Url = None, as_json: Json = False) -> None:
    """Show one session: its destinations, and each resource made for it."""
    how = answer(context, url, as_json)
    with how.reporting():
        session = how.client().get_session(session_id)
        how.say(session, render.session_view(session))


@app.command(epilog="Example: onair session watch s-7f3k2mexamp1")
def watch(
    context: typer.Context, session_id: SessionId, every: Every = 0.5, url: Url = None, as_json: Json = False
) -> None:
    """Follow a session until it is where it was wanted (live, idle or ended), or can't get there.

    Exits 0 if it got there whole; 1 if it failed, was not cleaned up, or a destination is in error.
    """
    how = answer(context, url, as_json)
    with how.reporting():
        watch_session(how, how.client().get_session(session_id), every)


@app.command(epilog="Example: onair session end s-7f3k2mexamp1 --watch")
def end(
    context: typer.Context, session_id: SessionId, watch: Watch = False, url: Url = None, as_json: Json = False
) -> None:
    """Take a session off the air and delete everything it had."""
    how = answer(context, url, as_json)
    with how.reporting():
        session = how.client().end_session(session_id)
        if watch:
            watch_session(how, session)
        else:
            _accepted(how, session)


def _accepted(how: Answer, session: Document) -> None:
    hint = Text(f"\nfollow it: onair session watch {session['session_id']}", "dim")
    how.say(session, Group(render.session_view(session), hint))


def _spec(file: str) -> dict[str, Any]:
    """The request in a file. Never quotes it back: it holds stream keys."""
    try:
        text = sys.stdin.read() if file == "-" else Path(file).read_text(encoding="utf-8")
    except (OSError, UnicodeDecodeError) as trouble:
        why = trouble.strerror if isinstance(trouble, OSError) else "it is not UTF-8 text"
        raise typer.BadParameter(f"can't read {file}: {why}", param_hint="--file") from None
    try:
        spec = json.loads(text)
    except json.JSONDecodeError as trouble:
        where = f"line {trouble.lineno}, column {trouble.colno}"
        raise typer.BadParameter(f"{file} is not JSON: {trouble.msg} at {where}", param_hint="--file") from None
    if not isinstance(spec, dict):
        raise typer.BadParameter(f"{file} holds no session: it must be one JSON object", param_hint="--file")
    return spec
