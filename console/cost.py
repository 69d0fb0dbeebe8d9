"""``onair cost``: what a session costs an hour, has cost so far, and did cost once it is over."""

from __future__ import annotations

from decimal import Decimal

from rich.console import Group, RenderableType
from rich.text import Text

from console import render
from console.client import Document
from console.look import counts
from console.options import Answer, asks
from console.session import SessionId

EXAMPLE = "Example: onair cost s-7f3k2mexamp1"

ACTIVITIES = {"idle": "idle", "streaming": "on the air", "recording": "recording", "both": "on the air and recording"}


@asks
def cost(
    how: Answer,
    session_id: SessionId,
) -> None:
    """Show what a session costs: each line so far, an hour of what it may do, and what keeping its recordings costs."""
    document = how.client().get_cost(session_id)
    how.say(document, cost_view(document))


def cost_view(cost: Document) -> RenderableType:
    """US dollars. A price that has no source is marked: it is assumed, never left out."""
    when = "in all" if cost["final"] else "so far"
    heading = Text.assemble((f"{cost['total']} USD", "bold"), f" {when}  ", (cost["session_id"], "dim"))
    lines = counts(
        "what",
        ("quantity", "unit", "price", "USD"),
        [
            (
                line["what"],
                _plain(line["quantity"]),
                line["unit"],
                f"{_plain(line['price'])}{'' if line['sourced'] else ' assumed'}",
                line["amount"],
            )
            for line in cost["lines"]
        ],
    )
    hour = [f"{ACTIVITIES.get(activity, activity)} {usd}" for activity, usd in cost["per_hour"].items()]
    said: list[RenderableType] = [
        heading,
        lines,
        Text(f"an hour: {' · '.join(hour)} USD"),
        Text(f"keeping its recordings: {cost['per_month']} USD a month"),
    ]
    if cost["limits"].get("budget"):
        budget = cost["limits"]["budget"]
        said.append(Text(f"its budget: {budget['usd']} USD ({_when_spent(budget)})"))
    notes = [Text(note, "dim") for note in (f"Prices as of {cost['prices_of']}.", *cost["notes"])]
    return Group(*said, *render.warnings(cost), *notes)


def _when_spent(budget: Document) -> str:
    return "to be ended when it is spent" if budget["when_spent"] == "end" else "it only warns"


def _plain(number: str | int | float) -> str:
    """``1.0500`` → ``1.05``, ``0.00000500`` → ``0.000005``."""
    return f"{Decimal(str(number)).normalize():f}"
