"""What a caller asks for: the body of ``POST /sessions``.

Validation collects every fault with its field, so that a caller corrects a request once. No message repeats a value: a
wrong field may hold a stream key.
"""

from __future__ import annotations

from collections import Counter
from enum import StrEnum
from typing import Any, cast

from pydantic import Field, ValidationError, ValidationInfo, ValidatorFunctionWrapHandler, field_validator
from pydantic_core import InitErrorDetails, PydanticCustomError

from shared.domain.destinations import DestinationSpec, SavedDestination
from shared.domain.limits import Limits
from shared.domain.names import RECORDER
from shared.domain.platforms import PLATFORMS, PlatformName
from shared.domain.request_faults import invalid_request, reported
from shared.domain.sources import FlowSource, RtmpSource, Source

#: A flow takes 50 outputs (facts §4); a session may use at most this many destinations of it.
MAX_DESTINATIONS = 20


class OnDestinationFailure(StrEnum):
    """What a destination that fails does to the rest: nothing, or the whole session is rolled back."""

    CONTINUE = "continue"
    ABORT = "abort"


class Show(Limits):
    """What a session is, apart from its owner and its destinations.

    ``provision``: make its channels at once; otherwise the session exists and has nothing yet. ``go_live``: then go on
    air; otherwise it stops at ``idle``. Without a word a flow session goes live and a host session waits for its host.
    ``record``: recording begins when it goes live, in a flow session by a recorder of its own.
    """

    name: str = Field(min_length=1, max_length=120)
    source: Source
    provision: bool = True
    go_live: bool = Field(default=cast(bool, None), validate_default=True)
    record: bool = Field(default=False, validate_default=True)
    on_destination_failure: OnDestinationFailure = OnDestinationFailure.CONTINUE

    @field_validator("go_live", mode="before")
    @classmethod
    def _goes_live_unless_a_host_is_waited_for(cls, value: Any, info: ValidationInfo) -> Any:
        if value is None:
            return isinstance(info.data.get("source"), FlowSource) and info.data.get("provision") is True
        if value is True and info.data.get("provision") is False:
            raise ValueError("needs provision: a session without channels can't go live")
        return value

    @field_validator("record")
    @classmethod
    def _a_host_records_when_asked(cls, value: bool, info: ValidationInfo) -> bool:
        if value and isinstance(info.data.get("source"), RtmpSource) and info.data.get("go_live") is False:
            raise ValueError("needs go_live; a host session records whenever POST …/recording/start says so")
        return value

    @property
    def is_hosted(self) -> bool:
        """Whether an encoder pushes to it: one channel then both streams and records."""
        return isinstance(self.source, RtmpSource)

    @property
    def flow_arn(self) -> str:
        """The flow of a flow session. Raises ValueError in a host session, which has none."""
        if not isinstance(self.source, FlowSource):
            raise ValueError("a host session has no flow")
        return self.source.flow_arn


class SessionSpec(Show):
    """A session as asked for. Without ``owner`` it is the caller's own."""

    owner: str | None = Field(default=None, min_length=1, max_length=120)
    destinations: tuple[DestinationSpec, ...]

    @field_validator("destinations", mode="wrap")
    @classmethod
    def _fit_together_and_to_the_source(
        cls, value: Any, handler: ValidatorFunctionWrapHandler, info: ValidationInfo
    ) -> tuple[DestinationSpec, ...]:
        source = info.data.get("source")
        hosted = None if source is None else isinstance(source, RtmpSource)
        if isinstance(value, list) and not 1 <= len(value) <= MAX_DESTINATIONS:
            raise ValueError(f"must have 1 to {MAX_DESTINATIONS} entries")
        if isinstance(value, list) and hosted and len(value) != 1:
            raise ValueError("must have 1 entry: a host session's channel has one destination beside its recording")
        faults = [*_repeated_ids(value), *_misfits(value, hosted)]
        try:
            parsed: tuple[DestinationSpec, ...] = handler(value)
        except ValidationError as error:
            if not faults:
                raise
            others = [
                InitErrorDetails(type=reported(fault), loc=fault["loc"], input=None)
                for fault in error.errors(include_url=False, include_input=False)
            ]
            raise ValidationError.from_exception_data("destinations", others + faults) from None
        if faults:
            raise ValidationError.from_exception_data("destinations", faults)
        return parsed


class SavedSpec(Show):
    """A session as records hold it, without secrets."""

    owner: str
    destinations: tuple[SavedDestination, ...]

    def destination(self, destination_id: str) -> SavedDestination:
        """Raises KeyError when the session has no such destination."""
        for destination in self.destinations:
            if destination.id == destination_id:
                return destination
        raise KeyError(destination_id)

    @property
    def limits(self) -> Limits:
        return Limits(**{name: getattr(self, name) for name in Limits.model_fields})


def saved_spec(spec: SessionSpec) -> SavedSpec:
    """What may be written down of a spec, whose owner is known by now."""
    return SavedSpec(
        **spec.model_dump(exclude={"destinations"}),
        destinations=tuple(destination.saved() for destination in spec.destinations),
    )


def parse_spec(data: object) -> SessionSpec:
    """The spec of a request body. Raises ``InvalidRequest`` with every fault and its field."""
    try:
        return SessionSpec.model_validate(data)
    except ValidationError as error:
        raise invalid_request(error.errors(include_url=False, include_input=False)) from None


def _misfits(value: Any, hosted: bool | None) -> list[InitErrorDetails]:
    """Faults of single destinations that depend on the source (``hosted`` is None when that was at fault itself). The
    session makes a host's IVS channel itself."""
    faults = []
    for index, item in enumerate(value if isinstance(value, list | tuple) else ()):
        if not isinstance(item, dict | DestinationSpec):
            continue
        given = item if isinstance(item, dict) else item.model_dump()
        platform = given.get("platform")
        makes_ivs = hosted is not False and platform == PlatformName.IVS
        if given.get("id") == RECORDER:
            faults.append(_fault(index, "id", f"must not be {RECORDER}: that is the name of the session's recorder"))
        for field in ("stream_key", "url", "username", "password"):
            if makes_ivs and hosted and given.get(field) is not None:
                faults.append(_fault(index, field, "must be left out: the session makes the IVS channel itself"))
        if given.get("stream_key") is None and not makes_ivs:
            faults.append(_fault(index, "stream_key", "is missing"))
        if platform == PlatformName.IVS and hosted is False and given.get("url") is None:
            title = PLATFORMS[PlatformName.IVS].title
            faults.append(
                _fault(index, "url", f"is needed for {title}: the channel's own ingest, rtmps://HOST:443/app")
            )
    return faults


def _fault(index: int, field: str, message: str) -> InitErrorDetails:
    said = PydanticCustomError("reported", "{said}", {"said": message})
    return InitErrorDetails(type=said, loc=(index, field), input=None)


def _repeated_ids(value: Any) -> list[InitErrorDetails]:
    """A fault for each destination whose id an earlier one has; an id left out is the platform's name."""
    if not isinstance(value, list | tuple):
        return []
    ids = [
        item.id if isinstance(item, DestinationSpec) else item.get("id", item.get("platform"))
        for item in value
        if isinstance(item, DestinationSpec | dict)
    ]
    if len(ids) != len(value):
        return []
    seen: Counter[str] = Counter()
    faults = []
    for index, name in enumerate(ids):
        if isinstance(name, str):
            seen[name] += 1
            if seen[name] > 1:
                faults.append(_fault(index, "id", "is used by another destination of this session"))
    return faults
