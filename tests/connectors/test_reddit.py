"""Reddit: every rung of the ladder against a small Reddit and a mailbox on loopback."""

import json
import queue
import time
from datetime import UTC, datetime, timedelta
from urllib.parse import quote

import pytest
from pydantic import SecretStr

from connectors import SourceGarbled, SourceRefused, SourceUnavailable, reddit
from listener.hearing import Ears, Visit
from listener.poll import Poller
from listener.store import sources
from tests.connectors import fake_reddit
from tests.connectors.fake_reddit import START, Reddit
from tests.kit import BRAND, an_intake, opened, settings
from tests.servers.imap import ImapServer, mail

MAIL = {
    "mail_host": "127.0.0.1",
    "mail_tls": "none",
    "mail_user": "ada",
    "mail_password": SecretStr("hush hush"),
}


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
    keys = {"api": api, "feed": feed, "both": api | feed, "mail": {}}[rung]
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
        json.dumps({"left": {"api": 5}, "worked": {"api": "x"}, "api": {"new": 5}}),
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
        ({"mail_host": "imap.test"}, "go together"),
        ({**MAIL, "mail_tls": "none", "mail_host": "imap.test"}, "for all to read"),
        ({**MAIL, "mail_folder": ""}, "mail_folder"),
    ],
)
def test_options_that_cannot_work_are_refused(fake, wrong, sentence):
    with pytest.raises(ValueError, match=sentence):
        options(fake, **wrong)


# ---- the ladder


@pytest.fixture
def imap():
    with ImapServer() as imap:
        imap.got_at = datetime.now(UTC).strftime("%d-%b-%Y %H:%M:%S +0000")
        yield imap


def alert(*numbers, sub="kettles", comments=False):
    """A mail of F5Bot that tells of those posts, or of comments."""
    lines = []
    for number in numbers:
        tail = f"abc/c/{number:x}/" if comments else f"{number:x}/slug/"
        address = quote(f"https://www.reddit.com/r/{sub}/comments/{tail}", safe="")
        kind = "Comments" if comments else "Posts"
        lines.append(
            f"<p>Reddit {kind} (/r/{sub}/): <a href='https://f5bot.com/url?u={address}&i=1'>post {number}</a>"
            f" by ada<br><span>leaks {number}</span></p>"
        )
    return mail(
        "F5Bot found something", html="".join(lines), sender="a <admin@f5bot.com>", at=datetime.now(UTC)
    )


def aged(cursor):
    """Let a cursor look as if its visit had been long ago."""
    held = json.loads(cursor)
    held["worked"] = {rung: at - 3_600 for rung, at in held.get("worked", {}).items()}
    held["left"] = {rung: [why, 0] for rung, (why, _) in held.get("left", {}).items()}
    return json.dumps(held)


def logins(fake):
    return len([path for path, _ in fake.asked if "access_token" in path])


def test_the_reason_for_leaving_a_rung_is_told_without_secrets(visit, fake):
    assert visit(rung="both").why == ""
    fake.secret = "revoked"
    page = visit(rung="both")
    assert page.rung == "feed"
    assert "Reddit's interface is not used" in page.why
    assert "client_id and client_secret" in page.why
    assert "hush" not in page.why
    assert "token" not in page.why


def test_a_rung_that_refuses_us_is_not_hammered(visit, fake):
    fake.secret = "revoked"
    page = visit(rung="both")
    asked = logins(fake)
    for _ in range(3):
        page = visit(page.cursor, rung="both")
    assert (page.rung, logins(fake)) == ("feed", asked)
    assert "client_id" in page.why


def test_a_rung_that_refused_other_credentials_is_tried_at_once(visit, fake):
    fake.secret = "new and secret"
    page = visit(rung="both")
    assert (page.rung, visit(page.cursor, rung="both").rung) == ("feed", "feed")
    mended = visit(page.cursor, rung="both", client_secret=SecretStr("new and secret"))
    assert (mended.rung, mended.why) == ("api", "")
    assert "new and secret" not in page.cursor


@pytest.mark.parametrize(("worked", "rests"), [(20, 300), (1_500, 1_500), (90_000, 3_600)])
def test_a_rung_that_worked_lately_is_tried_again_sooner(visit, fake, worked, rests):
    fake.secret = "revoked"
    held = json.loads(visit(rung="feed").cursor) | {"worked": {"api": time.time() - worked}, "left": {}}
    left = json.loads(visit(json.dumps(held), rung="both").cursor)["left"]["api"]
    assert left[1] - time.time() == pytest.approx(rests, abs=60)


def test_a_rung_that_is_open_again_is_climbed_to_and_read_back(visit, fake):
    first = visit(rung="both", comments=False)
    fake.secret = "revoked"
    fake.posts = [4, *fake.posts]
    down = visit(first.cursor, rung="both", comments=False)
    fake.secret = "hush"
    fake.posts = list(range(230, 0, -1))
    up = visit(aged(down.cursor), rung="both", comments=False)
    assert (down.rung, up.rung, up.why) == ("feed", "api", "")
    assert set(ids(up)) >= {f"t3_{number:x}" for number in range(4, 231)}
    assert up.since == moment(3), "all the time on the lower rung is heard again"


def test_a_short_outage_is_waited_for_and_a_long_one_stepped_down_from(visit, fake, imap):
    box = {**MAIL, "mail_port": imap.port}
    first = visit(rung="api", **box)
    fake.mood = 503
    with pytest.raises(SourceUnavailable, match="503"):
        visit(first.cursor, rung="api", **box)
    imap.add(alert(9))
    page = visit(aged(first.cursor), rung="api", **box)
    assert (page.rung, ids(page), page.since) == ("mail", ["t3_9"], None)
    assert "503" in page.why
    fake.mood = 0
    assert visit(page.cursor, rung="api", **box).rung == "api", "it is tried at every visit"


def test_the_last_rung_is_mail_and_knows_the_same_names(visit, fake, imap):
    fake.secret, fake.mood = "revoked", 403
    imap.add(alert(2, 7))
    imap.add(alert(12, comments=True))
    imap.add(alert(5, sub="other"))
    imap.add(mail("F5Bot news", "no links in it", sender="a <admin@f5bot.com>"))
    imap.add(mail("hi", "https://www.reddit.com/r/kettles/comments/f/x/", sender="a <a@board.test>"))
    page = visit(rung="both", **MAIL, mail_port=imap.port)
    assert (page.rung, sorted(ids(page))) == ("mail", ["t1_c", "t3_2", "t3_7"])
    post = next(m for m in page.mentions if m.id == "t3_2")
    assert (post.title, post.text, post.author) == ("post 2", "leaks 2", "ada")
    assert post.url == "https://www.reddit.com/r/kettles/comments/2/slug/"
    assert page.why.count("is not used") == 2
    fake.secret, fake.mood = "hush", 0
    up = visit(aged(page.cursor), rung="both", **MAIL, mail_port=imap.port)
    assert up.rung == "api"
    assert {"t3_2", "t1_c"} <= set(ids(up))


def test_mail_alone_is_a_way_too(visit, imap):
    imap.add(alert(*range(150)))
    page = visit(rung="mail", **MAIL, mail_port=imap.port, comments=False)
    assert (page.rung, page.why, len(page.mentions)) == ("mail", "", 150)
    assert visit(page.cursor, rung="mail", **MAIL, mail_port=imap.port, comments=False).mentions == ()


def test_where_all_rungs_fail_it_is_told_of_each(visit, fake, imap):
    fake.secret, fake.mood, imap.refusal = "revoked", 403, "no"
    with pytest.raises(SourceRefused) as refused:
        visit(rung="both", **MAIL, mail_port=imap.port)
    assert all(name in str(refused.value) for name in ("interface", "feed", "mailbox"))
    imap.refusal = "[UNAVAILABLE]"
    with pytest.raises(SourceUnavailable):
        visit(rung="both", **MAIL, mail_port=imap.port)


def test_changes_of_rung_store_every_post_once_and_show_which_is_in_use(tmp_path, fake, imap):
    now = [datetime.now(UTC)]
    config = settings(
        tmp_path,
        BRAND.replace('"Acme"', '"Acme"\nquery = "leaks"'),
        '[[source]]\nname = "r"\nkind = "reddit"\nprivate = true\nsubreddit = "kettles"\ncomments = false\n'
        f'client_id = "id"\nclient_secret = "hush"\nfeed_token = "token"\nfeed_user = "ada"\n'
        f'reddit_url = "{fake.url}"\noauth_url = "{fake.url}"\nmail_host = "127.0.0.1"\nmail_tls = "none"\n'
        f'mail_user = "ada"\nmail_password = "hush hush"\nmail_port = {imap.port}\n',
    )
    config = config.model_copy(
        update={"privacy": config.privacy.model_copy(update={"keep": timedelta(days=3650)})}
    )
    store, rungs, number = opened(tmp_path), [], 3
    for state in ("api", "feed", "mail", "api", "mail", "feed", "api"):
        ears = Ears(lambda: now[0])
        poller = Poller(store, ears, an_intake(store, config), config, lambda: 0.5)
        fake.secret, fake.mood = ("hush" if state == "api" else "no"), (403 if state == "mail" else 0)
        fake.posts = list(range(number + 4, 0, -1))
        imap.add(alert(*range(number, number + 4)))
        number += 4
        now[0] += timedelta(hours=2)
        poller.start(now[0], ["r"])
        while poller.out:
            poller.settle(lambda: now[0], 5)
        ears.close()
        with store.write() as db:
            (found,) = sources.all_of(db, ["r"])
            rungs.append(found.rung)
            db.execute("UPDATE sources SET cursor = ?", (aged(found.cursor),))
    assert rungs == ["api", "feed", "mail", "api", "mail", "feed", "api"]
    with store.read() as db:
        keys = [row[0] for row in db.execute("SELECT key FROM mentions")]
    assert sorted(keys) == sorted(f"t3_{n:x}" for n in range(1, number + 1))
    store.close()
