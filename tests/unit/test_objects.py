"""The bucket's gateway: what is not there is None, what is there is not written over, and pages are read as needed."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import timedelta
from itertools import islice
from urllib.parse import parse_qs, urlsplit

import pytest
from botocore.stub import ANY, Stubber

from shared.domain.errors import NotPermitted, ServiceUnavailable, WriteConflict
from shared.gateways import clients, objects
from shared.gateways.settings import settings
from tests.unit.table_on_moto import empty_table


@pytest.fixture
def bucket(monkeypatch: pytest.MonkeyPatch) -> Iterator[str]:
    with empty_table(monkeypatch):
        name = settings().bucket
        clients.client("s3").create_bucket(Bucket=name, CreateBucketConfiguration={"LocationConstraint": "eu-west-1"})
        yield name


@pytest.fixture
def stubbed(bucket: str) -> Iterator[Stubber]:
    """For what S3 does and moto does not."""
    with Stubber(clients.client("s3")) as stub:
        yield stub
        stub.assert_no_pending_responses()


def refused(stub: Stubber, operation: str, code: str, status: int) -> None:
    stub.add_client_error(operation, code, http_status_code=status)


@pytest.mark.parametrize("region", ["eu-west-1", "us-east-1"])
def test_a_link_leads_to_one_object_at_the_regions_own_address_for_a_while(
    bucket: str, monkeypatch: pytest.MonkeyPatch, region: str
) -> None:
    monkeypatch.setenv("AWS_DEFAULT_REGION", region)
    monkeypatch.delenv("AWS_ENDPOINT_URL", raising=False)  # a stage may be up in this process
    clients.forget_clients()
    link = urlsplit(objects.link("recordings/a/b.ts", timedelta(hours=1)))
    assert (
        f"{link.scheme}://{link.netloc}{link.path}" == f"https://{bucket}.s3.{region}.amazonaws.com/recordings/a/b.ts"
    )
    signed = parse_qs(link.query)
    assert signed["X-Amz-Algorithm"] == ["AWS4-HMAC-SHA256"] and signed["X-Amz-Expires"] == ["3600"]
    assert signed["X-Amz-Credential"][0].endswith(f"/{region}/s3/aws4_request")


def test_what_was_written_is_read(bucket: str) -> None:
    objects.put("a/b", b"one", "text/plain")
    objects.put("a/b", b"two", "text/plain")
    assert objects.get("a/b") == b"two"
    assert clients.client("s3").head_object(Bucket=bucket, Key="a/b")["ContentType"] == "text/plain"


def test_what_is_not_there_is_none(bucket: str) -> None:
    assert objects.get("a/b") is None


def test_the_first_write_stays(bucket: str) -> None:
    assert objects.put_once("a", b"one", "text/plain")
    assert not objects.put_once("a", b"two", "text/plain")
    assert objects.get("a") == b"one"


def test_a_copy_has_the_content_and_the_type_of_its_source(bucket: str) -> None:
    objects.put("from", b"one", "video/MP2T")
    assert objects.copy("from", "to/here")
    assert objects.get("to/here") == b"one"
    assert clients.client("s3").head_object(Bucket=bucket, Key="to/here")["ContentType"] == "video/MP2T"


def test_without_a_source_nothing_is_copied(bucket: str) -> None:
    assert not objects.copy("from", "to")
    assert objects.get("to") is None


def test_a_copy_that_another_has_made_counts(stubbed: Stubber, bucket: str) -> None:
    refused(stubbed, "copy_object", "PreconditionFailed", 412)
    assert objects.copy("from", "to")


def test_a_copy_is_made_unless_there_is_one_or_it_is_to_be_written_over(stubbed: Stubber, bucket: str) -> None:
    source = {"Bucket": bucket, "Key": "from"}
    stubbed.add_response("copy_object", {}, {"Bucket": bucket, "Key": "to", "CopySource": source, "IfNoneMatch": "*"})
    stubbed.add_response("copy_object", {}, {"Bucket": bucket, "Key": "to", "CopySource": source})
    assert objects.copy("from", "to")
    assert objects.copy("from", "to", over=True)


@pytest.mark.parametrize("operation", ["copy_object", "put_object"])
def test_two_writes_at_once_are_told_and_made_again(stubbed: Stubber, operation: str) -> None:
    refused(stubbed, operation, "ConditionalRequestConflict", 409)
    with pytest.raises(WriteConflict):
        objects.copy("from", "to") if operation == "copy_object" else objects.put_once("to", b"", "text/plain")


@pytest.mark.parametrize(
    ("code", "status", "error"), [("AccessDenied", 403, NotPermitted), ("ServiceUnavailable", 503, ServiceUnavailable)]
)
def test_any_other_trouble_is_of_the_vocabulary(
    stubbed: Stubber, code: str, status: int, error: type[Exception]
) -> None:
    for operation in ("get_object", "put_object", "put_object", "copy_object", "list_objects_v2"):
        refused(stubbed, operation, code, status)
    for call in (
        lambda: objects.get("a"),
        lambda: objects.put("a", b"", "text/plain"),
        lambda: objects.put_once("a", b"", "text/plain"),
        lambda: objects.copy("a", "b"),
        lambda: list(objects.listed("a")),
    ):
        with pytest.raises(error):
            call()


def test_a_list_is_in_order_and_goes_on_from_page_to_page(bucket: str) -> None:
    for number in (3, 1, 2, 0):
        objects.put(f"a/{number}", b"x" * number, "text/plain")
    objects.put("b/0", b"", "text/plain")
    assert [(one.key, one.size) for one in objects.listed("a/", page=3)] == [(f"a/{n}", n) for n in range(4)]
    assert [one.key for one in objects.listed("a/", after="a/1")] == ["a/2", "a/3"]
    assert list(objects.listed("c/")) == []


def test_a_page_that_is_not_needed_is_not_asked_for(stubbed: Stubber) -> None:
    found = [{"Key": "a", "Size": 1}, {"Key": "b", "Size": 1}]
    answer = {"Contents": found, "IsTruncated": True, "NextContinuationToken": "more"}
    stubbed.add_response("list_objects_v2", answer, {"Bucket": ANY, "Prefix": "", "MaxKeys": 1000})
    assert [one.key for one in islice(objects.listed(""), 2)] == ["a", "b"]
