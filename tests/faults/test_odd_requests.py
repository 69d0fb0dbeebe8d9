"""Attacks by what a caller sends: one clear answer, nothing made by what is refused, no secret in what is kept."""

from __future__ import annotations

import base64
import json
from typing import Any

import pytest

from tests.show import KEY, Show, Shows, destination

JSON = {"content-type": "application/json"}


def refused(shows: Shows, body: Any, headers: dict[str, str] | None = None) -> dict[str, Any]:
    """The problem that a POST is answered with; nothing may be made by it."""
    status, answered, problem = shows.stage.request("POST", "/sessions", body, headers or JSON)
    shown = json.dumps(problem)[:300]
    assert status in (400, 413, 415, 422), (status, shown)
    assert answered["content-type"].startswith("application/problem+json"), (status, shown)
    assert problem["name"] == "InvalidRequest", shown
    assert not shows.items() and not shows.stage.executions() and not shows.secrets()
    return dict(problem)


def raw(shows: Shows, old: str, new: str) -> bytes:
    """The text of a good request with one piece replaced."""
    text = json.dumps(shows.spec(destination("main", video_bitrate=5_000_000)))
    assert old in text
    return text.replace(old, new).encode()


@pytest.mark.parametrize(
    "body",
    [
        b"[" * 200_000,
        b'{"name":' * 5_000,
        b"\xff\xfe{",
        b"\xef\xbb\xbf{}",
        b'"\\ud800"',
        b"NaN",
        b"1" * 5_000,
        b'{"name": ' + b"1" * 5_000 + b"}",
    ],
    ids=["deep list", "deep object", "not utf-8", "byte order mark", "half a surrogate", "NaN", "long number", "field"],
)
def test_a_body_that_is_no_request(shows: Shows, body: bytes) -> None:
    refused(shows, body)


@pytest.mark.parametrize(
    "number",
    ["NaN", "Infinity", "1e400", "1" * 40, "1" * 4_400, "5000000.5", "-1", '"many"', "999999999999"],
    ids=["NaN", "infinity", "1e400", "40 digits", "4400 digits", "half", "negative", "text", "a terabit"],
)
def test_a_number_that_is_none(shows: Shows, number: str) -> None:
    problem = refused(shows, raw(shows, "5000000", number))
    assert len(problem["detail"]) < 1000


@pytest.mark.parametrize(
    "change",
    [
        {"name": "\ud800"},
        {"owner": "x" * 121},
        {"destinations": [{}] * 50_000},
        {"destinations": [destination(f"d{number}") for number in range(5_000)]},
        {"x" * 100_000: 1},
        {
            "source": {
                "type": "flow",
                "flow_arn": "arn:aws:mediaconnect:eu-west-1:111122223333:flow:1-a:" + "x" * 300_000,
            }
        },
    ],
    ids=["surrogate", "long owner", "many empty", "many good", "long field", "long arn"],
)
def test_a_field_beyond_measure(shows: Shows, change: dict[str, Any]) -> None:
    problem = refused(shows, {**shows.spec(), **change})
    assert len(json.dumps(problem)) < 100_000, len(json.dumps(problem))


@pytest.mark.parametrize(
    "key", ["", " ", "x" * 10_000, "ключ", "a\tb"], ids=["empty", "blank", "long", "cyrillic", "tab"]
)
def test_an_odd_idempotency_key_never_mixes_two_requests(shows: Shows, key: str) -> None:
    """Two different requests with an empty key are two callers who forgot it, not one who repeats itself."""
    headers = {"Idempotency-Key": key}
    first = shows.stage.request("POST", "/sessions", shows.spec(go_live=False), headers)
    second = shows.stage.request("POST", "/sessions", shows.spec(name="Another", go_live=False), headers)
    if key.strip():
        assert (first[0], second[0]) in {(202, 409), (422, 422)}, (first, second)
    else:
        assert (first[0], second[0]) in {(202, 202), (422, 422)}, (first[0], second[0], second[2])


def test_two_requests_at_once_with_one_key_make_one_session(shows: Shows) -> None:
    spec, headers = shows.spec(), {"Idempotency-Key": "one"}
    shows.stage.faults.delay("mediaconnect", "DescribeFlow", after=1, count=4)
    answers: list[Any] = []
    threads = [
        shows.stage.clock.thread(lambda: answers.append(shows.stage.request("POST", "/sessions", spec, headers)))
        for _ in range(4)
    ]
    for thread in threads:
        thread.join()
    assert {status for status, _, _ in answers} <= {202, 503}
    assert len({answer["session_id"] for status, _, answer in answers if status == 202}) == 1
    show = shows.post(spec, headers)
    show.until("live")
    assert len(shows.stage.executions()) == 1
    show.ended()
    shows.nothing_left()


def test_a_request_that_is_told_to_come_again_and_does_gets_its_session(shows: Shows) -> None:
    """A 503 says: the same call may work in a moment. With the same key it must not be answered with a dead session."""
    shows.stage.faults.throttle("states", "StartExecution", count=3)
    spec, headers = shows.spec(), {"Idempotency-Key": "one"}
    status, _, problem = shows.stage.request("POST", "/sessions", spec, headers)
    assert (status, problem["name"]) == (503, "Throttled")
    show = shows.post(spec, headers)
    show.until("live")


def test_a_request_during_an_outage_of_step_functions_leaves_no_secret_for_good(shows: Shows) -> None:
    fault = shows.stage.faults.throttle("states", "StartExecution", count=None)
    spec, headers = shows.spec(), {"Idempotency-Key": "one"}
    assert shows.stage.request("POST", "/sessions", spec, headers)[0] == 503
    fault.cancel()
    again = shows.stage.request("POST", "/sessions", spec, headers)
    shows.stage.settle()
    [listed] = shows.stage.request("GET", "/sessions")[2]["sessions"]
    assert listed["status"] in ("live", "failed", "ended"), (listed["status"], again[0], shows.secrets())
    assert listed["status"] == "live" or not shows.secrets()


@pytest.mark.parametrize("nth", [0, 1, 2])
def test_a_parameter_store_that_fails_at_any_point_leaves_nothing(shows: Shows, nth: int) -> None:
    shows.stage.faults.reject("ssm", "PutParameter", 500, "InternalServerError", "no", skip=nth, count=3)
    spec = shows.spec(destination("a"), destination("b"), destination("c"))
    assert shows.stage.request("POST", "/sessions", spec)[0] == 503
    shows.stage.settle()
    shows.nothing_left()


def test_a_create_whose_transaction_lost_its_answer_makes_a_session(shows: Shows) -> None:
    fault = shows.stage.faults.lose_answer("dynamodb", "TransactWriteItems")
    status, _, answer = shows.stage.request("POST", "/sessions", shows.spec())
    assert fault.hits and status == 202, answer
    Show(shows.stage, answer).until("live")
    assert len(shows.stage.request("GET", "/sessions")[2]["sessions"]) == 1


@pytest.mark.parametrize(
    "session_id",
    [
        "..%2f",
        "s-%00",
        "%20",
        "x" * 10_000,
        "s%2Fx",
        "%F0%9F%8E%A5",
        "s-'\"",
        "s-none%23",
        "SESSION%23s-none",
        "%C3%A9",
    ],
)
@pytest.mark.parametrize("method", ["GET", "DELETE"])
def test_an_odd_session_id_is_not_found(shows: Shows, method: str, session_id: str) -> None:
    status, headers, problem = shows.stage.request(method, f"/sessions/{session_id}")
    assert status == 404, (status, str(problem)[:300])
    assert headers["content-type"].startswith("application/problem+json"), problem
    assert len(str(problem)) < 2_000


def cursor(value: Any) -> str:
    return (
        base64.urlsafe_b64encode(value if isinstance(value, bytes) else json.dumps(value).encode()).decode().rstrip("=")
    )


@pytest.mark.parametrize(
    "bad",
    [
        cursor(b"[" * 3_000),
        cursor(["SESSION#x", ""]),
        cursor(["SESSION#" + "x" * 3_000, "2026-01-01T00:00:00Z"]),
        cursor({"a": 1, "b": 2}),
        cursor([["SESSION#x"], "2026"]),
        cursor(b"9" * 5_000),
        "é",
        "A",
        "",
    ],
    ids=["deep", "empty time", "long", "object", "list", "number", "not ascii", "one letter", "empty"],
)
@pytest.mark.parametrize("status", [None, "live"])
def test_a_cursor_that_is_none_of_ours(shows: Shows, bad: str, status: str | None) -> None:
    query = {"cursor": bad, **({"status": status} if status else {})}
    code, headers, problem = shows.stage.request("GET", "/sessions", query=query)
    assert (code, problem.get("name")) == (422, "InvalidRequest"), (code, str(problem)[:300])
    assert headers["content-type"].startswith("application/problem+json")
    assert [fault["field"] for fault in problem["errors"]] == ["cursor"]


def test_pages_of_one_and_cursors_taken_over_to_another_filter(shows: Shows) -> None:
    shows.allow(20)
    made = []
    for number in range(4):
        made.append(shows.ask(destination("main"), name=f"show {number}", go_live=False))
        shows.stage.clock.sleep(1)
    for show in made:
        show.until("idle")
    made[1].ended()
    for first, then in (
        ({}, {}),
        ({"status": "idle"}, {"status": "idle"}),
        ({"status": "idle"}, {}),
        ({}, {"status": "idle"}),
    ):
        seen, query = [], {**first, "limit": "1"}
        for _ in range(10):
            code, _, page = shows.stage.request("GET", "/sessions", query=query)
            assert code == 200, page
            seen += [one["session_id"] for one in page["sessions"]]
            if page["next_cursor"] is None:
                break
            query = {**then, "limit": "1", "cursor": page["next_cursor"]}
        assert len(seen) == len(set(seen)), (first, then)
        assert seen == [show.id for show in reversed(made) if show.id in seen]


def test_repeated_keys_in_json_are_read_as_the_record_says(shows: Shows) -> None:
    body = raw(shows, '"owner": "studio-1"', '"owner": "studio-1", "owner": "studio-2"')
    status, _, answer = shows.stage.request("POST", "/sessions", body, JSON)
    assert status == 422 or answer["owner"] == "studio-2"


def test_a_body_in_base64_is_read_like_any_other(shows: Shows) -> None:
    """API Gateway encodes what it does not take for text."""
    body = json.dumps(shows.spec()).encode()
    status, _, answer = shows.stage.request("POST", "/sessions", body, {"content-type": "application/octet-stream"})
    assert status == 422 and answer["name"] == "InvalidRequest"
    status, _, answer = shows.stage.request(
        "POST", "/sessions", body, {"CONTENT-TYPE": "application/json; charset=utf-8"}
    )
    assert status == 202, answer


# Secrets


def everything(shows: Shows, answers: list[Any]) -> str:
    stage = shows.stage
    return json.dumps(
        [
            answers,
            shows.items(),
            stage.executions(),
            [stage.history(one["executionArn"]) for one in stage.executions()],
            stage.lambdas.logs(),
        ],
        default=str,
    )


@pytest.mark.parametrize(
    "change",
    [
        {"url": f"rtmp://x.example.net/live/{KEY}-path"},
        {"url": f"rtmp://x.example.net/{KEY}-path"},
        {"url": f"rtmp://x.example.net/live/{KEY}-path", "platform": "custom", "username": "host"},
    ],
    ids=["last part of the path", "application", "with a user name"],
)
def test_a_key_that_is_given_in_another_field_too_is_refused_or_kept_secret(
    shows: Shows, change: dict[str, Any]
) -> None:
    key = f"{KEY}-path"
    answer = shows.stage.request("POST", "/sessions", shows.spec(destination("main", stream_key=key, **change)))
    shows.stage.settle()
    answers = [answer, shows.stage.request("GET", "/sessions")]
    answers += [shows.stage.request("GET", f"/sessions/{answer[2]['session_id']}")] if answer[0] == 202 else []
    assert key not in everything(shows, answers)


@pytest.mark.parametrize("key", ["a", "live", "onair", "dev", "s", "e"])
def test_a_key_that_is_a_common_word_spoils_no_record(shows: Shows, key: str) -> None:
    shows.stage.simulator.reject_channel("*", "outputGroups[0] is not available in this region")
    show = shows.ask(destination("main", stream_key=key))
    failed = show.until("failed")
    assert failed["destinations"][0]["stream_key_hint"] == "…"
    assert failed["error"]["name"] == "RejectedByService"
    assert show.id in failed["error"]["cause"]
    shows.nothing_left()


@pytest.mark.parametrize(
    ("key", "quoted"),
    [
        ('example"key\\not-real', 'example\\"key\\\\not-real'),
        ("example+key%2Fnot/real=", "example%2Bkey%252Fnot%2Freal%3D"),
        ("example-key-not-real?s_bl=1&a=b", "example-key-not-real"),
    ],
    ids=["as JSON", "as URL", "in part"],
)
def test_a_key_that_the_service_quotes_in_another_form_is_struck_out(shows: Shows, key: str, quoted: str) -> None:
    shows.stage.simulator.reject_channel("*", f"StreamName {quoted} is not taken")
    show = shows.ask(destination("main", stream_key=key))
    failed = show.until("failed")
    assert quoted not in everything(shows, [failed])


def test_a_token_that_the_service_quotes_alone_is_struck_out(shows: Shows) -> None:
    token = "example-token-not-real-91c7"
    shows.stage.simulator.reject_channel("*", f"token {token} is not taken")
    show = shows.ask(destination("main", url=f"rtmp://x.example.net/live?user=1&token={token}"))
    assert token not in everything(shows, [show.until("failed")])


# Events


@pytest.mark.parametrize(
    "detail",
    [
        {"channel_arn": None},
        {"channel_arn": {"a": 1}},
        {"channel_arn": []},
        {"channel_arn": "arn:aws:medialive:eu-west-1:111122223333:channel:" + "9" * 5_000},
        {"channel_arn": ":"},
    ],
    ids=["none", "object", "list", "long", "empty"],
)
def test_an_event_of_an_odd_shape_is_left_alone(shows: Shows, detail: dict[str, Any]) -> None:
    shows.stage.bus.put("aws.medialive", "MediaLive Channel State Change", detail)
    shows.stage.clock.sleep(400)
    failed = [one for one in shows.stage.lambdas.invocations if one.error]
    assert not failed, failed[0].error


def test_an_event_of_another_region_with_our_channels_id_wakes_nobody_wrongly(shows: Shows) -> None:
    show = shows.ask()
    show.reaches("Await channel running")
    channel = next(row for row in show.look()["resources"] if row["kind"] == "channel")
    for region, account, state in (("us-east-1", "111122223333", "DELETED"), ("eu-west-1", "444455556666", "RUNNING")):
        arn = f"arn:aws:medialive:{region}:{account}:channel:{channel['id']}"
        shows.stage.bus.put(
            "aws.medialive", "MediaLive Channel State Change", {"channel_arn": arn, "state": state}, [arn]
        )
    shows.stage.clock.sleep(5)
    assert show.path()[-1] == "Await channel running"
    assert next(row for row in show.look()["resources"] if row["kind"] == "channel")["state"] == "created"
    show.until("live")
    show.ended()
    shows.nothing_left()


def test_a_flood_of_events_does_not_break_the_show(shows: Shows) -> None:
    show = shows.ask()
    show.reaches("Await channel running")
    channel = next(row for row in show.look()["resources"] if row["kind"] == "channel")
    for _ in range(150):
        detail = {"channel_arn": channel["arn"], "state": "RUNNING"}
        shows.stage.bus.put("aws.medialive", "MediaLive Channel State Change", detail, [channel["arn"]])
    show.until("live")
    show.ended()
    shows.nothing_left()
