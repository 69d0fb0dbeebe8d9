"""``onair orphans``: what no session owns, and having it deleted. A sweep is begun and followed."""

from __future__ import annotations

import time
from typing import Annotated

import typer
from rich.console import Group, RenderableType
from rich.text import Text

from console.client import Client, Document
from console.look import clock, indented, table
from console.options import FAILED, Answer, asks

EXAMPLE = (
    "Example: onair orphans, then onair orphans --delete, and onair orphans --delete 1234567 for one that is foreign"
)

#: What an operator has to do something about. What is foreign or a duplicate may stay.
LEFT = {"ours", "unowned"}
_COLOURS = {"ours": "yellow", "unowned": "bold red", "duplicate": "yellow", "foreign": "dim"}
_GOES = {"duplicate": "with its session", "unowned": "by its id alone", "foreign": "by its id alone"}


@asks
def orphans(
    how: Answer,
    ids: Annotated[
        list[str] | None,
        typer.Argument(
            metavar="[ID]…", help="Foreign or unowned ones that are to go too: ID, or KIND#ID.", show_default=False
        ),
    ] = None,
    delete: Annotated[
        bool, typer.Option("--delete", help="Delete what is ours and due, and what is named. Otherwise only look.")
    ] = False,
    every: Annotated[float, typer.Option("--every", min=0.05, help="Seconds between two looks.")] = 1.0,
) -> None:
    """List what no living session owns; --delete deletes what is ours. For operators.

    ours: its session is over; it goes when that is ten minutes ago and two sweeps have seen it. duplicate: its session
    lives and does not know it. unowned: it carries this stage's tags and there is no such session. foreign: it is
    somebody else's, and not in use.

    Exits 0 when nothing is left to do; 1 when something of ours or unowned is there, a named one was not deleted, or
    not everything could be looked at.
    """
    client = how.client()
    sweep = followed(client, client.start_sweep(not delete, ids or []), every)
    there = client.list_orphans()["orphans"]
    how.say({"sweep": sweep, "orphans": there}, view(sweep, there))
    if is_anything_left(sweep, there):
        raise typer.Exit(FAILED)


def followed(client: Client, sweep: Document, every: float) -> Document:
    """The sweep at its end."""
    while sweep["status"] == "running":
        time.sleep(every)
        sweep = client.get_sweep(sweep["sweep_id"])
    return sweep


def is_anything_left(sweep: Document, there: list[Document]) -> bool:
    gone = [one for one in sweep["deleted"] if one["outcome"] == "deleted"]
    named = set(sweep["ids"]) - {called for one in gone for called in (one["id"], f"{one['kind']}#{one['id']}")}
    blind = sweep["status"] != "done" or sweep["error"] or sweep["not_seen"]
    return bool(blind or named) or any(one["verdict"] in LEFT for one in there)


def view(sweep: Document, there: list[Document]) -> RenderableType:
    """What is there, then what was done about it and why not more."""
    parts: list[RenderableType] = [_list(there) if there else Text("nothing is without an owner")]
    told = {(one["kind"], one["id"]): one for one in sweep["chosen"]}
    for one in sweep["deleted"]:
        name = told.get((one["kind"], one["id"]), {}).get("name", "")
        style = {"deleted": "green", "failed": "bold red"}.get(one["outcome"], "yellow")
        parts.append(Text.assemble((one["outcome"], style), f" {one['kind']} {one['id']} {name}: {one['reason']}"))
    if sweep["dry_run"]:
        parts += [indented("would", f"delete {one['kind']} {one['id']}: {one['reason']}") for one in sweep["chosen"]]
    parts += [
        indented("?", f"{one['kind']} {one['place']} could not be looked at: {one['reason']}")
        for one in sweep["not_seen"]
    ]
    parts += [
        indented("?", f"{one} means none of these, or more than one: KIND#ID tells them apart")
        for one in sweep["not_found"]
    ]
    if sweep["held_back"]:
        parts.append(Text.assemble(("! ", "bold red"), sweep["held_back"], "; see docs/runbooks/UnownedResources.md"))
    if sweep["status"] != "done" or sweep["error"]:
        parts.append(
            Text.assemble(("✗ ", "bold red"), f"the sweep {sweep['sweep_id']} did not come off: {sweep['error']}")
        )
    if sweep["dry_run"] and any(one["verdict"] == "ours" for one in there):
        parts.append(Text("what is ours goes by itself as soon as it is due; onair orphans --delete sweeps now", "dim"))
    return Group(*parts)


def _list(there: list[Document]) -> RenderableType:
    shown = table("kind", "id", "name", "state", "verdict", "goes", "since", "reason", wraps="reason")
    for one in there:
        shown.add_row(
            Text(one["kind"]),
            Text(one["id"]),
            Text(one["name"] if one["name"] != one["id"] else ""),
            Text(one["state"]),
            Text(one["verdict"], _COLOURS[one["verdict"]]),
            Text(_GOES.get(one["verdict"]) or _due(one)),
            Text(clock(one["first_seen_at"])),
            Text(one["reason"]),
        )
    return shown


def _due(orphan: Document) -> str:
    """When the first sweep may delete it that comes then."""
    if orphan["looks"] < 2:
        return f"on a second look, after {clock(orphan['due_at'])}"
    return f"after {clock(orphan['due_at'])}"
