"""``python3 -m infra.dev deploy`` and ``destroy``, which ``make deploy STAGE=…`` and ``make destroy STAGE=…`` call.

What is done is told on standard error, the result on standard output. The exit codes are those of ``onair``: see
``troubles``.
"""

from __future__ import annotations

import argparse
import json
import os
import sys
from contextlib import suppress
from dataclasses import asdict
from pathlib import Path

from infra.deployment.account import Stage, explained, sign_in
from infra.deployment.deploy import Deployed, deploy
from infra.deployment.destroy import Destroyed, Destruction, Wish
from infra.deployment.stack import Stack
from infra.deployment.troubles import Trouble, WrongCall
from infra.packaging.build import Package, build, download
from infra.packaging.requirements import PackagingError
from infra.stage_settings import SettingsError, for_template, read_settings

ROOT = Path(__file__).resolve().parents[2]

DEPLOY = """\
examples:
  make deploy STAGE=live
  python3 -m infra.dev deploy --stage live --profile ops
  python3 -m infra.dev deploy --stage live --json

What differs between accounts stands in stages/STAGE.env: docs/reference/deploying.md.
"""
DESTROY = """\
examples:
  make destroy STAGE=live
  make destroy STAGE=live ARGUMENTS=--end-all            ends the sessions that there are
  make destroy STAGE=live ARGUMENTS=--delete-recordings  and what was recorded goes, too
  python3 -m infra.dev destroy --stage live --profile ops --end-all --yes --json

Nothing is touched before it is confirmed, nor while a session lives unless you say --end-all. A run that broke off is
gone on with by the next.
"""


def main(arguments: list[str]) -> int:
    """The exit code: 0 done, 1 failed or something is left, 2 wrong call or settings, 3 refused, 4 no answer."""
    options = _parser().parse_args(arguments)
    try:
        with explained():
            return _deploy(options) if options.command == "deploy" else _destroy(options)
    except Trouble as trouble:
        return _tell(trouble.what, trouble.remedy, trouble.exit_code)
    except SettingsError as trouble:
        return _tell(trouble.what, trouble.remedy, WrongCall.exit_code)
    except PackagingError as trouble:
        return _tell(f"{trouble}", "Nothing has been deployed.", Trouble.exit_code)
    except KeyboardInterrupt:
        _say("interrupted; what AWS has begun goes on there. The same command goes on from where it is then")
        return 130


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(prog="python3 -m infra.dev", description="A stage in an AWS account.")
    commands = parser.add_subparsers(dest="command", required=True)
    for name, told, examples in (
        ("deploy", "Build what is deployed, and bring a stage in an AWS account to it.", DEPLOY),
        ("destroy", "Take a stage away, and look whether anything is left.", DESTROY),
    ):
        command = commands.add_parser(
            name, description=told, epilog=examples, formatter_class=argparse.RawDescriptionHelpFormatter
        )
        command.add_argument("--stage", required=True, help="the stage's name (make: STAGE=…)")
        command.add_argument("--region", help="its region; else ONAIR_REGION of its settings, else the profile's")
        command.add_argument("--profile", help="the AWS profile to ask with; else AWS_PROFILE, as any AWS command")
        command.add_argument("--json", action="store_true", help="the result as JSON")
        if name == "destroy":
            command.add_argument("--end-all", action="store_true", help="end the sessions that are not over")
            command.add_argument("--delete-recordings", action="store_true", help="delete the bucket with them, too")
            command.add_argument(
                "--delete-unowned", action="store_true", help="delete what carries its tags and no session knows, too"
            )
            command.add_argument("--minutes", type=float, default=30, help="how long sessions may take to end (30)")
            command.add_argument("--yes", action="store_true", help="do not ask")
    return parser


def _deploy(options: argparse.Namespace) -> int:
    settings = read_settings(ROOT, options.stage)
    stage = _signed_in(options, settings)
    _say(f"deploying stage {stage.name} to account {stage.account}, {stage.region}, as {stage.caller}")

    def package() -> Package:
        download(ROOT, _say)
        return build(ROOT, _say, ["--stage", stage.name, "--region", stage.region], for_template(settings))

    done = deploy(ROOT, stage, settings, package, Stack(stage, _say), _say)
    next_command = _next(stage, done, options.profile)
    if options.json:
        where = {"stage": stage.name, "account": stage.account, "region": stage.region, "stack": stage.stack}
        print(json.dumps({**where, **asdict(done), "next": next_command}, indent=2))
        return 0
    print(f"API   {done.api_url}")
    if done.has_page:
        print(f"page  {done.page_url}")
    else:
        print("page  none: people sign in to it by tokens, and this stage has no ONAIR_JWT_ISSUER")
    print(f"next  {next_command}")
    return 0


def _next(stage: Stage, done: Deployed, profile: str | None) -> str:
    if done.has_page:
        return f"./onair --url {done.api_url} --token TOKEN session list"
    return f"./onair --url {done.api_url}{f' --profile {profile}' if profile else ''} session list"


def _destroy(options: argparse.Namespace) -> int:
    # Where the stage is matters here, and nothing else of what a shell may say.
    shell = {name: os.environ[name] for name in ("ONAIR_REGION", "ONAIR_ACCOUNT") if name in os.environ}
    stage = _signed_in(options, read_settings(ROOT, options.stage, shell))
    _say(f"destroying stage {stage.name} in account {stage.account}, {stage.region}, as {stage.caller}")
    wish = Wish(options.end_all, options.delete_recordings, options.delete_unowned, 60 * options.minutes)

    def ask() -> None:
        if not options.yes:
            _confirm(stage, wish)

    done = Destruction(stage, Stack(stage, _say), _say, ask).run(wish)
    _report(stage, done, options.json)
    return 1 if done.left else 0


def _confirm(stage: Stage, wish: Wish) -> None:
    """Raises Trouble unless a person types the stage's name."""
    if sys.stdin is None or not sys.stdin.isatty():
        raise WrongCall("Nobody is here to be asked.", "A machine says --yes.")
    recordings = "Its recordings go, too." if wish.delete_recordings else "Its recordings are kept."
    _say(f"stage {stage.name} in account {stage.account}, {stage.region}, will be gone with all its sessions' records.")
    _say(f"{recordings} To go on, type the stage's name:")
    if sys.stdin.readline().strip() != stage.name:
        raise Trouble("That is not its name.", "Nothing has been touched.")


def _report(stage: Stage, done: Destroyed, as_json: bool) -> None:
    if as_json:
        where = {"stage": stage.name, "account": stage.account, "region": stage.region}
        print(json.dumps({**where, **asdict(done)}, indent=2))
        return
    if done.kept:
        print(f"recordings are kept: s3://{done.kept}")
        print(f"they cost what S3 storage costs; deleting them is free: make destroy STAGE={stage.name} ", end="")
        print("ARGUMENTS=--delete-recordings")
    for each in done.left:
        print(f"LEFT  {each}")
    if done.left:
        print("No stack has these, and nothing of OnAir deletes them any more: look at each, and delete it by hand.")
    print(f"left behind: {len(done.left)}")


def _signed_in(options: argparse.Namespace, settings: dict[str, str]) -> Stage:
    kept = settings.get("ONAIR_REGION")
    if options.region and kept and options.region != kept:
        raise WrongCall(
            f"--region says {options.region}, and stages/{options.stage}.env ONAIR_REGION={kept}.",
            "A stage is in one region; the same name in another is another stage, with settings of its own.",
        )
    return sign_in(options.stage, options.profile, options.region or kept, settings.get("ONAIR_ACCOUNT"))


def _tell(what: str, remedy: str, exit_code: int) -> int:
    _say(what)
    if remedy:
        _write(f"       {remedy}")
    return exit_code


def _say(message: str) -> None:
    _write(f"onair: {message}")


def _write(line: str) -> None:
    """A reader who is gone, such as a tee that Ctrl-C has ended, too, breaks nothing off half-way."""
    with suppress(OSError):
        print(line, file=sys.stderr, flush=True)


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
