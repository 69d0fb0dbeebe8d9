"""What is done about a session that is not as it should be: one pure decision, with its reason.

Asked by whatever hears of a change (``tasks/triggers``) and by the sweep, which looks at every session every few
minutes: what one of them missed, the next one sees. A decision follows from the session's rows, from what AWS says and
from the time alone, so late, repeated and overtaking events decide nothing that a look would not.
"""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime, timedelta
from enum import StrEnum

from shared.domain.channel_states import GONE, RUNS
from shared.domain.errors import (
    ChannelLost,
    ChannelStopped,
    CleanupIncomplete,
    ErrorInfo,
    SessionAbandoned,
    StepTimedOut,
)
from shared.domain.limits import GivenWarning, LimitAction, LimitVerdict
from shared.domain.model import Value
from shared.domain.plan import ResourcePlan
from shared.domain.session import (
    FINISHED,
    DestinationStatus,
    EndedReason,
    OperationKind,
    ResourceKind,
    ResourceState,
    SessionRecord,
    SessionStatus,
    SessionView,
)

#: So long after its claim an operation without an execution is one whose claimer has died (a request ends within 20 s).
STARTED_WITHIN = timedelta(seconds=30)
#: A step that waits looks by itself every minute; one that is parked for longer is looked after.
PARKED_TOO_LONG = timedelta(minutes=2)
#: Between two tries at stopping a recorder that will not stop.
STOP_AGAIN_AFTER = timedelta(minutes=10)

_STARTS = frozenset({OperationKind.START_STREAMING, OperationKind.START_RECORDER})


class Action(StrEnum):
    """What is done. ``note``: nothing can be done by itself, and the session says why."""

    NOTHING = "nothing"
    WARN = "warn"
    WAKE = "wake"
    START = "start"
    GIVE_UP = "give_up"
    STOP_STREAMING = "stop_streaming"
    STOP_RECORDER = "stop_recorder"
    REMOVE_DESTINATION = "remove_destination"
    END = "end"
    NOTE = "note"


class Decision(Value):
    """``error``: what the session or the destination shall say of it; ``warnings``: those to give, with ``warn``.
    ``by_state``: a channel's state has led to it, so that every channel is looked at once more before anything is
    done."""

    action: Action
    reason: str
    error: ErrorInfo | None = None
    ended_reason: EndedReason | None = None
    destination_id: str | None = None
    warnings: tuple[GivenWarning, ...] = ()
    by_state: bool = False


class Wish(StrEnum):
    """What a channel of a session at rest should do."""

    RUNS = "runs"
    RESTS = "rests"


class Desired(Value):
    """A session as it should be. ``channels``: what each channel should do, by its branch; empty while an operation is
    under way, which sees to that itself. ``streaming``: the branches that go on the air. ``leaving``: the destinations
    that are being removed from a live session, of which something is left."""

    record: SessionRecord
    channels: Mapping[str, Wish]
    streaming: frozenset[str]
    leaving: tuple[str, ...] = ()


class Observed(Value):
    """A session as AWS shows it. ``channels``: each channel's state as it was told last. ``execution``: the status of
    the operation that is under way; None: it was never started. ``parked_since``: how long a step has been waiting.
    ``limits``: what its limits say now."""

    channels: Mapping[str, str]
    execution: str | None = None
    parked_since: datetime | None = None
    limits: LimitVerdict = LimitVerdict(action=LimitAction.NONE, reason="within its limits")


def desired_of(view: SessionView, plan: ResourcePlan) -> Desired:
    """What the session's rows want of its channels."""
    record = view.record
    statuses = {one.destination_id: one.status for one in view.destinations}
    rows = {row.destination_id: row.state for row in view.resources if row.kind is ResourceKind.CHANNEL}
    at_rest = not record.is_busy() and record.status in (SessionStatus.IDLE, SessionStatus.LIVE)
    wishes = {}
    for channel in plan.channels:
        on_air = record.status is SessionStatus.LIVE and channel.streams
        records = channel.records and bool(record.open_recording)
        failed = statuses.get(channel.destination_id) is DestinationStatus.ERRORED
        runs = (on_air or records) and not failed
        wishes[channel.destination_id] = Wish.RUNS if runs else Wish.RESTS
    return Desired(
        record=record,
        channels={
            name: wish
            for name, wish in wishes.items()
            if at_rest and name in rows and (wish is Wish.RUNS or rows[name] is ResourceState.CREATED)
        },
        streaming=frozenset(channel.destination_id for channel in plan.streaming()),
        leaving=_leaving(view) if at_rest else (),
    )


def _leaving(view: SessionView) -> tuple[str, ...]:
    """A destination that would not start stays for the next start; one whose channel stopped unasked is removed."""
    if view.record.spec.is_hosted or view.record.status is not SessionStatus.LIVE:
        return ()
    left = {row.destination_id for row in view.resources if row.state is not ResourceState.DELETED}
    removed = {ChannelStopped.name(), ChannelLost.name()}
    return tuple(
        one.destination_id
        for one in view.destinations
        if one.destination_id in left
        and one.status is DestinationStatus.ERRORED
        and one.error is not None
        and one.error.name in removed
    )


def decide(desired: Desired, observed: Observed, now: datetime) -> Decision:
    """The most urgent thing to do about a session."""
    record = desired.record
    if record.status in FINISHED:
        return _nothing(f"the session is {record.status}")
    if record.status is SessionStatus.CLEANUP_INCOMPLETE:
        return _cleanup(record, now)
    if record.is_busy():
        return _under_way(record, observed, now)
    limits = observed.limits
    if limits.action is LimitAction.END:
        return _by_limit(limits)
    mended = _stopped_unasked(desired, observed) or _runs_unwanted(desired, observed, now) or _half_removed(desired)
    if mended is not None and mended.action is not Action.NOTHING:
        return mended
    return (
        _warned(limits)
        or _parked(observed, now)
        or mended  # a stop that is tried again in its time holds up nothing else
        or _nothing(f"the session is {record.status}, as it should be")
    )


def cleanups(record: SessionRecord) -> int:
    """How often the removal of a session was begun: its timeline tells."""
    return sum(change.status is SessionStatus.ENDING for change in record.timeline)


def next_cleanup(record: SessionRecord) -> datetime:
    """When a session whose clean-up is incomplete is ended again: 5, 10, 20, 40, 60 … minutes after it was tried last,
    and once a day from the 24th time on."""
    tried = cleanups(record)
    minutes = 24 * 60 if tried >= 24 else min(60, 5 * 2 ** max(0, tried - 1))
    return record.timeline[-1].at + timedelta(minutes=minutes)


def _nothing(reason: str) -> Decision:
    return Decision(action=Action.NOTHING, reason=reason)


def _cleanup(record: SessionRecord, now: datetime) -> Decision:
    due = next_cleanup(record)
    if now < due:
        return _nothing(f"its clean-up is incomplete and is gone on with at {due:%H:%M:%S} UTC")
    return Decision(action=Action.END, reason="its clean-up is incomplete")


def _under_way(record: SessionRecord, observed: Observed, now: datetime) -> Decision:
    kind = record.operation.kind
    if observed.execution is None:
        # A request that is sent again writes a session's secrets anew, however long ago the operation was claimed.
        if now < max(record.operation.claimed_at + STARTED_WITHIN, record.request_in_flight_until):
            return _nothing(f"its operation {kind} has just been claimed, or a request is at work on it")
        return Decision(action=Action.START, reason=f"its operation {kind} was claimed and never started")
    if observed.execution != "RUNNING":
        return _came_to_nothing(record, f"its execution ended as {observed.execution}")
    if observed.limits.action is LimitAction.END and kind is not OperationKind.END:
        return _by_limit(observed.limits)
    return _warned(observed.limits) or _parked(observed, now) or _nothing(f"its operation {kind} is under way")


def _came_to_nothing(record: SessionRecord, how: str) -> Decision:
    """An operation whose execution is over and that has not said how it ended."""
    kind, error = record.operation.kind, record.error or SessionAbandoned(how).info()
    reason = f"{kind}: {how}"
    if kind is OperationKind.END:
        # It is gone on with by the sweep, in its time: an end that began itself again could go on for ever.
        left = CleanupIncomplete(f"not known: {how} before all was seen deleted").info()
        return Decision(action=Action.NOTE, reason=reason, error=left)
    if kind in _STARTS:
        return Decision(action=Action.GIVE_UP, reason=reason, error=error)
    if kind is OperationKind.STOP_RECORDER and record.status is SessionStatus.LIVE:
        # A show on the air is not cut for its recorder: its stop is begun again, once, and then in its time.
        if not (record.previous_execution_arn or "").endswith(f"-{OperationKind.STOP_RECORDER}"):
            return Decision(action=Action.STOP_RECORDER, reason=reason)
        error = StepTimedOut(f"the recorder could not be stopped and may still run: {how}").info()
        return Decision(action=Action.NOTE, reason=reason, error=error)
    return Decision(action=Action.END, reason=reason, error=error, ended_reason=EndedReason.ERROR)


def _by_limit(limits: LimitVerdict) -> Decision:
    return Decision(action=Action.END, reason=limits.reason, ended_reason=limits.ended_reason)


def _warned(limits: LimitVerdict) -> Decision | None:
    if limits.action is not LimitAction.WARN:
        return None
    return Decision(action=Action.WARN, reason=limits.reason, warnings=limits.warnings)


def _parked(observed: Observed, now: datetime) -> Decision | None:
    if observed.parked_since is None or now < observed.parked_since + PARKED_TOO_LONG:
        return None
    return Decision(action=Action.WAKE, reason=f"a step has waited since {observed.parked_since:%H:%M:%S} UTC")


def _stopped_unasked(desired: Desired, observed: Observed) -> Decision | None:
    """A channel that should run, and does not.

    A flow session's destination is removed alone, and the session is ended with its last one: nobody is there to start
    it again. A host session goes back to idle, where its host can; unless the channel is gone, without which it is
    nothing. A recording that loses its channel gets its end.
    """
    record = desired.record
    down = {
        name: observed.channels[name]
        for name, wish in desired.channels.items()
        if wish is Wish.RUNS and name in observed.channels and observed.channels[name] not in RUNS
    }
    if not down:
        return None
    on_air = {name for name, wish in desired.channels.items() if wish is Wish.RUNS and name in desired.streaming}
    name = next(iter(sorted(down.keys() & on_air)), next(iter(down)))
    state = down[name]
    leaf = ChannelLost if state in GONE else ChannelStopped
    reason = f"the channel of {name} is {state}, and nobody asked for that"
    error = leaf(reason).info()
    decided = Decision(action=Action.STOP_RECORDER, reason=reason, error=error, by_state=True)
    if record.spec.is_hosted and state in GONE:
        return decided.model_copy(update={"action": Action.END, "ended_reason": EndedReason.ERROR})
    if name not in on_air or record.status is not SessionStatus.LIVE:
        return decided
    if record.spec.is_hosted:
        return decided.model_copy(update={"action": Action.STOP_STREAMING})
    if on_air <= down.keys():
        return decided.model_copy(update={"action": Action.END, "ended_reason": EndedReason.ERROR})
    return decided.model_copy(update={"action": Action.REMOVE_DESTINATION, "destination_id": name})


def _runs_unwanted(desired: Desired, observed: Observed, now: datetime) -> Decision | None:
    """A channel that nobody wants, and that runs all the same. One that is on the air comes first."""
    record = desired.record
    running = [
        name
        for name, wish in sorted(desired.channels.items())
        if wish is Wish.RESTS and observed.channels.get(name) in RUNS
    ]
    if not running:
        return None
    name = next((one for one in running if one in desired.streaming), running[0])
    reason = f"the channel of {name} is {observed.channels[name]}, and nobody wants it"
    decided = Decision(action=Action.STOP_STREAMING, reason=reason, by_state=True)
    if name not in desired.streaming:
        finished_at = record.operation.finished_at
        if finished_at is not None and now < finished_at + STOP_AGAIN_AFTER:
            return _nothing(f"{reason}; its stop is tried again in its time")
        return decided.model_copy(update={"action": Action.STOP_RECORDER})
    if record.status is SessionStatus.LIVE:
        return decided.model_copy(update={"action": Action.REMOVE_DESTINATION, "destination_id": name})
    return decided


def _half_removed(desired: Desired) -> Decision | None:
    """A destination whose removal broke off: it is begun again, as long as it is not under way."""
    if not desired.leaving:
        return None
    name = desired.leaving[0]
    reason = f"something of {name}, which was removed, is left"
    return Decision(action=Action.REMOVE_DESTINATION, reason=reason, destination_id=name)
