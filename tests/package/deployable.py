"""Says what of a built template an account would refuse, or take and regret: names, what is kept and for how long, who
may reach it, what rings. Beside ``template``, which says how the parts are joined.

Each ``…_faults`` takes a template of the stage ``dev`` and gives sentences, none if all is well.
"""

from __future__ import annotations

import json
import re
from collections.abc import Iterator
from fnmatch import fnmatchcase
from typing import Any

from shared.domain.limits import LONGEST_SESSION
from tests.package.template import Json, named, of

#: How long a name may be (each service's API reference), by the resource's kind and the property that holds it.
NAMES = {
    "CloudFront::OriginAccessControl": ("OriginAccessControlConfig.Name", 64),
    "CloudFront::ResponseHeadersPolicy": ("ResponseHeadersPolicyConfig.Name", 128),
    "CloudWatch::Alarm": ("AlarmName", 255),
    "CloudWatch::Dashboard": ("DashboardName", 255),
    "DynamoDB::Table": ("TableName", 255),
    "Events::Rule": ("Name", 64),
    "IAM::Role": ("RoleName", 64),
    "Lambda::Function": ("FunctionName", 64),
    "Lambda::LayerVersion": ("LayerName", 140),
    "Logs::LogGroup": ("LogGroupName", 512),
    "S3::Bucket": ("BucketName", 63),
    "SQS::Queue": ("QueueName", 80),
    "StepFunctions::StateMachine": ("StateMachineName", 80),
}
#: One in all of an account's regions: their ARNs name none.
OF_THE_ACCOUNT = {
    "CloudFront::OriginAccessControl",
    "CloudFront::ResponseHeadersPolicy",
    "CloudWatch::Dashboard",
    "IAM::Role",
}
#: As long as a stage's name and a region's are at most.
LONG = {"dev": "s" * 16, "${AWS::Region}": "ap-southeast-2", "${AWS::AccountId}": "111122223333"}
#: osls's own, which is not deployed as it is.
NOT_OURS = "ServerlessDeploymentBucket"
WEEK = 7 * 24 * 3600


def name_faults(template: Json) -> Iterator[str]:
    """Names that are too long with a long stage's name, or another stage's or region's as well."""
    for kind, (path, most) in NAMES.items():
        for logical_id, properties in of(template, kind):
            name = _name(properties, path)
            if name is None:
                continue
            if "onair-dev" not in name:
                yield f"{logical_id}: {name} is another stage's as well"
            if kind in OF_THE_ACCOUNT and "${AWS::Region}" not in name:
                yield f"{logical_id}: {name} is another region's as well"
            if kind == "S3::Bucket" and not {"${AWS::Region}", "${AWS::AccountId}"} <= set(
                re.findall(r"\$\{.*?\}", name)
            ):
                yield f"{logical_id}: {name} is somebody else's as well"
            for short, long in LONG.items():
                name = name.replace(short, long)
            if len(name) > most:
                yield f"{logical_id}: {name} is longer than {most} characters"
    for logical_id, rule in of(template, "Events::Rule"):
        yield from (
            f"{logical_id}: its target's id is too long" for each in rule["Targets"] if len(each["Id"]) + 13 > 64
        )


def _name(properties: Json, path: str) -> str | None:
    found: Any = properties
    for part in path.split("."):
        found = (found or {}).get(part)
    return found["Fn::Sub"] if isinstance(found, dict) else found


def bucket_faults(template: Json) -> Iterator[str]:
    """Buckets that are not private, encrypted and reached over TLS alone; source material that goes too early."""
    for logical_id, bucket in of(template, "S3::Bucket"):
        if logical_id == NOT_OURS:
            continue
        if set((bucket.get("PublicAccessBlockConfiguration") or {}).values()) != {True}:
            yield f"{logical_id} is not closed to the public"
        if len(bucket.get("PublicAccessBlockConfiguration", {})) != 4 or "OwnershipControls" not in bucket:
            yield f"{logical_id} may be opened by an object's ACL"
        if "BucketEncryption" not in bucket:
            yield f"{logical_id} is not encrypted"
        if not _over_tls_alone(template, "S3::BucketPolicy", logical_id, "s3:*"):
            yield f"{logical_id} is reached without TLS as well"
    rules = template["Resources"]["MediaBucket"]["Properties"]["LifecycleConfiguration"]["Rules"]
    days = [each["ExpirationInDays"] for each in rules if each.get("Prefix") == "buffer/"]
    if len(days) != 1 or days[0] * 24 * 3600 < LONGEST_SESSION + WEEK:
        yield "MediaBucket: buffer/ goes within a week of the longest session's end, or never"
    if not [each for each in rules if "AbortIncompleteMultipartUpload" in each and not each.get("Prefix")]:
        yield "MediaBucket: what was never uploaded whole stays for ever"


def _over_tls_alone(template: Json, kind: str, logical_id: str, actions: str) -> bool:
    """Whether a policy of the resource denies everything to whoever comes without TLS."""
    for _, policy in of(template, kind):
        if {"Ref": logical_id} not in (policy.get("Queues") or [policy.get("Bucket")]):
            continue
        for each in policy["PolicyDocument"]["Statement"]:
            resources = each["Resource"] if isinstance(each["Resource"], list) else [each["Resource"]]
            whole = {"Fn::GetAtt": [logical_id, "Arn"]} in resources
            objects = {"Fn::Sub": f"${{{logical_id}.Arn}}/*"} in resources or actions != "s3:*"
            plain = {"Bool": {"aws:SecureTransport": "false"}}
            if (each["Effect"], each["Principal"], each["Action"]) == ("Deny", "*", actions) and whole and objects:
                return bool(each["Condition"] == plain)
    return False


def table_faults(template: Json) -> Iterator[str]:
    wanted = {
        "BillingMode": "PAY_PER_REQUEST",
        "PointInTimeRecoverySpecification": {"PointInTimeRecoveryEnabled": True},
        "SSESpecification": {"SSEEnabled": True},
        "StreamSpecification": {"StreamViewType": "NEW_AND_OLD_IMAGES"},
    }
    for logical_id, table in of(template, "DynamoDB::Table"):
        yield from (
            f"{logical_id}: {name} is not {value}" for name, value in wanted.items() if table.get(name) != value
        )


def queue_faults(template: Json) -> Iterator[str]:
    """Dead-letter queues that keep too little, for too short a time, of too few rules, or ring nowhere."""
    rung = json.dumps([alarm["Dimensions"] for _, alarm in of(template, "CloudWatch::Alarm") if "Dimensions" in alarm])
    for logical_id, queue in of(template, "SQS::Queue"):
        if queue.get("MessageRetentionPeriod") != 14 * 24 * 3600:
            yield f"{logical_id} does not keep for as long as it may"
        if queue.get("SqsManagedSseEnabled") is not True:
            yield f"{logical_id} is not encrypted"
        if not _over_tls_alone(template, "SQS::QueuePolicy", logical_id, "sqs:*"):
            yield f"{logical_id} is reached without TLS as well"
        if f'"{logical_id}"' not in rung:
            yield f"{logical_id}: nothing rings when something is in it"
        for rule, name in _rules_to(template, logical_id):
            if not any(fnmatchcase(name, each) for each in _rules_let_in(template, logical_id)):
                yield f"{logical_id} does not take what {rule} could not deliver"


def _rules_to(template: Json, queue: str) -> Iterator[tuple[str, str]]:
    for logical_id, rule in of(template, "Events::Rule"):
        if any(named(each.get("DeadLetterConfig", {}).get("Arn")) == queue for each in rule["Targets"]):
            yield logical_id, rule["Name"]


def _rules_let_in(template: Json, queue: str) -> Iterator[str]:
    """Patterns of the names of this account's and region's rules that may send."""
    for _, policy in of(template, "SQS::QueuePolicy"):
        for each in policy["PolicyDocument"]["Statement"]:
            if {"Ref": queue} in policy["Queues"] and each["Effect"] == "Allow":
                arn = each.get("Condition", {}).get("ArnLike", {}).get("aws:SourceArn", {}).get("Fn::Sub", "")
                own, _, name = arn.partition(":rule/")
                if own == "arn:${AWS::Partition}:events:${AWS::Region}:${AWS::AccountId}":
                    yield name


def role_faults(template: Json) -> Iterator[str]:
    """Roles that a service could be made to take on for somebody else. Lambda's tell nothing to compare with: its own
    role is taken on for the function alone that has it (Lambda developer guide, "Lambda execution role")."""
    for logical_id, role in of(template, "IAM::Role"):
        for each in role["AssumeRolePolicyDocument"]["Statement"]:
            conditions = json.dumps(each.get("Condition", {}))
            guarded = all(f'"aws:{key}"' in conditions for key in ("SourceAccount", "SourceArn"))
            if each["Principal"] != {"Service": "lambda.amazonaws.com"} and not guarded:
                yield f"{logical_id} is taken on for whoever asks {each['Principal']}"


def edge_faults(template: Json) -> Iterator[str]:
    """What stands before the API and the page."""
    for logical_id, stage in of(template, "ApiGatewayV2::Stage"):
        if not {"ThrottlingRateLimit", "ThrottlingBurstLimit"} <= stage["DefaultRouteSettings"].keys():
            yield f"{logical_id} takes all that the account may"
    for logical_id, properties in of(template, "CloudFront::Distribution"):
        distribution = properties["DistributionConfig"]
        for each in (distribution["DefaultCacheBehavior"], *distribution["CacheBehaviors"]):
            where = f"{logical_id}: {each.get('PathPattern', 'the page')}"
            if each["ViewerProtocolPolicy"] == "allow-all":
                yield f"{where} is read without TLS as well"
            if "ResponseHeadersPolicyId" not in each:
                yield f"{where} is answered without headers that keep it safe"


def alarm_faults(template: Json) -> Iterator[str]:
    """Alarms that say nothing of missing numbers, or whose sum is missing where one of its parts is."""
    for logical_id, alarm in of(template, "CloudWatch::Alarm"):
        if "TreatMissingData" not in alarm or "AlarmActions" not in alarm:
            yield f"{logical_id} does not say what missing numbers mean, or whom it tells"
        counted = [each["Id"] for each in alarm.get("Metrics", []) if "MetricStat" in each]
        sums = " ".join(each["Expression"] for each in alarm.get("Metrics", []) if "Expression" in each)
        yield from (
            f"{logical_id}: without {each} there is no sum" for each in counted if f"FILL({each}, 0)" not in sums
        )


def late_faults(template: Json) -> Iterator[str]:
    """Streams that nothing rings for when they are not kept up with: what is given up on rings a day later."""
    rung = [
        json.dumps(alarm["Dimensions"])
        for _, alarm in of(template, "CloudWatch::Alarm")
        if (alarm.get("Namespace"), alarm.get("MetricName")) == ("AWS/Lambda", "IteratorAge")
    ]
    for logical_id, mapping in of(template, "Lambda::EventSourceMapping"):
        if not any(f'"{named(mapping["FunctionName"])}"' in each for each in rung):
            yield f"{logical_id}: nothing rings when it is late"


def schedule_faults(template: Json) -> Iterator[str]:
    """Schedules whose undelivered events would be worked off in a heap: older than the next one, by either queue."""
    ages = {
        named(each["FunctionName"]): each.get("MaximumEventAgeInSeconds", 6 * 3600)
        for _, each in of(template, "Lambda::EventInvokeConfig")
    }
    for logical_id, rule in of(template, "Events::Rule"):
        every = re.fullmatch(r"rate\((\d+) minutes?\)", rule.get("ScheduleExpression", ""))
        for target in rule["Targets"] if every else ():
            waits = max(target["RetryPolicy"]["MaximumEventAgeInSeconds"], ages[named(target["Arn"])])
            if every and waits > int(every[1]) * 60:
                yield f"{logical_id}: an event waits for {waits} seconds, and the next one is there"


CHECKS = (
    name_faults,
    bucket_faults,
    table_faults,
    queue_faults,
    role_faults,
    edge_faults,
    alarm_faults,
    late_faults,
    schedule_faults,
)
