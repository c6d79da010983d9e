"""Feeds: what is asked, what the cursor knows, and when a patient reader is called."""

from datetime import UTC, datetime

import pytest

from connectors import Answer, Call, Get, SourceGarbled, rss
from connectors._feed import Entry, Feed, feedparser_entries, loose_entries
from tests.connectors.talk import talk

URL = "https://x.example/feed"


def feed(*numbers, dated=True):
    date = "<pubDate>Mon, 02 Mar 2026 12:00:{:02d} GMT</pubDate>"
    items = "".join(
        f"<item><title>post {n}</title><guid isPermaLink='false'>{n}</guid>"
        f"{date.format(n) if dated else ''}</item>"
        for n in numbers
    )
    return f"<rss version='2.0'><channel>{items}</channel></rss>".encode()


def visit(body, cursor=None):
    return talk(rss.fetch(rss.Options(URL), cursor), body)[1]


def at(second):
    return datetime(2026, 3, 2, 12, 0, second, tzinfo=UTC)


def test_a_first_visit_brings_all_there_is_and_claims_nothing_of_the_past():
    asked, page = talk(rss.fetch(rss.Options(URL), None), feed(3, 2, 1))
    assert isinstance(asked[0], Get)
    assert (asked[0].url, asked[0].conditional) == (URL, True)
    assert [mention.id for mention in page.mentions] == ["1", "2", "3"]
    assert page.since is None


def test_a_page_that_overlaps_the_last_one_has_lost_nothing_since_its_newest():
    first = visit(feed(4, 3, 2, 1))
    assert visit(feed(6, 5, 4, 3), first.cursor).since == at(4)


def test_a_page_without_overlap_may_have_lost_something():
    first = visit(feed(4, 3, 2, 1))
    later = visit(feed(9, 8, 7, 6), first.cursor)
    assert later.since is None
    assert visit(feed(10, 9, 8, 7), later.cursor).since == at(9)


def test_a_pinned_post_is_no_overlap():
    first = visit(feed(4, 3, 2, 1))
    assert visit(feed(9, 8, 7, 1), first.cursor).since is None


def test_an_unchanged_feed_keeps_its_cursor_and_has_lost_nothing():
    first = visit(feed(2, 1))
    page = visit(Answer(unchanged=True), first.cursor)
    assert (page.mentions, page.cursor, page.since) == ((), first.cursor, at(2))


def test_an_empty_feed_keeps_the_cursor():
    first = visit(feed(2, 1))
    page = visit(feed(), first.cursor)
    assert (page.mentions, page.cursor, page.since) == ((), first.cursor, None)


def test_a_feed_without_dates_overlaps_but_cannot_say_since_when():
    first = visit(feed(4, 3, dated=False))
    assert [mention.id for mention in first.mentions] == ["3", "4"]
    assert visit(feed(5, 4, dated=False), first.cursor).since is None


@pytest.mark.parametrize(
    "cursor", ["", "x", "[]", "7", '{"seen": 5}', '{"seen": [], "newest_at": 5}', "null"]
)
def test_a_cursor_that_makes_no_sense_is_as_good_as_none(cursor):
    assert len(visit(feed(2, 1), cursor).mentions) == 2


def test_a_long_feed_leaves_a_short_cursor():
    body = b"".join(b"<item><title>%d</title></item>" % n for n in range(5000))
    assert len(visit(b"<rss><channel>" + body + b"</channel></rss>").cursor) < 12_000


def test_what_the_quick_reader_doubts_is_read_in_a_guarded_child():
    broken = b"<rss><channel><item><title>a & b</title></item>"
    asked, page = talk(
        rss.fetch(rss.Options(URL), None),
        Answer(body=broken, content_type="text/xml", url="https://x.example/moved/"),
        Answer(value=Feed((Entry(id="1", link="2", title="a & b"),))),
    )
    assert asked[1] == Call(feedparser_entries, (broken, "text/xml"), guarded=True)
    assert [(mention.id, mention.url) for mention in page.mentions] == [("1", "https://x.example/moved/2")]


def test_what_takes_the_child_with_it_is_read_by_its_tags():
    broken = b"<rss><channel><item><title>a</title>"
    asked, page = talk(
        rss.fetch(rss.Options(URL), None),
        Answer(body=broken),
        SourceGarbled("it could not be read within 5 s of care"),
        Answer(value=Feed((Entry(id="1", title="a"),))),
    )
    assert asked[2] == Call(loose_entries, (broken, ""), guarded=True)
    assert [mention.title for mention in page.mentions] == ["a"]


def test_a_web_page_is_said_to_be_one():
    with pytest.raises(SourceGarbled, match="a web page, not a feed"):
        visit(b"<html><body>please log in</body></html>")


def test_what_neither_reader_understands_is_no_feed():
    with pytest.raises(SourceGarbled, match="OPML list of feeds, not a feed"):
        talk(rss.fetch(rss.Options(URL), None), b"<opml version='2.0'><outline/></opml>", Answer(value=None))


@pytest.mark.parametrize(
    "url", ["", "x.example/feed", "file:///etc/passwd", "ftp://x.example", "http://u:p@x.example/"]
)
def test_an_address_that_is_none_is_refused(url):
    with pytest.raises(ValueError, match="url must be the http"):
        rss.Options(url)
