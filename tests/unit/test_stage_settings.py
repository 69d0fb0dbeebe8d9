"""What differs between accounts: one file a stage, no surprises from a shell, nothing forgotten at an upgrade."""

from __future__ import annotations

from pathlib import Path

import pytest

from infra.stage_settings import (
    SettingsError,
    check_nothing_forgotten,
    check_stage,
    for_template,
    page_config,
    parse,
    read_settings,
)

ISSUER = {"ONAIR_JWT_ISSUER": "https://id.example.com/pool", "ONAIR_JWT_AUDIENCE": "onair-page"}


def test_a_file_is_lines_of_names_and_values() -> None:
    text = (
        "# who may do everything\nONAIR_OPERATORS=role/Show*, user/a\n\nONAIR_ALARM_TOPIC=\nONAIR_REGION='eu-west-1'\n"
    )
    assert parse(text, "stages/live.env") == {
        "ONAIR_OPERATORS": "role/Show*, user/a",
        "ONAIR_ALARM_TOPIC": "",
        "ONAIR_REGION": "eu-west-1",
    }


@pytest.mark.parametrize(
    ("text", "told"),
    [
        ("ONAIR_OPERATOR=a", "line 1: there is no setting ONAIR_OPERATOR"),
        ("\nexport ONAIR_REGION=eu-west-1", "line 2: not NAME=value"),
        ("ONAIR_REGION=a\nONAIR_REGION=b", "line 2: ONAIR_REGION is there twice"),
    ],
)
def test_what_is_not_a_setting_is_refused_with_its_line(text: str, told: str) -> None:
    with pytest.raises(SettingsError, match=told):
        parse(text, "stages/live.env")


@pytest.mark.parametrize("name", ["Live", "dev-2", "2nd", "", "a" * 17, "../dev"])
def test_a_stage_has_a_name_that_all_of_aws_takes(name: str) -> None:
    with pytest.raises(SettingsError, match="can't be a stage's name"):
        check_stage(name)


def test_a_shell_may_say_what_the_file_says_and_nothing_else(tmp_path: Path) -> None:
    (tmp_path / "stages").mkdir()
    (tmp_path / "stages/live.env").write_text("ONAIR_OPERATORS=role/Show*\n")
    assert read_settings(tmp_path, "live", {"ONAIR_OPERATORS": "role/Show*"}) == {"ONAIR_OPERATORS": "role/Show*"}
    for shell in ({"ONAIR_OPERATORS": "role/*"}, {"ONAIR_ALARM_TOPIC": "arn"}):
        with pytest.raises(SettingsError, match="is set in this shell"):
            read_settings(tmp_path, "live", shell)


@pytest.mark.parametrize("begins", ["", "\ufeff"], ids=["plain", "with a byte order mark"])
@pytest.mark.parametrize("ends", ["\n", "\r\n"], ids=["lf", "crlf"])
def test_a_file_may_come_from_any_editor(tmp_path: Path, begins: str, ends: str) -> None:
    (tmp_path / "stages").mkdir()
    text = f"{begins}ONAIR_REGION=eu-west-1{ends}ONAIR_OPERATORS=role/Vorführer{ends}"
    (tmp_path / "stages/live.env").write_bytes(text.encode())
    assert read_settings(tmp_path, "live", {}) == {
        "ONAIR_REGION": "eu-west-1",
        "ONAIR_OPERATORS": "role/Vorführer",
    }


@pytest.mark.parametrize(("written", "why"), [("role/Vorführer".encode("latin-1"), "UTF-8"), (None, "read")])
def test_a_file_that_is_no_text_is_told_by_its_name(tmp_path: Path, written: bytes | None, why: str) -> None:
    file = tmp_path / "stages/live.env"
    file.parent.mkdir()
    if written is None:
        file.mkdir()
    else:
        file.write_bytes(b"ONAIR_OPERATORS=" + written)
    with pytest.raises(SettingsError, match=f"stages/live.env can't be {why}|stages/live.env is not {why}"):
        read_settings(tmp_path, "live", {})


def test_a_stage_without_a_file_has_no_settings(tmp_path: Path) -> None:
    assert read_settings(tmp_path, "dev", {"PATH": "/bin"}) == {}


def test_an_issuer_needs_its_audience(tmp_path: Path) -> None:
    (tmp_path / "stages").mkdir()
    (tmp_path / "stages/live.env").write_text("ONAIR_JWT_ISSUER=https://id.example.com\n")
    with pytest.raises(SettingsError, match="sets one of"):
        read_settings(tmp_path, "live", {})


def test_the_page_may_ask_the_issuer_unless_others_are_named() -> None:
    assert for_template(ISSUER)["ONAIR_SIGN_IN_ORIGINS"] == "https://id.example.com"
    named = {**ISSUER, "ONAIR_SIGN_IN_ORIGINS": "https://login.example.com"}
    assert for_template(named)["ONAIR_SIGN_IN_ORIGINS"] == "https://login.example.com"
    assert for_template({"ONAIR_OPERATORS": ""}) == {}


def test_the_page_is_told_how_people_sign_in() -> None:
    assert page_config(ISSUER, "eu-west-1") == {
        "sign_in": {
            "by": "oidc",
            "issuer": "https://id.example.com/pool",
            "client_id": "onair-page",
            "scope": "openid onair/operator",
        },
        "aws": {"region": "eu-west-1"},
    }
    assert page_config({}, "eu-west-1") is None


def test_what_a_deployed_stage_has_and_no_file_names_is_not_dropped_unasked() -> None:
    with pytest.raises(SettingsError, match=r"ONAIR_JWT_ISSUER=https://id\.example\.com/pool"):
        check_nothing_forgotten("live", {"ONAIR_JWT_AUDIENCE": "onair-page"}, ISSUER)


def test_what_is_changed_or_taken_away_on_purpose_is_told() -> None:
    file = {**dict.fromkeys(ISSUER, ""), "ONAIR_OPERATORS": "role/Show*"}
    assert check_nothing_forgotten("live", file, ISSUER) == [
        "ONAIR_JWT_AUDIENCE: onair-page → not set",
        "ONAIR_JWT_ISSUER: https://id.example.com/pool → not set",
        "ONAIR_OPERATORS: not set → role/Show*",
    ]
    assert check_nothing_forgotten("live", ISSUER, ISSUER) == []
