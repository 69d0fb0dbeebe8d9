"""``python -m tests.faults.matrix``: the matrix from the command line, as the targets ``test-faults…`` do."""

from __future__ import annotations

import argparse
import os
import sys
import time as wall
from datetime import UTC, datetime
from pathlib import Path

from tests.faults.matrix import workers
from tests.faults.matrix.breaking import BROKEN
from tests.faults.matrix.orders import (
    Trial,
    alike_count_once,
    alternatives,
    callers,
    flipped,
    meanwhile,
    sample,
    singles,
)
from tests.faults.matrix.run import Run, report
from tests.faults.matrix.scenarios import SCENARIOS

COMMAND = "python -m tests.faults.matrix"
REPORT = Path(__file__).resolve().parents[3] / "docs" / "reference" / "fault-matrix.md"
#: Of what is too much for ``make test-faults``: how many are drawn.
FLIPPED, PAIRS = 150, 150
PARTS = ["singles", "callers", "pairs", "flipped", "broken"]
#: In how many trials a broken compensation is looked for.
TRIALS_OF_BROKEN = 5


def main(arguments: list[str]) -> int:
    options = _options(arguments)
    if options.can_see:
        return 1 if _blind(options, list(BROKEN) if options.can_see == ["all"] else options.can_see) else 0
    begun = wall.monotonic()
    deadline = begun + 60 * options.minutes if options.minutes else None
    run = Run(options.workers, _say, COMMAND, deadline, options.verbose)
    places = workers.record(options.scenarios, options.seed)
    mine, asked = [], []
    alike_count_once(places)
    for name in options.scenarios:
        mine += singles(name, places[name], seed=options.seed, full=options.full, learns=True)
        asked += callers(name, places[name], seed=options.seed, full=options.full)
        _say(f"{name}: {sum(map(len, places[name]))} places in {len(places[name])} segments")
    if options.only:
        return _alone(run, [*mine, *asked], options)
    _parts(run, mine, asked, options)
    broken = list(BROKEN) if "broken" in options.parts and not options.sample else []
    blind = _blind(options, broken) if broken else []
    seconds = wall.monotonic() - begun
    if options.report:
        REPORT.write_text(
            report(
                run,
                places,
                [one for one in broken if one not in blind],
                _told(arguments),
                seconds,
                f"{datetime.now(UTC):%Y-%m-%d}",
            )
        )
    _say(f"in {seconds:.0f} s; {sum(part.seconds for part in run.parts):.0f} s of one core's time")
    _say(run.verdict())
    return 1 if run.failed or run.left or blind else 0


def _parts(run: Run, mine: list[Trial], asked: list[Trial], options: argparse.Namespace) -> None:
    """One part after the other; pairs are learned from the singles."""

    def drawn(trials: list[Trial], many: int | None) -> list[Trial]:
        bounds = [one for one in (many, options.sample) if one]
        return sample(trials, min(bounds), options.seed) if bounds else trials

    if "singles" in options.parts:
        run.part("singles", drawn(mine, None), len(mine))
    if "callers" in options.parts:
        run.part("callers at once, and DELETE at every step", drawn(asked, None), len(asked))
    if "pairs" in options.parts:
        pairs = run.compensations.pairs()
        _say(f"compensations: {run.compensations.places()} places")
        run.part(
            "pairs: a fault, and one in its compensation", drawn(pairs, None if options.pairs else PAIRS), len(pairs)
        )
    if "flipped" in options.parts:
        turned = list(flipped(mine))
        name = f"singles with one of {len(list(alternatives()))} behaviours in doubt flipped"
        run.part(name, drawn(turned, len(turned) if options.pairs else FLIPPED), len(turned))


def _alone(run: Run, trials: list[Trial], options: argparse.Namespace) -> int:
    """Those of an id, or with these words in their names; looked for among flips and pairs, too, if need be."""

    def chosen(among: list[Trial]) -> list[Trial]:
        return [one for one in among if one.id in options.only or all(word in one.name for word in options.only)]

    found = chosen(trials) or chosen(list(flipped(trials)))
    run.verbose = True
    if not found:
        run.say("not among singles: learning the pairs first")
        quiet = Run(options.workers, lambda text: None, "")
        quiet.part("singles", trials)
        found = chosen(quiet.compensations.pairs())
    run.part("chosen", found)
    run.say(run.verdict())
    return 1 if run.failed or not found else 0


def _blind(options: argparse.Namespace, names: list[str]) -> list[str]:
    """Break one compensation after the other: each must make a trial fail. Returns those that did not."""
    places = workers.record(sorted({BROKEN[name].where[0] for name in names}), options.seed)
    blind = []
    for name in names:
        chosen = BROKEN[name]
        scenario, segment, *words = chosen.where
        among = singles(scenario, places[scenario], seed=options.seed, full=True)
        among = [one for one in among if f", {segment}: " in one.name and all(word in one.name for word in words)]
        if chosen.meanwhile:
            also = [meanwhile(one, places[scenario], chosen.meanwhile) for one in among]
            among = [one for one in also if one is not None]
        drawn = sample(among, options.sample or TRIALS_OF_BROKEN, options.seed)
        run = Run(options.workers, _say if options.verbose else lambda text: None, COMMAND)
        for few in (drawn[:1], drawn[1:]):
            if few and not run.failed:
                run.part(name, few, broken=name)
        seen = f"seen: {run.failed[0][1]['wrong'][0]}" if run.failed else f"NOT SEEN in {run.tried} trials"
        _say(f"{name} broken, {seen}")
        blind += [] if run.failed else [name]
    unseen = f": not {', '.join(blind)}" if blind else ""
    _say(f"compensations: {len(names)} broken, {len(names) - len(blind)} seen{unseen}")
    return blind


def _told(arguments: list[str]) -> str:
    """How this run was asked for."""
    given = " ".join(one for one in arguments if one != "--report")
    if given.startswith("--pairs") or not given:
        target, given = ("test-faults-pairs", given[7:].strip()) if given else ("test-faults", "")
        return f"make {target}" + (f' ARGUMENTS="{given}"' if given else "")
    return f"{COMMAND} {given}"


def _say(text: str) -> None:
    print(text, flush=True)


def _options(arguments: list[str]) -> argparse.Namespace:
    parser = argparse.ArgumentParser(prog=COMMAND, description=__doc__)
    parser.add_argument("--scenarios", nargs="+", default=["flow", "host", "sweep"], choices=list(SCENARIOS))
    parser.add_argument("--parts", nargs="+", default=PARTS, choices=PARTS)
    parser.add_argument("--pairs", action="store_true", help="all pairs and all flips, not a sample of them")
    parser.add_argument("--minutes", type=float, default=0, help="begin nothing after so long")
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--sample", type=int, default=0, help="only so many of each part, drawn with the seed")
    parser.add_argument("--only", nargs="+", default=[], help="the id of a trial, or words of its name")
    parser.add_argument(
        "--full", action="store_true", help="walk each to its end, even one that looks like a clean walk"
    )
    parser.add_argument(
        "--can-see", nargs="+", default=[], choices=["all", *BROKEN], help="break compensations instead"
    )
    parser.add_argument("--report", action="store_true", help="write docs/reference/fault-matrix.md")
    parser.add_argument("--workers", type=int, default=min(2, os.cpu_count() or 1))
    parser.add_argument("--verbose", action="store_true")
    return parser.parse_args(arguments)


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
