"""Mastodon: hashtags walked forward, a search read back, and what servers say of their limits."""

import json
from datetime import UTC, datetime, timedelta

import pytest
from pydantic import SecretStr

from connectors import Answer, Call, SourceGarbled, SourceRefused, SourceUnavailable, mastodon
from tests.connectors.living import Living, storm
from tests.connectors.talk import talk
from tests.kit import NOON
from tests.servers.api import ApiServer, Said

START = datetime(2026, 3, 2, 12, tzinfo=UTC)
TOKEN = SecretStr("sesame")
TAGS = mastodon.Options("https://m.test/", ("#Acme",))
SEARCH = mastodon.Options("https://m.test", search="acme", token=TOKEN)


def status(number, **more):
    at = START + timedelta(minutes=number % 100_000)
    return {
        "id": str(number), "uri": f"https://m.test/users/ada/statuses/{number}",
        "url": f"https://m.test/@ada/{number}", "created_at": at.isoformat().replace("+00:00", ".000Z"),
        "content": f"<p>Acme leaks {number}</p>", "visibility": "public", "spoiler_text": "",
        "language": "en", "account": {"acct": "ada@other.test", "followers_count": 12}, "reblog": None,
        "media_attachments": [], **more,
    }  # fmt: skip


def page_of(first, last):
    return [status(n) for n in range(last, first - 1, -1)]


def ids(page):
    return [int(m.id.rpartition("/")[2]) for m in page.mentions]


def answer(value, code=200, **headers):
    return Answer(json.dumps(value).encode(), status=code, headers=headers)


def only(found, options=TAGS):
    _, page = talk(mastodon.fetch(options, None), found)
    return page


def test_a_first_visit_reads_one_page_of_a_hashtag():
    asked, page = talk(mastodon.fetch(TAGS, None), page_of(1, 40))
    assert asked[0].url == "https://m.test/api/v1/timelines/tag/acme"
    assert (asked[0].params, dict(asked[0].headers)) == ({"limit": 40}, {})
    assert (ids(page), page.since, page.more) == (list(range(1, 41)), None, False)


def test_later_visits_walk_forward_from_a_little_before_what_is_known():
    first = only(page_of(1, 40))
    asked, page = talk(mastodon.fetch(TAGS, first.cursor), page_of(21, 60), page_of(61, 70))
    assert [ask.params["min_id"] for ask in asked] == ["20", "60"]
    assert ids(page) == list(range(21, 71))
    assert page.since == START + timedelta(minutes=20)


def test_a_timeline_that_was_empty_is_walked_from_its_beginning():
    first = only([])
    asked, page = talk(mastodon.fetch(TAGS, first.cursor), page_of(1, 40), page_of(41, 41))
    assert [ask.params["min_id"] for ask in asked] == ["0", "40"]
    assert len(page.mentions) == 41


def test_an_error_amid_the_walk_costs_nothing_that_was_read():
    first = only(page_of(1, 40))
    busy = SourceUnavailable("busy", timedelta(seconds=7))
    _, page = talk(mastodon.fetch(TAGS, first.cursor), page_of(21, 60), busy)
    assert (ids(page), page.more, page.wait) == (list(range(21, 61)), True, timedelta(seconds=7))
    assert page.since is None
    ask = next(mastodon.fetch(TAGS, page.cursor))
    assert ask.params["min_id"] == "55"


def test_an_error_on_the_first_page_is_raised():
    with pytest.raises(SourceUnavailable, match="down"):
        talk(mastodon.fetch(TAGS, None), SourceUnavailable("down"))


def test_a_walk_is_bounded_and_goes_on_at_the_next_visit():
    pages = [page_of(n * 40 + 1, n * 40 + 40) for n in range(mastodon.MOST_PAGES)]
    _, page = talk(mastodon.fetch(TAGS, only([]).cursor), *pages)
    assert (page.more, page.since, len(page.mentions)) == (True, None, 40 * mastodon.MOST_PAGES)
    assert next(mastodon.fetch(TAGS, page.cursor)).params["min_id"] == str(40 * mastodon.MOST_PAGES - 5)


def test_a_server_that_does_not_walk_forward_is_a_possible_gap():
    _, page = talk(mastodon.fetch(TAGS, only(page_of(1, 40)).cursor), page_of(61, 100), page_of(61, 100))
    assert page.gap


def test_each_hashtag_is_walked_for_itself_and_a_post_of_both_is_one():
    both = mastodon.Options("https://m.test", ("acme", "kettle"))
    asked, page = talk(mastodon.fetch(both, None), page_of(1, 3), page_of(3, 4))
    assert [ask.url.rpartition("/")[2] for ask in asked] == ["acme", "kettle"]
    assert ids(page) == [1, 2, 3, 4]
    _, page = talk(mastodon.fetch(both, page.cursor), page_of(5, 5), SourceUnavailable("no"))
    assert (ids(page), page.since, page.more) == ([5], None, True)
    assert next(mastodon.fetch(both, page.cursor)).url.endswith("/kettle")


def test_nearly_spent_limits_end_the_visit_until_they_are_renewed():
    spent = {"x-ratelimit-limit": "300", "x-ratelimit-remaining": "10"}
    reset = {"x-ratelimit-reset": "2026-03-02T12:05:00.000000Z"}
    talking = mastodon.fetch(TAGS, only([]).cursor)
    asked, page = talk(talking, answer(page_of(1, 40), **spent, **reset), Answer(value=120.0))
    assert isinstance(asked[1], Call)
    assert (page.more, page.wait, len(page.mentions)) == (True, timedelta(seconds=120), 40)


def test_a_429_waits_for_the_reset_that_it_names():
    spent = answer(
        {"error": "Too many requests"}, 429, **{"x-ratelimit-reset": "2026-03-02T12:05:00.000000Z"}
    )
    with pytest.raises(SourceUnavailable) as told:
        talk(mastodon.fetch(TAGS, None), spent, Answer(value=42.0))
    assert told.value.retry_after == timedelta(seconds=42)


@pytest.mark.parametrize("code", [401, 403, 422])
def test_a_server_that_closed_its_timelines_says_what_to_do(code):
    with pytest.raises(SourceRefused, match="give a token"):
        talk(mastodon.fetch(TAGS, None), answer({"error": "This API requires an authenticated user"}, code))
    with pytest.raises(SourceRefused, match="refuses the token") as told:
        talk(mastodon.fetch(SEARCH, None), answer({"error": "The access token is invalid"}, code))
    assert "sesame" not in str(told.value)


def test_a_search_is_read_back_by_offset_down_to_what_is_known():
    asked, page = talk(mastodon.fetch(SEARCH, None), {"statuses": page_of(1, 40)})
    assert asked[0].url == "https://m.test/api/v2/search"
    assert asked[0].params == {"q": "acme", "type": "statuses", "limit": 40}
    assert asked[0].headers == {"Authorization": "Bearer sesame"}
    pages = [{"statuses": page_of(61, 100)}, {"statuses": page_of(21, 60)}, {"statuses": []}]
    asked, page = talk(mastodon.fetch(SEARCH, page.cursor), *pages)
    assert [ask.params.get("offset") for ask in asked] == [None, 40, 80]
    assert {ask.params["min_id"] for ask in asked} == {1}
    assert (ids(page), page.more) == (list(range(21, 101)), False)


def test_a_search_that_broke_off_is_gone_on_with():
    _, page = talk(mastodon.fetch(SEARCH, None), {"statuses": page_of(1, 40)})
    _, page = talk(
        mastodon.fetch(SEARCH, page.cursor), {"statuses": page_of(161, 200)}, SourceUnavailable("x")
    )
    assert page.more
    _, page = talk(
        mastodon.fetch(SEARCH, page.cursor),
        {"statuses": []},
        {"statuses": page_of(121, 160)},
        {"statuses": []},
    )
    assert page.more is False
    assert 121 in ids(page)


def test_a_post_is_read():
    found = status(
        5,
        content="<p>Acme &amp; co<br>leaks</p>",
        spoiler_text="Oil",
        media_attachments=[{"description": "A pipe"}],
    )
    (mention,) = only([found]).mentions
    assert (mention.title, mention.text) == ("Oil", "Acme & co leaks A pipe")
    assert (mention.author, mention.reach, mention.language) == ("ada@other.test", 12, "en")
    assert (mention.url, mention.published_at) == ("https://m.test/@ada/5", START + timedelta(minutes=5))


def test_a_boost_is_the_post_that_it_boosts():
    assert ids(only([status(9, content="", reblog=status(5)), status(5)])) == [5]


def test_what_is_not_public_or_says_nothing_is_left_out():
    page = only(
        [status(1, visibility="private"), status(2, visibility="direct"), status(3, content="<p></p>")]
    )
    assert (page.mentions, page.spoiled) == ((), 0)


@pytest.mark.parametrize("bad", [None, 4, "x", {}, {"id": "7"}, status(7, created_at="yesterday")])
def test_one_bad_post_costs_only_itself(bad):
    page = only([bad, status(8)])
    assert (ids(page), page.spoiled) == ([8], 1)


@pytest.mark.parametrize("found", [{"error": "x"}, b"<html>", b"[{", 7])
def test_another_shape_is_garbled(found):
    with pytest.raises(SourceGarbled):
        talk(mastodon.fetch(TAGS, None), found)


@pytest.mark.parametrize(
    "cursor", ["x", "[]", '{"tags": 5}', '{"tags": {"acme": {}}}', '{"tags": {"acme": 4}}']
)
def test_a_cursor_that_makes_no_sense_is_as_good_as_none(cursor):
    assert "min_id" not in next(mastodon.fetch(TAGS, cursor)).params


@pytest.mark.parametrize(
    ("wrong", "named"),
    [
        ({"url": "ftp://m.test", "hashtags": ("a",)}, "url"),
        ({"url": "https://m.test"}, "hashtags or a search"),
        ({"url": "https://m.test", "hashtags": ("two words",)}, "hashtags"),
        ({"url": "https://m.test", "search": "acme"}, "token"),
    ],
)
def test_options_that_cannot_work_are_refused(wrong, named):
    with pytest.raises(ValueError, match=named):
        mastodon.Options(**wrong)


class Server:
    """A server as documented: pages of 40, `min_id` walks forward, a search pages by offset."""

    def __init__(self):
        self.held = {}

    def add(self, number):
        first = len(self.held) + 1
        for n in range(first, first + number):
            at = NOON - timedelta(days=1) + timedelta(seconds=n)
            self.held[n] = status((int(at.timestamp() * 1000) << 16) + n, uri=f"https://m.test/{n}",
                                  created_at=at.isoformat())  # fmt: skip
        return [self.held[n]["uri"] for n in range(first, first + number)]

    def answer(self, asked):
        found = sorted(self.held.values(), key=lambda s: -int(s["id"]))
        low, size = int(asked.query.get("min_id", 0)), int(asked.query["limit"])
        found = [s for s in found if int(s["id"]) > low]
        if asked.path == "/api/v2/search":
            if asked.headers.get("authorization") != "Bearer sesame":
                return Said({"error": "The access token is invalid"}, 401)
            offset = int(asked.query.get("offset", 0))
            return {"accounts": [], "hashtags": [], "statuses": found[offset : offset + size]}
        found = found[-size:] if low else found[:size]
        return found[::2] + found[1::2] + found[:1]


@pytest.mark.parametrize("keys", ['hashtags = ["acme"]', 'search = "acme"\ntoken = "sesame"'])
def test_every_post_is_stored_once_whatever_the_server_does(tmp_path, keys):
    there = Server()
    there.add(45)
    with ApiServer(there.answer) as api:
        house = Living(tmp_path, "mastodon", f'url = "{api.url}"\n{keys}')
        missing = storm(house, api, there.add, [5, 100, 0, 1800, 40, 100])
        house.close()
    assert not missing
