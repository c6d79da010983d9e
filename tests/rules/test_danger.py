"""Words of danger: met in all their forms, and not where they mean something else."""

import pytest

from rules.danger import DEFAULTS, HEAVIEST, Dangers, key, spellings, words
from rules.fold import fold

BUILT_IN = Dangers(DEFAULTS)


def told(text, name="", dangers=BUILT_IN):
    return [word.name for word in dangers.within(text, name)]


@pytest.mark.parametrize(
    ("text", "word"),
    [
        ("Acme recalls 10,000 kettles", "recall"),
        ("They RECALLED it at last", "recall"),
        ("A data-breach at Acme", "breach"),
        ("two lawsuits were filed", "lawsuit"),
        ("people are suing them", "sue"),
        ("E. coli in the salad", "e. coli"),
        ("Wyciek danych klientów!", "wyciek"),
        ("po WYCIEKACH z serwerów", "wyciek"),
        ("klienci złożą pozwy", "pozew"),
        ("mowią o pozwie zbiorowym", "pozew"),
        ("rodzice pozwali sieć", "pozew"),
        ("zatrucia po obiedzie", "zatrucie"),
        ("dzieci zatruły się jogurtem", "zatrucie"),
        ("Zatrucie", "zatrucie"),
        ("smierc na budowie", "śmierć"),
        ("naruszenie ochrony danych", "naruszenie danych"),
        ("UOKiK wszczyna postępowanie", "UOKiK"),
    ],
)
def test_a_word_is_met_in_all_its_forms(text, word):
    assert word in told(text)


@pytest.mark.parametrize(
    "text",
    [
        "Acme opens a shop",
        "pozwalam sobie na wycieczkę, zatrudnienie rośnie gwałtownie",
        "as I recall it was blue",
        "a death metal band",
        "wybuch śmiechu na sali",
        "my rates went up, recallable or not",
    ],
)
def test_words_that_look_alike_are_none(text):
    assert told(text) == []


@pytest.mark.parametrize(
    "text",
    [
        "There is no recall of the kettle",
        "I can't recall",
        "no data breach at Acme",
        "nie doszło do wycieku danych",
        "bez żadnego wycieku",
        "nie ma pozwu",
    ],
)
def test_what_is_denied_is_not_met(text):
    assert told(text) == []


@pytest.mark.parametrize(
    "text",
    [
        "No, the recall is real",
        "not only a recall",
        "Nie, wyciek danych jest faktem",
        "nie tylko wyciek",
        "There is no doubt: recall",
        "They say nothing. Recall!",
    ],
)
def test_a_denial_of_something_else_takes_nothing_away(text):
    assert told(text)


def test_a_brand_is_not_a_danger_for_its_name():
    assert told("Total Recall is on tonight, we love Total Recall", "Total Recall") == []
    assert told("Total Recall faces a recall", "Total Recall") == ["recall"]
    assert told("nowe ciastka Wybuchu", "Wybuch") == []
    assert told("Wybuch w fabryce Acme", "Acme") == ["wybuch"]


def test_ones_own_words_come_in_all_forms_too():
    dangers = Dangers(words({"sabotaż": 2, "spoil": 1, "horse meat": 3, "antygen*": 1}))
    assert told("o sabotażu mówią wszyscy", dangers=dangers) == ["sabotaż"]
    assert told("it spoiled and spoils", dangers=dangers) == ["spoil"]
    assert told("horse meat in lasagne", dangers=dangers) == ["horse meat"]
    assert told("antygenowy", dangers=dangers) == ["antygen*"]


def test_a_word_can_be_switched_off_weighed_anew_or_be_the_only_one():
    assert told("a lawsuit and a recall", dangers=Dangers(words({"Lawsuit": 0}))) == ["recall"]
    assert [w.weight for w in Dangers(words({"LAWSUIT": 1})).within("lawsuits")] == [1]
    assert told("a lawsuit and sabotage", dangers=Dangers(words({"sabotage": 1}, defaults=False))) == [
        "sabotage"
    ]
    assert told("a lawsuit", dangers=Dangers(words({}, defaults=False))) == []


def test_a_longer_harmless_phrase_hides_the_word_within_it():
    dangers = Dangers(words({"recall election": 0}))
    assert told("the recall election", dangers=dangers) == []
    assert told("the recall election and a recall", dangers=dangers) == ["recall"]


def test_the_built_in_words_are_of_both_languages_and_each_once():
    names = [word.name for word in DEFAULTS]
    assert len({key(name) for name in names}) == len(names)
    assert {"recall", "breach", "lawsuit", "wyciek", "pozew", "zatrucie"} <= set(names)
    assert all(0 <= word.weight <= HEAVIEST for word in DEFAULTS)
    assert all(spelled == fold(spelled) and spelled for word in DEFAULTS for spelled in word.spellings)


def test_a_word_that_is_met_many_ways_is_told_once_and_hostile_texts_harm_nothing():
    assert told("recall recalls recalled") == ["recall"]
    for text in ("", "\x00" * 50, "a" * 10**6, "no " * 10**5, "ﬃ" * 1000, "re\u0301call " * 1000):
        told(text)


def test_a_long_phrase_of_ones_own_stays_small():
    assert len(spellings("kampania sabotażu przeciwko naszym pracownikom")) < 200
