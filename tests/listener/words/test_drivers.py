"""Where an excess comes from, in a line, and what speaks for it having been arranged."""

import pytest

from listener.words import card
from listener.words.brief import Brief, Driver, Quote
from tests.kit import MINUTE, NOON

COPIES = {
    "sign": "copies", "what": "Boycott Acme now", "author": "ada", "source": "feed", "place": "forum.example",
    "copies": 34, "accounts": 32, "unknown": 31, "others_unknown": 0.2, "span_seconds": 540.0,
}  # fmt: skip
RHYTHM = {
    "sign": "rhythm", "of": "author", "what": "Acme again", "author": "bot", "source": "feed",
    "place": "forum.example", "posts": 9, "beats": 9, "every_seconds": 600.0, "spread_seconds": 12.4,
}  # fmt: skip


def lines(locale="en", **more):
    brief = Brief(1, "Acme", "alert", "identify", "surge", "all", NOON, 60, 2.0, 15 * MINUTE, 8.0, **more)
    return card(brief, locale, "UTC").lines


def origin(locale="en", **drivers):
    (line,) = [line for line in lines(locale, drivers=drivers) if "xcess" in line or "nadwyżka" in line] or [
        ""
    ]
    return line


DRIVERS = {
    "stories": (Driver("Oil in the river", 37, 0, 0.62, 0.0),),
    "domains": (Driver("example.org", 24, 0.1, 0.4, 0.05),),
    "languages": (Driver("pl", 21, 0.1, 0.35, 0.05), Driver("en", 39, 1.9, 0.65, 0.95)),
}


def test_a_card_tells_in_one_line_where_the_excess_comes_from():
    expected = (
        "Where the excess comes from: 62% one story (“Oil in the river”), 40% on example.org, 35% in Polish."
    )
    assert origin(**DRIVERS) == expected


def test_in_polish_too():
    line = origin("pl", **DRIVERS)
    assert line.startswith("Skąd ta nadwyżka: 62% jedna historia („Oil in the river”)")
    assert line.endswith("35% w języku: polski.")


def test_what_always_makes_up_as_much_is_no_news():
    assert origin(domains=(Driver("example.org", 60, 2, 1.0, 1.0),), languages=DRIVERS["languages"][1:]) == ""


def test_of_a_place_without_a_past_only_a_part_is_news():
    assert origin(sources=(Driver("feed", 60, 0, 1.0, None),)) == ""
    assert "40% on a.example" in origin(domains=(Driver("a.example", 24, 0, 0.4, None),))


def test_words_are_told_where_nothing_else_leads():
    term = (Driver("hold", 17, 3.4, 0.07, 0.01),)
    assert origin(terms=term) == "Where the excess comes from: 7% say “hold”."
    assert "hold" not in origin(terms=term, **DRIVERS)


def test_whose_words_were_erased_leaves_the_numbers():
    assert "62% one story," in origin(**DRIVERS | {"stories": (Driver("", 37, 0, 0.62, 0.0),)})
    assert origin(authors=(Driver("", 30, 0, 0.5, 0.0),)) == "Where the excess comes from: 50% by one author."


def test_one_text_from_many_accounts_is_named_with_its_numbers():
    (line,) = [line for line in lines(signs=(COPIES,)) if line.startswith("Looks")]
    assert line == (
        "Looks coordinated: 32 accounts on forum.example told the same text within 9 min,"
        " of which 31 were never heard here before (“Boycott Acme now”)."
    )


def test_where_everybody_is_new_that_is_told_beside_it():
    assert any("93% are as new" in line for line in lines(signs=({**COPIES, "others_unknown": 0.93},)))


@pytest.mark.parametrize("of", ["author", "story"])
def test_posts_by_the_clock_are_named(of):
    (line,) = [line for line in lines(signs=({**RHYTHM, "of": of},)) if line.startswith("Looks")]
    assert "every 10 min" in line and "12 s" in line and "9" in line


def test_a_sign_nobody_knows_any_more_says_nothing():
    assert lines(signs=({"sign": "tomorrow's"},)) == lines()


@pytest.mark.parametrize(
    ("locale", "words"),
    [("en", ["typical", "loudest", "first"]), ("pl", ["typowa", "najgłośniejsza", "pierwsza"])],
)
def test_each_quote_says_what_it_shows(locale, words):
    quotes = tuple(Quote(role, "ada", role=role) for role in ("central", "loudest", "earliest"))
    brief = Brief(1, "Acme", "alert", "identify", "surge", "all", NOON, 60, 2.0, MINUTE, 8.0, quotes=quotes)
    assert [quote.byline.split(" · ")[0] for quote in card(brief, locale, "UTC").quotes] == words


def test_a_strangers_words_stay_on_one_line():
    drivers = {"stories": (Driver("a\n<!channel>\u202e" + "x" * 900, 9, 0, 0.5, 0.0),)}
    line = origin(**drivers)
    assert "\n" not in line and "\u202e" not in line and len(line) < 200
