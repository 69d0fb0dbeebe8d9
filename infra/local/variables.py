"""Serverless variables and CloudFormation's short tags, as osls reads them; used by ``service``.

Understands ``${file(path)}`` and ``${file(path):key}``, ``${self:}``, ``${opt:}``, ``${env:}``, ``${sls:stage}``, a
variable inside another's address, and fallbacks after a comma. ``${Name}``, ``${Name.Arn}`` and ``${AWS::Region}``
belong to CloudFormation or to a state machine's substitutions and stay as they are. Not understood: ``${param:}``,
``${aws:}``.
"""

from __future__ import annotations

import json
import os
import re
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import yaml

INNERMOST = re.compile(r"\$\{([^${}]*)\}")
SOURCE = re.compile(r"^(file\([^)]*\)|[a-z]+:|'|\")")
#: Stands for a comma of a value inside another variable.
COMMA = "\x00"
LITERAL = re.compile(r"""^(['"])(.*)\1$""")


class ServiceError(Exception):
    """serverless.yml, or a file it includes, says something that has no local meaning."""


class _Loader(yaml.SafeLoader):  # type: ignore[misc]
    """PyYAML's safe loader that keeps !Ref, !Sub, !GetAtt … as their long forms."""


def _tagged(loader: Any, suffix: str, node: Any) -> Any:
    if isinstance(node, yaml.ScalarNode):
        value: Any = loader.construct_scalar(node)
    elif isinstance(node, yaml.SequenceNode):
        value = loader.construct_sequence(node, deep=True)
    else:
        value = loader.construct_mapping(node, deep=True)
    if suffix == "GetAtt" and isinstance(value, str):
        value = value.split(".", 1)
    return {suffix if suffix in {"Ref", "Condition"} else f"Fn::{suffix}": value}


_Loader.add_multi_constructor("!", _tagged)


def load_yaml(path: Path) -> Any:
    """One YAML document, CloudFormation tags included."""
    try:
        return yaml.load(path.read_text(encoding="utf-8"), _Loader)
    except FileNotFoundError:
        raise ServiceError(f"{path}: no such file") from None
    except yaml.YAMLError as error:
        raise ServiceError(f"{path}: {error}") from None


class Variables:
    """One document with its variables resolved, lazily and with loops found."""

    def __init__(self, document: Any, folder: Path, options: Mapping[str, str]) -> None:
        self._document = document
        self._folder = folder
        self._options = options
        self._active: list[str] = []
        self._files: dict[str, Any] = {}

    def resolved(self) -> dict[str, Any]:
        """The whole document, with every variable replaced by its value."""
        return dict(self._walk(self._document))

    def _walk(self, node: Any) -> Any:
        if isinstance(node, dict):
            return {key: self._walk(each) for key, each in node.items()}
        if isinstance(node, list):
            return [self._walk(each) for each in node]
        return self._string(node) if isinstance(node, str) else node

    def _string(self, text: str) -> Any:
        """Innermost variables first; a string that is nothing but one variable becomes that variable's value."""
        start = 0
        while match := INNERMOST.search(text, start):
            expression = match.group(1).strip()
            if not SOURCE.match(expression) or expression.startswith("AWS::"):
                start = match.end()
                continue
            value = self._evaluate(expression)
            if match.group(0) == text:
                return value
            if isinstance(value, dict | list):
                raise ServiceError(f"${{{expression}}} is a structure and can't be part of the string {text!r}")
            shown = "" if value is None else str(value)
            if text.rfind("${", 0, match.start()) > text.rfind("}", 0, match.start()):
                shown = shown.replace(",", COMMA)  # inside another variable, where a comma begins a fallback
            text = text[: match.start()] + shown + text[match.end() :]
            start = 0
        return text

    def _evaluate(self, expression: str) -> Any:
        if expression in self._active:
            raise ServiceError("variables go round in a circle: " + " -> ".join([*self._active, expression]))
        self._active.append(expression)
        try:
            for alternative in re.split(r",\s*(?![^(]*\))", expression):
                found, value = self._source(alternative.strip().replace(COMMA, ","))
                if found:
                    return value
        finally:
            self._active.pop()
        raise ServiceError(f"${{{expression}}} has no value and no fallback")

    def _source(self, name: str) -> tuple[bool, Any]:
        if literal := LITERAL.match(name):
            return True, literal.group(2)
        if name.startswith("file("):
            return self._file(name)
        source, _, address = name.partition(":")
        if source == "opt":
            return address in self._options, self._options.get(address)
        if source == "env":
            return address in os.environ, os.environ.get(address)
        if source == "self":
            return self._at(self._document, address)
        if source == "sls" and address == "stage":
            given = self._options.get("stage")
            found, value = self._at(self._document, "provider.stage")
            return (True, value) if found else (True, given or "dev")
        if name in {"true", "false", "null"} or re.fullmatch(r"-?\d+(\.\d+)?", name):
            return True, yaml.safe_load(name)
        raise ServiceError(f"${{{name}}}: unknown variable source")

    def _file(self, name: str) -> tuple[bool, Any]:
        match = re.fullmatch(r"file\(([^)]+)\)(?::(.+))?", name)
        if match is None:
            raise ServiceError(f"${{{name}}}: not a file reference")
        path = self._folder / match.group(1).strip()
        if not path.exists():
            return False, None
        if str(path) not in self._files:
            self._files[str(path)] = _read(path)
        value = self._files[str(path)]
        # Only what is asked for is resolved: the rest of the file may name variables that nobody has set.
        return self._at(value, match.group(2)) if match.group(2) else (True, self._walk(value))

    def _at(self, node: Any, address: str) -> tuple[bool, Any]:
        for part in address.split("."):
            node = self._string(node) if isinstance(node, str) else node
            if isinstance(node, dict) and part in node:
                node = node[part]
            elif isinstance(node, list) and part.isdigit() and int(part) < len(node):
                node = node[int(part)]
            else:
                return False, None
        value = self._walk(node)
        return value is not None, value


def _read(path: Path) -> Any:
    if path.suffix in {".yml", ".yaml"}:
        return load_yaml(path)
    text = path.read_text(encoding="utf-8")
    if path.suffix != ".json":
        return text
    try:
        return json.loads(text)
    except ValueError as error:
        raise ServiceError(f"{path}: {error}") from None
