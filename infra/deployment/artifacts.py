"""What CloudFormation is given: the zips and the template, in the stage's deployment bucket. Used by ``deploy``.

osls writes a template that names the zips by the time of packaging, in a bucket of the stack's own. Here a zip's key is
its hash, so that what has not changed is neither uploaded nor deployed again; and the bucket is there before the stack
is, so that the stack is made in one go. docs/decisions/0021.
"""

from __future__ import annotations

import copy
import hashlib
import json
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from botocore.exceptions import ClientError

from infra.deployment.account import Say, Stage
from infra.deployment.troubles import Trouble
from infra.packaging.build import Package
from shared.gateways.translate import code_of

Json = dict[str, Any]

#: CloudFormation's own limits ("CloudFormation quotas", user guide): a template from S3, its resources and outputs.
MOST_BYTES, MOST_RESOURCES, MOST_OUTPUTS = 1_000_000, 500, 200
_OSLS_OWN = ("ServerlessDeploymentBucket", "ServerlessDeploymentBucketPolicy")
#: Where the template remembers the stage's settings, for the next deployment.
SETTINGS_KEY = "OnAirSettings"


def addressed(template: Json, stage: Stage, keys: Mapping[str, str], settings: Mapping[str, str]) -> Json:
    """The template as it is deployed: zips by their keys (by file name), buckets by their names, settings remembered.

    A bucket that is to be taken over from an earlier stage must have a name that is no function of anything (user
    guide, "Import AWS resources into a CloudFormation stack automatically"). Raises Trouble where a limit is passed.
    """
    result = copy.deepcopy(template)
    resources = result["Resources"]
    for name in _OSLS_OWN:
        resources.pop(name, None)
    for resource in resources.values():
        held = {"AWS::Lambda::Function": "Code", "AWS::Lambda::LayerVersion": "Content"}.get(resource["Type"])
        if held is not None:
            place = resource["Properties"][held]
            place["S3Bucket"] = stage.bucket("deployment")
            place["S3Key"] = keys[str(place["S3Key"]).rpartition("/")[2]]
    resources["MediaBucket"]["Properties"]["BucketName"] = stage.bucket("media")
    # Only ours: osls's tell the time of packaging, and export names that nobody imports.
    kept = ("HttpApiUrl", "PageUrl", "PageDistributionId")
    result["Outputs"] = {
        name: {key: value for key, value in each.items() if key != "Export"}
        for name, each in result["Outputs"].items()
        if name in kept
    }
    result.setdefault("Metadata", {})[SETTINGS_KEY] = dict(sorted(settings.items()))
    _within_limits(result)
    return result


def dumped(template: Json) -> bytes:
    """The template as it is uploaded: the same bytes for the same template."""
    return json.dumps(template, separators=(",", ":"), ensure_ascii=False).encode()


def _within_limits(template: Json) -> None:
    counted = {
        "bytes": (len(dumped(template)), MOST_BYTES),
        "resources": (len(template["Resources"]), MOST_RESOURCES),
        "outputs": (len(template["Outputs"]), MOST_OUTPUTS),
    }
    for what, (has, most) in counted.items():
        if has > most:
            raise Trouble(f"The template has {has} {what}, and CloudFormation takes {most}.", "It has to be divided.")


def ensure_bucket(stage: Stage, say: Say) -> None:
    """The deployment bucket: private, encrypted, over TLS alone. Made if it is not there, set right in any case.

    What was uploaded stays for as long as the stage: a rollback takes the zips that were there before."""
    s3, bucket = stage.client("s3"), stage.bucket("deployment")
    if not bucket_exists(stage, bucket):
        say(f"making the deployment bucket {bucket}")
        where = {} if stage.region == "us-east-1" else {"LocationConstraint": stage.region}
        s3.create_bucket(
            Bucket=bucket,
            ObjectOwnership="BucketOwnerEnforced",
            **({"CreateBucketConfiguration": where} if where else {}),
        )
    owned = {"Bucket": bucket, "ExpectedBucketOwner": stage.account}
    blocked = ("BlockPublicAcls", "BlockPublicPolicy", "IgnorePublicAcls", "RestrictPublicBuckets")
    s3.put_public_access_block(**owned, PublicAccessBlockConfiguration=dict.fromkeys(blocked, True))
    rule = {"ApplyServerSideEncryptionByDefault": {"SSEAlgorithm": "AES256"}}
    s3.put_bucket_encryption(**owned, ServerSideEncryptionConfiguration={"Rules": [rule]})
    s3.put_bucket_tagging(**owned, Tagging={"TagSet": [{"Key": "onair:stage", "Value": stage.name}]})
    arn = f"arn:{partition(stage)}:s3:::{bucket}"
    refused = {
        "Effect": "Deny",
        "Principal": "*",
        "Action": "s3:*",
        "Resource": [arn, f"{arn}/*"],
        "Condition": {"Bool": {"aws:SecureTransport": "false"}},
    }
    s3.put_bucket_policy(**owned, Policy=json.dumps({"Version": "2012-10-17", "Statement": [refused]}))


def bucket_exists(stage: Stage, bucket: str) -> bool:
    """Whether the account has the bucket. Trouble if somebody else has it: a name is one in all of AWS."""
    try:
        stage.client("s3").head_bucket(Bucket=bucket, ExpectedBucketOwner=stage.account)
    except ClientError as error:
        if code_of(error) in {"404", "NoSuchBucket", "NotFound"}:
            return False
        if code_of(error) == "403":
            raise Trouble(
                f"The bucket {bucket} is not this account's, or these credentials may not see it.",
                "Take another stage's name, or credentials that may.",
            ) from error
        raise
    return True


def upload_zips(stage: Stage, package: Package, say: Say) -> dict[str, str]:
    """The key of each zip, by its file's name; uploaded unless it is there."""
    keys = {}
    for file, digest in (
        (package.functions, package.functions_hash),
        (package.dependencies, package.dependencies_hash),
    ):
        keys[file.name] = f"{file.stem}/{digest}.zip"
        _upload(stage, keys[file.name], file.read_bytes(), say)
    return keys


def upload_template(stage: Stage, template: Json, say: Say) -> str:
    """The template's address."""
    body = dumped(template)
    key = f"template/{hashlib.sha256(body).hexdigest()}.json"
    _upload(stage, key, body, say)
    suffix = "amazonaws.com.cn" if partition(stage) == "aws-cn" else "amazonaws.com"
    return f"https://{stage.bucket('deployment')}.s3.{stage.region}.{suffix}/{key}"


def read_template(file: Path) -> Json:
    template: Json = json.loads(file.read_text(encoding="utf-8"))
    return template


def partition(stage: Stage) -> str:
    return stage.caller.split(":")[1]


def _upload(stage: Stage, key: str, body: bytes, say: Say) -> None:
    s3, place = stage.client("s3"), {"Bucket": stage.bucket("deployment"), "Key": key}
    try:
        if s3.head_object(**place, ExpectedBucketOwner=stage.account)["ContentLength"] == len(body):
            return
    except ClientError as error:
        if code_of(error) not in {"404", "NoSuchKey", "NotFound"}:
            raise
    say(f"uploading {key.partition('/')[0]}, {len(body) / 1e6:.1f} MB")
    s3.put_object(**place, Body=body, ExpectedBucketOwner=stage.account)
