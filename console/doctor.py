"""``onair doctor``: whether this machine, the account and the stage are as OnAir needs them. Looks, and changes
nothing."""

from __future__ import annotations

from collections import Counter
from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer
from rich.text import Text

from console.client import Client, Document, ProblemError
from console.credentials import bearer, chosen
from console.look import indented
from console.options import FAILED, REFUSED, UNREACHABLE, Answer, Json, Profile, Token, answer

if TYPE_CHECKING:
    from infra.doctor.finding import Finding
    from infra.doctor.look import AskApi
    from infra.doctor.run import Doctor

EXAMPLE = (
    "Examples: onair doctor --profile shows --region eu-west-1 before the first deployment, "
    "onair doctor --profile shows --stage live after it, and onair doctor --json for machines"
)

_ROOT = Path(__file__).resolve().parents[1]
_SIGNS = {"ok": ("✓ ", "green"), "wrong": ("✗ ", "bold red"), "unseen": ("– ", "dim")}

Region = Annotated[str | None, typer.Option("--region", help="Otherwise as the stage's settings or the profile say.")]
Stage = Annotated[str, typer.Option("--stage", help="Which deployment, or the one that is to be.")]


def doctor(
    context: typer.Context,
    profile: Profile = None,
    region: Region = None,
    stage: Stage = "dev",
    token: Token = None,
    as_json: Json = False,
) -> None:
    """Look whether this machine, the AWS account and the stage are as OnAir needs them. Changes nothing.

    Asks AWS as the profile's user, by calls that read only. ✓ is as it should be; ✗ is not, with why it matters and
    what to do; – was not looked at, or may stay as it is, with the reason.

    Exits 0 when nothing is ✗, 1 when something is, 3 when there are no credentials that AWS takes, 4 when AWS does not
    answer.
    """
    how = answer(context, None, as_json, profile, token)
    examination = _doctor(how, region, stage)
    found: list[tuple[str, Finding]] = []
    with how.reporting("nothing was changed"):
        for heading, finding in examination.findings():
            if not how.as_json:
                _show(how, heading if not found or found[-1][0] != heading else "", finding)
            found.append((heading, finding))
    counts = Counter(finding.verdict for _, finding in found)
    if how.as_json:
        how.line(_document(examination, found))
    else:
        how.out().print(f"\n{counts['ok']} ✓  {counts['wrong']} ✗  {counts['unseen']} –")
    if examination.nobody:
        raise typer.Exit(UNREACHABLE if examination.nobody == "unreachable" else REFUSED)
    if counts["wrong"]:
        raise typer.Exit(FAILED)


def _doctor(how: Answer, region: str | None, stage: str) -> Doctor:
    # late: a third of a second that other commands do without
    from infra.doctor.aws import Aws, NoCredentials, region_of, session_of
    from infra.doctor.run import Doctor
    from infra.stage_settings import SettingsError, read_settings

    try:
        settings = read_settings(_ROOT, stage)
    except SettingsError as trouble:
        raise typer.BadParameter(f"{trouble.what} {trouble.remedy}") from None
    try:
        session = session_of(how.profile)
        where = region or settings.get("ONAIR_REGION") or region_of(session)
    except NoCredentials as trouble:
        raise _no_profile(how, str(trouble)) from None
    aws = Aws(session, where or "")
    account = settings.get("ONAIR_ACCOUNT", "")
    return Doctor(aws, where, stage, datetime.now(UTC), _ROOT, _ask_api(how), how.profile, account)


def _ask_api(how: Answer) -> AskApi:
    """Asks as the profile does; where that is not taken, by the token."""
    from infra.doctor.look import ApiRefused

    def ask(url: str, path: str) -> Document:
        try:
            try:
                return Client(url, chosen(url, None, how.profile)).get(path)
            except ProblemError as refusal:
                if refusal.document.get("status") != 401 or not how.token:
                    raise
                return Client(url, bearer(how.token)).get(path)
        except ProblemError as refusal:
            document = refusal.document
            raise ApiRefused(int(document.get("status") or 0), str(document.get("name") or ""), str(refusal)) from None

    return ask


def _no_profile(how: Answer, why: str) -> typer.Exit:
    how.fail(
        {
            "type": "about:blank",
            "title": "There are no such credentials",
            "name": "NoCredentials",
            "detail": f"{why.rstrip('.')}.",
            "remedy": "aws configure list-profiles shows what there is; name one with --profile or AWS_PROFILE.",
        }
    )
    return typer.Exit(REFUSED)


def _show(how: Answer, heading: str, finding: Finding) -> None:
    out = how.out()
    if heading:
        out.print(Text(f"\n{heading}", "bold"))
    out.print(
        Text.assemble(
            _SIGNS[finding.verdict], (finding.check, "" if finding.verdict != "unseen" else "dim"), f"  {finding.says}"
        )
    )
    if finding.matters:
        out.print(indented("why", finding.matters))
    if finding.do:
        out.print(indented("do", finding.do))


def _document(examination: Doctor, found: list[tuple[str, Finding]]) -> Document:
    from infra.doctor.finding import masked

    return {
        "account": masked(examination.account) if examination.account else None,
        "region": examination.region,
        "stage": examination.stage,
        "ok": not examination.nobody and all(finding.verdict != "wrong" for _, finding in found),
        "findings": [
            {
                "about": heading,
                "check": finding.check,
                "verdict": finding.verdict,
                "says": finding.says,
                "matters": finding.matters or None,
                "do": finding.do or None,
                "details": list(finding.details),
            }
            for heading, finding in found
        ],
    }
