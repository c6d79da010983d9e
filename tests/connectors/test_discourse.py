"""Discourse: a forum's newest posts by number, and a search by pages and days."""

import json
from datetime import UTC, datetime, timedelta

import pytest
from pydantic import SecretStr

from connectors import Answer, SourceGarbled, SourceRefused, SourceUnavailable, discourse
from tests.connectors.living import Living, storm
from tests.connectors.talk import talk
from tests.kit import NOON
from tests.servers.api import ApiServer

START = datetime(2026, 3, 2, 12, tzinfo=UTC)
FORUM = discourse.Options("https://forum.test/")
SEARCH = discourse.Options("https://forum.test", search="acme kettle")


def post(number, at=None, **more):
    at = at or START + timedelta(minutes=number)
    return {
        "id": number, "username": "ada", "name": "Ada L", "created_at": at.strftime("%Y-%m-%dT%H:%M:%S.000Z"),
        "cooked": f"<p>Acme <b>leaks</b> {number}</p>", "post_number": 3, "topic_id": 77,
        "topic_slug": "hot-kettles", "topic_title": "Hot kettles", **more,
    }  # fmt: skip


def latest(first, last, step=1):
    return {"latest_posts": [post(n) for n in range(last, first - 1, -step)]}


def found(first, last, day=0, **more):
    shown = [
        {
            k: v
            for k, v in post(n, START + timedelta(days=day, seconds=n)).items()
            if not k.startswith("topic_s")
        }
        for n in range(last, first - 1, -1)
    ]
    topics = [{"id": 77, "title": "Hot kettles", "slug": "hot-kettles"}]
    return {
        "posts": shown,
        "topics": topics,
        "grouped_search_result": {"more_full_page_results": True, **more},
    }


def said(value, status, **headers):
    return Answer(json.dumps(value).encode(), status=status, headers=headers)


def numbers(page):
    return [int(m.id) for m in page.mentions]


def visit(*answers, options=FORUM, cursor=None):
    return talk(discourse.fetch(options, cursor), *answers)


def test_a_first_visit_reads_the_newest_posts():
    asked, page = visit(latest(951, 1000))
    assert (asked[0].url, asked[0].params) == ("https://forum.test/posts.json", {})
    assert (numbers(page), page.since, page.more) == (list(range(951, 1001)), None, False)


def test_a_quiet_visit_asks_once():
    _, first = visit(latest(951, 1000))
    asked, page = visit(latest(951, 1000), cursor=first.cursor)
    assert (len(asked), page.since) == (1, START + timedelta(minutes=988))


def test_a_later_visit_steps_back_by_number_and_asks_for_the_border_again():
    _, first = visit(latest(951, 1000))
    asked, page = visit(
        latest(1101, 1150), latest(1051, 1100), latest(1001, 1051), latest(950, 1001), cursor=first.cursor
    )
    assert [ask.params.get("before") for ask in asked] == [None, 1101, 1051, 1001]
    assert (numbers(page)[0], page.more, page.gap) == (950, False, False)


def test_a_page_without_public_posts_is_not_the_end():
    _, first = visit(latest(951, 1000))
    nothing = {"latest_posts": []}
    asked, page = visit(latest(1151, 1180), nothing, nothing, latest(950, 1050), cursor=first.cursor)
    assert [ask.params.get("before") for ask in asked] == [None, 1151, 1102, 1053]
    assert page.more is False


def test_a_forum_that_was_empty_is_read_whole():
    _, first = visit({"latest_posts": []})
    asked, page = visit(latest(41, 90), latest(1, 41), cursor=first.cursor)
    assert (len(asked), numbers(page)[0], page.more) == (2, 1, False)


def test_what_was_read_before_an_error_is_kept_and_gone_on_with():
    _, first = visit(latest(951, 1000))
    busy = SourceUnavailable("busy", timedelta(seconds=9))
    _, page = visit(latest(1101, 1150), busy, cursor=first.cursor)
    assert (numbers(page)[0], page.more, page.wait) == (1101, True, timedelta(seconds=9))
    asked, page = visit(latest(1101, 1150), latest(950, 1101), cursor=page.cursor)
    assert asked[1].params == {"before": 1101}
    assert page.more is False


def test_a_search_follows_its_pages_down_to_what_is_known():
    _, first = visit(found(1, 50), options=SEARCH)
    asked, page = visit(
        found(901, 950), found(10, 40, more_full_page_results=None), options=SEARCH, cursor=first.cursor
    )
    assert asked[0].url == "https://forum.test/search.json"
    assert [ask.params["q"] for ask in asked] == ["acme kettle order:latest after:2026-03-01"] * 2
    assert [ask.params.get("page") for ask in asked] == [None, 2]
    assert (numbers(page)[0], page.more) == (10, False)


def test_a_search_beyond_its_last_page_goes_on_by_the_day():
    _, first = visit(found(1, 50), options=SEARCH)
    pages = [found(1000 - n * 50, 1049 - n * 50, day=3) for n in range(10)]
    asked, page = visit(
        *pages, found(10, 20, more_full_page_results=None), options=SEARCH, cursor=first.cursor
    )
    assert asked[10].params["q"].endswith("after:2026-03-01 before:2026-03-06")
    assert "page" not in asked[10].params
    assert (page.more, page.gap) == (False, False)


def test_more_on_a_day_than_a_search_shows_is_a_gap():
    _, first = visit(found(1, 50), options=SEARCH)
    pages = [found(2000 - n * 50, 2049 - n * 50, day=3) for n in range(20)]
    asked, page = visit(
        *pages, found(10, 20, more_full_page_results=None), options=SEARCH, cursor=first.cursor
    )
    assert asked[20].params["q"].endswith("before:2026-03-05")
    assert (page.gap, page.since) == (True, None)


def test_a_search_that_finds_nothing_is_calm():
    nothing = {"posts": [], "grouped_search_result": {"more_full_page_results": None}}
    _, page = visit(nothing, options=SEARCH)
    assert (page.mentions, page.gap) == ((), False)


def test_a_key_is_sent_with_its_user():
    asked, _ = visit(
        latest(1, 2), options=discourse.Options("https://forum.test", "", SecretStr("sesame"), "pr")
    )
    assert asked[0].headers == {"Accept": "application/json", "Api-Key": "sesame", "Api-Username": "pr"}


@pytest.mark.parametrize("status", [403, 404])
def test_a_closed_forum_says_what_to_do(status):
    with pytest.raises(SourceRefused, match="give api_key"):
        visit(said({"errors": ["not logged in"]}, status))
    with pytest.raises(SourceRefused, match="refuses the api_key") as told:
        visit(
            said({}, status), options=discourse.Options("https://forum.test", "", SecretStr("sesame"), "pr")
        )
    assert "sesame" not in str(told.value)


def test_a_429_waits_as_long_as_it_says():
    with pytest.raises(SourceUnavailable) as told:
        visit(said({"errors": ["slow down"]}, 429, **{"retry-after": "17"}))
    assert told.value.retry_after == timedelta(seconds=17)


def test_a_post_is_read():
    _, page = visit({"latest_posts": [post(9)]})
    (mention,) = page.mentions
    assert (mention.title, mention.text, mention.author) == ("Hot kettles", "Acme leaks 9", "ada")
    assert mention.url == "https://forum.test/t/hot-kettles/77/3"


def test_a_find_is_read_from_its_excerpt_and_its_topic():
    answer = found(9, 9)
    answer["posts"][0] |= {"cooked": None, "blurb": "…Acme leaks 9…", "topic_title": None}
    _, page = visit(answer, options=SEARCH)
    (mention,) = page.mentions
    assert (mention.title, mention.text) == ("Hot kettles", "…Acme leaks 9…")
    assert mention.url == "https://forum.test/t/hot-kettles/77/3"


@pytest.mark.parametrize("bad", [None, 3, {}, post(7, id="x"), post(7, id=-1), post(7, created_at=5)])
def test_one_bad_post_costs_only_itself(bad):
    _, page = visit({"latest_posts": [bad, post(8)]})
    assert (numbers(page), page.spoiled) == ([8], 1)


def test_an_odd_slug_leads_nowhere_else():
    _, page = visit({"latest_posts": [post(9, topic_slug="../../evil?x")]})
    assert page.mentions[0].url == "https://forum.test/t/-/77/3"


@pytest.mark.parametrize("answer", [[], {"latest_posts": 5}, b"<html>"])
def test_another_shape_is_garbled(answer):
    with pytest.raises(SourceGarbled):
        visit(answer)


@pytest.mark.parametrize("wrong", [{"url": "x"}, {"api_key": SecretStr("k")}, {"api_username": "pr"}])
def test_options_that_cannot_work_are_refused(wrong):
    with pytest.raises(ValueError, match=r"url|go together"):
        discourse.Options(**{"url": "https://forum.test", **wrong})


class Forum:
    """A forum as documented; every third number is a post that strangers do not see."""

    def __init__(self, window):
        self.posts, self.window = {}, window

    def add(self, number):
        last = max(self.posts, default=1000)
        fresh = [n for n in range(last + 1, last + 2 * number + 3) if n % 3][:number]
        for n in fresh:
            self.posts[n] = post(n, NOON - timedelta(days=1) + timedelta(seconds=n))
        return [str(n) for n in fresh]

    def answer(self, asked):
        if asked.path == "/search.json":
            start = 50 * (int(asked.query.get("page", 1)) - 1)
            newest = [p for _, p in sorted(self.posts.items(), reverse=True)]
            return {"posts": newest[start : start + 50], "topics": [], "grouped_search_result": {}}
        before = int(asked.query.get("before", 0))
        if self.window:  # as older versions do it: the numbers of a window
            before = before or max(self.posts)
            shown = [p for n, p in sorted(self.posts.items()) if before - 50 < n <= before]
        else:
            shown = [p for n, p in sorted(self.posts.items()) if not before or n < before][-50:]
        return {"latest_posts": shown[::2] + shown[1::2] + shown[:1]}


@pytest.mark.parametrize("window", [False, True])
def test_every_post_is_stored_once_whatever_the_server_does(tmp_path, window):
    there = Forum(window)
    there.add(45)
    with ApiServer(there.answer) as api:
        house = Living(tmp_path, "discourse", f'url = "{api.url}"')
        missing = storm(house, api, there.add, [5, 100, 0, 2500, 40, 100])
        house.close()
    assert not missing


def test_every_find_is_stored_once_whatever_the_server_does(tmp_path):
    there = Forum(window=False)
    there.add(45)
    with ApiServer(there.answer) as api:
        house = Living(tmp_path, "discourse", f'url = "{api.url}"\nsearch = "acme"')
        missing = storm(house, api, there.add, [5, 100, 0, 300, 40, 40])
        house.close()
    assert not missing
