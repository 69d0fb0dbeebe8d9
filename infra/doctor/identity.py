"""Who asks, and where: without both nothing else can be asked. Called by ``run``."""

from __future__ import annotations

from infra.doctor.aws import Asks, AwsRefused, NoCredentials
from infra.doctor.finding import Finding, fine, masked, unseen, wrong
from infra.doctor.look import Caller

CREDENTIALS, REGION = "credentials", "region"

_MATTERS = "Nothing can be deployed or looked at without them."
#: What STS calls credentials that are over (STS API reference, "Common Error Types").
_OVER = {"ExpiredToken", "ExpiredTokenException", "RequestExpired"}
_SKEWED = {"SignatureDoesNotMatch", "InvalidSignatureException"}


def caller_of(aws: Asks, profile: str | None, stages_account: str = "") -> tuple[Caller | None, Finding]:
    """The caller, if AWS knows them. ``stages_account``: where the stage is to be (ONAIR_ACCOUNT).

    Raises AwsUnreachable.
    """
    try:
        answer = aws.ask("sts", "GetCallerIdentity")
    except NoCredentials as trouble:
        return None, no_credentials(str(trouble), profile)
    except AwsRefused as refusal:
        return None, _refused(refusal, profile)
    account, arn = str(answer["Account"]), str(answer["Arn"])
    partition = arn.split(":")[1]
    caller = Caller(account, arn, partition, _principal(aws, arn, partition, account))
    return caller, _judged(caller, stages_account)


def no_credentials(why: str, profile: str | None) -> Finding:
    return wrong(CREDENTIALS, f"none: {why.rstrip('.')}", matters=_MATTERS, do=_get_some(profile))


def region_found(region: str | None) -> Finding:
    if region:
        return fine(REGION, region)
    return wrong(
        REGION,
        "no region is named",
        matters="A stage is in one region; its quotas and services are looked at there.",
        do="onair doctor --region eu-west-1, or: aws configure set region eu-west-1",
    )


def name_of(arn: str) -> str:
    """The user or role, as the API calls it: ``role/NAME``, ``user/NAME``."""
    what = arn.split(":", 5)[5].split("/")
    if what[0] == "assumed-role":
        return f"role/{what[1]}"
    return f"{what[0]}/{what[-1]}" if len(what) > 1 else what[0]


def _judged(caller: Caller, stages_account: str) -> Finding:
    if stages_account and stages_account != caller.account:
        return wrong(
            CREDENTIALS,
            f"they are for the account {masked(caller.account)}, and the stage is in {masked(stages_account)}",
            matters="All that follows is about the wrong account, and make deploy refuses to go there.",
            do="name the profile of the stage's account: onair doctor --profile NAME (ONAIR_ACCOUNT of its settings)",
        )
    who = f"{name_of(caller.arn)} in the account {masked(caller.account)}"
    if caller.arn.endswith(":root"):
        return wrong(
            CREDENTIALS,
            f"the root user of the account {masked(caller.account)}",
            matters="Nothing can take a permission from the root user, and nobody can simulate what it may do.",
            do="make a role, or a user in IAM Identity Center, and name its profile: onair doctor --profile NAME",
        )
    return fine(CREDENTIALS, who)


def _principal(aws: Asks, arn: str, partition: str, account: str) -> str:
    """What SimulatePrincipalPolicy takes: an IAM user or role. A session's ARN names its role without the path, so the
    role is asked for its own."""
    kind, *rest = arn.split(":", 5)[5].split("/")
    if kind == "user":
        return arn
    if kind != "assumed-role":
        return ""
    try:
        return str(aws.ask("iam", "GetRole", RoleName=rest[0])["Role"]["Arn"])
    except AwsRefused:
        return f"arn:{partition}:iam::{account}:role/{rest[0]}"


def _refused(refusal: AwsRefused, profile: str | None) -> Finding:
    if refusal.code in _OVER:
        return wrong(CREDENTIALS, "they have expired", matters=_MATTERS, do=_get_some(profile))
    if refusal.code in _SKEWED:
        do = f"set this machine's clock; else enter the key again: {_get_some(profile)}"
        return wrong(CREDENTIALS, f"AWS does not take the signature ({refusal.code})", matters=_MATTERS, do=do)
    if refusal.is_denied:
        return unseen(CREDENTIALS, f"who they are can't be asked: {refusal}")
    do = f"{_get_some(profile)}; a region that has to be enabled first answers so, too, until it is"
    return wrong(CREDENTIALS, f"AWS does not know them ({refusal.code})", matters=_MATTERS, do=do)


def _get_some(profile: str | None) -> str:
    named = f" --profile {profile}" if profile else ""
    return f"aws sso login{named}, or aws configure{named}; aws configure list-profiles shows what there is"
