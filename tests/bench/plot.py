"""The picture of many sessions at once: docs/images/scale.svg, drawn from the table's own rows.

Used by ``python -m tests.bench``. Plain SVG, readable on a light and a dark page: whoever shows it says which it is.
"""

from __future__ import annotations

import math
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from xml.sax.saxutils import escape

WIDTH, HEIGHT = 720, 380
_LEFT, _RIGHT, _TOP, _BOTTOM = 70, 30, 40, 56
_STYLE = """
  text { font: 13px sans-serif; fill: #1f2328; }
  .title { font-weight: bold; }
  .grid { stroke: #d1d9e0; }
  .axis { stroke: #59636e; }
  .series0 { stroke: #0969da; fill: #0969da; }
  .series1 { stroke: #8250df; fill: #8250df; }
  .series2 { stroke: #bc4c00; fill: #bc4c00; }
  polyline { fill: none !important; stroke-width: 2; }
  .paper { fill: #ffffff; }
  @media (prefers-color-scheme: dark) {
    text { fill: #f0f6fc; }
    .grid { stroke: #3d444d; }
    .axis { stroke: #9198a1; }
    .series0 { stroke: #4493f8; fill: #4493f8; }
    .series1 { stroke: #ab7df8; fill: #ab7df8; }
    .series2 { stroke: #db6d28; fill: #db6d28; }
    .paper { fill: #0d1117; }
  }
"""


@dataclass(frozen=True)
class Series:
    """``points``: number of sessions and seconds, both above 0."""

    name: str
    points: tuple[tuple[float, float], ...]


def drawn(title: str, across: str, up: str, series: Sequence[Series]) -> str:
    """The picture; both axes in powers of ten."""
    everything = [point for one in series for point in one.points]
    x0, x1 = _decades(x for x, _ in everything)
    y0, y1 = _decades(y for _, y in everything)

    def at(x: float, y: float) -> tuple[float, float]:
        right = (math.log10(x) - x0) / (x1 - x0)
        above = (math.log10(y) - y0) / (y1 - y0)
        return (
            round(_LEFT + right * (WIDTH - _LEFT - _RIGHT), 1),
            round(HEIGHT - _BOTTOM - above * (HEIGHT - _TOP - _BOTTOM), 1),
        )

    lines = [
        f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {WIDTH} {HEIGHT}" role="img">',
        f"<title>{escape(title)}</title>",
        f"<style>{_STYLE}</style>",
        f'<rect class="paper" width="{WIDTH}" height="{HEIGHT}"/>',
        f'<text class="title" x="{_LEFT}" y="22">{escape(title)}</text>',
    ]
    bottom, left = at(10**x0, 10**y0)[1], at(10**x0, 10**y0)[0]
    for power in range(x0, x1 + 1):
        x, top = at(10**power, 10**y1)
        lines.append(f'<line class="grid" x1="{x}" y1="{top}" x2="{x}" y2="{bottom}"/>')
        lines.append(f'<text x="{x}" y="{bottom + 20}" text-anchor="middle">{10**power:,}</text>')
    for power in range(y0, y1 + 1):
        right, y = at(10**x1, 10**power)
        lines.append(f'<line class="grid" x1="{left}" y1="{y}" x2="{right}" y2="{y}"/>')
        lines.append(f'<text x="{left - 8}" y="{y + 4}" text-anchor="end">{10**power:,}</text>')
    lines.append(f'<line class="axis" x1="{left}" y1="{bottom}" x2="{at(10**x1, 10**y0)[0]}" y2="{bottom}"/>')
    lines.append(f'<line class="axis" x1="{left}" y1="{at(10**x0, 10**y1)[1]}" x2="{left}" y2="{bottom}"/>')
    middle = (_TOP + HEIGHT - _BOTTOM) / 2
    lines.append(
        f'<text x="{(left + WIDTH - _RIGHT) / 2}" y="{HEIGHT - 12}" text-anchor="middle">{escape(across)}</text>'
    )
    lines.append(f'<text transform="translate(18 {middle}) rotate(-90)" text-anchor="middle">{escape(up)}</text>')
    for number, one in enumerate(series):
        places = [at(x, y) for x, y in one.points]
        lines.append(f'<polyline class="series{number}" points="{" ".join(f"{x},{y}" for x, y in places)}"/>')
        lines += [f'<circle class="series{number}" cx="{x}" cy="{y}" r="4"/>' for x, y in places]
        y = _TOP + 18 + 20 * number
        lines.append(f'<circle class="series{number}" cx="{_LEFT + 16}" cy="{y - 4}" r="4"/>')
        lines.append(f'<text x="{_LEFT + 28}" y="{y}">{escape(one.name)}</text>')
    return "\n".join([*lines, "</svg>"]) + "\n"


def _decades(values: Iterable[float]) -> tuple[int, int]:
    logs = [math.log10(each) for each in values]
    low, high = math.floor(min(logs)), math.ceil(max(logs))
    return low, max(high, low + 1)
