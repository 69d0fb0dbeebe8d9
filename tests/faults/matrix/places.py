"""Where something can break: every call, invocation and event of a walk, each under a name that tells its kind and the
state in which it happened. Two of the same name are alike, and count once.

A name is made of who does what, and of what the table says at that moment: the session's status, the operation that
owns it (``…`` while that is under way), and the ledger's states of the branch. How coarse that is:

* a write to the table: by whom, what it writes, and that state;
* a read of the table: by whom and which operation. A read that fails does the same to a step, whatever it would read;
* a call that changes something at AWS: by whom, which, the how manieth of its kind in that invocation, and that state;
* a call that only looks: the same without the count;
* an invocation: of what, and that state; of the stream's function: which kinds of rows it is told of;
* an event: its type and what it says, if any rule wants it, and that state.
"""

from __future__ import annotations

import json
import threading
from dataclasses import dataclass
from typing import Any

from infra.local.calls import Call
from infra.local.events import Pattern
from infra.local.invocation import Invocation, current
from infra.local.service import Function
from infra.local.stage import Stage
from shared.domain.names import session_of
from tests.faults.matrix.shadow import Shadow

Event = dict[str, Any]

#: Operations that change nothing, whatever service.
LOOKS = ("Describe", "List", "Get", "Query", "Scan", "BatchGet", "Head")


@dataclass(frozen=True)
class Place:
    """``sort``: call, invocation, event or channel. ``who``: the function. ``what``: the operation, an event's words.

    ``state``: see the module. ``nth``: 0 where it does not count.
    """

    sort: str
    who: str
    what: str
    state: str = ""
    nth: int = 0
    service: str = ""
    operation: str = ""

    @property
    def name(self) -> str:
        count = f" #{self.nth}" if self.nth > 1 else ""
        who = f"{self.who} " if self.who else ""
        return f"{self.sort} {who}{self.what}{count} [{self.state}]".replace(" []", "")

    def told(self) -> dict[str, Any]:
        """As another process reads it."""
        return {**vars(self), "name": self.name}

    @staticmethod
    def read(told: dict[str, Any]) -> Place:
        return Place(**{name: value for name, value in told.items() if name != "name"})

    @property
    def looks(self) -> bool:
        """A call that changes nothing."""
        return self.operation.startswith(LOOKS)


class Marker:
    """Rides along among an invocation's kills, so that whoever makes a call knows for which event."""

    def __init__(self, event: Any) -> None:
        self.event = event
        self.counts: dict[str, int] = {}

    def due(self, at: str, service: str, operation: str, calls: int) -> bool:
        return False


def marker_of(invocation: Invocation | None) -> Marker | None:
    return next((kill for kill in invocation.kills if isinstance(kill, Marker)), None) if invocation else None


class Namer:
    """Gives places their names."""

    def __init__(self, stage: Stage, shadow: Shadow) -> None:
        self._shadow = shadow
        self._wanted = [Pattern(rule.pattern) for rule in stage.service.rules if rule.enabled]
        self._lock = threading.Lock()

    def call(self, call: Call) -> Place | None:
        """The place of an AWS call that this thread makes; None for calls that no handler makes."""
        invocation = current()
        marker = marker_of(invocation)
        if invocation is None or marker is None or call.service == "s3":
            return None
        who = _who(invocation.function, marker.event)
        kind = f"{call.service}:{call.operation}"
        if call.service == "dynamodb":
            if call.operation.startswith(LOOKS):
                return Place("call", who, kind, "", 0, call.service, call.operation)
            written = _written(call)
            return Place("call", who, f"{kind} {written}", self._state(marker.event), 0, call.service, call.operation)
        nth = 0
        if not call.operation.startswith(LOOKS):
            with self._lock:
                nth = marker.counts[kind] = marker.counts.get(kind, 0) + 1
        return Place("call", who, kind, self._state(marker.event), nth, call.service, call.operation)

    def invocation(self, function: Function, event: Any) -> Place:
        what = _records(event) if isinstance(event, dict) and "Records" in event else "invoked"
        return Place("invocation", _who(function, event), what, self._state(event))

    def event(self, event: Event) -> Place | None:
        """None for an event that nobody wants."""
        if not any(pattern.matches(event) for pattern in self._wanted):
            return None
        detail = event.get("detail", {})
        says = " ".join(str(detail[key]) for key in ("state", "event_name", "status", "alarm_state") if key in detail)
        kind = str(event["detail-type"])
        machine = str(detail.get("stateMachineArn", "")).rpartition(":")[2]
        return Place("event", "", " ".join(filter(None, (kind, machine, says))), self._state(event))

    def _state(self, event: Any) -> str:
        session_id, destination_id = self.subject(event)
        if session_id is None:
            return ""
        return f"{self._shadow.status(session_id)} {self._shadow.branch(session_id, destination_id)}".strip()

    def subject(self, event: Any) -> tuple[str | None, str | None]:
        """Which session, and which of its branches, an invocation's event speaks of."""
        if not isinstance(event, dict):
            return None, None
        if "session_id" in event:
            return str(event["session_id"]), event.get("destination_id")
        if event.get("pathParameters"):
            return event["pathParameters"].get("sessionId"), None
        if "detail-type" in event:
            return self._subject_of(event)
        return None, None

    def _subject_of(self, event: Event) -> tuple[str | None, str | None]:
        detail = event.get("detail", {})
        if event.get("source") == "aws.states":
            return session_of(str(detail.get("name", ""))), None
        arn = str(detail.get("channel_arn") or next(iter(event.get("resources", ())), ""))
        return self._shadow.owner(arn.rpartition(":")[2]) or self._shadow.owner(arn) or (None, None)


def _who(function: Function, event: Any) -> str:
    if isinstance(event, dict) and "routeKey" in event:
        return f"{function.key} {event['routeKey']}"
    return function.key


def _records(event: Event) -> str:
    kinds = {_kind(record["dynamodb"]["Keys"]["sk"]["S"]) for record in event["Records"]}
    return f"told of {'+'.join(sorted(kinds))}"


def _written(call: Call) -> str:
    """Which kinds of rows a write touches, and what a row of the ledger becomes."""
    parameters = call.parameters()
    if call.operation != "TransactWriteItems":
        return _row(parameters)
    writes = [(verb, write) for one in parameters.get("TransactItems", ()) for verb, write in one.items()]
    return "+".join(sorted(_row(write) for verb, write in writes if verb != "ConditionCheck"))


def _row(write: dict[str, Any]) -> str:
    item = write.get("Item") or {}
    keys = write.get("Key") or item
    kind = _kind(str(keys.get("sk", {}).get("S", "?")))
    if kind.startswith("RES#") and "state" in item:
        return f"{kind}={item['state']['S']}"
    return kind


def _kind(sk: str) -> str:
    """The kind of a row, without what is drawn or counted in its key."""
    head, mark, rest = sk.partition("#")
    if head == "RES":
        return f"RES#{rest.partition('/')[2]}"
    if head.startswith("sweep-"):
        return "SWEEP"
    return f"{head}#{rest}" if head == "WAIT" else head + mark


def read(payload: bytes) -> Any:
    return json.loads(payload or b"null")
