"""The forms of one word: what Polish cases and English plurals make of it."""

import pytest

from rules.declension import CASES, PLURAL, SINGULAR
from rules.inflect import agrees, declined, forms


@pytest.mark.parametrize(
    ("name", "expected"),
    [
        ("Żabka", "żabka żabki żabce żabkę żabką żabko żabek żabkom żabkami żabkach"),
        ("Rossmann", "rossmanna rossmannowi rossmannem rossmannie rossmanny rossmannów"),
        ("Kaufland", "kauflandu kauflandzie"),
        ("Carrefour", "carrefoura carrefourze"),
        ("Netflix", "netfliksa netflixa netfliksie netflixie netfliks"),
        ("IKEA", "ikei ikeę ikeą"),
        ("LOT", "lotu lotem lotowi lotcie"),
        ("DHL", "dhlu dhlem"),
        ("4F", "4f 4fu 4fem"),
        ("Nokia", "nokii nokię nokią"),
        ("Gdynia", "gdyni gdynię gdynią gdyń"),
        ("Kraków", "krakowa krakowem krakowie"),
        ("Łódź", "łodzi łodzią"),
        ("Świat", "świata świecie świecie"),
        ("Orzeł", "orła orłem"),
        ("Dąb", "dębu dębem"),
        ("Szkoła", "szkoły szkole szkół"),
        ("Zakopane", "zakopanego zakopanem zakopanym"),
        ("Katowice", "katowic katowicach katowicom"),
        ("Tatry", "tatr tatrach tatrami"),
        ("Suwałki", "suwałk suwałkach"),
        ("Zdrowie", "zdrowia zdrowiu zdrowiem"),
        ("Centrum", "centrum centra centrów centrach"),
        ("Kowalski", "kowalskiego kowalskiemu kowalskim kowalscy kowalskich"),
        ("Kowalska", "kowalskiej kowalską"),
        ("Kościuszko", "kościuszki kościuszce kościuszkę"),
        ("Armani", "armaniego armanim"),
        ("Hyundai", "hyundaia hyundaiem hyundaiu"),
        ("Google", "googla googlem googlu"),
        ("Auchan", "auchan auchanie"),
        ("Tesla", "teslas"),
    ],
)
def test_a_word_has_the_forms_people_write(name, expected):
    assert set(expected.split()) <= set(forms(name))


@pytest.mark.parametrize("name", ["Rosé", "PZU", "PKO", "X", "365"])
def test_some_words_stay_as_they_are(name):
    assert forms(name) == (name.casefold(),)


@pytest.mark.parametrize(
    ("name", "another"),
    [
        ("Wedel", "wedle"),
        ("Play", "plays"),
        ("Orange", "oranges"),
        ("Sony", "son"),
        ("Nike", "nice"),
        ("Polo", "polem"),
        ("Mango", "manga"),
        ("OBI", "obie"),
        ("Warta", "warto"),
        ("Pyszne", "pysznie"),
    ],
)
def test_an_everyday_word_is_no_form_of_a_name(name, another):
    assert another not in forms(name)


def test_a_name_that_is_an_everyday_word_itself_keeps_its_forms():
    assert {"dom", "domu", "domy"} <= set(forms("Dom"))


def test_forms_stand_under_their_number_and_case():
    found = declined("Żabka")
    assert [found[SINGULAR, case][0] for case in CASES] == [
        "żabka", "żabki", "żabce", "żabkę", "żabką", "żabce", "żabko",
    ]  # fmt: skip
    assert found[PLURAL, "genitive"][0] == "żabek"


@pytest.mark.parametrize(
    ("written", "form", "may"),
    [
        ("zabki", "żabki", True),
        ("Żabki", "żabki", True),
        ("ząbki", "żabki", False),
        ("źabki", "żabki", False),
        ("Citroën", "citroen", True),
        ("Żary", "zary", False),
        ("strasse", "straße", True),
    ],
)
def test_marks_may_be_left_out_and_polish_ones_not_put_elsewhere(written, form, may):
    assert agrees(written, form) is may
