"""The options that every command takes, before or after its name, and what they decide: where the API is, as whom it is
asked, and how to answer (for people, or ``--json`` for machines). The commands call it first."""

from __future__ import annotations

import functools
import inspect
import json
import os
import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field, replace
from typing import Annotated, Any

import typer
from rich.console import Console, RenderableType

from console.client import Client, Document, ProblemError, UnreachableError
from console.credentials import chosen
from console.look import problem, terminal

FAILED, REFUSED, UNREACHABLE, INTERRUPTED, READER_LEFT = 1, 3, 4, 130, 141
"""Exit codes: the session failed · the API refused · no API there · Ctrl-C · whoever reads our output has left, as
``head`` does. 2 is a wrong command line."""

GOES_ON = "what was asked for goes on by itself"
"""What a person should know who leaves with Ctrl-C."""

DEFAULT_URL = "http://127.0.0.1:8420"

Url = Annotated[
    str | None, typer.Option("--url", help=f"Where the API is. Otherwise ONAIR_URL says it, else {DEFAULT_URL}.")
]
Profile = Annotated[
    str | None,
    typer.Option("--profile", help="Sign requests with this AWS profile. Otherwise as AWS_PROFILE and its kin say."),
]
Token = Annotated[
    str | None, typer.Option("--token", help="Ask with this token; `onair up` prints one. Otherwise ONAIR_TOKEN.")
]
Json = Annotated[bool, typer.Option("--json", help="Answer in JSON, for machines.")]

_EVERY_COMMANDS: tuple[tuple[str, Any, Any], ...] = (
    ("url", Url, None),
    ("profile", Profile, None),
    ("token", Token, None),
    ("as_json", Json, False),
)


@dataclass(frozen=True)
class Answer:
    """Where the API is, as whom it is asked, and how this command answers."""

    url: str
    as_json: bool
    profile: str | None = None
    token: str | None = field(default=None, repr=False)

    def client(self) -> Client:
        """Raises ValueError for an address or a token that isn't one."""
        return Client(self.url, chosen(self.url, self.token, self.profile))

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
    def reporting(self, when_interrupted: str = GOES_ON) -> Iterator[None]:
        """Say what went wrong, why and what to do, and leave with its exit code."""
        try:
            yield
        except ProblemError as trouble:
            self.fail(trouble.document)
            raise typer.Exit(UNREACHABLE if isinstance(trouble, UnreachableError) else REFUSED) from None
        except KeyboardInterrupt:
            print(f"\ninterrupted; {when_interrupted}", file=sys.stderr)
            raise typer.Exit(INTERRUPTED) from None


def remember(
    context: typer.Context, url: str | None, as_json: bool, profile: str | None = None, token: str | None = None
) -> None:
    """Keep what was given before the command's name."""
    context.obj = _with(_surroundings(), url, as_json, profile, token)


def answer(
    context: typer.Context, url: str | None, as_json: bool, profile: str | None = None, token: str | None = None
) -> Answer:
    """Both places' options together; the later one wins. Raises BadParameter for an address or a token that isn't
    one."""
    found = _with(context.find_object(Answer) or _surroundings(), url, as_json, profile, token)
    try:
        found.client()
    except ValueError as trouble:
        raise typer.BadParameter(str(trouble)) from None
    return found


def asks(work: Callable[..., None]) -> Callable[..., None]:
    """A command that asks the API, from a function of the ``Answer`` and of the command's own arguments.

    It gets the options that every such command takes, and reports what went wrong.
    """

    @functools.wraps(work)
    def command(context: typer.Context, url: Url, profile: Profile, token: Token, as_json: Json, **own: object) -> None:
        how = answer(context, url, as_json, profile, token)
        with how.reporting():
            work(how, **own)

    _, *arguments = inspect.signature(work, eval_str=True).parameters.values()
    parameters = [
        inspect.Parameter("context", inspect.Parameter.POSITIONAL_OR_KEYWORD, annotation=typer.Context),
        *arguments,
        *(
            inspect.Parameter(name, inspect.Parameter.POSITIONAL_OR_KEYWORD, default=default, annotation=annotation)
            for name, annotation, default in _EVERY_COMMANDS
        ),
    ]
    command.__signature__ = inspect.Signature(parameters)  # type: ignore[attr-defined]
    command.__annotations__ = {one.name: one.annotation for one in parameters}
    return command


def _surroundings() -> Answer:
    """What the environment says. AWS_PROFILE is read by the AWS SDK itself."""
    return Answer(os.environ.get("ONAIR_URL") or DEFAULT_URL, False, None, os.environ.get("ONAIR_TOKEN") or None)


def _with(given: Answer, url: str | None, as_json: bool, profile: str | None, token: str | None) -> Answer:
    """A profile that is named takes the place of a token that was there before, and the other way round."""
    if token:
        profile_now, token_now = None, token
    elif profile:
        profile_now, token_now = profile, None
    else:
        profile_now, token_now = given.profile, given.token
    return replace(given, url=url or given.url, as_json=as_json or given.as_json, profile=profile_now, token=token_now)
