"""What must be true at a day's end: nothing left or stuck, no healthy show cut, nothing made twice, all explained.

Judged by the simulator's own inventory and log, SSM, the table's rows and the executions; of OnAir's records only what
they say of themselves: when a session was live, and why it is over.
"""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any, NamedTuple

from boto3.dynamodb.types import TypeDeserializer

from infra.local.simulator.store import StateChange
from infra.local.simulator.world import KEPT_LOG_ENTRIES
from infra.local.stage import Stage
from shared.domain.ended_reason import EndedReason
from shared.domain.errors import VOCABULARY
from tests.soak.player import Asked, Wanted

#: What an invocation may end with besides the vocabulary: what the platform does to it.
PLATFORM_ERRORS = frozenset({"Sandbox.Timedout", "Runtime.ExitError"})
#: Rows that must be gone with what they are about, by their sort keys.
PASSING_ROWS = ("LOCK", "WAIT#", "OWNER")
FINISHED = ("ended", "failed")
SETTLED = ("ready", "failed")

Item = dict[str, Any]


@dataclass(frozen=True)
class Violation:
    """One thing that should not be. ``kind``: left, stuck, cut, twice, untold or crashed."""

    kind: str
    expected: str
    found: str
    session_id: str = ""


@dataclass
class Verdict:
    """``live``: shows that were on the air; ``failed``: by the name of their error; ``ended``: by their reason."""

    violations: list[Violation] = field(default_factory=list)
    live: int = 0
    failed: Counter[str] = field(default_factory=Counter)
    ended: Counter[str] = field(default_factory=Counter)


class Run(NamedTuple):
    """A channel RUNNING without a break; ``then``: the state that it went to, None while it runs."""

    channel: str
    since: datetime
    until: datetime | None
    then: str | None


def at_rest(stage: Stage) -> bool:
    """Whether nothing is left to wait for, as far as one can see without reading every row."""
    if _left_at_aws(stage) or any(_is_of_a_session(one["name"]) for one in stage.executions(status="RUNNING")):
        return False
    return not list(_left_in_the_table(rows(stage)))


def rows(stage: Stage) -> list[Item]:
    """Every item of the table as plain values."""
    table = next(iter(stage.service.tables.values())).create["TableName"]
    pages = stage.client("dynamodb").get_paginator("scan").paginate(TableName=table)
    read = TypeDeserializer().deserialize
    return [{name: read(value) for name, value in item.items()} for page in pages for item in page["Items"]]


def judge(stage: Stage, asked: Iterable[Asked], broken: Iterable[str]) -> Verdict:
    verdict = Verdict()
    items = rows(stage)
    log = [one for one in stage.simulator.log() if isinstance(one, StateChange)]
    if len(stage.simulator.log()) >= KEPT_LOG_ENTRIES:
        raise RuntimeError("the day is too long to be judged: the simulator's log has forgotten its beginning")
    verdict.violations += [Violation("left", "nothing", found) for found in _left_at_aws(stage)]
    verdict.violations += _left_in_the_table(items)
    verdict.violations += [
        Violation("stuck", "no execution runs", f"{one['name']} is RUNNING")
        for one in stage.executions(status="RUNNING")
        if _is_of_a_session(one["name"])
    ]
    verdict.violations += made_twice(log)
    verdict.violations += [Violation("crashed", "no fault of OnAir's own", found) for found in broken]
    verdict.violations += _crashed(stage)
    sessions = {item["session_id"]: item for item in items if item["sk"] == "SESSION"}
    for item in sessions.values():
        verdict.violations += _untold(item)
        (verdict.ended if item["status"] == "ended" else verdict.failed)[_why(item)] += 1
    ran = list(runs(log))
    for show in asked:
        row = sessions.get(show.session_id)
        if row is None:
            continue
        verdict.live += any(change["status"] == "live" for change in row["timeline"])
        verdict.violations += cuts(show, row, ran)
    return verdict


# Left and stuck


def _left_at_aws(stage: Stage) -> list[str]:
    there = [f"{one.kind} {one.id} {one.name} {one.state}" for one in stage.simulator.inventory() if one.kind != "flow"]
    pages = stage.client("ssm").get_paginator("describe_parameters").paginate()
    return there + [f"secret {one['Name']}" for page in pages for one in page["Parameters"]]


def _left_in_the_table(items: Iterable[Item]) -> Iterator[Violation]:
    for item in items:
        place = f"{item['pk']} {item['sk']}"
        if item["sk"] == "SESSION":
            if item["status"] not in FINISHED:
                found = f"{item['status']}, operation {item['operation']}, left {item.get('left')}"
                yield Violation("stuck", "ended or failed", found, item["session_id"])
            elif not item["operation"].get("finished_at"):
                yield Violation("stuck", "no operation under way", str(item["operation"]), item["session_id"])
        elif item["sk"].startswith("REC#"):
            if item["status"] not in SETTLED:
                session_id = item["pk"].removeprefix("SESSION#")
                yield Violation("stuck", "a recording that is ready or failed", str(item), session_id)
        elif item["sk"] == "QUOTA":
            for name in item:
                if name.startswith("session "):
                    yield Violation("left", "nothing reserved", f"{name}: {item[name]}", name.split()[1])
        elif item["sk"].startswith("GROUP#"):
            if item.get("group_id") or item["users"] or item["leaving"]:
                yield Violation("left", "a security group that is gone, and needed by nobody", f"{place}: {item}")
        elif item["pk"] == "ORPHANS" or item["sk"].startswith(PASSING_ROWS):
            yield Violation("left", "no such row", f"{place}: {item}")


def _is_of_a_session(execution_name: str) -> bool:
    return execution_name.startswith("s-")


# Explained


def _why(item: Item) -> str:
    if item["status"] == "ended":
        return str(item.get("ended_reason"))
    return str((item.get("error") or {}).get("name"))


def _untold(item: Item) -> Iterator[Violation]:
    status, error = item["status"], item.get("error") or {}
    if status == "ended" and item.get("ended_reason") not in set(EndedReason):
        yield Violation("untold", "an ended_reason", str(item.get("ended_reason")), item["session_id"])
    explained = status == "failed" or item.get("ended_reason") == EndedReason.ERROR
    if explained and (error.get("name") not in VOCABULARY or error.get("name") == "InternalError"):
        yield Violation(
            "untold", "an error of the vocabulary that is no fault of OnAir's own", str(error), item["session_id"]
        )
    if status in FINISHED and not item.get("ended_at"):
        yield Violation("untold", "when it was over", str(item.get("ended_at")), item["session_id"])


def _crashed(stage: Stage) -> Iterator[Violation]:
    for one in stage.lambdas.invocations:
        if (
            one.error
            and one.error not in PLATFORM_ERRORS
            and (one.error not in VOCABULARY or one.error == "InternalError")
        ):
            said = "\n".join(one.lines[-4:])
            yield Violation("crashed", "an error of the vocabulary", f"{one.function.key}: {one.error}: {said}")


# Made twice


def made_twice(log: Iterable[StateChange]) -> Iterator[Violation]:
    """Two of one kind and name that existed at one time: names are derived from what a thing is for."""
    alive: dict[tuple[str, str], set[str]] = defaultdict(set)
    for change in log:
        if change.kind not in ("channel", "input", "ivs_channel") or not change.name:
            continue
        there = alive[change.kind, change.name]
        if change.state == "DELETED":
            there.discard(change.id)
        elif change.id not in there:
            there.add(change.id)
            if len(there) > 1:
                yield Violation("twice", f"one {change.kind} {change.name}", f"{sorted(there)} at {change.at}")


# Cut


def runs(log: Iterable[StateChange]) -> Iterator[Run]:
    since: dict[str, datetime] = {}
    names: dict[str, str] = {}
    for change in log:
        if change.kind != "channel":
            continue
        names[change.id] = change.name
        begun = since.pop(change.id, None)
        if begun is not None:
            yield Run(change.name, begun, change.at, change.state)
        if change.state == "RUNNING":
            since[change.id] = change.at
    for identity, begun in since.items():
        yield Run(names[identity], begun, None, None)


def cuts(show: Asked, item: Item, ran: Iterable[Run]) -> Iterator[Violation]:
    """Each channel that ran when the show became live must run until its people wanted no more or its lease was over;
    or until it broke by itself."""
    own = [run for run in ran if show.session_id in run.channel and not run.channel.endswith("-recorder")]
    lease = datetime.fromisoformat(item["lease_expires_at"])
    for change in item["timeline"]:
        if change["status"] != "live":
            continue
        live_at = datetime.fromisoformat(change["at"])
        wanted = next((one for one in show.wanted if _covers(one, live_at)), None)
        if wanted is None:
            continue
        until = min(wanted.until or lease, lease)
        for run in own:
            on_air = run.since <= live_at and (run.until is None or run.until > live_at)
            if on_air and run.until is not None and run.until < until and run.then != "RECOVERING":
                yield Violation(
                    "cut",
                    f"{run.channel} on the air from {live_at:%H:%M:%S} to {until:%H:%M:%S}",
                    f"{run.then} at {run.until:%H:%M:%S}; the session is {item['status']} by {_why(item)}",
                    show.session_id,
                )


def _covers(wanted: Wanted, moment: datetime) -> bool:
    return wanted.since <= moment and (wanted.until is None or moment < wanted.until)
