"""What the states of one branch have in common: their input, and finding what an earlier step or attempt has made."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from datetime import datetime
from typing import Any

from shared.domain.destinations import SavedDestination
from shared.domain.errors import ChannelLost, NotReady, Permanent, Throttled
from shared.domain.model import Value
from shared.domain.names import RECORDER, SESSION_TAG
from shared.domain.plan import ChannelPlan, plan_resources
from shared.domain.session import Resource, ResourceKind, ResourceState, SessionRecord, channel_key, input_key
from shared.gateways import ivs, ledger, medialive, parking, sessions
from shared.gateways.clients import IN_FLIGHT
from shared.gateways.settings import settings
from shared.runtime.clock import now

#: The states of an input that is made.
_READY = frozenset({"DETACHED", "ATTACHED"})


class SessionStep(Value):
    """The input of a state that serves the whole session."""

    session_id: str
    operation: int


class ChannelStep(SessionStep):
    """The input of a state that serves one branch."""

    destination_id: str


class Caught(Value):
    """What a Catch puts into the state: the names are Step Functions'."""

    Error: str
    Cause: str = ""


class Branch(Value):
    """One branch, as its steps need it. The recorder's has no destination."""

    record: SessionRecord
    destination: SavedDestination | None
    plan: ChannelPlan


def open_session(step: SessionStep) -> SessionRecord:
    """The session of a step. Raises ``Superseded`` when a newer operation owns it, so that a straggler stops here."""
    record = sessions.get(step.session_id)
    if record.operation.number != step.operation:
        raise sessions.superseded(step.session_id, step.operation)
    return record


def open_branch(step: ChannelStep) -> Branch:
    """The branch of a step. Raises ``Superseded``."""
    record = open_session(step)
    return Branch(
        record=record,
        destination=None if step.destination_id == RECORDER else record.spec.destination(step.destination_id),
        plan=plan_resources(settings().stage, record.session_id, record.spec).channel(step.destination_id),
    )


def intended(
    step: ChannelStep, key: str, kind: ResourceKind, name: str, moment: datetime, earlier: Resource | None
) -> Resource:
    """The row that says: this is about to exist."""
    return Resource(
        key=key,
        kind=kind,
        destination_id=step.destination_id,
        name=name,
        state=ResourceState.INTENDED,
        in_flight_until=moment + IN_FLIGHT,
        operation=step.operation,
        created_at=earlier.created_at if earlier else moment,
        updated_at=moment,
    )


def created(row: Resource, resource_id: str, arn: str, observed: str) -> Resource:
    """The row once the resource is known by its id."""
    return row.model_copy(
        update={
            "state": ResourceState.CREATED,
            "resource_id": resource_id,
            "arn": arn,
            "observed": observed,
            "updated_at": now(),
        }
    )


def record_created(step: ChannelStep, row: Resource, seen: medialive.Seen) -> None:
    """Write the id of what was made into the ledger, and before that whose channel it is: events come by its id.

    Raises ``Superseded``.
    """
    if row.kind in (ResourceKind.CHANNEL, ResourceKind.IVS_CHANNEL):
        parking.set_owner(
            parking.ChannelOwner(channel_id=seen.id, session_id=step.session_id, destination_id=step.destination_id)
        )
    known = created(row, seen.id, seen.arn, seen.state)
    update: dict[str, Any] = {"operation": step.operation}
    if isinstance(seen, medialive.SeenInput):
        update["addresses"] = seen.addresses()
    if isinstance(seen, ivs.SeenIvsChannel):
        update["playback_url"] = seen.playback_url or None
    ledger.record(step.session_id, known.model_copy(update=update))


def find(session_id: str, row: Resource) -> medialive.Seen | None:
    """What an earlier attempt made for this row, by its name and tag.

    None only when it is certain: while the create may still be in flight, raises ``NotReady``.
    """
    for seen in _listed(row):
        if seen.name == row.name and seen.tags.get(SESSION_TAG) == session_id and seen.state != medialive.DELETED:
            return seen
    if row.in_flight_until is not None and now() < row.in_flight_until:
        raise NotReady(f"{row.name} is not found, but the call that makes it may still be under way")
    return None


def _listed(row: Resource) -> Iterable[medialive.Seen]:
    if row.kind is ResourceKind.INPUT:
        return medialive.list_inputs()
    return ivs.list_channels(row.name) if row.kind is ResourceKind.IVS_CHANNEL else medialive.list_channels()


def locate(step: ChannelStep, row: Resource | None) -> str | None:
    """The id of what a row speaks of, by the ledger, else by name and tag; None when nothing exists.

    Raises ``NotReady`` while that is not certain.
    """
    if row is None or row.state is ResourceState.DELETED:
        return None
    if row.resource_id is not None:
        return row.resource_id
    seen = find(step.session_id, row)
    if seen is not None:
        record_created(step, row, seen)
        return seen.id
    return None


def known_channel(step: ChannelStep, branch: Branch) -> tuple[Resource | None, str]:
    """The branch's channel: its row and its id. Raises ``ChannelLost`` when nothing exists, ``NotReady`` while that is
    not certain."""
    row = ledger.get(step.session_id, channel_key(step.destination_id))
    channel_id = locate(step, row)
    if channel_id is None:
        raise ChannelLost(f"there is no channel {branch.plan.channel_name}")
    return row, channel_id


def shows(row: Resource | None, seen: medialive.Seen) -> bool:
    """Whether a describe can be believed: a resource that was just made may not be found for a moment."""
    young = row is not None and row.in_flight_until is not None and now() < row.in_flight_until
    return seen.found or not young


def state_of(row: Resource | None, seen: medialive.Seen) -> str:
    """The state that a describe told. Raises ``NotReady`` while "not found" proves nothing."""
    if not shows(row, seen):
        raise NotReady(f"{seen.id} was just made and does not show yet")
    return seen.state


def ready_input(step: ChannelStep) -> Resource:
    """The branch's input. Raises ``NotReady`` until it is made: inputs have no events (facts §1.1).

    Once it was seen to be ready, and where it listens, it stays so (facts §7), and nobody asks again.
    """
    row = ledger.get(step.session_id, input_key(step.destination_id))
    if row is None or row.resource_id is None:
        raise NotReady("the branch's input is not known yet")
    if row.state is ResourceState.CREATED and row.observed in _READY and row.addresses:
        return row
    seen = medialive.describe_input(row.resource_id)
    state = state_of(row, seen)
    if (state, seen.addresses()) != (row.observed, row.addresses):
        ledger.observe(step.session_id, row.key, state, now(), seen.addresses())
    if state == "CREATING":
        raise NotReady(f"input {seen.id} is {state}")
    return row.model_copy(update={"observed": state, "addresses": seen.addresses()})


@contextmanager
def refusal_noted(step: ChannelStep, row: Resource, earlier: Resource | None) -> Iterator[None]:
    """Around a create call: a plain refusal proves that nothing was made, and the row says so at once.

    After an attempt of unknown outcome a refusal proves nothing.
    """
    unknown = earlier is not None and earlier.state is ResourceState.INTENDED
    try:
        yield
    except (Permanent, Throttled):
        if not unknown:
            ledger.mark_deleted(step.session_id, step.operation, row, now())
        raise
