"""Ids, names, tags and request ids, all derived: the same session always gives the same names.

Letters, digits and hyphens, no hyphen at either end (MediaLive refuses underscores in destination ids, facts §3), so
that one rule holds for everything OnAir names. A name carries stage, session and destination: whoever finds a resource
in the console knows whose it is, and a step that lost an answer finds what it made.
"""

from __future__ import annotations

import re
import secrets
from datetime import UTC, datetime

ID_PATTERN = r"^[A-Za-z0-9]([A-Za-z0-9-]{0,30}[A-Za-z0-9])?$"

#: The branch that records a flow session. No destination may be called so.
RECORDER = "recorder"

#: The tags on everything OnAir makes for a session: by both it is found and known as ours.
STAGE_TAG = "onair:stage"
SESSION_TAG = "onair:session"
#: On a security group, which belongs to the stage and not to a session: its number.
SECURITY_GROUP_TAG = "onair:security-group"

SESSION_ID_PATTERN = r"s-[0-9a-z]{12}"
RECORDING_ID_PATTERN = r"r[0-9]{3,6}"
SWEEP_ID_PATTERN = r"sweep-[0-9A-Za-z]{12,13}"
#: The name of an execution that works for a session (80 characters at most: API reference, StartExecution).
EXECUTION_PATTERN = rf"{SESSION_ID_PATTERN}-[0-9A-Za-z_-]{{1,65}}"
_FINALIZING = re.compile(rf"({SESSION_ID_PATTERN})-({RECORDING_ID_PATTERN})-finalize_(\d+)")
_SESSIONS = re.compile(rf"({SESSION_ID_PATTERN})-")
_OPERATION = re.compile(rf"{SESSION_ID_PATTERN}-(\d+)-[a-z_]+")
_REMOVAL = re.compile(rf"({SESSION_ID_PATTERN})-(\d+)-remove-(.+)-(\d+)")
_ID_ALPHABET = "abcdefghjkmnpqrstvwxyz0123456789"


def new_session_id() -> str:
    """A fresh session id: ``s-`` and 12 characters without look-alikes (60 bits), drawn at random."""
    return "s-" + _drawn(12)


def branch_name(stage: str, session_id: str, destination_id: str) -> str:
    """The name of a branch's input, channel and IVS channel."""
    return f"onair-{stage}-{session_id}-{destination_id}"


def flow_output_name(stage: str, session_id: str, destination_id: str, pipeline: int) -> str:
    """The name of a flow output; unique within its flow, as MediaConnect demands (facts §5)."""
    return f"{branch_name(stage, session_id, destination_id)}-{pipeline}"


def request_id(name: str, kind: str, generation: int) -> str:
    """MediaLive's idempotency token. The same in every retry of one operation, another in the next operation.

    botocore draws a random one per call if none is given, which protects nothing across retries (facts §5).
    """
    return f"{name}-{kind}-{generation}"


def execution_name(session_id: str, operation: int, kind: str) -> str:
    """The name of an operation's execution: whoever repairs a half-made start uses the same name."""
    return f"{session_id}-{operation}-{kind}"


def session_of(execution_name: str) -> str | None:
    """Whose execution one of that name is; None for a name that is none of ours."""
    found = _SESSIONS.match(execution_name)
    return found[1] if found else None


def removal_name(session_id: str, operation: int, destination_id: str, moment: datetime) -> str:
    """The name of an execution that removes one destination. However many ask for it within half an hour, it is one;
    what did not come off is tried again under the next name."""
    return f"{session_id}-{operation}-remove-{destination_id}-{int(moment.timestamp()) // 1800}"


def operation_of(execution_name: str) -> int | None:
    """The number of the operation that an execution carries out; None for any other execution's name."""
    found = _OPERATION.fullmatch(execution_name)
    return int(found[1]) if found else None


def removed_by(execution_name: str) -> tuple[str, int, datetime] | None:
    """The session and operation of an execution that removes a destination, and the half hour that its name tells."""
    found = _REMOVAL.fullmatch(execution_name)
    return (found[1], int(found[2]), datetime.fromtimestamp(int(found[4]) * 1800, UTC)) if found else None


def new_sweep_id() -> str:
    """The id of a sweep that somebody asks for, which is its execution's name."""
    return f"sweep-{_drawn(12)}"


def scheduled_sweep_id(due: datetime) -> str:
    """The id of the sweep that is due at a time: an event that comes twice starts one."""
    return f"sweep-{due:%Y%m%dT%H%M}"


def session_tags(stage: str, session_id: str) -> dict[str, str]:
    return {STAGE_TAG: stage, SESSION_TAG: session_id}


def security_group_tags(stage: str, number: int) -> dict[str, str]:
    return {STAGE_TAG: stage, SECURITY_GROUP_TAG: str(number)}


def parameter_name(stage: str, session_id: str, destination_id: str, secret: str) -> str:
    """The SSM parameter that holds one secret of a destination, by its ``SecretName``."""
    return f"/onair/{stage}/{session_id}/{destination_id}/{secret}"


def new_ingest_name() -> str:
    """What a host's encoder pushes to, APPLICATION/INSTANCE: whoever knows it can be on the air, so it is drawn at
    random (95 bits each) and is a secret."""
    return f"{_drawn(19)}/{_drawn(19)}"


def buffer_prefix(session_id: str, run: int) -> str:
    """Where a channel writes its segments in one run: no two runs share it, so that no name ever repeats."""
    return f"buffer/{session_id}/{run}/"


def recording_prefix(session_id: str, recording_id: str) -> str:
    return f"recordings/{session_id}/{recording_id}/"


def finalizing_name(session_id: str, recording_id: str, attempt: int) -> str:
    """The name of an execution that finalizes a recording."""
    return f"{session_id}-{recording_id}-finalize_{attempt}"


def finalized_by(execution_name: str) -> tuple[str, str, int] | None:
    """The session, recording and attempt of such an execution; None for any other name."""
    found = _FINALIZING.fullmatch(execution_name)
    return (found[1], found[2], int(found[3])) if found else None


def owner_by_flow_output(stage: str, name: str) -> str | None:
    """Whose flow output that is, by the name that ``flow_output_name`` gives it; None for any other name."""
    found = re.fullmatch(rf"onair-{re.escape(stage)}-({SESSION_ID_PATTERN})-.+-\d", name)
    return found[1] if found else None


def owner_by_parameter(stage: str, name: str) -> str | None:
    """Whose secret that is, by ``parameter_name``; None for any other parameter."""
    found = re.fullmatch(rf"/onair/{re.escape(stage)}/({SESSION_ID_PATTERN})/.+", name)
    return found[1] if found else None


def owner_by_key(key: str) -> str | None:
    """Whose object in the media bucket that is or will be, by its key; None for any other key."""
    found = re.match(rf"(?:buffer|recordings)/({SESSION_ID_PATTERN})/", key)
    return found[1] if found else None


def _drawn(length: int) -> str:
    return "".join(secrets.choice(_ID_ALPHABET) for _ in range(length))
