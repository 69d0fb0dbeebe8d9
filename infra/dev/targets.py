"""What each target runs, inside the environment. Called by ``python3 -m infra.dev <target>``, which make calls too."""

from __future__ import annotations

import os
import subprocess
import sys
import time
from dataclasses import dataclass
from pathlib import Path

from infra.dev.environment import CannotSetUp, Environment
from infra.dev.libraries import Libraries

ROOT = Path(__file__).resolve().parents[2]
CODE = ("tasks", "shared", "infra", "console")

USAGE = """\
usage: python3 -m infra.dev <target>        (or: make <target>)

  demo       a session goes on air and comes off again, here, and leaves nothing behind   (under a minute)
             --keep leaves the stage running, to look at on its page
  up         the local stage, until Ctrl-C; options of `onair up` may follow
  check      format, lint, types, import rules, unit and quick contract tests             (under a minute)
  test       the same, and every other test                                               (under ten minutes)
  test-slow  hundreds of random days, every fault by itself, a hundred sessions at once       (an hour or more)
  test-faults  every call, event and function broken in turn, and nothing left behind     (20 minutes)
  test-faults-pairs  two faults at once, too; --minutes, --seed                           (hours)
  soak       simulated shows at high speed, with random faults; --minutes, --seed         (an hour)
  bench      what control costs and how long it takes, into docs/benchmarks.md; --part        (40 minutes)
  smoke-aws  one short session on a real account, after a yes: it costs money; --dry-run, --rehearse, --stage  (an hour)
  openapi    docs/reference/openapi.json, written anew from the code
  screenshots  docs/images, the pictures of the page, taken anew; needs Chromium
  package    what is deployed, built offline and without an account; --twice, --stage, --region    (20 seconds)
  deploy     a stage in an AWS account, made or brought up to date; --stage, --profile       (ten minutes)
  destroy    a stage taken away, and a look whether anything is left; --stage, --end-all
  permissions  infra/aws/roles/, written anew from what the functions are heard to call    (ten minutes)
  onair …    the command line: onair session create, watch, end …

Each sets up .venv by itself when it has to.
"""


@dataclass(frozen=True)
class Step:
    """One program of a gate, and what its success means in plain words."""

    name: str
    command: list[str]


def main(arguments: list[str]) -> int:
    """Run one target; the exit code is its own, or 2 for a target that isn't one, 3 when set-up is impossible."""
    target, *rest = arguments or ["help"]
    if target not in {
        "demo",
        "up",
        "check",
        "test",
        "test-slow",
        "test-faults",
        "test-faults-pairs",
        "soak",
        "bench",
        "smoke-aws",
        "openapi",
        "screenshots",
        "package",
        "deploy",
        "destroy",
        "permissions",
        "onair",
    }:
        print(USAGE, end="", file=sys.stdout if target in {"help", "-h", "--help"} else sys.stderr)
        return 0 if target in {"help", "-h", "--help"} else 2

    def say(message: str) -> None:
        print(f"onair: {message}", file=sys.stderr, flush=True)

    environment = Environment(ROOT, say)
    try:
        environment.ensure()
        tools = target in {"check", "test", "package", "deploy"}
        has_page = _wants_page(target, rest) and Libraries(ROOT, say).ensure(tools)
    except CannotSetUp as trouble:
        print(f"onair: {trouble}", file=sys.stderr)
        return 3
    except KeyboardInterrupt:
        print("\nonair: interrupted while setting up; the next command starts it afresh", file=sys.stderr)
        return 130
    if target == "test" and has_page:
        # What the tests of the package need the network for. They say so and are skipped where it did not come.
        subprocess.run([str(environment.python), "-m", "infra.packaging", "--download"], cwd=ROOT, env=_surroundings())
    if target in {"check", "test"}:
        page = _page_linters() if has_page else []
        return _gate(target, [*_linters(environment), *page, _tests(environment, target, rest)])
    if target == "test-slow":
        os.environ.setdefault("ONAIR_EXAMPLES", "300")
        return _gate(target, [_slow_tests(environment, rest)])
    if target in {"test-faults", "test-faults-pairs"}:
        pairs = ["--pairs"] if target == "test-faults-pairs" else []
        return _become([str(environment.python), "-m", "tests.faults.matrix", "--report", *pairs, *rest])
    if target == "soak":
        return _become([str(environment.python), "-m", "tests.soak", *rest])
    if target == "bench":
        return _become([str(environment.python), "-m", "tests.bench", *rest])
    if target == "smoke-aws":
        return _become([str(environment.python), "-m", "tests.smoke_aws", *rest])
    if target == "openapi":
        return _become([str(environment.python), "-m", "infra.local.write_openapi"])
    if target == "screenshots":
        return _become([str(environment.python), "-m", "tests.browser.screenshots"])
    if target == "package":
        return _become([str(environment.python), "-m", "infra.packaging", *rest])
    if target in {"deploy", "destroy"}:
        return _become([str(environment.python), "-m", "infra.deployment", target, *rest])
    if target == "permissions":
        return _become([str(environment.python), "-m", "tests.permissions", *rest])
    command = rest if target == "onair" else [target, *rest]
    return _become([str(environment.python), "-m", "console", *command])


def _wants_page(target: str, rest: list[str]) -> bool:
    """Whether it shows the page, tests it or packages; who lists sessions need not hear that there is no Node.js."""
    if target == "onair":
        target = rest[0] if rest else ""
    return target in {"demo", "up", "check", "test", "screenshots", "package", "deploy"}


def _linters(environment: Environment) -> list[Step]:
    python = str(environment.python)
    return [
        Step("format", [python, "-m", "ruff", "format", "--check", "--quiet", "."]),
        Step("lint", [python, "-m", "ruff", "check", "--quiet", "."]),
        Step("types", [python, "-m", "mypy", "--strict", "--no-error-summary", *CODE]),
        Step("imports", [environment.program("lint-imports"), "--no-logo"]),
    ]


def _page_linters() -> list[Step]:
    programs = ROOT / "node_modules"
    return [
        Step(
            "the page's format",
            ["node", str(programs / "prettier/bin/prettier.cjs"), "--check", "--log-level", "warn", "console/web"],
        ),
        Step("the page's types", ["node", str(programs / "typescript/bin/tsc"), "-p", "."]),
    ]


def _tests(environment: Environment, target: str, rest: list[str]) -> Step:
    pytest = [str(environment.python), "-m", "pytest", "-q", "--dist", "loadscope"]
    if target == "test":
        # Three on two cores: browsers and stages at a speed of their own leave one of them waiting most of the time.
        return Step("all tests", [*pytest, "-n", "3", "tests", *rest])
    quick = ["-n", "2", "-m", "not slow", "tests/unit", "tests/contract"]
    return Step("unit and quick contract tests", [*pytest, *quick, *rest])


def _slow_tests(environment: Environment, rest: list[str]) -> Step:
    pytest = [str(environment.python), "-m", "pytest", "-q", "-n", "2", "--dist", "loadscope"]
    where = ["faults", "bench", "smoke_aws", "workflow/test_finalizing.py", "e2e/test_first_hour.py"]
    where = [f"tests/{one}" for one in where]
    return Step("random days, every fault, a hundred sessions", [*pytest, *where, *rest])


def _gate(target: str, steps: list[Step]) -> int:
    """Run every step, also after one has failed: who repairs wants to see all of it. Then say what passed."""
    begun = time.monotonic()
    lines, failed = [], []
    for step in steps:
        print(f"-- {step.name}", flush=True)
        started = time.monotonic()
        try:
            passed = subprocess.run(step.command, cwd=ROOT, env=_surroundings()).returncode == 0
        except KeyboardInterrupt:
            print(f"\nonair: interrupted during {step.name}", file=sys.stderr)
            return 130
        lines.append(f"  {'passed' if passed else 'FAILED'}  {step.name}  ({time.monotonic() - started:.1f} s)")
        if not passed:
            failed.append(step.name)
    print(f"\n{target}, in {time.monotonic() - begun:.0f} s:", *lines, sep="\n")
    print(f"{target}: {'passed' if not failed else 'FAILED: ' + ', '.join(failed)}", flush=True)
    return 1 if failed else 0


def _become(command: list[str]) -> int:
    """Hand this process over, so that signals and the exit code are the command's own.

    Windows can't replace a process (the shell would come back at once), so there this one waits.
    """
    sys.stdout.flush()
    sys.stderr.flush()
    if os.name != "nt":
        os.execve(command[0], command, _surroundings())
    with subprocess.Popen(command, env=_surroundings()) as child:
        while True:
            try:
                return child.wait()
            except KeyboardInterrupt:  # Ctrl-C reaches the child by itself
                continue


def _surroundings() -> dict[str, str]:
    """This clone first on Python's path, so that ``onair`` works from any folder."""
    path = [str(ROOT), *filter(None, [os.environ.get("PYTHONPATH")])]
    return {**os.environ, "PYTHONPATH": os.pathsep.join(path)}
