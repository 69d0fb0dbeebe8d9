"""What is deployed, by whom, and what is said when AWS refuses: the parts of `make deploy` that need no account."""

from __future__ import annotations

import dataclasses
import json
import os
import sys
from pathlib import Path
from typing import Any

import boto3
import pytest
from botocore.exceptions import ClientError, EndpointConnectionError, NoCredentialsError

from infra.deployment import __main__ as program
from infra.deployment import deploy as steps
from infra.deployment import sessions
from infra.deployment.account import Stage, explained, sign_in, told
from infra.deployment.artifacts import MOST_RESOURCES, addressed, dumped
from infra.deployment.deploy import Deployed
from infra.deployment.destroy import Destroyed
from infra.deployment.page import page_files
from infra.deployment.stack import Seen
from infra.deployment.troubles import NoAnswer, Trouble, WrongCall
from shared.gateways import clients

Json = dict[str, Any]
ROOT = Path(__file__).resolve().parents[2]
STAGE = Stage("live", "111122223333", "eu-west-1", "arn:aws:iam::111122223333:user/somebody", None, None)
KEYS = {"functions.zip": "functions/aa.zip", "dependencies.zip": "dependencies/bb.zip"}


def a_template() -> Json:
    code = {"S3Bucket": {"Ref": "ServerlessDeploymentBucket"}}
    return {
        "Resources": {
            "ServerlessDeploymentBucket": {"Type": "AWS::S3::Bucket"},
            "ServerlessDeploymentBucketPolicy": {"Type": "AWS::S3::BucketPolicy"},
            "MediaBucket": {"Type": "AWS::S3::Bucket", "Properties": {"BucketName": {"Fn::Sub": "onair-live-media-…"}}},
            "Api": {
                "Type": "AWS::Lambda::Function",
                "Properties": {"Code": {**code, "S3Key": "serverless/onair/live/1795-2026/functions.zip"}},
            },
            "Layer": {
                "Type": "AWS::Lambda::LayerVersion",
                "Properties": {"Content": {**code, "S3Key": "serverless/onair/live/1795-2026/dependencies.zip"}},
            },
        },
        "Outputs": {
            "ServerlessDeploymentBucketName": {"Value": {"Ref": "ServerlessDeploymentBucket"}},
            "DependenciesLambdaLayerS3Key": {"Value": "serverless/onair/live/1795-2026/dependencies.zip"},
            "HttpApiUrl": {"Value": "https://…", "Export": {"Name": "sls-onair-live-HttpApiUrl"}},
        },
    }


def test_a_template_is_addressed_to_its_account_and_tells_no_time() -> None:
    given = a_template()
    made = addressed(given, STAGE, KEYS, {"ONAIR_REGION": "eu-west-1"})
    bucket = "onair-live-deployment-111122223333-eu-west-1"
    assert set(made["Resources"]) == {"MediaBucket", "Api", "Layer"}
    assert made["Resources"]["Api"]["Properties"]["Code"] == {"S3Bucket": bucket, "S3Key": "functions/aa.zip"}
    assert made["Resources"]["Layer"]["Properties"]["Content"]["S3Key"] == "dependencies/bb.zip"
    assert made["Resources"]["MediaBucket"]["Properties"]["BucketName"] == "onair-live-media-111122223333-eu-west-1"
    assert made["Outputs"] == {"HttpApiUrl": {"Value": "https://…"}}
    assert made["Metadata"]["OnAirSettings"] == {"ONAIR_REGION": "eu-west-1"}
    assert b"1795-2026" not in dumped(made)
    assert given == a_template()


def test_a_template_that_cloudformation_would_refuse_is_not_uploaded() -> None:
    template = a_template()
    template["Resources"] |= {f"Role{at}": {"Type": "AWS::IAM::Role"} for at in range(MOST_RESOURCES)}
    with pytest.raises(Trouble, match="has 503 resources, and CloudFormation takes 500"):
        addressed(template, STAGE, KEYS, {})


def refusal(code: str, message: str = "", operation: str = "CreateChangeSet") -> ClientError:
    return ClientError({"Error": {"Code": code, "Message": message}}, operation)


@pytest.mark.parametrize(
    ("error", "what", "exit_code"),
    [
        (refusal("ExpiredToken", "The security token has expired"), "does not take these credentials", 3),
        (
            refusal("AccessDenied", "User: x is not authorized to perform: cloudformation:CreateChangeSet on y"),
            "lack cloudformation:CreateChangeSet",
            3,
        ),
        (refusal("403", "Forbidden", "HeadBucket"), "lack the permission for HeadBucket", 3),
        (refusal("400", "Bad Request", "HeadBucket"), "does not take these credentials", 3),
        (refusal("Throttling", "Rate exceeded"), "asks for patience", 4),
        (refusal("LimitExceeded", "too many stacks"), "LimitExceeded: too many stacks", 3),
    ],
)
def test_a_refusal_is_explained(error: ClientError, what: str, exit_code: int) -> None:
    trouble = told(error)
    assert what in trouble.what
    assert trouble.remedy
    assert trouble.exit_code == exit_code


def test_no_credentials_and_no_network_are_told_apart() -> None:
    with pytest.raises(Trouble, match="no AWS credentials here") as missing, explained():
        raise NoCredentialsError
    assert (missing.value.exit_code, "--profile" in missing.value.remedy) == (3, True)
    with pytest.raises(NoAnswer, match="AWS does not answer"), explained():
        raise EndpointConnectionError(endpoint_url="https://sts.eu-west-1.amazonaws.com")


def test_a_profile_that_is_not_there_is_a_wrong_call(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.setenv("AWS_CONFIG_FILE", str(tmp_path / "none"))
    monkeypatch.setenv("AWS_SHARED_CREDENTIALS_FILE", str(tmp_path / "none"))
    with pytest.raises(WrongCall, match="nobody"):
        sign_in("live", "nobody", "eu-west-1", None)


@pytest.mark.parametrize(
    ("region", "said"), [(None, "No region is set"), ("", "No region is set"), ("mars-1", "no MediaLive in mars-1")]
)
def test_a_stage_needs_a_region_with_the_services(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path, region: str | None, said: str
) -> None:
    for name in ("AWS_REGION", "AWS_DEFAULT_REGION", "AWS_PROFILE"):
        monkeypatch.delenv(name, raising=False)
    monkeypatch.setenv("AWS_CONFIG_FILE", str(tmp_path / "none"))
    with pytest.raises(WrongCall, match=said):
        sign_in("live", None, region, None)


def test_all_that_the_page_names_of_its_libraries_goes_along(tmp_path: Path) -> None:
    web, library = tmp_path / "console/web", tmp_path / "node_modules/@some/lib"
    web.mkdir(parents=True)
    library.mkdir(parents=True)
    (tmp_path / "package.json").write_text(json.dumps({"dependencies": {"@some/lib": "1.0.0"}}))
    (web / "index.html").write_text('<script type="module" src="app.js">')
    (web / "app.js").write_text('import {a} from "/lib/@some/lib/a.js";\nconst LATER = "/lib/@some/lib/later.mjs";\n')
    (web / "config.json").write_text("{}")
    (library / "a.js").write_text('import{b as c}from"./b.js";export const a=c')
    (library / "b.js").write_text("export const b=1")
    (library / "later.mjs").write_text("")
    (library / "unused.js").write_text("")
    files = page_files(tmp_path, {"sign_in": {"by": "oidc"}})
    assert sorted(files) == [
        *("app.js", "config.json", "index.html"),
        *("lib/@some/lib/a.js", "lib/@some/lib/b.js", "lib/@some/lib/later.mjs"),
    ]
    assert json.loads(files["config.json"].body) == {"sign_in": {"by": "oidc"}}
    assert files["lib/@some/lib/later.mjs"].content_type == "text/javascript; charset=utf-8"
    (library / "b.js").unlink()
    with pytest.raises(Trouble, match=r"imports /lib/@some/lib/b\.js, which is not there"):
        page_files(tmp_path, {})


@pytest.mark.parametrize("arguments", [[], ["deploy"], ["destroy"], ["deploy", "--stage"]])
def test_a_stage_has_to_be_named(arguments: list[str], capsys: pytest.CaptureFixture[str]) -> None:
    with pytest.raises(SystemExit) as left:
        program.main(arguments)
    assert left.value.code == 2
    assert "usage:" in capsys.readouterr().err


@pytest.mark.parametrize("command", ["deploy", "destroy"])
def test_help_has_examples(command: str, capsys: pytest.CaptureFixture[str]) -> None:
    with pytest.raises(SystemExit) as left:
        program.main([command, "--help"])
    assert left.value.code == 0
    assert f"make {command} STAGE=live" in capsys.readouterr().out


def test_a_name_that_is_no_stage_s_is_refused_before_anything_is_asked(capsys: pytest.CaptureFixture[str]) -> None:
    assert program.main(["destroy", "--stage", "dev-2", "--yes"]) == 2
    assert "'dev-2' can't be a stage's name" in capsys.readouterr().err


def test_a_machine_has_to_say_yes(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(sys.stdin, "isatty", lambda: False, raising=False)
    with pytest.raises(WrongCall, match="Nobody is here to be asked"):
        program._confirm(STAGE, program.Wish())


def test_a_closed_standard_input_is_nobody(monkeypatch: pytest.MonkeyPatch) -> None:
    """As under cron, or after <&-: Python has none then."""
    monkeypatch.setattr(sys, "stdin", None)
    with pytest.raises(WrongCall, match="Nobody is here to be asked"):
        program._confirm(STAGE, program.Wish())


@pytest.fixture(autouse=True)
def shell(monkeypatch: pytest.MonkeyPatch) -> None:
    """A shell that says nothing of OnAir: a stage of other tests in this process has set the environment."""
    for name in [name for name in os.environ if name.startswith("ONAIR_")]:
        monkeypatch.delenv(name)


DEPLOYED = Deployed("https://api.example.com", "https://page.example.com", True, 70, True)


def run(monkeypatch: pytest.MonkeyPatch, arguments: str, done: Any) -> int:
    """The command line, on a stage that is there; its steps are tested where they are."""

    class Run:
        def __init__(self, *_: object) -> None: ...

        def run(self, wish: object) -> Any:
            return done

    monkeypatch.setattr(program, "sign_in", lambda *_: dataclasses.replace(STAGE, session=boto3.Session()))
    monkeypatch.setattr(program, "Stack", lambda *_: None)
    monkeypatch.setattr(program, "deploy", lambda *_: done)
    monkeypatch.setattr(program, "Destruction", Run)
    return program.main(arguments.split())


def test_a_deployment_says_where_things_are_and_what_to_try(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    assert run(monkeypatch, "deploy --stage live", DEPLOYED) == 0
    printed = capsys.readouterr().out
    assert "API   https://api.example.com\npage  https://page.example.com\n" in printed
    assert "./onair --url https://api.example.com --token TOKEN session list" in printed


def test_a_stage_without_a_page_says_why(monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> None:
    done = dataclasses.replace(DEPLOYED, has_page=False)
    assert run(monkeypatch, "deploy --stage live --profile ops", done) == 0
    printed = capsys.readouterr().out
    assert "this stage has no ONAIR_JWT_ISSUER" in printed
    assert "./onair --url https://api.example.com --profile ops session list" in printed


def test_a_destruction_signs_in_once_and_asks_all_as_the_same(monkeypatch: pytest.MonkeyPatch) -> None:
    """Else a profile with a second factor would ask for a number again and again."""
    monkeypatch.setenv("AWS_ACCESS_KEY_ID", "example-of-the-shell-not-real")
    monkeypatch.setenv("AWS_SECRET_ACCESS_KEY", "example-not-real")
    signed_in = boto3.Session("example-signed-in-not-real", "example-not-real", region_name="eu-west-1")
    stage = dataclasses.replace(STAGE, session=signed_in)
    for _ in range(2):
        with sessions.at(stage):
            assert asks_as("example-signed-in-not-real")
    monkeypatch.setenv("AWS_DEFAULT_REGION", "eu-west-1")
    assert asks_as("example-of-the-shell-not-real"), "and only there"
    clients.forget_clients()


def asks_as(key: str) -> bool:
    link = clients.client("s3").generate_presigned_url("list_buckets")
    return f"X-Amz-Credential={key}%2F" in link


class Gone:
    """A standard error whose reader has gone, such as a tee that Ctrl-C has ended, too."""

    def write(self, _: str) -> int:
        raise BrokenPipeError

    def flush(self) -> None:
        raise BrokenPipeError


def test_a_reader_who_goes_away_breaks_nothing_off(monkeypatch: pytest.MonkeyPatch) -> None:
    with monkeypatch.context() as unread:
        unread.setattr(sys, "stderr", Gone())
        done = run(monkeypatch, "deploy --stage live", DEPLOYED)
        interrupted = program.main(["deploy", "--stage", "dev-2"])
    assert (done, interrupted) == (0, 2)


def test_a_machine_gets_json_alone_on_standard_output(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    assert run(monkeypatch, "deploy --stage live --json", DEPLOYED) == 0
    told = json.loads(capsys.readouterr().out)
    assert (told["stage"], told["account"], told["region"]) == ("live", "111122223333", "eu-west-1")
    assert (told["api_url"], told["changed"]) == ("https://api.example.com", True)


def test_what_is_left_is_named_and_is_a_failure(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    done = Destroyed((), "onair-live-media-111122223333-eu-west-1", ("MediaLive channel 1234567",))
    assert run(monkeypatch, "destroy --stage live --yes", done) == 1
    printed = capsys.readouterr().out
    assert "recordings are kept: s3://onair-live-media-111122223333-eu-west-1" in printed
    assert "LEFT  MediaLive channel 1234567\n" in printed
    assert "delete it by hand" in printed
    assert printed.endswith("left behind: 1\n")
    assert run(monkeypatch, "destroy --stage live --yes --json", Destroyed((), None, ())) == 0
    assert json.loads(capsys.readouterr().out)["left"] == []


def test_what_has_the_names_of_a_new_stack_is_named_before_anything_is_built(monkeypatch: pytest.MonkeyPatch) -> None:
    class NoStack:
        def settled(self) -> Seen:
            return Seen()

    monkeypatch.setattr(steps, "in_the_way", lambda _: ["table onair-live-sessions"])
    with pytest.raises(Trouble, match="this has names that it would give:\n    table onair-live-sessions") as told:
        steps.deploy(ROOT, STAGE, {}, lambda: pytest.fail("built"), NoStack(), lambda _: None)  # type: ignore[arg-type]
    assert "make destroy STAGE=live" in told.value.remedy


def test_a_destruction_asks_where_the_stage_is_and_takes_no_other_offence_at_a_shell(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setenv("ONAIR_OPERATORS", "role/Show*")
    assert run(monkeypatch, "destroy --stage live --yes", Destroyed((), None, ())) == 0
    monkeypatch.setenv("ONAIR_REGION", "eu-west-1")
    assert run(monkeypatch, "destroy --stage live --yes", Destroyed((), None, ())) == 2
    assert "ONAIR_REGION is set in this shell" in capsys.readouterr().err
