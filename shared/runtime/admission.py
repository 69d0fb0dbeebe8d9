"""Whether a session may be made, and reserving what it takes: its flow exists, if it has one, and the quotas suffice.

Asked by the request that makes or provisions a session (``admit``), and before anything is made once more by
``tasks/provision/plan_session.py`` (``make_sure``). What is reserved is given back by ``tasks/remove/finish_end.py``
when nothing is left of the session, and by the sweep (``release_forgotten``) when nobody else could.

AWS's lists are read before the reservations: what a session makes in between counts twice for a moment, never not at
all.
"""

from __future__ import annotations

from collections.abc import Collection, Mapping
from datetime import datetime, timedelta

from shared.domain.errors import (
    FieldFault,
    FlowNotFound,
    InvalidRequest,
    QuotaExceeded,
    SessionNotFound,
    Throttled,
    WriteConflict,
)
from shared.domain.names import SESSION_TAG, STAGE_TAG, owner_by_flow_output
from shared.domain.plan import ResourcePlan, plan_resources
from shared.domain.quotas import PUSH_INPUT_TYPES, Held, QuotaUsage, Used, fits, shortages
from shared.domain.session import FINISHED, OperationKind
from shared.domain.session_spec import SavedSpec, SessionSpec
from shared.gateways import ivs, mediaconnect, medialive, reservations, sessions
from shared.gateways.clients import region
from shared.gateways.settings import settings
from shared.runtime.clock import now
from shared.runtime.quota_limits import quota_limits

#: A reservation is made before its session is written down: so long it may be without one.
_MAY_BE_WITHOUT_SESSION = timedelta(minutes=10)
#: How often a reservation is tried while others come and go.
_LOOKS = 5


def admit(session_id: str, spec: SessionSpec | SavedSpec) -> bool:
    """Reserve what a session takes. False when it was reserved already; else it is the caller's to give back.

    When AWS can't be asked for being asked too much, what is allowed and what is reserved decide, and ``make_sure``
    looks. Raises ``InvalidRequest`` for IVS in a region without it, ``FlowNotFound``, and ``QuotaExceeded``, which says
    which quota, how much of it is used by whom, what could go, and where to ask for more.
    """
    return _reserve(session_id, spec, patient=False)


def make_sure(session_id: str, spec: SavedSpec) -> None:
    """See that a session's needs are reserved, with AWS's lists counted. Raises as ``admit``, and ``Throttled``."""
    _reserve(session_id, spec, patient=True)


def give_back(session_id: str) -> None:
    """Release what a session has reserved. Repeatable. Raises ``WriteConflict``."""
    reservations.release(session_id)


def release_forgotten(unfinished: Collection[str], moment: datetime) -> tuple[str, ...]:
    """Give back what is reserved for sessions that are over, or that a request died over before they were written.

    ``unfinished``: the sessions that own anything or are about to. The row of every other has the last word, so that
    one which a list has missed keeps its place. Returns the sessions whose reservations were released.
    """
    return tuple(
        session_id
        for session_id, held in reservations.read().held.items()
        if session_id not in unfinished
        and moment >= held.since + _MAY_BE_WITHOUT_SESSION
        and _needs_nothing(session_id)
        and reservations.release(session_id)
    )


def _needs_nothing(session_id: str) -> bool:
    """Whether a session is over, was never provisioned, or is not there."""
    try:
        record = sessions.get(session_id)
    except SessionNotFound:
        return True
    return record.status in FINISHED or record.operation.kind is OperationKind.CREATE


def _reserve(session_id: str, spec: SessionSpec | SavedSpec, patient: bool) -> bool:
    """``patient``: who is throttled comes again. Else it is reserved unseen, and marked so."""
    plan = plan_resources(settings().stage, session_id, spec)
    _check_region(plan)
    needs, limits, flow_arn = plan.needs(), quota_limits(), "" if spec.is_hosted else spec.flow_arn
    moment, usage, throttled = now(), None, False
    for _ in range(_LOOKS):
        row = reservations.read()  # after the lists
        mine = row.held.get(session_id)
        if mine is not None and (mine.looked or not patient):
            return False
        others = row.held if mine is None else _before(session_id, row.held)
        beyond = None if usage is None else usage.beyond(row.held, flow_arn)
        lately = row.lately(flow_arn, moment)
        looked = True
        if beyond is not None:
            room = beyond.leaves(limits)
        elif lately is not None and fits(needs, lately.leaves(limits), others, flow_arn):
            room = lately.leaves(limits)
        elif throttled:
            room, looked = limits, False
        else:
            try:
                usage = _usage(spec)
            except Throttled:
                if patient:
                    raise
                throttled = True
            continue
        if not fits(needs, room, others, flow_arn):
            used = _with_what_could_go(beyond or QuotaUsage(push_inputs=(), channels=(), flow_outputs=()))
            raise QuotaExceeded(" | ".join(shortages(needs, used, limits, others, flow_arn)))
        if mine is not None:
            reservations.note_look(session_id, mine, beyond, moment)
            return False
        wanted = Held(**needs.model_dump(), flow_arn=flow_arn, since=moment, looked=looked)
        if reservations.reserve(session_id, wanted, room, beyond):
            return True
    raise WriteConflict("the reservations are changing all the time; try again")


def _check_region(plan: ResourcePlan) -> None:
    if any(channel.ivs_channel_name for channel in plan.channels) and not ivs.is_available():
        fault = FieldFault(field="destinations.0.platform", message=f"must not be ivs: Amazon IVS is not in {region()}")
        raise InvalidRequest("Amazon IVS is not in this region", (fault,))


def _before(session_id: str, held: Mapping[str, Held]) -> dict[str, Held]:
    """The reservations that one which was made unseen stands back for: all but those that were so, too, and later."""

    def turn(one: str) -> tuple[datetime, str]:
        return held[one].since, one

    return {one: each for one, each in held.items() if each.looked or turn(one) < turn(session_id)}


def _usage(spec: SessionSpec | SavedSpec) -> QuotaUsage:
    """What AWS lists. Raises ``FlowNotFound``, ``Throttled``."""
    region = listed_in_region()
    return region if spec.is_hosted else region.model_copy(update={"flow_outputs": _outputs(_flow(spec.flow_arn))})


def listed_in_region() -> QuotaUsage:
    """What AWS lists in the region, without any flow's outputs. Raises ``Throttled``."""
    return QuotaUsage(
        push_inputs=tuple(
            Used(resource_id=one.id, session_id=_owner(one), in_use=one.state != "DETACHED")
            for one in medialive.list_inputs()
            if one.type in PUSH_INPUT_TYPES and one.state != medialive.DELETED
        ),
        channels=tuple(
            Used(resource_id=one.id, session_id=_owner(one))
            for one in medialive.list_channels()
            if one.state != medialive.DELETED
        ),
        flow_outputs=(),
    )


def listed_on(flow_arn: str) -> QuotaUsage:
    """What AWS lists on one flow, without the region's. Raises ``FlowNotFound``, ``Throttled``."""
    return QuotaUsage(push_inputs=(), channels=(), flow_outputs=_outputs(mediaconnect.describe_flow(flow_arn)))


def _outputs(flow: mediaconnect.SeenFlow) -> tuple[Used, ...]:
    stage = settings().stage
    return tuple(Used(resource_id=one.name, session_id=owner_by_flow_output(stage, one.name)) for one in flow.outputs)


def _owner(seen: medialive.Seen) -> str | None:
    """The session of this stage that a resource was made for."""
    return seen.tags.get(SESSION_TAG) if seen.tags.get(STAGE_TAG) == settings().stage else None


def _flow(flow_arn: str) -> mediaconnect.SeenFlow:
    try:
        return mediaconnect.describe_flow(flow_arn)
    except FlowNotFound as error:
        raise FlowNotFound(error.detail, (FieldFault(field="source.flow_arn", message="does not exist"),)) from None


def _with_what_could_go(beyond: QuotaUsage) -> QuotaUsage:
    """What is in use without a reservation, where what finished sessions have left counts as not in use."""
    over: set[str] = set()
    alive: set[str] = set()
    for session_id in beyond.sessions():
        try:
            (over if sessions.get(session_id).status in FINISHED else alive).add(session_id)
        except SessionNotFound:
            continue
    return beyond.left_by(over, alive)
