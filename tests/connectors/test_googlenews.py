"""Google News: a feed of a search, with what it adds to titles taken out again."""

from datetime import timedelta
from email.utils import format_datetime
from urllib.parse import parse_qs, urlsplit

import pytest

from connectors import Answer, SourceGarbled, SourceUnavailable, googlenews
from tests.connectors.living import Living, storm
from tests.connectors.talk import talk
from tests.kit import NOON
from tests.servers.api import ApiServer, Said

OPTIONS = googlenews.Options("Żabka OR zabka", "pl", "PL")


def item(number, title=None, source="The Paper", text=None, at=NOON):
    title = f"Acme leaks {number} - The Paper" if title is None else title
    text = (
        f'&lt;a href="x"&gt;Acme leaks {number}&lt;/a&gt;&amp;nbsp;&amp;nbsp;The Paper'
        if text is None
        else text
    )
    link = f"https://news.google.com/rss/articles/CBMi{number}?oc=5"
    named = f'<source url="https://paper.test">{source}</source>' if source else ""
    return (
        f'<item><title>{title}</title><link>{link}</link><guid isPermaLink="false">CBMi{number}</guid>'
        f"<pubDate>{format_datetime(at + timedelta(minutes=number % 1000), usegmt=True)}</pubDate>"
        f"<description>{text}</description>{named}</item>"
    )


def feed(*items):
    return f'<rss version="2.0"><channel><title>x</title>{"".join(items)}</channel></rss>'.encode()


def visit(body, cursor=None, options=OPTIONS):
    asked, page = talk(googlenews.fetch(options, cursor), body)
    return parse_qs(urlsplit(asked[0].url).query), page


def one(**more):
    _, page = visit(feed(item(1, **more)))
    return page.mentions[0]


def test_the_search_is_asked_for_as_google_news_asks_itself():
    (ask,), _ = talk(googlenews.fetch(OPTIONS, None), feed(item(1)))
    assert ask.url.startswith("https://news.google.com/rss/search?q=%C5%BBabka+OR+zabka+when%3A1d&")
    asked, _ = visit(feed(item(1)))
    assert (asked["hl"], asked["gl"], asked["ceid"]) == (["pl"], ["PL"], ["PL:pl"])


@pytest.mark.parametrize(
    ("language", "country", "hl", "ceid"),
    [
        ("en", "GB", "en-GB", "GB:en"),
        ("en-GB", "GB", "en-GB", "GB:en"),
        ("es-419", "MX", "es-419", "MX:es-419"),
    ],
)
def test_languages_and_countries_make_an_edition(language, country, hl, ceid):
    asked, _ = visit(feed(item(1)), options=googlenews.Options("acme", language, country, ""))
    assert (asked["q"], asked["hl"], asked["gl"], asked["ceid"]) == (["acme"], [hl], [country], [ceid])


@pytest.mark.parametrize("bound", ["acme when:2h", "acme after:2026-03-01"])
def test_a_bound_in_the_search_itself_stands(bound):
    asked, _ = visit(feed(item(1)), options=googlenews.Options(bound))
    assert asked["q"] == [bound]


@pytest.mark.parametrize(
    "url", ["http://127.0.0.1:8", "http://127.0.0.1:8/rss/search", "http://127.0.0.1:8/"]
)
def test_the_address_can_be_set(url):
    asked = next(googlenews.fetch(googlenews.Options("acme", url=url), None))
    assert asked.url.startswith("http://127.0.0.1:8/rss/search?q=acme+when")


def test_an_article_is_read():
    mention = one()
    assert (mention.id, mention.title, mention.text) == ("CBMi1", "Acme leaks 1", "")
    assert (mention.author, mention.published_at) == ("The Paper", NOON + timedelta(minutes=1))
    assert mention.url == "https://news.google.com/rss/articles/CBMi1?oc=5"


def test_a_text_that_says_more_is_kept():
    assert one(text="Acme leaks 1 and nobody knows why").text == "Acme leaks 1 and nobody knows why"


def test_a_publisher_with_a_dash_in_its_name_is_taken_out_whole():
    mention = one(
        title="Oil - everywhere - Onet - Biznes &amp; Gospodarka", source="Onet - Biznes &amp; Gospodarka"
    )
    assert (mention.title, mention.author) == ("Oil - everywhere", "Onet - Biznes & Gospodarka")


def test_a_dash_that_is_no_publishers_stays():
    mention = one(title="Acme - the scandal", source="The Paper")
    assert (mention.title, mention.author) == ("Acme - the scandal", "")


def test_without_any_source_element_the_last_piece_of_the_title_is_the_publisher():
    mention = one(title="Acme - the scandal - The Paper", source="")
    assert (mention.title, mention.author) == ("Acme - the scandal", "The Paper")


def test_it_is_asked_once_a_minute_at_most():
    _, page = visit(feed(item(1)))
    assert page.wait == timedelta(seconds=60)


def test_pages_that_overlap_tell_since_when_nothing_is_missing():
    _, first = visit(feed(*map(item, range(1, 9))))
    _, page = visit(feed(*map(item, range(3, 12))), first.cursor)
    assert (page.since, page.gap) == (NOON + timedelta(minutes=8), False)
    _, page = visit(feed(*map(item, range(30, 40))), page.cursor)
    assert (page.since, page.gap) == (None, True)


def test_a_full_feed_is_followed_by_one_of_the_last_hour_and_that_by_the_whole_day():
    _, page = visit(feed(*map(item, range(100))))
    asked, page = visit(feed(*map(item, range(90, 110))), page.cursor)
    assert asked["q"] == ["Żabka OR zabka when:1h"]
    asked, page = visit(feed(*map(item, range(20, 120))), page.cursor)
    assert asked["q"] == ["Żabka OR zabka when:1d"]
    assert page.since is None, "what a full feed leaves out nobody knows"


def test_what_has_not_changed_keeps_what_is_known():
    _, first = visit(feed(item(1), item(2)))
    _, page = visit(Answer(unchanged=True, status=304), first.cursor)
    assert (page.mentions, page.since) == ((), NOON + timedelta(minutes=2))
    _, page = visit(feed(item(2), item(3)), page.cursor)
    assert page.since == NOON + timedelta(minutes=2)


@pytest.mark.parametrize("body", [b"<html><body>sorry</body></html>", b""])
def test_a_page_that_is_no_feed_is_garbled(body):
    with pytest.raises(SourceGarbled):
        visit(body)


def test_an_error_is_raised_as_it_is():
    with pytest.raises(SourceUnavailable, match="503"):
        visit(SourceUnavailable("503"))


@pytest.mark.parametrize(
    "wrong", [{"search": " "}, {"language": "Polish"}, {"country": "pl"}, {"when": "1 day"}, {"url": "x"}]
)
def test_options_that_cannot_work_are_refused(wrong):
    with pytest.raises(ValueError, match=next(iter(wrong))):
        googlenews.Options(**{"search": "acme", **wrong})


class News:
    """A search that shows the articles of its window, by a taste of its own."""

    def __init__(self):
        self.items = []

    def add(self, number):
        first = len(self.items)
        self.items += [item(n, at=NOON - timedelta(days=1)) for n in range(first, first + number)]
        return [f"CBMi{n}" for n in range(first, first + number)]

    def answer(self, asked):
        assert asked.path == "/rss/search"
        shown = self.items[-100:] if asked.query["q"].endswith("when:1d") else self.items[-40:]
        return Said(feed(*shown[::2], *shown[1::2], *shown[:3]), headers={"Content-Type": "application/xml"})


def test_every_article_is_stored_once_whatever_the_server_does(tmp_path):
    there = News()
    there.add(30)
    with ApiServer(there.answer) as api:
        house = Living(tmp_path, "googlenews", f'url = "{api.url}"\nsearch = "acme"')
        missing = storm(house, api, there.add, [5, 10, 0, 20, 4, 7])
        house.close()
    assert not missing
