"""What to do about the refusals that people meet, by the service's own words (facts §3). Asked by ``errors.describe``.

What went wrong is decided by the error's code, long before: here the words only choose between remedies. Words that
nobody knows leave the error's own remedy.
"""

from __future__ import annotations

from typing import NamedTuple


class KnownRefusal(NamedTuple):
    """``words`` in the cause of an error of one of the names ``under`` mean that ``remedy`` is what helps."""

    words: str
    under: frozenset[str]
    remedy: str


_REJECTED = frozenset({"RejectedByService"})

KNOWN_REFUSALS = (
    KnownRefusal(
        "AudioSelectorName is missing",
        _REJECTED,
        "Name an audio selector in that audio description: OnAir's own payload says default-audio-selector. Nothing "
        "was sent to AWS, and another request to OnAir gives the same answer: it is OnAir's own fault, report it.",
    ),
    KnownRefusal(
        "DestinationId should include only numbers, letters and hyphen",
        _REJECTED,
        "Take the underscores, and whatever else is no letter, digit or hyphen, out of Destinations[].Id. OnAir "
        "derives that id: report it, another request gives the same answer.",
    ),
    KnownRefusal(
        "Exactly 2 destinations settings required",
        _REJECTED,
        "A STANDARD channel has two pipelines and needs an ingest for each: give the destination a backup_url, or take "
        "channel_class SINGLE_PIPELINE, and create a new session.",
    ),
    KnownRefusal(
        "Exactly 1 destinations settings required",
        _REJECTED,
        "A SINGLE_PIPELINE channel takes one ingest: leave out backup_url, or take channel_class STANDARD, and create "
        "a new session.",
    ),
    KnownRefusal(
        "Not authorized to perform: iam:PassRole",
        frozenset({"NotPermitted", "RejectedByService"}),
        "Give the function's role iam:PassRole on the MediaLive service role, and see that this role trusts "
        "medialive.amazonaws.com: what is deployed with OnAir does both. Then create a new session.",
    ),
    KnownRefusal(
        "Too many push inputs",
        frozenset({"Throttled", "QuotaExceeded", "RejectedByService"}),
        "The region's quota of push inputs is used up, and waiting alone does not help: end a session, delete inputs "
        "that are attached to nothing, or ask for more push inputs under Service Quotas, AWS Elemental MediaLive.",
    ),
)


def remedy_for(name: str, cause: str) -> str | None:
    """The remedy for an error of that name whose cause has words that are known; None when none are."""
    return next((one.remedy for one in KNOWN_REFUSALS if name in one.under and one.words in cause), None)
