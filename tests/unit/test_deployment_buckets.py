"""The stage's buckets: what a run that breaks off leaves to the next. On moto's S3."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import boto3
import pytest
from botocore.exceptions import ClientError
from moto import mock_aws

from infra.deployment.account import Stage
from infra.deployment.page import PageFile, publish

PAGE = {"app.js": PageFile(b"1", "text/javascript"), "index.html": PageFile(b"2", "text/html")}


class CloudFront:
    """Counts what it is told to forget; ``fails``: so many times it refuses first."""

    def __init__(self, fails: int = 0) -> None:
        self.fails, self.forgot = fails, 0

    def create_invalidation(self, **_: Any) -> None:
        if self.fails:
            self.fails -= 1
            raise ClientError({"Error": {"Code": "TooManyInvalidationsInProgress"}}, "CreateInvalidation")
        self.forgot += 1


class Account(Stage):
    cloudfront = CloudFront()

    def client(self, service: str) -> Any:
        return self.cloudfront if service == "cloudfront" else super().client(service)


@pytest.fixture
def stage(monkeypatch: pytest.MonkeyPatch) -> Iterator[Account]:
    with mock_aws():
        monkeypatch.setattr(Account, "cloudfront", CloudFront())
        session = boto3.Session("example-not-real", "example-not-real", region_name="eu-west-1")
        account = session.client("sts").get_caller_identity()["Account"]
        made = Account("live", account, "eu-west-1", f"arn:aws:iam::{account}:user/somebody", None, session)
        for what in ("page", "media"):
            made.client("s3").create_bucket(
                Bucket=made.bucket(what), CreateBucketConfiguration={"LocationConstraint": "eu-west-1"}
            )
        yield made


def published(stage: Account) -> int:
    return publish(stage, PAGE, "E1", lambda _: None)


def test_a_page_that_is_as_it_should_be_is_left_alone(stage: Account) -> None:
    assert (published(stage), published(stage), stage.cloudfront.forgot) == (2, 0, 1)
    keys = [each["Key"] for each in stage.client("s3").list_objects_v2(Bucket=stage.bucket("page"))["Contents"]]
    assert keys == ["app.js", "index.html"]


def test_copies_that_a_run_did_not_come_to_drop_are_dropped_by_the_next(stage: Account) -> None:
    """Else browsers had the old page for the day that CloudFront keeps it."""
    stage.cloudfront.fails = 1
    with pytest.raises(ClientError):
        published(stage)
    assert stage.cloudfront.forgot == 0
    published(stage)
    published(stage)
    assert stage.cloudfront.forgot == 1
