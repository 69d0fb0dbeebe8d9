"""The media bucket in S3: what channels write into it, and the recordings that are cut from that.

One call a method; a list is read as far as the caller goes. Keys are whole: no method knows what a folder means.
"""

from __future__ import annotations

from collections.abc import Iterator
from datetime import timedelta

from botocore.exceptions import ClientError

from shared.domain.errors import WriteConflict
from shared.domain.model import Value
from shared.gateways.clients import client
from shared.gateways.settings import settings
from shared.gateways.translate import code_of, translated

_MISSING = frozenset({"NoSuchKey", "404", "NotFound"})
#: What S3 gives at once at most.
PAGE = 1000


class Stored(Value):
    """``size`` in bytes."""

    key: str
    size: int


def get(key: str) -> bytes | None:
    """An object's content, None when there is no such object."""
    with translated(f"GetObject {key}"):
        try:
            body: bytes = client("s3").get_object(Bucket=settings().bucket, Key=key)["Body"].read()
        except ClientError as error:
            if code_of(error) in _MISSING:
                return None
            raise
    return body


def put(key: str, body: bytes, content_type: str) -> None:
    """Write an object, or write it over."""
    with translated(f"PutObject {key}"):
        client("s3").put_object(Bucket=settings().bucket, Key=key, Body=body, ContentType=content_type)


def put_once(key: str, body: bytes, content_type: str) -> bool:
    """Write an object unless there is one already. False when there is: the first one stays.

    Raises ``WriteConflict`` when another write of it is under way.
    """
    with translated(f"PutObject {key}"):
        try:
            client("s3").put_object(
                Bucket=settings().bucket, Key=key, Body=body, ContentType=content_type, IfNoneMatch="*"
            )
        except ClientError as error:
            return _not_written(error, key)
    return True


def copy(source: str, target: str, *, over: bool = False) -> bool:
    """Copy an object within the bucket, with its content type. False when there is no source.

    What is at the target already stays, unless it is to be written over: whoever comes second copies nothing. Raises
    ``WriteConflict`` when another write of it is under way.
    """
    condition = {} if over else {"IfNoneMatch": "*"}
    bucket = settings().bucket
    with translated(f"CopyObject {source}"):
        try:
            client("s3").copy_object(
                Bucket=bucket, Key=target, CopySource={"Bucket": bucket, "Key": source}, **condition
            )
        except ClientError as error:
            if code_of(error) in _MISSING:
                return False
            return not _not_written(error, target)
    return True


def link(key: str, good_for: timedelta) -> str:
    """An address from which whoever has it can read an object: signed here, without a call.

    Made with a role's credentials it is good as long as these are, if that is shorter (S3 user guide, "Sharing objects
    with presigned URLs").
    """
    url: str = client("s3").generate_presigned_url(
        "get_object", Params={"Bucket": settings().bucket, "Key": key}, ExpiresIn=int(good_for.total_seconds())
    )
    return url


def listed(prefix: str, after: str = "", page: int = PAGE) -> Iterator[Stored]:
    """The objects below a prefix whose keys are behind ``after``, in the order of their keys. So many at a time, and
    only as far as the caller goes."""
    request = {"Bucket": settings().bucket, "Prefix": prefix, "MaxKeys": page}
    if after:
        request["StartAfter"] = after
    while True:
        with translated(f"ListObjectsV2 {prefix}"):
            answer = client("s3").list_objects_v2(**request)
        for one in answer.get("Contents", ()):
            yield Stored(key=one["Key"], size=one["Size"])
        if not answer["IsTruncated"]:
            return
        request["ContinuationToken"] = answer["NextContinuationToken"]


class Upload(Value):
    """A multipart upload that was begun and not finished: what it has stored is paid for, and no list of objects shows
    it."""

    key: str
    upload_id: str


def unfinished_uploads(prefix: str = "") -> Iterator[Upload]:
    """The multipart uploads under way in the bucket, to keys that begin with ``prefix``."""
    request = {"Bucket": settings().bucket, **({"Prefix": prefix} if prefix else {})}
    with translated("ListMultipartUploads"):
        for page in client("s3").get_paginator("list_multipart_uploads").paginate(**request):
            yield from (Upload(key=one["Key"], upload_id=one["UploadId"]) for one in page.get("Uploads", ()))


def abort_upload(upload: Upload) -> None:
    """Throw away what an upload has stored. One that is not there is done."""
    with translated(f"AbortMultipartUpload {upload.key}"):
        try:
            client("s3").abort_multipart_upload(Bucket=settings().bucket, Key=upload.key, UploadId=upload.upload_id)
        except ClientError as error:
            if code_of(error) != "NoSuchUpload":
                raise


def _not_written(error: ClientError, key: str) -> bool:
    """False when the object is there already. Raises whatever else the error says."""
    code = code_of(error)
    if code == "PreconditionFailed":
        return False
    if code == "ConditionalRequestConflict":
        raise WriteConflict(f"{key}: another write is under way") from None
    raise error
