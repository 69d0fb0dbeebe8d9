"""``onair doctor`` and what is deployed: the table of actions covers the template's types, MediaLive's role is judged
as it is made, and the names that the doctor asks for are those that serverless.yml gives."""

from __future__ import annotations

import re
from pathlib import Path
from typing import Any

from botocore import xform_name
from botocore.session import Session
from cfnlint.data import AdditionalSpecs
from cfnlint.helpers import load_resource

from infra.doctor import reads
from infra.doctor.media_live_role import judged
from infra.doctor.permissions import table
from infra.doctor.stack import OUTPUTS
from infra.local.variables import load_yaml

ROOT = Path(__file__).resolve().parents[2]
WRITTEN = "\n".join(
    path.read_text(encoding="utf-8") for path in [ROOT / "serverless.yml", *sorted((ROOT / "infra/aws").rglob("*.yml"))]
)
#: What osls makes of functions, their events, the layer and the API. tests/package holds it against its template.
OF_OSLS = {
    "AWS::ApiGatewayV2::Api",
    "AWS::ApiGatewayV2::Authorizer",
    "AWS::ApiGatewayV2::Integration",
    "AWS::ApiGatewayV2::Route",
    "AWS::ApiGatewayV2::Stage",
    "AWS::Events::Rule",
    "AWS::Lambda::EventInvokeConfig",
    "AWS::Lambda::EventSourceMapping",
    "AWS::Lambda::Function",
    "AWS::Lambda::LayerVersion",
    "AWS::Lambda::Permission",
    "AWS::Logs::LogGroup",
}


def test_the_table_of_actions_has_the_types_that_exist_and_no_others() -> None:
    assert set(table()["types"]) == set(re.findall(r"Type: (AWS::\w+::\w+)", WRITTEN)) | OF_OSLS


def test_every_type_says_what_makes_it_and_what_deletes_it() -> None:
    for name, entry in {**table()["types"], **table()["beside"]}.items():
        assert entry["on"] == "*" or entry["on"].startswith("arn:{partition}:"), name
        assert entry["deploy"] == sorted(set(entry["deploy"])), name
        assert entry["destroy"] == sorted(set(entry["destroy"])), name


def test_every_action_exists_and_knows_the_resource_that_it_is_asked_on() -> None:
    """By cfn-lint's copy of the Service Authorization Reference."""
    services: dict[str, Any] = load_resource(AdditionalSpecs, "Policies.json")
    for entry in [*table()["types"].values(), *table()["beside"].values()]:
        on = entry["on"].format(partition="aws", region="eu-west-1", account="111122223333", stage="dev")
        for action in {*entry["deploy"], *entry["destroy"]}:
            service, name = action.split(":")
            known = services[service]["Actions"][name.lower()]
            of_service = {each.lower(): one for each, one in services[service]["Resources"].items()}
            kinds = [of_service[each.rstrip("*").lower()] for each in known.get("Resources", ())]
            formats = [re.sub(r"\$\{\w+\}", "[^:]*", each) for kind in kinds for each in kind["ARNFormats"]]
            if not formats:
                assert on == "*" or action in entry["anywhere"], f"{action} knows no resource"
            else:
                assert any(re.fullmatch(each, on) for each in formats), f"{action} on {on}"
                assert action not in entry.get("anywhere", ()), f"{action} knows resources"
    for action in reads.actions():
        service, name = action.split(":")
        assert name.lower() in services[service]["Actions"], action


def test_what_reads_are_called_is_what_the_services_call_them() -> None:
    session = Session()
    for service, operations in reads.READS.items():
        model = session.get_service_model(service)
        assert set(operations) <= set(model.operation_names), service


def test_medialives_role_as_it_is_made_is_judged_fine() -> None:
    role = load_yaml(ROOT / "infra/aws/media_live_role.yml")["Resources"]["MediaLiveRole"]["Properties"]
    policies = [one["PolicyDocument"] for one in role["Policies"]]
    assert judged("dev", role["AssumeRolePolicyDocument"], policies).verdict == "ok"
    assert judged("dev", role["AssumeRolePolicyDocument"], []).verdict == "wrong"


def test_the_doctor_asks_for_what_is_called_so() -> None:
    for name in ("onair-${sls:stage}-sessions", "onair-${sls:stage}-events-dead-letter", "onair-${sls:stage}-sweep\n"):
        assert name in WRITTEN
    assert re.findall(r"AlarmName: (\S+)", WRITTEN)
    assert all(name.startswith("onair-${sls:stage}-") for name in re.findall(r"AlarmName: (\S+)", WRITTEN))
    for logical in ("MediaLiveRole:", "CreateChannelRole:", "PageUrl:"):
        assert f"\n  {logical}" in WRITTEN
    assert OUTPUTS == ("HttpApiUrl", "PageUrl")


def _strings(document: Any) -> list[str]:
    if isinstance(document, dict):
        return [one for value in document.values() for one in _strings(value)]
    if isinstance(document, list):
        return [one for value in document for one in _strings(value)]
    return [document] if isinstance(document, str) else []


def test_one_function_alone_hands_medialives_role_over_and_it_is_the_one_that_is_looked_at() -> None:
    holders = [
        name
        for path in sorted((ROOT / "infra/aws/roles").glob("*.yml"))
        for name, role in load_yaml(path)["Resources"].items()
        if "iam:PassRole" in _strings(role)
    ]
    assert holders == ["CreateChannelRole"]


def test_every_runbook_that_the_doctor_names_exists() -> None:
    named = {
        page
        for path in (ROOT / "infra/doctor").glob("*.py")
        for page in re.findall(r"docs/runbooks/\w+\.md", path.read_text(encoding="utf-8"))
    }
    assert named
    assert [page for page in named if not (ROOT / page).is_file()] == []


#: What an S3 operation is called in a policy, where that is not its own name (S3 API reference, Permissions).
OF_S3 = {
    "HeadBucket": "ListBucket",
    "HeadObject": "GetObject",
    "ListObjectsV2": "ListBucket",
    "ListObjectVersions": "ListBucketVersions",
    "ListMultipartUploads": "ListBucketMultipartUploads",
    "DeleteObjects": "DeleteObjectVersion",
    "PutPublicAccessBlock": "PutBucketPublicAccessBlock",
    "PutBucketEncryption": "PutEncryptionConfiguration",
}


def test_the_table_has_what_deploying_and_destroying_call_themselves() -> None:
    session = Session()
    listed = {
        action
        for entry in [*table()["types"].values(), *table()["beside"].values()]
        for action in (*entry["deploy"], *entry["destroy"])
    }
    called = set()
    for path in sorted((ROOT / "infra/deployment").glob("*.py")):
        code = path.read_text(encoding="utf-8")
        words = set(re.findall(r"\.([a-z_0-9]+)\(|get_paginator\(\"([a-z_0-9]+)\"", code))
        names = {one for pair in words for one in pair if one}
        for service in set(re.findall(r"client\(\"([a-z0-9-]+)\"", code)):
            operations = session.get_service_model(service).operation_names
            prefix = {"stepfunctions": "states"}.get(service, service)
            called |= {
                f"{prefix}:{OF_S3.get(each, each) if service == 's3' else each}"
                for each in operations
                if xform_name(each) in names
            }
    assert {"cloudformation:CreateChangeSet", "s3:PutObject", "lambda:PutFunctionConcurrency"} <= called
    assert called <= listed, called - listed
