"""What all corrections share: the stage they work for now, and how a name inside moto is replaced."""

from __future__ import annotations

import sys
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from types import ModuleType
from typing import TYPE_CHECKING, Any

from infra.local.clock import Clock

if TYPE_CHECKING:
    from infra.local.lambdas import Answer
    from infra.local.streams import Change

PARSER = "moto.stepfunctions.parser"


@dataclass(frozen=True)
class Correction:
    """One departure of moto from AWS. ``reason`` says what moto does and what AWS does instead."""

    name: str
    reason: str
    apply: Callable[[], None]


def _no_stage(*_: Any) -> Any:
    raise RuntimeError("no stage is up")


def _nobody(change: Change) -> None:
    """Tables are written without a stage, too: by tests on moto alone."""


@dataclass
class Engine:
    """What moto's engine works with: bound by the stage that is up. One a process, as moto is."""

    _clock: Clock | None = None
    endpoint_url: str = ""
    invoke: Callable[[str, bytes], Answer] = _no_stage
    publish: Callable[[dict[str, Any]], None] = _no_stage
    changed: Callable[[Change], None] = _nobody
    tokens: dict[str, Any] = field(default_factory=dict)
    clients: dict[tuple[str, str], Any] = field(default_factory=dict)

    def bind(
        self,
        clock: Clock,
        endpoint_url: str,
        invoke: Callable[[str, bytes], Answer],
        publish: Callable[[dict[str, Any]], None],
        changed: Callable[[Change], None],
    ) -> None:
        """Work for this stage from now on."""
        self._clock, self.endpoint_url, self.invoke, self.publish = clock, endpoint_url, invoke, publish
        self.changed = changed
        self.tokens = {}
        self.clients = {}

    @property
    def clock(self) -> Clock:
        """The clock of the stage that is up, or of the last one: what is left of it may still ask."""
        if self._clock is None:
            raise RuntimeError("no stage is up")
        return self._clock


ENGINE = Engine()


def replace(owner: Any, name: str, value: Any) -> Any:
    """Put ``value`` where ``owner.name`` was and return what was there."""
    before = getattr(owner, name)
    setattr(owner, name, value)
    return before


def engine_modules() -> Iterator[ModuleType]:
    """Every loaded module of moto's Step Functions engine."""
    import moto.stepfunctions.parser.models
    import moto.stepfunctions.responses  # noqa: F401

    for name, module in list(sys.modules.items()):
        if module is not None and (name.startswith(PARSER) or name in {"moto.stepfunctions.models"}):
            yield module


def replace_everywhere(before: Any, after: Any) -> int:
    """Replace an object under whatever name the engine's modules imported it; returns how many places that was."""
    places = 0
    for module in engine_modules():
        for name, value in list(vars(module).items()):
            if value is before:
                setattr(module, name, after)
                places += 1
    return places
