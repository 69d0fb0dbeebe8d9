"""The page's files against what serves them: the local stage, serverless.yml's CloudFront, package.json."""

from __future__ import annotations

import json
import re
from fnmatch import fnmatchcase
from pathlib import Path
from typing import Any

import pytest

from infra.local.page import Page
from infra.page_files import FOLDER, LIBRARIES
from tests.contract.asl import ROOT
from tests.contract.handlers import service

WEB = ROOT / FOLDER
FILES = sorted(path for path in WEB.rglob("*") if path.is_file())
INSTALLED = (ROOT / "node_modules/lit-html").is_dir()
DEPENDENCIES = json.loads((ROOT / "package.json").read_text(encoding="utf-8"))["dependencies"]

needs_libraries = pytest.mark.skipif(not INSTALLED, reason="the page's libraries are not there (npm ci)")


def page() -> Page:
    page = Page(ROOT, service())
    page.endpoint_url = "http://127.0.0.1:1234"
    return page


def get(path: str, **headers: str) -> Any:
    return page().answer("GET", path, headers)


def test_the_stage_serves_every_file_of_the_page_and_the_first_by_its_folder() -> None:
    for file in FILES:
        assert get(f"/{file.relative_to(WEB)}").body == file.read_bytes()
    assert get("/").body == (WEB / "index.html").read_bytes()


@pytest.mark.parametrize(
    "path",
    [
        "/../../serverless.yml",
        "/..%2f..%2fserverless.yml",
        "/lib/../package.json",
        "/lib/lit-html/../../package.json",
        "/lib/lit-html/../.package-lock.json",
        "/lib/lit-html/../typescript/package.json",
        "/\0.js",
        f"/{'a' * 300}.js",
        f"/{'a/' * 3000}x.js",
        "/lib/typescript/package.json",
        "/lib/typescript/lib/typescript.js",
        "/lib/",
        "/views",
        "/views/",
        "//etc/hostname",
        "/nothing.js",
    ],
)
def test_it_serves_nothing_else(path: str) -> None:
    assert get(path) is None


def test_it_is_read_and_nothing_else() -> None:
    assert page().answer("HEAD", "/app.js", {}) is not None
    assert [page().answer(method, "/app.js", {}) for method in ("POST", "PUT", "DELETE", "OPTIONS")] == [None] * 4


def test_a_file_that_the_browser_has_already_is_not_sent_again() -> None:
    first = get("/app.js")
    again = get("/app.js", **{"if-none-match": first.headers["etag"]})
    assert (again.status, again.body) == (304, b"")
    assert again.headers["content-security-policy"] == first.headers["content-security-policy"]


def test_the_security_policy_lets_nothing_in_that_the_page_does_not_need() -> None:
    policy = dict(
        part.strip().partition(" ")[::2] for part in service().page_headers["content-security-policy"].split(";")
    )
    assert policy["default-src"] == "'none'"
    assert policy["script-src"] == policy["style-src"] == "'self'"
    assert {policy[each] for each in ("base-uri", "form-action", "frame-ancestors")} == {"'none'"}
    assert not [value for value in policy.values() if "unsafe" in value or "*" in value]
    [bucket] = [name for key, name in service().buckets.items() if key == "MediaBucket"]
    assert policy["connect-src"].split() == ["'self'", f"https://{bucket}.s3.eu-west-1.amazonaws.com"]


def test_the_stage_sends_the_deployed_headers_with_its_own_s3() -> None:
    sent = get("/").headers
    assert "connect-src 'self' http://127.0.0.1:1234 ;" in sent["content-security-policy"]
    assert sent["x-frame-options"] == "DENY" and sent["referrer-policy"] == "no-referrer"
    assert {name for name in service().page_headers if name not in sent} == set()


def test_cloudfront_takes_every_route_to_the_api_and_every_file_to_the_bucket() -> None:
    distribution = service().resources["PageDistribution"]["Properties"]["DistributionConfig"]
    patterns = [each["PathPattern"] for each in distribution["CacheBehaviors"]]
    assert {each["TargetOriginId"] for each in distribution["CacheBehaviors"]} == {"api"}

    def to_api(path: str) -> list[str]:
        return [pattern for pattern in patterns if fnmatchcase(path, pattern)]

    assert [route.key for route in service().routes if not to_api(route.path)] == []
    assert [file for file in FILES if to_api(f"/{file.relative_to(WEB)}")] == []
    assert not to_api("/") and not to_api(f"{LIBRARIES}lit-html/lit-html.js")
    routes = [route.path for route in service().routes]
    assert [pattern for pattern in patterns if not any(fnmatchcase(path, pattern) for path in routes)] == []


def imports(file: Path) -> set[str]:
    text = file.read_text(encoding="utf-8")
    return set(re.findall(r'''(?:^import (?:[^"]* from )?|^\} from |import\()"([^"]+)"''', text, re.MULTILINE))


@needs_libraries
@pytest.mark.parametrize("file", [file for file in FILES if file.suffix == ".js"], ids=lambda file: file.name)
def test_what_a_module_imports_is_there(file: Path) -> None:
    for name in imports(file):
        path = name if name.startswith("/") else f"/{(file.parent / name).resolve().relative_to(WEB.resolve())}"
        assert get(path) is not None, f"{file.name} imports {name}"


@needs_libraries
def test_what_the_first_screen_loads_is_asked_for_at_once() -> None:
    """Each module that the first screen reaches by static imports is preloaded, and no other."""
    markup = (WEB / "index.html").read_text(encoding="utf-8")
    preloaded = set(re.findall(r'rel="modulepreload" href="([^"]+)"', markup))
    needed, left = set(), ["/app.js", "/views/sessions.js"]
    while left:
        path = left.pop()
        needed.add(path)
        folder = ROOT / "node_modules" if path.startswith(LIBRARIES) else WEB
        file = folder / path.removeprefix(LIBRARIES).removeprefix("/")
        if not file.exists():
            continue
        text = file.read_text(encoding="utf-8")
        for name in re.findall(r"""(?:from|^import)\s*["']([^"']+)["']""", text, re.MULTILINE):
            whole = (
                name
                if name.startswith("/")
                else f"/{(WEB / path[1:]).parent.joinpath(name).resolve().relative_to(WEB.resolve())}"
            )
            if whole not in needed:
                left.append(whole)
    assert needed == preloaded


def test_the_libraries_are_pinned_and_say_not_where_they_come_from() -> None:
    lock = (ROOT / "package-lock.json").read_text(encoding="utf-8")
    assert '"resolved"' not in lock and "://" not in re.sub(r'"(url|funding)": .*', "", lock)
    assert all(re.fullmatch(r"\d+\.\d+\.\d+", version) for version in DEPENDENCIES.values())
    whole = json.loads(lock)["packages"]
    assert all(package.get("integrity", "").startswith("sha512-") for name, package in whole.items() if name)
