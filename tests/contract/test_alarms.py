"""The alarms and the dashboard against what writes the metrics that they look at."""

from __future__ import annotations

import json
import re
from typing import Any

from tests.contract.asl import ROOT
from tests.contract.handlers import service


def alarms() -> dict[str, dict[str, Any]]:
    resources = service().resources.items()
    return {key: each["Properties"] for key, each in resources if each["Type"] == "AWS::CloudWatch::Alarm"}


def written() -> set[str]:
    """The metrics that the handlers count."""
    found: set[str] = set()
    for path in (ROOT / "tasks").rglob("*.py"):
        text = path.read_text(encoding="utf-8")
        if "from shared.runtime.metrics import count" in text:
            found |= set(re.findall(r'"([A-Z]\w+)": ', text.split("count(", 1)[1]))
    return found


def dashboard() -> dict[str, Any]:
    body = service().resources["Dashboard"]["Properties"]["DashboardBody"]["Fn::Sub"]
    found: dict[str, Any] = json.loads(body)
    return found


def test_every_metric_of_ours_that_is_looked_at_is_written() -> None:
    rung = {each["MetricName"] for each in alarms().values() if each.get("Namespace") == "OnAir"}
    drawn = {
        line[1]
        for widget in dashboard()["widgets"]
        for line in widget["properties"].get("metrics", ())
        if line[0] in ("OnAir", ".") and widget["properties"]["title"].startswith("Left behind")
    }
    assert rung and drawn
    assert (rung | drawn) - written() == set()


def test_our_alarms_look_at_this_stage_alone() -> None:
    dimensions = [{"Name": "service", "Value": "onair"}, {"Name": "stage", "Value": "dev"}]
    ours = [each for each in alarms().values() if each.get("Namespace") == "OnAir"]
    assert [each for each in ours if each["Dimensions"] != dimensions] == []


def test_the_dashboard_shows_every_alarm() -> None:
    [shown] = [each["properties"]["alarms"] for each in dashboard()["widgets"] if each["type"] == "alarm"]
    assert sorted(shown) == sorted(f"${{{key}.Arn}}" for key in alarms())


def test_a_sweep_that_has_stopped_is_an_alarm_because_nothing_is_written() -> None:
    alarm = alarms()["SweepStoppedAlarm"]
    assert (alarm["TreatMissingData"], alarm["ComparisonOperator"]) == ("breaching", "LessThanThreshold")
    [schedule] = service().schedules
    assert alarm["Period"] * alarm["EvaluationPeriods"] >= 3 * schedule.seconds
