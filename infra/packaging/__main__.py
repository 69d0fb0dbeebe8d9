"""``python3 -m infra.dev package``: build what is deployed, offline once the downloads are there, without credentials.

``--twice`` builds again and compares, byte for byte. ``--download`` only brings what a build needs.
"""

from __future__ import annotations

import argparse
import sys
from pathlib import Path

from infra.packaging.build import Package, build, download
from infra.packaging.requirements import PackagingError
from infra.stage_settings import SettingsError, for_template, read_settings

ROOT = Path(__file__).resolve().parents[2]


def main() -> int:
    """The exit code: 1 if two builds differ, 2 for settings that can't be, 3 if the package can't be built here."""
    parser = argparse.ArgumentParser(prog="python3 -m infra.dev package", description="Build what is deployed.")
    parser.add_argument("--stage", default="dev", help="the stage that the template is for (dev)")
    parser.add_argument("--region", help="the region that it is for (the stage's ONAIR_REGION, or eu-west-1)")
    parser.add_argument("--twice", action="store_true", help="build twice, and compare the zips byte for byte")
    parser.add_argument("--download", action="store_true", help="only download the layer's wheels")
    options = parser.parse_args()
    try:
        download(ROOT, _say)
        if options.download:
            return 0
        settings = read_settings(ROOT, options.stage)
        chosen = ["--stage", options.stage, "--region", options.region or settings.get("ONAIR_REGION") or "eu-west-1"]
        first = build(ROOT, _say, chosen, for_template(settings))
        second = build(ROOT, _say, chosen, for_template(settings)) if options.twice else None
    except PackagingError as trouble:
        print(f"onair: {trouble}", file=sys.stderr)
        return 3
    except SettingsError as trouble:
        print(f"onair: {trouble.what}\n       {trouble.remedy}", file=sys.stderr)
        return 2
    _tell(first)
    if second is None:
        return 0
    same = (first.functions_hash, first.dependencies_hash) == (second.functions_hash, second.dependencies_hash)
    print(f"built twice: {'byte for byte the same' if same else 'the zips DIFFER'}")
    return 0 if same else 1


def _say(message: str) -> None:
    print(f"onair: {message}", file=sys.stderr, flush=True)


def _tell(package: Package) -> None:
    for file, said in ((package.functions, package.functions_hash), (package.dependencies, package.dependencies_hash)):
        print(f"{file.relative_to(ROOT).as_posix()}  {file.stat().st_size / 1e6:.1f} MB  sha256 {said}")
    print(f"{package.template.relative_to(ROOT).as_posix()}  {package.template.stat().st_size / 1e6:.1f} MB")
    if not package.has_bytecode:
        print(
            "without bytecode, so that a cold start compiles what it imports: there is no Python 3.13 here\n"
            "(install one, or name it: ONAIR_PACKAGE_PYTHON=/path/to/python3.13)"
        )


if __name__ == "__main__":
    sys.exit(main())
