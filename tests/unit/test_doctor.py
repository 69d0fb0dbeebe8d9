"""``onair doctor`` as a whole, against a fake account: what it shows, how it leaves, and that it only reads."""

from __future__ import annotations

import json
import os
import socket
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any

import pytest
from typer.testing import CliRunner

from console import doctor as command
from console.cli import app
from infra.doctor import tools
from infra.doctor.aws import NotARead
from infra.doctor.look import ApiRefused
from infra.doctor.reads import READS, actions
from infra.doctor.run import Doctor
from tests.unit.doctor_account import ACCOUNT, DENIED, NOW, FakeAccount, a_channel

RUN = CliRunner()
ROOT = Path(__file__).resolve().parents[2]
ANSWERS = {"/caller": {"name": "role/ShowOperator", "operator": True}, "/orphans": {"orphans": []}}


@pytest.fixture(autouse=True)
def _this_machine(monkeypatch: pytest.MonkeyPatch) -> None:
    """Has Node.js, and no AWS settings of its own."""
    for name in [name for name in os.environ if name.startswith(("AWS_", "ONAIR_"))]:
        monkeypatch.delenv(name)
    monkeypatch.setenv("AWS_EC2_METADATA_DISABLED", "true")
    monkeypatch.setenv("AWS_CONFIG_FILE", os.devnull)
    monkeypatch.setenv("AWS_SHARED_CREDENTIALS_FILE", os.devnull)
    monkeypatch.setattr(tools, "version", lambda program: "v22.13.0")
    monkeypatch.setattr(tools, "_has_python", lambda: False)


@pytest.fixture
def account() -> FakeAccount:
    return FakeAccount()


def examined(account: FakeAccount, ask_api: Callable[[str, str], Any] | None = None, **other: Any) -> Doctor:
    asked = ask_api or (lambda url, path: ANSWERS[path])
    settings = {"region": "eu-west-1", "stage": "dev", "now": NOW, "root": ROOT, "ask_api": asked} | other
    return Doctor(account.aws(), **settings)


def found(account: FakeAccount, **other: Any) -> dict[str, tuple[str, str]]:
    """By check: the verdict, and all that is said."""
    return {
        one.check: (one.verdict, f"{one.says} | {one.matters} | {one.do}")
        for _, one in examined(account, **other).findings()
    }


def onair(account: FakeAccount, monkeypatch: pytest.MonkeyPatch, *arguments: str) -> Any:
    class Later(command.datetime):  # type: ignore[name-defined,misc]
        @classmethod
        def now(cls, tz: object = None) -> Any:
            return NOW

    monkeypatch.setattr(command, "datetime", Later)
    monkeypatch.setattr("infra.doctor.aws.session_of", lambda profile: None)
    monkeypatch.setattr("infra.doctor.aws.Aws", lambda session, region: account.aws())
    monkeypatch.setattr(command, "_ask_api", lambda how: lambda url, path: ANSWERS[path])
    return RUN.invoke(app, ["doctor", "--region", "eu-west-1", *arguments])


def test_a_stage_that_is_well_has_nothing_wrong_or_unseen_but_what_may_be_missing(account: FakeAccount) -> None:
    bad = {check: told for check, told in found(account).items() if told[0] != "ok"}
    assert set(bad) <= {"Python 3.13", "npm's packages"}, bad
    assert {"the API", "the sweep", "dead letters", "alarms", "alarms are heard", "logs"} <= found(account).keys()


def test_an_account_before_its_first_deployment_has_nothing_wrong(account: FakeAccount) -> None:
    told = found(account.not_deployed())
    assert {verdict for verdict, _ in told.values()} <= {"ok", "unseen"}
    assert told["the stack"] == ("unseen", "onair-dev is not deployed in eu-west-1 yet |  | ")
    assert told["left behind"][0] == "ok"
    assert told["deploying"][0] == told["destroying"][0] == "ok"


def test_it_shows_each_finding_and_leaves_with_zero(account: FakeAccount, monkeypatch: pytest.MonkeyPatch) -> None:
    result = onair(account, monkeypatch)
    assert result.exit_code == 0, result.output
    assert "✓ credentials  role/ShowOperator in the account …3333" in result.stdout
    assert "the stage dev" in result.stdout
    assert " ✗  " in result.stdout.splitlines()[-1]


def test_what_is_wrong_is_said_with_why_and_what_to_do(account: FakeAccount, monkeypatch: pytest.MonkeyPatch) -> None:
    account.dead_letters = 3
    result = onair(account, monkeypatch)
    assert result.exit_code == 1
    lines = result.stdout.splitlines()
    at = lines.index("✗ dead letters  3 events wait in the dead-letter queue")
    assert lines[at + 1].startswith("  why ")
    assert lines[at + 2] == "  do    docs/runbooks/EventsUndelivered.md"


def test_for_machines_it_is_one_document(account: FakeAccount, monkeypatch: pytest.MonkeyPatch) -> None:
    account.dead_letters = 3
    document = json.loads(onair(account, monkeypatch, "--json").stdout)
    assert (document["account"], document["region"], document["stage"]) == ("…3333", "eu-west-1", "dev")
    assert document["ok"] is False
    (wrong,) = [one for one in document["findings"] if one["verdict"] == "wrong"]
    assert wrong["about"] == "the stage dev"
    assert wrong["check"] == "dead letters"
    assert wrong["do"] == "docs/runbooks/EventsUndelivered.md"


@pytest.mark.parametrize("arguments", [(), ("--json",)])
def test_the_account_is_masked_wherever_it_stands(
    account: FakeAccount, monkeypatch: pytest.MonkeyPatch, arguments: tuple[str, ...]
) -> None:
    account.refuse("medialive:*")
    account.simulated["lambda:CreateFunction"] = {"EvalDecision": "implicitDeny"}
    account.subscribed = None
    printed = onair(account, monkeypatch, *arguments).stdout
    assert "…3333" in printed
    assert ACCOUNT not in printed


def test_where_everything_is_denied_every_check_says_so_and_none_breaks(account: FakeAccount) -> None:
    account.refuse("*", message=f"User: {account.arn} is not authorized")
    doctor = examined(account)
    told = {one.check: one for _, one in doctor.findings()}
    assert told["credentials"].verdict == "unseen"
    assert not [one for one in told.values() if one.verdict == "wrong"]
    assert doctor.nobody == "no credentials"
    assert "…3333" in told["credentials"].says and ACCOUNT not in str(told)


def test_where_all_but_the_name_is_denied_every_check_says_why(account: FakeAccount) -> None:
    services = [service for service in READS if service != "sts"]
    for service in services:
        account.refuse(f"{service}:*")
    doctor = examined(account)
    told = [one for _, one in doctor.findings()]
    assert not [one for one in told if one.verdict == "wrong"]
    assert doctor.nobody == ""
    unseen = [one.says for one in told if one.verdict == "unseen"]
    for service in ("medialive", "mediaconnect", "lambda", "ssm", "kms", "cloudformation", "iam"):
        assert [says for says in unseen if f"{service}:" in says and DENIED in says], service


def test_an_endpoint_that_denies_everything_but_the_name_is_understood_in_each_services_own_words(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    with denying() as url:
        monkeypatch.setenv("AWS_ENDPOINT_URL", url)
        monkeypatch.setenv("AWS_ACCESS_KEY_ID", "example-key-id-not-real")
        monkeypatch.setenv("AWS_SECRET_ACCESS_KEY", "example-secret-not-real")
        result = RUN.invoke(app, ["doctor", "--region", "eu-west-1", "--json"])
    assert result.exit_code == 0, result.output
    told = {one["check"]: one for one in json.loads(result.stdout)["findings"]}
    assert told["credentials"]["says"] == "user/anna in the account …3333"
    for check in (
        "MediaLive channels",
        "outputs of a flow",
        "functions at once",
        "permissions",
        "stream keys",
        "the stack",
    ):
        assert told[check]["verdict"] == "unseen" and DENIED in told[check]["says"], told[check]
    assert "you may not ask: kms:DescribeKey: AccessDeniedException" in told["the key aws/ssm"]["says"]


@contextmanager
def denying() -> Iterator[str]:
    """AWS, as it answers somebody who may know their own name and nothing else."""

    class Handler(BaseHTTPRequestHandler):
        def respond(self) -> None:
            asked = self.rfile.read(int(self.headers.get("Content-Length") or 0)).decode()
            if "Action=GetCallerIdentity" in asked:
                who = f"<Account>{ACCOUNT}</Account><Arn>arn:aws:iam::{ACCOUNT}:user/anna</Arn>"
                result = f"<GetCallerIdentityResult>{who}</GetCallerIdentityResult>"
                status, said = 200, f"<GetCallerIdentityResponse>{result}</GetCallerIdentityResponse>"
            elif "Action=" in asked:
                status, said = 403, f"<ErrorResponse><Error><Code>{DENIED}</Code></Error></ErrorResponse>"
            else:
                status, said = 403, json.dumps({"__type": "AccessDeniedException", "message": "not you"})
            self.send_response(status)
            self.send_header("Content-Length", str(len(said)))
            self.end_headers()
            self.wfile.write(said.encode())

        do_GET = do_POST = respond

        def log_message(self, format: str, *args: Any) -> None:
            pass

    with ThreadingHTTPServer(("127.0.0.1", 0), Handler) as server:
        thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.01})
        thread.start()
        try:
            yield f"http://127.0.0.1:{server.server_port}"
        finally:
            server.shutdown()
            thread.join()


@pytest.mark.parametrize("service", sorted(set(READS) - {"sts"}))
def test_one_service_that_answers_nonsense_holds_up_no_other_check(account: FakeAccount, service: str) -> None:
    account.refuse(f"{service}:*", "InternalFailure", "<html>" + "x" * 1000)
    told = found(account)
    assert told["credentials"][0] == told["MediaLive"][0] == "ok"
    assert not [one for verdict, one in told.values() if verdict == "wrong"]
    assert max(len(says) for _, says in told.values()) < 800


def test_an_answer_that_is_not_understood_is_told_by_its_check_alone(account: FakeAccount) -> None:
    account.log_groups = [{"arn": "arn:aws:logs:eu-west-1"}]
    told = found(account)
    assert told["logs"] == ("unseen", "the answer is not understood: KeyError 'logGroupName' |  | ")
    assert told["dead letters"][0] == "ok"


def test_a_stack_that_is_not_understood_holds_up_no_other_check(account: FakeAccount) -> None:
    assert account.stack is not None
    account.stack["Outputs"] = [{"OutputValue": "https://example.cloudfront.net"}]
    told = found(account)
    assert told["the stack"] == ("unseen", "the answer is not understood: KeyError 'OutputKey' |  | ")
    assert told["MediaLive"][0] == "ok"


def test_whoever_answers_in_the_place_of_aws_ends_in_no_traceback(account: FakeAccount) -> None:
    account.arn = "somebody, and no name of AWS"
    told = found(account)
    assert told["credentials"] == ("unseen", "the answer is not understood: IndexError list index out of range |  | ")


def test_no_region_is_told_and_nothing_is_asked(account: FakeAccount) -> None:
    told = found(account, region=None)
    assert told["region"][0] == "wrong"
    assert "--region" in told["region"][1]
    assert account.asked == []


@pytest.mark.parametrize(
    ("code", "says"),
    [("ExpiredToken", "expired"), ("InvalidClientTokenId", "does not know"), ("SignatureDoesNotMatch", "clock")],
)
def test_credentials_that_are_not_taken_are_told_with_what_to_do(account: FakeAccount, code: str, says: str) -> None:
    account.refuse("sts:*", code, "")
    doctor = examined(account, profile="shows")
    told = {one.check: one for _, one in doctor.findings()}
    assert told["credentials"].verdict == "wrong"
    assert says in f"{told['credentials'].says} {told['credentials'].do}"
    assert "--profile shows" in told["credentials"].do
    assert doctor.nobody == "no credentials"
    assert account.operations() == {"sts:GetCallerIdentity"}


def test_without_credentials_only_this_machine_is_looked_at() -> None:
    result = RUN.invoke(app, ["doctor", "--region", "eu-west-1"])
    assert result.exit_code == 3, result.output
    assert "✗ credentials" in result.stdout and "aws configure" in result.stdout
    assert "Node.js" in result.stdout
    assert "no credentials: nothing can be asked" in result.stdout


def test_a_profile_that_is_not_there_is_told() -> None:
    result = RUN.invoke(app, ["doctor", "--profile", "nobody", "--region", "eu-west-1"])
    assert result.exit_code == 3
    assert "nobody" in result.stderr and "list-profiles" in result.stderr


def test_where_nothing_answers_it_leaves_with_four(monkeypatch: pytest.MonkeyPatch) -> None:
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))  # bound and not listening: whoever connects is refused
        monkeypatch.setenv("AWS_ENDPOINT_URL", f"http://127.0.0.1:{taken.getsockname()[1]}")
        monkeypatch.setenv("AWS_ACCESS_KEY_ID", "example-key-id-not-real")
        monkeypatch.setenv("AWS_SECRET_ACCESS_KEY", "example-secret-not-real")
        result = RUN.invoke(app, ["doctor", "--region", "eu-west-1", "--json"])
    assert result.exit_code == 4, result.output
    assert json.loads(result.stdout)["ok"] is False


def test_what_can_be_no_stage_is_a_wrong_command_line() -> None:
    result = RUN.invoke(app, ["doctor", "--stage", "Live-1"])
    assert result.exit_code == 2
    assert "can't be a stage's name" in " ".join(result.stderr.replace("│", " ").split())


def test_an_option_that_is_none_is_a_wrong_command_line() -> None:
    assert RUN.invoke(app, ["doctor", "--fix"]).exit_code == 2


def test_it_makes_no_call_that_is_not_a_read_and_needs_each_that_it_may_make(account: FakeAccount) -> None:
    found(account)
    before = FakeAccount().not_deployed()
    found(before)
    listed = {f"{service}:{operation}" for service, operations in READS.items() for operation in operations}
    assert account.operations() | before.operations() == listed
    verbs = {name.split(":")[1][:3] for name in listed}
    assert verbs <= {"Get", "Lis", "Des", "Sim"}


def test_a_call_that_may_write_is_never_sent(account: FakeAccount) -> None:
    aws = account.aws()
    with pytest.raises(NotARead):
        aws.ask("medialive", "DeleteChannel", ChannelId="1")
    with pytest.raises(NotARead):
        aws._client("medialive").delete_channel(ChannelId="1")
    assert account.asked == []


def test_what_it_needs_to_be_allowed_is_asked_of_the_simulator(account: FakeAccount) -> None:
    found(account)
    asked = [told for name, told in account.asked if name == "iam:SimulatePrincipalPolicy"]
    assert set(actions()) <= {action for told in asked for action in told["ActionNames"]}
    assert {told["PolicySourceArn"] for told in asked} >= {f"arn:aws:iam::{ACCOUNT}:role/teams/ShowOperator"}


def test_an_api_that_refuses_is_told_and_the_rest_goes_on(account: FakeAccount) -> None:
    def refuses(url: str, path: str) -> Any:
        raise ApiRefused(403, "", "Forbidden")

    told = found(account, ask_api=refuses)
    assert told["the API"][0] == "wrong" and "execute-api:Invoke" in told["the API"][1]
    assert told["orphans"][0] == "unseen"
    assert told["the sweep"][0] == "ok"


def test_what_a_stage_that_is_gone_has_left_is_found(account: FakeAccount) -> None:
    account.not_deployed().channels = [a_channel(1, "RUNNING", **{"onair:stage": "dev"}), a_channel(2, "RUNNING")]
    verdict, says = found(account)["left behind"]
    assert verdict == "wrong" and "channel 1" in says and "channel 2" not in says
