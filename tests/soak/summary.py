"""What a soak has come to so far: counts over all days and workers, its lines and its JSON. Used by ``__main__.py``."""

from __future__ import annotations

from collections import Counter, defaultdict
from dataclasses import asdict, dataclass, field
from typing import Any

from tests.soak.judge import Violation
from tests.soak.memory import Flatness, flatness
from tests.soak.worker import Report

#: Kinds of violations, as the last line counts them; any other kind is named when there is one.
COUNTED = ("left", "stuck", "cut")


@dataclass
class Summary:
    seed: int
    days: int = 0
    shows: int = 0
    live: int = 0
    refused: int = 0
    faults: Counter[str] = field(default_factory=Counter)
    ended: Counter[str] = field(default_factory=Counter)
    failed: Counter[str] = field(default_factory=Counter)
    violations: list[tuple[int, Violation]] = field(default_factory=list)
    crashes: list[tuple[int, str]] = field(default_factory=list)
    memory: defaultdict[int, list[float]] = field(default_factory=lambda: defaultdict(list))

    def add(self, report: Report) -> None:
        day = report.outcome
        self.days += 1
        self.shows += day.shows
        self.live += day.live
        self.refused += day.refused
        self.faults += day.faults
        self.ended += day.ended
        self.failed += day.failed
        self.violations += [(day.day, one) for one in day.violations]
        if report.crash:
            self.crashes.append((day.day, report.crash))
        if report.memory is not None:
            self.memory[report.worker].append(report.memory)

    @property
    def flatness(self) -> Flatness | None:
        """Of the worker that grew most; None while there are too few days to judge by."""
        judged = [found for samples in self.memory.values() if (found := flatness(samples)) is not None]
        return max(judged, key=lambda one: one.after / one.before, default=None)

    @property
    def passed(self) -> bool:
        flat = self.flatness
        return self.days > 0 and not self.violations and not self.crashes and (flat is None or flat.is_flat)

    def progress(self, seconds: float) -> str:
        held = ", ".join(f"{samples[-1]:.0f} MB" for _, samples in sorted(self.memory.items())) or "not known"
        faults = ", ".join(f"{count} {kind}" for kind, count in self.faults.most_common())
        return (
            f"{int(seconds // 60):3}:{int(seconds % 60):02}  {self.days} days, {self.shows} shows ({self.live} live), "
            f"memory {held}, {self.faults.total()} faults: {faults}"
        )

    def last_line(self) -> str:
        count = Counter(violation.kind for _, violation in self.violations)
        parts = [f"{self.shows} shows", f"{self.faults.total()} faults"]
        parts += [f"{count.pop(kind, 0)} {kind}" for kind in COUNTED]
        parts += [f"{number} {kind}" for kind, number in sorted(count.items())]
        if self.crashes:
            parts.append(f"{len(self.crashes)} days without an end")
        return f"soak: {', '.join(parts)}, {self._memory()}"

    def _memory(self) -> str:
        flat = self.flatness
        if flat is None:
            return "memory not judged (too few days)"
        return f"memory {'flat' if flat.is_flat else 'GROWS'} ({flat.before:.0f} MB → {flat.after:.0f} MB)"

    def as_json(self) -> dict[str, Any]:
        flat = self.flatness
        return {
            "passed": self.passed,
            "seed": self.seed,
            "days": self.days,
            "shows": self.shows,
            "live": self.live,
            "refused_for_quota": self.refused,
            "ended": dict(self.ended),
            "failed": dict(self.failed),
            "faults": dict(self.faults),
            "violations": [{"day": day, **asdict(one)} for day, one in self.violations],
            "crashes": [{"day": day, "trace": trace} for day, trace in self.crashes],
            "memory_mb": {str(worker): samples for worker, samples in sorted(self.memory.items())},
            "memory": None
            if flat is None
            else {"before_mb": flat.before, "after_mb": flat.after, "flat": flat.is_flat},
        }
