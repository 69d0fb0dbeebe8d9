"""From usage to money, by the billing rules of facts §11. The one place that knows them.

Quantities are added up as fractions and turned into money once, so a line's amount is exact to 28 digits and does not
depend on how many runs it comes from. What people read is rounded at the very end.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from datetime import date, datetime, timedelta
from decimal import ROUND_HALF_UP, Decimal
from fractions import Fraction
from typing import NamedTuple

from shared.domain.model import Value
from shared.domain.pricing.price_list import PriceList, Unit
from shared.domain.pricing.usage import ChannelRun, Existence, ExistenceKind, InputKind, OutputKind, Usage

#: A run is charged for this long at least, and by the minute begun (facts §11).
SHORTEST_RUN_MINUTES = 10
GB = 2**30

_HOUR = timedelta(hours=1)
_NOTHING = timedelta()
_IDLE = {ExistenceKind.CHANNEL: "channel, idle", ExistenceKind.PUSH_INPUT: "push input, idle"}


class Line(Value):
    """``quantity`` units of ``what`` at ``price`` USD each are ``amount`` USD, unrounded. ``sourced``: the price is, in
    the region whose list it comes from."""

    what: str
    quantity: Decimal
    unit: Unit
    price: Decimal
    price_name: str
    amount: Decimal
    sourced: bool

    @property
    def shown(self) -> Decimal:
        """The amount for people, to 0.0001 USD."""
        return self.amount.quantize(Decimal("0.0001"), ROUND_HALF_UP)


class Cost(Value):
    """``total``: the sum of ``lines`` in USD, unrounded. ``monthly``: what each month costs in which everything that is
    stored now is kept; not in the total. ``unsourced``: names of the prices used that have no source. ``assumed_from``:
    the region whose prices these are, if not ``region``'s own. ``notes`` says both in sentences, for every answer that
    shows the cost."""

    region: str
    assumed_from: str | None
    compiled_on: date
    lines: tuple[Line, ...]
    total: Decimal
    monthly: tuple[Line, ...]
    unsourced: tuple[str, ...]
    notes: tuple[str, ...]

    @property
    def shown(self) -> Decimal:
        """The total for people, to the cent."""
        return self.total.quantize(Decimal("0.01"), ROUND_HALF_UP)


class _Charge(NamedTuple):
    what: str
    price_name: str
    quantity: Fraction


def cost(usage: Usage, prices: PriceList, now: datetime) -> Cost:
    """What the usage costs until ``now``. What begins later costs nothing yet; a run that has begun owes ten minutes at
    once. Raises KeyError if the list lacks a price."""
    lines = _lines(_charges(usage, now), prices)
    monthly = _lines([_Charge("S3 storage", "s3.storage", Fraction(usage.storage.bytes, GB))], prices)
    unsourced = tuple(sorted({line.price_name for line in (*lines, *monthly) if not line.sourced}))
    return Cost(
        region=prices.region,
        assumed_from=prices.assumed_from,
        compiled_on=prices.compiled_on,
        lines=lines,
        total=sum((line.amount for line in lines), Decimal()),
        monthly=monthly,
        unsourced=unsourced,
        notes=tuple(_notes(prices, unsourced)),
    )


def billed_minutes(run: ChannelRun, now: datetime) -> int:
    """The minutes that each input and output of a run is charged for, of a run that has begun."""
    ran = min(run.running_to or now, now) - run.running_from
    return max(SHORTEST_RUN_MINUTES, -(-ran // timedelta(minutes=1)))


def idle_time(existence: Existence, runs: Iterable[ChannelRun], now: datetime) -> timedelta:
    """How long it existed while its channel did not run. Not rounded: how AWS rounds it is not established."""
    channel = existence.name if existence.kind is ExistenceKind.CHANNEL else existence.channel
    running = sorted((run.running_from, min(run.running_to or now, now)) for run in runs if run.channel == channel)
    end = min(existence.until or now, now)
    idle, at = _NOTHING, existence.since
    for start, stop in running:
        idle += max(min(start, end) - at, _NOTHING)
        at = max(at, stop)
    return idle + max(end - at, _NOTHING)


def _charges(usage: Usage, now: datetime) -> Iterator[_Charge]:
    for run in usage.runs:
        if run.running_from <= now:
            kinds: tuple[InputKind | OutputKind, ...] = (*run.inputs, *run.outputs)
            for kind in kinds:
                what = f"{run.channel}: {kind.words()}"
                yield _Charge(what, kind.price_name(run.channel_class), Fraction(billed_minutes(run, now), 60))
    for thing in usage.existences:
        idle = idle_time(thing, usage.runs, now)
        yield _Charge(f"{thing.name}: {_IDLE[thing.kind]}", f"medialive.idle.{thing.kind}", _hours(idle))
    for stream in usage.ivs_streams:
        name = f"ivs.input.{stream.channel_type.lower()}"
        yield _Charge(f"IVS input, {stream.channel_type}", name, _hours(stream.lasted(now)))
    for output in usage.flow_outputs:
        gigabytes = Fraction(output.bitrate * 3600, 8 * GB) * _hours(output.lasted(now))
        yield _Charge("flow output to MediaLive", "mediaconnect.transfer", gigabytes)
    yield _Charge("S3 requests", "s3.put", Fraction(2 * usage.storage.segments + usage.storage.copies))


def _lines(charges: Iterable[_Charge], prices: PriceList) -> tuple[Line, ...]:
    """One line for each item and price, in the order of their first charge; none for what was not used."""
    quantities: dict[tuple[str, str], Fraction] = {}
    for what, price_name, quantity in charges:
        quantities[what, price_name] = quantities.get((what, price_name), Fraction()) + quantity
    lines = []
    for (what, price_name), quantity in quantities.items():
        if quantity:
            price = prices.price(price_name)
            lines.append(
                Line(
                    what=what,
                    quantity=_decimal(quantity),
                    unit=price.unit,
                    price=price.usd,
                    price_name=price_name,
                    amount=_decimal(quantity * Fraction(price.usd)),
                    sourced=price.sourced,
                )
            )
    return tuple(lines)


def _notes(prices: PriceList, unsourced: tuple[str, ...]) -> Iterator[str]:
    if prices.assumed_from:
        yield f"There are no prices for {prices.region}; these are those of {prices.assumed_from}."
    if unsourced:
        yield f"Prices without a source: {', '.join(unsourced)}."


def _hours(time: timedelta) -> Fraction:
    return Fraction(time // timedelta.resolution, _HOUR // timedelta.resolution)


def _decimal(value: Fraction) -> Decimal:
    return Decimal(value.numerator) / value.denominator
