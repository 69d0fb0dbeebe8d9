"""The commands that a page tells to type, and what is wrong with one: a target, subcommand, option, service or
operation that does not exist. For ``test_docs.py``."""

from __future__ import annotations

import re
import shlex
from collections.abc import Iterator
from functools import cache
from pathlib import Path
from typing import Any

import botocore.session
import typer
from awscli.customizations.argrename import ARGUMENT_RENAMES

from console.cli import app
from tests.contract.asl import ROOT

_BLOCK = re.compile(r"^```sh[^\n]*\n(.*?)^```$", re.MULTILINE | re.DOTALL)
_INLINE = re.compile(r"`([^`\n]+)`")
#: Where a command may begin in a line of shell, and where it ends.
_COMMAND = re.compile(r"(?:^|[\s(;&|=])((?:\./|\.venv/bin/)?(?:onair|make|aws)\s[^|;&)\n]*)")
_MODULE = re.compile(r"(?:python3|py|\.venv/bin/python) -m infra\.dev ([^|;&)\n`]*)")
#: What the aws command adds to the services' own operations, and to their parameters.
_OF_THE_AWS_COMMAND = {"configure", "sso", "s3", "logs tail"}
_AWS_OPTIONS = {"region", "profile", "query", "output", "max-items", "endpoint-url"}


def commands(page: Path) -> Iterator[list[str]]:
    """Each by its words, the program first: ``onair``, ``make``, ``infra.dev`` or ``aws``. What stands for something
    else, such as ``…`` or ``[options]``, ends a command."""
    text = page.read_text(encoding="utf-8")
    shell = [line for block in _BLOCK.findall(text) for line in block.replace("\\\n", " ").splitlines()]
    for line in [*shell, *_INLINE.findall(_BLOCK.sub("", text))]:
        line = line.split(" #")[0]
        found = [*_COMMAND.findall(line), *(f"infra.dev {rest}" for rest in _MODULE.findall(line))]
        for command in found:
            words = _words(command)
            program = words[0].rpartition("/")[2] if words else ""
            if program in {"make", "infra.dev"} and words[1:2] == ["onair"]:
                yield words[1:]
            elif program:
                yield [program, *words[1:]]


def fault(words: list[str]) -> str | None:
    program, *rest = words
    return {"onair": onair_fault, "make": make_fault, "infra.dev": target_fault, "aws": aws_fault}[program](rest)


def onair_fault(words: list[str]) -> str | None:
    command = _onair()
    rest = list(words)
    while rest:
        word = rest.pop(0)
        if word.startswith("-"):
            option, _, value = word.partition("=")
            known = [one for one in command.params if option in (*one.opts, *one.secondary_opts)]
            if not known and option != "--help":
                return f"{command.name} has no {option}"
            if known and not known[0].is_flag and not value:
                rest = rest[1:]
        elif hasattr(command, "commands"):
            if word not in command.commands:
                return f"there is no {word}"
            command = command.commands[word]
    return None


@cache
def _onair() -> Any:
    return typer.main.get_command(app)


def make_fault(words: list[str]) -> str | None:
    """Options are a target's, and go into ``ARGUMENTS``: make itself refuses them."""
    given = [word for word in words if word.startswith("--")]
    return f"make has no {given[0]}: ARGUMENTS takes it" if given else target_fault(words)


def target_fault(words: list[str]) -> str | None:
    made = (ROOT / "Makefile").read_text(encoding="utf-8")
    targets = set(re.findall(r"^([a-z-]+):", made, re.MULTILINE))
    for word in words:
        name, is_set, value = word.partition("=")
        if is_set and not word.startswith("-"):
            if f"$({name})" not in made:
                return f"the Makefile has no {name}"
            options = shlex.split(value) if name == "ARGUMENTS" else []
        else:
            options = [word]
        for option in options:
            if option.startswith("--"):
                if f'"{option.partition("=")[0]}"' not in _options():
                    return f"no target has {option}"
            elif name != "ARGUMENTS" and words.index(word) == 0 and word not in targets:
                return f"there is no target {word}"
    return None


def aws_fault(words: list[str]) -> str | None:
    service, action, *rest = [*words, "", ""][: max(2, len(words))]
    if service in _OF_THE_AWS_COMMAND or f"{service} {action}" in _OF_THE_AWS_COMMAND:
        return None
    if service.startswith("-"):
        return None if service.removeprefix("--") in _AWS_OPTIONS else f"aws has no {service}"
    operations = _operations(service)
    if operations is None:
        return f"aws has no {service}"
    if action not in operations:
        return f"aws {service} has no {action}"
    # The aws command calls a few parameters otherwise: those that its own options would hide.
    renamed = {new for old, new in ARGUMENT_RENAMES.items() if old.startswith(f"{service}.{action}.")}
    known = {f"--{one}" for one in operations[action] | renamed | _AWS_OPTIONS}
    unknown = {word for word in rest if word.startswith("--")} - known
    return f"aws {service} {action} has no {', '.join(sorted(unknown))}" if unknown else None


@cache
def _operations(service: str) -> dict[str, set[str]] | None:
    """By operation, as the aws command spells them: its parameters."""
    session = botocore.session.get_session()
    name = {"s3api": "s3"}.get(service, service)
    if name not in session.get_available_services():
        return None
    model = session.get_service_model(name)
    return {
        _dashed(each): {_dashed(one) for one in getattr(model.operation_model(each).input_shape, "members", {})}
        for each in model.operation_names
    }


@cache
def _options() -> str:
    """All code in which a target's options could be declared."""
    folders = ("infra", "console", "tests/bench", "tests/faults", "tests/soak", "tests/permissions", "tests/smoke_aws")
    files = [file for folder in folders for file in sorted((ROOT / folder).rglob("*.py"))]
    return "\n".join(file.read_text(encoding="utf-8") for file in files)


def _dashed(name: str) -> str:
    return str(botocore.xform_name(name, "-"))


def _words(command: str) -> list[str]:
    """Up to the first word that stands for something else."""
    try:
        words = shlex.split(command.replace("…", " … "))
    except ValueError:
        return []
    for at, word in enumerate(words):
        if word.startswith(("…", "[", "<", ">", "·")):
            return words[:at]
    return words
