"""The steps of ``make package``. Called by ``__main__``, and by the tests that look into what was built.

serverless.yml names two zips, build/functions.zip and build/dependencies.zip. They are made first, byte for byte the
same from the same sources; then osls writes the template that refers to them to build/package.
"""

from __future__ import annotations

import shutil
import tempfile
import time
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

from infra.packaging.archive import write_zip
from infra.packaging.bytecode import compile_all, interpreter
from infra.packaging.requirements import runtime_requirements
from infra.packaging.sdk_data import services, slim
from infra.packaging.serverless import osls
from infra.packaging.wheels import HERE, LAMBDA, Target, Wheels

RUNTIME = "3.13"
#: What a function is made of: code, and the data that it reads beside it.
PARTS = ("tasks", "shared")
KINDS = {".py", ".json"}

Say = Callable[[str], None]


@dataclass(frozen=True)
class Package:
    """What was built. Hashes are SHA-256 in hex; ``has_bytecode``: whether both zips hold the runtime's."""

    functions: Path
    functions_hash: str
    dependencies: Path
    dependencies_hash: str
    template: Path
    has_bytecode: bool


def download(root: Path, say: Say, targets: Sequence[Target] = (LAMBDA, HERE)) -> None:
    """Have all wheels under build/wheels. The only step that needs a network. PackagingError if it fails."""
    requirements = runtime_requirements(root)
    for target in targets:
        wheels = Wheels(root / "build/wheels", requirements, target)
        if wheels.found() is None:
            say(f"downloading {len(requirements)} wheels for {target.name}: once, a few seconds (needs the network)")
            wheels.download()


def has_wheels(root: Path) -> bool:
    """Whether a build needs no network."""
    requirements = runtime_requirements(root)
    return all(Wheels(root / "build/wheels", requirements, each).found() is not None for each in (LAMBDA, HERE))


def build(root: Path, say: Say, options: Sequence[str] = (), settings: Mapping[str, str] | None = None) -> Package:
    """Build everything. ``options`` are osls's own: --stage, --region; ``settings`` the stage's, for the template.
    PackagingError says what is in the way."""
    python = interpreter(RUNTIME)
    functions, dependencies, package = (
        root / "build" / name for name in ("functions.zip", "dependencies.zip", "package")
    )
    functions_hash = _step(say, "functions.zip", lambda: pack_functions(root, functions, python))
    dependencies_hash = _step(say, "dependencies.zip", lambda: pack_layer(root, dependencies, python))
    shutil.rmtree(package, ignore_errors=True)
    _step(say, "the template (osls)", lambda: osls(root, ["package", "--package", "build/package", *options], settings))
    template = package / "cloudformation-template-update-stack.json"
    return Package(functions, functions_hash, dependencies, dependencies_hash, template, python is not None)


def pack_functions(root: Path, file: Path, python: str | None) -> str:
    """tasks/ and shared/, with bytecode if there is a Python to write it. The zip's hash."""
    with tempfile.TemporaryDirectory() as place:
        folder = Path(place)
        for path in sorted(path for part in PARTS for path in (root / part).rglob("*")):
            if path.is_file() and path.suffix in KINDS:
                copy = folder / path.relative_to(root)
                copy.parent.mkdir(parents=True, exist_ok=True)
                shutil.copyfile(path, copy)
        if python is not None:
            compile_all(python, folder, PARTS, "/var/task")
        file.parent.mkdir(parents=True, exist_ok=True)
        return write_zip(file, folder)


def pack_layer(root: Path, file: Path, python: str | None, target: Target = LAMBDA) -> str:
    """boto3, Powertools, pydantic and what they need, as requirements.lock pins them. The zip's hash."""
    with tempfile.TemporaryDirectory() as place:
        folder = Path(place)
        unpack_layer(root, folder, target)
        if python is not None:
            compile_all(python, folder, ("",), "/opt/python")
        file.parent.mkdir(parents=True, exist_ok=True)
        return write_zip(file, folder, "python/")


def unpack_layer(root: Path, folder: Path, target: Target) -> None:
    """What the layer holds for a target, without bytecode, to an empty ``folder``."""
    Wheels(root / "build/wheels", runtime_requirements(root), target).unpack(folder)
    slim(folder, services(root))


def _step(say: Say, name: str, work: Callable[[], str]) -> str:
    started = time.monotonic()
    result = work()
    say(f"{name}, in {time.monotonic() - started:.1f} s")
    return result
