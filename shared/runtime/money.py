"""What a session costs, from its rows. Asked by the API, and for its budget."""

from __future__ import annotations

from datetime import datetime

from shared.domain.bill import planned, usage_of
from shared.domain.cost_answer import CostAnswer, cost_answer
from shared.domain.plan import plan_resources
from shared.domain.pricing.cost import Cost, cost
from shared.domain.pricing.estimate import per_hour
from shared.domain.pricing.price_list import prices_of
from shared.domain.session import SessionView
from shared.gateways import sessions
from shared.gateways.clients import region
from shared.gateways.settings import settings
from shared.runtime.clock import now


def cost_of(session_id: str) -> CostAnswer:
    """The estimate of an hour, what the session has cost so far, and the total once it is over. Raises
    ``SessionNotFound``."""
    view, moment = sessions.view(session_id), now()
    plan = plan_resources(settings().stage, session_id, view.record.spec)
    return cost_answer(view, spent(view, moment), per_hour(planned(plan), prices_of(region())), moment)


def spent(view: SessionView, moment: datetime) -> Cost:
    """What a session has cost up to a moment."""
    plan = plan_resources(settings().stage, view.record.session_id, view.record.spec)
    return cost(usage_of(view, plan, moment), prices_of(region()), moment)
