"""What a caller asks for: the body of ``POST /sessions``.

Validation collects every fault with its field, so that a caller corrects a request once. Rules that need two fields
hang on the later one (``url`` on ``platform``, ``video_bitrate`` on ``profile``), because pydantic then reports them
beside all others. No message repeats a value: a wrong field may hold a stream key.
"""

from __future__ import annotations

import re
from collections import Counter
from enum import StrEnum
from typing import Annotated, Any, Literal
from urllib.parse import SplitResult, urlsplit

from pydantic import (
    Field,
    SecretStr,
    ValidationError,
    ValidationInfo,
    ValidatorFunctionWrapHandler,
    field_validator,
    model_validator,
)
from pydantic_core import InitErrorDetails, PydanticCustomError

from shared.domain.errors import FieldFault, InvalidRequest
from shared.domain.model import Value
from shared.domain.names import ID_PATTERN
from shared.domain.platforms import PLATFORMS, Platform, PlatformName
from shared.domain.profiles import MAX_VIDEO_BITRATE, PROFILES, ProfileName

#: A flow takes 50 outputs (facts §4); a session may use at most this many destinations of it.
MAX_DESTINATIONS = 20
#: Of a shorter key, four characters would tell too much, and it may be a common word.
SHORTEST_HINTED_KEY = 12

_FLOW_ARN = re.compile(r"^arn:aws[a-z-]*:mediaconnect:[a-z0-9-]+:\d{12}:flow:[A-Za-z0-9_-]+:[^\s/?#]+\Z")


class ChannelClass(StrEnum):
    """MediaLive's: one pipeline, or two with a destination each. Always explicit: the service's default is STANDARD."""

    SINGLE_PIPELINE = "SINGLE_PIPELINE"
    STANDARD = "STANDARD"


class SecretName(StrEnum):
    """The secrets a destination may have, each in a parameter of its own. MediaLive reads the password by its name."""

    STREAM_KEY = "stream-key"
    PASSWORD = "password"
    URL_QUERY = "url-query"
    BACKUP_URL_QUERY = "backup-url-query"


class OnDestinationFailure(StrEnum):
    """What a destination that fails does to the rest: nothing, or the whole session is rolled back."""

    CONTINUE = "continue"
    ABORT = "abort"


class FlowSource(Value):
    """A MediaConnect flow that already runs and stays the caller's."""

    type: Literal["flow"]
    flow_arn: str = Field(max_length=512)

    @field_validator("flow_arn")
    @classmethod
    def _is_a_flow_arn(cls, value: str) -> str:
        if not _FLOW_ARN.match(value):
            raise ValueError("must be a MediaConnect flow's ARN: arn:aws:mediaconnect:REGION:ACCOUNT:flow:ID:NAME")
        return value


#: Where the show comes from. The only kind so far; others will join it as a union by ``type``.
Source = FlowSource


class Destination(Value):
    """One place the show goes to, without its secrets. ``url`` is needed for ``custom`` only.

    ``video_bitrate`` is bits per second; without it the profile's own is taken, capped at the platform's limit.
    """

    platform: PlatformName
    id: Annotated[str, Field(pattern=ID_PATTERN)] = ""
    profile: ProfileName = ProfileName.P1080_30
    video_bitrate: int | None = Field(default=None, ge=100_000, validate_default=True)
    channel_class: ChannelClass = ChannelClass.SINGLE_PIPELINE
    url: str | None = Field(default=None, validate_default=True, repr=False, max_length=2048)
    backup_url: str | None = Field(default=None, validate_default=True, repr=False, max_length=2048)
    username: str | None = Field(default=None, min_length=1, max_length=255)

    @model_validator(mode="before")
    @classmethod
    def _id_defaults_to_the_platform(cls, data: Any) -> Any:
        if isinstance(data, dict) and "id" not in data and isinstance(data.get("platform"), str):
            return {**data, "id": data["platform"]}
        return data

    @field_validator("video_bitrate")
    @classmethod
    def _within_the_platforms_limits(cls, value: int | None, info: ValidationInfo) -> int | None:
        platform, profile = _platform(info), info.data.get("profile")
        if value is not None and (platform is None or profile is None) and value > MAX_VIDEO_BITRATE:
            raise ValueError(f"must be at most {MAX_VIDEO_BITRATE:,} bits per second")
        if platform is None or profile is None or value is None:
            return value
        most, least = platform.max_for(profile), platform.min_for(profile)
        if most is None or most > MAX_VIDEO_BITRATE:
            if value > MAX_VIDEO_BITRATE:
                raise ValueError(f"must be at most {MAX_VIDEO_BITRATE:,} bits per second")
        elif value > most:
            raise ValueError(
                f"{platform.title} takes at most {most:,} bits per second of video at {profile}; lower video_bitrate"
            )
        if least is not None and value < least:
            raise ValueError(
                f"{platform.title} wants at least {least:,} bits per second of video at {profile}; "
                "raise video_bitrate or choose a smaller profile"
            )
        return value

    @field_validator("channel_class")
    @classmethod
    def _standard_needs_a_backup_ingest(cls, value: ChannelClass, info: ValidationInfo) -> ChannelClass:
        platform = _platform(info)
        known = platform is not None and platform.name is not PlatformName.CUSTOM
        if value is ChannelClass.STANDARD and platform is not None and known and platform.backup_url is None:
            raise ValueError(f"{platform.title} has no backup ingest, which STANDARD needs; use SINGLE_PIPELINE")
        return value

    @field_validator("url")
    @classmethod
    def _is_an_ingest_of_the_platform(cls, value: str | None, info: ValidationInfo) -> str | None:
        platform = _platform(info)
        if value is None:
            if platform is not None and platform.url is None:
                raise ValueError("is needed for a custom destination: rtmp://HOST/APPLICATION")
            return value
        return _checked_ingest(value, platform)

    @field_validator("backup_url")
    @classmethod
    def _belongs_to_standard(cls, value: str | None, info: ValidationInfo) -> str | None:
        platform, channel_class = _platform(info), info.data.get("channel_class")
        custom = platform is not None and platform.name is PlatformName.CUSTOM
        if value is None:
            if custom and channel_class is ChannelClass.STANDARD:
                raise ValueError("is needed for a custom destination with STANDARD: its second pipeline goes there")
            return value
        if channel_class is ChannelClass.SINGLE_PIPELINE:
            raise ValueError("has no use with SINGLE_PIPELINE, which has one destination; leave it out or use STANDARD")
        return _checked_ingest(value, platform)


class DestinationSpec(Destination):
    """A destination as asked for, with its secrets, which are write-only."""

    stream_key: SecretStr = Field(min_length=1, max_length=1024)
    password: SecretStr | None = Field(default=None, min_length=1, max_length=1024)

    @field_validator("stream_key")
    @classmethod
    def _key_is_one_word_and_only_here(cls, value: SecretStr, info: ValidationInfo) -> SecretStr:
        key = value.get_secret_value()
        if re.search(r"\s", key):
            raise ValueError("must not contain white space")
        others = [info.data.get(name) or "" for name in ("url", "backup_url", "username")]
        if len(key) >= SHORTEST_HINTED_KEY and any(key in split_query(other)[0] for other in others):
            raise ValueError("is in url, backup_url or username, too, which are no secrets: give it here only")
        return value

    @field_validator("password")
    @classmethod
    def _goes_with_a_user_name(cls, value: SecretStr | None, info: ValidationInfo) -> SecretStr | None:
        if value is not None and info.data.get("username") is None:
            raise ValueError("needs a username beside it")
        return value

    def secrets(self) -> dict[SecretName, str]:
        """Every secret of the destination, queries of its URLs among them: callers put tokens there."""
        found = {
            SecretName.STREAM_KEY: self.stream_key.get_secret_value(),
            SecretName.PASSWORD: self.password.get_secret_value() if self.password else None,
            SecretName.URL_QUERY: split_query(self.url)[1] if self.url else None,
            SecretName.BACKUP_URL_QUERY: split_query(self.backup_url)[1] if self.backup_url else None,
        }
        return {name: value for name, value in found.items() if value}

    def saved(self) -> SavedDestination:
        """What may be written down of it."""
        key = self.stream_key.get_secret_value()
        public = self.model_dump(exclude={"stream_key", "password", "url", "backup_url"})
        return SavedDestination(
            **public,
            url=split_query(self.url)[0] if self.url else None,
            backup_url=split_query(self.backup_url)[0] if self.backup_url else None,
            stream_key_hint=f"…{key[-4:]}" if len(key) >= SHORTEST_HINTED_KEY else "…",
            secrets=tuple(self.secrets()),
        )


class SavedDestination(Destination):
    """A destination as records hold it: a hint of its key, and which secrets the parameter store has for it."""

    stream_key_hint: str
    secrets: tuple[SecretName, ...]


class Show(Value):
    """What a session is, apart from its destinations. ``go_live``: go on air at once; otherwise it stops at
    ``idle``."""

    name: str = Field(min_length=1, max_length=120)
    owner: str = Field(min_length=1, max_length=120)
    source: Source
    go_live: bool = True
    on_destination_failure: OnDestinationFailure = OnDestinationFailure.CONTINUE


class SessionSpec(Show):
    """A session as asked for."""

    destinations: tuple[DestinationSpec, ...]

    @field_validator("destinations", mode="wrap")
    @classmethod
    def _ids_are_unique(cls, value: Any, handler: ValidatorFunctionWrapHandler) -> tuple[DestinationSpec, ...]:
        if isinstance(value, list) and not 1 <= len(value) <= MAX_DESTINATIONS:
            raise ValueError(f"must have 1 to {MAX_DESTINATIONS} entries")
        repeated = [
            InitErrorDetails(
                type=PydanticCustomError("repeated_id", "is used by another destination of this session"),
                loc=(index, "id"),
                input=None,
            )
            for index in _repeated_ids(value)
        ]
        try:
            parsed: tuple[DestinationSpec, ...] = handler(value)
        except ValidationError as error:
            if not repeated:
                raise
            others = [
                InitErrorDetails(type=_custom(fault), loc=fault["loc"], input=None)
                for fault in error.errors(include_url=False, include_input=False)
            ]
            raise ValidationError.from_exception_data("destinations", others + repeated) from None
        if repeated:
            raise ValidationError.from_exception_data("destinations", repeated)
        return parsed


class SavedSpec(Show):
    """A session as records hold it, without secrets."""

    destinations: tuple[SavedDestination, ...]

    def destination(self, destination_id: str) -> SavedDestination:
        """Raises KeyError when the session has no such destination."""
        for destination in self.destinations:
            if destination.id == destination_id:
                return destination
        raise KeyError(destination_id)


def saved_spec(spec: SessionSpec) -> SavedSpec:
    """What may be written down of a spec."""
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


def invalid_request(errors: Any) -> InvalidRequest:
    """Pydantic's errors in our words: place and kind, never the value. Where in the request it was is left out."""
    faults = tuple(FieldFault(field=_place(error["loc"]), message=_say(error)) for error in errors)
    listed = "; ".join(f"{fault.field} {fault.message}" for fault in faults)
    return InvalidRequest(listed, faults)


def _place(loc: tuple[int | str, ...]) -> str:
    """The field as the caller wrote it. A name that is none of ours may be anything, even a key: it is cut out."""
    parts = [str(part) for part in loc if part not in ("body", "query")]
    known = [part if re.fullmatch(r"[a-z_]{1,32}|\d+", part) else "(unknown)" for part in parts]
    return ".".join(known) or "body"


def split_query(url: str) -> tuple[str, str | None]:
    """A url without its query, and the query: callers put tokens there, so it is kept as a secret."""
    bare, mark, query = url.partition("?")
    return bare, query if mark else None


def video_bitrate(destination: Destination) -> int:
    """Bits per second: what was asked for, else the profile's own within the platform's limits."""
    if destination.video_bitrate is not None:
        return destination.video_bitrate
    platform = PLATFORMS[destination.platform]
    wanted = PROFILES[destination.profile].video_bitrate
    most = platform.max_for(destination.profile)
    return wanted if most is None else min(wanted, most)


def _platform(info: ValidationInfo) -> Platform | None:
    """The destination's platform, or None when the platform itself was at fault."""
    name = info.data.get("platform")
    return None if name is None else PLATFORMS[name]


def _checked_ingest(value: str, platform: Platform | None) -> str:
    if re.search(r"[\s\x00-\x1f#]", value):
        raise ValueError("must be one URL without white space or a fragment")
    try:
        parts = urlsplit(value)
        has_port = parts.port is None or parts.port > 0
    except ValueError:
        raise ValueError("is not a URL: write rtmp://HOST/APPLICATION") from None
    if parts.scheme not in ("rtmp", "rtmps") or not parts.hostname or not has_port:
        raise ValueError("must be an RTMP URL: rtmp://HOST/APPLICATION or rtmps://HOST/APPLICATION")
    if parts.username is not None or parts.password is not None:
        raise ValueError("must not hold a user name or password; use the fields username and password")
    if not parts.path.strip("/"):
        raise ValueError("must name the application: rtmp://HOST/APPLICATION")
    if platform is not None:
        _check_platform(parts, platform)
    return value


def _check_platform(parts: SplitResult, platform: Platform) -> None:
    if parts.scheme not in platform.schemes:
        raise ValueError(f"{platform.title} takes {' and '.join(platform.schemes).upper()} only")
    host = parts.hostname or ""
    if platform.host_suffixes and not host.endswith(platform.host_suffixes):
        allowed = " or ".join("*" + suffix for suffix in platform.host_suffixes)
        raise ValueError(f"is not {platform.title}'s: use {allowed}, leave it out, or choose the platform custom")


def _repeated_ids(value: Any) -> list[int]:
    """The places of destinations whose id an earlier one has; an id left out is the platform's name."""
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
    repeated = []
    for index, name in enumerate(ids):
        if isinstance(name, str):
            seen[name] += 1
            if seen[name] > 1:
                repeated.append(index)
    return repeated


def _custom(error: Any) -> PydanticCustomError:
    """An error once reported, to be reported again beside others."""
    return PydanticCustomError("reported", "{said}", {"said": _say(error)})


def _say(error: Any) -> str:
    """What is wrong, by the error's kind and bounds; pydantic's own text may quote the input."""
    kind, context = error["type"], error.get("ctx") or {}
    if kind == "value_error":
        return str(context.get("error", "is not valid"))
    if kind in ("repeated_id", "reported"):
        return str(error["msg"])
    return _SAID.get(kind, f"is not valid ({kind})").format(**context)


_SAID = {
    "missing": "is missing",
    "extra_forbidden": "is not a field of this request",
    "enum": "must be one of {expected}",
    "literal_error": "must be {expected}",
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
