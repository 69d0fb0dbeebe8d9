"""Pure: pydantic and the standard library. Spec -> plan -> payloads, names, decisions and the error vocabulary."""
