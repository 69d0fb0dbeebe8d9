"""The command line of ``make smoke-aws``."""

from __future__ import annotations

import argparse
from pathlib import Path

from tests.smoke_aws.probes import SCENES
from tests.smoke_aws.run import is_id

#: Exit codes. ``NOT_RUN`` is none of the others' (docs/reference/smoke-aws.md): nothing was made, and nothing shown.
OK, FAILED, NOT_RUN, INTERRUPTED = 0, 1, 5, 130

FOLDER = Path(__file__).resolve().parents[2] / "build" / "smoke-aws"
ROWS = [name for scene in SCENES for name in scene.settles]


def parsed(arguments: list[str] | None) -> argparse.Namespace:
    parser = argparse.ArgumentParser(
        prog="make smoke-aws",
        description="One short session on a real account, and the rows that nobody could establish without one. "
        "It tells its price and asks.",
        epilog=f"Exits {OK} when all went well and nothing is left, {FAILED} when not, {NOT_RUN} when it was not run, "
        f"{INTERRUPTED} after Ctrl-C.",
    )
    where = parser.add_argument_group("where")
    where.add_argument("--stage", default="dev", help="the stage that is deployed (default: dev)")
    where.add_argument("--profile", default=None, help="an AWS profile (default: AWS_PROFILE and its kin)")
    where.add_argument("--region", default=None, help="(default: what stages/STAGE.env says, else the profile's)")
    where.add_argument("--url", default=None, help="the API (default: what the stack tells)")
    where.add_argument("--token", default=None, help="a token for the API, if it wants one")
    where.add_argument("--endpoint-url", default=None, help=argparse.SUPPRESS)
    what = parser.add_argument_group("what")
    what.add_argument("--part", action="append", choices=["show", "probes"], help="this alone (default: both)")
    what.add_argument("--row", action="append", choices=ROWS, metavar="NAME", help="probe this row alone; repeatable")
    what.add_argument("--deadline", type=_minutes, default=120, metavar="MINUTES", help="then all is taken back (120)")
    what.add_argument("--file", metavar="URL", help="a transport stream that MediaLive can read (default: one is sent)")
    what.add_argument("--rehearse", action="store_true", help="on the local stage: no account, no cost, no question")
    what.add_argument("--clean", type=_run, metavar="RUN", help="take away what a run has left, and nothing else")
    how = parser.add_argument_group("how")
    how.add_argument("--dry-run", action="store_true", help="tell plan and price, and make nothing")
    how.add_argument("--yes", action="store_true", help="don't ask")
    how.add_argument("--json", action="store_true", help="answer in JSON, for machines")
    how.add_argument("--folder", type=Path, default=FOLDER, help="for journal and report (default: build/smoke-aws)")
    return parser.parse_args(arguments)


def _minutes(text: str) -> int:
    if not text.isdigit() or not 10 <= int(text) <= 150:
        raise argparse.ArgumentTypeError("10 to 150 minutes")
    return int(text)


def _run(text: str) -> str:
    if not is_id(text):
        raise argparse.ArgumentTypeError("a run's id, as 20261122t134805abcd")
    return text
