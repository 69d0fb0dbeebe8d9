"""The ways in which a place can break: which apply where, and what each does when its place comes by.

``KINDS`` is the table; ``tests/README.md`` explains it. Each begins at the first moment that has the place's name. What
lasts (refused, stuck, quota, role) lasts until it is lifted.
"""

from __future__ import annotations

import json
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from infra.local.calls import Call
from infra.local.events import Event, EventFault
from infra.local.faults import Fault, Kind
from infra.local.stage import Stage
from tests.faults.matrix.places import Place
from tests.faults.matrix.watch import Breakage, Watch, killed_next

#: Seconds. A call that takes effect when its function has timed out (15 s, the API's 20) and a step's time-out is near.
LATE_EFFECT = 21.0
#: An event that comes when its step has looked again (a minute at most), and one for a channel that is elsewhere.
LATE_EVENT, MUCH_LATER = 75.0, 400.0
LIST_LAG = 20.0

_JSON = {"dynamodb", "ssm", "states", "events"}


class _AtPlace(Breakage):
    """Something that happens at a place, ``count`` times; None: from then on always."""

    def __init__(self, watch: Watch, place: Place, count: int | None = 1) -> None:
        self.watch, self.place, self.count = watch, place, count
        self.is_lifted = False

    @property
    def stage(self) -> Stage:
        return self.watch.stage

    def lift(self) -> None:
        self.is_lifted = True

    def due(self, place: Place) -> bool:
        """Whether it happens now; counts it."""
        if self.is_lifted or (self.count is not None and self.hits >= self.count) or not self.matches(place):
            return False
        self.hits += 1
        return True

    def matches(self, place: Place) -> bool:
        return place.name == self.place.name


class _Call(_AtPlace):
    """A fault of the endpoint."""

    def __init__(self, watch: Watch, place: Place, fault: Fault, count: int | None = 1) -> None:
        super().__init__(watch, place, count)
        self.fault = fault

    def call(self, place: Place, call: Call) -> Fault | None:
        return self.fault if self.due(place) else None


class _RefusedFromNowOn(_Call):
    """A permission is gone: every call of that operation is refused, by whomever, until it is back."""

    def matches(self, place: Place) -> bool:
        if self.hits:
            return (place.service, place.operation) == (self.place.service, self.place.operation)
        return super().matches(place)


class _KilledAfterCall(_AtPlace):
    def call(self, place: Place, call: Call) -> Fault | None:
        if self.due(place):
            killed_next()
        return None


class _QuotaGone(_AtPlace):
    """Somebody else takes what is left of the quota, right before the call; they go when it is lifted."""

    def call(self, place: Place, call: Call) -> Fault | None:
        if self.due(place):
            self._before = self.stage.simulator.settings.quotas.model_copy()
            self.stage.simulator.settings.quotas = self._before.model_copy(
                update=dict.fromkeys(QUOTAS[place.operation], 0)
            )
        return None

    def lift(self) -> None:
        super().lift()
        if self.hits:
            self.stage.simulator.settings.quotas = self._before


QUOTAS = {
    "CreateChannel": ("channels", "ivs_channels"),
    "CreateInput": ("push_inputs",),
    "CreateInputSecurityGroup": ("input_security_groups",),
    "AddFlowOutputs": ("flow_outputs",),
}


class _RoleForbidden(_AtPlace):
    def call(self, place: Place, call: Call) -> Fault | None:
        if self.due(place):
            self.stage.simulator.settings.forbidden_roles = ("*",)
        return None

    def lift(self) -> None:
        super().lift()
        self.stage.simulator.settings.forbidden_roles = ()


class _ListsLag(_Call):
    """The answer is lost, and for a while what was made shows in no list."""

    def call(self, place: Place, call: Call) -> Fault | None:
        fault = super().call(place, call)
        if fault is not None:
            settings = self.stage.simulator.settings
            settings.alternatives = settings.alternatives.model_copy(update={"list_lag": LIST_LAG})
        return fault


class _Throttled(_AtPlace):
    def is_throttled(self, place: Place, event: Any) -> bool:
        return self.due(place)


class _Killed(_AtPlace):
    """At the start, or at the end."""

    def __init__(self, watch: Watch, place: Place, at: str, count: int = 1) -> None:
        super().__init__(watch, place, count)
        self.at = at

    def kills(self, place: Place, event: Any) -> list[Any]:
        return [_KillAt(self.at)] if self.due(place) else []


class _KillAt:
    def __init__(self, at: str) -> None:
        self._at = at

    def due(self, at: str, service: str, operation: str, calls: int) -> bool:
        return at == self._at


class _Repeated(_AtPlace):
    def repeats(self, place: Place) -> int:
        return int(self.due(place))


class _Meanwhile(_AtPlace):
    """Somebody does something while the invocation runs."""

    def __init__(self, watch: Watch, place: Place, does: Callable[[Watch, Any], None]) -> None:
        super().__init__(watch, place)
        self._does = does

    def is_throttled(self, place: Place, event: Any) -> bool:
        if self.due(place):
            self.stage.clock.thread(self._does, (self.watch, event), name="meanwhile")
        return False


def _abort(watch: Watch, event: Any) -> None:
    """StopExecution of the execution that runs the step."""
    session_id, operation = str(event["session_id"]), event.get("operation")
    prefix = f"{session_id}-{operation}-" if operation is not None else f"{session_id}-{event.get('recording_id')}-"
    for execution in watch.stage.executions(status="RUNNING"):
        if execution["name"].startswith(prefix):
            watch.stage.client("stepfunctions").stop_execution(
                executionArn=execution["executionArn"], error="Somebody", cause="stopped it in the console"
            )


def _delete(watch: Watch, event: Any) -> None:
    """A caller ends the session; one that is just being made as soon as it shows."""
    if "session_id" in event:
        session_id = str(event["session_id"])
    elif event.get("pathParameters"):
        session_id = event["pathParameters"]["sessionId"]
    else:
        known = set(watch.shadow.sessions())
        new: set[str] = set()
        for _ in range(20):
            watch.stage.clock.sleep(1.0)
            new = set(watch.shadow.sessions()) - known
            if new:
                break
        else:
            return
        session_id = new.pop()
    watch.stage.request("DELETE", f"/sessions/{session_id}")


def _ask_too(watch: Watch, event: Any) -> None:
    """Another caller sends the same request at the same moment."""
    headers = {name: value for name, value in event["headers"].items() if name in ("authorization", "idempotency-key")}
    method, _, _ = event["routeKey"].partition(" ")
    watch.stage.request(method, event["rawPath"], json.loads(event.get("body") or "null"), headers)


class _Event(_AtPlace):
    def __init__(self, watch: Watch, place: Place, fault: EventFault) -> None:
        super().__init__(watch, place)
        self._fault = fault

    def event(self, place: Place, event: Event) -> EventFault | None:
        return self._fault if self.due(place) else None


class _OutOfOrder(_AtPlace):
    """It is held until another event that is about the same has been delivered, or for a long time."""

    _about: Any = None

    def event(self, place: Place, event: Event) -> EventFault | None:
        if self._about is not None and _about(event) == self._about:
            self._about = None
            self.stage.clock.call_later(0.5, self.lift)
        elif self.due(place):
            self._about = _about(event)
            self._held = EventFault("held", "*", None, 0, None)
            self.stage.clock.call_later(MUCH_LATER, self.lift)
            return self._held
        return None

    def lift(self) -> None:
        super().lift()
        self._about = None
        if self.hits:
            self.stage.bus.release(self._held)


def _about(event: Event) -> Any:
    detail = event.get("detail", {})
    return detail.get("channel_arn") or detail.get("executionArn") or tuple(event.get("resources", ()))


class _Channel(_AtPlace):
    """The next channel of that branch sticks in the state, or fails there, until it is let go."""

    def __init__(self, watch: Watch, place: Place, fails: str = "") -> None:
        super().__init__(watch, place)
        self._fails = fails

    def begin(self) -> None:
        simulator, name = self.stage.simulator, f"onair-*-{self.place.who}"
        if self._fails:
            simulator.fail_channel(name, on=self._fails, message="Scripted failure", count=1, after=15.0)
        else:
            simulator.stick_channel(name, self.place.what, count=1)
        self.hits = 1

    def lift(self) -> None:
        super().lift()
        self.stage.simulator._core.faults.clear()
        self.stage.simulator.release_channels()


# The table


@dataclass(frozen=True)
class KindOfFault:
    """``hits_channel``: a show that it ends was not healthy. ``lasts``: until it is lifted."""

    name: str
    applies: Callable[[Place], bool]
    make: Callable[[Watch, Place], Breakage]
    hits_channel: bool = False


def _is_call(place: Place) -> bool:
    return place.sort == "call"


def _changes(place: Place) -> bool:
    return place.sort == "call" and not place.looks


def _changes_aws(place: Place) -> bool:
    return _changes(place) and place.service != "dynamodb"


def _writes_table(place: Place) -> bool:
    return _changes(place) and place.service == "dynamodb"


def _creates(place: Place) -> bool:
    return _changes(place) and place.operation in QUOTAS


def _invokes(place: Place) -> bool:
    return place.sort == "invocation"


TRIGGERS = ("channelStateChanged", "streamStateChanged", "executionStopped", "channelAlert", "sweepDue")


def _is_step(place: Place) -> bool:
    """An invocation by a state machine for a session."""
    return _invokes(place) and bool(place.state) and not place.who.startswith(("api", *TRIGGERS))


def _is_request(place: Place) -> bool:
    return _invokes(place) and place.who.startswith("api ") and " GET " not in place.who


def _is_asynchronous(place: Place) -> bool:
    return _invokes(place) and place.who in TRIGGERS


def _is_event(place: Place) -> bool:
    return place.sort == "event"


def _rejected(place: Place) -> Fault:
    code = "AccessDeniedException"
    return Fault(
        Kind.REJECTED, "*", "*", status=400 if place.service in _JSON else 403, code=code, message="not allowed"
    )


def _too_many(place: Place) -> Fault:
    code, status = ("ThrottlingException", 400) if place.service in _JSON else ("TooManyRequestsException", 429)
    if place.service == "ivs":
        code = "ThrottlingException"
    return Fault(Kind.REJECTED, "*", "*", status=status, code=code, message="Too Many Requests")


def _conflict(place: Place) -> Fault:
    """Another transaction has the item (DynamoDB API reference, TransactWriteItems and PutItem)."""
    if place.operation == "TransactWriteItems":
        code, reasons = "TransactionCanceledException", [{"Code": "None"}, {"Code": "TransactionConflict"}]
        details: dict[str, Any] = {"CancellationReasons": reasons}
    else:
        code, details = "TransactionConflictException", {}
    return Fault(Kind.REJECTED, "*", "*", status=400, code=code, message="Transaction conflict", details=details)


def _fault(kind: Kind, **given: Any) -> Callable[[Watch, Place], Breakage]:
    return lambda watch, place: _Call(watch, place, Fault(kind, "*", "*", **given))


def _event_fault(what: str, seconds: float = 0.0) -> Callable[[Watch, Place], Breakage]:
    return lambda watch, place: _Event(watch, place, EventFault(what, "*", None, 0, None, seconds))


def _channel(state: str) -> Callable[[Place], bool]:
    return lambda place: place.sort == "channel" and place.what == state


KINDS = (
    # A call
    KindOfFault("rejected", _is_call, lambda w, p: _Call(w, p, _rejected(p))),
    KindOfFault("refused until lifted", _changes_aws, lambda w, p: _RefusedFromNowOn(w, p, _rejected(p), None)),
    KindOfFault("throttled 4 times", _is_call, lambda w, p: _Call(w, p, _too_many(p), 4)),
    KindOfFault("lost before its effect", _is_call, _fault(Kind.LOST)),
    KindOfFault("done, its answer lost", _changes, _fault(Kind.ANSWER_LOST)),
    KindOfFault("done, its answer too late", _changes_aws, _fault(Kind.ANSWER_LATE, after=8.0)),
    KindOfFault("done when its function has timed out", _changes, _fault(Kind.DELAYED, before=LATE_EFFECT)),
    KindOfFault("killed after it", _changes, _KilledAfterCall),
    KindOfFault(
        "done, its answer lost, and lists lag",
        _creates,
        lambda w, p: _ListsLag(w, p, Fault(Kind.ANSWER_LOST, "*", "*")),
    ),
    KindOfFault("quota gone", _creates, lambda w, p: _QuotaGone(w, p)),
    KindOfFault(
        "PassRole denied",
        lambda place: place.service == "medialive" and place.operation in ("CreateChannel", "UpdateChannel"),
        lambda w, p: _RoleForbidden(w, p),
    ),
    KindOfFault("transaction conflict", _writes_table, lambda w, p: _Call(w, p, _conflict(p), 2)),
    # An invocation
    KindOfFault("killed before", _invokes, lambda w, p: _Killed(w, p, "start")),
    KindOfFault("killed at its end", _invokes, lambda w, p: _Killed(w, p, "end")),
    KindOfFault("throttled 3 times", _invokes, lambda w, p: _Throttled(w, p, 3)),
    KindOfFault("runs twice", _is_asynchronous, lambda w, p: _Repeated(w, p)),
    KindOfFault("execution aborted", _is_step, lambda w, p: _Meanwhile(w, p, _abort)),
    # An event
    KindOfFault("lost", _is_event, _event_fault("lost")),
    KindOfFault("late", _is_event, _event_fault("delayed", LATE_EVENT)),
    KindOfFault("much later", _is_event, _event_fault("delayed", MUCH_LATER)),
    KindOfFault("repeated", _is_event, _event_fault("repeated", 20.0)),
    KindOfFault("out of order", _is_event, lambda w, p: _OutOfOrder(w, p)),
    # A channel
    KindOfFault(
        "sticks", lambda p: p.sort == "channel" and p.what != "RUNNING", lambda w, p: _Channel(w, p), hits_channel=True
    ),
    KindOfFault("fails to be made", _channel("CREATING"), lambda w, p: _Channel(w, p, "create"), hits_channel=True),
    KindOfFault("fails to start", _channel("STARTING"), lambda w, p: _Channel(w, p, "start"), hits_channel=True),
    KindOfFault("fails by itself", _channel("RUNNING"), lambda w, p: _Channel(w, p, "run"), hits_channel=True),
)
#: What callers do meanwhile.
CALLERS = (
    KindOfFault("DELETE meanwhile", lambda p: _is_step(p) or _is_request(p), lambda w, p: _Meanwhile(w, p, _delete)),
    KindOfFault("asked twice at once", _is_request, lambda w, p: _Meanwhile(w, p, _ask_too)),
)
BY_NAME = {kind.name: kind for kind in (*KINDS, *CALLERS)}


def faults_of(place: Place) -> list[KindOfFault]:
    return [kind for kind in KINDS if kind.applies(place)]
