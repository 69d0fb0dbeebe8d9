"""Pages of a list: the token says after which record to go on, so that a deletion between pages skips nothing."""

from __future__ import annotations

import base64
import binascii
from collections.abc import Callable, Iterable, Iterator
from itertools import islice
from typing import TypeVar

from infra.local.simulator.errors import INVALID, ServiceError
from infra.local.simulator.store import Params, Record
from infra.local.simulator.world import World

R = TypeVar("R", bound=Record)


def listed(world: World, records: Iterable[R], after: int = 0) -> Iterator[R]:
    """What a list shows at all, oldest first, as a region keeps its records."""
    newest = world.core.clock.time() - world.alternatives.list_lag
    tombstones = world.alternatives.list_shows_deleted == "yes"
    for record in records:
        if record.order > after and record.created_at <= newest and (tombstones or not record.gone):
            yield record


def page(world: World, request: Params, key: str, records: Iterable[R], show: Callable[[World, R], Params]) -> Params:
    """The answer of a list operation, with ``NextToken`` when more follow. A token that we did not give is a 400.

    IVS spells its parameters with a small letter, as it does ``key``.
    """
    token, most = ("nextToken", "maxResults") if key[0].islower() else ("NextToken", "MaxResults")
    after = _position(request.get(token), "ivs" if key[0].islower() else "medialive")
    size = request.get(most) or world.settings.page_size
    rest = list(islice(listed(world, records, after), size + 1))
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
