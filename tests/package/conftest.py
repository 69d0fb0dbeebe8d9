"""What ``make package`` makes, built once for all tests that look into it. They share one worker (``TOGETHER``).

Node.js and the downloads have to be there (``make test`` sees to it at set-up); where they are not, all of these tests
are skipped, and say so.
"""

from __future__ import annotations

import shutil
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from infra.dev.environment import held
from infra.packaging.build import Package as Built
from infra.packaging.build import build, has_wheels
from tests.package.running import ROOT, deploy, start_lint, unpack_for_here
from tests.package.template import read_template

Json = dict[str, Any]


@pytest.fixture(scope="session")
def built() -> Built:
    """The package of this clone's sources, stage dev."""
    if shutil.which("node") is None or not (ROOT / "node_modules/osls").is_dir():
        pytest.skip("the package is not checked here: that needs Node.js and npm's packages (make test sets them up)")
    if not has_wheels(ROOT):
        pytest.skip("the package is not checked here: the layer's wheels are missing (make package downloads them)")
    (ROOT / "build").mkdir(exist_ok=True)
    with held(ROOT / "build/.lock", lambda: None):
        return build(ROOT, lambda said: None)


@pytest.fixture(scope="session")
def template(built: Built) -> Json:
    """The template that was built. Copy it before you change it."""
    return read_template(built.template)


@pytest.fixture(scope="session")
def lint(built: Built) -> Iterator[Any]:
    """cfn-lint, begun early: it takes its time while other tests run."""
    with start_lint(built.template) as running:
        yield running


@pytest.fixture(scope="session")
def deployed(built: Built, lint: Any) -> Json:
    """What a CloudFormation makes of the template (``deploying``)."""
    return deploy(built)


@pytest.fixture(scope="session")
def unpacked(built: Built, tmp_path_factory: pytest.TempPathFactory) -> tuple[Path, Path]:
    """The functions' zip, unpacked, and a layer like the built one for this machine."""
    return unpack_for_here(built, tmp_path_factory.mktemp("unpacked"))
