"""Puts the tables of a run into docs/benchmarks.md, and what README quotes of them into README.md, each between markers
of its own; the prose round them is people's.

``shape`` is what two runs have in common: a test compares the committed file with what the command writes by it.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]
PAGE = ROOT / "docs" / "benchmarks.md"
README = ROOT / "README.md"
SCALE = ROOT / "docs" / "images" / "scale.svg"
#: Ends the names of the parts that README has.
IN_SHORT = " in short"
_NUMBER = re.compile(r"\d[\d,]*(\.\d+)?")


def table(rows: list[list[str]]) -> str:
    """A Markdown table of the rows, header first; every column but the first to the right."""
    header, *body = rows
    lines = [header, ["---", *["---:"] * (len(header) - 1)], *body]
    return "\n".join("| " + " | ".join(line) + " |" for line in lines)


def put(page: str, parts: Mapping[str, str]) -> str:
    """``page`` with what is between the markers of each part replaced. KeyError for a part without markers."""
    for name, text in parts.items():
        pattern = _between(name)
        if not pattern.search(page):
            raise KeyError(name)
        page = pattern.sub(lambda found, text=text: f"{found[1]}\n{text}\n{found[3]}", page)  # type: ignore[misc]
    return page


def write(parts: Mapping[str, str]) -> None:
    """Put each part into its file."""
    for path, short in ((PAGE, False), (README, True)):
        own = {name: text for name, text in parts.items() if name.endswith(IN_SHORT) is short}
        path.write_text(put(path.read_text(encoding="utf-8"), own), encoding="utf-8")


def part(page: str, name: str) -> str:
    """What is between the markers of a part."""
    found = _between(name).search(page)
    if found is None:
        raise KeyError(name)
    return found[2].strip("\n")


def shape(text: str) -> list[str]:
    """A part's lines without its figures, bars and widths."""
    return [_NUMBER.sub("0", line).replace("█", "").replace(" ", "") for line in text.splitlines()]


def _between(name: str) -> re.Pattern[str]:
    return re.compile(rf"(<!-- bench: {re.escape(name)} -->)(.*?)(<!-- end -->)", re.DOTALL)
