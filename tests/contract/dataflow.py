"""Follows a state machine's data: which keys are certain to be there when a state reads them.

A path that is missing ends an execution with ``States.Runtime``, which nothing inside the machine can catch: whatever
was made would stay. So this is looked at before anything runs.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator

from tests.contract.asl import Scope, State, paths_read

#: A key, and the keys below it where they are known (None: not known).
Keys = dict[str, frozenset[str] | None]

_CAUGHT = frozenset({"Error", "Cause"})


def missing_paths(
    scope: Scope, entry: Keys, result: Callable[[State], frozenset[str]], inner: Callable[[State, Keys], Iterator[str]]
) -> Iterator[str]:
    """Each path that a state of the scope reads and that may not be there.

    ``entry`` is the scope's input, ``result`` what a task's function answers, ``inner`` looks into a Map.
    """
    known: dict[str, Keys] = {scope.start: dict(entry)}
    waiting = [scope.start]
    while waiting:
        state = scope.states[waiting.pop()]
        for target, keys in _ways_out(state, known[state.name], result):
            merged = _merge(known[target], keys) if target in known else keys
            if known.get(target) != merged:
                known[target] = merged
                waiting.append(target)
    for name, keys in known.items():
        state = scope.states[name]
        yield from (f"{state}: {path} may be missing" for path in _reads(state) if not _there(path, keys))
        if state.kind == "Map":
            yield from inner(state, keys)


def _reads(state: State) -> Iterator[str]:
    body = state.body
    yield from paths_read(body.get("Parameters", {}))
    yield from paths_read(body.get("ItemSelector", {}))
    yield from (
        body[key]
        for key in ("InputPath", "ItemsPath", "OutputPath", "ErrorPath", "CausePath")
        if isinstance(body.get(key), str)
    )
    yield from (rule["Variable"] for rule in body.get("Choices", []))


def _there(path: str, keys: Keys) -> bool:
    first, *rest = path.removeprefix("$").removeprefix(".").split(".")
    if not first:
        return True
    if first not in keys:
        return False
    below = keys[first]
    return not rest or (below is not None and rest[0] in below)


def _ways_out(state: State, keys: Keys, result: Callable[[State], frozenset[str]]) -> Iterator[tuple[str, Keys]]:
    for rule in state.catches:
        yield rule["Next"], _put(keys, rule.get("ResultPath", "$"), _CAUGHT)
    after = keys
    if state.kind in ("Task", "Map", "Pass"):
        known = {"Task": result, "Pass": _passed}.get(state.kind, lambda _: None)(state)
        after = _put(keys, state.body.get("ResultPath", "$"), known)
    caught = {rule["Next"] for rule in state.catches}
    for target in state.targets():
        if target not in caught or target == state.body.get("Next"):
            yield target, after


def _passed(state: State) -> frozenset[str]:
    return frozenset(key.removesuffix(".$") for key in state.body.get("Parameters") or state.body.get("Result") or {})


def _put(keys: Keys, path: str | None, value: frozenset[str] | None) -> Keys:
    if path is None:
        return keys
    if path == "$":
        return dict.fromkeys(value or (), None)
    return {**keys, path.removeprefix("$."): value}


def _merge(one: Keys, other: Keys) -> Keys:
    merged: Keys = {}
    for key in one.keys() & other.keys():
        first, second = one[key], other[key]
        merged[key] = None if first is None or second is None else first & second
    return merged
