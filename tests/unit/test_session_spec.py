"""A request is taken, or every fault of it is told with its field, and never with its value."""

from __future__ import annotations

import json
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from shared.domain.destinations import video_bitrate
from shared.domain.errors import InvalidRequest
from shared.domain.platforms import PLATFORMS, PlatformName
from shared.domain.profiles import ProfileName
from shared.domain.session_spec import MAX_DESTINATIONS, parse_spec, saved_spec
from tests.unit.domain_objects import FLOW_ARN, a_destination, a_request

MARK = "PLANTED"


def faults(body: object) -> dict[str, str]:
    with pytest.raises(InvalidRequest) as refused:
        parse_spec(body)
    return {fault.field: fault.message for fault in refused.value.faults}


def test_a_good_request_is_taken_with_its_defaults() -> None:
    spec = parse_spec(a_request({"platform": "youtube", "stream_key": "example-youtube-key-not-real"}))
    (destination,) = spec.destinations
    assert (destination.id, destination.profile, destination.channel_class) == ("youtube", "1080p30", "SINGLE_PIPELINE")
    assert (spec.go_live, spec.on_destination_failure) == (True, "continue")


@pytest.mark.parametrize(
    "url", ["rtmp://h/a", "rtmps://ingest.example.com:443/app/room?token=t", "rtmp://[2001:db8::1]/a"]
)
def test_rtmp_urls_are_taken(url: str) -> None:
    assert parse_spec(a_request(a_destination(url=url))).destinations[0].url == url


ONE_FAULT: list[tuple[str, dict[str, Any], str, str]] = [
    ("no url for custom", a_destination(url=None), "url", "is needed for a custom destination"),
    ("http", a_destination(url="https://ingest.example.com/app"), "url", "must be an RTMP URL"),
    ("no application", a_destination(url="rtmp://ingest.example.com/"), "url", "must name the application"),
    ("user-info", a_destination(url="rtmp://me:pw@ingest.example.com/app"), "url", "must not hold a user name"),
    ("white space", a_destination(url="rtmp://ingest.example.com/app key"), "url", "without white space"),
    ("port zero", a_destination(url="rtmp://ingest.example.com:0/app"), "url", "must be an RTMP URL"),
    ("port too high", a_destination(url="rtmp://ingest.example.com:99999/app"), "url", "is not a URL"),
    ("half an address", a_destination(url="rtmp://[::1/app"), "url", "is not a URL"),
    ("long url", a_destination(url="rtmp://h/" + "a" * 2048), "url", "must have at most 2048 characters"),
    (
        "another's host",
        a_destination(platform="twitch", url="rtmp://ingest.example.com/app"),
        "url",
        "is not Twitch's: use *.twitch.tv",
    ),
    (
        "plain rtmp to facebook",
        a_destination(platform="facebook", url="rtmp://rtmp-api.facebook.com/rtmp"),
        "url",
        "Facebook takes RTMPS only",
    ),
    ("look-alike host", a_destination(platform="twitch", url="rtmp://eviltwitch.tv/app"), "url", "is not Twitch's"),
    ("underscore", a_destination(id="my_show"), "id", "must be letters, digits and hyphens"),
    ("hyphen at the end", a_destination(id="show-"), "id", "must be letters, digits and hyphens"),
    ("long id", a_destination(id="a" * 33), "id", "must be letters, digits and hyphens"),
    ("newline in the id", a_destination(id="show\n"), "id", "must be letters, digits and hyphens"),
    ("platform", a_destination(platform="periscope"), "platform", "must be one of"),
    ("profile", a_destination(profile="1440p30"), "profile", "must be one of"),
    ("class", a_destination(channel_class="DOUBLE"), "channel_class", "must be one of"),
    ("no key", a_destination(stream_key=None), "stream_key", "is missing"),
    ("empty key", a_destination(stream_key=""), "stream_key", "must not be shorter than 1"),
    ("key of two words", a_destination(stream_key="two words"), "stream_key", "must not contain white space"),
    ("key is a number", a_destination(stream_key=7), "stream_key", "must be text"),
    ("password alone", a_destination(password="example-not-real"), "password", "needs a username beside it"),
    ("misspelt field", a_destination(streamkey="x"), "streamkey", "is not a field of this request"),
    ("bit rate is text", a_destination(video_bitrate="fast"), "video_bitrate", "must be a whole number"),
    ("bit rate too low", a_destination(video_bitrate=99_999), "video_bitrate", "must be at least 100000"),
    (
        "above Twitch's",
        a_destination(platform="twitch", url=None, video_bitrate=6_000_001),
        "video_bitrate",
        "Twitch takes at most 6,000,000 bits per second of video at 1080p30",
    ),
    (
        "below YouTube's",
        a_destination(platform="youtube", url=None, video_bitrate=2_999_999),
        "video_bitrate",
        "YouTube wants at least 3,000,000",
    ),
    (
        "STANDARD without a backup ingest",
        a_destination(platform="twitch", url=None, channel_class="STANDARD"),
        "channel_class",
        "Twitch has no backup ingest",
    ),
    ("STANDARD without a backup url", a_destination(channel_class="STANDARD"), "backup_url", "is needed for a custom"),
    (
        "backup url without STANDARD",
        a_destination(backup_url="rtmp://b.example.com/app"),
        "backup_url",
        "has no use with SINGLE_PIPELINE",
    ),
]


@pytest.mark.parametrize(
    ("destination", "field", "said"), [each[1:] for each in ONE_FAULT], ids=[e[0] for e in ONE_FAULT]
)
def test_a_fault_of_a_destination_is_told_with_its_field(destination: dict[str, Any], field: str, said: str) -> None:
    told = faults(a_request(destination))
    assert list(told) == [f"destinations.0.{field}"]
    assert said in told[f"destinations.0.{field}"]


@pytest.mark.parametrize(
    ("changes", "field", "said"),
    [
        ({"name": ""}, "name", "must have at least 1"),
        ({"name": "x" * 121}, "name", "must have at most 120"),
        ({"owner": ""}, "owner", "must have at least 1"),
        ({"source": None}, "source", "is missing"),
        ({"source": {"type": "srt"}}, "source.type", "must be one of 'flow', 'rtmp'"),
        ({"source": {"flow_arn": FLOW_ARN}}, "source.type", "is missing"),
        ({"source": {"type": "rtmp"}}, "source.allowed_cidrs", "must have 1 to 10 entries"),
        ({"source": {"type": "rtmp", "allowed_cidrs": ["0.0.0.0/0"]}}, "source.allowed_cidrs", "say open_to_anyone"),
        ({"source": {"type": "rtmp", "allowed_cidrs": ["203.0.113.7/24"]}}, "source.allowed_cidrs", "must be IPv4"),
        ({"source": {"type": "rtmp", "allowed_cidrs": ["2001:db8::/32"]}}, "source.allowed_cidrs", "must be IPv4"),
        (
            {"source": {"type": "rtmp", "open_to_anyone": True, "allowed_cidrs": ["203.0.113.7/32"]}},
            "source.allowed_cidrs",
            "leave one of the two out",
        ),
        ({"source": {"type": "flow", "flow_arn": FLOW_ARN, "flow": "x"}}, "source.flow", "is not a field"),
        ({"provision": False, "go_live": True}, "go_live", "needs provision"),
        ({"max_continuous_duration": 599}, "max_continuous_duration", "must be at least 600"),
        ({"max_continuous_duration": 604_801}, "max_continuous_duration", "must be at most 604800"),
        ({"idle_timeout": 59}, "idle_timeout", "must be at least 60"),
        ({"budget": {"usd": 0}}, "budget.usd", "must be more than 0"),
        ({"budget": {"usd": "1.005"}}, "budget.usd", "at most 2 decimal places"),
        ({"budget": {"usd": 5, "when_spent": "explode"}}, "budget.when_spent", "must be one of"),
        (
            {"source": {"type": "flow", "flow_arn": "arn:aws:s3:::bucket"}},
            "source.flow_arn",
            "must be a MediaConnect flow",
        ),
        ({"source": {"type": "flow", "flow_arn": FLOW_ARN + " "}}, "source.flow_arn", "must be a MediaConnect flow's"),
        ({"go_live": "perhaps"}, "go_live", "must be true or false"),
        ({"on_destination_failure": "ignore"}, "on_destination_failure", "must be one of"),
        ({"destinations": []}, "destinations", "must have 1 to 20 entries"),
        ({"destinations": "youtube"}, "destinations", "must be a list"),
        ({"destinations": ["youtube"]}, "destinations.0", "must be an object"),
        ({"max_duration": 5}, "max_duration", "is not a field of this request"),
    ],
)
def test_a_fault_of_the_session_is_told_with_its_field(changes: dict[str, Any], field: str, said: str) -> None:
    assert said in faults(a_request(**changes))[field]


@pytest.mark.parametrize("body", [None, 7, "text", [], [a_request()]])
def test_a_body_that_is_no_object_is_told(body: object) -> None:
    assert faults(body) == {"body": "must be an object"}


def test_a_flow_arn_with_a_newline_behind_it_is_refused() -> None:
    assert "source.flow_arn" in faults(a_request(source={"type": "flow", "flow_arn": FLOW_ARN + "\n"}))


@pytest.mark.parametrize("platform", ["custom", "restream"])
def test_a_bit_rate_beyond_the_level_is_refused_before_anything_is_made(platform: str) -> None:
    """H.264 levels 4.1 and 4.2 carry 62.5 Mbit/s in HIGH (table A-1), and MediaLive's Bitrate is a 32-bit integer."""
    url = None if platform == "restream" else "rtmp://ingest.example.com/app"
    assert "destinations.0.video_bitrate" in faults(
        a_request(a_destination(platform=platform, url=url, video_bitrate=5_000_000_000))
    )


def test_all_faults_are_told_at_once() -> None:
    told = faults(
        {
            "name": "",
            "source": {"type": "flow", "flow_arn": "nonsense"},
            "destinations": [
                a_destination(id="twin", url="http://x/y"),
                a_destination(id="twin", profile="8k", stream_key=None),
                {"platform": "twitch", "channel_class": "STANDARD", "stream_key": "k", "video_bitrate": 9_000_000},
            ],
            "go_live": "maybe",
            "colour": "red",
        }
    )
    assert told.keys() == {
        "name",
        "source.flow_arn",
        "destinations.0.url",
        "destinations.1.id",
        "destinations.1.profile",
        "destinations.1.stream_key",
        "destinations.2.channel_class",
        "destinations.2.video_bitrate",
        "go_live",
        "colour",
    }


def test_the_answer_lists_what_the_faults_say() -> None:
    with pytest.raises(InvalidRequest) as refused:
        parse_spec(a_request(a_destination(url=None), name=""))
    assert refused.value.detail == "; ".join(f"{fault.field} {fault.message}" for fault in refused.value.faults)
    assert refused.value.__cause__ is None and refused.value.__suppress_context__


def test_the_second_of_two_equal_ids_is_at_fault_also_where_the_platform_gives_the_id() -> None:
    told = faults(
        a_request(
            {"platform": "twitch", "stream_key": "a"},
            {"platform": "youtube", "stream_key": "b"},
            {"id": "twitch", "platform": "restream", "stream_key": "c"},
        )
    )
    assert told == {"destinations.2.id": "is used by another destination of this session"}


def test_a_session_takes_twenty_destinations_and_no_more() -> None:
    many = [a_destination(id=f"d{number}") for number in range(MAX_DESTINATIONS + 1)]
    assert len(parse_spec(a_request(*many[:-1])).destinations) == MAX_DESTINATIONS
    assert faults(a_request(*many)) == {"destinations": "must have 1 to 20 entries"}


@pytest.mark.parametrize("platform", [name for name, platform in PLATFORMS.items() if platform.url])
@pytest.mark.parametrize("profile", ProfileName)
def test_every_profile_is_within_every_platforms_limits_without_a_bit_rate(
    platform: PlatformName, profile: ProfileName
) -> None:
    body = a_request({"platform": platform.value, "profile": profile.value, "stream_key": "k"})
    rate = video_bitrate(parse_spec(body).destinations[0])
    most, least = PLATFORMS[platform].max_for(profile), PLATFORMS[platform].min_for(profile)
    assert (least or 0) <= rate <= (most or rate)


# No message repeats a value


FIELDS = [
    *[("destinations", 0, name) for name in (
        "id", "platform", "profile", "video_bitrate", "channel_class", "url", "backup_url", "username", "stream_key",
        "password",
    )],
    *[(name,) for name in ("name", "owner", "source", "go_live", "on_destination_failure", "destinations")],
    ("destinations", 0),
    ("source", "type"),
    ("source", "flow_arn"),
]  # fmt: skip

#: Shapes that a marked value may have: plain, in a URL's every place, with what validators stumble over, nested.
MARKED = st.sampled_from(
    [
        MARK,
        f"{MARK} two",
        f"\x00{MARK}",
        f"{MARK}\n",
        MARK * 300,
        f"rtmp://{MARK}@h/a",
        f"rtmp://u:{MARK}@h/a",
        f"rtmp://{MARK}/a",
        f"rtmp://h:{MARK}/a",
        f"rtmp://h/{MARK}#x",
        f"rtmp://h/{MARK} x",
        f"rtmp://h/a?{MARK}",
        f"rtmp://[{MARK}/a",
        f"{MARK}://h/a",
        f"arn:aws:mediaconnect:eu-west-1:111122223333:flow:{MARK}",
        [MARK],
        {MARK[:3]: MARK},
        {"type": MARK},
        [{"platform": MARK, "id": MARK, "stream_key": f"{MARK} x"}],
    ]
)


@settings(max_examples=300, deadline=None)
@given(st.dictionaries(st.sampled_from(FIELDS), MARKED, min_size=1, max_size=6), st.booleans())
def test_no_message_ever_repeats_a_value(planted: dict[tuple[str | int, ...], Any], standard: bool) -> None:
    body: Any = a_request(a_destination(channel_class="STANDARD" if standard else "SINGLE_PIPELINE"))
    for place, value in sorted(planted.items(), key=lambda each: -len(each[0])):
        node = body
        for step in place[:-1]:
            node = node[step] if isinstance(node, dict) or isinstance(step, int) else None
        node[place[-1]] = value
    try:
        spec = parse_spec(body)
    except InvalidRequest as error:
        said = json.dumps([error.detail, [fault.model_dump() for fault in error.faults], str(error), repr(error)])
        assert MARK not in said
    else:
        assert MARK not in repr(spec.destinations[0].stream_key)


@pytest.mark.parametrize("field", ["stream_key", "password"])
def test_a_spec_does_not_show_its_secrets(field: str) -> None:
    destination = a_destination(username="me", **{"stream_key": "example-key", "password": "example-pw", field: MARK})
    spec = parse_spec(a_request({**destination, "url": f"rtmp://h/a?{MARK}"}))
    assert MARK not in repr(spec) and MARK not in str(spec)
    assert MARK not in repr(spec.destinations) and MARK not in spec.model_dump_json(
        exclude={"destinations": {0: {"url"}}}
    )


# What is written down


@settings(max_examples=100, deadline=None)
@given(
    key=st.text(st.characters(codec="ascii", categories=["L", "N", "P"]), min_size=1, max_size=40),
    token=st.from_regex(r"zqx[a-z0-9]{1,20}", fullmatch=True),
)
def test_a_saved_spec_holds_no_secret(key: str, token: str) -> None:
    asked = a_destination(
        url=f"rtmp://h/a?{token}",
        channel_class="STANDARD",
        backup_url=f"rtmp://b/a?{token}",
        stream_key=f"<{key}>",
        username="me",
        password=f"pw-{token}",
    )
    saved = saved_spec(parse_spec(a_request(asked)))
    written = saved.model_dump_json()
    assert token not in written
    assert json.dumps(f"<{key}>")[1:-1] not in written
    (destination,) = saved.destinations
    assert set(destination.secrets) == {"stream-key", "password", "url-query", "backup-url-query"}
    assert (destination.url, destination.backup_url) == ("rtmp://h/a", "rtmp://b/a")


@pytest.mark.parametrize(
    ("key", "hint"), [("a", "…"), ("short-key-1", "…"), ("twelve-chars", "…hars"), ("example-key-not-real", "…real")]
)
def test_a_hint_shows_four_characters_of_a_long_key_and_none_of_a_short_one(key: str, hint: str) -> None:
    saved = saved_spec(parse_spec(a_request(a_destination(stream_key=key))))
    assert saved.destinations[0].stream_key_hint == hint


def test_a_saved_spec_reads_back_as_it_was() -> None:
    saved = saved_spec(parse_spec(a_request(a_destination(), a_destination(id="two", platform="twitch", url=None))))
    assert type(saved).model_validate_json(saved.model_dump_json()) == saved
    assert saved.destination("two").platform is PlatformName.TWITCH
    with pytest.raises(KeyError):
        saved.destination("three")


# Host sessions


HOST = {"source": {"type": "rtmp", "allowed_cidrs": ["203.0.113.7/32"]}}


def test_a_host_session_waits_for_its_host_and_makes_its_ivs_channel_itself() -> None:
    spec = parse_spec(a_request({"platform": "ivs"}, **HOST))
    assert (spec.is_hosted, spec.go_live, spec.provision, spec.record) == (True, False, True, False)
    assert saved_spec(spec).destinations[0].stream_key_hint is None


def test_a_host_session_may_go_to_any_platform_with_two_pipelines_where_that_takes_two() -> None:
    youtube = {"platform": "youtube", "stream_key": "example-key-not-real", "channel_class": "STANDARD"}
    assert parse_spec(a_request(youtube, **HOST)).destinations[0].channel_class == "STANDARD"
    assert (
        "Amazon IVS has no backup ingest"
        in faults(a_request({"platform": "ivs", "channel_class": "STANDARD"}, **HOST))["destinations.0.channel_class"]
    )


@pytest.mark.parametrize(
    ("destinations", "field", "said"),
    [
        ([{"platform": "ivs"}, {"platform": "ivs", "id": "two"}], "destinations", "must have 1 entry"),
        ([{"platform": "ivs", "stream_key": "k"}], "destinations.0.stream_key", "the session makes the IVS channel"),
        ([{"platform": "ivs", "url": "rtmps://x.live-video.net/app"}], "destinations.0.url", "the session makes"),
        ([{"platform": "twitch"}], "destinations.0.stream_key", "is missing"),
    ],
)
def test_what_a_host_session_can_not_have_is_told(destinations: list[dict[str, Any]], field: str, said: str) -> None:
    told = faults(a_request(*destinations, **HOST))
    assert said in told[field]


def test_a_flow_session_brings_its_own_ivs_ingest() -> None:
    told = faults(a_request({"platform": "ivs"}))
    assert told.keys() == {"destinations.0.stream_key", "destinations.0.url"}
    whole = {"platform": "ivs", "stream_key": "k", "url": "rtmps://a1.global-contribute.live-video.net:443/app"}
    assert parse_spec(a_request(whole)).destinations[0].platform is PlatformName.IVS


def test_no_destination_is_called_as_the_recorder() -> None:
    assert "recorder" in faults(a_request(a_destination(id="recorder")))["destinations.0.id"]


def test_a_host_session_records_from_the_start_only_if_it_goes_live() -> None:
    assert "needs go_live" in faults(a_request({"platform": "ivs"}, record=True, **HOST))["record"]
    assert parse_spec(a_request({"platform": "ivs"}, record=True, go_live=True, **HOST)).record
    assert parse_spec(a_request(record=True, go_live=False)).record


def test_open_access_is_asked_for_in_so_many_words_and_admits_everyone() -> None:
    spec = parse_spec(a_request({"platform": "ivs"}, source={"type": "rtmp", "open_to_anyone": True}))
    assert spec.source.cidrs() == ("0.0.0.0/0",)  # type: ignore[union-attr]
