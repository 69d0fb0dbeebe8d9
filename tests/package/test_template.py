"""The built template: valid, each part joined to the next, each event where it is waited for; spoilt copies told."""

from __future__ import annotations

import copy
import json
import subprocess
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest

from infra.doctor.permissions import table
from infra.local.events import Pattern
from infra.packaging.build import Package
from infra.packaging.serverless import osls
from tests.contract.test_functions import EVENTS, TAKEN_BY, event
from tests.package.patterns import matches
from tests.package.running import ROOT, asl_validator_faults, start_lint
from tests.package.template import (
    machine_faults,
    named,
    of,
    read_template,
    route_faults,
    rule_faults,
    stream_faults,
)

Json = dict[str, Any]

CHECKS = (machine_faults, rule_faults, stream_faults, route_faults)
#: What a stage may be given beside its name.
EVERYTHING = {
    "ONAIR_ALARM_TOPIC": "arn:aws:sns:us-east-1:111122223333:alarms",
    "ONAIR_ALLOWED_ORIGINS": "https://a.example.com,https://b.example.com",
    "ONAIR_JWT_ISSUER": "https://issuer.example.com/pool",
    "ONAIR_JWT_AUDIENCE": "onair-page",
    "ONAIR_OPERATORS": "role/ShowOperator*,user/somebody",
}


def test_the_machines_are_whole(template: Json) -> None:
    assert machine_faults(template) == []


def test_the_doctor_knows_what_making_each_type_needs(template: Json) -> None:
    types = {resource["Type"] for resource in template["Resources"].values()}
    assert types | {"AWS::ApiGatewayV2::Authorizer"} == set(table()["types"])


def test_rules_streams_and_routes_are_whole(template: Json) -> None:
    assert rule_faults(template) + stream_faults(template) + route_faults(template) == []


def test_asl_validator_finds_nothing(deployed: Json, tmp_path: Path) -> None:
    definitions = {each["name"]: json.loads(each["definition"]) for each in deployed["machines"]}
    assert len(definitions) >= 9
    assert asl_validator_faults(definitions, tmp_path) == ""


def test_cfn_lint_finds_nothing(lint: subprocess.Popen[str]) -> None:
    said, _ = lint.communicate()
    assert (lint.returncode, said) == (0, "")


def test_the_template_of_a_stage_with_everything_set_is_whole_too(
    built: Package, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The other halves of what serverless.yml chooses by its variables: tokens, origins, a topic for alarms."""
    for name, value in EVERYTHING.items():
        monkeypatch.setenv(name, value)
    osls(ROOT, ["package", "--package", "build/package-with-everything", "--stage", "live", "--region", "us-east-1"])
    file = ROOT / "build/package-with-everything" / built.template.name
    with start_lint(file) as running:
        template = read_template(file)
        assert all(f'"{value.split(",")[0]}' in json.dumps(template) for value in EVERYTHING.values())
        assert {each["AuthorizationType"] for _, each in of(template, "ApiGatewayV2::Route")} == {"JWT"}
        assert [fault for check in CHECKS for fault in check(template)] == []
        said, _ = running.communicate()
    assert (running.returncode, said) == (0, "")


def test_what_cfn_lint_ignores_stands_in_one_file_with_its_reasons(template: Json) -> None:
    ignored = template["Metadata"]["cfn-lint"]["config"]["ignore_checks"]
    lines = (ROOT / "infra/aws/lint.yml").read_text(encoding="utf-8").splitlines()
    for check in ignored:
        assert lines[lines.index(f"        - {check}") - 1].lstrip().startswith("# "), check
    assert not any("cfn-lint" in each.get("Metadata", {}) for each in template["Resources"].values())


# Events


def rule_of(template: Json) -> dict[str, Json]:
    """The patterns of all rules, by the function that they lead to."""
    found = {}
    for _, rule in of(template, "Events::Rule"):
        if "EventPattern" in rule:
            function = named(rule["Targets"][0]["Arn"]).removesuffix("LambdaFunction")
            found[function[0].lower() + function[1:]] = rule["EventPattern"]
    return found


def pattern_faults(template: Json) -> Iterator[str]:
    """Recorded events that a rule takes and should not, or the other way round; and where two matchers differ."""
    patterns = rule_of(template)
    for function, samples in TAKEN_BY.items():
        pattern = patterns.get(function, {})
        for name in EVENTS:
            ours, motos = matches(pattern, event(name)), Pattern(pattern).matches(event(name))
            if ours != motos:
                yield f"{function}: the matchers differ on {name}"
            if ours != (name in samples):
                yield f"{function}: {name} is {'taken' if ours else 'not taken'}"


def test_every_rule_takes_the_recorded_events_that_it_is_for_and_no_others(template: Json) -> None:
    assert rule_of(template).keys() == TAKEN_BY.keys()
    assert list(pattern_faults(template)) == []


# Spoilt copies


def _wrong_transition(template: Json) -> None:
    _machine(template)["Definition"]["States"]["Plan session"]["Next"] = "Admit sourc"


def _unreachable(template: Json) -> None:
    _machine(template)["Definition"]["States"]["Nowhere"] = {"Type": "Succeed"}


def _nobody_gives(template: Json) -> None:
    del _machine(template)["DefinitionSubstitutions"]["RecordArn"]


def _nobody_asks(template: Json) -> None:
    given = _machine(template)["DefinitionSubstitutions"]
    given["ApiArn"] = {"Fn::GetAtt": ["ApiLambdaFunction", "Arn"]}


def _of_another_function(template: Json) -> None:
    given = _machine(template)["DefinitionSubstitutions"]
    given["RecordArn"] = given["PlanSessionArn"]


def _of_no_function(template: Json) -> None:
    del template["Resources"]["RecordLambdaFunction"]


def _calls(resource: str) -> Callable[[Json], None]:
    def spoil(template: Json) -> None:
        _machine(template)["Definition"]["States"]["Plan session"]["Resource"] = resource

    return spoil


def _no_letters(template: Json) -> None:
    del _rule(template)["Targets"][0]["DeadLetterConfig"]


def _letters_to_a_table(template: Json) -> None:
    _rule(template)["Targets"][0]["DeadLetterConfig"]["Arn"] = {"Fn::GetAtt": ["SessionsTable", "Arn"]}


def _no_queue_policy(template: Json) -> None:
    for name in [name for name, each in template["Resources"].items() if each["Type"] == "AWS::SQS::QueuePolicy"]:
        del template["Resources"][name]


def _no_permission(template: Json) -> None:
    del template["Resources"]["SweepDueEventBridgeLambdaPermission1"]


def _permission_for_another_rule(template: Json) -> None:
    resources = template["Resources"]
    source = resources["ChannelAlertEventBridgeLambdaPermission1"]["Properties"]["SourceArn"]
    resources["ChannelStateChangedEventBridgeLambdaPermission1"]["Properties"]["SourceArn"] = source


def _keeps_nothing(template: Json) -> None:
    del template["Resources"]["SweepDueLambdaEvConf"]


def _no_retries(template: Json) -> None:
    del _rule(template)["Targets"][0]["RetryPolicy"]


def _gives_up_in_silence(template: Json) -> None:
    del _mapping(template)["DestinationConfig"]


def _table_without_a_stream(template: Json) -> None:
    del template["Resources"]["SessionsTable"]["Properties"]["StreamSpecification"]


def _open_route(template: Json) -> None:
    template["Resources"]["HttpApiRouteGetCaller"]["Properties"]["AuthorizationType"] = "NONE"


def _no_call_from_the_api(template: Json) -> None:
    del template["Resources"]["ApiLambdaPermissionHttpApi"]


def _machine(template: Json) -> Json:
    properties: Json = template["Resources"]["ProvisionSessionMachine"]["Properties"]
    return properties


def _rule(template: Json) -> Json:
    return next(rule for _, rule in of(template, "Events::Rule") if "ChannelState" in json.dumps(rule["Targets"]))


def _mapping(template: Json) -> Json:
    return next(properties for _, properties in of(template, "Lambda::EventSourceMapping"))


@pytest.mark.parametrize(
    ("spoil", "told"),
    [
        (_wrong_transition, "no state 'Admit sourc'"),
        (_unreachable, "Nowhere: nothing leads here"),
        (_nobody_gives, "nobody gives ${RecordArn}"),
        (_nobody_asks, "nobody asks for ${ApiArn}"),
        (_of_another_function, "${RecordArn} is not the ARN of RecordLambdaFunction"),
        (_of_no_function, "${RecordArn} is not the ARN of RecordLambdaFunction"),
        (_calls("arn:aws:states:::aws-sdk:medialiv:startChannel"), "no service is called by"),
        (_calls("arn:aws:states:::aws-sdk:medialive:startChannelz"), "medialive has no startChannelz"),
        (_calls("arn:aws:states:::lambda:invok"), "no service is called by"),
        (_no_letters, "has no dead-letter queue"),
        (_letters_to_a_table, "go to no queue"),
        (_no_queue_policy, "EventBridge may not send to"),
        (_no_permission, "SweepDueLambdaFunction has no permission"),
        (_permission_for_another_rule, "ChannelStateChangedLambdaFunction has no permission for this rule"),
        (_keeps_nothing, "SweepDueLambdaFunction keeps nothing"),
        (_no_retries, "is called but once"),
        (_gives_up_in_silence, "what is given up goes to no queue"),
        (_table_without_a_stream, "SessionsTable has no stream"),
        (_open_route, "is open to everybody"),
        (_no_call_from_the_api, "API Gateway may not call ApiLambdaFunction"),
    ],
)
def test_what_is_not_joined_is_told(template: Json, spoil: Callable[[Json], None], told: str) -> None:
    spoilt = copy.deepcopy(template)
    spoil(spoilt)
    assert any(told in each for check in CHECKS for each in check(spoilt))


@pytest.mark.parametrize("action", ["sqs:SendMessage", "dynamodb:GetRecords"])
def test_a_role_that_lacks_what_delivery_needs_is_told(template: Json, action: str) -> None:
    spoilt = json.loads(json.dumps(template).replace(f'"{action}"', '"sqs:ListQueues"'))
    assert rule_faults(spoilt) + stream_faults(spoilt)


@pytest.mark.parametrize(
    ("said", "misspelt"),
    [
        ("MediaLive Channel State Change", "MediaLive Channel State change"),
        ("IVS Stream State Change", "IVS Stream State"),
        ("aws.states", "aws.stepfunctions"),
        (":stateMachine:onair-dev-provision-session", ":stateMachine:onair-dev-provision_session"),
    ],
)
def test_a_misspelt_pattern_is_told(template: Json, said: str, misspelt: str) -> None:
    text = json.dumps(template)
    spoilt = json.loads(text.replace(f'"{said}"', f'"{misspelt}"'))
    assert any("not taken" in each for each in pattern_faults(spoilt))


def test_asl_validator_tells_a_wrong_transition_too(deployed: Json, tmp_path: Path) -> None:
    machine = next(each for each in deployed["machines"] if each["name"].endswith("provision-session"))
    spoilt = json.loads(machine["definition"])
    spoilt["States"]["Plan session"]["Next"] = "Admit sourc"
    assert "Admit sourc" in asl_validator_faults({"spoilt": spoilt}, tmp_path)


def test_cfn_lint_tells_what_no_other_check_does(built: Package, template: Json, tmp_path: Path) -> None:
    """A template of one spoilt resource: the whole takes cfn-lint seconds."""
    table = copy.deepcopy(template["Resources"]["SessionsTable"])
    table["Properties"]["BillingMode"] = "PAY_PER_REQUESTS"
    (tmp_path / "spoilt.json").write_text(json.dumps({"Resources": {"SessionsTable": table}}))
    with start_lint(tmp_path / "spoilt.json") as running:
        assert "E3030" in running.communicate()[0]
