"""The prices of a region, read from ``prices/REGION.json``. Each says where it comes from and whether that is a source.

Called by whoever asks for a cost; ``cost`` looks prices up by name. Amounts are US dollars for one unit.
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from datetime import date
from decimal import Decimal
from enum import StrEnum
from functools import cache
from importlib.resources import files

from shared.domain.model import Value

#: Whose list stands in for a region that has none.
DEFAULT_REGION = "us-east-1"


class Unit(StrEnum):
    """What a price is for one of. A GB is 2**30 bytes, as S3 counts it (S3 user guide, usage report)."""

    HOUR = "hour"
    GB = "GB"
    REQUEST = "request"
    GB_MONTH = "GB-month"


class Price(Value):
    """USD for one unit. ``sourced``: the figure was seen in what AWS publishes, or in a public copy of it; ``source``
    says where, or else what the assumption rests on. ``date``: when it was fetched, read or assumed, or came into
    force."""

    name: str
    usd: Decimal
    unit: Unit
    source: str
    sourced: bool
    date: date


class PriceList(Value):
    """The prices for ``region``. ``assumed_from``: whose prices they are, when the region has no list of its own."""

    region: str
    assumed_from: str | None
    compiled_on: date
    prices: Mapping[str, Price]

    def price(self, name: str) -> Price:
        """Raises KeyError: a price that is not in the list is never taken for nothing."""
        return self.prices[name]


@cache
def prices_of(region: str) -> PriceList:
    """The region's prices, or those of ``DEFAULT_REGION``, which the list then says. Never fails for a region."""
    folder = files(__package__) / "prices"
    own = f"{region}.json" in {file.name for file in folder.iterdir()}
    data = json.loads((folder / f"{region if own else DEFAULT_REGION}.json").read_text("utf-8"))
    return PriceList(
        region=region,
        assumed_from=None if own else data["region"],
        compiled_on=data["compiled_on"],
        prices={price["name"]: Price(**{**price, **data["sources"][price["source"]]}) for price in data["prices"]},
    )
