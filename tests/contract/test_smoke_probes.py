"""``make smoke-aws`` against what it is to settle, to take away, and to tell: rows, kinds, prices, options."""

from __future__ import annotations

import re
from decimal import Decimal
from pathlib import Path

import pytest

from infra.local.simulator import Alternatives
from tests.contract.asl import ROOT
from tests.smoke_aws.kinds import KINDS
from tests.smoke_aws.options import FAILED, INTERRUPTED, NOT_RUN, OK, ROWS, parsed
from tests.smoke_aws.plan import SHOW, parts
from tests.smoke_aws.price import ALL_ELSE, STOPPING, price
from tests.smoke_aws.probes import SCENES
from tests.smoke_aws.report import _STEPS as STEPS
from tests.smoke_aws.run import began, is_id, new_id, run_of

PAGE = (ROOT / "docs/reference/smoke-aws.md").read_text(encoding="utf-8")


def test_every_row_that_is_not_established_has_one_probe() -> None:
    assert sorted(ROWS) == sorted(Alternatives.model_fields)


def test_whatever_a_run_makes_it_can_find_and_take_away() -> None:
    made = set()
    for path in sorted((ROOT / "tests/smoke_aws").rglob("*.py")):
        if not path.name.startswith("test_"):
            made |= set(re.findall(r'(?:run|self\.run)\.make\(\s*"([a-z_]+)"', path.read_text(encoding="utf-8")))
    assert made == {kind.name for kind in KINDS}


def test_nothing_is_made_but_by_a_run() -> None:
    """A create that is called in passing would be in no journal."""
    for path in sorted((ROOT / "tests/smoke_aws").rglob("*.py")):
        code = path.read_text(encoding="utf-8")
        calls = re.findall(r"\.(create_[a-z_]+|put_rule|put_object)\b", code)
        allowed = {"making.py", "catching.py", "show.py"}
        assert not calls or path.name in allowed or path.name.startswith("test_"), (path.name, calls)


@pytest.mark.parametrize("scene", SCENES, ids=lambda scene: scene.name)
def test_the_page_tells_of_every_scene(scene: object) -> None:
    assert f"| {scene.name} |" in PAGE  # type: ignore[attr-defined]
    assert set(scene.settles) <= set(re.findall(r"`([a-z0-9_]+)`", PAGE))  # type: ignore[attr-defined]


def test_the_page_tells_every_option_and_exit_code(capsys: pytest.CaptureFixture[str]) -> None:
    with pytest.raises(SystemExit):
        parsed(["--help"])
    options = set(re.findall(r"(--[a-z-]+)", capsys.readouterr().out)) - {"--help"}
    assert {option for option in options if f"`{option}" not in PAGE} == set()
    assert len({OK, FAILED, NOT_RUN, INTERRUPTED, 2, 3, 4}) == 7, "each says something of its own"
    assert all(f"| {code} |" in PAGE for code in (OK, FAILED, NOT_RUN, INTERRUPTED))


def test_the_page_tells_the_price_that_a_run_tells() -> None:
    total = price(parts(show=True), "us-east-1")
    assert f"{total.usual} USD" in PAGE and f"{total.at_most} USD" in PAGE


def test_the_price_is_what_its_parts_cost_until_their_time_is_up() -> None:
    every = parts(show=True)
    total = price(every, "us-east-1")
    each = [price([part], "us-east-1") for part in every]
    assert total.usual < total.at_most < Decimal(10)
    assert abs(sum(one.at_most - ALL_ELSE for one in each) + ALL_ELSE - total.at_most) < Decimal("0.01") * len(each)
    hours = Decimal(SHOW.minutes + STOPPING) / 60
    ivs, flow, channels = Decimal("2.00"), Decimal("0.16"), Decimal("0.0702") + 5 * Decimal("0.2124")
    host_and_flow_inputs = Decimal("0.1404") + Decimal("0.1764")
    assert price([SHOW], "us-east-1").at_most > hours * (ivs + flow + channels + host_and_flow_inputs)


def test_what_is_measured_of_a_session_is_made_of_what_the_simulator_times() -> None:
    code = (ROOT / "tests/smoke_aws/show.py").read_text(encoding="utf-8")
    assert STEPS.keys() <= {f"{which} session: {what}" for which in ("host", "flow") for what in _steps(code)}


def _steps(code: str) -> set[str]:
    return {"end to ended", *re.findall(r'"(?:host|flow) session: ([a-z ]+)"', code)}


def test_a_run_is_known_by_its_tag_or_by_its_name() -> None:
    run = new_id(1767268800.0)
    assert is_id(run) and began(run) == 1767268800.0
    assert run_of("anything", {"onair:smoke": run}) == run == run_of(f"onair-smoke-{run}-probe")
    assert run_of(f"buffer/onair-smoke-{run}-pictures/names_v.m3u8") == run
    for name, tags in [
        ("onair-dev-s-k3m9x7q2w5t8-ivs", {"onair:stage": "dev"}),
        ("onair-smoke-test", {}),
        ("", {"onair:smoke": "yes"}),
        (f"somebody-onair-smoke-{run}x", {}),
    ]:
        assert run_of(name, tags) is None, "what is not ours is never taken away"


def test_the_target_is_there() -> None:
    assert "smoke-aws:" in (ROOT / "Makefile").read_text(encoding="utf-8")
    assert Path(ROOT / "tests/smoke_aws/__main__.py").exists()
