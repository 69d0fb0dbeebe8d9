"""The functions behind the states: which file, which input model, which answer. Used by the contract tests."""

from __future__ import annotations

import ast
import importlib
import re
from functools import cache
from typing import Any, get_type_hints

from pydantic import BaseModel

from infra.local.service import Function, Service, load_service
from shared.domain.errors import VOCABULARY, OnAirError
from tests.contract.asl import ROOT, State

UNDONE_BY = re.compile(r"Undone by ``(tasks/[a-z_/]+\.py)``")
COMPENSATES = re.compile(r"Compensation of ``(tasks/[a-z_/]+\.py)``")


@cache
def service() -> Service:
    return load_service(ROOT / "serverless.yml")


def function_of(state: State) -> Function:
    """The function that a Task calls, by the placeholder's name: ``${CreateInputArn}`` is ``createInput``."""
    key = state.function[0].lower() + state.function[1:]
    assert key in service().functions, f"{state}: serverless.yml has no function {key}"
    return service().functions[key]


def file_of(function: Function) -> str:
    return function.handler.rpartition(".")[0].replace(".", "/") + ".py"


def handler_of(function: Function) -> Any:
    module, _, name = function.handler.rpartition(".")
    return getattr(importlib.import_module(module), name)


def takes(state: State) -> type[BaseModel]:
    """The model that the state's input has to be."""
    hints = get_type_hints(handler_of(function_of(state)).__wrapped__)
    model: type[BaseModel] = next(hint for name, hint in hints.items() if name != "return")
    return model


def answers(state: State) -> type[BaseModel]:
    """The model of what the state's function answers."""
    model: type[BaseModel] = get_type_hints(handler_of(function_of(state)).__wrapped__)["return"]
    return model


def handler_files() -> list[str]:
    """Every file under tasks/ that defines ``handler``."""
    return sorted(
        path.relative_to(ROOT).as_posix()
        for path in (ROOT / "tasks").rglob("*.py")
        if any(
            isinstance(node, ast.FunctionDef) and node.name == "handler"
            for node in ast.parse(path.read_text(encoding="utf-8")).body
        )
    )


def docstring(file: str) -> str:
    return ast.get_docstring(ast.parse((ROOT / file).read_text(encoding="utf-8"))) or ""


def names_used(file: str) -> set[str]:
    """Every name and attribute in a file's code."""
    nodes = list(ast.walk(ast.parse((ROOT / file).read_text(encoding="utf-8"))))
    return {node.attr for node in nodes if isinstance(node, ast.Attribute)} | {
        node.id for node in nodes if isinstance(node, ast.Name)
    }


def leaves_of(kind: type[OnAirError]) -> set[str]:
    """The names of a kind's errors: ``Transient``, ``Waiting``, ``Permanent``."""
    return {name for name, leaf in VOCABULARY.items() if issubclass(leaf, kind)}
