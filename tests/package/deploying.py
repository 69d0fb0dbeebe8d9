"""Deploys a built template to moto's CloudFormation, and prints as JSON what the stack has made.

``python -m tests.package.deploying build``. A process of its own: moto's account is chosen before it is imported, and
no stage must see what is made here. moto makes functions, layer, permissions, roles, log groups, rules, table, queue,
buckets, machines and the stream's mapping. What it passes over is left out (``NOT_MADE``).
"""

from __future__ import annotations

import contextlib
import io
import json
import os
import re
import sys
import warnings
from pathlib import Path
from typing import Any

from infra.local.cloudformation import ACCOUNT, REGION, STREAM_LABEL

os.environ.update(MOTO_ACCOUNT_ID=ACCOUNT, AWS_DEFAULT_REGION=REGION)
os.environ.update(AWS_ACCESS_KEY_ID="example-not-real", AWS_SECRET_ACCESS_KEY="example-not-real")

import boto3
from moto import mock_aws

Json = dict[str, Any]
#: Of these moto's CloudFormation makes nothing. What they say is held by cfn-lint and the tests of the template alone.
NOT_MADE = {
    "AWS::ApiGatewayV2::Authorizer",
    "AWS::ApiGatewayV2::Integration",
    "AWS::ApiGatewayV2::Route",
    "AWS::ApiGatewayV2::Stage",
    "AWS::CloudFront::Distribution",
    "AWS::CloudFront::OriginAccessControl",
    "AWS::CloudFront::ResponseHeadersPolicy",
    "AWS::CloudWatch::Alarm",
    "AWS::CloudWatch::Dashboard",
    "AWS::IAM::RolePolicy",
    "AWS::Lambda::EventInvokeConfig",
    "AWS::S3::BucketPolicy",
    "AWS::SQS::QueuePolicy",
}
PLACEHOLDER = re.compile(r"\$\{([A-Za-z0-9]+)\}")
STACK, UPLOADS = "onair-dev", "uploads"


def main(folder: Path) -> Json:
    template = json.loads((folder / "package/cloudformation-template-update-stack.json").read_text(encoding="utf-8"))
    with mock_aws(config={"lambda": {"use_docker": False}}):
        s3, cloudformation = boto3.client("s3"), boto3.client("cloudformation")
        s3.create_bucket(Bucket=UPLOADS, CreateBucketConfiguration={"LocationConstraint": REGION})
        for key in _fit(template):
            s3.put_object(Bucket=UPLOADS, Key=key, Body=(folder / key.rpartition("/")[2]).read_bytes())
        s3.put_object(Bucket=UPLOADS, Key="template", Body=json.dumps(template))
        url = f"https://s3.{REGION}.amazonaws.com/{UPLOADS}/template"
        cloudformation.create_stack(StackName=STACK, TemplateURL=url, Capabilities=["CAPABILITY_NAMED_IAM"])
        (stack,) = cloudformation.describe_stacks(StackName=STACK)["Stacks"]
        pages = cloudformation.get_paginator("list_stack_resources").paginate(StackName=STACK)
        made = {
            each["LogicalResourceId"]: each.get("PhysicalResourceId", "")
            for page in pages
            for each in page["StackResourceSummaries"]
        }
        kinds = {key: each["Type"] for key, each in template["Resources"].items()}
        found = {"status": stack["StackStatus"], "kinds": kinds, **_described()}
    return _with_local_names(found, {key: name for key, name in made.items() if kinds.get(key) == "AWS::IAM::Role"})


def _fit(template: Json) -> set[str]:
    """Leave out what moto does not make and say in its words what it reads otherwise. The zips' keys."""
    keys = set()
    template.pop("Outputs", None)  # they are of what is left out
    for name in [name for name, each in template["Resources"].items() if each["Type"] in NOT_MADE]:
        del template["Resources"][name]
    for resource in template["Resources"].values():
        properties = resource.get("Properties", {})
        if resource["Type"] == "AWS::StepFunctions::StateMachine":
            text, values = json.dumps(properties.pop("Definition")), properties.pop("DefinitionSubstitutions")
            # Every other piece is a placeholder's name. (moto's Fn::Sub would make $ of every $$.)
            pieces = [values[each] if at % 2 else each for at, each in enumerate(PLACEHOLDER.split(text))]
            properties["DefinitionString"] = {"Fn::Join": ["", pieces]}
        uploaded = {"AWS::Lambda::Function": "Code", "AWS::Lambda::LayerVersion": "Content"}.get(resource["Type"])
        if uploaded is not None:
            keys.add(properties[uploaded]["S3Key"])
            properties[uploaded]["S3Bucket"] = UPLOADS
    return keys


def _described() -> Json:
    functions, events = boto3.client("lambda"), boto3.client("events")
    machines, database = boto3.client("stepfunctions"), boto3.client("dynamodb")
    return {
        "functions": [
            each for page in functions.get_paginator("list_functions").paginate() for each in page["Functions"]
        ],
        "layers": functions.list_layers()["Layers"],
        "mappings": functions.list_event_source_mappings()["EventSourceMappings"],
        "rules": [
            {**each, "Targets": events.list_targets_by_rule(Rule=each["Name"])["Targets"]}
            for each in events.list_rules()["Rules"]
        ],
        "machines": [
            machines.describe_state_machine(stateMachineArn=each["stateMachineArn"])
            for each in machines.list_state_machines()["stateMachines"]
        ],
        "tables": [database.describe_table(TableName=each)["Table"] for each in database.list_tables()["TableNames"]],
        "buckets": [each["Name"] for each in boto3.client("s3").list_buckets()["Buckets"]],
        "queues": boto3.client("sqs").list_queues()["QueueUrls"],
    }


def _with_local_names(found: Json, roles: dict[str, str]) -> Json:
    """As the local stage calls them: a role's name ends in what CloudFormation draws, a stream's in its beginning."""
    text = json.dumps(found, default=str)
    for logical_id, name in roles.items():
        text = text.replace(f":role/{name}", f":role/{STACK}-{logical_id}")
    for table in found["tables"]:
        text = text.replace(f'/stream/{table["LatestStreamLabel"]}"', f'/stream/{STREAM_LABEL}"')
    read: Json = json.loads(text)
    return read


if __name__ == "__main__":
    warnings.simplefilter("ignore")
    with contextlib.redirect_stdout(io.StringIO()):  # moto prints what it can't make
        result = main(Path(sys.argv[1]))
    print(json.dumps(result))
