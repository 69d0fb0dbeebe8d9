"""Runs osls, the program that turns serverless.yml into a CloudFormation template. Used by ``build`` and the tests.

It is given no credentials and no way to AWS. What the caller's environment says of either is taken away, so that a
package is the same whoever is signed in.
"""

from __future__ import annotations

import os
import shutil
import subprocess
from collections.abc import Mapping, Sequence
from pathlib import Path

from infra.packaging.no_stack import no_stack
from infra.packaging.requirements import PackagingError


def osls(root: Path, arguments: Sequence[str], settings: Mapping[str, str] | None = None) -> str:
    """What osls prints. PackagingError, with its own words, if it refuses or is not there.

    ``settings``: what ``${env:…}`` of serverless.yml finds beside the caller's environment."""
    program, node = root / "node_modules/osls/bin/serverless.js", shutil.which("node")
    if node is None or not program.is_file():
        raise PackagingError("packaging needs Node.js (node, npm; https://nodejs.org), of version 20.19 or newer")
    with no_stack() as url:
        ran = subprocess.run(
            [node, str(program), *arguments],
            cwd=root,
            env={**_surroundings(url), **(settings or {})},
            stdin=subprocess.DEVNULL,
            capture_output=True,
            text=True,
        )
    if ran.returncode != 0:
        raise PackagingError(f"osls could not do it:\n{ran.stdout}{ran.stderr}")
    return ran.stdout


def _surroundings(cloudformation: str) -> dict[str, str]:
    kept = {name: value for name, value in os.environ.items() if not name.startswith(("AWS_", "SLS_", "SERVERLESS_"))}
    return {
        **kept,
        "AWS_ACCESS_KEY_ID": "example-key-id-not-real",
        "AWS_SECRET_ACCESS_KEY": "example-secret-not-real",
        "AWS_ENDPOINT_URL_CLOUDFORMATION": cloudformation,
        "AWS_CONFIG_FILE": os.devnull,
        "AWS_SHARED_CREDENTIALS_FILE": os.devnull,
        "AWS_EC2_METADATA_DISABLED": "true",
        "SLS_NOTIFICATIONS_MODE": "off",
    }
