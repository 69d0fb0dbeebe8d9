"""The shows of docs/first-hour-on-aws.md, as they stand there, on the local stage: the blocks marked ``show`` and
``flow``, in one shell. What is marked ``account`` or ``encoder`` needs one; contract/test_docs.py looks its commands
up. Half a minute or more, so a part of ``make test-slow``; README's own test runs most of these commands."""

from __future__ import annotations

import os
import re
import sys
from pathlib import Path

import pytest

from console.local import ENVIRONMENT, FLOW_ARN
from tests.e2e.running import ROOT, surroundings, up
from tests.e2e.test_readme import Shell

PAGE = (ROOT / "docs/first-hour-on-aws.md").read_text(encoding="utf-8")
BLOCKS = re.findall(r"^```(\w+)[ \t]*(\w*)\n(.*?)^```$", PAGE, re.MULTILINE | re.DOTALL)
#: ``./onair`` without looking whether .venv is current.
ONAIR = f'function ./onair {{ "{sys.executable}" -m console "$@"; }}\n'


def test_every_block_says_who_can_run_it() -> None:
    ways = {"account", "show", "encoder", "flow"}
    assert {(language, way) for language, way, _ in BLOCKS} == {("sh", way) for way in ways}


@pytest.mark.skipif(os.name == "nt", reason="the page's blocks are for a POSIX shell")
@pytest.mark.skipif("ONAIR_EXAMPLES" not in os.environ, reason="half a minute: make test-slow runs it")
def test_the_shows_go_as_the_page_tells_them(tmp_path: Path) -> None:
    with up("--speed", "120") as stage:
        given = {"ONAIR_URL": stage["api_url"], "ONAIR_TOKEN": stage["token"]}
        shell = Shell(surroundings() | ENVIRONMENT | given | {"ADDRESS": "203.0.113.7", "FLOW": FLOW_ARN})
        here = [(way, ONAIR + re.sub(r"\bbuild\b", str(tmp_path), text)) for _, way, text in BLOCKS]
        made, on_air, off, looked = [shell.run(text) for way, text in here if way == "show"]
        assert "stream key" in made and "USD" in made
        assert "live" in on_air and "recording" in on_air
        assert "ready" in off and "ended" in off
        assert "nothing is without an owner" in looked
        assert ["live" in shell.run(text) for way, text in here if way == "flow"] == [True]
