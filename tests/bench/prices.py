"""What control costs: list prices of us-east-1 from ``prices.json``, each with its source and date.

Beside ``shared/domain/pricing``, which has what a session's own resources cost: nobody asks the product for these.
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass
from decimal import Decimal
from pathlib import Path


@dataclass(frozen=True)
class Price:
    """US dollars for one ``unit``. ``sourced``: whether the figure was seen in what AWS publishes or a copy of it."""

    name: str
    usd: Decimal
    unit: str
    sourced: bool
    date: str
    source: str


def prices() -> dict[str, Price]:
    """All of them, by the name of what is counted."""
    kept = json.loads((Path(__file__).parent / "prices.json").read_text(encoding="utf-8"))
    return {
        one["name"]: Price(**{**one, **kept["sources"][one["source"]], "usd": Decimal(one["usd"])})
        for one in kept["prices"]
    }


def dollars(counts: Mapping[str, float]) -> Decimal:
    """What so many cost. Names without a price (calls of AWS's APIs, which are free) count nothing."""
    known = prices()
    return sum((known[name].usd * Decimal(str(count)) for name, count in counts.items() if name in known), Decimal())
