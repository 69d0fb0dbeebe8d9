"""Beyond one machine: what a session uses (docs/benchmarks.md) against the services' quotas, into docs/scale.md.

Nothing is measured here. ``python -m tests.bench`` writes the tables anew after every run, ``python -m
tests.bench.beyond`` without one, and a test recomputes them from the committed figures.
"""

from __future__ import annotations

import json
import math
import re
from bisect import bisect_left
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from datetime import UTC, datetime
from decimal import Decimal
from functools import cache
from pathlib import Path
from typing import Any

from shared.domain.quotas import Held
from shared.domain.sweep_turns import turns
from shared.gateways.reservations import SeenElsewhere
from shared.gateways.table import dump
from tests.bench import report
from tests.bench.meter import size_of
from tests.bench.money import HOURS_A_MONTH, ON_AIR, SWEEPS_AN_HOUR
from tests.bench.prices import prices

PAGE = report.ROOT / "docs" / "scale.md"
KNOWN = json.loads((Path(__file__).parent / "quotas.json").read_text(encoding="utf-8"))
#: So many live sessions are reasoned to; how much of a rate is used at most; sessions of a stage to look at.
LIVE, HEADROOM, SIZES = 10_000, 0.5, (100, 250, 500, 1_000, 2_000, 10_000)
#: What DynamoDB takes of one item.
ITEM = 400 * 1024


@dataclass(frozen=True)
class Session:
    """What a session of so many destinations uses until it is live (``start``), and after (``end``), by the row."""

    destinations: int
    start: dict[str, float]
    end: dict[str, float]

    def both(self, name: str) -> float:
        return self.start[name] + self.end[name]


def sessions() -> list[Session]:
    """As docs/benchmarks.md has them."""
    lines = report.part(report.PAGE.read_text(encoding="utf-8"), "phases").splitlines()
    header, *body = [[cell.strip() for cell in line.strip("| ").split(" | ")] for line in (lines[0], *lines[2:])]
    figures = {name: [float(cell.replace(",", "")) for cell in cells] for name, *cells in body}
    return [
        Session(
            int(header[column].split()[0]),
            {name: cells[column - 1] for name, cells in figures.items()},
            {name: cells[column] for name, cells in figures.items()},
        )
        for column in range(1, len(header), 2)
    ]


def quota(name: str) -> float:
    return float(next(one["value"] for one in KNOWN if one["name"] == name))


def page_size() -> int:
    """How many resources a list of MediaLive's gives at once."""
    source = (report.ROOT / "shared/gateways/medialive.py").read_text(encoding="utf-8")
    return int(re.findall(r'"PageSize": (\d+)', source)[0])


def lists(channels: float) -> int:
    """Calls that list all channels and all inputs once."""
    return 2 * max(1, math.ceil(channels / page_size()))


def medialive_calls(one: Session, live: int) -> float:
    """Of MediaLive, from asking to the end, with so many live in the region: a session's end lists everything once more
    than the first page of each list, which is counted already."""
    return one.both("calls of MediaLive") + lists(live * one.destinations) - 2


def reserved() -> int:
    """Bytes that a session takes of the row of reservations, with a flow of its own."""
    flow = "arn:aws:mediaconnect:eu-west-1:111122223333:flow:1-AbCdEf0123456789-0123456789ab:main-stage"
    moment = datetime(2026, 11, 22, 12, 0, 0, 1, tzinfo=UTC)
    held = Held(push_inputs=1, channels=1, flow_outputs=1, flow_arn=flow, since=moment, looked=True)
    row = {
        "session s-abcdefghijkl": held.model_dump(mode="json"),
        f"outputs {flow}": 1,
        f"seen {flow}": SeenElsewhere(flow_outputs=1, at=moment).model_dump(mode="json"),
    }
    return size_of(dump(row))


@cache
def tables() -> dict[str, str]:
    """Every table of the page, by its label."""
    return {"quotas": _quotas(), "starts": _starts(), "sizes": _sizes(), "cells": _cells(), "cost": _cost()}


def _quotas() -> str:
    header = ["quota, a region of an account", "default", "what it is from"]
    body = [[one["name"], f"{one['value']:,} {one['unit']}".strip(), _said(one)] for one in KNOWN]
    return "\n".join("| " + " | ".join(line) + " |" for line in (header, ["---", "---:", "---"], *body))


def _said(one: dict[str, Any]) -> str:
    return str(one["source"]) if one["sourced"] else f"**assumed**: {one['source']}"


#: The row of docs/benchmarks.md that a start uses up, and the quota a second that it uses.
_RATES = {
    "calls of MediaLive": "MediaLive calls",
    "calls of MediaConnect": "MediaConnect calls",
    "PutParameter": "SSM PutParameter",
    "SendTask…": "Step Functions SendTaskSuccess",
    "state transitions": "Step Functions state transitions",
    "own events on EventBridge": "EventBridge PutEvents",
}


def _starts_a_second(one: Session) -> Iterator[tuple[str, float]]:
    yield from ((name, quota(name) / one.start[row]) for row, name in _RATES.items())
    yield "Step Functions StartExecution", quota("Step Functions StartExecution")
    seconds = one.start["Lambda GB-seconds"] / 0.5
    yield "Lambda concurrency", quota("Lambda concurrency") / seconds
    yield (
        "DynamoDB, all of it in one partition",
        quota("DynamoDB writes to a partition") / one.start["DynamoDB write units"],
    )


def _starts() -> str:
    one, ten = sessions()
    rows = sorted(zip(_starts_a_second(one), _starts_a_second(ten), strict=True), key=lambda each: each[0][1])
    body = [
        [name, f"{first:,.2f}", f"{LIVE / first / 3600:,.1f}", f"{other:,.2f}", f"{LIVE / other / 3600:,.1f}"]
        for (name, first), (_, other) in rows
    ]
    many = f"{LIVE:,} take, h"
    header = ["what limits it", "1 destination: starts a second", many, "10 destinations: starts a second", many]
    return report.table([header, *body])


def _sizes() -> str:
    one, ten = sessions()
    body = [
        [
            f"{live:,}",
            f"{live * reserved() / 1024:,.0f}",
            f"{quota('DynamoDB writes to a partition') / math.ceil(live * reserved() / 1024):,.1f}"
            if live * reserved() <= ITEM
            else "none",
            f"{turns([1] * live) * 60 // SWEEPS_AN_HOUR:,}",
            f"{turns([10] * live) * 60 // SWEEPS_AN_HOUR:,}",
            f"{medialive_calls(one, live):,.0f}",
            f"{medialive_calls(ten, live):,.0f}",
            f"{live * one.start['calls of MediaLive'] / quota('MediaLive calls') / 60:,.0f}",
        ]
        for live in SIZES
    ]
    header = [
        "live in one stage",
        "row of reservations, kB of 400",
        "reservations a second at most",
        "minutes until each was swept, 1 destination",
        "10 destinations",
        "MediaLive calls of a session, 1 destination",
        "10 destinations",
        "all asked for at once: minutes of MediaLive's rate",
    ]
    return report.table([header, *body])


def most(one: Session) -> dict[str, int]:
    """How many sessions of two hours a stage takes at once, by what limits it."""

    def rate(live: int) -> float:
        return live / ON_AIR * medialive_calls(one, live)

    allowed = quota("MediaLive calls") * HEADROOM
    return {
        "half of MediaLive's rate": _largest(lambda live: rate(live) <= allowed),
        "each looked at by every sweep": _largest(lambda live: turns([one.destinations] * live) == 1),
        "half of the row of reservations": int(ITEM * HEADROOM / reserved()),
        "half of the region's standard parameters": int(
            quota("SSM standard parameters") * HEADROOM / one.start["PutParameter"]
        ),
    }


def _largest(fits: Callable[[int], bool]) -> int:
    """The largest number that fits, of what fits less and less."""
    return bisect_left(range(1, LIVE + 1), True, key=lambda live: not fits(live))


def _cells() -> str:
    one, ten = (most(each) for each in sessions())
    rows = [[name, f"{one[name]:,}", f"{ten[name]:,}"] for name in one]
    least = [min(one.values()), min(ten.values())]
    return report.table(
        [
            ["sessions of two hours that a stage takes at once", "1 destination", "10 destinations"],
            *rows,
            ["**the least of them**", *(f"{each:,}" for each in least)],
            [f"stages for {LIVE:,}", *(f"{math.ceil(LIVE / each):,}" for each in least)],
            ["channels, and push inputs, of each stage", f"{least[0]:,}", f"{least[1] * 10:,}"],
        ]
    )


def _cost() -> str:
    """US dollars an hour, with all of them on the air all the time."""
    rows: list[list[str]] = [[f"US dollars an hour, {LIVE:,} live", "1 destination", "10 destinations"]]
    control, sweeps, media = [], [], []
    for one in sessions():
        hourly = LIVE / ON_AIR * 3600
        control.append(Decimal(str(one.both("US dollars of control") * hourly)))
        stages = math.ceil(LIVE / min(most(one).values()))
        # A sweep of a stage costs what an empty one does, and a transition and a look for each session.
        looks = Decimal(LIVE) * (_usd("transitions") + _usd("invocations") + Decimal("0.05") * _usd("gb_seconds"))
        empty = _empty_sweeps() / HOURS_A_MONTH / SWEEPS_AN_HOUR * stages
        sweeps.append((looks + empty) * SWEEPS_AN_HOUR)
        media.append(LIVE * one.destinations * _channel_hour())
    for name, found in (("control of sessions", control), ("sweeps", sweeps), ("MediaLive itself", media)):
        rows.append([name, *(f"{each:,.0f}" for each in found)])
    shares = [(a + b) / c * 100 for a, b, c in zip(control, sweeps, media, strict=True)]
    rows.append(["control and sweeps over MediaLive", *(f"{each:.2f} %" for each in shares)])
    return report.table(rows)


def _usd(name: str) -> Decimal:
    return prices()[name].usd


def _empty_sweeps() -> Decimal:
    """A month of sweeps over nothing, as docs/benchmarks.md has it."""
    told = report.part(report.PAGE.read_text(encoding="utf-8"), "rest")
    found = re.search(r"sweeps over nothing: ([\d.]+)\.", " ".join(told.split()))
    assert found is not None, told
    return Decimal(found[1])


def _channel_hour() -> Decimal:
    """A single-pipeline channel with one HD input and one HD output, both below 10 Mbit/s, up to 30 frames a second
    (docs/reference/prices.md)."""
    text = (report.ROOT / "docs/reference/prices.md").read_text(encoding="utf-8")
    found = [
        re.search(pattern, text) for pattern in (r"HD below 10 Mbit/s \| \*\*([\d.]+)", r"30 fps \| \*\*(0\.4212)")
    ]
    return sum((Decimal(each[1]) for each in found if each), Decimal())


def write() -> None:
    PAGE.write_text(report.put(PAGE.read_text(encoding="utf-8"), tables()), encoding="utf-8")


if __name__ == "__main__":
    write()
