"""Names in all the ways they are written, on lists that were tuned on and on one that was not."""

from pathlib import Path

import pytest

from rules.fold import fold
from rules.names import rows, ways
from rules.query import Passage, compile, parse

LISTS = Path(__file__).parent.parent / "data" / "names"
MOST_FALSE = 0.03


def listed(name):
    """Return the names of a list, each with what must be met and what must not be."""
    lines = (LISTS / name).read_text(encoding="utf8").splitlines()
    for line in filter(lambda line: line and not line.startswith("#"), lines):
        title, _, rest = line.partition(": ")
        hits, _, misses = rest.partition("!")
        yield title, *([each.strip() for each in part.split(";") if each.strip()] for part in (hits, misses))


def met(query, text):
    return compile({"it": parse(query)}).match(Passage("", text)).get("it")


def figures(name):
    """Return the share of forms that are met, with and without diacritics, and of look-alikes that are."""
    hits, misses = [], []
    for title, good, bad in listed(name):
        matcher = compile({"it": parse(f'"{title}"~')})
        hits += [
            bool(matcher.match(Passage("", f"Wczoraj {form} znowu")))
            for form in {form for each in good for form in (each, fold(each))}
        ]
        misses += [bool(matcher.match(Passage("", f"Wczoraj {each} znowu"))) for each in bad]
    return sum(hits) / len(hits), sum(misses) / len(misses)


@pytest.mark.parametrize("name", ["tuned.txt", "held_out.txt", "fresh.txt"])
def test_nearly_all_forms_are_met_and_hardly_a_word_that_only_looks_alike(name):
    recall, false = figures(name)
    assert recall >= 0.97 and false <= MOST_FALSE, f"recall {recall:.1%}, false hits {false:.1%}"


@pytest.mark.parametrize(
    "text",
    [
        "Jadę Polskim Busem", "od Polskiego Busa", "#PolskiBus", "@PolskiBus", "#polskibus", "@polski_bus",
        "#PolskimBusem", "polski-bus", "polskie busy", "z polskich busow", "Polski Busem",
    ],
)  # fmt: skip
def test_a_name_of_two_words_is_met(text):
    assert met('"polski bus"~', text) and met('"Polski Bus"~', text) and met("PolskiBus~", text)


@pytest.mark.parametrize(
    ("name", "text"),
    [
        ("Polski Bus", "polski business"),
        ("Polski Bus", "polska. Busem"),
        ("InPost", "as I said in post 5"),
        ("Lay's", "they lay there"),
        ("Booking.com", "booking a room"),
        ("H&M", "hm, no nie wiem"),
        ("H&M", "8 h mu to zajęło"),
    ],
)
def test_what_only_looks_like_a_name_of_several_words_is_not(name, text):
    assert not met(f'"{name}"~', text)


@pytest.mark.parametrize(
    "text", ["McDonalda", "McDonald'sa", "McDonald’s", "McDonalds", "w McDonaldzie", "Mc Donald's"]
)
def test_an_owner_is_met_with_and_without_his_s(text):
    assert met('"McDonald\'s"~', text)


@pytest.mark.parametrize(
    ("name", "text"),
    [
        ("paypal", "przez Pay Pal"), ("paypal", "pay-palem"), ("Flixbus", "flix busem"), ("TVN24", "TVN 24"),
        ("InPost", "paczka z In Postu"), ("inpost", "in-postem"), ("easyJet", "Easy Jet znów spóźniony"),
        ("mbank", "m-banku nie polecam"), ("żabka", "ŻAB-KA"), ("X-Kom", "na xkomie"),
    ],
)  # fmt: skip
def test_a_name_in_one_word_is_met_in_two(name, text):
    assert met(f'"{name}"~', text)


@pytest.mark.parametrize(
    ("name", "text"),
    [
        ("easyJet", "an easy jet to fly"), ("Tymbark", "boli mnie pod tym barkiem"), ("mbank", "m bank"),
        ("linkedin", "as he linked in his text"), ("TVN24", "TVN 7"),
    ],
)  # fmt: skip
def test_two_words_that_only_make_up_a_name_are_none(name, text):
    assert not met(f'"{name}"~', text)


@pytest.mark.parametrize("text", ["Canal+ padł", "na canal +", "w Canal Plusie", "#canalplus", "Canalu+"])
def test_a_name_with_a_plus_is_met_with_it_only(text):
    assert met("Canal+~", text) and met('"canal+"~', text)
    assert not met("Canal+~", "the Suez canal") and not met("Canal+~", "canal street, plus a bridge")


@pytest.mark.parametrize(
    ("name", "text"),
    [
        ("Marks & Spencer", "#MarksAndSpencer"), ("Orlen", "@GrupaOrlen"), ("Santander", "@SantanderBank"),
        ("McDonald's", "@McDonaldsPolska"), ("PZU", "@GrupaPZU"),
        ("Koleje Mazowieckie", "kolei mazowieckich"),
        ("Tramwaje Śląskie", "w Tramwajach Slaskich"), ("Nestlé", "Nestlego"),
        ("Ptasie Mleczko", "ptasiego mleczka"), ("lodz", "w Łodzi"), ("Joe Biden", "Joego Bidena"),
    ],
)  # fmt: skip
def test_handles_and_plurals_are_met(name, text):
    assert met(f'"{name}"~', text)


def test_a_name_typed_without_marks_is_met_with_them_but_is_no_other_word():
    assert met('"wisla krakow"~', "mecz Wisły Kraków") and met("poznan~", "do Poznania")
    assert met("zara~", "w Zarze") and not met("zara~", "w Żarach") and met("zary~", "w Żarach")
    assert met("zabka~", "w Żabkach") and not met("zabka~", "stacja Ząbki")


def test_a_form_that_is_another_word_without_its_marks_needs_them():
    assert met("Warta~", "ubezpieczam przez Wartę") and not met("Warta~", "to jest warte uwagi")


def test_what_is_shown_are_phrases_by_number_and_case():
    found = {(row.number, row.case): row.spellings for row in rows("Polski Bus")}
    assert found["singular", "instrumental"] == ("polskim busem",)
    assert "polskich busów" in found["plural", "genitive"]
    assert {"polskibus", "polskibusem", "polskimbusem"} <= set(found["", "joined"])


def test_every_spelling_that_is_shown_is_met():
    for name in (
        "Polski Bus",
        "Żabka",
        "McDonald's",
        "mBank",
        "E. Wedel",
        "Booking.com",
        "Biedronka",
        "inpost",
    ):
        matcher = compile({"it": parse(f'"{name}"~')})
        for row in rows(name):
            for spelling in row.spellings:
                assert matcher.match(Passage("", f"x {spelling} y")), (name, spelling)


@pytest.mark.parametrize(
    "name", ["", "&", "'s", "'", "a", "+", "İ", "ß", "Ü&Ö", "A-B-C-D-E-F", "日本", "x" * 200]
)
def test_any_name_has_its_ways_or_none(name):
    assert isinstance(ways(name), tuple) and isinstance(rows(name), tuple)


def test_a_name_in_two_is_met_in_its_case_too():
    assert met("case:PayPal~", "przez Pay Pal") and met("case:Flixbus~", "Flix-Busem")
    assert not met("case:PayPal~", "przez pay pal")
    assert met("case:Canal+~", "w Canal Plus") and not met("case:Canal+~", "canal+")
