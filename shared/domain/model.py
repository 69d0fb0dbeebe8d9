"""The base of every value that OnAir owns: frozen, strict about unknown fields, and silent about its inputs in
errors."""

from pydantic import BaseModel, ConfigDict


class Value(BaseModel):
    """A frozen value. ``hide_input_in_errors``: a validation error must never print a stream key. ``defer_build``: how
    it is validated is worked out when the first one is made, for a function makes few of the kinds that it imports."""

    model_config = ConfigDict(frozen=True, extra="forbid", hide_input_in_errors=True, defer_build=True)
