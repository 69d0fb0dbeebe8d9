"""OnAir's own code, told where a stage is: who is on the air, how a session ends, what it leaves. Used by ``destroy``.

What Lambda tells a function by its environment is made here from the stage's names, so that it works in every half-way
state of a stack; a test holds it against serverless.yml.
"""

from __future__ import annotations

import os
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from datetime import timedelta
from typing import Any

from botocore.exceptions import ClientError
from botocore.session import Session

from infra.deployment.account import Stage
from infra.deployment.artifacts import partition
from infra.deployment.troubles import NoAnswer, Trouble
from shared.domain.errors import OnAirError, Transient
from shared.domain.names import STAGE_TAG
from shared.domain.orphans import Judgement, OrphanKind, Seen, judge
from shared.domain.session import FINISHED, EndedReason, SessionRecord
from shared.gateways import clients, ivs, medialive, parameters, session_pages
from shared.gateways.settings import settings
from shared.gateways.translate import code_of
from shared.runtime import orphans
from shared.runtime.clock import now
from shared.runtime.log import logger
from shared.runtime.operations import end_session

_KEYS = ("AWS_ACCESS_KEY_ID", "AWS_SECRET_ACCESS_KEY", "AWS_SESSION_TOKEN")
#: Each machine and the variable that tells its ARN.
MACHINES = (
    *("provision-session", "start-streaming", "stop-streaming", "start-recorder", "stop-recorder"),
    *("finalize-recording", "remove-destination", "end-session", "sweep"),
)
#: For the lists of what sessions have left. A sweep has less; what it did not get to would stop a destruction.
TIME_TO_LOOK = timedelta(minutes=30)


def environment(stage: Stage) -> dict[str, str]:
    """What a function of the stage is told. The role that MediaLive assumes is left empty: no session is made here."""
    states = f"arn:{partition(stage)}:states:{stage.region}:{stage.account}:stateMachine"
    return {
        "ONAIR_STAGE": stage.name,
        "ONAIR_TABLE": f"onair-{stage.name}-sessions",
        "ONAIR_BUCKET": stage.bucket("media"),
        "ONAIR_MEDIALIVE_ROLE_ARN": "",
        **{f"ONAIR_{name.upper().replace('-', '_')}_ARN": f"{states}:onair-{stage.name}-{name}" for name in MACHINES},
        "ONAIR_OPERATORS": "",
        "ONAIR_QUOTA_PUSH_INPUTS": "0",
        "ONAIR_QUOTA_CHANNELS": "0",
        "ONAIR_QUOTA_FLOW_OUTPUTS": "0",
    }


@contextmanager
def at(stage: Stage) -> Iterator[None]:
    """OnAir's code works for this stage, with the caller's credentials, and keeps its log to itself."""
    given: dict[str, str | None] = {
        **environment(stage),
        "AWS_DEFAULT_REGION": stage.region,
        "AWS_REGION": stage.region,
    }
    if stage.profile:
        # botocore prefers keys in the environment to a profile that is named there.
        given |= {"AWS_PROFILE": stage.profile} | dict.fromkeys(_KEYS)
    before, level = {name: os.environ.get(name) for name in given}, logger.log_level
    _set(given)
    logger.setLevel("CRITICAL")
    _forget(_as_the_caller(stage))
    try:
        yield
    except OnAirError as error:
        raise _told(error) from error
    finally:
        logger.setLevel(level)
        _set(before)
        _forget()


def has_table(stage: Stage) -> bool:
    try:
        stage.client("dynamodb").describe_table(TableName=f"onair-{stage.name}-sessions")
    except ClientError as error:
        if code_of(error) == "ResourceNotFoundException":
            return False
        raise
    return True


def living() -> list[SessionRecord]:
    """Every session that is not over. Read in the order of creation, which no status changes: none is missed that was
    there a moment ago."""
    found, cursor = [], None
    while True:
        page = session_pages.page(None, None, session_pages.LARGEST_READ, cursor)
        found += [each for each in page.sessions if each.status not in FINISHED]
        cursor = page.next_cursor
        if cursor is None:
            return found


def begin_end(session_id: str) -> None:
    """Begin to end a session; repeatable, and an end that came to nothing is begun again."""
    end_session(session_id, EndedReason.REQUESTED, by="make destroy")


def running(stage: Stage) -> list[str]:
    """The executions that are still under way, by name."""
    machines, found = stage.client("stepfunctions"), []
    for name, arn in environment(stage).items():
        if not name.endswith("_ARN") or not arn:
            continue
        try:
            pages = machines.get_paginator("list_executions").paginate(stateMachineArn=arn, statusFilter="RUNNING")
            found += [each["name"] for page in pages for each in page["executions"]]
        except ClientError as error:
            if code_of(error) != "StateMachineDoesNotExist":
                raise
    return found


def left_by_sessions() -> tuple[list[tuple[Seen, Judgement]], list[str]]:
    """What carries the stage's tags and no session owns, in the order in which it goes; and what AWS did not let us
    look at."""
    look = orphans.look_around(now(), now() + TIME_TO_LOOK)
    facts = orphans.facts_of(look.seen)
    judged = [(seen, verdict) for seen in look.seen if (verdict := judge(seen, facts)) is not None]
    order = list(OrphanKind)
    judged.sort(key=lambda each: order.index(each[0].kind))
    return judged, [f"{each.kind} {each.place}: {each.reason}" for each in look.unseen]


def tagged(stage: Stage) -> list[str]:
    """What MediaLive, IVS and SSM still have of the stage, by its tags and paths. Needs no table."""
    found = []
    for kind, listed in (
        ("MediaLive channel", medialive.list_channels),
        ("MediaLive input", medialive.list_inputs),
        ("MediaLive input security group", medialive.list_security_groups),
        *([("IVS channel", ivs.list_channels)] if ivs.is_available() else []),
    ):
        for one in listed():
            if one.tags.get(STAGE_TAG) == stage.name and one.state not in ("DELETING", medialive.DELETED):
                found.append(f"{kind} {one.id}")
    return found + [f"SSM parameter {name}" for name in secrets(stage)]


def secrets(stage: Stage) -> list[str]:
    return list(parameters.secrets_below(f"/onair/{stage.name}"))


def delete_secrets(stage: Stage) -> None:
    if found := secrets(stage):
        parameters.delete_secrets(found)


def _told(error: OnAirError) -> Trouble:
    kind = NoAnswer if isinstance(error, Transient) else Trouble
    return kind(f"{error.name()}: {error.detail}", f"docs/runbooks/{error.name()}.md says more.")


def _set(variables: Mapping[str, str | None]) -> None:
    """None takes a variable away."""
    for name, value in variables.items():
        if value is None:
            os.environ.pop(name, None)
        else:
            os.environ[name] = value


class _Given:
    """Where botocore looks for credentials: those that the caller has signed in with."""

    def __init__(self, credentials: Any) -> None:
        self._credentials = credentials

    def load_credentials(self) -> Any:
        return self._credentials


def _as_the_caller(stage: Stage) -> Session:
    """Signed in once: a profile with a second factor asks for a number each time, and takes none twice."""
    session = Session()
    session.register_component("credential_provider", _Given(stage.session.get_credentials()))
    return session


def _forget(session: Session | None = None) -> None:
    settings.cache_clear()
    clients.forget_clients(session)
