"""Pydantic's errors in our words: place and kind, never the value, which may be a stream key.

Used by whatever reads a request: specs in the domain, bodies and queries at the API's edge.
"""

from __future__ import annotations

import re
from typing import Any

from pydantic_core import PydanticCustomError

from shared.domain.errors import FieldFault, InvalidRequest


def invalid_request(errors: Any) -> InvalidRequest:
    """All faults of a request as one error. Whether one was in the body or in the query is left out."""
    faults = tuple(FieldFault(field=_place(error["loc"], error["type"]), message=_say(error)) for error in errors)
    listed = "; ".join(f"{fault.field} {fault.message}" for fault in faults)
    return InvalidRequest(listed, faults)


def _place(loc: tuple[int | str, ...], kind: str) -> str:
    """The field as the caller wrote it. A name that is none of ours may be anything, even a key: it is cut out.

    Pydantic puts the kind of a source between ``source`` and its field, where the caller wrote nothing.
    """
    parts = [str(part) for part in loc if part not in ("body", "query")]
    if parts[:1] == ["source"] and parts[1:2] in (["flow"], ["rtmp"]):
        del parts[1]
    if kind.startswith("union_tag"):
        parts.append("type")
    known = [part if re.fullmatch(r"[a-z_]{1,32}|\d+", part) else "(unknown)" for part in parts]
    return ".".join(known) or "body"


def reported(error: Any) -> PydanticCustomError:
    """An error once reported, to be reported again beside others."""
    return PydanticCustomError("reported", "{said}", {"said": _say(error)})


def _say(error: Any) -> str:
    """What is wrong, by the error's kind and bounds; pydantic's own text may quote the input."""
    kind, context = error["type"], error.get("ctx") or {}
    if kind == "value_error":
        return str(context.get("error", "is not valid"))
    if kind == "reported":
        return str(error["msg"])
    return _SAID.get(kind, f"is not valid ({kind})").format(**context)


_SAID = {
    "missing": "is missing",
    "extra_forbidden": "is not a field of this request",
    "enum": "must be one of {expected}",
    "literal_error": "must be {expected}",
    "union_tag_invalid": "must be one of {expected_tags}",
    "union_tag_not_found": "is missing",
    "decimal_type": "must be a number",
    "decimal_parsing": "must be a number",
    "decimal_max_places": "must have at most {decimal_places} decimal places",
    "decimal_max_digits": "must have at most {max_digits} digits",
    "greater_than": "must be more than {gt}",
    "string_type": "must be text",
    "string_too_short": "must have at least {min_length} characters",
    "string_too_long": "must have at most {max_length} characters",
    "string_pattern_mismatch": "must be letters, digits and hyphens, without a hyphen at either end, at most 32",
    "bool_type": "must be true or false",
    "bool_parsing": "must be true or false",
    "int_type": "must be a whole number",
    "int_parsing": "must be a whole number",
    "int_from_float": "must be a whole number",
    "greater_than_equal": "must be at least {ge}",
    "less_than_equal": "must be at most {le}",
    "tuple_type": "must be a list",
    "list_type": "must be a list",
    "too_short": "must not be shorter than {min_length}",
    "too_long": "must not be longer than {max_length}",
    "model_type": "must be an object",
    "model_attributes_type": "must be an object",
    "dict_type": "must be an object",
    "json_invalid": "is not JSON",
}
