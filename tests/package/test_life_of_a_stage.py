"""`make deploy` and `make destroy` on moto, with the built package: made, left alone, changed, kept, broken off, gone.

``deploying`` goes through it once; what its sessions do on their way out is in ``tests/workflow/test_destroying.py``.
"""

from __future__ import annotations

from typing import Any

import pytest

Json = dict[str, Any]
ACCOUNT_AND_REGION = "111122223333-eu-west-1"


@pytest.fixture
def life(deployed: Json) -> Json:
    told: Json = deployed["life"]
    return told


def test_a_deployment_tells_where_the_stage_is(life: Json) -> None:
    assert life["first"]["api_url"] == "https://example.execute-api.eu-west-1.amazonaws.com"
    assert life["first"]["page_url"] == "https://example.cloudfront.net"
    assert life["first"]["changed"]


def test_the_page_and_what_it_imports_are_there_with_their_types(life: Json) -> None:
    page = life["page"]
    assert page["index.html"] == "text/html; charset=utf-8"
    assert page["lib/lit-html/lit-html.js"] == "text/javascript; charset=utf-8"
    assert page["lib/hls.js/dist/hls.light.min.mjs"] == "text/javascript; charset=utf-8"
    assert page["config.json"] == "application/json"
    assert life["first"]["page_changes"] == len(page)


def test_what_is_the_same_is_neither_uploaded_nor_deployed_again(life: Json) -> None:
    assert life["again"]["said"] == ["the stack: nothing to change"]
    assert (life["again"]["changed"], life["again"]["page_changes"]) == (False, 0)
    assert life["again"]["code"] == life["first"]["code"]


def test_changed_code_is_uploaded_and_deployed_and_the_layer_is_not(life: Json) -> None:
    assert life["changed"]["changed"]
    assert life["changed"]["code"] != life["first"]["code"]
    uploaded = [each for each in life["changed"]["said"] if each.startswith("uploading")]
    assert [each.split(",")[0] for each in uploaded] == ["uploading functions", "uploading template"]


def test_a_deployment_from_a_clone_without_the_stage_s_settings_is_refused(life: Json) -> None:
    assert "ONAIR_JWT_ISSUER=https://issuer.example.com/pool" in life["forgetful"]


def test_a_stage_whose_issuer_is_taken_away_says_so_and_has_no_page_any_more(life: Json) -> None:
    assert "changes: ONAIR_JWT_AUDIENCE: onair-page → not set" in life["changed"]["said"]
    assert (life["changed"]["has_page"], life["changed"]["page_changes"]) == (False, len(life["page"]))


def test_copies_of_the_page_are_dropped_when_it_has_changed_and_only_then(life: Json) -> None:
    assert life["invalidated"] == 2  # when it came, and when it went


def test_a_stage_with_a_living_session_stays_as_it_is(life: Json) -> None:
    refused = life["refused"]
    assert refused["exit"] == 3
    assert "s-7f3k2mexamp1  creating  of studio-1, lease until 2026-11-21 00:00 UTC" in refused["trouble"]
    assert "--end-all" in refused["remedy"]
    assert (refused["said"], refused["shut"]) == ([], [])


def test_a_destruction_that_broke_off_leaves_nobody_a_door(life: Json) -> None:
    assert life["interrupted"]["interrupted"]
    assert life["interrupted"]["shut"] == ["onair-dev-api", "onair-dev-sweepDue"]


def test_a_deployment_takes_back_what_a_destruction_had_begun(life: Json) -> None:
    assert life["opened"]["shut"] == []
    assert "a destruction had been begun and shut api and sweepDue; open again" in life["opened"]["said"]


def test_recordings_stay_and_unfinished_uploads_do_not(life: Json) -> None:
    assert life["destroyed"]["kept"] == f"onair-dev-media-{ACCOUNT_AND_REGION}"
    assert life["destroyed"]["left"] == []
    assert life["kept"] == {"objects": ["recordings/s-7f3k2mexamp1/r001/playlist.m3u8"], "uploads": 0}


def test_nothing_is_left_by_the_account_s_own_count(life: Json) -> None:
    assert (life["emptied"]["kept"], life["emptied"]["left"]) == (None, [])
    assert set(life["counted"].values()) == {0}
    assert len(life["counted"]) == 9
