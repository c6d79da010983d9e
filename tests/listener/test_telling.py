"""What a card tells of a finding: what drives it, and three mentions that show it."""

from dataclasses import replace
from datetime import UTC, timedelta

import pytest

from listener import telling
from listener.briefing import brief
from listener.config import Rule
from listener.detect import Judge
from listener.report import account, as_markdown, gather
from listener.store import counts
from listener.store.times import minute
from listener.words import card
from rules.triggers import Finding
from tests.kit import (
    DAY,
    HOUR,
    MINUTE,
    NOON,
    an_intake,
    heard,
    imported,
    listened,
    opened,
    quiet,
    row,
    saved,
    settings,
)  # fmt: skip

SPAN = 15 * MINUTE
CLAIM = "Boycott Acme now, their oil poisons every river"


@pytest.fixture
def store(tmp_path):
    made = opened(tmp_path)
    yield made
    made.close()


def finding(at=NOON + SPAN, span=SPAN, **facts):
    return Finding("spike", at, span, 60, 2.0, 8.0, {"seconds15": 900, "n15": 60, **facts})


def told(store, rule=None, found=None, late=False, now=None):
    with store.read() as db:
        return telling.facts(db, "Acme", rule or Rule(name="surge"), found or finding(), late=late, now=now)


def within(number, text="Acme leaks {n}", name="now", since=NOON, span=SPAN, **more):
    """Return mentions spread over the window, of different authors and sites unless told otherwise."""
    more = {"author": "{n}", "url": "https://site{n}.example/{n}", **more}

    def own(n):
        return {key: v.format(n=f"{name}{n}") if isinstance(v, str) else v for key, v in more.items()}

    return [
        row(f"{name} {n}", since + n * span / number, text=text.format(n=n), **own(n)) for n in range(number)
    ]


def past(store, days=10, **more):
    """Store a mention for each hour of the days before the window."""
    rows = within(
        days * 24,
        "Acme opens shop {n}",
        "past",
        NOON - days * DAY + timedelta(seconds=17),
        days * DAY,
        **more,
    )
    heard(store, "feed", rows, NOON)


def shares(facts, facet):
    return {driver["what"]: driver["share"] for driver in facts["drivers"][facet]}


def test_each_facet_tells_its_share_of_the_excess(store):
    past(store, url="https://daily.example/{n}", author="daily")
    rows = within(40, author="ada", url="https://www.blog.example/{n}") + within(10, name="other")
    heard(store, "feed", [replace(r, language="pl") for r in rows[:40]] + rows[40:], NOON)
    facts = told(store)
    assert facts["excess"] == {
        "count": 50, "usual": 0.25, "past_days": 10.0, "read": 50, "read_past": 240,
    }  # fmt: skip
    assert shares(facts, "authors") == {"ada": 0.804}
    assert shares(facts, "domains") == {"blog.example": 0.804}
    assert shares(facts, "languages") == {"pl": 0.804, "en": 0.195}
    assert shares(facts, "sources") == {"feed": 1.0}
    assert shares(facts, "terms")["leaks"] == 1.0


def test_a_story_is_told_with_its_first_words_and_whose_they_are(store):
    past(store)
    heard(store, "feed", [*within(30, CLAIM), *within(10, name="other")], NOON)
    (story,) = told(store)["drivers"]["stories"]
    assert (story["what"], story["count"], story["author"], story["source"]) == (CLAIM, 30, "now0", "feed")
    assert 0.74 < story["share"] < 0.77


def test_what_always_comes_from_one_place_is_no_excess_there(store):
    past(store, days=10, author="bot")
    bots = within(240, "Acme price {n}", "bot", NOON - 10 * DAY, 10 * DAY, author="bot")
    heard(store, "feed", [*bots, *within(20)], NOON)
    assert shares(told(store), "authors") == {}


def test_a_negative_rule_is_about_negative_mentions_only(store):
    past(store)
    rows = [*within(9, "Acme is grand {n}", "good"), *within(3, "Acme poisons {n}", label="negative")]
    heard(store, "feed", rows, NOON)
    facts = told(store, Rule(name="surge", on="negative"), late=True)
    assert facts["excess"]["count"] == 3
    assert {quote["label"] for quote in facts["quotes"]} == {"negative"}
    assert facts["late"]


def test_a_rule_with_a_query_is_about_what_that_finds(store):
    heard(store, "feed", [*within(9), *within(4, "Acme recall {n}", "recall")], NOON)
    facts = told(store, Rule(name="recall", query="recall", trigger="spike"))
    assert facts["excess"]["count"] == 4
    assert {quote["text"][:11] for quote in facts["quotes"]} == {"Acme recall"}


def test_an_empty_window_tells_nothing(store):
    facts = told(store)
    assert (facts["terms"], facts["quotes"], facts["coordination"]) == ([], [], [])
    assert set(facts["drivers"]) == {"terms", "stories", "authors", "domains", "languages", "sources"}
    assert not any(facts["drivers"].values())


def test_three_mentions_show_it_and_each_says_what_it_shows(store):
    past(store)
    leak = "Acme oil leak number {n} at the river bank"
    rows = [*within(12, leak), row("far", NOON + 5 * MINUTE, text="Acme, I have heard things", reach=90_000)]
    rows.append(row("origin", NOON - 20 * MINUTE, text="An oil leak, Acme, by the river bank"))
    rows.append(row("aside", NOON - 25 * MINUTE, text="Acme sells soap"))
    heard(store, "feed", rows, NOON)
    central, loudest, earliest = told(store)["quotes"]
    assert [central["role"], loudest["role"], earliest["role"]] == ["central", "loudest", "earliest"]
    assert central["text"].startswith("Acme oil leak number")
    assert loudest["reach"] == 90_000
    assert earliest["text"] == "An oil leak, Acme, by the river bank"


def test_where_no_mention_is_louder_the_angriest_is_one_of_what_drives_the_surge(store):
    past(store)
    talk = ("mugs {n} for free", "people queue at noon {n}", "a parade with balloons {n}")
    rows = [m for n, t in enumerate(talk) for m in within(7, f"Acme giveaway: {t}", f"talk{n} ")]
    rows.append(row("aside", NOON + MINUTE, text="Acme toaster broke, I hate it", label="negative"))
    heard(store, "feed", rows, NOON)
    quotes = told(store)["quotes"]
    assert all(quote["text"].startswith("Acme giveaway") for quote in quotes)


def test_what_is_said_anyway_is_not_typical_of_a_surge_that_is_one_story(store):
    past(store)
    rows = [*within(22, "Boycott Acme, its kettle burned a child in Lublin and nobody says a word")]
    rows.append(row("aside", NOON + MINUTE, text="the new lamp of Acme near the river"))
    heard(store, "feed", rows, NOON)
    assert all(quote["text"].startswith("Boycott") for quote in told(store)["quotes"])


def test_the_earliest_of_a_leading_story_may_lie_a_day_back(store):
    past(store)
    rows = within(20, CLAIM)
    first = row("first", NOON - 9 * HOUR, text=CLAIM)
    heard(store, "feed", [first], NOON)
    with store.write() as db:
        number = db.execute("SELECT id FROM mentions WHERE key = 'first'").fetchone()[0]
    heard(store, "feed", rows, NOON)
    with store.write() as db:
        db.execute("UPDATE mentions SET story = ? WHERE text = ?", (number, CLAIM))
    earliest = told(store)["quotes"][-1]
    assert (earliest["role"], earliest["author"]) == ("earliest", "author first")


def test_the_same_words_are_quoted_once_and_long_ones_are_cut(store):
    heard(store, "feed", within(6, "Acme " + "x" * 5000), NOON)
    (quote,) = told(store)["quotes"]
    assert len(quote["text"]) == 500


def test_a_stranger_cannot_make_a_story_or_a_name_long(store):
    heard(store, "feed", within(6, "Acme\n" + "word " * 900, author="n" * 900), NOON)
    drivers = told(store)["drivers"]
    assert len(drivers["stories"][0]["what"]) <= 160 and "\n" not in drivers["stories"][0]["what"]
    assert len(drivers["authors"][0]["what"]) <= 80


def test_one_text_from_unknown_accounts_is_named(store):
    past(store)
    heard(store, "feed", within(20, CLAIM, url="https://forum.example/{n}"), NOON)
    (sign,) = told(store)["coordination"]
    assert (sign["sign"], sign["copies"], sign["accounts"], sign["unknown"]) == ("copies", 20, 20, 20)
    assert (sign["what"], sign["place"], sign["others_unknown"]) == (CLAIM, "forum.example", 1.0)


def test_signs_are_looked_for_in_all_that_was_heard_by_the_time_it_is_told(store):
    past(store)
    claims = [
        row(
            f"claim {n}",
            NOON + HOUR * (n / 30) ** 0.5,
            text=CLAIM,
            author=f"new {n}",
            url="https://forum.example",
        )
        for n in range(30)
    ]
    beat = [
        row(f"beat {n}", NOON + n * 5 * MINUTE + timedelta(seconds=7), text=f"Acme no {n}", author="bot")
        for n in range(12)
    ]
    heard(store, "feed", [*claims, *beat], NOON)
    assert told(store)["coordination"] == []
    copies, rhythm = told(store, now=NOON + HOUR)["coordination"]
    assert (copies["copies"], copies["unknown"]) == (30, 30)
    assert (rhythm["author"], rhythm["beats"], rhythm["every_seconds"]) == ("bot", 12, 300.0)
    assert told(store, now=NOON + HOUR)["drivers"] == told(store)["drivers"]


def test_accounts_that_are_known_here_make_a_story_and_no_sign(store):
    regulars = [
        row(f"old {n}", NOON - 5 * DAY + n * MINUTE, text=f"Acme {n} is fine", author=f"now{n}")
        for n in range(20)
    ]
    heard(store, "feed", [*regulars, *within(20, CLAIM, url="https://forum.example/{n}")], NOON)
    assert told(store)["coordination"] == []


def test_a_text_of_ten_sites_is_no_sign(store):
    past(store)
    heard(store, "feed", within(20, CLAIM), NOON)
    assert told(store)["coordination"] == []


def test_posts_by_the_clock_are_named_though_the_window_holds_but_one_of_them(store):
    past(store)
    beat = [
        row(
            f"beat {n}",
            NOON + SPAN - MINUTE - n * 20 * MINUTE + timedelta(seconds=n),
            text=f"Acme no {n}",
            author="bot",
        )
        for n in range(9)
    ]
    heard(store, "feed", [*beat, *within(9)], NOON)
    (sign,) = told(store)["coordination"]
    assert (sign["sign"], sign["of"], sign["author"], sign["beats"]) == ("rhythm", "author", "bot", 9)


def test_a_source_whose_clock_goes_in_steps_has_no_rhythm(store):
    rows = within(40 * 24, "Acme sells {n}", "past", NOON - 10 * DAY, 10 * DAY)
    beat = [row(f"b {n}", NOON - n * 15 * MINUTE, text=f"Acme no {n}", author="bot") for n in range(9)]
    heard(store, "feed", [*rows, *beat, *within(3)], NOON)
    assert told(store)["coordination"] == []


def test_a_large_window_and_a_large_past_are_sampled_and_the_shares_hold(store):
    long = 10 * DAY
    heard(
        store, "feed", within(9000, "Acme {n}", "past", NOON - long, long, url="https://a.example/{n}"), NOON
    )
    day = finding(NOON + DAY, DAY)
    rows = within(3000, "Acme {n}", span=DAY, url="https://b.example/{n}")
    heard(
        store, "feed", [*rows, *within(3000, "Acme {n}", "too", span=DAY, url="https://a.example/{n}")], NOON
    )
    facts = told(store, found=day)
    assert facts["excess"]["count"] == 6000 and facts["excess"]["usual"] == 900.0
    assert facts["excess"]["read"] < 2500 and facts["excess"]["read_past"] < 2500
    assert abs(shares(facts, "domains")["b.example"] - 3000 / 5100) < 0.05


def test_the_order_of_arrival_changes_no_share(store, tmp_path):
    rows = [*within(30, CLAIM), *within(10, name="other", author="ada")]
    heard(store, "feed", rows, NOON)
    other = opened(tmp_path / "other")
    heard(other, "feed", rows[::-1], NOON)
    one, two = told(store), told(other)
    other.close()
    assert one["excess"] == two["excess"]
    for facet in one["drivers"]:
        assert shares(one, facet) == shares(two, facet)


def test_from_the_store_by_the_judge_to_the_card(tmp_path):
    config, store = settings(tmp_path), opened(tmp_path)
    imported(store, an_intake(store, config), quiet(NOON - 14 * DAY, 14), NOON, tmp_path / "past.ndjson")
    listened(store, "feed", NOON - HOUR, NOON)
    judge = Judge(config)
    judge.detect(store, NOON)
    rows = within(40, CLAIM, span=MINUTE, url="https://forum.example/{n}", label="negative")
    heard(store, "feed", rows, NOON + 6 * MINUTE)
    with store.write() as db:
        counts.heard(db, "feed", minute(NOON), minute(NOON + 6 * MINUTE))
    assert judge.detect(store, NOON + 6 * MINUTE).spoke
    one = saved(store)
    shown = card(brief(one), "en", "UTC")
    store.close()
    assert one.facts["drivers"]["stories"][0]["count"] == 40
    (origin,) = [line for line in shown.lines if line.startswith("Where the excess")]
    assert f"one story (“{CLAIM}”)" in origin and "on forum.example" in origin
    assert any(line.startswith("Looks coordinated: 40 accounts") for line in shown.lines)
    page = as_markdown(account(gather(opened(tmp_path), 1), "en", UTC, NOON))
    assert "forum.example" in page.split("## Where the excess came from\n", 1)[1]
