"""What is uploaded: the functions' zip, and the layer."""

from __future__ import annotations

import email
import re
import struct
import subprocess
import sys
import zipfile
from pathlib import Path
from typing import Any

import pytest
from packaging.requirements import Requirement
from packaging.tags import Tag, parse_tag

from infra.packaging.build import KINDS, PARTS, Package, pack_functions, pack_layer, runtime_requirements
from infra.packaging.bytecode import interpreter
from infra.packaging.sdk_data import services
from tests.package.running import ROOT, import_faults
from tests.package.template import handlers, of

#: ELF's number for 64-bit ARM (elf.h, EM_AARCH64).
AARCH64 = 183
LAYER_LIMIT = 250 * 1024 * 1024  # unpacked, with the function (Lambda quotas)
TARGET: dict[str, str] = {
    "python_version": "3.13",
    "python_full_version": "3.13.0",
    "implementation_name": "cpython",
    "platform_python_implementation": "CPython",
    "sys_platform": "linux",
    "os_name": "posix",
    "platform_system": "Linux",
    "platform_machine": "aarch64",
    "extra": "",
}


def sources(names: list[str]) -> list[str]:
    return [name for name in names if "/__pycache__/" not in name]


def test_a_functions_zip_holds_tasks_and_shared_and_all_of_them(built: Package) -> None:
    names = zipfile.ZipFile(built.functions).namelist()
    there = [path for part in PARTS for path in (ROOT / part).rglob("*") if path.suffix in KINDS and path.is_file()]
    assert sources(names) == sorted(path.relative_to(ROOT).as_posix() for path in there)
    assert {name.partition("/")[0] for name in names} == {"tasks", "shared"}


def test_nothing_lies_in_tasks_and_shared_that_would_be_left_out() -> None:
    files = [path for part in PARTS for path in (ROOT / part).rglob("*") if path.is_file()]
    assert {path.suffix for path in files if "__pycache__" not in path.parts} == KINDS


def test_what_is_packed_again_is_the_same(built: Package, tmp_path: Path) -> None:
    python = interpreter("3.13")
    assert pack_functions(ROOT, tmp_path / "functions.zip", python) == built.functions_hash
    assert pack_layer(ROOT, tmp_path / "dependencies.zip", python) == built.dependencies_hash


def test_every_file_may_be_read_and_tells_no_time(built: Package) -> None:
    for file in (built.functions, built.dependencies):
        for entry in zipfile.ZipFile(file).infolist():
            assert (entry.external_attr >> 16, entry.date_time) == (0o100644, (1980, 1, 1, 0, 0, 0)), entry


def test_there_is_bytecode_for_every_module_or_for_none(built: Package) -> None:
    for file in (built.functions, built.dependencies):
        names = zipfile.ZipFile(file).namelist()
        compiled = {name for name in names if name.endswith(".pyc")}
        wanted = {
            re.sub(r"([^/]+)\.py$", r"__pycache__/\1.cpython-313.pyc", each) for each in names if each[-3:] == ".py"
        }
        assert compiled == (wanted if built.has_bytecode else set())


# The layer


def distributions(built: Package) -> dict[str, tuple[Any, Any]]:
    """Name → (METADATA, WHEEL) of all that the layer holds."""
    archive = zipfile.ZipFile(built.dependencies)

    def read(name: str) -> Any:
        return email.message_from_bytes(archive.read(name))

    folders = {name.rpartition("/")[0] for name in archive.namelist() if name.endswith(".dist-info/METADATA")}
    found = {folder: (read(f"{folder}/METADATA"), read(f"{folder}/WHEEL")) for folder in sorted(folders)}
    return {canonical(metadata["Name"]): (metadata, wheel) for metadata, wheel in found.values()}


def canonical(name: str) -> str:
    return re.sub(r"[-_.]+", "-", name).lower()


def test_the_layer_holds_the_versions_of_the_lock(built: Package) -> None:
    held = {name: metadata["Version"] for name, (metadata, _) in distributions(built).items()}
    assert held == {each.name: each.version for each in runtime_requirements(ROOT)}
    assert {"boto3", "aws-lambda-powertools", "pydantic"} <= held.keys()


def test_the_layer_lacks_nothing_that_its_packages_need(built: Package) -> None:
    held = distributions(built)
    for name, (metadata, _) in held.items():
        for text in metadata.get_all("Requires-Dist", []):
            needed = Requirement(text)
            if needed.marker is None or needed.marker.evaluate(TARGET):
                assert canonical(needed.name) in held, f"{name} needs {text}"
                assert needed.specifier.contains(held[canonical(needed.name)][0]["Version"]), f"{name} needs {text}"


def test_the_layers_wheels_are_for_python_3_13_on_arm64(built: Package) -> None:
    for name, (_, wheel) in distributions(built).items():
        tags = {tag for text in wheel.get_all("Tag") for tag in parse_tag(text)}
        assert any(_runs_on_lambda(tag) for tag in tags), f"{name}: {sorted(map(str, tags))}"


def _runs_on_lambda(tag: Tag) -> bool:
    python = tag.interpreter in {"py3", "cp313"} or (tag.abi == "abi3" and tag.interpreter.startswith("cp3"))
    return python and (
        tag.platform == "any" or re.fullmatch(r"manylinux(2014|_2_\d+)_aarch64", tag.platform) is not None
    )


def test_every_compiled_module_of_the_layer_is_arm64s(built: Package) -> None:
    archive = zipfile.ZipFile(built.dependencies)
    binaries = [name for name in archive.namelist() if re.search(r"\.(so|pyd|dylib)(\.|$)", name)]
    assert any("pydantic_core" in name for name in binaries)
    for name in binaries:
        head = archive.read(name)[:20]
        assert head[:5] == b"\x7fELF\x02", name
        assert struct.unpack("<H", head[18:20]) == (AARCH64,), name
        assert "cpython-313-aarch64" in name or ".abi3." in name, name


def test_a_function_and_its_layer_are_no_larger_than_lambda_takes(built: Package) -> None:
    entries = [each for file in (built.functions, built.dependencies) for each in zipfile.ZipFile(file).infolist()]
    assert sum(each.file_size for each in entries) < LAYER_LIMIT


def test_every_function_has_the_layer_and_its_runtime(template: dict[str, Any]) -> None:
    ((layer, held),) = of(template, "Lambda::LayerVersion")
    assert (held["CompatibleRuntimes"], held["CompatibleArchitectures"]) == (["python3.13"], ["arm64"])
    for name, function in of(template, "Lambda::Function"):
        assert function["Layers"] == [{"Ref": layer}], name
        assert (function["Runtime"], function["Architectures"]) == ("python3.13", ["arm64"]), name


# Handlers


def test_every_handler_is_imported_from_the_zip_and_the_layer_alone(
    template: dict[str, Any], unpacked: tuple[Path, Path]
) -> None:
    assert len(handlers(template)) > 50
    assert import_faults(handlers(template), *unpacked) == []


@pytest.mark.parametrize(
    ("spoilt", "told"),
    [
        ("tasks.provision.plan_session.handle", "plan_session has no function handle"),
        ("tasks.provision.plan_sessions.handler", "No module named 'tasks.provision.plan_sessions'"),
    ],
)
def test_a_handler_that_does_not_exist_is_told(unpacked: tuple[Path, Path], spoilt: str, told: str) -> None:
    (fault,) = import_faults([spoilt], *unpacked)
    assert told in fault


def test_a_module_that_the_layer_lacks_is_told(unpacked: tuple[Path, Path], tmp_path: Path) -> None:
    functions, layer = unpacked
    for path in layer.iterdir():
        if not path.name.startswith("annotated_types"):
            (tmp_path / path.name).symlink_to(path)
    (fault, *_) = import_faults(["tasks.provision.plan_session.handler"], functions, tmp_path)
    assert "annotated_types" in fault


def test_the_layer_describes_the_services_that_functions_call_and_no_others(
    built: Package, unpacked: tuple[Path, Path]
) -> None:
    wanted = services(ROOT)
    assert {"dynamodb", "medialive", "s3"} <= wanted
    names = [name for name in zipfile.ZipFile(built.dependencies).namelist() if "/botocore/data/" in name]
    assert {name.split("/")[3] for name in names if name.count("/") > 3} == wanted
    ran = subprocess.run(
        [sys.executable, "-I", "-S", "-B", "-c", MAKING, str(unpacked[1]), *sorted(wanted)],
        capture_output=True,
        text=True,
        env=dict.fromkeys(("AWS_ACCESS_KEY_ID", "AWS_SECRET_ACCESS_KEY"), "example-not-real")
        | {"AWS_DEFAULT_REGION": "eu-west-1"},
    )
    assert ran.returncode == 0, ran.stderr[-2000:]


#: Whatever botocore asks of a service when a client is made: its description, its endpoints, its pages.
MAKING = """
import sys
sys.path.insert(0, sys.argv[1])
from botocore.session import Session
session = Session()
for service in sys.argv[2:]:
    client = session.create_client(service)
    assert client.meta.endpoint_url.startswith("https://"), service
    session.get_paginator_model(service)
assert "eu-west-1" in session.get_available_regions("ivs") and "eu-west-2" not in session.get_available_regions("ivs")
from aws_lambda_powertools import Tracer
Tracer(service="example", auto_patch=False).provider.get_trace_entity
for bucket in ("example", "example.with.dots"):
    assert session.create_client("s3").generate_presigned_url("get_object", {"Bucket": bucket, "Key": "k"})
"""
