"""What must be true, by the simulator's own inventory and log, and by the table as it was told of its changes.

S3 is left out: what was recorded stays. Each rule answers with what is wrong, in words; nothing wrong is an empty list.
"""

from __future__ import annotations

import json
from collections import defaultdict
from pathlib import Path
from typing import Any

from infra.local.simulator.store import Resource, StateChange
from shared.domain.names import RECORDER, SECURITY_GROUP_TAG, SESSION_TAG
from shared.gateways import table
from tests.faults.matrix.scenarios import Caller, Segment
from tests.faults.matrix.watch import Watch

FINISHED = ("ended", "failed")
RUNBOOKS = Path(__file__).resolve().parents[3] / "docs" / "runbooks"


def _ours(watch: Watch) -> list[Resource]:
    return [one for one in watch.stage.simulator.inventory() if one.kind != "flow"]


def _session_of(one: Resource, sessions: list[str]) -> str:
    """Whose it is: by its tag, or by its derived name."""
    return one.tags.get(SESSION_TAG) or next((each for each in sessions if each in one.name), "")


def secrets(watch: Watch) -> list[str]:
    pages = watch.stage.client("ssm").get_paginator("describe_parameters").paginate()
    return [one["Name"] for page in pages for one in page["Parameters"]]


def has_owner(watch: Watch) -> list[str]:
    """Nothing exists without a session that is not over."""
    shadow = watch.shadow
    sessions = shadow.sessions()
    status = {one: str((shadow.session(one) or {}).get("status")) for one in sessions}
    alive = [one for one in sessions if status[one] not in FINISHED]
    wrong = []
    groups: dict[str, int] = defaultdict(int)
    # It is the stage's, costs nothing and lets nobody in without an input: no removal waits for it, the sweep gets it.
    known = {table.load(row).get("group_id") for _, row in shadow.rows("STAGE", "GROUP#")}
    for one in _ours(watch):
        if one.kind == "input_security_group":
            groups[one.tags.get(SECURITY_GROUP_TAG, "?")] += 1
            if not alive and one.id not in known:
                wrong.append(f"{one.kind} {one.id} exists, no session lives, and no row of the stage knows it")
            continue
        owner = _session_of(one, sessions)
        if one.kind == "ivs_stream_key" and not owner:
            continue  # goes and comes with its channel
        if owner not in alive:
            wrong.append(f"{one.kind} {one.name} {one.id} exists, its session {owner} is {status.get(owner)}")
    wrong += [f"{count} security groups are number {number}" for number, count in groups.items() if count > 1]
    for name in secrets(watch):
        owner = name.split("/")[3]
        if owner not in alive:
            wrong.append(f"secret {name} exists, its session is {status.get(owner)}")
    return wrong


def nothing_left(watch: Watch, bystander: str = "") -> list[str]:
    """Nothing at all, but what is the bystander's; no lock and no parked step either."""
    sessions = watch.shadow.sessions()
    left = [
        f"{one.kind} {one.name or one.id} ({one.state})"
        for one in _ours(watch)
        if not bystander or (_session_of(one, sessions) != bystander and one.kind not in ("input_security_group",))
    ]
    left += [f"secret {name}" for name in secrets(watch) if not bystander or bystander not in name]
    if bystander:
        left += _rules_left(watch, bystander)
    left += [
        f"row {pk} {sk}" for pk, sk in watch.shadow.everything() if sk.startswith("WAIT#") and _stays(watch, pk, sk)
    ]
    left += [f"lock of {pk}" for pk, sk in watch.shadow.everything() if sk == "LOCK" and _is_held(watch, pk)]
    return [f"left behind: {one}" for one in left]


def _stays(watch: Watch, pk: str, sk: str) -> bool:
    """Whether a parked step's row is there for good: a straggler's, behind the end of its channel, goes by itself."""
    row = watch.shadow.item(pk, sk)
    return row is not None and "expires_at" not in row


def _is_held(watch: Watch, pk: str) -> bool:
    """Whether a lock keeps anybody out: one that has lapsed does not, and whoever comes next writes over its row."""
    row = watch.shadow.item(pk, "LOCK")
    return row is not None and int(row["until"]["N"]) > watch.stage.clock.time()


def _rules_left(watch: Watch, bystander: str) -> list[str]:
    """Security groups exist while the bystander needs one: then who else needs them must be nobody."""
    users = set()
    for _, row in watch.shadow.rows("STAGE", "GROUP#"):
        users |= _mentioned(table.load(row), watch.shadow.sessions())
    return [f"a security group's rule for {one}" for one in sorted(users - {bystander})]


def _mentioned(row: dict[str, Any], sessions: list[str]) -> set[str]:
    text = str(row)
    return {one for one in sessions if one in text}


def made_once(watch: Watch) -> list[str]:
    """No two resources for one purpose: no second one of a name while an earlier one is not deleted."""
    alive: dict[tuple[str, str], set[str]] = defaultdict(set)
    wrong = []
    for entry in watch.stage.simulator.log():
        if not isinstance(entry, StateChange) or entry.kind not in ("channel", "input", "ivs_channel"):
            continue
        found = alive[entry.kind, entry.name]
        if entry.state in ("DELETED", "CREATE_FAILED"):
            found.discard(entry.id)
        elif entry.id not in found:
            if found:
                wrong.append(f"{entry.kind} {entry.name} was made twice: {entry.id} beside {', '.join(found)}")
            found.add(entry.id)
    return wrong


def tells_the_truth(watch: Watch, caller: Caller, segment: Segment) -> list[str]:
    """Where the record says the session is, it is; and if that is not where it was to get, the record or the answer
    says why, by a name that has a runbook."""
    record = watch.shadow.session(caller.session_id) if caller.session_id else None
    if record is None:
        return [] if caller.told else ["there is no session, and the caller was not told why"]
    wrong = _coherent(watch, caller.session_id, record)
    status, wanted = record["status"], segment.wanted
    told = _told(watch, caller.session_id, record)
    for name in told:
        if not (RUNBOOKS / f"{name}.md").exists():
            wrong.append(f"the error {name} has no runbook")
    if status != wanted and not told and not caller.told and record.get("ended_reason") in (None, "error"):
        wrong.append(f"it is {status}, not {wanted}, and nobody says why")
    is_open = bool(record.get("open_recording"))
    if segment.records not in (None, is_open) and not told and not caller.told and not record.get("ended_reason"):
        wrong.append(f"a recording is {'open' if is_open else 'not open'}, and nobody says why")
    if status in FINISHED and record.get("ended_reason") is None:
        wrong.append(f"it is {status} without a reason")
    return wrong


def _told(watch: Watch, session_id: str, record: dict[str, Any]) -> list[str]:
    """The names of all errors that the session's rows tell."""
    rows = [table.load(row) for _, row in watch.shadow.rows(table.session_pk(session_id))]
    errors = [row.get("error") for row in rows] + [record.get("left")]
    return [error["name"] for error in errors if error]


def _coherent(watch: Watch, session_id: str, record: dict[str, Any]) -> list[str]:
    status = record["status"]
    channels = {
        one.name.removeprefix(f"onair-dev-{session_id}-"): one.state
        for one in _ours(watch)
        if one.kind == "channel" and one.tags.get(SESSION_TAG) == session_id
    }
    runs = sorted(name for name, state in channels.items() if state in ("RUNNING", "STARTING", "RECOVERING"))
    if status == "live":
        rows = watch.shadow.rows(table.session_pk(session_id), "DEST#")
        up = [row["destination_id"]["S"] for _, row in rows if row["status"]["S"] in ("broadcasting", "retrying")]
        unsaid = [
            row["destination_id"]["S"]
            for _, row in rows
            if row["destination_id"]["S"] not in (*up, RECORDER) and "M" not in row.get("error", {})
        ]
        wrong = [f"{name} is said to broadcast, its channel is {channels.get(name)}" for name in up if name not in runs]
        wrong += [f"{name} is off the air while the session is live, and nobody says why" for name in unsaid]
        up = [name for name in up if name != RECORDER]
        return wrong if up else [*wrong, "it is live, and no destination is on the air"]
    if status == "idle" and not record.get("open_recording"):
        return [f"it is idle, and the channel of {name} runs" for name in runs]
    if status in ("creating", "starting", "stopping", "ending"):
        return [f"it is {status}, and nothing is under way"]
    return []


def on_air(watch: Watch, session_id: str) -> list[str]:
    """Ids of a session's channels that run now, but for its recorder's."""
    return [
        one.id
        for one in _ours(watch)
        if one.kind == "channel"
        and one.state == "RUNNING"
        and one.tags.get(SESSION_TAG) == session_id
        and not one.name.endswith(f"-{RECORDER}")
    ]


def kept_on_air(watch: Watch, channels: list[str], whose: str) -> list[str]:
    """None of these channels has stopped since the log was as long as it is in ``watch.mark``."""
    changes = [one for one in watch.stage.simulator.log()[watch.mark :] if isinstance(one, StateChange)]
    return [
        f"{whose} was healthy and wanted, and its channel {one.name} became {one.state}"
        for one in changes
        if one.kind == "channel" and one.id in channels and one.state not in ("RUNNING", "RECOVERING")
    ]


def untouched(watch: Watch, session_id: str) -> list[str]:
    """A bystander is live, and has all that it had."""
    record = watch.shadow.session(session_id)
    if record is None or record["status"] != "live":
        return [f"the bystander is {record and record['status']}"]
    mine = [one for one in _ours(watch) if _session_of(one, [session_id]) == session_id]
    kinds = sorted(one.kind for one in mine)
    wanted = ["channel", "flow_output", "input"]
    wrong = [] if kinds == wanted else [f"the bystander had {wanted} and has {kinds}"]
    if not [one for one in _ours(watch) if one.kind == "input_security_group"]:
        wrong.append("the bystander's security group is gone")
    if len([name for name in secrets(watch) if session_id in name]) != 1:
        wrong.append("the bystander's secret is gone")
    return wrong


def world(watch: Watch) -> str:
    """Everything that decides what comes next, without times and ids: two worlds alike end alike."""
    rows = []
    for pk, sk in sorted(watch.shadow.everything()):
        if pk.startswith(("EVENTS#", "IDEMPOTENCY#", "SWEEPS", "CHANGES")):
            continue
        row = table.load(watch.shadow.item(pk, sk) or {})
        operation = row.pop("operation", None)
        kept = {name: row[name] for name in _DECIDES if row.get(name)}
        if isinstance(operation, dict):
            kept["operation"] = [operation["kind"], bool(operation.get("finished_at"))]
        rows.append([pk.partition("#")[0] if pk.startswith("CHANNEL#") else pk, sk, kept])
    there = sorted([one.kind, one.name, one.state] for one in watch.stage.simulator.inventory())
    settings = watch.stage.simulator.settings
    return json.dumps([sorted(rows, key=str), there, secrets(watch), settings.alternatives.model_dump()], default=str)


_DECIDES = ("status", "desired_status", "state", "error", "left", "ended_reason", "open_recording", "recordings")
