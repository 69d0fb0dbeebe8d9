"""What every act of the demo needs: a stage, a client, and how things are told and checked.

``demo`` and ``demo_host`` are made of it. Every sentence with a ✓ is an expectation checked in code; one that does not
hold makes the demo fail.
"""

from __future__ import annotations

import time
from collections.abc import Callable, Iterable
from datetime import datetime
from typing import TYPE_CHECKING, Any

from rich.text import Text

from console import render
from console.client import Client, Document
from console.credentials import bearer
from console.local import ENVIRONMENT
from console.options import Answer
from console.progress import Change, Reached, Verdict, follow, moves, reading, verdict

if TYPE_CHECKING:
    from infra.local.stage import Stage

PATIENCE = 60.0
"""Seconds on this machine until the demo gives up on something and says so."""

Shown = Callable[[Change], bool]


def of_session(change: Change) -> bool:
    return change.subject == "session"


class Performance:
    """One performance on one stage: ``client`` asks the API as a customer does, ``broken`` is what did not hold."""

    def __init__(self, how: Answer, stage: Stage) -> None:
        self.how = how
        self.stage = stage
        self.client = Client(stage.api_url, bearer(stage.token))
        self.broken: list[str] = []
        self._out = how.out()

    # How it is told and checked

    def act(self, title: str) -> None:
        self.say(f"\n{title}", "bold")

    def say(self, what: Any, style: str = "") -> None:
        if not self.how.as_json:
            self._out.print(Text(what, style) if isinstance(what, str) else what)

    def expect(self, statement: str, held: bool) -> None:
        if not held:
            self.broken.append(statement)
        if self.how.as_json:
            self.how.line({"type": "expectation", "statement": statement, "held": held})
        else:
            self._out.print(Text.assemble(("  ✓ ", "green") if held else ("  ✗ ", "bold red"), statement))

    def until(self, what: str, true: Callable[[], bool]) -> None:
        deadline = time.monotonic() + PATIENCE
        while not true():
            if time.monotonic() > deadline:
                self.expect(f"{what} within {PATIENCE:g} s", False)
                return
            time.sleep(0.05)

    def follow(
        self, first: Document, shown: Shown, reached: Reached = verdict, since: datetime | None = None
    ) -> tuple[Document, Verdict]:
        """Follow a session until there is a verdict, telling what moves and is to be ``shown``."""
        session = first
        readings = follow(lambda: reading(self.client, first["session_id"]), every=0.1, reached=reached)
        deadline = time.monotonic() + PATIENCE
        for document, moved in moves(first, readings, since):
            session = document
            self._show(change for change in moved if shown(change))
            if time.monotonic() > deadline:
                self.expect(f"{session['name']} gets where it was wanted within {PATIENCE:g} s", False)
                break
        return session, reached(session) or Verdict(False, session["status"])

    def _show(self, changes: Iterable[Change]) -> None:
        for change in changes:
            if self.how.as_json:
                self.how.line(change.as_json())
            else:
                self._out.print(render.change_line(change))

    # What it asks

    def inventory(self) -> list[Any]:
        """What exists at "AWS", by the simulator and not by OnAir's own records."""
        return list(self.stage.simulator.inventory())

    def passes(self, seconds: float) -> None:
        """Let so much of AWS's time go by."""
        begun = self.stage.clock.now()
        self.until(
            f"{seconds:g} s go by", lambda: (self.stage.clock.now() - begun).total_seconds() >= seconds
        )  # paced, so never exactly

    def aws(self, service: str) -> Any:
        """Plain boto3 at the endpoint, as any customer has it."""
        import boto3  # late: half a second that the other commands need not wait for

        return boto3.client(
            service,
            endpoint_url=self.stage.endpoint_url,
            region_name=ENVIRONMENT["AWS_DEFAULT_REGION"],
            aws_access_key_id=ENVIRONMENT["AWS_ACCESS_KEY_ID"],
            aws_secret_access_key=ENVIRONMENT["AWS_SECRET_ACCESS_KEY"],
        )
