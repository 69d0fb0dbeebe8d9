"""Where a show goes: one destination of a session, as asked for and as records hold it.

Rules that need two fields hang on the later one (``url`` on ``platform``, ``video_bitrate`` on ``profile``), because
pydantic then reports them beside all others. No message repeats a value: a wrong field may hold a stream key.
"""

from __future__ import annotations

import re
from enum import StrEnum
from typing import Annotated, Any
from urllib.parse import SplitResult, urlsplit

from pydantic import Field, SecretStr, ValidationInfo, field_validator, model_validator

from shared.domain.model import Value
from shared.domain.names import ID_PATTERN
from shared.domain.platforms import PLATFORMS, Platform, PlatformName
from shared.domain.profiles import MAX_VIDEO_BITRATE, PROFILES, ProfileName

#: Of a shorter key, four characters would tell too much, and it may be a common word.
SHORTEST_HINTED_KEY = 12


class ChannelClass(StrEnum):
    """MediaLive's: one pipeline, or two with a destination each. Always explicit: the service's default is STANDARD."""

    SINGLE_PIPELINE = "SINGLE_PIPELINE"
    STANDARD = "STANDARD"


class SecretName(StrEnum):
    """The secrets a destination may have, each in a parameter of its own. MediaLive reads the password by its name.

    The ingest names are what a host's encoder pushes to, APPLICATION/INSTANCE: drawn by OnAir, not given.
    """

    STREAM_KEY = "stream-key"
    PASSWORD = "password"
    URL_QUERY = "url-query"
    BACKUP_URL_QUERY = "backup-url-query"
    INGEST_NAME = "ingest-name"
    BACKUP_INGEST_NAME = "backup-ingest-name"


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
            if platform is not None and platform.name is PlatformName.CUSTOM:
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
    """A destination as asked for, with its secrets, which are write-only. Only an IVS channel that the session makes
    itself has no ``stream_key`` here."""

    stream_key: SecretStr | None = Field(default=None, min_length=1, max_length=1024)
    password: SecretStr | None = Field(default=None, min_length=1, max_length=1024)

    @field_validator("stream_key")
    @classmethod
    def _key_is_one_word_and_only_here(cls, value: SecretStr | None, info: ValidationInfo) -> SecretStr | None:
        if value is None:
            return value
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
            SecretName.STREAM_KEY: self.stream_key.get_secret_value() if self.stream_key else None,
            SecretName.PASSWORD: self.password.get_secret_value() if self.password else None,
            SecretName.URL_QUERY: split_query(self.url)[1] if self.url else None,
            SecretName.BACKUP_URL_QUERY: split_query(self.backup_url)[1] if self.backup_url else None,
        }
        return {name: value for name, value in found.items() if value}

    def saved(self) -> SavedDestination:
        """What may be written down of it."""
        key = self.stream_key.get_secret_value() if self.stream_key else ""
        public = self.model_dump(exclude={"stream_key", "password", "url", "backup_url"})
        return SavedDestination(
            **public,
            url=split_query(self.url)[0] if self.url else None,
            backup_url=split_query(self.backup_url)[0] if self.backup_url else None,
            stream_key_hint=_hint(key),
            secrets=tuple(self.secrets()),
        )


class SavedDestination(Destination):
    """A destination as records hold it: a hint of its key, and which secrets the parameter store has for it.

    None as a hint: the session makes the IVS channel, whose key is read when it is needed.
    """

    stream_key_hint: str | None = None
    secrets: tuple[SecretName, ...]


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


def _hint(key: str) -> str | None:
    if not key:
        return None
    return f"…{key[-4:]}" if len(key) >= SHORTEST_HINTED_KEY else "…"
