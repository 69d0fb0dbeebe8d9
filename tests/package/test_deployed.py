"""The built template, deployed to moto, against what the local stage boots from: the two are one.

``load_service`` reads serverless.yml by itself; here it is held to what osls makes of it and a CloudFormation of that.
"""

from __future__ import annotations

import json
from typing import Any

import pytest

from infra.local.service import Service, load_service, seconds_of
from tests.contract.asl import ROOT
from tests.package.template import of

Json = dict[str, Any]


@pytest.fixture(scope="module")
def service() -> Service:
    return load_service(ROOT / "serverless.yml")


def test_a_stack_is_made_of_the_template(deployed: Json) -> None:
    kinds = [kind.removeprefix("AWS::") for kind in deployed["kinds"].values()]
    assert deployed["status"] == "CREATE_COMPLETE"
    assert len(deployed["functions"]) == kinds.count("Lambda::Function")
    assert len(deployed["rules"]) == kinds.count("Events::Rule")
    assert len(deployed["machines"]) == kinds.count("StepFunctions::StateMachine")
    assert len(deployed["tables"]) == kinds.count("DynamoDB::Table")
    assert len(deployed["queues"]) == kinds.count("SQS::Queue")
    assert len(deployed["layers"]) == 1


def test_functions_are_the_same(service: Service, deployed: Json) -> None:
    made = {
        each["FunctionName"]: (each["Handler"], each["Timeout"], each["MemorySize"], each["Environment"]["Variables"])
        for each in deployed["functions"]
    }
    booted = {
        each.name: (each.handler, each.timeout, each.memory, each.environment) for each in service.functions.values()
    }
    assert made == booted


def test_routes_and_who_may_ask_for_them_are_the_same(service: Service, template: Json) -> None:
    made = {each["RouteKey"]: each["AuthorizationType"] for _, each in of(template, "ApiGatewayV2::Route")}
    assert made == {each.key: {"aws_iam": "AWS_IAM", "jwt": "JWT"}[str(each.authorizer)] for each in service.routes}


def test_rules_and_schedules_are_the_same(service: Service, deployed: Json) -> None:
    patterns, schedules = {}, {}
    for rule in deployed["rules"]:
        targets = [each["Arn"] for each in rule["Targets"]]
        if "EventPattern" in rule:
            patterns[rule["Name"]] = (json.loads(rule["EventPattern"]), targets)
        else:
            schedules[rule["Name"]] = (seconds_of(rule["ScheduleExpression"], rule["Name"]), targets)
    assert patterns == {each.name: (each.pattern, [target.arn for target in each.targets]) for each in service.rules}
    assert schedules == {
        each.name: (each.seconds, [service.functions[each.function].arn]) for each in service.schedules
    }


def test_machines_are_the_same_after_substitution(service: Service, deployed: Json) -> None:
    made = {
        each["stateMachineArn"]: (each["name"], json.loads(each["definition"]), each["roleArn"])
        for each in deployed["machines"]
    }
    assert made == {each.arn: (each.name, each.definition, each.role_arn) for each in service.machines.values()}


def test_streams_and_their_filters_are_the_same(service: Service, deployed: Json) -> None:
    made = [
        (
            each["FunctionArn"],
            each["EventSourceArn"],
            each["BatchSize"],
            tuple(json.loads(one["Pattern"]) for one in each["FilterCriteria"]["Filters"]),
            each["MaximumRetryAttempts"],
            each["MaximumRecordAgeInSeconds"],
            each["BisectBatchOnFunctionError"],
            "ReportBatchItemFailures" in each["FunctionResponseTypes"],
            each["DestinationConfig"]["OnFailure"]["Destination"],
        )
        for each in deployed["mappings"]
    ]
    assert made == [
        (
            service.functions[each.function].arn,
            each.stream_arn,
            each.batch_size,
            each.filters,
            each.maximum_retries,
            each.maximum_age,
            each.bisects,
            each.reports_failures,
            each.on_failure,
        )
        for each in service.streams
    ]


def test_tables_and_buckets_are_the_same(service: Service, deployed: Json) -> None:
    for table in service.tables.values():
        (made,) = [each for each in deployed["tables"] if each["TableName"] == table.name]
        assert made["KeySchema"] == table.create["KeySchema"]
        assert made["AttributeDefinitions"] == table.create["AttributeDefinitions"]
        assert made["StreamSpecification"] == table.create["StreamSpecification"]
        kept = ("IndexName", "KeySchema", "Projection")
        indexes = [{key: each[key] for key in kept} for each in made["GlobalSecondaryIndexes"]]
        assert indexes == table.create["GlobalSecondaryIndexes"]
    assert set(service.buckets.values()) <= set(deployed["buckets"])
