"""What is packaged is chosen by the lock, unpacked without traces of this machine, and packed the same each time."""

from __future__ import annotations

import hashlib
import os
import sys
import urllib.error
import urllib.request
import zipfile
from pathlib import Path

import pytest

from infra.packaging.archive import write_zip
from infra.packaging.bytecode import compile_all, interpreter
from infra.packaging.no_stack import no_stack
from infra.packaging.requirements import PackagingError, Requirement, read_lock, runtime_requirements
from infra.packaging.wheels import HERE, Wheels

LOCK = """\
first==1.0 \\
    --hash=sha256:{a} \\
    --hash=sha256:{b}
    # via onair (pyproject.toml)
second==2.0 \\
    --hash=sha256:{a}
    # via first
third==3.0 \\
    --hash=sha256:{a}
    # via
    #   elsewhere
    #   second
elsewhere==1.0 \\
    --hash=sha256:{a}
    # via onair (pyproject.toml)
windows==1.0 ; sys_platform == 'win32' \\
    --hash=sha256:{a}
    # via first
""".format(a="a" * 64, b="b" * 64)


def test_the_layer_holds_what_is_needed_at_run_time_and_what_that_needs(tmp_path: Path) -> None:
    (tmp_path / "requirements.lock").write_text(LOCK)
    (tmp_path / "pyproject.toml").write_text('[project]\ndependencies = ["first==1.0"]')
    assert [each.name for each in runtime_requirements(tmp_path)] == ["first", "second", "third"]


def test_a_dependency_that_the_lock_lacks_is_named(tmp_path: Path) -> None:
    (tmp_path / "requirements.lock").write_text(LOCK)
    (tmp_path / "pyproject.toml").write_text('[project]\ndependencies = ["first==1.0", "fourth==1.0"]')
    with pytest.raises(PackagingError, match=r"requirements\.lock lacks fourth"):
        runtime_requirements(tmp_path)


def test_a_requirement_is_what_pip_reads() -> None:
    first = read_lock(LOCK)["first"]
    assert first.line == f"first==1.0 --hash=sha256:{'a' * 64} --hash=sha256:{'b' * 64}"
    assert read_lock(LOCK)["third"].asked_by == {"elsewhere", "second"}


def test_a_wheel_is_unpacked_without_its_scripts(tmp_path: Path) -> None:
    wheels = one_wheel(tmp_path, "module.py", "x.data/purelib/pure.py", "x.data/scripts/run", "x.dist-info/METADATA")
    wheels.unpack(tmp_path / "out")
    found = sorted(path.relative_to(tmp_path / "out").as_posix() for path in (tmp_path / "out").rglob("*.*"))
    assert [name for name in found if "." in name.rpartition("/")[2]] == ["module.py", "pure.py", "x.dist-info"]
    assert (tmp_path / "out/x.dist-info/METADATA").is_file()


def test_a_wheel_that_the_lock_does_not_know_does_not_count(tmp_path: Path) -> None:
    wheels = one_wheel(tmp_path, "module.py")
    (tmp_path / f"{HERE.name}/a.whl").write_bytes(b"another")
    assert wheels.found() is None
    with pytest.raises(PackagingError, match="not here"):
        wheels.unpack(tmp_path / "out")


def one_wheel(folder: Path, *names: str) -> Wheels:
    (folder / HERE.name).mkdir()
    with zipfile.ZipFile(folder / f"{HERE.name}/a.whl", "w") as wheel:
        for name in names:
            wheel.writestr(name, "")
    known = hashlib.sha256((folder / f"{HERE.name}/a.whl").read_bytes()).hexdigest()
    return Wheels(folder, [Requirement("a", "1", frozenset({known, "0" * 64}), frozenset())], HERE)


def test_two_zips_of_the_same_files_are_the_same(tmp_path: Path) -> None:
    for name, files in (("one", ["b/x.py", "a.py"]), ("two", ["a.py", "b/x.py"])):
        for file in files:
            (tmp_path / name / file).parent.mkdir(parents=True, exist_ok=True)
            (tmp_path / name / file).write_text(file)
    os.utime(tmp_path / "two/a.py", (0, 0))
    (tmp_path / "two/a.py").chmod(0o600)
    first = write_zip(tmp_path / "one.zip", tmp_path / "one", "python/")
    assert write_zip(tmp_path / "two.zip", tmp_path / "two", "python/") == first
    assert zipfile.ZipFile(tmp_path / "one.zip").namelist() == ["python/a.py", "python/b/x.py"]
    (tmp_path / "two/a.py").write_text("changed")
    assert write_zip(tmp_path / "two.zip", tmp_path / "two", "python/") != first


def test_bytecode_is_used_whatever_time_its_source_has(tmp_path: Path) -> None:
    (tmp_path / "pack").mkdir()
    (tmp_path / "pack/module.py").write_text("x = 1\n")
    compile_all(sys.executable, tmp_path, ["pack"], "/var/task")
    (compiled,) = (tmp_path / "pack/__pycache__").iterdir()
    content = compiled.read_bytes()
    assert content[4:8] == bytes([1, 0, 0, 0])  # by hash, and not to be checked (PEP 552)
    assert b"/var/task/pack/module.py" in content and str(tmp_path).encode() not in content


def test_only_the_very_version_may_write_bytecode(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("ONAIR_PACKAGE_PYTHON", sys.executable)
    here = f"{sys.version_info.major}.{sys.version_info.minor}"
    assert interpreter(here) == sys.executable
    assert interpreter("3.4") is None
    monkeypatch.setenv("ONAIR_PACKAGE_PYTHON", str(tmp_path / "nowhere"))
    assert interpreter(here) is None


def test_the_stand_in_for_cloudformation_knows_no_stack() -> None:
    with no_stack() as url, pytest.raises(urllib.error.HTTPError, match="400") as refused:
        urllib.request.urlopen(url, data=b"Action=DescribeStacks")
    with refused.value as answer:
        assert b"Stack does not exist" in answer.read()
