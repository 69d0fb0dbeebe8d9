"""Values as DynamoDB has them on the wire (API reference, AttributeValue), and back. Used by ``table``.

boto3 brings the same, and with it a sixth of a cold start: its own session, resources and transfers, which nobody here
needs beside botocore's clients.
"""

from __future__ import annotations

from collections.abc import Mapping
from decimal import Decimal
from typing import Any


def to_wire(value: Any) -> dict[str, Any]:
    """None, str, bool, whole and decimal numbers, lists and mappings. Raises TypeError for all else: a float would not
    come back as it was."""
    match value:
        case None:
            return {"NULL": True}
        case str():
            return {"S": value}
        case bool():
            return {"BOOL": value}
        case int() | Decimal():
            return {"N": str(value)}
        case Mapping():
            return {"M": {name: to_wire(one) for name, one in value.items()}}
        case list() | tuple():
            return {"L": [to_wire(one) for one in value]}
    raise TypeError(f"a row holds no {type(value).__name__}")


def from_wire(attribute: Mapping[str, Any]) -> Any:
    """As Python has it. Numbers are int where they are whole: everything that we count is."""
    [(kind, value)] = attribute.items()
    match kind:
        case "NULL":
            return None
        case "S" | "BOOL":
            return value
        case "N":
            number = Decimal(value)
            return int(number) if number == number.to_integral_value() else float(number)
        case "M":
            return {name: from_wire(one) for name, one in value.items()}
        case "L":
            return [from_wire(one) for one in value]
    raise TypeError(f"a row of ours holds no {kind}")
