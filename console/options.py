"""The options that every command takes, before or after its name, and what they decide: where the API is, and how to
answer (for people, or ``--json`` for machines). The commands call it first."""

from __future__ import annotations

import json
import os
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, replace
from typing import Annotated

import typer
from rich.console import Console, RenderableType

from console.client import Client, Document, ProblemError, UnreachableError
from console.render import problem, terminal

FAILED, REFUSED, UNREACHABLE, INTERRUPTED = 1, 3, 4, 130
"""Exit codes: the session failed · the API refused · no API there · Ctrl-C. 2 is a wrong command line."""

DEFAULT_URL = "http://127.0.0.1:8420"

Url = Annotated[
    str | None, typer.Option("--url", help=f"Where the API is. Otherwise ONAIR_URL says it, else {DEFAULT_URL}.")
]
Json = Annotated[bool, typer.Option("--json", help="Answer in JSON, for machines.")]


@dataclass(frozen=True)
class Answer:
    """Where the API is and how this command answers."""

    url: str
    as_json: bool

    def client(self) -> Client:
        return Client(self.url)

    def out(self) -> Console:
        return terminal()

    def say(self, document: Document, view: RenderableType) -> None:
        """The document itself for machines, a view of it for people."""
        if self.as_json:
            self.line(document)
        else:
            self.out().print(view)

    def line(self, document: Document) -> None:
        """One JSON document on one line, written at once, so that a reader can follow."""
        print(json.dumps(document, ensure_ascii=False), flush=True)

    def fail(self, document: Document) -> None:
        """Say what went wrong: the problem document for machines, the story of it for people."""
        if self.as_json:
            self.line(document)
        else:
            terminal(stderr=True).print(problem(document))

    @contextmanager
    def reporting(self) -> Iterator[None]:
        """Say what went wrong, why and what to do, and leave with its exit code."""
        try:
            yield
        except ProblemError as trouble:
            self.fail(trouble.document)
            raise typer.Exit(UNREACHABLE if isinstance(trouble, UnreachableError) else REFUSED) from None
        except KeyboardInterrupt:
            print("\ninterrupted; what was asked for goes on by itself", file=sys.stderr)
            raise typer.Exit(INTERRUPTED) from None


def remember(context: typer.Context, url: str | None, as_json: bool) -> None:
    """Keep what was given before the command's name."""
    context.obj = Answer(url or os.environ.get("ONAIR_URL") or DEFAULT_URL, as_json)


def answer(context: typer.Context, url: str | None, as_json: bool) -> Answer:
    """Both places' options together; the later one wins. Raises BadParameter for an address that isn't one."""
    given = context.find_object(Answer) or Answer(os.environ.get("ONAIR_URL") or DEFAULT_URL, False)
    found = replace(given, url=url or given.url, as_json=as_json or given.as_json)
    try:
        found.client()
    except ValueError as trouble:
        raise typer.BadParameter(str(trouble), param_hint="--url") from None
    return found
