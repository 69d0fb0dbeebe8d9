"""What the API takes and answers about orphans and sweeps. Nothing in it is a secret: names and ids alone."""

from __future__ import annotations

from datetime import datetime
from typing import Annotated

from pydantic import Field, StrictBool, StringConstraints

from shared.domain.model import Value
from shared.domain.orphans import Orphan, OrphanKind, Verdict

#: How many ids a person may name at once, and how long: a sweep's row has room for 400 KB, twice all of them too.
MAX_IDS = 50
MAX_ID_LENGTH = 1024


class SweepRequest(Value):
    """What a sweep is asked: ``dry_run`` deletes nothing and says what would go; ``ids`` name resources of others that
    are to go too. An id of AWS's is printable ASCII: what takes more bytes would not fit into an execution's input."""

    dry_run: StrictBool = True
    ids: tuple[Annotated[str, StringConstraints(pattern=r"^[!-~]+$", max_length=MAX_ID_LENGTH)], ...] = Field(
        default=(), max_length=MAX_IDS
    )


class OrphanAnswer(Value):
    """A resource that no living session owns, as the last sweep saw it.

    ``place`` is a flow output's flow and an upload's key. ``due_at`` is when the sweep may delete it by itself, null if
    it waits for a person (``unowned``, ``foreign``) or for its session's end (``duplicate``).
    """

    kind: OrphanKind
    id: str
    name: str
    place: str
    state: str
    session_id: str | None
    verdict: Verdict
    reason: str
    first_seen_at: datetime
    last_seen_at: datetime
    looks: int
    due_at: datetime | None


class OrphanList(Value):
    """What costs most first. Of what is foreign a thousand; a sweep's ``found`` counts all."""

    orphans: tuple[OrphanAnswer, ...]


def orphan_list(orphans: tuple[Orphan, ...]) -> OrphanList:
    order = list(OrphanKind)
    verdicts = list(Verdict)
    ordered = sorted(orphans, key=lambda one: (verdicts.index(one.verdict), order.index(one.kind), one.first_seen_at))
    return OrphanList(
        orphans=tuple(
            OrphanAnswer.model_validate({name: getattr(one, name) for name in OrphanAnswer.model_fields})
            for one in ordered
        )
    )
