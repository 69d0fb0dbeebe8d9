"""A run of the matrix: which trials, in which order, what came of them, and what is printed and written of it."""

from __future__ import annotations

import time as wall
from collections import Counter
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from tests.faults.matrix import workers
from tests.faults.matrix.orders import Compensations, Trial
from tests.faults.matrix.places import Place

Say = Callable[[str], None]


@dataclass
class Part:
    """One part of a run: so many were there to try, and this came of those that were tried."""

    name: str
    there: int
    tried: int = 0
    survived: int = 0
    happened: int = 0
    seconds: float = 0.0

    @property
    def skipped(self) -> int:
        return self.there - self.tried


@dataclass
class Run:
    """``deadline``: of ``time.monotonic``; what has not begun by then is skipped."""

    count: int
    say: Say
    command: str
    deadline: float | None = None
    verbose: bool = False
    parts: list[Part] = field(default_factory=list)
    failed: list[tuple[Trial, Mapping[str, Any]]] = field(default_factory=list)
    left: int = 0
    compensations: Compensations = field(default_factory=Compensations)
    by_fault: Counter[str] = field(default_factory=Counter)

    def part(self, name: str, trials: Sequence[Trial], there: int | None = None, broken: str = "") -> Part:
        """Try these, of so many that there are."""
        part = Part(name, len(trials) if there is None else there)
        self.parts.append(part)
        begun, last = wall.monotonic(), [wall.monotonic()]

        def tell(trial: Trial, result: dict[str, Any]) -> None:
            self._note(part, trial, result)
            if wall.monotonic() - last[0] > 30:
                last[0] = wall.monotonic()
                self.say(f"-- {name}: {part.tried} of {len(trials)}, {last[0] - begun:.0f} s")

        workers.carry_out(trials, self.count, tell, self.deadline, broken)
        self.say(
            f"{name}: {part.there} there, {part.tried} tried, {part.skipped} skipped, {part.survived} survived,"
            f" {part.tried - part.happened} did not come by, {wall.monotonic() - begun:.0f} s"
        )
        return part

    def _note(self, part: Part, trial: Trial, result: dict[str, Any]) -> None:
        part.tried += 1
        part.happened += bool(result.get("hits"))
        part.seconds += result.get("seconds", 0.0)
        self.left += result.get("left", 0)
        self.by_fault[trial.breaks[-1].fault] += 1
        if not result["wrong"]:
            part.survived += 1
            if self.verbose:
                self.say(f"ok {trial.id} {trial.name}: {' → '.join(result['path'])}, {result['seconds']} s")
            if trial.learns:
                self.compensations.learn(trial, result.get("new", ()))
            return
        self.failed.append((trial, result))
        wrong = "".join(f"\n    {one}" for one in result["wrong"])
        self.say(f"FAILED {trial.name}{wrong}\n    seed {trial.seed}; alone: {self.command} --only {trial.id}")

    @property
    def tried(self) -> int:
        return sum(part.tried for part in self.parts)

    @property
    def survived(self) -> int:
        return sum(part.survived for part in self.parts)

    def verdict(self) -> str:
        """The last line."""
        return f"faults: {self.tried} tried, {self.survived} survived, {self.left} left behind"


def report(
    run: Run,
    places: Mapping[str, Sequence[Sequence[Place]]],
    seen: Sequence[str],
    asked: str,
    seconds: float,
    when: str,
) -> str:
    """The page that README quotes."""
    lines = [
        "# The fault matrix",
        "",
        f"Written by `{asked}` on {when}, in {seconds / 60:.0f} minutes on {run.count} workers. How it works is in",
        "[tests/README.md](../../tests/README.md).",
        "",
        f"    {run.verdict()}",
        "",
        "| what is broken | there are | tried | skipped | did not come by | survived |",
        "|---|---:|---:|---:|---:|---:|",
    ]
    lines += [
        f"| {one.name} | {one.there} | {one.tried} | {one.skipped} | {one.tried - one.happened} | {one.survived} |"
        for one in run.parts
    ]
    lines += [
        "",
        "| show | places | calls | invocations | events | channels' states |",
        "|---|---:|---:|---:|---:|---:|",
    ]
    for name, segments in places.items():
        sorts = Counter(place.sort for segment in segments for place in segment)
        figures = " | ".join(str(sorts[sort]) for sort in ("call", "invocation", "event", "channel"))
        lines.append(f"| {name} | {sum(sorts.values())} | {figures} |")
    lines += ["", "| fault | tried |", "|---|---:|"]
    lines += [f"| {fault} | {count} |" for fault, count in run.by_fault.most_common()]
    if seen:
        names = ", ".join(f"`{name}`" for name in seen)
        lines += ["", f"Compensations that were broken on purpose, each of which made trials fail: {names}."]
    if run.failed:
        lines += ["", "What did not survive:", ""]
        lines += [f"- {trial.name}: {'; '.join(result['wrong'])}" for trial, result in run.failed]
    return "\n".join(lines) + "\n"
