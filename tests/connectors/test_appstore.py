"""App Store: stars, pages of reviews, and feeds that are not what they should be."""

import random
from datetime import timedelta
from html import escape

import pytest

from connectors import Answer, SourceGarbled, SourceRefused, SourceUnavailable, appstore
from connectors.appstore import Options
from tests.connectors.talk import talk
from tests.connectors.visits import Visits
from tests.kit import NOON
from tests.servers.api import ApiServer

OPTIONS = Options(app=123456789, countries=("pl",))
HEAD = (
    '<?xml version="1.0" encoding="utf-8"?><feed xmlns:im="http://itunes.apple.com/rss" '
    'xmlns="http://www.w3.org/2005/Atom" xml:lang="pl"><id>https://itunes.apple.com/pl/rss/x</id>'
    "<title>iTunes Store: Customer Reviews</title><updated>2026-03-16T05:00:00-07:00</updated>"
    '<link rel="alternate" type="text/html" href="https://apps.apple.com/x"/><author><name>iTunes</name></author>'
)
APP = '<entry><id im:id="1">x</id><title>Acme</title><im:name>Acme</im:name></entry>'


def review(number, second=0, stars=2, title="Crashes", text="Acme crashes &amp; burns", version="4.2.1"):
    at = (NOON + timedelta(seconds=second)).isoformat()
    return (
        f"<entry><updated>{at}</updated><id>{number}</id><title>{title}</title>"
        f'<content type="text">{text}</content><im:contentType term="Application" label="Application"/>'
        f"<im:voteSum>0</im:voteSum><im:voteCount>0</im:voteCount><im:rating>{stars}</im:rating>"
        f"<im:version>{version}</im:version><author><name>Ada</name><uri>https://itunes.apple.com/pl/reviews/id7</uri></author>"
        '<link rel="related" href="https://itunes.apple.com/pl/review?id=123456789&amp;type=Purple%20Software"/>'
        f'<content type="html">{escape("<table><tr><td>Crashes</td></tr></table>")}</content></entry>'
    )


def feed(*entries):
    return (HEAD + APP + "".join(entries) + "</feed>").encode()


def visit(*answers, cursor=None, options=OPTIONS):
    return talk(appstore.fetch(options, cursor), *answers)


def only(*entries):
    return visit(feed(*entries))[1].mentions


def test_a_first_visit_reads_one_page():
    asked, page = visit(feed(*(review(n, n) for n in range(50, 0, -1))))
    assert asked[0].url == (
        "https://itunes.apple.com/pl/rss/customerreviews/id=123456789/sortBy=mostRecent/page=1/xml"
    )
    assert (len(page.mentions), page.spoiled, page.since, page.more) == (50, 0, None, False)


def test_a_review_has_its_stars_before_the_title_and_a_label_by_them():
    (mention,) = only(review(7))
    assert (mention.id, mention.title) == ("7", "★★☆☆☆ Crashes (4.2.1)")
    assert (mention.text, mention.author) == ("Acme crashes & burns", "Ada")
    assert mention.url == "https://itunes.apple.com/pl/review?id=123456789&type=Purple%20Software"
    assert (mention.published_at, mention.brand) == (NOON, "")
    labels = [only(review(1, stars=stars))[0].label for stars in range(1, 6)]
    assert labels == ["negative", "negative", "neutral", "positive", "positive"]


def test_reviews_may_all_count_for_a_brand():
    options = Options(app="id123456789", countries=("pl",), brand="Acme")
    assert visit(feed(review(1)), options=options)[1].mentions[0].brand == "Acme"


def test_a_later_visit_reads_back_to_what_is_known():
    known = [review(n, -n * 86_400) for n in range(1, 51)]
    cursor = visit(feed(*known))[1].cursor
    fresh = [review(n, n + 10**6) for n in range(1049, 999, -1)]
    asked, page = visit(feed(*fresh), feed(*known), cursor=cursor)
    assert asked[1].url.endswith("/page=2/xml")
    assert (len(page.mentions), page.more, page.gap) == (100, False, False)
    assert page.since is not None


def test_what_lies_beyond_the_last_page_is_a_gap():
    cursor = visit(feed(review(1)))[1].cursor
    pages = [feed(*(review(n * 100 + k, 10**7 - n * 100 - k) for k in range(50))) for n in range(1, 11)]
    _, page = visit(*pages, cursor=cursor)
    assert (page.gap, page.since, len(page.mentions)) == (True, None, 500)


def test_what_fails_in_the_middle_costs_nothing_that_was_read():
    cursor = visit(feed(review(1)))[1].cursor
    fresh = feed(*(review(n, n + 10**6) for n in range(1049, 999, -1)))
    _, page = visit(fresh, SourceUnavailable("503", timedelta(seconds=9)), cursor=cursor)
    assert (len(page.mentions), page.more, page.wait, page.since) == (50, True, timedelta(seconds=9), None)
    asked, _ = visit(feed(review(1, -(10**6))), feed(review(1, -(10**6))), cursor=page.cursor)
    assert asked[1].url.endswith("/page=2/xml")  # the newest first, then what was left


@pytest.mark.parametrize("poison", ["&#x110000;", "\x0b", "<b>", "a & b", "&nbsp;"])
def test_one_poisonous_review_costs_only_itself(poison):
    _, page = visit(feed(review(1), review(2, text=f"Acme {poison}"), review(3)))
    assert ({m.id for m in page.mentions}, page.spoiled) == ({"1", "3"}, 1)


def test_reviews_without_id_stars_or_words_are_counted():
    _, page = visit(feed(review(1), review("x"), review(2, stars=9), review(3, title="", text=""), review(0)))
    assert ([m.id for m in page.mentions], page.spoiled) == (["1"], 4)


BOMB = '<?xml version="1.0"?><!DOCTYPE feed [<!ENTITY a "aaaa"><!ENTITY b "&a;&a;&a;">]><feed>&b;</feed>'


@pytest.mark.parametrize(
    "body",
    [b"", b"<html><body>sorry</body></html>", feed(review(1))[:-60], BOMB.encode(), b"<feed>" + b"<a>" * 5000,
     b"<feed><<</feed>", b"{}", b'{"feed": 7}', b"{", b"\xff\xfe<\0"],
)  # fmt: skip
def test_what_is_no_whole_feed_is_garbled(body):
    with pytest.raises(SourceGarbled):
        visit(body)


def test_json_is_read_too():
    def labels(**values):
        return {name.replace("im_", "im:"): {"label": value} for name, value in values.items()}

    one = labels(
        id="7", title="Acme!", content="fine", im_rating="5", im_version="1.0", updated=NOON.isoformat()
    )
    one["author"] = labels(name="Ada")
    app = labels(id="x", title="Acme", im_name="Acme")
    (mention,) = visit({"feed": {"entry": [app, one]}})[1].mentions
    assert (mention.id, mention.title, mention.text) == ("7", "★★★★★ Acme! (1.0)", "fine")
    assert (mention.author, mention.published_at, mention.label) == ("Ada", NOON, "positive")
    assert len(visit({"feed": {"entry": one}})[1].mentions) == 1
    assert visit({"feed": {"title": {"label": "Acme"}}})[1].mentions == ()


@pytest.mark.parametrize(
    ("wrong", "named"),
    [({"app": "x"}, "app"), ({"app": 0}, "app"), ({"countries": ()}, "countries"),
     ({"countries": ("pl/..",)}, "countries"), ({"url": "x"}, "url")],
)  # fmt: skip
def test_options_out_of_bounds_are_refused(wrong, named):
    with pytest.raises(ValueError, match=named):
        Options(**{"app": 1, "countries": ("pl",), **wrong})


def test_every_review_is_stored_once_through_floods_faults_and_kills(tmp_path):
    stores, chance = {"pl": {}, "us": {}}, random.Random(7)

    def answer(asked):
        _, country, *_, page, _ = asked.path.split("/")
        rows = sorted(stores[country].values(), reverse=True)
        first = (int(page.removeprefix("page=")) - 1) * 50
        found = [text for _, text in rows[max(first - 2, 0) : first + 50]]
        chance.shuffle(found)
        return feed(*found)

    def write(country, number, second):
        stores[country][number] = (second, review(number, second, text=f"Acme {number}"))

    with ApiServer(answer) as api, Visits(
        tmp_path, NOON, "appstore", app=123456789, countries=["pl", "us"], url=api.url
    ) as source:  # fmt: skip
        write("pl", 1, 0), write("us", 2, 0)
        source.visit()
        for burst in (1, 2):
            for n in range(150):
                write("pl", burst * 10_000 + n, burst * 10**5 + n)
                write("us", burst * 10_000 + 5_000 + n, burst * 10**5 + n)
            api.faults = [None, "drop", "half", None, 429, None, "drop", 503, None, "half"]
            source.visit()
            source.kill()
            write("pl", burst * 10_000 + 999, burst * 10**5 + 120)  # comes to light late
            source.until_calm()
        assert len(source.stored()) == len(set(source.stored())) == 2 + 4 * 150 + 2


def test_a_server_that_has_no_further_page_has_shown_them_all():
    cursor = visit(feed(review(1)))[1].cursor
    fresh = feed(*(review(n, n + 10**6) for n in range(1049, 999, -1)))
    _, page = visit(fresh, Answer(status=404), cursor=cursor)
    assert (len(page.mentions), page.more, page.gap) == (50, False, False)
    with pytest.raises(SourceRefused):
        visit(SourceRefused("it answered 404"))
