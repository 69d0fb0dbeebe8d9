"""The stage's buckets: what a run that breaks off leaves to the next, and what counts as a recording. On moto's S3."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import boto3
import pytest
from botocore.exceptions import ClientError
from moto import mock_aws

from infra.deployment import artifacts, buckets, destroy, leftovers, sessions
from infra.deployment.account import Stage
from infra.deployment.page import PageFile, publish
from infra.deployment.stack import Seen

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


class NoStack:
    def settled(self) -> Seen:
        return Seen()

    def delete(self) -> None: ...


@pytest.fixture
def media_alone(stage: Account, monkeypatch: pytest.MonkeyPatch) -> str:
    """All else of the stage is gone."""
    stage.client("s3").delete_bucket(Bucket=stage.bucket("page"))
    monkeypatch.setattr(sessions, "tagged", lambda _: [])
    monkeypatch.setattr(sessions, "delete_secrets", lambda _: None)
    monkeypatch.setattr(leftovers, "in_the_way", lambda _: [])
    return stage.bucket("media")


def destroyed(stage: Account, wish: destroy.Wish) -> tuple[destroy.Destroyed, int]:
    """With how often it was asked."""
    asked: list[None] = []
    run = destroy.Destruction(stage, NoStack(), lambda _: None, lambda: asked.append(None))  # type: ignore[arg-type]
    return run.run(wish), len(asked)


def test_a_recording_that_can_be_brought_back_is_a_recording(stage: Account, media_alone: str) -> None:
    """Somebody has switched versions on, and deleted a recording by mistake."""
    s3 = stage.client("s3")
    s3.put_bucket_versioning(Bucket=media_alone, VersioningConfiguration={"Status": "Enabled"})
    s3.put_object(Bucket=media_alone, Key="recordings/a.ts", Body=b"1")
    s3.delete_object(Bucket=media_alone, Key="recordings/a.ts")
    assert not buckets.is_empty(stage, media_alone)
    done, _ = destroyed(stage, destroy.Wish())
    assert (done.kept, done.left) == (media_alone, ())
    assert len(s3.list_object_versions(Bucket=media_alone)["Versions"]) == 1
    done, asked = destroyed(stage, destroy.Wish(delete_recordings=True))
    assert (done.kept, done.left, asked) == (None, (), 1)


def test_a_bucket_that_another_run_takes_away_meanwhile_is_done(stage: Account, media_alone: str) -> None:
    def meanwhile(said: str) -> None:
        if said.startswith("emptying"):
            stage.client("s3").delete_bucket(Bucket=media_alone)

    stage.client("s3").put_object(Bucket=media_alone, Key="recordings/a.ts", Body=b"1")
    buckets.remove(stage, media_alone, meanwhile)
    assert not artifacts.bucket_exists(stage, media_alone)


def test_an_empty_bucket_is_not_deleted_unasked_either(stage: Account, media_alone: str) -> None:
    stage.client("s3").create_multipart_upload(Bucket=media_alone, Key="buffer/a.ts")

    def no() -> None:
        raise KeyboardInterrupt

    run = destroy.Destruction(stage, NoStack(), lambda _: None, no)  # type: ignore[arg-type]
    with pytest.raises(KeyboardInterrupt):
        run.run(destroy.Wish())
    assert len(stage.client("s3").list_multipart_uploads(Bucket=media_alone)["Uploads"]) == 1
    assert destroyed(stage, destroy.Wish()) == (destroy.Destroyed((), None, ()), 1)
    assert destroyed(stage, destroy.Wish()) == (destroy.Destroyed((), None, ()), 0)
