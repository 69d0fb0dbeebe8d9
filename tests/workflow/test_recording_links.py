"""A recording as a page plays it: the playlist from the API, each segment by its link, from S3, across origins."""

from __future__ import annotations

import urllib.error
import urllib.request
from collections.abc import Iterator
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any

import av
import pytest

from shared.runtime.recording_links import GOOD_FOR
from tests.host_show import HostShow, ask_host
from tests.show import Shows

MOMENT = timedelta(seconds=10)


@pytest.fixture
def show(shows: Shows) -> Iterator[HostShow]:
    """A host session with a recording of half a minute, which goes on still."""
    show = ask_host(shows)
    show.start()
    show.until("live")
    show.record()
    show.passes(30)
    yield show


def below(show: HostShow, path: str, **query: str) -> tuple[int, Any]:
    mine = show.stage.token_for(show.look()["owner"])
    status, _, answer = show.stage.request("GET", f"/sessions/{show.id}/recordings/{path}", query=query, token=mine)
    return status, answer


def test_a_page_plays_a_recording(show: HostShow, tmp_path: Path) -> None:
    for path in ("r001/playlist", "r001/links"):
        status, problem = below(show, path)
        assert (status, problem["name"]) == (409, "RecordingNotReady"), problem
        status, problem = below(show, path.replace("r001", "r009"))
        assert (status, problem["name"]) == (404, "RecordingNotFound"), problem
    show.stop_recording()
    show.stage.settle()

    status, told = below(show, "r001/playlist")
    stored = show.recording(1)
    assert status == 200 and told["segments"] == stored["segments"]
    bucket, _, key = stored["playlist"].removeprefix("s3://").partition("/")
    assert told["playlist"] == show.stage.client("s3").get_object(Bucket=bucket, Key=key)["Body"].read().decode()

    now = show.stage.clock.now()
    answers = [below(show, "r001/links", first=first, count="7")[1] for first in ("0", "7", "14", "21")]
    assert all(abs(datetime.fromisoformat(one["expires_at"]) - now - GOOD_FOR) < MOMENT for one in answers)
    some = [answer["links"] for answer in answers]
    links = [link for page in some for link in page]
    assert [link["name"] for link in links] == [one for one in told["playlist"].splitlines() if one[0] != "#"]
    assert [len(page) for page in some] == [7, 7, len(links) - 14, 0]

    allowed = []
    for link in links:
        with fetched(link["url"], origin=show.stage.api_url) as answer:
            allowed.append(answer.headers["Access-Control-Allow-Origin"])
            (tmp_path / link["name"]).write_bytes(answer.read())
    assert set(allowed) <= {"*", show.stage.api_url}
    (tmp_path / "playlist.m3u8").write_text(told["playlist"], encoding="utf-8")
    with av.open(str(tmp_path / "playlist.m3u8")) as played:
        times = [frame.time for frame in played.decode(video=0) if frame.time is not None]
    assert times[-1] - times[0] == pytest.approx(stored["duration"], abs=0.5), "all of it, to the last frame"

    follows_only_links(show, links[0]["url"])


def follows_only_links(show: HostShow, link: str) -> None:
    """The page reads what it has a link to, and nothing else of the AWS endpoint; another page reads nothing."""
    own = show.stage.api_url
    preflight = {"Access-Control-Request-Method": "GET", "Access-Control-Request-Headers": "range"}
    with fetched(link, own, "OPTIONS", preflight) as answer:
        assert answer.status == 200 and answer.headers["Access-Control-Allow-Headers"] == "range"
        assert answer.headers["Access-Control-Allow-Methods"] == "GET"
    with fetched(link, own.replace("127.0.0.1", "localhost"), "HEAD") as answer:
        assert answer.status == 200
    with fetched(link, own, extra={"Range": "bytes=0-187"}) as answer:
        assert answer.status == 206 and len(answer.read()) == 188
    for refused in ((link, "https://attacker.example.com"), (link, own, "PUT"), (link.partition("?")[0], own)):
        with pytest.raises(urllib.error.HTTPError) as error:
            fetched(*refused)
        with error.value as told:
            assert told.status == 403 and b"ForeignOrigin" in told.read(), refused
            assert told.headers["Access-Control-Allow-Origin"] is None


def fetched(url: str, origin: str, method: str = "GET", extra: dict[str, str] | None = None) -> Any:
    """Over the stage's own port, as a browser asks."""
    request = urllib.request.Request(url, headers={"Origin": origin, **(extra or {})}, method=method)
    return urllib.request.urlopen(request, timeout=20)
