"""Deploys a built package to moto as ``make deploy`` does, changes it, takes it away, and prints as JSON what was.

``python -m tests.package.deploying build``. A process of its own: moto's account is chosen before it is imported, and
no stage must see what is made here. moto makes functions, layer, permissions, roles, log groups, rules, table, queue,
buckets, machines and the stream's mapping. What it passes over is left out (``on_moto``).
"""

from __future__ import annotations

import contextlib
import dataclasses
import hashlib
import io
import json
import os
import sys
import warnings
import zipfile
from collections.abc import Callable
from pathlib import Path
from typing import Any

from infra.local.cloudformation import ACCOUNT, REGION, STREAM_LABEL

os.environ.update(MOTO_ACCOUNT_ID=ACCOUNT, AWS_DEFAULT_REGION=REGION)
os.environ.update(AWS_ACCESS_KEY_ID="example-not-real", AWS_SECRET_ACCESS_KEY="example-not-real")

import boto3
from moto import mock_aws

from infra.deployment import sessions
from infra.deployment.account import Stage, explained, sign_in
from infra.deployment.deploy import deploy
from infra.deployment.destroy import Destruction, Wish
from infra.deployment.stack import Stack
from infra.deployment.troubles import Trouble
from infra.packaging.build import Package
from infra.stage_settings import SettingsError
from shared.domain.session import SessionStatus
from shared.gateways import medialive
from shared.gateways import sessions as rows
from tests.package.on_moto import fit, read_templates_as_json
from tests.unit.domain_objects import a_record

Json = dict[str, Any]
ROOT = Path(__file__).resolve().parents[2]
STACK = "onair-dev"
SETTINGS = {"ONAIR_JWT_ISSUER": "https://issuer.example.com/pool", "ONAIR_JWT_AUDIENCE": "onair-page"}
RECORDED = "recordings/s-7f3k2mexamp1/r001/playlist.m3u8"


def main(folder: Path) -> Json:
    read_templates_as_json()
    # Nothing of MediaLive exists here, and moto has no such list.
    medialive.list_security_groups = lambda: iter(())
    with mock_aws(config={"lambda": {"use_docker": False}}), explained():
        stage = sign_in("dev", None, None, ACCOUNT)
        asked = fit(stage)
        life = Life(stage, folder)
        first = life.deploy()
        page = life.page()
        cloudformation = stage.client("cloudformation")
        (stack,) = cloudformation.describe_stacks(StackName=STACK)["Stacks"]
        template = json.loads(
            (folder / "package/cloudformation-template-update-stack.json").read_text(encoding="utf-8")
        )
        pages = cloudformation.get_paginator("list_stack_resources").paginate(StackName=STACK)
        made = {
            each["LogicalResourceId"]: each.get("PhysicalResourceId", "")
            for page in pages
            for each in page["StackResourceSummaries"]
        }
        kinds = {key: each["Type"] for key, each in template["Resources"].items()}
        found = {"status": stack["StackStatus"], "kinds": kinds, **_described()}
        found = _with_local_names(
            found, {key: name for key, name in made.items() if kinds.get(key) == "AWS::IAM::Role"}
        )
        return {**found, "life": {"first": first, "page": page, **life.goes_on(), "invalidated": len(asked)}}


class Life:
    """A stage from its second deployment to its end. What was said and done, by name."""

    def __init__(self, stage: Stage, folder: Path) -> None:
        self._stage, self._folder = stage, folder
        self._said: list[str] = []
        self._stack = Stack(stage, self._said.append, sleep=lambda seconds: None)
        functions, layer = folder / "functions.zip", folder / "dependencies.zip"
        template = folder / "package/cloudformation-template-update-stack.json"
        self._settings = SETTINGS
        self._package = Package(functions, _hash(functions), layer, _hash(layer), template, True)

    def deploy(self) -> Json:
        del self._said[:]
        done = deploy(ROOT, self._stage, self._settings, lambda: self._package, self._stack, self._said.append)
        return {**dataclasses.asdict(done), "said": list(self._said), "code": self._code()}

    def goes_on(self) -> Json:
        s3, media = self._stage.client("s3"), {"Bucket": self._stage.bucket("media")}
        again = self.deploy()
        forgetful = self._refused_without_settings()
        self._package, self._settings = self._changed(), dict.fromkeys(SETTINGS, "")
        changed = self.deploy()
        s3.put_object(**media, Key=RECORDED, Body=b"#EXTM3U")
        s3.create_multipart_upload(**media, Key="buffer/s-7f3k2mexamp1/1/0.ts")
        with sessions.at(self._stage):
            record = a_record()
            rows.create(record, (), None)
        refused = self.destroy(Wish())
        shut_by_then = self._shut()
        with sessions.at(self._stage):
            key = {"pk": {"S": f"SESSION#{record.session_id}"}, "sk": {"S": "SESSION"}}
            self._stage.client("dynamodb").update_item(
                TableName="onair-dev-sessions",
                Key=key,
                UpdateExpression="SET #s = :over",
                ExpressionAttributeNames={"#s": "status"},
                ExpressionAttributeValues={":over": {"S": SessionStatus.ENDED.value}},
            )
        interrupted = self.destroy(Wish(), breaks_off_at="deleting the stack")
        shut_then = self._shut()
        opened = self.deploy()
        open_again = self._shut()
        destroyed = self.destroy(Wish())
        kept = [each["Key"] for each in s3.list_objects_v2(**media).get("Contents", [])]
        uploads = s3.list_multipart_uploads(**media).get("Uploads", [])
        return {
            "again": again,
            "forgetful": forgetful,
            "changed": changed,
            "refused": {**refused, "shut": shut_by_then},
            "interrupted": {**interrupted, "shut": shut_then},
            "opened": {**opened, "shut": open_again},
            "destroyed": destroyed,
            "kept": {"objects": kept, "uploads": len(uploads)},
            "emptied": self.destroy(Wish(delete_recordings=True)),
            "counted": _counted(),
        }

    def destroy(self, wish: Wish, breaks_off_at: str = "") -> Json:
        said: list[str] = []

        def say(message: str) -> None:
            said.append(message)
            if breaks_off_at and message.startswith(breaks_off_at):
                raise KeyboardInterrupt

        stack = Stack(self._stage, say, sleep=lambda seconds: None)
        run = Destruction(self._stage, stack, say, lambda: said.append("asked"), sleep=lambda seconds: None)
        try:
            return {**dataclasses.asdict(run.run(wish)), "said": said}
        except Trouble as trouble:
            return {"trouble": trouble.what, "remedy": trouble.remedy, "exit": trouble.exit_code, "said": said}
        except KeyboardInterrupt:
            return {"interrupted": True, "said": said}

    def _refused_without_settings(self) -> str:
        self._settings = {}
        try:
            self.deploy()
        except SettingsError as trouble:
            return trouble.what
        return ""

    def _changed(self) -> Package:
        changed = self._folder / "changed" / "functions.zip"
        changed.parent.mkdir(exist_ok=True)
        with zipfile.ZipFile(changed, "w") as archive:
            archive.writestr("tasks/__init__.py", "")
        return dataclasses.replace(self._package, functions=changed, functions_hash=_hash(changed))

    def _code(self) -> str:
        told = self._stage.client("lambda").get_function_configuration(FunctionName="onair-dev-api")
        return str(told["CodeSha256"])

    def _shut(self) -> list[str]:
        client = self._stage.client("lambda")
        names = ("onair-dev-api", "onair-dev-sweepDue")
        return [
            name
            for name in names
            if client.get_function_concurrency(FunctionName=name).get("ReservedConcurrentExecutions") == 0
        ]

    def page(self) -> Json:
        s3, bucket = self._stage.client("s3"), self._stage.bucket("page")
        keys = [each["Key"] for each in s3.list_objects_v2(Bucket=bucket).get("Contents", [])]
        return {key: s3.head_object(Bucket=bucket, Key=key)["ContentType"] for key in keys}


def _hash(file: Path) -> str:
    return hashlib.sha256(file.read_bytes()).hexdigest()


def _counted() -> Json:
    """What the account has, by moto's own lists."""
    count: dict[str, Callable[[], Any]] = {
        "stacks": lambda: boto3.client("cloudformation").describe_stacks()["Stacks"],
        "functions": lambda: boto3.client("lambda").list_functions()["Functions"],
        "tables": lambda: boto3.client("dynamodb").list_tables()["TableNames"],
        "buckets": lambda: boto3.client("s3").list_buckets()["Buckets"],
        "log groups": lambda: boto3.client("logs").describe_log_groups()["logGroups"],
        "roles": lambda: boto3.client("iam").list_roles()["Roles"],
        "rules": lambda: boto3.client("events").list_rules()["Rules"],
        "machines": lambda: boto3.client("stepfunctions").list_state_machines()["stateMachines"],
        "queues": lambda: boto3.client("sqs").list_queues().get("QueueUrls", []),
    }
    return {name: len(listed()) for name, listed in count.items()}


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
