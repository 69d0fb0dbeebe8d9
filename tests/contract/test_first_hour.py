"""docs/first-hour-on-aws.md against the code: its prices are what the code computes, its quotas those that are read."""

from __future__ import annotations

import json
import re
from decimal import Decimal

import pytest

from infra.doctor.quotas import CONCURRENCY, OF_THE_REGION
from infra.stage_settings import SETTINGS, STAGE
from shared.domain.bill import planned
from shared.domain.plan import plan_resources
from shared.domain.pricing.estimate import Activity, per_hour
from shared.domain.pricing.price_list import prices_of
from shared.domain.session_spec import SessionSpec
from tests.contract.asl import ROOT

PAGE = (ROOT / "docs/first-hour-on-aws.md").read_text(encoding="utf-8")
BENCHMARKS = (ROOT / "docs/benchmarks.md").read_text(encoding="utf-8")


@pytest.mark.parametrize("example", sorted((ROOT / "examples").glob("*.json")), ids=lambda file: file.stem)
def test_an_hour_costs_what_the_page_says(example: object) -> None:
    text = example.read_text(encoding="utf-8")  # type: ignore[attr-defined]
    number = example.name[:2]  # type: ignore[attr-defined]
    plan = plan_resources("live", "s-7f3k2mexamp1", SessionSpec.model_validate(json.loads(text)))
    costs = per_hour(planned(plan), prices_of("us-east-1"))
    (row,) = re.findall(rf"^\| [^|]*\((?:example )?{number}\) \| (.+) \|$", PAGE, re.MULTILINE)
    told = [Decimal(one) for one in row.split(" | ")]
    assert told == [costs[activity].total.quantize(Decimal("0.01")) for activity in Activity]


def test_what_control_costs_is_what_was_measured() -> None:
    (month,) = re.findall(r"A month of sweeps over nothing: (\d+\.\d+)\.", BENCHMARKS)
    assert f"some {float(month):.1f} a month" in PAGE


def test_the_quotas_that_it_asks_for_are_those_that_are_looked_at() -> None:
    asked = set(re.findall(r"--service-code (\w+) --quota-code (\S+)", PAGE))
    assert asked == {*(("medialive", code) for code, _ in OF_THE_REGION.values()), ("lambda", CONCURRENCY)}


def test_its_stage_and_settings_are_ones() -> None:
    (written,) = re.findall(r"^cat > stages/(\w+)\.env <<END\n(.*?)^END$", PAGE, re.MULTILINE | re.DOTALL)
    stage, lines = written
    assert STAGE.fullmatch(stage)
    assert {line.split("=")[0] for line in lines.splitlines()} <= SETTINGS.keys()
    assert set(re.findall(r"STAGE=(\w+)", PAGE)) == {stage} == set(re.findall(r"--stage (\w+)", PAGE))
    assert set(re.findall(r"--stack-name (\S+)", PAGE)) == {f"onair-{stage}"}


def test_it_says_that_nobody_has_followed_it_yet() -> None:
    assert "Nobody has followed this page on a real account yet." in PAGE
