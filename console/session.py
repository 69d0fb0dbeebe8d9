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
from console.options import Answer, asks
from console.progress import Reached, reading, verdict
from console.watch import wait_quietly, watch_session

app = typer.Typer(no_args_is_help=True, help="Create, follow and end sessions.")

SessionId = Annotated[str, typer.Argument(metavar="SESSION_ID", help="The session, such as s-7f3k2mexamp1.")]
Watch = Annotated[bool, typer.Option("--watch", help="Then follow it, as `session watch` does.")]
Every = Annotated[float, typer.Option("--every", min=0.05, help="Seconds between two looks.")]


@app.command(epilog="Example: onair session create -f examples/01-restream-1080p30.json --watch")
@asks
def create(
    how: Answer,
    file: Annotated[str, typer.Option("--file", "-f", help="The session as JSON; - reads standard input.")],
    flow_arn: Annotated[
        str | None, typer.Option("--flow-arn", help="The running MediaConnect flow, instead of the file's.")
    ] = None,
    idempotency_key: Annotated[
        str | None, typer.Option("--idempotency-key", help="Sent twice with the same file, it makes one session.")
    ] = None,
    watch: Watch = False,
    quiet: Annotated[bool, typer.Option("--quiet", "-q", help="Print the new session's id and nothing else.")] = False,
) -> None:
    """Ask for a session. It is made in the background; --watch follows it.

    With --quiet and --watch it prints the id at once, follows without a word and leaves as --watch does.
    """
    spec = _spec(file)
    if flow_arn:
        spec["source"] = {"type": "flow", "flow_arn": flow_arn}
    session = how.client().create_session(spec, idempotency_key)
    if quiet:
        print(session["session_id"], flush=True)
    if quiet and watch:
        wait_quietly(how, session)
    elif not quiet:
        followed_or_accepted(how, session, watch)


@app.command("list", epilog="Example: onair session list --status live")
@asks
def list_(
    how: Answer,
    status: Annotated[str | None, typer.Option("--status", help="Only those: live, ended, failed …")] = None,
    limit: Annotated[int | None, typer.Option("--limit", min=1, help="How many a page holds.")] = None,
    every_page: Annotated[bool, typer.Option("--all", help="Every page, not the first alone.")] = False,
    quiet: Annotated[bool, typer.Option("--quiet", "-q", help="Print the ids and nothing else.")] = False,
) -> None:
    """List sessions."""
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
@asks
def get(
    how: Answer,
    session_id: SessionId,
) -> None:
    """Show one session: what it may do now, its destinations, its recordings, and each resource made for it."""
    client = how.client()
    session = client.get_session(session_id) if how.as_json else reading(client, session_id)
    how.say(session, render.session_view(session))


@app.command(epilog="Example: onair session watch s-7f3k2mexamp1")
@asks
def watch(
    how: Answer,
    session_id: SessionId,
    every: Every = 0.5,
) -> None:
    """Follow a session until it is where it was wanted (live, idle or ended), or can't get there.

    Exits 0 if it got there whole; 1 if it failed, was not cleaned up, or a destination is in error.
    """
    watch_session(how, how.client().get_session(session_id), every)


@app.command(epilog="Example: onair session provision s-7f3k2mexamp1 --watch")
@asks
def provision(
    how: Answer,
    session_id: SessionId,
    watch: Watch = False,
) -> None:
    """Make the channel of a session that was created without one (`provision: false`)."""
    followed_or_accepted(how, how.client().provision(session_id), watch)


@app.command(epilog="Example: onair session endpoints s-7f3k2mexamp1")
@asks
def endpoints(
    how: Answer,
    session_id: SessionId,
) -> None:
    """Show where the host's encoder pushes to. Whoever knows it can be on the air: no other command shows it whole."""
    client = how.client()
    found = client.get_ingest_endpoints(session_id)["ingest_endpoints"]
    view = render.endpoints(found) if found else Text(_why_none(client.get_session(session_id)))
    how.say({"session_id": session_id, "ingest_endpoints": found}, view)


@app.command(epilog="Example: onair session extend s-7f3k2mexamp1 --hours 2")
@asks
def extend(
    how: Answer,
    session_id: SessionId,
    hours: Annotated[float, typer.Option("--hours", min=0.01, help="How much longer it may last than until now.")],
) -> None:
    """Let a session last longer than it was to. Its lease counts from its creation, and is a week at most."""
    client = how.client()
    limits = client.get_session(session_id)["limits"]
    longest = limits["max_continuous_duration"] + round(hours * 3600)
    accepted(how, client.change_limits(session_id, {"max_continuous_duration": longest}), follow=False)


@app.command(epilog="Example: onair session events s-7f3k2mexamp1 --all")
@asks
def events(
    how: Answer,
    session_id: SessionId,
    limit: Annotated[int | None, typer.Option("--limit", min=1, help="How many a page holds.")] = None,
    every_page: Annotated[bool, typer.Option("--all", help="Every page, not the first alone.")] = False,
) -> None:
    """List what has happened to a session, oldest first: who asked for what, and what came of it."""
    client = how.client()
    page = client.list_events(session_id, limit)
    found, cursor = page["events"], page.get("next_cursor")
    while every_page and cursor:
        page = client.list_events(session_id, limit, cursor)
        found, cursor = [*found, *page["events"]], page.get("next_cursor")
    more = [Text("there are more: --all shows them", "dim")] if cursor else []
    how.say({"events": found, "next_cursor": cursor}, Group(render.event_list(found), *more))


@app.command(epilog="Example: onair session end s-7f3k2mexamp1 --watch")
@asks
def end(
    how: Answer,
    session_id: SessionId,
    watch: Watch = False,
) -> None:
    """Take a session off the air and delete everything it had."""
    followed_or_accepted(how, how.client().end_session(session_id), watch)


def followed_or_accepted(how: Answer, session: Document, watch: bool, reached: Reached = verdict) -> None:
    """Follow what was asked for until it is ``reached``, or say that it was asked for."""
    if watch:
        watch_session(how, session, reached=reached)
    else:
        accepted(how, session)


def accepted(how: Answer, session: Document, follow: bool = True) -> None:
    """Say that it was asked for, and how to ``follow`` what comes of it."""
    hint = [Text(f"\nfollow it: onair session watch {session['session_id']}", "dim")] if follow else []
    how.say(session, Group(render.session_view(session), *hint))


def _why_none(session: Document) -> str:
    if session["source"]["type"] == "flow":
        return "a flow session has none: its show comes from a MediaConnect flow"
    if session["status"] in {"ending", "ended", "failed", "cleanup_incomplete"}:
        return f"it has none any more: the session is {session['status']}"
    return "not yet: they are there as soon as its input is (onair session watch, or provision it first)"


def _spec(file: str) -> dict[str, Any]:
    """The request in a file, with or without a byte order mark. Never quotes it back: it holds stream keys."""
    try:
        text = sys.stdin.read() if file == "-" else Path(file).read_text(encoding="utf-8")
    except (OSError, UnicodeDecodeError) as trouble:
        why = trouble.strerror if isinstance(trouble, OSError) else "it is not UTF-8 text"
        raise typer.BadParameter(f"can't read {file}: {why}", param_hint="--file") from None
    try:
        spec = json.loads(text.removeprefix("\ufeff"))
    except json.JSONDecodeError as trouble:
        where = f"line {trouble.lineno}, column {trouble.colno}"
        raise typer.BadParameter(f"{file} is not JSON: {trouble.msg} at {where}", param_hint="--file") from None
    if not isinstance(spec, dict):
        raise typer.BadParameter(f"{file} holds no session: it must be one JSON object", param_hint="--file")
    return spec
