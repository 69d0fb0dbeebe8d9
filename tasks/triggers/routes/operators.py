"""What is used, and what nobody owns. For operators: it is the whole stage's."""

from __future__ import annotations

from typing import Any

from aws_lambda_powertools.event_handler import Response

from shared.domain.errors import IdempotencyKeyReused, OperatorsOnly, SweepNotFound, WriteConflict
from shared.domain.names import new_sweep_id
from shared.domain.quota_answers import QuotaList
from shared.domain.sweep_answers import OrphanList, SweepRequest, orphan_list
from shared.domain.sweeps import Sweep
from shared.gateways import orphans
from shared.runtime.api.edge import answered, app, body, key, operator
from shared.runtime.api.idempotency import once
from shared.runtime.api.openapi import told
from shared.runtime.api.requests import check_sweep_id
from shared.runtime.quota_report import quota_report
from shared.runtime.sweeps import begin_sweep, sweep_as_it_is
from tasks.triggers.routes.parameters import SweepId


@app.get(
    "/quotas",
    **told(
        "getQuotas",
        "What is allowed, and who has how much of it",
        200,
        QuotaList,
        "The region's quotas, then each known flow's.",
        OperatorsOnly,
    ),
)
def get_quotas() -> Response[Any]:
    operator()
    return answered(200, quota_report())


@app.get(
    "/orphans",
    **told(
        "listOrphans",
        "List what no living session owns, as the last sweep saw it",
        200,
        OrphanList,
        "All of it, ours first; of what is foreign a thousand.",
        OperatorsOnly,
    ),
)
def get_orphans() -> Response[Any]:
    operator()
    return answered(200, orphan_list(orphans.orphans()))


@app.post(
    "/sweeps",
    **told(
        "startSweep",
        "Sweep now; a dry run, unless told, which deletes nothing and says what would go",
        202,
        Sweep,
        "The sweep, which goes on by itself; `Location` is its address.",
        *(OperatorsOnly, IdempotencyKeyReused, WriteConflict),
    ),
)
def post_sweep(wish: SweepRequest | None = None) -> Response[Any]:
    who, asked = operator(), wish or SweepRequest()
    drawn = new_sweep_id()
    sweep_id = once("POST /sweeps", who, key(), body(), lambda: begin_sweep(drawn, asked, by=who).sweep_id)
    return answered(202, sweep_as_it_is(sweep_id), {"Location": f"/sweeps/{sweep_id}"})


@app.get(
    "/sweeps/<sweep_id>",
    **told(
        "getSweep", "Look at a sweep: what it found and did, and why", 200, Sweep, "It.", OperatorsOnly, SweepNotFound
    ),
)
def get_sweep(sweep_id: SweepId) -> Response[Any]:
    operator()
    check_sweep_id(sweep_id)
    return answered(200, sweep_as_it_is(sweep_id))
