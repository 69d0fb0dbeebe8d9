"""The page's libraries: made once, anew when their lock has changed, never half, and nothing stops for want of them."""

from __future__ import annotations

import os
from pathlib import Path

import pytest

from infra.dev.environment import DONE
from infra.dev.libraries import Libraries

pytestmark = pytest.mark.skipif(os.name == "nt", reason="the fake npm is a shell script")

NPM = """#!/bin/sh
echo "$@" >> npm.log
rm -rf node_modules && mkdir node_modules && [ ! -e fails ]
"""


@pytest.fixture
def root(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    programs = tmp_path / "programs"
    programs.mkdir()
    (programs / "npm").write_text(NPM)
    (programs / "npm").chmod(0o755)
    monkeypatch.setenv("PATH", f"{programs}:/usr/bin:/bin")
    (tmp_path / "package-lock.json").write_text("{}")
    return tmp_path


def ensured(root: Path, tools: bool = False) -> tuple[bool, str]:
    said: list[str] = []
    return Libraries(root, said.append).ensure(tools), " ".join(said)


def calls(root: Path) -> list[str]:
    return (root / "npm.log").read_text().splitlines()


def test_they_are_made_once_by_their_lock_and_run_no_scripts(root: Path) -> None:
    assert ensured(root)[0] and ensured(root) == (True, "")
    assert calls(root) == ["ci --ignore-scripts --no-progress --omit=dev"]


def test_the_tools_come_when_they_are_asked_for_and_stay(root: Path) -> None:
    assert ensured(root)[0] and ensured(root, tools=True)[0]
    assert ensured(root, tools=True) == ensured(root) == (True, "")
    assert calls(root) == ["ci --ignore-scripts --no-progress --omit=dev", "ci --ignore-scripts --no-progress"]


def test_another_lock_makes_them_anew(root: Path) -> None:
    ensured(root)
    (root / "package-lock.json").write_text('{"packages": {}}')
    assert ensured(root)[0]
    assert len(calls(root)) == 2


def test_an_install_that_failed_does_not_count_and_stops_nothing(root: Path) -> None:
    ensured(root)
    (root / "fails").touch()
    (root / "package-lock.json").write_text('{"packages": {}}')
    made, said = ensured(root)
    assert not made and "the page is left out" in said
    assert not (root / "node_modules" / DONE).exists()
    (root / "fails").unlink()
    assert ensured(root)[0]


def test_without_node_it_is_said_and_nothing_stops(root: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("PATH", str(root / "nowhere"))
    made, said = ensured(root)
    assert not made and "no Node.js" in said and "the page is left out" in said
    made, said = ensured(root, tools=True)
    assert not made and "the page and the package are left out" in said
