"""Which AWS calls a handler can come to make, read from the code: every use of a boto3 client that can be reached from
it through functions, classes and tables of functions in tasks/ and shared/.

What a definition names, it may call: more than ever happens, never less. What runs are heard to call must lie within
it, which is how it is known that nothing is overlooked here; and what no run reaches is told by it. Used by
tests/contract/test_permissions.py.
"""

from __future__ import annotations

import ast
from collections.abc import Iterator
from dataclasses import dataclass, field
from functools import cache
from pathlib import Path

from botocore import xform_name
from botocore.loaders import Loader

ROOT = Path(__file__).resolve().parents[2]

#: A transaction's writes need permissions of their own, so each kind of them is an operation: where it is put together.
_TRANSACT = ("dynamodb", "transact_write_items")
_WRITES = frozenset({"Put", "Update", "Delete", "ConditionCheck"})

#: A module and a name that it defines.
Name = tuple[str, str]


@dataclass
class Definition:
    """What one definition of a module names, and which calls of a client it makes.

    ``relays``: the service whose method it is told by its first argument; ``told``: what it tells others so.
    """

    names: set[Name] = field(default_factory=set)
    methods: set[tuple[str, str]] = field(default_factory=set)
    relays: str = ""
    told: set[tuple[Name, str]] = field(default_factory=set)


def operations_reached(handler: str) -> set[str]:
    """``service:Operation`` for each call that the handler (``tasks.sweep.find_orphans.handler``) can come to; of a
    transaction ``dynamodb:TransactWriteItems Put`` and so on."""
    module, _, function = handler.rpartition(".")
    waiting: list[Name] = [(module, function), *_entrances(module)]
    seen: set[Name] = set()
    methods: set[tuple[str, str]] = set()
    while waiting:
        name = waiting.pop()
        if name in seen:
            continue
        seen.add(name)
        found = _definitions(name[0]).get(name[1])
        if found is None:
            continue
        methods |= found.methods
        for relay, method in found.told:
            if service := _definitions(relay[0])[relay[1]].relays if relay[1] in _definitions(relay[0]) else "":
                methods.add((service, method))
        waiting += found.names
    return {f"{service}:{_operation(service, method)}" for service, method in methods if (service, method) != _TRANSACT}


def _entrances(module: str) -> Iterator[Name]:
    """The routes of a module, and of the modules of tasks/ that it imports whole: functions that a decorator's call
    takes in. Nobody names them."""
    imported = _imports(_tree(module)).values()
    whole = sorted({found for found, name in imported if name == "" and found.startswith("tasks.")})
    for each in (module, *whole):
        for node in _tree(each).body:
            if isinstance(node, ast.FunctionDef) and any(isinstance(one, ast.Call) for one in node.decorator_list):
                yield each, node.name


@cache
def _operation(service: str, method: str) -> str:
    if method in _WRITES:
        return f"TransactWriteItems {method}"
    operations = Loader().load_service_model(service, "service-2")["operations"]
    return str(next(name for name in operations if xform_name(name) == method))


def _file(module: str) -> Path | None:
    path = ROOT / module.replace(".", "/")
    return next((one for one in (path.with_suffix(".py"), path / "__init__.py") if one.is_file()), None)


@cache
def _tree(module: str) -> ast.Module:
    file = _file(module)
    assert file is not None, module
    return ast.parse(file.read_text(encoding="utf-8"))


@cache
def _definitions(module: str) -> dict[str, Definition]:
    """What a module defines at its top, by name."""
    tree = _tree(module)
    imported = _imports(tree)
    nodes: dict[str, list[ast.AST]] = {}
    for node in tree.body:
        for name in _defined(node):
            nodes.setdefault(name, []).append(node)
    return {
        name: _read(module, [node for one in defining for node in ast.walk(one)], imported, set(nodes))
        for name, defining in nodes.items()
    }


def _defined(node: ast.stmt) -> Iterator[str]:
    if isinstance(node, ast.FunctionDef | ast.ClassDef):
        yield node.name
    elif isinstance(node, ast.Assign | ast.AnnAssign):
        targets = node.targets if isinstance(node, ast.Assign) else [node.target]
        yield from (target.id for target in targets if isinstance(target, ast.Name))


def _imports(tree: ast.Module) -> dict[str, Name]:
    """What is imported from our own code, by the name it has here. A module is (module, "")."""
    found: dict[str, Name] = {}
    for node in ast.walk(tree):
        if isinstance(node, ast.ImportFrom) and node.module and node.module.split(".")[0] in ("shared", "tasks"):
            for one in node.names:
                whole = f"{node.module}.{one.name}"
                found[one.asname or one.name] = (whole, "") if _file(whole) else (node.module, one.name)
    return found


def _read(module: str, nodes: list[ast.AST], imported: dict[str, Name], own: set[str]) -> Definition:
    """One definition, from all nodes of its tree."""
    found = Definition()
    clients: dict[str, str] = {}
    for node in nodes:
        if (
            isinstance(node, ast.Assign)
            and (service := _service(node.value, {}))
            and isinstance(node.targets[0], ast.Name)
        ):
            clients[node.targets[0].id] = service
    for node in nodes:
        named = _named(node, module, imported, own)
        if named is not None:
            found.names.add(named)
        if isinstance(node, ast.Attribute):
            found.methods |= _method(node, clients)
        if isinstance(node, ast.Dict) and module.startswith("shared.gateways"):
            kinds = {key.value for key in node.keys if isinstance(key, ast.Constant)}
            found.methods |= {("dynamodb", str(kind)) for kind in kinds & _WRITES}
        if isinstance(node, ast.Call):
            _read_call(node, clients, found)
            called = _named(node.func, module, imported, own)
            if called and node.args and isinstance(node.args[0], ast.Constant) and isinstance(node.args[0].value, str):
                found.told.add((called, node.args[0].value))
    return found


#: Of a client: which operation is meant is their first argument, or none is.
_HELPERS = frozenset({"get_paginator", "generate_presigned_url", "get_waiter", "meta"})


def _method(node: ast.Attribute, clients: dict[str, str]) -> set[tuple[str, str]]:
    """``client("service").method``."""
    service = _service(node.value, clients)
    return {(service, node.attr)} if service and node.attr not in _HELPERS else set()


def _read_call(node: ast.Call, clients: dict[str, str], found: Definition) -> None:
    """``client("x").get_paginator("y")`` and ``getattr(client("x"), y)``: told here, or by whoever calls."""
    wanted: ast.expr | None = None
    service = ""
    if isinstance(node.func, ast.Attribute) and node.func.attr in _HELPERS:
        service, wanted = _service(node.func.value, clients), node.args[0]
    elif isinstance(node.func, ast.Name) and node.func.id == "getattr":
        service, wanted = _service(node.args[0], clients), node.args[1]
    if not service or wanted is None:
        return
    if isinstance(wanted, ast.Constant):
        found.methods.add((service, str(wanted.value)))
    else:
        found.relays = service


def _service(node: ast.expr, clients: dict[str, str]) -> str:
    """The service, of ``client("service")`` or of a name that holds one; else nothing."""
    if isinstance(node, ast.Name):
        return clients.get(node.id, "")
    if isinstance(node, ast.Call) and isinstance(node.func, ast.Name) and node.func.id == "client" and node.args:
        return str(node.args[0].value) if isinstance(node.args[0], ast.Constant) else ""
    return ""


def _named(node: ast.AST, module: str, imported: dict[str, Name], own: set[str]) -> Name | None:
    """What of our own code a node names: ``thing``, imported or defined here, or ``module.thing``."""
    if isinstance(node, ast.Attribute) and isinstance(node.value, ast.Name):
        where = imported.get(node.value.id)
        return (where[0], node.attr) if where is not None and where[1] == "" else None
    if isinstance(node, ast.Name):
        if node.id in imported:
            return imported[node.id]
        return (module, node.id) if node.id in own else None
    return None
