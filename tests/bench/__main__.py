"""``python -m tests.bench``, which ``make bench`` calls: every part, and its tables into docs/benchmarks.md."""

from __future__ import annotations

import argparse
import platform
import sys
import tempfile
import time as wall
from collections.abc import Callable
from importlib.metadata import version
from pathlib import Path

from infra.local.stage import Stage
from shared.gateways.clients import forget_clients
from tests.bench import beyond, cold_start, money, report, scale, sweep, time_to_live
from tests.bench.prices import dollars, prices
from tests.bench.ways import World
from tests.bench.weather import Climate

SEED = 1
Say = Callable[[str], None]
Parts = dict[str, str]


def main(arguments: list[str] | None = None) -> int:
    options = _options(arguments)
    begun = wall.monotonic()

    def say(message: str) -> None:
        print(f"{wall.monotonic() - begun:7.1f} s  {message}", file=sys.stderr, flush=True)

    parts: Parts = {}
    for name in options.part or PARTS:
        parts |= PARTS[name](options, say)
        say(f"{name}: done")
    for name, text in parts.items():
        print(f"\n{name}\n\n{text}")
    if not options.dry_run:
        report.write(parts)
        beyond.write()
        say("written to docs/benchmarks.md, in short to README.md, and what follows from it to docs/scale.md")
    return 0


def _options(arguments: list[str] | None) -> argparse.Namespace:
    parser = argparse.ArgumentParser(prog="python -m tests.bench", description=__doc__)
    parser.add_argument("--part", action="append", choices=list(PARTS), help="this part alone; may be repeated")
    parser.add_argument("--seed", type=int, default=SEED, help=f"(default: {SEED})")
    parser.add_argument("--destinations", type=int, default=10, help="of money's session (default: 10)")
    parser.add_argument("--repetitions", type=int, default=100, help="of time to live (default: 100)")
    parser.add_argument("--resources", type=int, nargs="+", default=[100, 1000, 10_000, 100_000], help="of sweep")
    parser.add_argument("--own-sessions", type=int, nargs="+", default=[1, 10, 50], help="of sweep")
    parser.add_argument("--sessions", type=int, nargs="+", default=[1, 10, 100], help="of scale; 1,000 take long")
    parser.add_argument("--seeds", type=int, nargs="*", default=[2, 3, 4, 5], help="more of time to live's")
    parser.add_argument("--rounds", type=int, default=11, help="of cold start (default: 11)")
    parser.add_argument("--dry-run", action="store_true", help="print the tables and leave docs/benchmarks.md alone")
    return parser.parse_args(arguments)


def _money(options: argparse.Namespace, say: Say) -> Parts:
    with World.open() as world:
        found = money.measure(world, options.destinations, options.seed, say)
    return {
        "money": report.table(money.rows(found)),
        "phases": report.table(money.phase_rows(found)),
        "rest": money_rest(found),
        "prices": price_table(),
        f"money{report.IN_SHORT}": money.in_short(found),
    }


def _time_to_live(options: argparse.Namespace, say: Say) -> Parts:
    with World.open() as world:
        found = time_to_live.measure(world, options.repetitions, options.seed, say)
        seeds = [time_to_live.of_seed(world, options.repetitions, seed) for seed in options.seeds]
    return {
        "time to live": report.table(time_to_live.rows(found)),
        "seeds": time_to_live.told([found[0], *seeds]),
        "latencies": climate(found),
        f"time to live{report.IN_SHORT}": time_to_live.in_short(found),
    }


def _sweep(options: argparse.Namespace, say: Say) -> Parts:
    with World.open() as world:
        foreign = sweep.measure(world, options.resources, options.seed, say)
        own = sweep.measure_own(world, options.own_sessions, options.seed, say)
    return {"sweep": report.table(sweep.rows(foreign)), "sweep of sessions": report.table(sweep.own_rows(own))}


def _scale(options: argparse.Namespace, say: Say) -> Parts:
    with Stage(speed=None, schedules=False) as stage:
        forget_clients()
        scale.measure(stage, [1], say)  # imports and caches are nobody's
        found = scale.measure(stage, {1, *options.sessions}, say)
    table = scale.rows(found, report.part(report.PAGE.read_text(encoding="utf-8"), "scale"))
    if not options.dry_run:
        report.SCALE.write_text(scale.picture(table), encoding="utf-8")
    machine = f"Python {platform.python_version()}, {platform.machine()}, moto {version('moto')}."
    return {"scale": f"{report.table(table)}\n\n{machine} {scale.assumptions()}"}


def _cold_start(options: argparse.Namespace, say: Say) -> Parts:
    with tempfile.TemporaryDirectory() as folder:
        say("cold start: building what is measured")
        found = cold_start.measure(cold_start.prepare(Path(folder)), options.rounds, options.seed, say)
    return {"cold start": report.table(cold_start.rows(found)), "cold start, told": cold_start.told(found)}


PARTS: dict[str, Callable[[argparse.Namespace, Say], Parts]] = {
    "money": _money,
    "time-to-live": _time_to_live,
    "sweep": _sweep,
    "scale": _scale,
    "cold-start": _cold_start,
}


def money_rest(found: money.Money) -> str:
    """What the table of the session does not say: the sweeps, and how often a parked step looks."""
    first, month = found.first, money.a_month_of_sweeps(found)
    total = dollars(first.counts)
    sweeps = dollars(found.sweep.counts) * money.SWEEPS_AN_HOUR * int(money.ON_AIR / 3600)
    verdict = "Reached" if total < money.TARGET else "Missed"
    return "\n".join(
        [
            f"- Target: below {money.TARGET} US dollars. {verdict}: {total:.5f}.",
            f"- Steps were parked for {first.parked:.1f} minutes together, and looked {first.parked_looks} times "
            f"without having been woken: {first.parked_looks / first.parked:.2f} a minute. Each wait also looks once "
            "when it begins, and once for each event of its channel.",
            f"- The sweeps of these two hours, which run for all sessions and for none: {sweeps:.5f} US dollars. A "
            f"month of sweeps over nothing: {month:.2f}.",
        ]
    )


def price_table() -> str:
    """The prices, each with its date and source."""
    header = ["what", "US dollars", "for one", "date", "source"]
    body = [
        [
            one.name.replace("_", " "),
            f"{one.usd:f}",
            one.unit,
            one.date,
            one.source if one.sourced else f"**assumed**: {one.source}",
        ]
        for one in prices().values()
    ]
    lines = [header, ["---", "---:", "---", "---", "---"], *body]
    return "\n".join("| " + " | ".join(line) + " |" for line in lines)


def climate(found: list[time_to_live.Measured]) -> str:
    """The latencies that everybody has, and how many repetitions there were."""
    stated = Climate()
    spreads = [
        ("call of MediaLive or MediaConnect", stated.media),
        ("call of DynamoDB", stated.data),
        ("call of anything else", stated.other),
        ("invocation of a warm function, with its own work", stated.warm),
        ("a cold function, more", stated.cold),
        ("event, from the change to its delivery", stated.event),
    ]
    rows = [["stated latency, seconds", "p50", "p99"], *([what, f"{one.p50}", f"{one.p99}"] for what, one in spreads)]
    cold = {one.name: one.cold_starts for one in found}
    lost = {one.name: one.lost_events for one in found}
    return "\n".join(
        [
            report.table(rows),
            "",
            f"{stated.lost:.0%} of events are lost. {len(found[0].ratios)} repetitions of each; "
            f"cold starts in all of them: {cold['OnAir, warm']} warm, {cold['OnAir, cold']} cold; "
            f"lost events: {lost['OnAir, warm']} warm, {lost['OnAir, cold']} cold.",
        ]
    )


if __name__ == "__main__":
    sys.exit(main())
