"""As whom the command line asks: a token, or a signature that the other side can check."""

from __future__ import annotations

import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from botocore.auth import SigV4Auth
from botocore.awsrequest import AWSRequest
from botocore.credentials import Credentials
from typer.testing import CliRunner

from console.cli import app
from console.credentials import chosen
from tests.unit.console_api import FakeApi, serving, session

RUN = CliRunner()
KEYS = {"alice": ("AKIAEXAMPLENOTREAL01", "example-secret-not-real-1"), "bob": ("AKIAEXAMPLENOTREAL02", "example-2")}
DEPLOYED = "https://abcdef1234.execute-api.eu-west-1.amazonaws.com"


@pytest.fixture
def api() -> Iterator[FakeApi]:
    with serving() as fake:
        fake.script = [session("live")]
        yield fake


@pytest.fixture
def profiles(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Two profiles, and nothing else of AWS in the environment."""
    for name in (
        "AWS_PROFILE",
        "AWS_DEFAULT_PROFILE",
        "AWS_ACCESS_KEY_ID",
        "AWS_SECRET_ACCESS_KEY",
        "AWS_SESSION_TOKEN",
    ):
        monkeypatch.delenv(name, raising=False)
    for name in ("AWS_REGION", "AWS_DEFAULT_REGION", "ONAIR_TOKEN", "ONAIR_URL"):
        monkeypatch.delenv(name, raising=False)
    written = [
        f"[{name}]\naws_access_key_id = {key}\naws_secret_access_key = {secret}\n"
        for name, (key, secret) in KEYS.items()
    ]
    (tmp_path / "credentials").write_text("\n".join(written))
    (tmp_path / "config").write_text("[profile alice]\nregion = eu-west-1\n[profile bob]\n")
    monkeypatch.setenv("AWS_SHARED_CREDENTIALS_FILE", str(tmp_path / "credentials"))
    monkeypatch.setenv("AWS_CONFIG_FILE", str(tmp_path / "config"))
    monkeypatch.setenv("AWS_EC2_METADATA_DISABLED", "true")


def onair(api: FakeApi, *arguments: str, **environment: str) -> Any:
    return RUN.invoke(app, ["--url", api.url, *arguments], env=environment)


def signed_by(profile: str, method: str, url: str, headers: dict[str, str], body: bytes) -> bool:
    """What API Gateway does: sign what has arrived with the caller's secret key, and compare."""
    words = dict(word.strip().split("=", 1) for word in headers["authorization"].partition(" ")[2].split(","))
    key, _, region, service, _ = words["Credential"].split("/")
    assert (key, region, service) == (KEYS[profile][0], "eu-west-1", "execute-api")
    signed = {name: headers[name] for name in words["SignedHeaders"].split(";") if name != "host"}
    request = AWSRequest(method, url, data=body, headers=signed)
    request.context["timestamp"] = headers["x-amz-date"]
    auth = SigV4Auth(Credentials(*KEYS[profile]), service, region)
    text = auth.string_to_sign(request, auth.canonical_request(request))
    return bool(auth.signature(text, request) == words["Signature"])


# Tokens


def test_a_token_goes_with_each_request(api: FakeApi) -> None:
    for arguments, environment in (
        (["--token", "t-1", "session", "get", "s-1"], {}),
        (["session", "get", "s-1", "--token", "t-1"], {}),
        (["session", "get", "s-1"], {"ONAIR_TOKEN": "t-1"}),
        (["session", "get", "s-1", "--token", "t-1"], {"ONAIR_TOKEN": "t-2", "AWS_PROFILE": "alice"}),
    ):
        assert onair(api, *arguments, **environment).exit_code == 0
        assert api.asked[-1][2]["authorization"] == "Bearer t-1", arguments


def test_a_local_stage_is_asked_without_anything_and_says_what_to_do(api: FakeApi, profiles: None) -> None:
    api.refusal = {
        "status": 401,
        "name": "NotSignedIn",
        "title": "The request does not say who asks",
        "remedy": "Do it.",
    }
    result = onair(api, "session", "list")
    assert result.exit_code == 3 and "Do it." in result.stderr
    assert "authorization" not in api.asked[-1][2]


def test_a_token_that_is_none_is_a_wrong_command_line_and_not_repeated(api: FakeApi) -> None:
    result = onair(api, "session", "list", "--token", "example planted\ttoken")
    assert result.exit_code == 2 and "planted" not in result.output
    assert api.asked == []


def test_a_redirect_is_not_followed_with_the_token(api: FakeApi) -> None:
    with serving() as elsewhere:
        api.raw, api.location = (302, b""), elsewhere.url + "/sessions"
        result = onair(api, "session", "list", "--token", "t-1")
        assert result.exit_code == 3 and elsewhere.asked == []


# Signatures


def test_a_request_is_signed_as_the_other_side_checks_it(api: FakeApi, profiles: None, tmp_path: Path) -> None:
    file = tmp_path / "session.json"
    file.write_text(json.dumps({"name": "Freitag, später", "destinations": []}))
    api.pages = [{"sessions": [], "next_cursor": None}]
    assert onair(api, "--profile", "alice", "session", "create", "-f", str(file)).exit_code == 0
    assert onair(api, "session", "list", "--status", "live", "--limit", "2", "--profile", "alice").exit_code == 0
    assert onair(api, "session", "get", "a b/ü~", "--profile", "alice").exit_code == 0
    assert len(api.asked) == 3
    for (method, target, headers, _), body in zip(api.asked, api.bodies, strict=True):
        assert signed_by("alice", method, api.url + target, headers, body), target
        assert not signed_by("alice", "DELETE", api.url + target, headers, body)
        assert not signed_by("alice", method, api.url + target, headers, body + b" ")


def test_a_named_profile_takes_the_place_of_a_token_that_was_there(api: FakeApi, profiles: None) -> None:
    onair(api, "session", "get", "s-1", "--profile", "alice", ONAIR_TOKEN="t-1")
    assert api.asked[-1][2]["authorization"].startswith("AWS4-HMAC-SHA256")


def test_a_deployed_stage_is_asked_by_the_sdks_own_credentials_in_its_own_region(
    profiles: None, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("AWS_PROFILE", "bob")
    signing = chosen(DEPLOYED, None, None)
    assert signing is not None
    headers = {name.lower(): value for name, value in signing("GET", f"{DEPLOYED}/sessions", None, {}).items()}
    assert signed_by("bob", "GET", f"{DEPLOYED}/sessions", headers, b"")


@pytest.mark.parametrize(
    ("profile", "url", "said"),
    [
        ("nobody", DEPLOYED, "nobody"),
        (None, DEPLOYED, "No AWS credentials"),
        ("bob", "https://onair.example.com", "no region"),
    ],
    ids=["an unknown profile", "no credentials", "no region"],
)
def test_what_can_not_be_signed_says_what_to_do_and_is_not_sent(
    profiles: None, profile: str | None, url: str, said: str
) -> None:
    arguments = ["--url", url, "--json", "session", "list", *(["--profile", profile] if profile else [])]
    result = RUN.invoke(app, arguments)
    assert result.exit_code == 3
    document = json.loads(result.stdout)
    assert document["name"] == "NoCredentials" and said in document["detail"] and document["remedy"]


@pytest.mark.parametrize(("status", "message"), [(401, "Unauthorized"), (403, "Forbidden")])
def test_a_gateways_own_refusal_says_what_to_do(api: FakeApi, profiles: None, status: int, message: str) -> None:
    api.raw = (status, json.dumps({"message": message}).encode())
    result = onair(api, "session", "list", "--profile", "alice")
    assert result.exit_code == 3
    assert message in result.stderr and "--profile" in result.stderr
