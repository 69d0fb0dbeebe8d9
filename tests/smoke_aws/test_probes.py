"""Each probe sees which alternative holds: the simulator is set to it, and the probe says so. And leaves nothing."""

from __future__ import annotations

from pathlib import Path
from typing import Any, Literal, get_args, get_origin

import pytest

from infra.local.simulator import Alternatives
from infra.local.stage import Stage
from tests.smoke_aws import picture, rehearsal
from tests.smoke_aws.options import ROWS
from tests.smoke_aws.probes import SCENES
from tests.smoke_aws.probes.finding import Finding, Scene
from tests.smoke_aws.run import Run, new_id
from tests.smoke_aws.smoke import Smoke

#: What is neither of the two is settled as well: a lag, in seconds, and a text.
LAG, TEXT = 4.0, "Input is in use"
#: Rows that can only be settled where something fails, and what fails.
FAILING = {"failed_create_event": "create", "failed_start_event": "start"}


def choices(name: str) -> list[Any]:
    """Every alternative of a row, the default first."""
    field = Alternatives.model_fields[name]
    if get_origin(field.annotation) is Literal:
        return sorted(get_args(field.annotation), key=lambda choice: choice != field.default)
    return [field.default, TEXT if isinstance(field.default, str) else LAG]


def scene_of(name: str) -> Scene:
    return next(scene for scene in SCENES if name in scene.settles)


def played(stage: Stage, folder: Path, scenes: tuple[Scene, ...], **chosen: Any) -> dict[str, Finding]:
    """What the scenes find where the simulator does as ``chosen``; nothing may be left of them."""
    settings = stage.simulator.settings
    settings.alternatives = Alternatives(**{**settings.alternatives.model_dump(), **chosen})
    account = rehearsal.account(stage)
    run = Run(account, new_id(account.time()), folder, account.time() + 7200, lambda said: None)
    outcome = Smoke(run, rehearsal.deployed(stage), False, scenes, folder / "events").go()
    assert (outcome.broke, outcome.left) == ("", []) and outcome.ok
    assert stage.simulator.inventory() == []
    return {finding.name: finding for finding in outcome.findings}


def agrees(finding: Finding, value: Any) -> bool:
    if isinstance(value, float) and isinstance(finding.value, float):
        return value <= finding.value <= value + 1
    return bool(finding.value == value)


@pytest.fixture(autouse=True)
def small_picture(monkeypatch: pytest.MonkeyPatch) -> None:
    """The simulator plays no file; to encode one takes a second."""
    monkeypatch.setattr(picture, "encoded", lambda: b"a picture")


@pytest.mark.enumerated
@pytest.mark.parametrize(("name", "value"), [(name, value) for name in ROWS for value in choices(name)[1:]])
def test_a_probe_says_what_the_simulator_was_set_to(stage: Stage, tmp_path: Path, name: str, value: Any) -> None:
    scenes: tuple[Scene, ...] = (scene_of(name),)
    if name in FAILING:
        stage.simulator.fail_channel("*-fails-*", on=FAILING[name])
        scenes = (scene_of("flow_update"), *scenes)  # silence says something only where something else is heard
    found = played(stage, tmp_path, scenes, **{name: value})[name]
    assert agrees(found, value), found
    assert found.verdict == "other"


#: Alternatives that get into each other's way, or in the way of others, when all are turned at once.
ALONE = {"unmodelled_required", "created_input_state", "describe_lag", "list_lag"}


def test_all_cheap_rows_turned_at_once_are_all_seen(stage: Stage, tmp_path: Path) -> None:
    scenes = tuple(scene for scene in SCENES if len(scene.runs) < 2)
    chosen = {name: choices(name)[1] for scene in scenes for name in scene.settles if name not in ALONE}
    stage.simulator.fail_channel("*-fails-1", on="create")
    stage.simulator.fail_channel("*-fails-2", on="start")
    found = played(stage, tmp_path, scenes, **chosen)
    assert {name: found[name].value for name in chosen} == chosen
