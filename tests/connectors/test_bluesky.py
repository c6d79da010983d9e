"""Bluesky: a search behind a login that is rationed."""

import json
from datetime import UTC, datetime, timedelta
from uuid import uuid4

import pytest
from pydantic import SecretStr

from connectors import Answer, SourceGarbled, SourceRefused, SourceUnavailable, bluesky
from tests.connectors.living import Living, storm
from tests.connectors.talk import talk
from tests.kit import NOON
from tests.servers.api import ApiServer, Said

START = datetime(2026, 3, 2, 12, tzinfo=UTC)
LOGIN = {"accessJwt": "first", "refreshJwt": "again", "handle": "pr.test", "did": "did:plc:pr"}


@pytest.fixture
def options():
    """Options of an account of one's own: sessions are shared by all visits of an account."""
    return bluesky.Options("pr.test", SecretStr(uuid4().hex), "acme")


def stamp(second):
    return (START + timedelta(seconds=second)).strftime("%Y-%m-%dT%H:%M:%S.500Z")


def post(number, second=None, **more):
    second = number if second is None else second
    return {
        "uri": f"at://did:plc:ada/app.bsky.feed.post/3k{number}", "cid": "baf",
        "author": {"did": "did:plc:ada", "handle": "ada.test", "displayName": "Ada"},
        "record": {"$type": "app.bsky.feed.post", "text": f"Acme <3 leaks & drips {number}",
                   "createdAt": stamp(second), "langs": ["en-GB"]},
        "indexedAt": stamp(second + 2), "likeCount": 5, "repostCount": 2, **more,
    }  # fmt: skip


def posts(first, last, **more):
    return {"posts": [post(n) for n in range(last, first - 1, -1)], **more}


def said(value, status=200, **headers):
    return Answer(json.dumps(value).encode(), status=status, headers=headers)


def visit(options, *answers, cursor=None):
    return talk(bluesky.fetch(options, cursor), *answers)


def numbers(page):
    return [int(m.id.rpartition("/3k")[2]) for m in page.mentions]


def test_a_first_visit_logs_in_and_reads_one_page(options):
    (login, search), page = visit(options, LOGIN, posts(1, 100, cursor="100"))
    assert login.url == "https://bsky.social/xrpc/com.atproto.server.createSession"
    assert login.body == {"identifier": "pr.test", "password": options.app_password.get_secret_value()}
    assert search.url == "https://bsky.social/xrpc/app.bsky.feed.searchPosts"
    assert search.params == {"q": "acme", "sort": "latest", "limit": 100}
    assert search.headers == {"Authorization": "Bearer first"}
    assert (numbers(page), page.since, page.more) == (list(range(1, 101)), None, False)


def test_the_next_visit_goes_on_with_the_session_and_reads_back_to_what_is_known(options):
    _, first = visit(options, LOGIN, posts(701, 800))
    pages = [posts(1101, 1200, cursor="100"), posts(1001, 1100, cursor="200"), posts(950, 1000)]
    asked, page = visit(options, *pages, cursor=first.cursor)
    assert [ask.params.get("cursor") for ask in asked] == [None, "100", "200"]
    assert {ask.params["since"] for ask in asked} == {stamp(701).replace(".500Z", "Z")}
    assert (numbers(page)[0], len(page.mentions), page.more) == (950, 251, False)
    assert page.since == START + timedelta(seconds=788)


@pytest.mark.parametrize("stale", [said({"error": "ExpiredToken"}, 400), said({"error": "AuthMissing"}, 401)])
def test_an_expired_session_is_renewed(options, stale):
    visit(options, LOGIN, posts(1, 2))
    renewed = {**LOGIN, "accessJwt": "second", "refreshJwt": "newer"}
    asked, page = visit(options, stale, renewed, posts(1, 3))
    assert asked[1].url.endswith("/xrpc/com.atproto.server.refreshSession")
    assert asked[1].headers == {"Authorization": "Bearer again"}
    assert asked[2].headers == {"Authorization": "Bearer second"}
    assert numbers(page) == [1, 2, 3]
    asked, _ = visit(options, posts(1, 3))
    assert asked[0].headers == {"Authorization": "Bearer second"}


def test_one_that_cannot_be_renewed_is_made_anew(options):
    visit(options, LOGIN, posts(1, 2))
    expired = said({"error": "ExpiredToken"}, 400)
    asked, page = visit(options, expired, expired, {**LOGIN, "accessJwt": "third"}, posts(1, 3))
    assert asked[2].url.endswith("createSession")
    assert asked[3].headers == {"Authorization": "Bearer third"}
    assert numbers(page) == [1, 2, 3]


def test_a_refused_login_says_what_to_do_and_no_secret(options):
    refused = said({"error": "AuthenticationRequired", "message": "Invalid identifier or password"}, 401)
    with pytest.raises(SourceRefused, match="new app password") as told:
        visit(options, refused)
    assert options.app_password.get_secret_value() not in str(told.value)


def test_a_search_that_stays_forbidden_after_a_new_login_is_refused(options):
    with pytest.raises(SourceRefused, match="403 Forbidden"):
        visit(options, LOGIN, said({"error": "Forbidden"}, 403))


def test_a_ration_of_logins_that_is_used_up_is_waited_for(options):
    with pytest.raises(SourceUnavailable) as told:
        visit(
            options,
            said({"error": "RateLimitExceeded"}, 429, **{"ratelimit-reset": "1772452800"}),
            Answer(value=99),
        )
    assert told.value.retry_after == timedelta(seconds=99)


def test_what_was_read_before_an_error_is_kept_and_the_rest_asked_for_by_time(options):
    _, first = visit(options, LOGIN, posts(701, 800))
    busy = SourceUnavailable("busy", timedelta(seconds=9))
    _, page = visit(options, posts(1101, 1200, cursor="100"), busy, cursor=first.cursor)
    assert (len(page.mentions), page.more, page.wait) == (100, True, timedelta(seconds=9))
    asked, page = visit(options, posts(1190, 1200), posts(1060, 1101), cursor=page.cursor)
    assert asked[1].params["until"] == stamp(1127).replace(".500Z", "Z")
    assert "cursor" not in asked[1].params
    assert (page.more, page.gap) == (False, False)


def test_a_limit_that_is_spent_ends_the_visit(options):
    _, first = visit(options, LOGIN, posts(701, 800))
    spent = {"ratelimit-remaining": "0", "ratelimit-reset": "30"}
    _, page = visit(options, said(posts(1101, 1200, cursor="100"), **spent), cursor=first.cursor)
    assert (len(page.mentions), page.more, page.wait) == (100, True, timedelta(seconds=30))


def test_a_full_page_without_a_cursor_is_followed_by_time(options):
    _, first = visit(options, LOGIN, posts(701, 800))
    asked, page = visit(options, posts(1101, 1200), posts(1060, 1101), cursor=first.cursor)
    assert asked[1].params["until"] == stamp(1127).replace(".500Z", "Z")
    assert page.more is False


def test_a_post_is_read(options):
    _, page = visit(options, LOGIN, {"posts": [post(7)]})
    (mention,) = page.mentions
    assert (mention.id, mention.author) == ("at://did:plc:ada/app.bsky.feed.post/3k7", "ada.test")
    assert mention.url == "https://bsky.app/profile/ada.test/post/3k7"
    assert (mention.text, mention.language, mention.reach) == ("Acme <3 leaks & drips 7", "en", None)
    assert mention.published_at == datetime.fromisoformat(stamp(7))


def test_a_date_that_lies_ahead_of_its_arrival_is_not_believed(options):
    ahead = post(7, record={"text": "Acme", "createdAt": "2093-01-01T00:00:00Z", "langs": ["en", "pl"]})
    _, page = visit(options, LOGIN, {"posts": [ahead]})
    assert page.mentions[0].published_at == datetime.fromisoformat(stamp(9))
    assert page.mentions[0].language == ""


@pytest.mark.parametrize("bad", [None, 3, {}, post(7, uri="javascript:x"), post(7, record={"text": 5}),
                                 {**post(7, record={"text": "Acme"}), "indexedAt": "soon"}])  # fmt: skip
def test_one_bad_post_costs_only_itself(options, bad):
    _, page = visit(options, LOGIN, {"posts": [bad, post(8)]})
    assert (numbers(page), page.spoiled) == ([8], 1)


def test_a_post_of_pictures_only_is_left_out(options):
    bare = post(7, record={"text": "", "createdAt": stamp(7)})
    _, page = visit(options, LOGIN, {"posts": [bare]})
    assert (page.mentions, page.spoiled) == ((), 0)


@pytest.mark.parametrize("found", [[], {"posts": 5}, b"<html>"])
def test_another_shape_is_garbled(options, found):
    with pytest.raises(SourceGarbled):
        visit(options, LOGIN, found)


def test_a_login_without_a_token_is_garbled(options):
    with pytest.raises(SourceGarbled, match="no token"):
        visit(options, {"did": "did:plc:pr"})


@pytest.mark.parametrize(
    "wrong", [{"search": " "}, {"identifier": ""}, {"app_password": SecretStr("")}, {"url": "x"}]
)
def test_options_that_cannot_work_are_refused(wrong):
    good = {"identifier": "pr.test", "app_password": SecretStr("x"), "search": "acme"}
    with pytest.raises(ValueError, match=next(iter(wrong))):
        bluesky.Options(**{**good, **wrong})


class Server:
    """A server as documented; its sessions expire after a few asks."""

    def __init__(self):
        self.held, self.logins, self.left = [], 0, 0

    def add(self, number):
        first = len(self.held)
        for n in range(first, first + number):
            at = (NOON - timedelta(days=1) + timedelta(seconds=n)).isoformat()
            self.held.append(post(n, record={"text": f"Acme {n}", "createdAt": at}, indexedAt=at))
        return [p["uri"] for p in self.held[first:]]

    def answer(self, asked):
        if asked.path.endswith(("createSession", "refreshSession")):
            self.logins += asked.path.endswith("createSession")
            self.left = 7
            return LOGIN
        self.left -= 1
        if self.left < 0 or asked.headers["authorization"] != "Bearer first":
            return Said({"error": "ExpiredToken", "message": "Token has expired"}, 400)
        found = self.held[::-1]
        for name, fits in (("since", lambda at, bound: at >= bound), ("until", lambda at, bound: at < bound)):
            if bound := asked.query.get(name):
                bound = datetime.fromisoformat(bound)
                found = [p for p in found if fits(datetime.fromisoformat(p["indexedAt"]), bound)]
        start, size = int(asked.query.get("cursor", 0)), int(asked.query["limit"])
        shown = found[start : start + size]
        more = {"cursor": str(start + size)} if start + size < len(found) else {}
        return {"posts": shown[::2] + shown[1::2] + shown[:1], **more}


def test_every_post_is_stored_once_whatever_the_server_does(tmp_path):
    there = Server()
    there.add(45)
    keys = f'url = "{{}}"\nidentifier = "pr.test"\napp_password = "{uuid4().hex}"\nsearch = "acme"'
    with ApiServer(there.answer) as api:
        house = Living(tmp_path, "bluesky", keys.format(api.url))
        missing = storm(house, api, there.add, [5, 250, 0, 3000, 40, 300])
        assert '"first"' not in house.cursor()
        house.close()
    assert not missing
    assert there.logins == 1
