"""A bucket emptied, and taken away: objects, versions if somebody has switched them on, and unfinished uploads. Used by
``destroy``."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager

from botocore.exceptions import ClientError

from infra.deployment.account import Say, Stage
from infra.deployment.artifacts import bucket_exists
from infra.deployment.troubles import Failed
from shared.gateways.translate import code_of

#: What S3 deletes in one call at most.
AT_ONCE = 1000


@contextmanager
def _perhaps_gone(code: str) -> Iterator[None]:
    """Another run of the same command, or whoever finished an upload, was faster."""
    try:
        yield
    except ClientError as error:
        if code_of(error) != code:
            raise


def empty(stage: Stage, bucket: str, say: Say) -> None:
    """A bucket that is not there is empty. Raises Failed for what S3 does not delete."""
    if bucket_exists(stage, bucket):
        with _perhaps_gone("NoSuchBucket"):
            _empty(stage, bucket, say)


def _empty(stage: Stage, bucket: str, say: Say) -> None:
    abort_uploads(stage, bucket)
    s3, place, gone = stage.client("s3"), {"Bucket": bucket, "ExpectedBucketOwner": stage.account}, 0
    for page in s3.get_paginator("list_object_versions").paginate(**place, PaginationConfig={"PageSize": AT_ONCE}):
        found = [
            {"Key": each["Key"], "VersionId": each["VersionId"]}
            for each in (*page.get("Versions", []), *page.get("DeleteMarkers", []))
        ]
        if not found:
            continue
        answer = s3.delete_objects(**place, Delete={"Objects": found, "Quiet": True})
        if errors := answer.get("Errors"):
            first = errors[0]
            raise Failed(
                f"S3 does not delete {len(errors)} objects of {bucket}, {first['Key']} first: {first.get('Message')}",
                "Settle that, and run the same command again.",
            )
        gone += len(found)
        say(f"emptying {bucket}: {gone} objects deleted")


def remove(stage: Stage, bucket: str, say: Say) -> None:
    """Empty a bucket and delete it. One that is not there is done."""
    if not bucket_exists(stage, bucket):
        return
    empty(stage, bucket, say)
    with _perhaps_gone("NoSuchBucket"):
        stage.client("s3").delete_bucket(Bucket=bucket, ExpectedBucketOwner=stage.account)
    say(f"deleted the bucket {bucket}")


def abort_uploads(stage: Stage, bucket: str) -> None:
    """Unfinished uploads are paid for and seen nowhere."""
    s3, place = stage.client("s3"), {"Bucket": bucket, "ExpectedBucketOwner": stage.account}
    for page in s3.get_paginator("list_multipart_uploads").paginate(**place):
        for each in page.get("Uploads", []):
            with _perhaps_gone("NoSuchUpload"):
                s3.abort_multipart_upload(**place, Key=each["Key"], UploadId=each["UploadId"])


def is_empty(stage: Stage, bucket: str) -> bool:
    """Whether it holds no object, nor an earlier version of one: what was deleted can be brought back from that."""
    pages = stage.client("s3").get_paginator("list_object_versions")
    return not any(page.get("Versions") for page in pages.paginate(Bucket=bucket, ExpectedBucketOwner=stage.account))
