"""Runs what the tests of the package need a process for: cfn-lint, a deployment, asl-validator, imports."""

from __future__ import annotations

import json
import subprocess
import sys
import zipfile
from collections.abc import Iterable, Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from infra.packaging.build import Package, unpack_layer
from infra.packaging.wheels import HERE

ROOT = Path(__file__).resolve().parents[2]
Json = dict[str, Any]

#: Imports handlers as Lambda does: nothing is on the path but Python's own library, the function and the layer.
IMPORTING = """
import importlib, json, sys
places = sys.argv[1:3]
sys.path[:0] = places
for handler in json.load(sys.stdin):
    module, _, name = handler.rpartition(".")
    try:
        if not callable(getattr(importlib.import_module(module), name, None)):
            print(f"{handler}: {module} has no function {name}")
    except ImportError as error:
        print(f"{handler}: {error}")
own = (*places, sys.base_prefix, sys.base_exec_prefix)
for name, module in list(sys.modules.items()):
    file = getattr(module, "__file__", None)
    if file and not file.startswith(own):
        print(f"{name} comes from {file}")
"""


@contextmanager
def start_lint(template: Path) -> Iterator[subprocess.Popen[str]]:
    """cfn-lint on a template's file. It exits with 0 if there is nothing to say."""
    program = "import sys; from cfnlint.runner import main; sys.exit(main())"
    command = [sys.executable, "-c", program, "-r", "eu-west-1", "--", str(template)]
    with subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True, cwd=ROOT) as running:
        yield running


def deploy(built: Package) -> Json:
    """What a stack of the template has made: see ``deploying``."""
    command = [sys.executable, "-m", "tests.package.deploying", str(built.template.parent.parent)]
    ran = subprocess.run(command, cwd=ROOT, capture_output=True, text=True)
    assert ran.returncode == 0, ran.stderr[-3000:]
    made: Json = json.loads(ran.stdout)
    return made


def unpack_for_here(built: Package, folder: Path) -> tuple[Path, Path]:
    """(the functions' zip, unpacked; the layer's content, for this machine)."""
    functions, layer = folder / "functions", folder / "layer"
    with zipfile.ZipFile(built.functions) as archive:
        archive.extractall(functions)
    unpack_layer(ROOT, layer, HERE)
    return functions, layer


def import_faults(handlers: Iterable[str], functions: Path, layer: Path) -> list[str]:
    """What is wrong with handlers when they are imported from a function's folder and a layer's."""
    ran = subprocess.run(
        [sys.executable, "-I", "-S", "-B", "-c", IMPORTING, str(functions), str(layer)],
        input=json.dumps(list(handlers)),
        capture_output=True,
        text=True,
        env={"AWS_DEFAULT_REGION": "eu-west-1"},
    )
    assert ran.returncode == 0, ran.stderr[-3000:]
    return ran.stdout.splitlines()


def asl_validator_faults(definitions: Mapping[str, Json], folder: Path) -> str:
    """What asl-validator, an implementation of its own, says of state machines; nothing if all is well."""
    arguments = []
    for name, definition in definitions.items():
        (folder / f"{name}.json").write_text(json.dumps(definition))
        arguments += ["--json-path", str(folder / f"{name}.json")]
    program = ROOT / "node_modules/asl-validator/dist/bin/asl-validator.js"
    ran = subprocess.run(["node", str(program), *arguments], capture_output=True, text=True)
    return "" if ran.returncode == 0 else ran.stdout + ran.stderr
