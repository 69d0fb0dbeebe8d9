"""The ``onair`` events: what the reference says, the samples, the code and the mapping of the stream agree."""

from __future__ import annotations

import json
import re
from pathlib import Path
from typing import Any

import pytest

from infra.local.events import Pattern
from infra.local.service import StreamMapping
from infra.local.streams import RETENTION
from shared.domain.audit_events import (
    AuditEvent,
    AuditKind,
    ToldError,
    ToldLimits,
    ToldOperation,
    ToldRecording,
    ToldResource,
    ToldWarning,
)
from shared.domain.bus_events import (
    DETAIL_TYPES,
    SOURCE,
    UNOWNED,
    DestinationStatusDetail,
    Detail,
    RecordingStatusDetail,
    SessionStatusDetail,
    SessionWarningDetail,
    UnownedDetail,
    UnownedResource,
)
from shared.domain.model import Value
from tests.contract.asl import ROOT
from tests.contract.handlers import service
from tests.permissions.template import read_template

SAMPLES = {path.stem: path for path in sorted((Path(__file__).parent / "data/events").glob("onair_*.json"))}
PAGE = (ROOT / "docs/reference/events.md").read_text(encoding="utf-8")
DETAILS: dict[str, type[Value]] = {
    "OnAir Session Status Change": SessionStatusDetail,
    "OnAir Session Warning": SessionWarningDetail,
    "OnAir Destination Status Change": DestinationStatusDetail,
    "OnAir Recording Status Change": RecordingStatusDetail,
    UNOWNED: UnownedDetail,
}
ENVELOPE = {"version", "id", "detail-type", "source", "account", "time", "region", "resources", "detail"}

every_sample = pytest.mark.parametrize("name", SAMPLES)


def sample(name: str) -> dict[str, Any]:
    loaded: dict[str, Any] = json.loads(SAMPLES[name].read_text(encoding="utf-8"))
    return loaded


def first_column(text: str) -> list[str]:
    """The code in the first column of the tables in a text."""
    cells = re.findall(r"^\| ((?:`[^`]+`(?:, )?)+) \|", text, re.MULTILINE)
    return [name for cell in cells for name in re.findall(r"`([^`]+)`", cell)]


# Samples


@every_sample
def test_a_sample_is_what_the_code_sends(name: str) -> None:
    event = sample(name)
    assert event.keys() == ENVELOPE
    assert event["source"] == SOURCE
    detail = DETAILS[event["detail-type"]].model_validate(event["detail"])
    assert detail.model_dump(mode="json") == event["detail"], "every field is there, as it is sent"


@every_sample
def test_a_sample_is_on_the_page(name: str) -> None:
    assert f"```json\n{SAMPLES[name].read_text(encoding='utf-8')}```" in PAGE


def test_every_kind_of_event_has_a_sample() -> None:
    assert {sample(name)["detail-type"] for name in SAMPLES} == {*DETAIL_TYPES.values(), UNOWNED} == DETAILS.keys()


# The page


def test_the_page_names_every_field_of_every_event() -> None:
    common, session, destination, recording, warning = re.findall(r"[^\n]+ has:\n\n((?:\|[^\n]+\n)+)", PAGE)
    assert set(first_column(common)) == set(Detail.model_fields)
    for text, shape in (
        (session, SessionStatusDetail),
        (destination, DestinationStatusDetail),
        (recording, RecordingStatusDetail),
        (warning, SessionWarningDetail),
    ):
        assert set(first_column(text)) == shape.model_fields.keys() - Detail.model_fields.keys()
    for name in (*ToldRecording.model_fields, *ToldError.model_fields, *ToldWarning.model_fields):
        assert f"`{name}`" in session + recording + warning


def test_the_page_names_every_field_of_what_nobody_owns() -> None:
    (table,) = re.findall(r"Its detail tells:\n\n((?:\|[^\n]+\n)+)", PAGE)
    assert set(first_column(table)) == UnownedDetail.model_fields.keys()
    assert {name for name in UnownedResource.model_fields if f"`{name}`" not in table} == set()


def test_the_page_names_every_kind_of_the_audit_trail_and_whether_it_goes_out() -> None:
    rows = re.findall(r"^\| `([a-z._]+)` \| (yes|no) \|", PAGE, re.MULTILINE)
    assert [kind for kind, _ in rows] == [kind.value for kind in AuditKind]
    assert {kind for kind, sent in rows if sent == "yes"} == {kind.value for kind in DETAIL_TYPES}


def test_the_page_names_every_field_of_the_audit_trail() -> None:
    trail = PAGE.partition("## The audit trail")[2]
    fields = {
        *AuditEvent.model_fields,
        *ToldOperation.model_fields,
        *ToldResource.model_fields,
        *ToldLimits.model_fields,
        *ToldWarning.model_fields,
    }
    assert {name for name in fields if f"`{name}`" not in trail} == set()


@every_sample
def test_the_rule_on_the_page_takes_what_it_says(name: str) -> None:
    (rule,) = [block for block in re.findall(r"```json\n(.*?)```", PAGE, re.DOTALL) if '"source": ["onair"]' in block]
    pattern, event = Pattern(json.loads(rule)), sample(name)
    assert not pattern.matches(event)
    event["detail"]["status"] = "failed"
    assert pattern.matches(event) == (event["detail-type"] == "OnAir Session Status Change")


# How they get out


def mapping() -> StreamMapping:
    (found,) = service().streams
    return found


def test_the_stream_tells_both_images_to_the_function_that_compares_them() -> None:
    assert mapping().function == "recordChanges"
    assert mapping().view_type == "NEW_AND_OLD_IMAGES"


@pytest.mark.parametrize(
    ("pk", "taken"),
    [
        ("SESSION#s-7f3k2mexamp1", True),
        ("EVENTS#s-7f3k2mexamp1", False),
        ("CHANNEL#1234567", False),
        ("STAGE", False),
        ("IDEMPOTENCY#0a", False),
    ],
)
def test_the_stream_takes_the_rows_of_sessions_and_not_what_it_writes_itself(pk: str, taken: bool) -> None:
    record = {"eventName": "INSERT", "dynamodb": {"Keys": {"pk": {"S": pk}, "sk": {"S": "SESSION"}}}}
    assert any(Pattern(each).matches(record) for each in mapping().filters) == taken


def test_a_change_is_told_until_it_is_told_and_is_not_lost_unsaid() -> None:
    assert mapping().reports_failures and mapping().bisects
    assert mapping().maximum_retries == -1
    assert mapping().maximum_age < RETENTION, "given up while the stream still has it"
    assert mapping().on_failure == "arn:aws:sqs:eu-west-1:111122223333:onair-dev-events-dead-letter"


def test_the_function_may_read_the_stream_and_put_events_of_ours() -> None:
    assert {
        "dynamodb:BatchWriteItem",
        "dynamodb:DescribeStream",
        "dynamodb:GetRecords",
        "dynamodb:GetShardIterator",
        "dynamodb:ListStreams",
        "events:PutEvents",
        "sqs:SendMessage",
    } <= {one.action for one in read_template().allowed("RecordChangesRole")}
