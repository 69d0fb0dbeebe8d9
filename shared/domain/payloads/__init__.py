"""The request payloads, in the services' own casing, ready to be sent as they are. Pure: plan in, dict out."""

from typing import Any

#: A request or part of one, as boto3 takes it.
Payload = dict[str, Any]
