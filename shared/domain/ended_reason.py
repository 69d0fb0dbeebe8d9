"""Why a session was ended. Apart from the session, whose spec holds the limits that are themselves such reasons."""

from enum import StrEnum


class EndedReason(StrEnum):
    REQUESTED = "requested"
    MAX_DURATION = "max_duration"
    INPUT_LOST = "input_lost"
    BUDGET = "budget"
    ERROR = "error"
