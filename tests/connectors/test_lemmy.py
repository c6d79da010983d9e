"""Lemmy: posts and comments, read back by cursor or by number."""

import json
from datetime import UTC, datetime, timedelta

import pytest

from connectors import Answer, SourceGarbled, SourceRefused, SourceUnavailable, lemmy
from tests.connectors.living import Living, storm
from tests.connectors.talk import talk
from tests.kit import NOON
from tests.servers.api import ApiServer, Said

START = datetime(2026, 3, 2, 12, tzinfo=UTC)
POSTS = lemmy.Options("https://l.test", comments=False)


def post(number, at=None, **more):
    at = at or START + timedelta(hours=number)
    return {
        "post": {"id": number, "name": f"Acme {number}", "body": "leaks & <drips>",
                 "published": at.isoformat(), "ap_id": f"https://l.test/post/{number}",
                 "deleted": False, "removed": False, **more},
        "creator": {"name": "ada", "actor_id": "https://other.test/u/ada"},
        "community": {"name": "kettles"}, "counts": {"score": 1},
    }  # fmt: skip


def comment(number, at=None, **more):
    at = at or START + timedelta(hours=number)
    return {
        "comment": {"id": number, "content": f"Acme drips {number}", "published": at.isoformat(),
                    "ap_id": f"https://l.test/comment/{number}", "deleted": False, "removed": False, **more},
        "post": {"name": "Kettles", "deleted": True}, "creator": {"name": "ada", "actor_id": "x"},
    }  # fmt: skip


def posts(first, last, **more):
    return {"posts": [post(n) for n in range(last, first - 1, -1)], **more}


def said(value, status):
    return Answer(json.dumps(value).encode(), status=status)


def numbers(page):
    return [int(m.id.rpartition("/")[2]) for m in page.mentions]


def visit(*answers, options=POSTS, cursor=None):
    return talk(lemmy.fetch(options, cursor), *answers)


def test_a_first_visit_reads_a_page_of_posts():
    asked, page = visit(posts(1, 50, next_page="Pa"))
    assert asked[0].url == "https://l.test/api/v3/post/list"
    assert asked[0].params == {"type_": "All", "sort": "New", "limit": 50}
    assert (numbers(page), page.since, page.more) == (list(range(1, 51)), None, False)


def test_a_later_visit_follows_the_servers_cursor_back_to_what_is_known():
    _, first = visit(posts(1, 50, next_page="Pa"))
    pages = [posts(151, 200, next_page="Pb"), posts(101, 150, next_page="Pc"), posts(10, 60)]
    asked, page = visit(*pages, cursor=first.cursor)
    assert [ask.params.get("page_cursor") for ask in asked] == [None, "Pb", "Pc"]
    assert (numbers(page)[0], page.more) == (10, False)
    assert page.since == START + timedelta(hours=38)


def test_without_a_cursor_pages_are_counted():
    _, first = visit(posts(1, 50))
    asked, _ = visit(posts(151, 200), posts(10, 60), cursor=first.cursor)
    assert [ask.params.get("page") for ask in asked] == [None, 2]


def test_a_cursor_that_the_server_forgot_gives_way_to_the_number_of_the_page():
    _, first = visit(posts(1, 50, next_page="Pa"))
    forgot = said({"error": "couldnt_find_post"}, 404)
    asked, page = visit(posts(151, 200, next_page="Pb"), forgot, posts(10, 60), cursor=first.cursor)
    assert asked[2].params["page"] == 2
    assert page.more is False


def test_comments_are_a_listing_of_their_own():
    both = lemmy.Options("https://l.test", community="kettles@other.test")
    asked, page = visit(posts(1, 2), {"comments": [comment(9)]}, options=both)
    assert asked[1].url == "https://l.test/api/v3/comment/list"
    assert {ask.params["community_name"] for ask in asked} == {"kettles@other.test"}
    assert [m.id for m in page.mentions][-1] == "https://l.test/comment/9"
    assert (page.mentions[-1].title, page.mentions[-1].text) == ("Kettles", "Acme drips 9")


def test_what_one_listing_fails_costs_the_other_nothing():
    both = lemmy.Options("https://l.test")
    _, page = visit(posts(1, 2), SourceUnavailable("later"), options=both)
    assert numbers(page) == [1, 2]
    asked, page = visit(
        {"comments": [comment(9)]}, posts(1, 3), {"posts": []}, options=both, cursor=page.cursor
    )
    assert asked[0].url.endswith("/comment/list")


def test_a_search_asks_for_each_kind():
    search = lemmy.Options("https://l.test", search="acme kettle")
    asked, page = visit({"posts": [post(1)], "comments": []}, {"comments": [comment(2)]}, options=search)
    assert {ask.url for ask in asked} == {"https://l.test/api/v3/search"}
    assert [(ask.params["q"], ask.params["type_"]) for ask in asked] == [
        ("acme kettle", "Posts"), ("acme kettle", "Comments")
    ]  # fmt: skip
    assert numbers(page) == [1, 2]


def test_where_a_visit_broke_off_its_last_page_is_read_again():
    _, first = visit(posts(1, 50))
    busy = SourceUnavailable("busy", timedelta(seconds=3))
    _, page = visit(posts(201, 250), posts(151, 200), busy, cursor=first.cursor)
    assert (page.more, page.wait) == (True, timedelta(seconds=3))
    asked, page = visit(posts(201, 251), posts(152, 201), posts(102, 151), posts(10, 60), cursor=page.cursor)
    assert [ask.params.get("page") for ask in asked] == [None, 2, 3, 4]
    assert page.more is False


def test_a_pinned_post_does_not_end_the_reading_of_a_page():
    _, first = visit(posts(1, 50))
    pinned = [post(-n, START - timedelta(days=n), featured_local=True) for n in range(1, 30)]
    page = {"posts": pinned + posts(201, 221)["posts"]}
    asked, _ = visit(page, posts(10, 60), cursor=first.cursor)
    assert len(asked) == 2


def test_what_was_taken_back_is_left_out():
    _, page = visit({"posts": [post(1, deleted=True), post(2, removed=True), post(3)]})
    assert (numbers(page), page.spoiled) == ([3], 0)


def test_a_post_is_read():
    _, page = visit({"posts": [post(7, datetime(2026, 3, 2, 12, 7))]})
    (mention,) = page.mentions
    assert (mention.title, mention.text, mention.author) == ("Acme 7", "leaks & <drips>", "ada@other.test")
    assert (mention.url, mention.published_at) == ("https://l.test/post/7", START + timedelta(minutes=7))


@pytest.mark.parametrize("bad", [None, 4, {}, {"post": 5}, post(7, ap_id=None), post(7, published="soon"),
                                 post(7, name="", body=None)])  # fmt: skip
def test_one_bad_post_costs_only_itself(bad):
    _, page = visit({"posts": [bad, post(8)]})
    assert (numbers(page), page.spoiled) == ([8], 1)


@pytest.mark.parametrize(
    ("status", "error", "meaning", "says"),
    [
        (400, "rate_limit_error", SourceUnavailable, "less often"),
        (429, "too_many_requests", SourceUnavailable, "less often"),
        (404, "couldnt_find_community", SourceRefused, "no such community"),
        (401, "instance_is_private", SourceRefused, "to strangers"),
        (403, "<script>", SourceRefused, "without a reason"),
    ],
)
def test_errors_say_what_has_to_be_done(status, error, meaning, says):
    with pytest.raises(meaning, match=says) as told:
        visit(said({"error": error}, status))
    if meaning is SourceUnavailable:
        assert told.value.retry_after == lemmy.LIMIT_WAIT


@pytest.mark.parametrize("found", [[], {"posts": 5}, b"<html>"])
def test_another_shape_is_garbled(found):
    with pytest.raises(SourceGarbled):
        visit(found)


@pytest.mark.parametrize("wrong", [{"url": "x"}, {"community": "c/kettles"}, {"community": "a@b@c"}])
def test_options_that_cannot_work_are_refused(wrong):
    with pytest.raises(ValueError, match=next(iter(wrong))):
        lemmy.Options(**{"url": "https://l.test", **wrong})


class Server:
    """A server as documented: fifty a page, cursors for posts, numbers for comments."""

    def __init__(self, counts):
        self.posts, self.comments, self.counts = [], [], counts

    def add(self, number):
        for n in range(len(self.posts), len(self.posts) + number):
            at = NOON - timedelta(days=1) + timedelta(seconds=n)
            self.posts.append(post(n, at))
            self.comments.append(comment(n, at))
        new = self.posts[-number:] + self.comments[-number:] if number else []
        return [view.get("comment", view["post"])["ap_id"] for view in new]

    def answer(self, asked):
        size, page = int(asked.query["limit"]), int(asked.query.get("page", 1))
        if asked.path == "/api/v3/comment/list":
            return {"comments": self.comments[::-1][(page - 1) * size : page * size]}
        assert asked.path == "/api/v3/post/list"
        below = int(asked.query.get("page_cursor", len(self.posts)))
        if self.counts:
            return {"posts": self.posts[::-1][(page - 1) * size : page * size]}
        if below < 0:
            return Said({"error": "couldnt_find_post"}, 404)
        shown = self.posts[max(below - size, 0) : below][::-1]
        return {"posts": shown[::2] + shown[1::2], "next_page": str(max(below - size, 0))}


@pytest.mark.parametrize("counts", [False, True])
def test_everything_is_stored_once_whatever_the_server_does(tmp_path, counts):
    there = Server(counts)
    there.add(45)
    with ApiServer(there.answer) as api:
        house = Living(tmp_path, "lemmy", f'url = "{api.url}"')
        missing = storm(house, api, there.add, [5, 100, 0, 1600, 40, 100])
        house.close()
    assert not missing
