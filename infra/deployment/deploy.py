"""The steps of ``make deploy``: package, upload, stack, page. Called by ``__main__``; each step is safe to repeat."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from pathlib import Path

from infra.deployment import door
from infra.deployment.account import Say, Stage
from infra.deployment.artifacts import (
    SETTINGS_KEY,
    addressed,
    bucket_exists,
    ensure_bucket,
    read_template,
    upload_template,
    upload_zips,
)
from infra.deployment.leftovers import in_the_way
from infra.deployment.page import page_files, publish
from infra.deployment.stack import Stack
from infra.deployment.troubles import Trouble
from infra.packaging.build import Package
from infra.stage_settings import check_nothing_forgotten, page_config


@dataclass(frozen=True)
class Deployed:
    """``changed``: whether CloudFormation had anything to do. ``page_changes``: how many of the page's files were
    written or removed. ``has_page``: whether people can sign in to the page."""

    api_url: str
    page_url: str
    changed: bool
    page_changes: int
    has_page: bool


def deploy(
    root: Path, stage: Stage, settings: Mapping[str, str], package: Callable[[], Package], stack: Stack, say: Say
) -> Deployed:
    """Bring a stage to what this folder says. ``package`` builds it. Raises Trouble."""
    seen = stack.settled()
    if seen.is_new:
        _check_room(stage)
    elif not seen.never_worked:
        for change in check_nothing_forgotten(stage.name, settings, stack.deployed_metadata(SETTINGS_KEY)):
            say(f"changes: {change}")
    built = package()
    ensure_bucket(stage, say)
    keys = upload_zips(stage, built, say)
    url = upload_template(stage, addressed(read_template(built.template), stage, keys, settings), say)
    takes_over = bucket_exists(stage, stage.bucket("media"))
    after, changed = stack.deploy(url, seen, takes_over=takes_over)
    if not changed:
        say("the stack: nothing to change")
    if opened := door.open_again(stage):
        say(f"a destruction had been begun and shut {' and '.join(opened)}; open again")
    outputs = after.outputs or {}
    config = page_config(settings, stage.region)
    files = page_files(root, config) if config is not None else {}
    page_changes = publish(stage, files, outputs["PageDistributionId"], say)
    return Deployed(outputs["HttpApiUrl"], outputs["PageUrl"], changed, page_changes, config is not None)


def _check_room(stage: Stage) -> None:
    found = in_the_way(stage)
    if found:
        listed = "\n".join(f"    {each}" for each in found[:10]) + ("\n    …" if len(found) > 10 else "")
        raise Trouble(
            f"There is no stack {stage.stack}, and this has names that it would give:\n{listed}",
            f"What is left of an earlier stage goes by: make destroy STAGE={stage.name}",
        )
