"""``python -m tests.smoke_aws``, which ``make smoke-aws`` calls: the price, the question, the run, what is left."""

from __future__ import annotations

import json
import sys
from argparse import Namespace
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import Any, TextIO

from infra.stage_settings import SettingsError, read_settings
from tests.smoke_aws import journal, report, samples
from tests.smoke_aws.account import Account, NotRun, open_account
from tests.smoke_aws.cleaning import clean, left
from tests.smoke_aws.deployed import Deployed, find
from tests.smoke_aws.kinds import Place
from tests.smoke_aws.options import FAILED, INTERRUPTED, NOT_RUN, OK, parsed
from tests.smoke_aws.plan import parts
from tests.smoke_aws.price import Part, Price, price
from tests.smoke_aws.probes import SCENES
from tests.smoke_aws.probes.finding import Scene
from tests.smoke_aws.run import Run, Say, new_id
from tests.smoke_aws.smoke import Outcome, Smoke

ROOT = Path(__file__).resolve().parents[2]
#: For whom there is no account and no region to tell a price by.
_REGION = "us-east-1"


def main(arguments: list[str] | None = None) -> int:
    options = parsed(arguments)

    say = _teller(sys.stderr if options.json else sys.stdout)

    try:
        if options.dry_run:
            return _dry_run(options, say)
        with _somewhere(options) as (account, stage):
            return _clean(options, account, stage, say) if options.clean else _run(options, account, stage, say)
    except NotRun as trouble:
        say(f"not run: {trouble.why}\n         {trouble.do}")
        if options.json:
            print(json.dumps({"run": False, "why": trouble.why, "do": trouble.do}))
        return NOT_RUN
    except KeyboardInterrupt:
        say("\nnot run: interrupted before anything was made")
        return INTERRUPTED


def _teller(out: TextIO) -> Say:
    """Says, as long as somebody listens: a pipe or a terminal that is gone keeps nobody from taking things back."""

    def say(message: str) -> None:
        encoding = out.encoding or "utf-8"
        with suppress(OSError):
            print(message.encode(encoding, "replace").decode(encoding), file=out, flush=True)

    return say


@contextmanager
def _somewhere(options: Namespace) -> Iterator[tuple[Account, Deployed | None]]:
    """Account and stage. Raises NotRun. A clean-up goes without a stage, if it is gone already."""
    if options.rehearse:
        from infra.local.stage import Stage  # late: it brings the whole engine
        from tests.smoke_aws import rehearsal

        with Stage() as stage:
            yield rehearsal.account(stage), rehearsal.deployed(stage)
        return
    account = _account(options)
    try:
        deployed = find(account, options.stage, options.url, options.token, options.profile)
    except NotRun:
        if not options.clean:
            raise
        deployed = None
    yield account, deployed


def _account(options: Namespace) -> Account:
    """The one that the stage's settings name, if they name one. Raises NotRun."""
    try:
        settings = read_settings(ROOT, options.stage, {})
    except SettingsError as trouble:
        raise NotRun(trouble.what, trouble.remedy) from None
    account = open_account(options.profile, options.region or settings.get("ONAIR_REGION"), options.endpoint_url)
    named = settings.get("ONAIR_ACCOUNT") or account.id
    if named != account.id:
        why = f"stages/{options.stage}.env says account {named}, and these credentials are of {account.id}"
        raise NotRun(why, "name a profile of that account: --profile or AWS_PROFILE")
    return account


def _chosen(options: Namespace) -> tuple[bool, tuple[Scene, ...]]:
    """Whether there is a show, and which scenes."""
    wanted = options.part or (["probes"] if options.row else ["show", "probes"])
    scenes = SCENES if "probes" in wanted else ()
    if options.row:
        scenes = tuple(scene for scene in SCENES if set(scene.settles) & set(options.row))
    return "show" in wanted, scenes


def _plan(options: Namespace, region: str, say: Say) -> Price:
    """Tell what will be made and what it costs."""
    show, scenes = _chosen(options)
    every = parts(show, scenes)
    say("part                 about min  about USD  at most USD  makes")
    for part in every:
        say(_line(part, region))
    total = price(every, region)
    minutes = min(sum(part.usual for part in every), options.deadline)
    say(f"about {minutes} minutes and {total.usual} USD. At most {total.at_most} USD: every part until its time is up.")
    say(f"By list prices, some of which have no source: docs/reference/prices.md. After {options.deadline} minutes all")
    say("is taken back, whatever happens.")
    return total


def _line(part: Part, region: str) -> str:
    one = price([part], region)
    return f"{part.name:<20} {part.usual:>9} {one.usual:>10} {one.at_most:>12}  {part.makes}"


def _dry_run(options: Namespace, say: Say) -> int:
    total = _plan(options, options.region or _REGION, say)
    say("dry run: nothing was made")
    if options.json:
        usd = {"usual": str(total.usual), "at_most": str(total.at_most)}
        print(json.dumps({"run": False, "why": "dry run", "usd": usd}))
    return OK


def _agreed(options: Namespace) -> None:
    """Raises NotRun unless somebody says yes."""
    if options.yes or options.rehearse:
        return
    if sys.stdin is None or not sys.stdin.isatty():
        raise NotRun("nobody is there to say yes", "run it in a terminal, or say --yes")
    print("Type yes to begin: ", end="", file=sys.stderr, flush=True)
    if sys.stdin.readline().strip().lower() != "yes":
        raise NotRun("the answer was not yes", "nothing was made")


def _run(options: Namespace, account: Account, stage: Deployed | None, say: Say) -> int:
    assert stage is not None
    where = "a rehearsal on the local stage" if options.rehearse else f"account {account.id}, {account.region}"
    say(f"{where}, stage {stage.stage}, {stage.api.url}")
    total = _plan(options, account.region, say)
    _agreed(options)
    begun = account.time()
    run = Run(account, new_id(begun), options.folder, begun + options.deadline * 60, say)
    run.file = options.file
    say(f"run {run.id}; what it makes is in {run.journal.path}")
    show, scenes = _chosen(options)
    # What the simulator sends is no sample of what AWS sends.
    folder = options.folder / f"{run.id}-events" if options.rehearse else samples.FOLDER
    try:
        outcome = Smoke(run, stage, show, scenes, folder).go()
    except KeyboardInterrupt:
        again = f"make smoke-aws STAGE={options.stage} ARGUMENTS='--clean {run.id}'"
        say(f"\ninterrupted while taking everything back. The next run does it, or now: {again}")
        return FAILED
    return _told(options, outcome, total, folder, say)


def _told(options: Namespace, outcome: Outcome, total: Price, folder: Path, say: Say) -> int:
    if not outcome.findings and not outcome.shown and not outcome.broke:
        outcome.broke = "nothing was shown"
    written = report.write(options.folder, outcome, total)
    for line in report.times(outcome.run):
        say(line)
    _rows(outcome, say)
    say(f"{len(outcome.samples)} samples of events in {folder}, the report in {written}")
    if outcome.broke:
        say(f"it broke off: {outcome.broke}")
    say(f"left behind: {len(outcome.left)} resources")
    if options.json:
        print(json.dumps(report.document(outcome, total)))
    if outcome.broke == "interrupted" and not outcome.left:
        return INTERRUPTED
    return OK if outcome.ok else FAILED


def _rows(outcome: Outcome, say: Say) -> None:
    verdicts = [one.verdict for one in outcome.findings]
    if verdicts:
        counted = ", ".join(f"{verdicts.count(word)} {word}" for word in dict.fromkeys(verdicts))
        say(f"{len(verdicts)} rows: {counted}")


def _clean(options: Namespace, account: Account, stage: Deployed | None, say: Say) -> int:
    if journal.goes_on(options.folder, options.clean):
        raise NotRun(f"run {options.clean} goes on: its process lives", "end it, and it takes back what it has made")
    place = Place(account, stage.bucket if stage else None, stage.api if stage else None)
    if stage is None:
        say("the stage is not found: sessions and files of the run are not looked for")
    clean(place, options.folder, options.clean, say)
    still: list[Any] = [found for found in left(place, run=options.clean) if found.run == options.clean]
    say(f"left behind: {len(still)} resources")
    if options.json:
        print(json.dumps({"run": False, "why": "clean-up", "left_behind": len(still)}))
    return FAILED if still else OK


if __name__ == "__main__":
    sys.exit(main())
