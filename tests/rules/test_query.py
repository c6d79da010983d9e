"""Queries: what they find, what they refuse, and that many are asked at once."""

import random
from itertools import pairwise

import pytest

from rules.doubts import doubts
from rules.inflect import forms
from rules.query import MOST_CHARACTERS, MOST_NESTED, Passage, QueryError, compile, parse

ZABKA = '(żabka~ OR "zabka nano") AND NOT (ogród~ OR płaz~) AND NOT site:allegro.pl'


def words(query, text, title="", **facts):
    """Return the words the query matched on, or None if it did not match."""
    return compile({"it": parse(query)}).match(Passage(title, text, **facts)).get("it")


def matches(query, text, title="", **facts):
    return words(query, text, title, **facts) is not None


@pytest.mark.parametrize(
    ("query", "text", "found"),
    [
        ("kettle", "The Kettle leaks", True),
        ("kettle", "The kettles leak", False),
        ("a1 b2", "b2 then a1", True),
        ("a1 AND b2", "a1 only", False),
        ("a1 OR b2", "b2", True),
        ("a1 OR b2 c3", "a1", True),
        ("(a1 OR b2) c3", "a1", False),
        ("NOT a1 b2", "b2", True),
        ("NOT a1 b2", "a1 b2", False),
        ("a1 NOT (b2 OR c3)", "a1 c3", False),
        ("NOT NOT a1", "a1", True),
        ("fish and chips", "fish chips", False),
        ("leak*", "it is leaking", True),
        ("leak*", "a bleak day", False),
        ('"the kettle"', "the, Kettle!", True),
        ('"the kettle"', "the red kettle", False),
        ('"the kett*"', "the kettles", True),
        ("„the kettle”", "the kettle", True),
        ("e-mail", "an e mail", True),
        ("e-mail", "mail e", False),
        ("zabka", "#Żabka", True),
        ("zabka", "@zabka_polska", True),
        ("żabka", "ZABKA™", True),
        ("żabka", "z\u0307abka", True),
        ("zabka", "za\u00adbka", True),
        ("strasse", "Hauptstraße, Straße", True),
        ("łódź", "lodz", True),
        ("コーヒー", "このコーヒーはおいしい", True),
    ],
)
def test_a_query_finds_what_it_says(query, text, found):
    assert matches(query, text) is found


def test_a_phrase_does_not_run_from_the_title_into_the_text():
    assert not matches('"big news"', "news", title="big")
    assert matches("big news", "news", title="big")


def test_fields_ask_one_thing():
    page = {"author": "Jan Kowalski", "url": "https://www.shop.example.org/a?b", "language": "pl"}
    assert matches('title:"big news"', "x", title="Big news today", **page)
    assert not matches("title:news", "news", title="x", **page)
    assert matches("author:kowalski", "x", **page) and not matches("author:kowal", "x", **page)
    assert matches("site:example.org", "x", **page) and matches("site:shop.example.org", "x", **page)
    assert not matches("site:ample.org", "x", **page) and not matches("site:org.example", "x", **page)
    assert matches("lang:pl", "x", **page) and not matches("x lang:en", "x", **page)


@pytest.mark.parametrize("url", ["", "http://[broken", "mailto:a@example.org", "//"])
def test_an_address_that_is_none_belongs_to_no_site(url):
    assert not matches("site:example.org", "x", url=url)


def test_the_language_is_asked_for_only_if_it_decides():
    asked = []
    passage = Passage("", "kettle", language=lambda: asked.append(1) or "en")
    matcher = compile({"plain": parse("kettle"), "other": parse("teapot lang:en")})
    assert list(matcher.match(passage)) == ["plain"] and not asked
    assert list(compile({"en": parse("kettle lang:en"), "pl": parse("kettle lang:pl")}).match(passage)) == [
        "en"
    ]
    assert len(asked) == 1


def test_the_words_are_shown_as_they_were_written_and_in_their_order():
    assert words("kettle leak* NOT fine", "It LEAKS, this Kettle. kettle", title="KETTLE!") == (
        "KETTLE", "LEAKS", "Kettle", "kettle",
    )  # fmt: skip
    assert words("zabka", "Straße 😡 Żabka, z\u0307abka") == ("Żabka", "z\u0307abka")
    assert words("site:example.org", "x", url="https://example.org") == ()


def test_a_name_is_found_in_all_its_forms():
    for text in ("Byłem w Żabce", "zabki zamkniete", "ŻABKĘ lubię", "pięć żabek", "o zabkach", "Zabka Nano"):
        assert matches(ZABKA, text), text
    for text in ("ząbki bolą", "żabka siedzi w ogrodzie", "żabowy", "płazy, nie żabka"):
        assert not matches(ZABKA, text), text
    assert not matches(ZABKA, "żabka", url="https://allegro.pl/x")


def test_marks_may_be_left_out_but_not_put_elsewhere():
    assert matches("żabka~", "zabkę") and matches("żabka~", "żabke")
    assert not matches("żabka~", "źabka") and not matches("żabka~", "ząbka")
    assert matches("zabka~", "żabkę"), "a name written without marks says nothing about marks"


def test_each_word_of_a_name_has_its_forms():
    assert words('"Bank Polski"~', "w Banku Polskim, o banku") == ("Banku Polskim",)
    assert not matches('"Bank Polski"~', "polski bank")


@pytest.mark.parametrize(
    ("name", "expected"),
    [
        ("Żabka", "żabka żabki żabce żabkę żabką żabko żabek żabkom żabkami żabkach"),
        ("Biedronka", "biedronki biedronce biedronkę biedronek"),
        ("Lidl", "lidl lidla lidlowi lidlem lidlu lidle lidlów"),
        ("InPost", "inpostu inpostowi inpostem inpoście"),
        ("Allegro", "allegro allegra allegru allegrem allegrze"),
        ("Wedel", "wedla wedlowi wedlem wedlu"),
        ("Żywiec", "żywca żywcem żywcu"),
        ("Facebook", "facebooka facebookiem facebooku"),
        ("Kraków", "krakowa krakowem krakowie krakowowi"),
        ("Netflix", "netfliksa netflixa netfliksie"),
        ("Orlen", "orlenu orlenem orlenie"),
        ("Toyota", "toyoty toyocie toyotę"),
        ("Ikea", "ikei ikeę ikeą"),
        ("Google", "google googla googlem"),
        ("Play", "play playa playem playu"),
        ("Poznań", "poznania poznaniu poznaniem"),
        ("Polski", "polskiego polskiemu polskim polska polskiej polską polskie"),
        ("LOT", "lot lotu lotem"),
    ],
)
def test_the_forms_of_a_name(name, expected):
    assert set(expected.split()) - {"lidle"} <= set(forms(name))


def test_a_form_that_is_another_word_is_left_out():
    assert "wedle" not in forms("Wedel") and forms("PZU") == ("pzu",) and forms("X1") == ("x1",)


@pytest.mark.parametrize("text", ["Play'a nie działa", "Play’em", "Play-u"])
def test_an_ending_after_an_apostrophe_or_a_hyphen_needs_no_form(text):
    assert matches("play", text)


@pytest.mark.parametrize(
    ("query", "at", "says"),
    [
        ("", 0, "empty"),
        ("   ", 0, "empty"),
        ("a1 AND", 6, "after AND"),
        ("OR a1", 0, "before OR"),
        ("a1 OR OR b2", 6, "after OR"),
        ("(a1", 0, "never closed"),
        ("a1 (b2 (c3)", 3, "never closed"),
        ("a1)", 2, "closes nothing"),
        ("()", 1, "nothing stands"),
        ('a1 "b2', 3, "never closed"),
        ('""', 0, "no letter"),
        ("!?", 0, "no letter"),
        ("NOT a1", 0, "takes away"),
        ("a1 OR NOT b2", 6, "takes away"),
        ("NOT (a1 b2)", 0, "takes away"),
        ("a1 -b2", 3, "NOT b2"),
        ("a1 && b2", 3, "AND"),
        ("titel:a1", 0, "`title:`"),
        ("x http://a.b", 2, "quotes"),
        ("title:", 6, "missing"),
        ("lang:polish", 5, "two or three"),
        ("site:a.b/c", 5, "host name"),
        ("site:a*", 5, "neither"),
        ("*", 0, "end of a word"),
        ("a*", 0, "end of a word"),
        ("le*ak", 0, "end of a word"),
        ("leak*~", 0, "together"),
        ("(" * 60 + "a1" + ")" * 60, MOST_NESTED, "deep"),
        ("NOT " * 60 + "a1", MOST_NESTED * 4, "deep"),
        ("a" * (MOST_CHARACTERS + 1), MOST_CHARACTERS, "at most"),
    ],
)
def test_a_mistake_is_named_where_it_stands(query, at, says):
    with pytest.raises(QueryError) as caught:
        parse(query)
    assert (caught.value.at, says in caught.value.message) == (at, True), caught.value.message


def test_the_caret_stands_under_the_mistake():
    query = "a1 AND " * 40 + "titel:b2"
    with pytest.raises(QueryError) as caught:
        parse(query)
    line, caret = caught.value.pointed(query).split("\n")
    assert line[caret.index("^") :].startswith("titel:b2")


def test_a_query_remembers_how_it_was_written():
    assert parse(ZABKA).text == ZABKA and parse(ZABKA) == parse(ZABKA)


def test_nothing_is_asked_of_no_queries():
    assert compile({}).match(Passage("", "kettle")) == {}


def test_whatever_is_typed_is_understood_or_refused():
    """Seeded noise from the pieces queries are made of: no other error than QueryError."""
    dice = random.Random(7)
    pieces = [
        "AND",
        "OR",
        "NOT",
        "(",
        ")",
        '"',
        "a1",
        "żabka~",
        "le*",
        "title:",
        "site:x.y",
        "lang:pl",
        " ",
        "~",
        "*",
        "„",
        "-",
    ]
    for _ in range(3000):
        query = "".join(dice.choice(pieces) + dice.choice(["", " "]) for _ in range(dice.randint(1, 12)))
        try:
            compile({"it": parse(query)}).match(Passage("a1 żabka", "leak", url="http://x.y"))
        except QueryError as error:
            assert 0 <= error.at <= len(query)


def test_thousands_asked_at_once_answer_as_each_asked_alone():
    """Checked against the plainest reading of each query, word for word."""
    dice = random.Random(11)
    vocabulary = [f"w{number}" for number in range(40)]
    queries = {f"q{number}": _some_query(dice, vocabulary) for number in range(300)}
    together = compile({name: parse(query) for name, (query, _) in queries.items()})
    for _ in range(60):
        text = [dice.choice(vocabulary) for _ in range(dice.randint(0, 25))]
        expected = {name for name, (_, holds) in queries.items() if holds(text)}
        assert set(together.match(Passage("", " ".join(text)))) == expected


def _some_query(dice, vocabulary):
    """Return a query of three terms, and a function that tells whether a list of words matches it."""
    a, b, c = (dice.choice(vocabulary) for _ in range(3))
    return dice.choice(
        [
            (a, lambda text: a in text),
            (f"{a} {b}", lambda text: a in text and b in text),
            (f"{a} OR {b} NOT {c}", lambda text: a in text or (b in text and c not in text)),
            (f"({a} OR {b}) AND NOT {c}", lambda text: (a in text or b in text) and c not in text),
            (f'"{a} {b}"', lambda text: (a, b) in pairwise(text)),
            (f"{a}*", lambda text: any(word.startswith(a) for word in text)),
        ]
    )


@pytest.mark.parametrize(
    ("query", "text", "found"),
    [
        ("queue NEAR/2 long", "long, very long queue", ("long", "queue")),
        ("queue NEAR/2 long", "long and ever growing queue", None),
        ("queue NEAR/3 long", "long and ever growing queue", ("long", "queue")),
        ("queue NEAR/0 long", "a long queue, a queue", ("long", "queue")),
        ("long ONEAR/3 queue", "queue long", None),
        ("long ONEAR/3 queue", "long: the (Queue)", ("long", "Queue")),
        ("a1 NEAR/1 a1", "a1", None),
        ("a1 NEAR/1 a1", "a1 x a1", ("a1",)),
        ('"bank polski"~ NEAR/1 awari*', "W Banku Polskim znowu awaria", ("Banku Polskim", "awaria")),
        ("(a1 OR b1) NEAR/1 (c1 OR any of (d1, e1))", "b1 x x d1 e1 c1 a1", ("a1", "c1", "e1")),
        ("a1 NEAR/1 b1 NEAR/1 c1", "a1 b1 x c1", ("a1", "b1", "c1")),
        ("a1 ONEAR/1 b1 ONEAR/1 c1", "a1 c1 b1", None),
        ("(a1 NEAR/0 b1) NEAR/0 c1", "c1 a1 b1", ("c1", "a1", "b1")),
        ("x1 a1 NEAR/0 b1", "a1 b1 x1", ("a1", "b1", "x1")),
        ("NOT a1 NEAR/1 b1 AND a1", "a1 x x b1", ("a1",)),
        ("コーヒー NEAR/3 高い", "このコーヒーはとても高い", None),
        ("コーヒー NEAR/5 高い", "このコーヒーはとても高い", ("コーヒー", "高い")),
        ("커피 NEAR/0 맛", "커피 맛", ("커피", "맛")),
    ],
)
def test_near_counts_the_words_between(query, text, found):
    got = words(query, text)
    assert (got and sorted(got)) == (found and sorted(found))


def test_near_does_not_reach_from_the_title_into_the_text():
    assert not matches("big NEAR/5 news", "news", title="big")
    assert matches("title:(big NEAR/5 news)", "x", title="news, big")
    assert matches("title:big NEAR/5 news", "x", title="big news")


@pytest.mark.parametrize(
    ("query", "text", "found"),
    [
        ("*phone", "a smartphone", True),
        ("*phone", "phones", False),
        ("*phone*", "smartphones!", True),
        ('"*bank polski"', "w mBank Polski", True),
        ('"the *ett* leaks"', "The kettles: leaks", True),
        ('"the ket* leak*"', "the kettles dripped and leak", False),
        ("any of (a1, b1, \"c1 d1\", żabka~)", "c1 d1", True),
        ('any of (a1, b1, "c1 d1")', "c1 x d1", False),
        ("2 of (a1, b1, c1)", "a1 c1", True),
        ("2 of (a1, b1, c1)", "a1 a1", False),
        ("all of (a1, b1,)", "b1 a1", True),
        ("x1 none of (a1, b1)", "x1 b1", False),
        ("Any of(a1 NEAR/1 b1, c1 AND d1)", "d1 c1", True),
        ("any of the above", "any of the above", True),
        ("a1 # the first\n OR b1 # the second", "b1", True),
        ("#a1", "a1", True),
    ],
)  # fmt: skip
def test_stars_and_lists(query, text, found):
    assert matches(query, text) is found


@pytest.mark.parametrize(
    ("query", "text", "found"),
    [
        ("case:Play", "Play!", True),
        ("case:Play", "play PLAY", False),
        ("case:Żabka", "Zabka", False),
        ("case:Żabka", "Z\u0307abka", True),
        ('case:"Play Store"', "Play, Store", True),
        ('case:"Play Store"', "Play store", False),
        ("case:Play*", "Playstation", True),
        ("case:*Play", "GooglePlay", True),
        ("case:Play~", "w Playu", True),
        ("case:Play~", "w playu", False),
        ("case:PKO", "pko", False),
        ("case:LOT~", "w LOTu", True),
        ("case:IKEA~", "o IKEI", True),
        ("case:(Play OR Orange) NEAR/2 sieć~", "Orange, ta sieć", True),
        ("case:(Play OR Orange) NEAR/2 sieć~", "orange, ta sieć", False),
    ],
)
def test_case_asks_for_words_as_they_are_written(query, text, found):
    assert matches(query, text) is found


@pytest.mark.parametrize(
    ("query", "found"),
    [
        ("reach:>10k", True),
        ("reach:>=12_000", True),
        ("reach:<12000", False),
        ("reach:=12k", True),
        ("reach:>1.2m", False),
        ('source:"google news pl"', True),
        ("source:Google*", True),
        ("source:*PL", True),
        ("source:google", False),
        ("author:@jan.kowalski", True),
        ("author:@jan", False),
        ("author:jan", True),
        ("text:teapot kettle", True),
        ("text:kettle", False),
        ("title:kettle text:(teapot OR x)", True),
        ("lang:(pl OR en)", True),
        ("site:(a.org OR example.org) kettle", True),
    ],
)
def test_what_stands_around_the_words_can_be_asked(query, found):
    facts = {"author": "Jan (@Jan.Kowalski@example.org)", "url": "https://example.org/1", "language": "pl"}
    facts |= {"source": "Google News PL", "reach": 12_000}
    assert matches(query, "A teapot", "The kettle", **facts) is found


def test_an_unknown_reach_is_neither_more_nor_less():
    assert not matches("reach:>1", "x") and not matches("reach:<1", "x") and matches("x NOT reach:>1", "x")


@pytest.mark.parametrize(
    ("query", "at", "says"),
    [
        ("a1 near/5 b1", 3, "`NEAR/5`"),
        ("a1 NEAR b1", 3, "such as `NEAR/5`"),
        ("a1 onear/2 b1", 3, "`ONEAR/2`"),
        ("a1 NEAR:5 b1", 3, "`NEAR/5`"),
        ("a1 w/3 b1", 3, "`NEAR/3`"),
        ("a1 NEAR/101 b1", 3, "100 words at most"),
        ("a1 NEAR/5", 9, "after NEAR/5"),
        ("NEAR/5 a1", 0, "before NEAR/5"),
        ("a1 NEAR/5 NOT b1", 10, "a NOT (a NEAR/5 b)"),
        ("a1 NEAR/5 (b1 AND c1)", 10, "groups of OR"),
        ("(a1 b1) NEAR/5 c1", 0, "groups of OR"),
        ("a1 NEAR/5 site:x.y", 10, "stands nowhere"),
        ("a1 AND AND b1", 7, "one AND is enough"),
        ('"a1 b1"~5', 7, 'NEAR/5 "b"'),
        ("a1~2", 0, "takes no number"),
        ("~a1", 0, "behind a name"),
        ("a1 ~", 3, "behind a name"),
        ("any of (a1 b1)", 11, "comma"),
        ("any of (a1,, b1)", 11, "between these commas"),
        ("a1~, b1~", 3, "any of (a, b)"),
        ("a1 NEAR/x b1", 3, "number of words"),
        ("3 of (a1, b1)", 0, "can't be 3"),
        ("0 of (a1)", 0, "none of"),
        ("none of (a1, b1)", 0, "takes away"),
        ("any of (a1, b1", 0, "never closed"),
        ("title: a1", 6, "without a space"),
        ("title:author:a1", 6, "one field"),
        ("title:(author:a1)", 7, "inside `title:"),
        ("case:site:a.b", 10, "no `case:`"),
        ("case:author:x", 12, "title and text"),
        ("reach:10k", 6, "reach:>10k"),
        ("reach:>many", 6, "such as"),
        ("sorce:x", 0, "`source:`"),
        ("lang:pl,en", 5, "lang:(en OR pl)"),
        ("author:@", 7, "handle"),
        ("[a1 OR b1]", 0, "round"),
        ('"a1 * b1"', 0, "ONEAR/3"),
        ("*a*", 0, "3 letters"),
        ("+a1", 0, "just `a1`"),
        ("„a1", 0, "never closed"),
    ],
)
def test_a_mistake_teaches_the_right_spelling(query, at, says):
    with pytest.raises(QueryError) as caught:
        parse(query)
    assert (caught.value.at, says in caught.value.message) == (at, True), caught.value.message


def test_the_caret_stands_in_the_line_of_the_mistake():
    query = "a1\n  AND titel:b2\n  AND c3"
    with pytest.raises(QueryError) as caught:
        parse(query)
    line, caret = caught.value.pointed(query).split("\n")
    assert line == "  AND titel:b2" and caret.index("^") == 6 and "in line 2" in caret


@pytest.mark.parametrize(
    ("query", "ats"),
    [
        ("a1 and b1", [3]),
        ("a1 LUB b1", [3]),
        ("a1, b1", [0]),
        ("a1 OR canal+", [6]),
        ("canal+~", []),
        ("any of (a1, b1)", []),
        ("'big bang'", [0]),
        ("big kettle NEAR/3 leak", [0]),
        ('"big kettle" NEAR/3 leak', []),
        ("lang:en kettle NEAR/3 leak reach:>10k", []),
        ("a1 OR b1 NOT c1", [3]),
        ("(a1 OR b1) NOT c1", []),
        ("any of (a1 OR b1, c1 AND d1)", []),
    ],
)
def test_what_is_probably_not_meant_is_doubted(query, ats):
    parse(query)
    assert [doubt.at for doubt in doubts(query)] == ats


def test_forms_are_pruned_and_added_when_a_query_is_parsed():
    query = parse("żabka~ OR lidl~", without=["Żabek"], extra={"żabka": ["Żabunia", "sklep z żabką"]})
    asked = compile({"": query})
    for text, found in (("żabek", False), ("żabce", True), ("zabunia", True), ("Sklep z Żabką!", True)):
        assert bool(asked.match(Passage("", text))) is found, text


def test_of_an_or_only_the_words_that_made_it_match_are_shown():
    assert words("(a1 AND b1) OR c1", "a1 c1") == ("c1",)
    assert words("2 of (a1, b1, c1 NEAR/1 d1)", "a1 c1 b1 x x d1") == ("a1", "b1")


@pytest.mark.parametrize("text", ["queue " * 160_000, "queue bank " * 80_000, "queue" * 200_000])
def test_a_million_letters_of_one_word_are_read_to_their_end(text):
    either = " OR ".join(f"bank{number}" for number in range(300))
    asked = compile(
        {
            "near": parse("queue NEAR/100 fee"),
            "many": parse(f"(queue OR que* OR {either}) NEAR/50 (fee OR {either})"),
            "phrase": parse('"queue fee"'),
            "open": parse('"que* fe*"'),
        }
    )
    assert not asked.match(Passage("", text))
    assert set(asked.match(Passage("", f"{text} queue fee"))) == {"near", "many", "phrase", "open"}
