"""Events as AWS sends them, documented ones and those that ``make smoke-aws`` has recorded, against rules and triggers.

``data/events/recorded`` is empty until somebody with an account has run it; from then on each of its files is held to
the same. Nothing in them may be of that account.
"""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

from infra.local.service import Rule
from shared.domain.errors import SessionNotFound
from shared.domain.names import session_of
from shared.gateways import parking, sessions
from tasks.triggers import channel_alert, channel_state_changed, execution_stopped, stream_state_changed
from tests.contract.handlers import service
from tests.contract.test_functions import takes
from tests.smoke_aws import samples
from tests.smoke_aws.sanitise import ACCOUNT, REGION, sanitised

DOCUMENTED = samples.FOLDER.parent
SAMPLES = {
    path.stem: path
    for path in [*sorted(DOCUMENTED.glob("*.json")), *sorted(samples.FOLDER.glob("*.json"))]
    if not path.stem.startswith("onair_")
}
ENVELOPE = {"version", "id", "detail-type", "source", "account", "time", "region", "resources", "detail"}
TRIGGERS = {
    "MediaLive Channel State Change": ("channelStateChanged", channel_state_changed),
    "MediaLive Channel Alert": ("channelAlert", channel_alert),
    "IVS Stream State Change": ("streamStateChanged", stream_state_changed),
    "Step Functions Execution Status Change": ("executionStopped", execution_stopped),
}
#: What no trigger looks at: an execution that runs or has succeeded, and those that have nobody to take over for.
BY_THEMSELVES = {"RUNNING", "SUCCEEDED", "PENDING_REDRIVE"}
NOT_TAKEN_OVER = ("-sweep", "-remove-destination")

every_sample = pytest.mark.parametrize("path", SAMPLES.values(), ids=SAMPLES)


def read(path: Path) -> dict[str, Any]:
    loaded: dict[str, Any] = json.loads(path.read_text(encoding="utf-8"))
    return loaded


def wanted_by(event: dict[str, Any]) -> str | None:
    """The function that is to hear of an event."""
    name, _ = TRIGGERS.get(event["detail-type"], (None, None))
    detail = event["detail"]
    ended_well = detail.get("status") in BY_THEMSELVES
    return None if ended_well or str(detail.get("stateMachineArn", "")).endswith(NOT_TAKEN_OVER) else name


def function_of(rule: Rule) -> str:
    function = service().function_by_arn(rule.targets[0].arn)
    assert function is not None
    return function.key


@every_sample
def test_the_rule_for_it_takes_it_and_no_other(path: Path) -> None:
    event = read(path)
    wanted = wanted_by(event)
    assert {function_of(rule) for rule in service().rules if takes(rule, event)} == ({wanted} if wanted else set())


@every_sample
def test_its_trigger_finds_whose_it_is(path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    event = read(path)
    if wanted_by(event) is None:
        return
    asked: list[str] = []

    def nobodys(identity: str) -> None:
        asked.append(identity)

    def no_session(identity: str) -> Any:
        asked.append(identity)
        raise SessionNotFound(f"session {identity}")

    monkeypatch.setattr(parking, "owner_of", nobodys)
    monkeypatch.setattr(sessions, "get", no_session)
    _, trigger = TRIGGERS[event["detail-type"]]
    trigger.handler(event, None)  # type: ignore[attr-defined]
    arn = event["resources"][0]
    expected = {
        "aws.medialive": arn.rpartition(":")[2],
        "aws.ivs": arn,
        "aws.states": session_of(arn.rpartition(":")[2]),
    }[event["source"]]
    assert asked == ([expected] if expected else []), "an execution that is no session's own is nobody's here"


@every_sample
def test_nothing_of_an_account_is_in_it(path: Path) -> None:
    event = read(path)
    assert event.keys() >= ENVELOPE and (event["account"], event["region"]) == (ACCOUNT, REGION)
    if path.parent == samples.FOLDER:
        (again,) = sanitised([event])
        assert samples.kind_of(again) == samples.kind_of(event) == path.stem
        assert again["detail"].keys() == event["detail"].keys()
