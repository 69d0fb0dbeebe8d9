"""What came of a run, for machines (JSON) and for the pages it corrects: docs/reference/simulator.md, aws-facts.md.

Without the account, its ids and its keys: the tables are to be pasted into public files.
"""

from __future__ import annotations

import json
import re
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from infra.local.simulator import Alternatives, Duration, Durations
from tests.smoke_aws.price import Price
from tests.smoke_aws.run import Run
from tests.smoke_aws.sanitise import ACCOUNT
from tests.smoke_aws.smoke import Outcome

#: What a step of a session is made of, in the simulator's words.
_STEPS = {
    "host session: asked for to idle": ("input_create", "channel_create"),
    "host session: start to live": ("channel_start",),
    "host session: stop to idle": ("channel_stop",),
    "host session: end to ended": ("channel_delete", "input_delete"),
    "flow session: asked for to live": ("input_create", "channel_create", "channel_start"),
    "flow session: end to ended": ("channel_stop", "channel_delete", "input_delete"),
}
_ID = re.compile(r"\b\d{6,}\b")


def document(outcome: Outcome, price: Price) -> dict[str, Any]:
    run = outcome.run
    return {
        "run": True,
        "id": run.id,
        "ok": outcome.ok,
        "broke": _clean(run, outcome.broke),
        "left_behind": len(outcome.left),
        "left": [{"kind": one.kind, "id": one.id, "run": one.run, "state": one.state} for one in outcome.left],
        "usd": {"usual": str(price.usual), "at_most": str(price.at_most)},
        "shown": [{"what": one.what, "true": one.true} for one in outcome.shown],
        "seconds": {name: [round(one, 1) for one in took] for name, took in sorted(run.measured.items())},
        "rows": [
            {"name": one.name, "value": one.value, "verdict": one.verdict, "seen": _clean(run, one.seen)}
            for one in outcome.findings
        ],
        "samples": [path.name for path in outcome.samples],
    }


def page(outcome: Outcome, price: Price) -> str:
    """The same as Markdown."""
    return "\n".join([*_head(outcome, price), "", *times(outcome.run), "", *rows(outcome)]) + "\n"


def _head(outcome: Outcome, price: Price) -> Iterator[str]:
    yield f"# Run {outcome.run.id}"
    yield ""
    yield f"Planned at about {price.usual} USD by list prices. Left behind: {len(outcome.left)} resources."
    if outcome.broke:
        yield f"It broke off: {_clean(outcome.run, outcome.broke)}"
    yield from (f"- {'✓' if one.true else '✗'} {one.what}" for one in outcome.shown)


def times(run: Run) -> Iterator[str]:
    """Seconds as they were, beside those that the simulator draws from."""
    yield "| step | times | seconds | the simulator's |"
    yield "|---|---|---|---|"
    for name, took in sorted(run.measured.items()):
        yield f"| {name} | {len(took)} | {_span(min(took), max(took))} | {_stated(name)} |"


def rows(outcome: Outcome) -> Iterator[str]:
    """What holds, row for row. How a default is changed is told in docs/reference/smoke-aws.md."""
    yield "| name | what holds | the simulator's default | | what was seen |"
    yield "|---|---|---|---|---|"
    for one in outcome.findings:
        default = Alternatives.model_fields[one.name].default
        value = "" if one.value is None else f"`{one.value}`"
        seen = _clean(outcome.run, one.seen).replace("|", "/")
        yield f"| `{one.name}` | {value} | `{default}` | {one.verdict} | {seen} |"


def write(folder: Path, outcome: Outcome, price: Price) -> Path:
    """Both, beside the run's journal. The page's path."""
    found = folder / f"{outcome.run.id}.md"
    found.write_text(page(outcome, price), encoding="utf-8")
    found.with_suffix(".json").write_text(json.dumps(document(outcome, price), indent=2) + "\n", encoding="utf-8")
    return found


def _stated(name: str) -> str:
    drawn: list[Duration] = [
        getattr(Durations(), one) for one in _STEPS.get(name, (name,)) if one in Durations.model_fields
    ]
    if not drawn:
        return ""
    return _span(sum(one.low for one in drawn), sum(one.high for one in drawn))


def _span(low: float, high: float) -> str:
    return f"{low:.0f}" if round(low) == round(high) else f"{low:.0f}-{high:.0f}"


def _clean(run: Run, text: str) -> str:
    for secret in sorted(run.secrets, key=len, reverse=True):
        text = text.replace(secret, "…")
    text = text.replace(run.account.id, ACCOUNT).replace(run.id, "RUN")
    return _ID.sub(lambda found: found[0] if found[0] in {ACCOUNT, "000002"} else "1234567", text)
