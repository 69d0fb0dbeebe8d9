"""What the HTTP API answers about money: a session's cost, hour by hour and in all."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date, datetime
from decimal import Decimal

from shared.domain.limits import Limits, LimitWarning
from shared.domain.model import Value
from shared.domain.pricing.cost import Cost
from shared.domain.pricing.estimate import Activity
from shared.domain.session import FINISHED, SessionView
from shared.domain.session_limits import limit_warnings

_FOUR_PLACES = Decimal("0.0001")


class CostLine(Value):
    """``quantity`` units at ``price`` USD each are ``amount`` USD. ``sourced``: the price is a published one."""

    what: str
    quantity: Decimal
    unit: str
    price: Decimal
    amount: Decimal
    sourced: bool


class CostAnswer(Value):
    """US dollars. ``total``: what the session has cost so far, the whole of it once ``final``. ``per_hour``: what an
    hour costs, by what the session does in it. ``per_month``: what keeping its recordings costs. ``notes`` say what the
    figures rest on."""

    session_id: str
    currency: str
    region: str
    prices_of: date
    final: bool
    total: Decimal
    lines: tuple[CostLine, ...]
    per_hour: dict[Activity, Decimal]
    per_month: Decimal
    limits: Limits
    warnings: tuple[LimitWarning, ...]
    notes: tuple[str, ...]


def cost_answer(view: SessionView, cost: Cost, per_hour: Mapping[Activity, Cost], now: datetime) -> CostAnswer:
    record = view.record
    final = record.status in FINISHED
    return CostAnswer(
        session_id=record.session_id,
        currency="USD",
        region=cost.region,
        prices_of=cost.compiled_on,
        final=final,
        total=cost.shown,
        lines=tuple(
            CostLine(
                what=line.what,
                quantity=line.quantity.quantize(_FOUR_PLACES),
                unit=line.unit,
                price=line.price,
                amount=line.shown,
                sourced=line.sourced,
            )
            for line in cost.lines
        ),
        per_hour={activity: one.total.quantize(_FOUR_PLACES) for activity, one in per_hour.items()},
        per_month=sum((line.amount for line in cost.monthly), Decimal()).quantize(_FOUR_PLACES),
        limits=record.spec.limits,
        warnings=limit_warnings(view, cost.total, now),
        notes=cost.notes,
    )
