"""``python -m tests.permissions``: listens to the workflow and fault tests, and writes what that needs.

Takes about ten minutes. With ``--heard FOLDER`` it takes what was heard before and only writes; with ``--roles`` it
writes the roles from the recording that is there, after a change of the table or of serverless.yml.
"""

from __future__ import annotations

import argparse
import json
import os
import subprocess
import sys
import tempfile
from pathlib import Path

from tests.permissions.recorder import FOLDER
from tests.permissions.recording import FILE, ROOT, read_recording, together, written
from tests.permissions.roles import FOLDER as ROLES
from tests.permissions.roles import role_files
from tests.permissions.template import read_template

#: What is run: what hardly ever happens, all of it; every workflow; every fault that `make test` scripts. Not the
#: matrix, whose trials are processes of their own.
RUNS = (
    ["tests/permissions"],
    ["tests/workflow", "tests/faults", "--ignore=tests/faults/test_matrix.py", "--ignore=tests/faults/test_soak.py"],
)


def main() -> int:
    parser = argparse.ArgumentParser(prog="make permissions", description=__doc__)
    parser.add_argument("--heard", type=Path, nargs="*", help="folders with what was heard before")
    parser.add_argument("--roles", action="store_true", help="write the roles anew, from the recording that is there")
    asked = parser.parse_args()
    template = read_template()
    if asked.roles:
        recording = {function: set(uses) for function, uses in read_recording().items()}
    else:
        folders = asked.heard or [_listened()]
        parts = [
            json.loads(file.read_text(encoding="utf-8")) for each in folders for file in sorted(each.glob("*.json"))
        ]
        recording = together(parts, {key: str(one["handler"]) for key, one in template.functions.items()})
        FILE.write_text(written(recording), encoding="utf-8")
        print(f"{FILE.relative_to(ROOT)}: {len(recording)} functions, {sum(map(len, recording.values()))} uses")
    (ROOT / ROLES).mkdir(exist_ok=True)
    for name, text in role_files(template, recording).items():
        (ROOT / ROLES / name).write_text(text, encoding="utf-8")
        print(f"{ROLES}/{name}")
    return 0


def _listened() -> Path:
    """The folder with what was heard now. Ends the program when a run fails: what it did is not what it should do."""
    folder = Path(tempfile.mkdtemp(prefix="onair-permissions-"))
    pytest = [
        sys.executable,
        "-m",
        "pytest",
        "-q",
        "-n",
        "2",
        "--dist",
        "loadscope",
        "-p",
        "tests.permissions.recorder",
    ]
    surroundings = {**os.environ, FOLDER: str(folder)}
    for run, more in zip(RUNS, ({"ONAIR_EXAMPLES": "1"}, {}), strict=True):  # with it, none of a kind is left out
        if subprocess.run([*pytest, *run], cwd=ROOT, env={**surroundings, **more}).returncode:
            sys.exit("permissions: the runs did not pass; nothing is written")
    return folder


if __name__ == "__main__":
    sys.exit(main())
