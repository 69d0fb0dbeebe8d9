"""What runs can be looked into, and nobody reads there what is not theirs: logs and traces of the built template."""

from __future__ import annotations

import copy
from collections.abc import Callable
from typing import Any

import pytest

from tests.package.observation import observation_faults
from tests.package.template import of

Json = dict[str, Any]


def test_everything_is_logged_and_traced_without_data(template: Json) -> None:
    assert observation_faults(template) == []
    assert len(list(of(template, "Lambda::Function"))) > 50
    assert len(list(of(template, "StepFunctions::StateMachine"))) == 9


def _sweep(template: Json) -> Json:
    properties: Json = template["Resources"]["SweepMachine"]["Properties"]
    return properties


def _with_data(template: Json) -> None:
    _sweep(template)["LoggingConfiguration"]["IncludeExecutionData"] = True


def _data_left_to_the_default(template: Json) -> None:
    del _sweep(template)["LoggingConfiguration"]["IncludeExecutionData"]


def _no_errors(template: Json) -> None:
    _sweep(template)["LoggingConfiguration"]["Level"] = "OFF"


def _no_logging(template: Json) -> None:
    del _sweep(template)["LoggingConfiguration"]


def _no_machines_trace(template: Json) -> None:
    _sweep(template)["TracingConfiguration"]["Enabled"] = False


def _into_somebody_elses_group(template: Json) -> None:
    (destination,) = _sweep(template)["LoggingConfiguration"]["Destinations"]
    destination["CloudWatchLogsLogGroup"]["LogGroupArn"] = "arn:aws:logs:eu-west-1:111122223333:log-group:other:*"


def _no_functions_trace(template: Json) -> None:
    del template["Resources"]["RecordLambdaFunction"]["Properties"]["TracingConfig"]


def _kept_for_ever(template: Json) -> None:
    del template["Resources"]["RecordLogGroup"]["Properties"]["RetentionInDays"]


def _no_group(template: Json) -> None:
    del template["Resources"]["RecordLogGroup"]


def _no_access_log(template: Json) -> None:
    del template["Resources"]["HttpApiStage"]["Properties"]["AccessLogSettings"]


def _logs_tokens(template: Json) -> None:
    settings = template["Resources"]["HttpApiStage"]["Properties"]["AccessLogSettings"]
    settings["Format"] = '{"who":"$context.authorizer.principalId"}'


@pytest.mark.parametrize(
    ("spoil", "told"),
    [
        (_with_data, "SweepMachine may log its data"),
        (_data_left_to_the_default, "SweepMachine may log its data"),
        (_no_errors, "SweepMachine does not log its errors"),
        (_no_logging, "SweepMachine logs to no group of the template"),
        (_no_machines_trace, "SweepMachine is not traced"),
        (_into_somebody_elses_group, "SweepMachine logs to no group of the template"),
        (_no_functions_trace, "RecordLambdaFunction is not traced"),
        (_kept_for_ever, "RecordLogGroup is kept for ever days"),
        (_no_group, "RecordLambdaFunction has no log group of the template"),
        (_no_access_log, "HttpApiStage logs no requests"),
        (_logs_tokens, "HttpApiStage logs $context.authorizer.principalId"),
    ],
)
def test_what_could_not_be_looked_into_or_shows_too_much_is_told(
    template: Json, spoil: Callable[[Json], None], told: str
) -> None:
    spoilt = copy.deepcopy(template)
    spoil(spoilt)
    assert told in observation_faults(spoilt)
