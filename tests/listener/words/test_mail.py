"""The mail to one person, and the answers to those who press too late."""

from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest

from listener.words import REFUSALS, Brief, Quote, mail, plain, refusal, safe_url, when

NOON = datetime(2026, 3, 2, 12, tzinfo=UTC)
TZ = "Europe/Warsaw"
BRIEF = Brief(
    id=12,
    brand="<b>Ż&abka</b>\r\nBcc: x@example.org",
    severity="crisis",
    phase="identify",
    rule="angry burst",
    on="negative",
    opened_at=NOON,
    observed=60,
    expected=2.0,
    span=timedelta(minutes=15),
    z=8.4,
    started_at=NOON,
    quotes=(Quote("<script>alert(1)</script>", "ada", 'https://f.example/"><script>', "forum", NOON),),
)


def test_a_mail_says_in_its_subject_what_it_is_about():
    subject, _, _ = mail(replace(BRIEF, brand="Żabka"), "head", "en", TZ)
    assert subject == "Crisis · Żabka: 60 negative mentions in 15 minutes, usually 2."


def test_no_line_break_and_no_markup_of_a_stranger_gets_through():
    subject, text, html = mail(BRIEF, "head", "en", TZ)
    assert "\n" not in subject and "\r" not in subject + text
    assert "<script" not in html and "<b>" not in html and "&lt;script&gt;" in html


def test_both_halves_tell_the_same():
    _, text, html = mail(replace(BRIEF, brand="Żabka"), "head", "pl", TZ)
    for line in (
        "Otrzymujesz to wezwanie w roli: szef PR.",
        "zwykle 2",
        "Nikt jeszcze nie przejął incydentu.",
    ):
        assert line in text and line in html
    assert '<html lang="pl">' in html


def test_a_link_is_offered_only_where_there_is_one():
    without, linked = (
        mail(BRIEF, "head", "en", TZ),
        mail(BRIEF, "head", "en", TZ, "https://l.example/incidents/12"),
    )
    assert "https://l.example/incidents/12" in linked[1] and "https://l.example/incidents/12" in linked[2]
    assert "Open the incident" not in without[1] + without[2]
    assert "on Slack" in without[1] and "on Slack" in without[2]


@pytest.mark.parametrize("locale", ["en", "pl"])
@pytest.mark.parametrize("code", [*REFUSALS, "odd"])
def test_every_refusal_is_a_sentence_that_names_the_incident(code, locale):
    assert "12" in refusal(code, locale, TZ, incident=12)


def test_who_was_first_is_named():
    assert refusal("taken", "en", TZ, incident=12, by="Anna", at=NOON) == (
        "Incident 12 was already acknowledged by Anna at Mar 2, 13:00."
    )


@pytest.mark.parametrize(
    "url",
    [
        "javascript:alert(1)",
        "file:///etc/passwd",
        "//evil.example",
        "https://",
        "http://[::1",
        "https://a b",
        "https://a\n.example",
        "https://a.example/|x>",
        "https://a.example/" + "x" * 3000,
        "",
    ],
)
def test_only_whole_web_addresses_are_links(url):
    assert safe_url(url) == ""


def test_an_ordinary_address_stays_as_it_is():
    assert (
        safe_url("https://pl.wikipedia.org/wiki/Żabka?x=1#y") == "https://pl.wikipedia.org/wiki/Żabka?x=1#y"
    )


def test_plain_text_is_one_line_of_bounded_length():
    assert plain(" a\u0085b\u2028c\x00d \ud800") == "a b cd"
    assert plain("x" * 10_000_000, 10) == "x" * 9 + "…"


def test_times_know_the_peoples_clock_and_its_changes():
    assert when(datetime(2026, 10, 25, 0, 30, tzinfo=UTC), TZ, "pl") == "25 paź, 02:30"
    assert when(datetime(2026, 10, 25, 1, 30, tzinfo=UTC), TZ, "pl") == "25 paź, 02:30"
