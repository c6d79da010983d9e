"""What people read: English and Polish, with and without pictures, and nothing that acts by itself."""

import re
from dataclasses import replace
from datetime import timedelta
from email import message_from_bytes, policy
from html.parser import HTMLParser

import pytest

from listener import charts, digest

PNG = b"\x89PNG\r\n\x1a\n" + b"0" * 40


def drawn(specs):
    return [PNG for _ in specs]


def undrawn(specs):
    raise charts.ChartError("no child to be had")


@pytest.fixture
def week(a_week, settings):
    return digest.gather(a_week, settings(), "2026-W47")


@pytest.fixture
def told(week, settings):
    return lambda locale="en", draw=drawn, week=week: digest.page(week, locale, settings().timezone, draw)


class Elements(HTMLParser):
    def __init__(self, html):
        super().__init__()
        self.found = []
        self.feed(html)

    def handle_starttag(self, tag, attrs):
        self.found.append((tag, dict(attrs)))


def test_numbers_come_with_their_direction_and_meaning(told):
    text = " ".join(told().text.split())
    assert "Louder, and in a worse mood." in text
    assert "399 mentions: 98% more than in the week before (202)." in text
    assert "the mood has clearly worsened" in text


def test_gaps_are_said_honestly(told):
    text = " ".join(told().text.split())
    assert "We were deaf for 14 h of this week (8% of it)" in text
    assert "Hardly heard: Sunday." in text
    assert "forum: 0%, refuses us: a person must act" in text


def test_an_incident_tells_both_times(told):
    text = " ".join(told().text.split())
    assert "Acknowledged after 12 min by Anna Nowak." in text
    assert "Answered in public after 1 h 15 min, too late (agreed: within 1 h)." in text


def test_the_polish_digest_has_no_english_left(told):
    page = told("pl")
    english = re.compile(r"\b(mentions?|week|incidents?|heard|mood|people|last visit|before)\b", re.I)
    strangers = re.compile(r"<script>.*|no refund.*|app crashed.*|The kettle.*|Rotten.*")
    assert not english.findall(strangers.sub("", page.text))
    assert page.subject == "Tydzień 47, 2 marki: 403 wzmianki, 1 incydent"
    assert '<html lang="pl">' in page.html


def test_the_twin_says_what_the_page_says(told):
    page = told()
    plain = " ".join(re.sub(r"<[^>]+>", " ", page.html).split())
    for sentence in ("the mood has clearly worsened", "We were deaf for 14 h", "Acknowledged after 12 min"):
        assert sentence in plain
        assert sentence in " ".join(page.text.split())


def test_what_strangers_wrote_stays_text(told):
    page = told()
    elements = Elements(page.html).found
    assert not {"script", "iframe", "form", "link", "style"} & {tag for tag, _ in elements}
    assert all(attrs["href"].startswith(("http://", "https://")) for tag, attrs in elements if tag == "a")
    assert "javascript:" not in page.html
    assert "Kettle &amp; Co &lt;b&gt;" in page.html
    assert "\u202e" not in page.html and "\x07" not in page.text


def test_nothing_is_fetched_when_it_is_opened(told):
    page = told()
    for html in (page.html, digest.as_html(page)):
        sources = [attrs["src"] for tag, attrs in Elements(html).found if tag == "img"]
        assert len(sources) == 2
        assert all(src.startswith(("cid:", "data:image/png;base64,")) for src in sources)
        assert "url(" not in html


def test_every_picture_is_described_in_words(told):
    images = [attrs for tag, attrs in Elements(told().html).found if tag == "img"]
    assert images[0]["alt"].startswith("Mentions per day: Mon 29, Tue 29, Wed 28, Thu 230")


def test_tables_that_hold_data_have_headings(told):
    html = told().html
    for table in re.findall(r"<table(?![^>]*presentation)[^>]*>(.*?)</table>", html, re.S):
        assert 'scope="col"' in table


def test_without_its_charts_the_digest_goes_out_all_the_same(told):
    page = told(draw=undrawn)
    assert page.images == ()
    assert "<img" not in page.html
    assert "Mentions per day: Mon 29" in page.html


def test_the_real_charts_open(told):
    page = told("pl", charts.render_all)
    assert [picture[:8] for _, picture in page.images] == [PNG[:8]] * 2
    assert all(len(picture) < 200_000 for _, picture in page.images)


def test_the_mail_has_both_parts_and_its_pictures_inline(told, week):
    page = told("pl")
    mail = message_from_bytes(
        digest.as_eml(page, "Listener <l@example.org>", "Board <board@example.org>", week.ends_at),
        policy=policy.default,
    )
    assert mail.get_content_type() == "multipart/alternative"
    text, related = mail.iter_parts()
    assert (text.get_content_type(), related.get_content_type()) == ("text/plain", "multipart/related")
    html, *pictures = related.iter_parts()
    assert {part["Content-ID"].strip("<>") for part in pictures} == set(
        re.findall(r'"cid:([^"]+)"', html.get_content())
    )
    assert pictures[0].get_content() == PNG
    assert mail["Subject"] == page.subject


def test_the_message_id_is_fixed_by_week_and_recipient():
    first = digest.message_id("2026-W47", "l@example.org", "Board <board@example.org>")
    assert first == digest.message_id("2026-W47", "l@example.org", "board@example.org")
    assert first != digest.message_id("2026-W48", "l@example.org", "board@example.org")
    assert first != digest.message_id("2026-W47", "l@example.org", "anna@example.org")


def test_a_letter_is_ready_for_the_way_out(a_week, settings):
    letter = digest.letter(
        a_week, settings("pl"), "2026-W47", "board@example.org", "digest:2026-W47:board@example.org"
    )
    assert (letter.kind, letter.target, letter.key[:15]) == ("digest", "board@example.org", "digest:2026-W47")
    assert letter.html and letter.text and len(letter.images) == 2


def test_an_empty_week_says_so(store, settings):
    week = digest.gather(store, settings(), "2026-W47")
    page = digest.page(week, "en", settings().timezone, drawn)
    assert "Nothing was heard." in page.text
    assert page.subject == "Week 47, 2 brands: 0 mentions, 0 incidents"


def test_a_week_still_running_says_so(a_week, settings):
    start = digest.gather(a_week, settings(), "2026-W47").starts_at
    week = digest.gather(a_week, settings(), "2026-W47", start + timedelta(days=4))
    page = digest.page(week, "en", settings().timezone, drawn)
    assert "This week is not over" in page.text


def test_a_subject_stays_one_line_whatever_the_brand_is_called(week, settings):
    brand = replace(week.brands[0], name="Evil\r\nBcc: all@example.org")
    page = digest.page(replace(week, brands=(brand,)), "en", settings().timezone, drawn)
    assert "\n" not in page.subject and "\r" not in page.subject
