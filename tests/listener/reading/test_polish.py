"""Polish: what words, negation, boosters, set phrases and signs make of a text."""

import pytest

from listener.reading.lexicon import Lexicon
from listener.reading.polish import Polish

POLISH = Polish()


def score(text):
    return POLISH.weigh(text).compound()


def test_the_lexicon_is_large_and_every_valence_is_in_bounds():
    from importlib import resources

    text = resources.files("listener.reading").joinpath("polish.tsv").read_text(encoding="utf8")
    rows = [line.split("\t") for line in text.splitlines() if not line.startswith("#")]
    marks = {"negates", "raises", "lowers", "turns"}
    assert len(rows) > 300 and all(len(row) == 3 and row[2] for row in rows)
    assert all(row[1] in marks or -4 <= float(row[1]) <= 4 for row in rows)
    assert len({row[0] for row in rows}) == len(rows), "a lemma stands once"


@pytest.mark.parametrize(
    "text", ["Świetna obsługa", "swietna obsluga", "polecam", "Dziękuję bardzo!", "super :)", "❤"]
)
def test_praise_is_above_zero(text):
    assert score(text) > 0.3


@pytest.mark.parametrize(
    "text",
    [
        "Fatalna obsługa",
        "beznadzieja",
        "złodzieje",
        "zlodzieje",
        "to jakaś kpina",
        "nie działa",
        "😡",
        "żenada",
    ],
)
def test_blame_is_below_zero(text):
    assert score(text) < -0.3


@pytest.mark.parametrize("text", ["", "Byłem wczoraj w sklepie.", "123", "...", "Zawód: lekarz, zabieg o 8"])
def test_facts_are_zero(text):
    assert score(text) == 0


@pytest.mark.parametrize(
    ("text", "turned"),
    [
        ("polecam", "nie polecam"),
        ("dobry lekarz", "to nie jest dobry lekarz"),
        ("miły", "nigdy nie był miły"),
        ("empatia", "zero empatii"),
    ],
)
def test_negation_turns_praise(text, turned):
    assert score(text) > 0 > score(turned)


def test_negation_softens_blame_and_ends_at_a_stop():
    assert score("bez problemów") > 0 > score("problemy")
    assert score("nie, fatalna obsługa") < -0.3
    assert POLISH.weigh("nigdy nie był miły").valences[:2] == [0, pytest.approx(-0.4)], (
        "one no is spent on it"
    )
    assert score("nie tylko miły, ale i kompetentny") > score("miły")


def test_words_before_strengthen_and_weaken():
    assert score("trochę słaby") > score("słaby") > score("bardzo słaby")
    assert score("strasznie miły") > score("miły"), "said for emphasis only"


def test_what_follows_but_weighs_more():
    assert score("miły, ale niekompetentny") < 0 < score("niekompetentny, ale bardzo miły i pomocny")


def test_capitals_and_exclamation_marks_add():
    assert score("to jest FATALNA obsługa sklepu!!!") < score("to jest fatalna obsługa sklepu")


def test_a_set_phrase_counts_once_and_for_itself():
    weighed = POLISH.weigh("Nigdy więcej, ręce opadają")
    assert [valence for valence in weighed.valences if valence] == [-3.0, -2.8]


def test_an_address_holds_no_emoticon():
    assert score("zobacz https://example.org/x") == 0 > score("no nie :/")


def test_marks_tell_words_apart():
    lexicon = Lexicon("polish.tsv")
    assert lexicon.entry("zła").valence < 0 and lexicon.entry("zla").valence < 0
    assert lexicon.entry("mężczyzna").valence == 0 and lexicon.entry("męczy").valence < 0
