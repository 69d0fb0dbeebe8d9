"""What differs between accounts, one file for each stage: ``stages/<stage>.env``. Read by ``make package`` and
``make deploy``.

A setting that stood in a shell alone would be gone with the next deployment from another one, and with it who may sign
in. So the file is the one place: a variable of the shell that says something else is refused.
"""

from __future__ import annotations

import os
import re
from collections.abc import Mapping
from pathlib import Path
from urllib.parse import urlsplit


class SettingsError(Exception):
    """The settings, or a stage's name, say something that can't be. ``remedy``: what to do about it."""

    def __init__(self, what: str, remedy: str) -> None:
        super().__init__(what)
        self.what = what
        self.remedy = remedy


#: Names of buckets are the tightest: 63 characters with account and region. And no hyphen, so that no stage's names
#: begin like another's.
STAGE = re.compile(r"[a-z][a-z0-9]{0,15}")
LINE = re.compile(r"([A-Z][A-Z0-9_]*)=(.*)")

#: Each setting, and what it is. The template takes those that serverless.yml and infra/aws ask for; the last four are
#: for ``deploy``.
SETTINGS = {
    "ONAIR_OPERATORS": "IAM roles and users that see and do everything: comma-separated patterns, role/ShowOperator*",
    "ONAIR_JWT_ISSUER": "who issues callers' tokens; with the audience it replaces signed requests by tokens",
    "ONAIR_JWT_AUDIENCE": "whom the tokens are for",
    "ONAIR_ALLOWED_ORIGINS": "other web pages that may call the API from a browser, comma-separated",
    "ONAIR_SIGN_IN_ORIGINS": "whom the page asks to sign people in, separated by blanks; the issuer if not set",
    "ONAIR_ALARM_TOPIC": "the ARN of the SNS topic that alarms tell",
    "ONAIR_QUOTA_PUSH_INPUTS": "MediaLive push inputs allowed, where Service Quotas does not say",
    "ONAIR_QUOTA_CHANNELS": "MediaLive channels allowed, where Service Quotas does not say",
    "ONAIR_QUOTA_FLOW_OUTPUTS": "outputs of a MediaConnect flow allowed, where Service Quotas does not say",
    "ONAIR_REGION": "the region that the stage is in",
    "ONAIR_ACCOUNT": "the account that the stage is in: no other is deployed to by mistake",
    "ONAIR_SIGN_IN_CLIENT_ID": "the page's client id at the issuer; the audience if not set",
    "ONAIR_SIGN_IN_SCOPE": 'what the page asks for when somebody signs in; "openid onair/operator" if not set',
}
SCOPE = "openid onair/operator"


def read_settings(root: Path, stage: str, shell: Mapping[str, str] = os.environ) -> dict[str, str]:
    """The settings of a stage, all that its file names; empty without a file. Raises SettingsError."""
    check_stage(stage)
    file = root / "stages" / f"{stage}.env"
    found = parse(_text(file), f"stages/{file.name}")
    for name in sorted(SETTINGS.keys() & shell.keys()):
        if shell[name] != found.get(name, ""):
            raise SettingsError(
                f"{name} is set in this shell, and stages/{stage}.env says something else or nothing of it.",
                f"Write it into stages/{stage}.env, so that the next deployment knows it too, and unset it here.",
            )
    if bool(found.get("ONAIR_JWT_ISSUER")) != bool(found.get("ONAIR_JWT_AUDIENCE")):
        raise SettingsError(
            f"stages/{stage}.env sets one of ONAIR_JWT_ISSUER and ONAIR_JWT_AUDIENCE.", "Set both or none."
        )
    return found


def _text(file: Path) -> str:
    """Empty without a file. One that is there and can't be read is no file without settings."""
    try:
        return file.read_text(encoding="utf-8-sig")  # some editors begin a file with a mark that is no text
    except FileNotFoundError:
        return ""
    except UnicodeDecodeError as error:
        raise SettingsError(f"stages/{file.name} is not UTF-8.", "Save it as that.") from error
    except OSError as error:
        raise SettingsError(f"stages/{file.name} can't be read: {error.strerror}.", "See whose it is.") from error


def check_stage(stage: str) -> None:
    """Raises SettingsError for what can't be a stage's name."""
    if not STAGE.fullmatch(stage):
        raise SettingsError(
            f"{stage!r} can't be a stage's name.", "Lower-case letters and digits, a letter first, 16 at most."
        )


def parse(text: str, where: str) -> dict[str, str]:
    """The lines NAME=value of a file. Raises SettingsError for any other line, an unknown name, and one that comes
    twice."""
    found: dict[str, str] = {}
    for number, raw in enumerate(text.splitlines(), 1):
        line = raw.strip()
        if not line or line.startswith("#"):
            continue
        match = LINE.fullmatch(line)
        if match is None:
            raise SettingsError(f"{where}, line {number}: not NAME=value.", "A comment has a line of its own, with #.")
        name, value = match[1], match[2].strip()
        if name not in SETTINGS:
            raise SettingsError(
                f"{where}, line {number}: there is no setting {name}.", f"There are: {', '.join(SETTINGS)}"
            )
        if name in found:
            raise SettingsError(f"{where}, line {number}: {name} is there twice.", "Keep one.")
        if len(value) >= 2 and value[0] == value[-1] and value[0] in "\"'":
            value = value[1:-1]
        found[name] = value
    return found


def for_template(settings: Mapping[str, str]) -> dict[str, str]:
    """What osls is told: what is set, and what follows from that."""
    given = {name: value for name, value in settings.items() if value}
    if issuer := given.get("ONAIR_JWT_ISSUER"):
        address = urlsplit(issuer)
        given.setdefault("ONAIR_SIGN_IN_ORIGINS", f"{address.scheme}://{address.netloc}")
    return given


def page_config(settings: Mapping[str, str], region: str) -> dict[str, object] | None:
    """The page's config.json; None for a stage without an issuer, where nobody can sign in to the page."""
    issuer = settings.get("ONAIR_JWT_ISSUER")
    if not issuer:
        return None
    return {
        "sign_in": {
            "by": "oidc",
            "issuer": issuer,
            "client_id": settings.get("ONAIR_SIGN_IN_CLIENT_ID") or settings["ONAIR_JWT_AUDIENCE"],
            "scope": settings.get("ONAIR_SIGN_IN_SCOPE") or SCOPE,
        },
        "aws": {"region": region},
    }


def check_nothing_forgotten(stage: str, settings: Mapping[str, str], deployed: Mapping[str, str]) -> list[str]:
    """What changes against the deployed stage, in words. Raises SettingsError for a setting that it has and that the
    file here says nothing of: nobody has decided to take that away."""
    forgotten = [name for name, value in deployed.items() if value and name not in settings]
    if forgotten:
        lines = "\n".join(f"    {name}={deployed[name]}" for name in forgotten)
        raise SettingsError(
            f"The deployed stage has settings that stages/{stage}.env does not name:\n{lines}",
            "Write them into the file to keep them, or with nothing behind the = to take them away.",
        )
    names = sorted(settings.keys() | deployed.keys())
    return [
        f"{name}: {deployed.get(name) or 'not set'} → {settings.get(name) or 'not set'}"
        for name in names
        if (settings.get(name) or "") != (deployed.get(name) or "")
    ]
