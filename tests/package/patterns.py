"""Matches events with EventBridge's patterns, as AWS's guide tells it; beside moto's matcher, which the local bus uses.

"Amazon EventBridge event patterns": every field of a pattern has to be in the event, with one of the values listed.
Only the comparisons that our rules use are known, and any other is refused.
"""

from __future__ import annotations

from typing import Any


def matches(pattern: dict[str, Any], event: dict[str, Any]) -> bool:
    """Whether a rule with this pattern takes an event. ValueError for a pattern that is none."""
    for key, wanted in pattern.items():
        if isinstance(wanted, dict):
            if not isinstance(inner := event.get(key), dict) or not matches(wanted, inner):
                return False
            continue
        if not isinstance(wanted, list) or not wanted:
            raise ValueError(f"{key}: {wanted!r} is not a list of values")
        found = event.get(key)
        if not any(_is(each, value) for each in wanted for value in (found if isinstance(found, list) else [found])):
            return False
    return True


def _is(wanted: Any, found: Any) -> bool:
    if not isinstance(wanted, dict):
        return bool(wanted == found)
    (name, value), *more = wanted.items()
    if more or name not in {"prefix", "suffix"}:
        raise ValueError(f"{wanted!r} is not known here")
    return isinstance(found, str) and (found.startswith(value) if name == "prefix" else found.endswith(value))
