"""Reddit: both rungs of the ladder against a small Reddit on loopback."""

import json
import queue
from datetime import UTC, datetime, timedelta

import pytest
from pydantic import SecretStr

from connectors import SourceGarbled, SourceRefused, SourceUnavailable, reddit
from listener.hearing import Ears, Visit
from tests.connectors import fake_reddit
from tests.connectors.fake_reddit import START, Reddit


@pytest.fixture
def fake():
    fake = Reddit()
    fake.posts, fake.comments = [3, 2, 1], [12, 11]
    yield fake
    fake.close()


@pytest.fixture(scope="module")
def ears():
    ears = Ears(lambda: datetime(2026, 3, 2, tzinfo=UTC))
    yield ears
    ears.close()


@pytest.fixture
def visit(fake, ears):
    def visit(cursor=None, rung="api", **more):
        home = queue.SimpleQueue()
        ears.visit(Visit("r", "reddit", options(fake, rung, **more), cursor, private=True), home.put)
        outcome = home.get(timeout=30)
        if outcome.error is not None:
            raise outcome.error
        return outcome.page

    return visit


def options(fake, rung="api", **more):
    api = {"client_id": SecretStr("id"), "client_secret": SecretStr("hush")}
    feed = {"feed_token": SecretStr("token"), "feed_user": "ada"}
    keys = {"api": api, "feed": feed, "both": api | feed}[rung]
    where = {"reddit_url": fake.url, "oauth_url": fake.url}
    return reddit.Options(**{"subreddit": "kettles", **where, **keys, **more})


def ids(page):
    return [mention.id for mention in page.mentions]


def moment(number):
    return datetime.fromtimestamp(START + number, UTC)


def test_a_first_visit_brings_the_newest_posts_and_comments(visit, fake):
    page = visit()
    assert ids(page) == ["t3_1", "t3_2", "t3_3", "t1_b", "t1_c"]
    assert (page.rung, page.since) == ("api", None)
    post, comment = page.mentions[0], page.mentions[-1]
    assert (post.title, post.text, post.author) == ("post 1", "leaks 1", "ada")
    assert (comment.title, comment.text, comment.author) == ("", "mine too 12", "ben")
    assert post.url == "https://www.reddit.com/r/kettles/comments/1/x/"
    assert (post.published_at, post.reach) == (moment(1), None)
    assert len([path for path, _ in fake.asked if "comments" in path or "new" in path]) == 2


def test_we_say_who_we_are(visit, fake):
    visit()
    assert all("crisis-listener" in agent for path, agent in fake.asked if path.startswith("/r/"))


def test_a_first_visit_reads_one_page_of_each(visit, fake):
    fake.posts = list(range(500, 0, -1))
    assert len(visit(comments=False).mentions) == 100


def test_a_later_visit_reads_back_to_what_it_knows(visit, fake):
    first = visit(comments=False)
    fake.posts = list(range(153, 0, -1))
    page = visit(first.cursor, comments=False)
    assert set(ids(page)) >= {f"t3_{number:x}" for number in range(4, 154)}
    assert page.since == moment(3)


def test_coverage_is_that_of_the_worse_listing(visit, fake):
    first = visit()
    fake.comments = list(range(3000, 1500, -1))
    page = visit(first.cursor)
    assert len(page.mentions) == 1003
    assert page.since is None, "comments were lost"
    assert visit(page.cursor).since == moment(3)


def test_a_deleted_post_does_not_blind_us(visit, fake):
    first = visit(comments=False)
    fake.posts = [*range(200, 3, -1), 2, 1]
    page = visit(first.cursor, comments=False)
    assert page.since == moment(3)
    assert len(page.mentions) >= 197


def test_nothing_new_is_no_gap(visit, fake):
    first = visit()
    assert visit(first.cursor).since == moment(3)


def test_an_empty_subreddit_is_no_error(visit, fake):
    fake.posts, fake.comments = [], []
    page = visit()
    fake.posts = [1]
    assert ids(visit(page.cursor)) == ["t3_1"]


def test_what_was_taken_back_is_no_mention(fake, visit, monkeypatch):
    gone = {"body": "[deleted]", "body_html": "<p>[deleted]</p>", "author": "[deleted]"}
    whole = fake_reddit.comment
    monkeypatch.setattr(fake_reddit, "comment", lambda n: whole(n, **gone) if n == 11 else whole(n))
    assert ids(visit())[-1] == "t1_c"
    assert "t1_b" not in ids(visit())


def test_an_item_without_a_time_costs_only_itself(fake, visit, monkeypatch):
    whole = fake_reddit.post
    monkeypatch.setattr(fake_reddit, "post", lambda n: whole(n, created_utc=None) if n == 2 else whole(n))
    page = visit(comments=False)
    assert (ids(page), page.spoiled) == (["t3_1", "t3_3"], 1)


def test_a_search_narrows_the_posts(visit, fake):
    visit(search="kettle OR lid", comments=False)
    path = next(path for path, _ in fake.asked if "search" in path)
    assert "q=kettle+OR+lid" in path
    assert "sort=new" in path


@pytest.mark.parametrize(
    ("mood", "error", "sentence"),
    [
        (403, SourceRefused, "403"),
        (404, SourceRefused, "404"),
        (451, SourceRefused, "451"),
        (400, SourceRefused, "400"),
        (503, SourceUnavailable, "503"),
        (429, SourceUnavailable, "less often"),
    ],
)
def test_reddits_moods_have_their_errors(visit, fake, mood, error, sentence):
    fake.mood = mood
    with pytest.raises(error, match=sentence):
        visit()


def test_a_wait_that_reddit_names_is_told(visit, fake):
    fake.mood, fake.headers = 429, {"retry-after": "77"}
    with pytest.raises(SourceUnavailable) as told:
        visit()
    assert told.value.retry_after == timedelta(seconds=77)


def test_a_redirect_to_the_search_for_subreddits_means_there_is_none(visit, fake):
    fake.mood, fake.headers = 302, {"location": "/subreddits/search?q=kettles"}
    with pytest.raises(SourceRefused, match="no such subreddit"):
        visit()


def test_an_answer_that_is_not_json_is_garbled(visit, fake):
    fake.mood, fake.body = 200, b"<html>"
    with pytest.raises(SourceGarbled, match="not JSON"):
        visit()


def test_wrong_credentials_are_refused_and_never_printed(visit, fake):
    fake.secret = "changed"
    with pytest.raises(SourceRefused, match="client_id and client_secret") as told:
        visit()
    assert "hush" not in str(told.value)
    assert "hush" not in repr(options(fake))


def test_a_reddit_that_is_not_there_is_unavailable(visit, fake):
    fake.close()
    with pytest.raises(SourceUnavailable, match="no connection"):
        visit()


def test_the_feed_is_read_where_there_are_no_credentials(visit, fake):
    page = visit(rung="feed")
    assert ids(page) == ["t3_1", "t3_2", "t3_3", "t1_b", "t1_c"]
    assert page.rung == "feed"
    assert (page.mentions[0].author, page.mentions[0].text) == ("ada", "leaks 1")
    assert "/r/kettles/new.rss?feed=token&user=ada&limit=100" in [path for path, _ in fake.asked]


def test_the_feed_tells_its_coverage(visit, fake):
    first = visit(rung="feed")
    fake.posts = [4, 3, 2, 1]
    assert visit(first.cursor, rung="feed").since == moment(3)


def test_the_feed_stands_in_where_the_interface_refuses_us(visit, fake):
    fake.secret = "revoked"
    page = visit(rung="both")
    assert (page.rung, len(page.mentions)) == ("feed", 5)


def test_a_cursor_of_the_other_rung_or_of_none_is_no_cursor(visit):
    for cursor in (
        json.dumps({"feed": {"new": "x"}}),
        "junk",
        "[1]",
        '{"api": 5}',
        '{"api": {"new": {"seen": 5}}}',
    ):
        assert len(visit(cursor).mentions) == 5


@pytest.mark.parametrize(
    ("wrong", "sentence"),
    [
        ({"subreddit": "r/kettles"}, "without r/"),
        ({"subreddit": ""}, "subreddit"),
        ({"subreddit": "all", "search": "x"}, "comments must be false"),
        ({"reddit_url": "file:///x"}, "reddit_url"),
        ({"client_secret": SecretStr("")}, "go together"),
        ({"feed_user": "ada"}, "go together"),
        ({"client_id": SecretStr(""), "client_secret": SecretStr("")}, "needs client_id"),
    ],
)
def test_options_that_cannot_work_are_refused(fake, wrong, sentence):
    with pytest.raises(ValueError, match=sentence):
        options(fake, **wrong)
