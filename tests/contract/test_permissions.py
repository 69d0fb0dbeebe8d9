"""Least privilege by equality: what a role allows is what its function was heard to call, and nothing else.

The recording (docs/reference/permissions.json) is written by ``make permissions``, which runs for minutes; here it is
held against the roles and against the code, so that a call, a permission or a resource that is added, taken away or
widened is told at once. docs/decisions/0020-roles-equal-what-is-called.md says why it is done so.
"""

from __future__ import annotations

import copy
import json
import textwrap
from collections.abc import Mapping
from dataclasses import replace
from functools import cache
from pathlib import Path
from typing import Any

import pytest

from tests.permissions import reach
from tests.permissions.needs import UnknownUse, lines_used, needed_by
from tests.permissions.permission import Permission
from tests.permissions.reach import operations_reached
from tests.permissions.recording import FILE, ONE_DECISION, operation_of, read_recording, written
from tests.permissions.roles import FOLDER, role_files
from tests.permissions.table import NEEDS
from tests.permissions.template import ROOT, Template, function_role, machine_role, read_template
from tests.permissions.unreached import NEVER
from tests.permissions.uses import uses_of

#: CloudFormation and IAM refuse more (CloudFormation user guide, "Quotas"; IAM user guide, "IAM and AWS STS quotas").
MOST_RESOURCES, LARGEST_POLICY = 500, 10_240


@cache
def recording() -> Mapping[str, list[str]]:
    return read_recording()


def changed(role: str, change: Any) -> Template:
    """The template with a role's statements changed."""
    template = read_template()
    resources = {**template.resources, role: copy.deepcopy(template.resources[role])}
    change(resources[role]["Properties"]["Policies"][0]["PolicyDocument"]["Statement"])
    return replace(template, resources=resources)


def statement(statements: list[dict[str, Any]], action: str) -> dict[str, Any]:
    return next(one for one in statements if action in one["Action"])


# The roles


def test_each_role_allows_what_is_needed_and_nothing_else() -> None:
    assert read_template().differences(recording()) == []


def test_each_function_and_each_machine_has_the_role_that_is_called_after_it() -> None:
    template = read_template()
    assert "role" not in template.provider and "iam" not in template.provider
    for key, function in template.functions.items():
        assert function.get("role") == function_role(key)
    for key, machine in template.machines().items():
        assert machine["RoleArn"] == {"Fn::GetAtt": [machine_role(key), "Arn"]}
    roles = {key for key, one in template.resources.items() if one["Type"] == "AWS::IAM::Role"}
    assert roles == {*template.needed(recording()), "MediaLiveRole"}
    assert not [
        key for key, one in template.resources.items() if one["Type"] in ("AWS::IAM::Policy", "AWS::IAM::ManagedPolicy")
    ]


def test_the_files_of_the_roles_are_as_they_are_written() -> None:
    files = role_files(read_template(), {function: set(uses) for function, uses in recording().items()})
    assert {path.name for path in (ROOT / FOLDER).iterdir()} == set(files)
    for name, text in files.items():
        assert (ROOT / FOLDER / name).read_text(encoding="utf-8") == text, f"{FOLDER}/{name}: run make permissions"


def test_the_template_stays_within_what_cloudformation_and_iam_take() -> None:
    template = read_template()
    made_by_osls = 2 * len(template.functions) + 60  # a log group each, routes, rules and their permissions
    assert len(template.resources) + len(template.functions) + made_by_osls < MOST_RESOURCES
    for key, one in template.resources.items():
        if one["Type"] == "AWS::IAM::Role":
            assert len(json.dumps(one["Properties"]["Policies"], separators=(",", ":"))) < LARGEST_POLICY, key


# The recording and the code


def test_the_recording_is_of_these_functions_and_in_order() -> None:
    assert set(recording()) == set(read_template().functions)
    assert FILE.read_text(encoding="utf-8") == written(recording())


@pytest.mark.slow
@pytest.mark.parametrize("function", read_template().functions)
def test_what_a_function_can_come_to_call_is_heard_or_explained(function: str) -> None:
    reached = operations_reached(read_template().functions[function]["handler"])
    heard = {operation_of(use) for use in recording()[function]}
    never = {operation for operation, functions in NEVER.items() if function in functions}
    assert heard <= reached, "the reading of the code overlooks calls"
    assert never <= reached - heard, "explained as never called, but it is, or the code has no such call any more"
    assert reached - heard - never == set(), "no run reaches this call: write one, then make permissions"


def test_what_decides_by_the_same_code_may_do_the_same() -> None:
    shared = {use for function in ONE_DECISION for use in recording()[function]}
    for function in ONE_DECISION:
        reached = operations_reached(read_template().functions[function]["handler"])
        assert {use for use in shared if operation_of(use) in reached} <= set(recording()[function])


def test_a_call_is_found_wherever_a_handler_comes_to_it(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Through a function, a module, a table of functions, a name that holds a client, a method that a caller tells, a
    route in a module of its own."""
    written_down = {
        "tasks/made_up_step.py": """
            from shared import made_up_work as work
            from shared.made_up_work import helper
            from tasks.routes import made_up_route
            STEPS = {"one": work.by_table}
            def handler(event, context):
                helper()
                STEPS[event]()
                work.Worker().run()
            """,
        "tasks/routes/made_up_route.py": """
            from shared.gateways.clients import client
            @app.get("/made-up")
            def get_made_up():
                client("s3").get_object()
            """,
        "shared/made_up_work.py": """
            from shared.gateways.clients import client
            def helper():
                found = client("ivs")
                return found.get_stream(channelArn="x")
            def by_table():
                _ask("delete_input")
            def _ask(method):
                getattr(client("medialive"), method)()
            class Worker:
                def run(self):
                    return client("medialive").get_paginator("list_channels")
            def nobody_calls_this():
                client("ssm").delete_parameters()
            """,
    }
    for name, text in written_down.items():
        (tmp_path / name).parent.mkdir(parents=True, exist_ok=True)
        (tmp_path / name).write_text(textwrap.dedent(text), encoding="utf-8")
    operations_reached(read_template().functions["sweepDue"]["handler"])  # clients are the real ones, read before
    monkeypatch.setattr(reach, "ROOT", tmp_path)
    found = operations_reached("tasks.made_up_step.handler")
    assert found == {"ivs:GetStream", "medialive:DeleteInput", "medialive:ListChannels", "s3:GetObject"}


@pytest.mark.parametrize(
    ("service", "operation", "parameters", "uses"),
    [
        ("dynamodb", "Query", {"TableName": "t", "IndexName": "by-owner"}, {"dynamodb:Query index/by-owner"}),
        (
            "dynamodb",
            "TransactWriteItems",
            {"TransactItems": [{"Put": {}}, {"ConditionCheck": {}}]},
            {"dynamodb:TransactWriteItems Put", "dynamodb:TransactWriteItems ConditionCheck"},
        ),
        ("s3", "PutObject", {"Key": "recordings/s-1/r001/0.ts"}, {"s3:PutObject recordings/"}),
        ("s3", "PutObject", {"Key": "elsewhere"}, {"s3:PutObject *"}),
        (
            "s3",
            "CopyObject",
            {"Key": "recordings/x", "CopySource": {"Bucket": "b", "Key": "buffer/x"}},
            {"s3:CopyObject buffer/ to recordings/"},
        ),
        (
            "medialive",
            "CreateChannel",
            {"RoleArn": "arn:…", "Tags": {}},
            {"medialive:CreateChannel with a role", "medialive:CreateChannel with tags"},
        ),
        ("events", "PutEvents", {"Entries": [{"Source": "aws.s3"}]}, {"events:PutEvents aws.s3 to default"}),
        (
            "stepfunctions",
            "StartExecution",
            {"stateMachineArn": "arn:aws:states:eu-west-1:111122223333:stateMachine:onair-dev-end-session"},
            {"stepfunctions:StartExecution end-session"},
        ),
    ],
)
def test_a_call_is_told_by_what_decides_about_its_permission(
    service: str, operation: str, parameters: dict[str, Any], uses: set[str]
) -> None:
    assert set(uses_of(service, operation, parameters)) == uses


# The table


def test_every_line_of_the_table_is_used_and_has_its_source() -> None:
    assert lines_used(use for uses in recording().values() for use in uses) == set(NEEDS)
    for needs in NEEDS.values():
        assert all(need.source and need.resources for need in needs)


def test_a_use_that_the_table_does_not_know_is_told() -> None:
    with pytest.raises(UnknownUse, match="medialive:PurchaseOffering"):
        needed_by("api", ["medialive:PurchaseOffering"])


def test_only_what_knows_no_resource_is_allowed_on_all() -> None:
    everywhere = {
        one.action
        for permissions in read_template().needed(recording()).values()
        for one in permissions
        if one.resource == "*"
    }
    assert everywhere == {
        "dynamodb:ListStreams",
        *(f"logs:{verb}LogDelivery" for verb in ("Create", "Get", "Update", "Delete")),
        *("logs:ListLogDeliveries", "logs:DescribeLogGroups"),
        *("logs:DescribeResourcePolicies", "logs:PutResourcePolicy"),
        "medialive:ListAlerts",
        "medialive:ListChannels",
        "medialive:ListInputs",
        "medialive:ListInputSecurityGroups",
        "servicequotas:ListServiceQuotas",
        "ssm:DescribeParameters",
        "states:SendTaskFailure",
        "states:SendTaskSuccess",
        *("xray:GetSamplingRules", "xray:GetSamplingTargets", "xray:PutTelemetryRecords", "xray:PutTraceSegments"),
    }


# Can it see?


def test_a_missing_permission_is_told() -> None:
    def take_away(statements: list[dict[str, Any]]) -> None:
        statements.remove(statement(statements, "iam:PassRole"))

    [told] = changed("CreateChannelRole", take_away).differences(recording())
    assert told.startswith("CreateChannelRole: missing: iam:PassRole on arn:aws:iam::")


def test_a_spare_permission_is_told() -> None:
    def add(statements: list[dict[str, Any]]) -> None:
        one = statement(statements, "dynamodb:GetItem")
        one["Action"] = [*(one["Action"] if isinstance(one["Action"], list) else [one["Action"]]), "dynamodb:Scan"]

    [told] = changed("PlanRemovalRole", add).differences(recording())
    assert told.startswith("PlanRemovalRole: spare: dynamodb:Scan on arn:aws:dynamodb:")


@pytest.mark.parametrize("wider", ["*", {"Fn::Sub": "${MediaBucket.Arn}/*"}])
def test_a_widened_resource_is_told(wider: Any) -> None:
    def widen(statements: list[dict[str, Any]]) -> None:
        statement(statements, "s3:PutObject")["Resource"] = wider

    told = {line.split(" on ")[0] for line in changed("WritePlaylistRole", widen).differences(recording())}
    assert {"WritePlaylistRole: missing: s3:PutObject", "WritePlaylistRole: spare: s3:PutObject"} <= told


def test_a_condition_that_is_left_out_is_told() -> None:
    def open_up(statements: list[dict[str, Any]]) -> None:
        del statement(statements, "medialive:DeleteChannel")["Condition"]

    told = changed("DeleteChannelRole", open_up).differences(recording())
    assert any("missing: medialive:DeleteChannel" in line and "ResourceTag/onair:stage" in line for line in told)


def test_a_machine_that_may_call_another_machines_function_is_told() -> None:
    def add(statements: list[dict[str, Any]]) -> None:
        one = statement(statements, "lambda:InvokeFunction")
        one["Resource"] = [*one["Resource"], {"Fn::GetAtt": "ApiLambdaFunction.Arn"}]

    [told] = changed("SweepMachineRole", add).differences(recording())
    assert told.startswith("SweepMachineRole: spare: lambda:InvokeFunction on ") and told.endswith("onair-dev-api")


def test_a_role_with_more_than_plain_statements_is_not_taken_for_less() -> None:
    def deny(statements: list[dict[str, Any]]) -> None:
        statements[0]["Effect"] = "Deny"

    with pytest.raises(AssertionError, match="only plain Allows"):
        changed("ApiRole", deny).differences(recording())


def test_a_call_that_no_run_was_heard_to_make_is_a_permission_too_many() -> None:
    uses = {**recording(), "deleteSecrets": [use for use in recording()["deleteSecrets"] if not use.startswith("ssm:")]}
    [told] = read_template().differences(uses)
    assert told.startswith("DeleteSecretsRole: spare: ssm:DeleteParameters on ")


def test_what_is_named_to_the_sweep_may_be_deleted_whatever_its_tags() -> None:
    def without_tags(function: str) -> set[Permission]:
        return {one for one in needed_by(function, ["medialive:DeleteChannel"]) if not one.condition}

    assert without_tags("deleteOrphan") and not without_tags("deleteChannel")
