"""No stream key, and no name of an encoder's endpoint, reaches the page's memory or the network unasked.

Looked for in all that the browser sends and is sent (headers and bodies, as its network sees them), and in a snapshot
of the page's whole heap. What must be found in both is looked for, too, so that a look which sees nothing is noticed.
"""

from __future__ import annotations

from collections.abc import Callable

from playwright.sync_api import CDPSession, Error, Page, expect

from infra.local.stage import Stage
from tests.browser.shows import FLOW, HOST, Shows
from tests.browser.viewer import Viewer

KEY = "example-youtube-key-not-real"
TABS = ("", "/resources", "/executions", "/trail")


class Network:
    """All that passes between a page and the network, as text."""

    def __init__(self, session: CDPSession) -> None:
        self._session = session
        self._ids: list[str] = []
        self.text = ""
        session.on("Network.requestWillBeSent", self._note)
        session.on("Network.requestWillBeSentExtraInfo", self._note)
        session.on("Network.responseReceived", self._note)
        session.on("Network.loadingFinished", lambda event: self._ids.append(event["requestId"]))
        session.send("Network.enable", {"maxPostDataSize": 1_000_000})

    def all(self) -> str:
        for request in self._ids:
            try:
                self.text += str(self._session.send("Network.getResponseBody", {"requestId": request})["body"])
            except Error:  # an answer without a body
                continue
        self._ids.clear()
        return self.text

    def _note(self, event: object) -> None:
        self.text += str(event)


def heap(session: CDPSession) -> str:
    """The page's heap, collected before: every string that is alive is written out in it."""
    chunks: list[str] = []
    session.on("HeapProfiler.addHeapSnapshotChunk", lambda event: chunks.append(event["chunk"]))
    session.send("HeapProfiler.enable")
    session.send("HeapProfiler.collectGarbage")
    session.send("HeapProfiler.takeHeapSnapshot", {"reportProgress": False})
    session.send("HeapProfiler.disable")
    return "".join(chunks)


def look_at_all_tabs(viewer: Viewer, session_id: str, seen: str) -> Page:
    for tab in TABS:
        page = viewer.open(f"/sessions/{session_id}{tab}")
        expect(page.get_by_role("main")).to_contain_text(seen)
        page.wait_for_load_state("networkidle")
    return viewer.open(f"/sessions/{session_id}")


def test_a_stream_key(viewers: Callable[..., Viewer], stage: Stage, shows: Shows) -> None:
    spec = {**FLOW, "name": "A name that is found", "destinations": FLOW["destinations"][:1]}
    assert spec["destinations"][0]["stream_key"] == KEY
    session = shows.ask(spec)
    shows.until_status(session["session_id"], "live")
    viewer = viewers("host")
    viewer.open()
    devtools = viewer.context.new_cdp_session(viewer.page)
    network = Network(devtools)
    viewer.page.reload()
    look_at_all_tabs(viewer, session["session_id"], "A name that is found")
    memory, sent = heap(devtools), network.all()
    assert "A name that is found" in memory and "A name that is found" in sent
    assert KEY not in memory and KEY not in sent


def test_where_the_encoder_pushes_to(viewers: Callable[..., Viewer], stage: Stage, shows: Shows) -> None:
    session = shows.ask(HOST)
    shows.until(session["session_id"], lambda one: one["ingest_endpoints"])
    answer = stage.request("GET", f"/sessions/{session['session_id']}/ingest-endpoints", token=stage.token_for("host"))[
        2
    ]
    [endpoint] = answer["ingest_endpoints"]
    name, application = endpoint["stream_name"], endpoint["url"].rpartition("/")[2]
    viewer = viewers("host")
    viewer.open()
    devtools = viewer.context.new_cdp_session(viewer.page)
    network = Network(devtools)
    viewer.page.reload()
    page = look_at_all_tabs(viewer, session["session_id"], HOST["name"])
    memory, sent = heap(devtools), network.all()
    for secret in (name, application):
        assert secret not in memory and secret not in sent
    viewer.press("Show")
    expect(page.locator("#endpoint-name-0")).to_have_text(name)
    assert name in heap(devtools) and name in network.all()
    viewer.press("Hide")
    expect(page.locator("#endpoint-name-0")).to_have_count(0)
    memory = heap(devtools)
    assert name not in memory and application not in memory


def test_a_key_that_was_typed_leaves_the_page_with_the_request(viewers: Callable[..., Viewer], stage: Stage) -> None:
    viewer = viewers("host")
    page = viewer.open("/new")
    devtools = viewer.context.new_cdp_session(page)
    page.get_by_role("textbox", name="Name", exact=True).fill("Typed")
    page.get_by_role("textbox", name="Networks").fill("198.51.100.0/24")
    page.get_by_label("Platform").select_option("youtube")
    page.get_by_label("Stream key").fill("example-typed-key-not-real")
    page.get_by_label("Make the channel now").uncheck()
    viewer.press("Create the session")
    expect(page.get_by_role("heading", name="Typed")).to_be_visible()
    memory = heap(devtools)
    assert "Typed" in memory and "example-typed-key-not-real" not in memory
    assert page.evaluate("JSON.stringify([{...sessionStorage}, {...localStorage}])").find("example-typed") < 0
