"""The pages against what they speak of: every link leads somewhere, and every command that they tell to type exists,
with its options. Nothing of it is run here; README's own commands are, by tests/e2e/test_readme.py."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

from tests.contract.asl import ROOT
from tests.contract.documented import commands, fault

PAGES = [ROOT / "README.md", ROOT / "CHANGELOG.md", ROOT / "tests/README.md", *sorted((ROOT / "docs").rglob("*.md"))]
every_page = pytest.mark.parametrize("page", PAGES, ids=lambda page: page.relative_to(ROOT).as_posix())


@every_page
def test_every_link_leads_to_a_file_and_to_a_heading_in_it(page: Path) -> None:
    text = re.sub(r"^```.*?^```$", "", page.read_text(encoding="utf-8"), flags=re.MULTILINE | re.DOTALL)
    for target in re.findall(r"\]\(([^)\s]+)\)", text):
        if "://" in target:
            continue
        file, _, heading = target.partition("#")
        there = (page.parent / file).resolve() if file else page
        assert there.exists(), target
        assert there.is_relative_to(ROOT), f"{target} leads out of the repository"
        if heading and there.suffix == ".md":
            assert heading in headings(there), target


@every_page
def test_every_command_exists_with_its_options(page: Path) -> None:
    faults = {" ".join(words): told for words in commands(page) if (told := fault(words))}
    assert not faults


@pytest.mark.parametrize(
    "written",
    [
        "onair session begin",
        "onair --uri http://127.0.0.1 session list",
        "onair session create --fil x.json",
        "onair --token T session list --state live",
        "make deplo STAGE=live",
        "make demo STAGES=live",
        "make demo ARGUMENTS=--stay-there",
        "make demo --keep",
        "python3 -m infra.dev dem",
        "py -m infra.dev onair sesion list",
        "aws medialiv list-channels",
        "aws medialive list-chanels",
        "aws medialive list-channels --filter x",
    ],
)
def test_a_command_that_does_not_exist_is_told_wherever_it_stands(tmp_path: Path, written: str) -> None:
    page = tmp_path / "page.md"
    for form in ("```sh\n{}\n```", "text with `{}` in it", "```sh\nid=$(./x && {} | head)\n```"):
        page.write_text(form.format(written) + "\n", encoding="utf-8")
        assert [told for words in commands(page) if (told := fault(words))], form


def test_what_stands_for_something_else_is_no_fault(tmp_path: Path) -> None:
    page = tmp_path / "page.md"
    page.write_text(
        "`onair …`, `make demo …`, `aws --endpoint-url http://127.0.0.1:8421 …`, `onair session list --all`\n"
    )
    found = list(commands(page))
    assert len(found) == 4
    assert [fault(words) for words in found] == [None] * 4


def headings(page: Path) -> set[str]:
    """The anchors that a page has: each heading in small letters, without signs, hyphens for blanks."""
    text = re.sub(r"^```.*?^```$", "", page.read_text(encoding="utf-8"), flags=re.MULTILINE | re.DOTALL)
    found: set[str] = set()
    for heading in re.findall(r"^#+ (.+)$", text, re.MULTILINE):
        plain = re.sub(r"\[([^]]*)\]\([^)]*\)", r"\1", heading).lower()
        anchor = re.sub(r"[^\w\- ]", "", plain).replace(" ", "-")
        found.add(anchor if anchor not in found else f"{anchor}-1")
    return found
