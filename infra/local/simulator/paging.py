"""Pages of a list: the token says after which record to go on, so that a deletion between pages skips nothing."""

from __future__ import annotations

import base64
import binascii
from collections.abc import Callable, Iterable
from typing import TypeVar

from infra.local.simulator.errors import INVALID, ServiceError
from infra.local.simulator.store import Params, Record
from infra.local.simulator.world import World

R = TypeVar("R", bound=Record)


def listed(world: World, records: Iterable[R]) -> list[R]:
    """What a list shows at all, oldest first."""
    newest = world.core.clock.time() - world.alternatives.list_lag
    tombstones = world.alternatives.list_shows_deleted == "yes"
    shown = [record for record in records if record.created_at <= newest and (tombstones or not record.gone)]
    return sorted(shown, key=lambda record: record.order)


def page(world: World, request: Params, key: str, records: Iterable[R], show: Callable[[World, R], Params]) -> Params:
    """The answer of a list operation, with ``NextToken`` when more follow. A token that we did not give is a 400.

    IVS spells its parameters with a small letter, as it does ``key``.
    """
    token, most = ("nextToken", "maxResults") if key[0].islower() else ("NextToken", "MaxResults")
    after = _position(request.get(token), "ivs" if key[0].islower() else "medialive")
    size = request.get(most) or world.settings.page_size
    rest = [record for record in listed(world, records) if record.order > after]
    answer: Params = {key: [show(world, record) for record in rest[:size]]}
    if len(rest) > size:
        answer[token] = base64.urlsafe_b64encode(f"after/{rest[size - 1].order}".encode()).decode()
    return answer


def _position(token: str | None, service: str) -> int:
    if not token:
        return 0
    try:
        word, _, order = base64.urlsafe_b64decode(token).decode().partition("/")
        if word == "after":
            return int(order)
    except (binascii.Error, ValueError):
        pass
    raise ServiceError(INVALID[service], "Invalid NextToken")
