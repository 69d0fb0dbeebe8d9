"""The settings of a stage against the template that takes them and the page of the reference that lists them."""

from __future__ import annotations

import re

from infra.stage_settings import SETTINGS, parse
from tests.contract.asl import ROOT


def test_every_setting_that_the_template_takes_is_known() -> None:
    files = [ROOT / "serverless.yml", *sorted((ROOT / "infra/aws").rglob("*.yml"))]
    asked = {name for file in files for name in re.findall(r"env:(ONAIR_[A-Z_]+)", file.read_text(encoding="utf-8"))}
    for_deploy = {"ONAIR_REGION", "ONAIR_ACCOUNT", "ONAIR_SIGN_IN_CLIENT_ID", "ONAIR_SIGN_IN_SCOPE"}
    assert asked | for_deploy == SETTINGS.keys()


def test_every_setting_is_in_the_reference_and_in_the_example() -> None:
    reference = (ROOT / "docs/reference/deploying.md").read_text(encoding="utf-8")
    assert set(re.findall(r"^\| `(ONAIR_[A-Z_]+)`", reference, re.MULTILINE)) == SETTINGS.keys()
    example = (ROOT / "stages/example.env").read_text(encoding="utf-8")
    assert set(re.findall(r"^#?(ONAIR_[A-Z_]+)=", example, re.MULTILINE)) == SETTINGS.keys()
    parse(example, "stages/example.env")
