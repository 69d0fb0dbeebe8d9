"""``python -m tests.soak``: the soak, on every core, for so many minutes. Its exit code is 0 if all held, else 1."""

from __future__ import annotations

import argparse
import json
import multiprocessing
import os
import queue
import sys
import time as wall
from pathlib import Path
from typing import Any

from tests.soak.day import Size
from tests.soak.summary import Summary
from tests.soak.worker import Orders, Report, work

#: Seconds between two lines of progress.
SAYS_EVERY = 60.0
#: Seconds that the last days get to come to their end.
GRACE = 900.0


def main(arguments: list[str] | None = None) -> int:
    options = _options(arguments)
    summary = Summary(options.seed)
    begun = wall.monotonic()
    until = begun + options.minutes * 60
    context = multiprocessing.get_context("spawn")
    reports: Any = context.Queue()
    workers = [context.Process(target=work, args=(orders, reports), daemon=True) for orders in _orders(options, until)]
    for worker in workers:
        worker.start()
    again = f"python -m tests.soak --seed {options.seed} --shows {options.shows} --hours {options.hours} --day"
    try:
        _follow(summary, reports, workers, begun, until + GRACE, again)
    except KeyboardInterrupt:
        print("soak: interrupted", file=sys.stderr)
        return 130
    finally:
        for worker in workers:
            worker.terminate()
    print(summary.progress(wall.monotonic() - begun))
    print(f"ended: {dict(summary.ended)}; failed: {dict(summary.failed)}; refused for want of quota: {summary.refused}")
    if options.json:
        Path(options.json).write_text(json.dumps(summary.as_json(), indent=2) + "\n")
    print(summary.last_line(), flush=True)
    return 0 if summary.passed else 1


def _options(arguments: list[str] | None) -> argparse.Namespace:
    size = Size()
    parser = argparse.ArgumentParser(prog="python -m tests.soak", description=__doc__)
    parser.add_argument("--minutes", type=float, default=60, help="no day begins later (default: 60)")
    parser.add_argument("--seed", type=int, default=1, help="the same seed brings the same days (default: 1)")
    parser.add_argument("--jobs", type=int, default=os.cpu_count() or 1, help="processes (default: one a core)")
    parser.add_argument("--days", type=int, help="at most so many days a process")
    parser.add_argument("--day", type=int, help="this day alone, to repeat what it has shown")
    parser.add_argument("--shows", type=int, default=size.shows, help=f"shows a day (default: {size.shows})")
    parser.add_argument("--hours", type=float, default=size.seconds / 3600, help="in which they begin (default: 2.5)")
    parser.add_argument("--json", metavar="FILE", help="write the summary there, too")
    return parser.parse_args(arguments)


def _orders(options: argparse.Namespace, until: float) -> list[Orders]:
    """The days by turns, one worker each; or the one day that was asked for."""
    size = Size(options.shows, options.hours * 3600)
    if options.day is not None:
        return [Orders(1, options.seed, options.day, 1, until, 1, size)]
    jobs = options.jobs
    return [Orders(one, options.seed, one, jobs, until, options.days, size) for one in range(1, jobs + 1)]


def _follow(summary: Summary, reports: Any, workers: list[Any], begun: float, deadline: float, again: str) -> None:
    """Take the workers' reports and say how far they are, until all have ended. ``again``: how a day is repeated."""
    at_work, said = len(workers), begun
    while at_work:
        try:
            report = reports.get(timeout=1.0)
        except queue.Empty:
            report = ...
        if report is None:
            at_work -= 1
        elif isinstance(report, Report):
            summary.add(report)
            _explain(report, f"{again} {report.outcome.day}")
        now = wall.monotonic()
        if now - said >= SAYS_EVERY:
            said = now
            print(summary.progress(now - begun), flush=True)
        if now > deadline or (report is ... and not any(worker.is_alive() for worker in workers)):
            summary.crashes.append((0, "a worker came to no end"))
            print("soak: a worker has died, or a day came to no end", flush=True)
            return


def _explain(report: Report, again: str) -> None:
    """Everything that is needed to repeat a day that went wrong, and to find out why."""
    day = report.outcome
    if not report.crash and not day.violations:
        return
    print(f"\nday {day.day} went wrong; to repeat it: {again}")
    if report.crash:
        print(report.crash)
    for one in day.violations:
        print(f"  {one.kind}: {one.session_id}\n    expected: {one.expected}\n    found: {one.found}")
    for session_id, trail in day.trails.items():
        print(f"  what {session_id} was asked and did:", *trail, sep="\n    ")
    sys.stdout.flush()


if __name__ == "__main__":
    sys.exit(main())
