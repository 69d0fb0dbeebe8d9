"""DynamoDB's items: what moto spends on copying, measuring and showing them, at each call again.

Used by ``corrections``. What an item is and how it looks stays; docs/benchmarks.md has the profile.
"""

from __future__ import annotations

import base64
from functools import lru_cache
from typing import Any

from infra.local.corrections.engine import Correction, replace

#: moto's own bound of an item, between what AWS says and what it does.
_LARGEST = 405_000


@lru_cache(maxsize=1)
def _attribute() -> Any:
    from moto.dynamodb.models.dynamo_type import DynamoType

    return DynamoType


def _copied(self: Any) -> Any:
    """DynamoType.__deepcopy__: what is in an attribute are attributes, lists and texts, without circles."""
    attribute: Any = type(self)
    twin = attribute.__new__(attribute)
    twin.type, value = self.type, self.value
    kind = type(value)
    if kind is list:
        value = [_copied(each) if type(each) is attribute else each for each in value]
    elif kind is dict:
        value = {name: _copied(each) if type(each) is attribute else each for name, each in value.items()}
    twin.value = value
    return twin


def _apply_copies() -> None:
    replace(_attribute(), "__deepcopy__", lambda self, memo: _copied(self))


def _shown(self: Any) -> dict[str, Any]:
    """DynamoType.to_regular_json: the wire form, of which nothing is the table's."""
    value = self.value
    kind = type(value)
    if kind is dict:
        value = {name: _shown(each) if type(each) is _attribute() else each for name, each in value.items()}
    elif kind is list:
        value = [_shown(each) if type(each) is _attribute() else each for each in value]
    elif self.type == "B" and kind is str:
        value = base64.b64decode(value)
    return {self.type: value}


def _apply_showing() -> None:
    replace(_attribute(), "to_regular_json", _shown)


def _apply_sizes() -> None:
    from moto.dynamodb.models.dynamo_type import LimitedSizeDict
    from moto.dynamodb.models.utilities import bytesize

    limited: Any = LimitedSizeDict
    set_and_measure = limited.__setitem__

    def set_item(self: Any, key: str, value: Any) -> None:
        size = bytesize(key) + (value.size() if type(value) is _attribute() else bytesize(str(value)))
        known = vars(self).get("at_most")
        if known is None and self:
            known = sum(bytesize(name) + each.size() for name, each in self.items())
        at_most = (known or 0) + size
        if at_most <= _LARGEST:
            dict.__setitem__(self, key, value)
            vars(self)["at_most"] = at_most
            return
        vars(self).pop("at_most", None)
        set_and_measure(self, key, value)

    replace(limited, "__setitem__", set_item)


CORRECTIONS = (
    Correction(
        "attributes_are_copied_plainly",
        "moto copies an attribute through copy.deepcopy, with a note of every string in it.",
        _apply_copies,
    ),
    Correction(
        "attributes_are_shown_once",
        "To show an attribute moto copies all of it, and then, of each part, all of that: what lies n deep is copied n "
        "times.",
        _apply_showing,
    ),
    Correction(
        "items_are_measured_when_they_may_be_too_large",
        "For each attribute that is set moto measures all others: an item of n attributes is measured n times. The "
        "row of what is reserved has one for each session.",
        _apply_sizes,
    ),
)
