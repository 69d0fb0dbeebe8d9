"""What each check of ``onair doctor`` makes of what it is told: ✓, ✗ with why and what to do, or – with the reason."""

from __future__ import annotations

from datetime import timedelta
from pathlib import Path

import pytest

from infra.doctor import (
    alarms,
    api,
    identity,
    leftovers,
    media_live_role,
    quotas,
    records,
    regions,
    secrets,
    stack,
    tools,
)
from infra.doctor import permissions as may
from infra.doctor import sweep as sweeps
from infra.doctor.aws import AwsRefused
from infra.doctor.finding import Finding, some
from infra.doctor.look import ApiRefused, Caller, Look
from infra.doctor.simulation import Decision, decided, simulated
from tests.unit.doctor_account import ACCOUNT, NOW, ROLE, TOPIC, FakeAccount, a_channel, an_input

WHERE = "--region eu-west-1"
URL = "https://example.execute-api.eu-west-1.amazonaws.com"


def look(account: FakeAccount | None = None) -> Look:
    caller = Caller(ACCOUNT, ROLE, "aws", ROLE)
    aws = (account or FakeAccount()).aws()
    return Look(aws, "eu-west-1", "dev", caller, NOW, Path(), lambda url, path: {})


def is_told(finding: Finding, *words: str) -> None:
    """Wrong, and whole: what, why, what to do."""
    assert finding.verdict == "wrong", finding
    assert finding.says and finding.matters and finding.do
    for word in words:
        assert word in f"{finding.says} {finding.matters} {finding.do}", finding


def is_fine(finding: Finding, *words: str) -> None:
    assert finding.verdict == "ok", finding
    for word in words:
        assert word in finding.says


def is_unseen(finding: Finding, *words: str) -> None:
    assert finding.verdict == "unseen", finding
    for word in words:
        assert word in f"{finding.says} {finding.do}"


# You


@pytest.mark.parametrize(
    ("arn", "name"),
    [
        (f"arn:aws:sts::{ACCOUNT}:assumed-role/ShowOperator/somebody", "role/ShowOperator"),
        (f"arn:aws:iam::{ACCOUNT}:user/teams/anna", "user/anna"),
        (f"arn:aws:iam::{ACCOUNT}:root", "root"),
    ],
)
def test_who_asks_is_named_as_the_api_names_them(arn: str, name: str) -> None:
    assert identity.name_of(arn) == name


@pytest.mark.parametrize(
    ("arn", "principal"),
    [
        (f"arn:aws:sts::{ACCOUNT}:assumed-role/ShowOperator/somebody", ROLE),
        (f"arn:aws:sts::{ACCOUNT}:assumed-role/Unknown/somebody", f"arn:aws:iam::{ACCOUNT}:role/Unknown"),
        (f"arn:aws:iam::{ACCOUNT}:user/teams/anna", f"arn:aws:iam::{ACCOUNT}:user/teams/anna"),
        (f"arn:aws:sts::{ACCOUNT}:federated-user/anna", ""),
    ],
)
def test_a_session_is_simulated_as_its_role_with_the_roles_path(arn: str, principal: str) -> None:
    account = FakeAccount()
    account.arn = arn
    caller, _ = identity.caller_of(account.aws(), None)
    assert caller is not None and caller.principal == principal


def test_the_root_user_is_told_to_take_a_role() -> None:
    account = FakeAccount()
    account.arn = f"arn:aws:iam::{ACCOUNT}:root"
    caller, finding = identity.caller_of(account.aws(), None)
    assert caller is not None and caller.principal == ""
    is_told(finding, "root", "role")


def test_another_account_than_the_stages_is_told() -> None:
    _, finding = identity.caller_of(FakeAccount().aws(), None, "222233334444")
    is_told(finding, "…3333", "…4444", "ONAIR_ACCOUNT")
    _, finding = identity.caller_of(FakeAccount().aws(), None, ACCOUNT)
    is_fine(finding)


def test_somebody_without_policies_of_their_own_is_not_simulated() -> None:
    account = FakeAccount()
    nobody = Look(account.aws(), "eu-west-1", "dev", Caller(ACCOUNT, "", "aws"), NOW, Path(), lambda url, path: {})
    told = list(may.permissions(nobody))
    assert [one.check for one in told] == ["deploying", "destroying", "looking"]
    for one in told:
        is_unseen(one, "simulate")
    assert account.asked == []


# This machine


@pytest.mark.parametrize("said", ["v20.19.0", "v22.13.1", "v24.0.0", "v25.1.0"])
def test_node_that_runs_osls_is_fine(said: str) -> None:
    is_fine(tools.node(said), said)


@pytest.mark.parametrize("said", [None, "v18.20.0", "v20.18.9", "v21.7.0", "v22.12.0", "?"])
def test_node_that_is_missing_or_does_not_run_osls_is_told(said: str | None) -> None:
    is_told(tools.node(said), "https://nodejs.org")


def test_npms_packages_come_by_themselves_where_npm_is() -> None:
    is_fine(tools.packages(has_osls=True, has_npm=False))
    is_unseen(tools.packages(has_osls=False, has_npm=True), "make package")
    is_told(tools.packages(has_osls=False, has_npm=False), "npm")


def test_a_python_for_bytecode_may_be_missing() -> None:
    is_fine(tools.python(True))
    is_unseen(tools.python(False), "not needed", "ONAIR_PACKAGE_PYTHON")


def test_a_program_that_is_not_there_has_no_version() -> None:
    assert tools.version("example-program-not-there") is None


# The region


@pytest.mark.parametrize("service", ["medialive", "mediaconnect", "ivs"])
def test_a_region_has_a_service_or_is_told_which_do(service: str) -> None:
    is_fine(regions.judged(service, "eu-west-1", ["eu-west-1", "us-east-1"]))
    is_told(regions.judged(service, "eu-north-1", ["eu-west-1", "us-east-1"]), "eu-north-1", "eu-west-1, us-east-1")


def test_where_services_are_is_what_the_sdk_knows() -> None:
    aws = FakeAccount().aws()
    assert "eu-west-1" in aws.regions("ivs")
    assert len(aws.regions("ivs")) < len(aws.regions("medialive"))


# Quotas


def test_quotas_are_counted_as_onair_counts_them() -> None:
    account = FakeAccount()
    account.channels = [a_channel(1), a_channel(2, "DELETED"), a_channel(3, "RUNNING")]
    account.inputs = [an_input(1), an_input(2, "URL_PULL"), an_input(3, "MEDIACONNECT"), an_input(4, state="DELETED")]
    channels, inputs, sessions = quotas.quotas(look(account))
    is_fine(channels, "20 allowed, 2 in use")
    is_fine(inputs, "20 allowed, 2 in use")
    is_fine(sessions, "18 of one destination, 1 of ten")


def test_a_quota_that_is_used_up_is_told_with_the_command_that_asks_for_more() -> None:
    account = FakeAccount()
    account.quotas["medialive"]["Channels"] = 2.0
    account.channels = [a_channel(1), a_channel(2)]
    channels, inputs, sessions = quotas.quotas(look(account))
    is_told(channels, "2 allowed, 2 in use", "--service-code medialive --quota-code L-D1AFAF75", WHERE)
    is_fine(inputs)
    is_told(sessions, "room for 0", "onair orphans")


def test_what_service_quotas_does_not_say_is_a_new_accounts_number() -> None:
    account = FakeAccount()
    account.refuse("service-quotas:*", "AccessDeniedException")
    told = list(quotas.quotas(look(account)))
    is_fine(told[0], "5 allowed (a new account's number", "AccessDeniedException")
    is_fine(told[2], "room for 5")


def test_what_can_not_be_counted_is_said_beside_what_is_allowed() -> None:
    account = FakeAccount()
    account.refuse("medialive:ListInputs", "ForbiddenException")
    channels, inputs = quotas.quotas(look(account))
    is_fine(channels)
    is_unseen(inputs, "20 allowed", "ForbiddenException")


def test_a_flow_with_all_its_outputs_is_told() -> None:
    account = FakeAccount()
    account.flows = {"main-stage": 50, "other": 1}
    (finding,) = quotas.flow_outputs(look(account))
    is_told(finding, "50 on the fullest flow of 2 (main-stage)", "another flow")
    account.flows = {}
    (finding,) = quotas.flow_outputs(look(account))
    is_fine(finding, "50 allowed; there is no flow yet")


def test_few_functions_at_once_are_told_with_the_command_that_asks_for_more() -> None:
    is_fine(quotas.of_functions(1000, 900, WHERE))
    is_told(
        quotas.of_functions(10, 10, WHERE), "--service-code lambda --quota-code L-B99A9384 --desired-value 1000", WHERE
    )
    is_told(quotas.of_functions(1000, 10, WHERE))


# Permissions


def decision(action: str, outcome: str, why: str = "") -> Decision:
    return Decision(action, "*", outcome, why)  # type: ignore[arg-type]


def test_actions_that_are_not_allowed_are_told_and_all_are_in_the_details() -> None:
    denied = [decision(f"lambda:Action{n}", "denied", "no policy allows it") for n in range(7)]
    finding = may.judged("deploying", [*denied, decision("s3:PutObject", "allowed")])
    is_told(finding, "7 of 8", "and 2 more", "no policy allows it")
    assert len(finding.details) == 7


def test_what_depends_on_the_request_is_neither_allowed_nor_denied() -> None:
    is_unseen(
        may.judged("deploying", [decision("s3:PutObject", "depends", "aws:RequestTag/team")]), "aws:RequestTag/team"
    )


def test_who_may_not_look_at_everything_is_told_without_being_wrong() -> None:
    is_fine(may.looking([decision("iam:GetRole", "allowed")]))
    told = may.looking([decision("iam:GetRole", "denied"), decision("sqs:GetQueueUrl", "depends", "aws:RequestTag/a")])
    is_unseen(told, "iam:GetRole, sqs:GetQueueUrl", "ReadOnlyAccess")


def test_all_that_is_allowed_is_told_with_what_a_simulation_does_not_see() -> None:
    is_fine(may.judged("destroying", [decision("s3:PutObject", "allowed")]), "all 1 actions", "organization")


@pytest.mark.parametrize(
    ("result", "outcome", "why"),
    [
        ({"EvalDecision": "allowed"}, "allowed", ""),
        ({"EvalDecision": "implicitDeny"}, "denied", "no policy allows it"),
        ({"EvalDecision": "explicitDeny"}, "denied", "a policy that denies it"),
        ({"EvalDecision": "implicitDeny", "MissingContextValues": ["aws:RequestTag/a"]}, "depends", "aws:RequestTag/a"),
        (
            {"EvalDecision": "explicitDeny", "OrganizationsDecisionDetail": {"AllowedByOrganizations": False}},
            "denied",
            "a service control policy of the organization",
        ),
        (
            {
                "EvalDecision": "implicitDeny",
                "PermissionsBoundaryDecisionDetail": {"AllowedByPermissionsBoundary": False},
            },
            "denied",
            "the permissions boundary",
        ),
    ],
)
def test_what_the_simulator_says_and_by_what(result: dict[str, object], outcome: str, why: str) -> None:
    decided_ = decided({"EvalActionName": "s3:PutObject"} | result, "*")
    assert (decided_.outcome, decided_.why) == (outcome, why)


def test_many_actions_are_asked_in_parts_and_none_is_left_out() -> None:
    account = FakeAccount()
    names = [f"s3:Action{number}" for number in range(120)]
    assert {one.action for one in simulated(account.aws(), ROLE, names, "*")} == set(names)
    assert max(len(told["ActionNames"]) for _, told in account.asked) <= 50


def test_roles_are_handed_to_functions_and_machines_alone() -> None:
    account = FakeAccount()
    list(may.permissions(look(account)))
    asked = [told for name, told in account.asked if "iam:PassRole" in told.get("ActionNames", ())]
    assert [told["ContextEntries"][0]["ContextKeyValues"] for told in asked] == [
        ["lambda.amazonaws.com"],
        ["states.amazonaws.com"],
    ]


def test_who_may_not_simulate_is_told_what_would_help() -> None:
    account = FakeAccount()
    account.refuse("iam:SimulatePrincipalPolicy")
    (finding,) = may.permissions(look(account))
    is_unseen(finding, "iam:SimulatePrincipalPolicy", "AccessDenied")


# Stream keys


def test_a_parameter_that_is_not_encrypted_is_told() -> None:
    kept = {"Name": "/onair/dev/s-1/restream/stream-key", "Type": "SecureString"}
    is_fine(secrets.of_parameters("/onair/dev", [kept]), "1 parameters")
    is_told(secrets.of_parameters("/onair/dev", [kept, kept | {"Type": "String"}]), "not encrypted", "delete-parameter")


def test_the_key_may_be_made_later_and_must_not_be_disabled() -> None:
    account = FakeAccount()
    account.key_state = None
    (finding,) = secrets.key(look(account))
    is_fine(finding, "first SecureString")
    account.key_state = "Disabled"
    (finding,) = secrets.key(look(account))
    is_told(finding, "Disabled")


def test_writing_parameters_is_the_functions_business() -> None:
    is_fine(secrets.may_write([decision("ssm:PutParameter", "allowed")]))
    is_unseen(secrets.may_write([decision("ssm:PutParameter", "denied")]), "ssm:PutParameter", "enough for shows")


# MediaLive's role


def test_a_role_that_medialive_may_not_assume_is_told() -> None:
    account = FakeAccount()
    is_fine(media_live_role.judged("dev", account.trust, [account.policy]))
    elsewhere = {
        "Statement": {"Effect": "Allow", "Principal": {"Service": "ec2.amazonaws.com"}, "Action": "sts:AssumeRole"}
    }
    is_told(media_live_role.judged("dev", elsewhere, [account.policy]), "may not assume", "make deploy STAGE=dev")
    denied = {"Statement": [account.trust["Statement"][0] | {"Effect": "Deny"}]}
    is_told(media_live_role.judged("dev", denied, [account.policy]), "may not assume")


def test_a_role_that_allows_too_little_is_told() -> None:
    account = FakeAccount()
    only = {"Statement": {"Effect": "Allow", "Action": "ssm:GetParameter", "Resource": "*"}}
    is_told(media_live_role.judged("dev", account.trust, [only]), "s3:PutObject, ssm:GetParameters")
    is_told(media_live_role.missing("dev"), "not there")


def test_a_function_that_may_not_hand_the_role_over_is_told() -> None:
    is_fine(media_live_role.handed_over("dev", "allowed", ""))
    is_unseen(media_live_role.handed_over("dev", "depends", "aws:PrincipalTag/team"), "aws:PrincipalTag/team")
    is_told(media_live_role.handed_over("dev", "denied", "no policy allows it"), "iam:PassRole")


# The stage


def test_a_stack_is_read_whole_and_one_that_is_deleted_is_none() -> None:
    account = FakeAccount()
    there = stack.read(account.aws(), "onair-dev")
    assert there is not None and there.outputs["HttpApiUrl"] == URL and "MediaLiveRole" in there.resources
    assert account.stack is not None
    account.stack["StackStatus"] = "DELETE_COMPLETE"
    assert stack.read(account.aws(), "onair-dev") is None
    account.refuse("cloudformation:DescribeStacks", "ValidationError", "1 validation error detected")
    with pytest.raises(AwsRefused):
        stack.read(account.aws(), "onair-dev")


@pytest.mark.parametrize(
    ("status", "verdict", "words"),
    [
        ("CREATE_COMPLETE", "ok", ""),
        ("UPDATE_COMPLETE", "ok", ""),
        ("UPDATE_IN_PROGRESS", "unseen", "look again"),
        ("UPDATE_COMPLETE_CLEANUP_IN_PROGRESS", "unseen", "look again"),
        ("ROLLBACK_COMPLETE", "wrong", "make deploy STAGE=dev"),
        ("DELETE_FAILED", "wrong", "make destroy STAGE=dev"),
        ("UPDATE_ROLLBACK_COMPLETE", "wrong", "make deploy STAGE=dev"),
        ("UPDATE_ROLLBACK_FAILED", "wrong", "describe-stack-events --stack-name onair-dev --region eu-west-1"),
    ],
)
def test_what_a_stacks_state_means(status: str, verdict: str, words: str) -> None:
    finding = stack.state("onair-dev", status, "", WHERE)
    assert finding.verdict == verdict
    assert words in f"{finding.says} {finding.do}"


def test_outputs_that_are_missing_are_told() -> None:
    is_fine(stack.outputs({"HttpApiUrl": URL, "PageUrl": "https://example.cloudfront.net"}, "dev"), URL)
    is_told(stack.outputs({"PageUrl": "https://example.cloudfront.net"}, "dev"), "HttpApiUrl")


@pytest.mark.parametrize(
    ("status", "verdict", "words"),
    [
        (401, "unseen", "--token"),
        (403, "wrong", "execute-api:Invoke"),
        (0, "wrong", "firewall"),
        (500, "wrong", "aws logs tail /aws/lambda/onair-dev-api"),
    ],
)
def test_why_an_api_does_not_answer(status: int, verdict: str, words: str) -> None:
    finding = api.no_answer(URL, ApiRefused(status, "", "no"), look())
    assert finding.verdict == verdict
    assert words in f"{finding.says} {finding.do}"


def test_who_answers_is_onair_or_is_not() -> None:
    is_fine(api.who(URL, {"name": "role/ShowOperator", "operator": True}, "dev"), "role/ShowOperator, an operator")
    is_told(api.who(URL, {"hello": "world"}, "dev"), "not as OnAir does")


def test_orphans_that_somebody_has_to_do_something_about_are_told() -> None:
    foreign = {"kind": "channel", "id": "1", "verdict": "foreign"}
    is_fine(api.left([foreign], URL))
    is_told(
        api.left([foreign, foreign | {"id": "2", "verdict": "ours"}], URL), "channel 2", f"onair --url {URL} orphans"
    )


def test_who_is_no_operator_is_told_why_orphans_are_not_seen() -> None:
    def answers(url: str, path: str) -> dict[str, object]:
        if path == "/caller":
            return {"name": "role/ShowOperator", "operator": False}
        raise ApiRefused(403, "OperatorsOnly", "Only an operator may do this")

    account = FakeAccount()
    there = stack.read(account.aws(), "onair-dev")
    caller = Caller(ACCOUNT, ROLE, "aws", ROLE)
    answered, orphans = api.api(Look(account.aws(), "eu-west-1", "dev", caller, NOW, Path(), answers, stack=there))
    is_fine(answered)
    is_unseen(orphans, "ONAIR_OPERATORS")


def test_a_sweep_that_came_off_lately_is_fine() -> None:
    sweep, long_ago = FakeAccount.a_sweep, NOW - timedelta(days=1)
    is_fine(sweeps.judged([sweep("RUNNING", 0), sweep("SUCCEEDED", 5)], NOW, long_ago), "4 min ago")


def test_a_sweep_that_has_stopped_or_fails_is_told_with_its_runbook() -> None:
    sweep, long_ago = FakeAccount.a_sweep, NOW - timedelta(days=1)
    is_told(sweeps.judged([], NOW, long_ago), "none has begun", "SweepStopped.md")
    is_told(sweeps.judged([sweep("SUCCEEDED", 30)], NOW, long_ago), "none has begun", "SweepStopped.md")
    is_told(sweeps.judged([sweep("FAILED", 2), sweep("SUCCEEDED", 30)], NOW, long_ago), "FAILED", "SweepFailed.md")


def test_a_stage_of_a_minute_has_no_sweep_yet() -> None:
    is_unseen(sweeps.judged([], NOW, NOW - timedelta(minutes=1)), "60 s ago")


def test_alarms_that_ring_are_named_with_their_runbooks() -> None:
    quiet, rings = FakeAccount.an_alarm("sweep-stopped"), FakeAccount.an_alarm("orphans-found", "ALARM", "OrphansFound")
    is_fine(alarms.ringing([quiet, quiet], "dev"), "none of 2")
    is_told(alarms.ringing([quiet, rings], "dev"), "onair-dev-orphans-found rings", "docs/runbooks/OrphansFound.md")
    is_told(alarms.ringing([], "dev"), "none", "make deploy STAGE=dev")


def test_alarms_that_nobody_hears_are_told() -> None:
    account = FakeAccount()
    account.alarms = [FakeAccount.an_alarm("sweep-stopped", topic=None)]
    _, finding = alarms.alarms(look(account))
    is_told(finding, "tell nobody", "ONAIR_ALARM_TOPIC")
    is_fine(alarms.heard(TOPIC, 1, 1, WHERE))
    is_told(alarms.heard(TOPIC, 0, 1, WHERE), "1 not confirmed yet", "aws sns subscribe")
    account.alarms, account.subscribed = [FakeAccount.an_alarm("sweep-stopped")], None
    _, finding = alarms.alarms(look(account))
    is_told(finding, "is not there")


def test_dead_letters_are_told() -> None:
    is_fine(alarms.waiting(0))
    is_told(alarms.waiting(2), "2 events", "EventsUndelivered.md")


def test_a_table_without_backups_and_logs_without_an_end_are_told() -> None:
    is_fine(records.of_table("onair-dev-sessions", True, WHERE))
    is_told(records.of_table("onair-dev-sessions", False, WHERE), "--table-name onair-dev-sessions")
    kept = {"logGroupName": "/aws/lambda/onair-dev-api", "retentionInDays": 30}
    is_fine(records.kept([kept], WHERE), "30 days")
    is_told(records.kept([kept, {"logGroupName": "/aws/lambda/onair-dev-x"}], WHERE), "1 of 2", "put-retention-policy")


def test_what_is_left_of_a_stage_that_is_gone_is_told() -> None:
    account = FakeAccount().not_deployed()
    account.ivs_channels = [{"arn": "arn:aws:ivs:eu-west-1", "name": "onair-dev-s-1", "tags": {"onair:stage": "dev"}}]
    account.inputs = [an_input(7, **{"onair:stage": "dev"}), an_input(8, **{"onair:stage": "live"})]
    account.security_groups = [{"Id": "9", "State": "IDLE", "Tags": {"onair:stage": "dev"}}]
    (finding,) = leftovers.leftovers(look(account))
    is_told(finding, "has 3: input 7, security group 9, IVS channel onair-dev-s-1")
    is_fine(leftovers.judged("dev", []))


def test_a_long_list_is_cut_and_counted() -> None:
    assert some(["a", "b"]) == "a, b"
    assert some(["a", "b", "c"], 2) == "a, b and 1 more"
