"""Polish: what words, negation, boosters, set phrases, scorn and signs make of a sentence."""

import pytest

from listener.reading import Reader
from listener.reading.polish import CUES, Polish
from listener.reading.polish.lexicon import Lexicon

POLISH, READER = Polish(), Reader()
LEXICON = Lexicon()


def score(text):
    return POLISH.weigh(text).compound()


def cues(text):
    return POLISH.weigh(text).cues


def words(text):
    weighed = POLISH.weigh(text)
    return {
        word: round(valence, 2)
        for word, valence in zip(weighed.words, weighed.valences, strict=True)
        if valence
    }


@pytest.mark.parametrize(
    "text", ["Świetna obsługa", "swietna obsluga", "polecam", "Dziękuję bardzo!", "super :)", "❤", "❤️‍🔥"]
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


@pytest.mark.parametrize(
    "text", ["", "Byłem wczoraj w sklepie.", "123", "...", "Zawód: lekarz, zabieg o 8", "#"]
)
def test_facts_are_zero(text):
    assert score(text) == 0


@pytest.mark.parametrize(
    ("known", "form"),
    [
        ("świetny", "najświetniejszymi"),
        ("świetny", "świetnie"),
        ("polecać", "polecalibyśmy"),
        ("awaria", "awariom"),
        ("zepsuć", "zepsutego"),
        ("dobry", "lepszą"),
        ("zachwycony", "zachwycona"),
    ],
)
def test_every_form_of_a_lemma_is_known(known, form):
    assert LEXICON.entry(form).valence * LEXICON.entry(known).valence > 0


@pytest.mark.parametrize(
    "word", ["mamy", "dobra", "wina", "rak", "sad", "laska", "zabieg", "mecz", "obraz", "maja"]
)
def test_words_that_only_look_alike_weigh_nothing_much(word):
    assert abs(LEXICON.entry(word).valence) <= 2 and (word == "dobra" or LEXICON.entry(word).valence == 0)


def test_diacritics_may_be_missing_in_part():
    assert LEXICON.entry("swietną").valence == LEXICON.entry("świetną").valence > 0
    assert LEXICON.entry("zła").valence < 0 and LEXICON.entry("zla").valence < 0
    assert LEXICON.entry("mężczyzna").valence == 0 and LEXICON.entry("męczy").valence < 0


@pytest.mark.parametrize(
    ("text", "turned"),
    [
        ("polecam", "nie polecam"),
        ("dobry lekarz", "to nie jest dobry lekarz"),
        ("miły", "nigdy nie był miły"),
        ("empatia", "zero empatii"),
        ("życzliwość", "brak życzliwości"),
        ("pomoc była świetna", "nikt nam nie zaproponował świetnej pomocy"),
    ],
)
def test_negation_turns_praise(text, turned):
    assert score(text) > 0 > score(turned)


def test_negation_softens_blame_and_ends_at_a_stop_and_at_a_clause():
    assert score("bez problemów") > 0 > score("problemy")
    assert score("nie jest zły") > 0
    assert score("nie, fatalna obsługa") < -0.3
    assert score("nie wiem, czemu obsługa jest fatalna") < -0.3
    assert score("nie dzwonię, bo jest świetnie") > 0.3


def test_one_negation_is_spent_once_and_holds_for_what_is_linked():
    assert list(words("nigdy nie był miły")) == ["miły"]
    told = words("nie był miły, pomocny ani kompetentny, ale tani")
    assert told["miły"] < 0 and told["pomocny"] < 0 and told["kompetentny"] < 0 < told["tani"]
    assert words("nie lubię tego, polecam tamten")["polecam"] > 0
    assert words("nigdy nie dał dokończyć, nie polecam")["nie polecam"] < 0, "a phrase has its own no"


def test_not_only_negates_and_turns_nothing():
    assert score("nie tylko miły, ale i kompetentny") > score("miły")


def test_words_before_strengthen_and_weaken_and_some_come_after():
    assert score("trochę słaby") > score("słaby") > score("bardzo słaby")
    assert score("strasznie miły") > score("miły"), "said for emphasis only"
    assert score("strasznie mi się podoba") > score("podoba") > 0 > score("strasznie")
    assert score("słaby w cholerę") < score("słaby")


def test_too_much_is_blame():
    assert score("za drogo") < 0 and score("zbyt długi czas") < 0 and score("za mało miejsca") < 0
    assert score("nie za drogo") > 0 and score("za dobrą obsługę dziękuję") > 0


def test_what_follows_but_weighs_more_and_what_is_granted_less():
    assert score("miły, ale niekompetentny") < 0 < score("niekompetentny, ale bardzo miły i pomocny")
    assert score("choć był słaby, polecam") > score("był słaby, polecam")


def test_capitals_letters_drawn_out_and_exclamation_marks_add():
    assert score("to jest FATALNA obsługa sklepu!!!") < score("to jest fatalna obsługa sklepu")
    assert score("suuuper") > score("super") and score("baaardzo słaby") < score("słaby")


def test_a_set_phrase_counts_once_and_for_itself_whatever_its_form():
    told = words("Nigdy więcej, ręce opadają")
    assert list(told) == ["Nigdy więcej", "ręce opadają"] and max(told.values()) < -2
    assert words("zostałem zrobiony w konia") and score("palce lizać") > 0


def test_questions_that_are_none_are_told_and_weigh_more_when_asked():
    assert score("ile można czekać?") < score("ile można czekać") < 0
    assert "asks" in cues("Czy wy sobie kpicie?") and "asks" not in cues("ile można czekać")


@pytest.mark.parametrize(
    "text",
    ["super, znowu awaria", "Brawo wy!", "dzięki za nic", "gratuluję pomysłu", "Ta „świetna” obsługa"],
)
def test_scorn_is_no_praise(text):
    assert score(text) < 0 and "irony" in cues(text)


def test_praise_and_a_failure_without_a_sign_of_scorn_are_both_felt():
    assert "irony" not in cues("Miła pani naprawiła usterkę") and "irony" not in cues(
        "super, dziękuję za pomoc"
    )


def test_signs_count_but_not_in_addresses():
    assert score("zobacz https://example.org/x") == 0 > score("no nie :/")
    assert score("🤦🏽‍♀️") < 0 < score("👍🏻") and score("10:30") == 0
    assert cues("haha 😂 :(")["smiles"] == ["😂"] and cues("haha 😂 :(")["frowns"] == [":("]


def test_a_tag_is_read_word_by_word_and_weighs_less():
    assert words("#BrakSłów") and 0 > score("#Żenada") > score("Żenada")


def test_what_speaks_beside_the_words_is_told():
    told = cues(
        "@bank czekam od tygodnia, dlaczego mi nie odpisujecie? https://example.org #reklamacja 2 raz..."
    )
    assert {
        "addressed",
        "complains",
        "question",
        "link",
        "tags",
        "numbers",
        "oneself",
        "trails",
    } <= told.keys()
    assert told.keys() <= set(CUES)
    assert POLISH.feel("").cues == {} if POLISH.feel("") else True


def test_hostile_texts_are_read_in_one_go():
    for text in (
        "nie " * 50_000,
        "#aA" * 50_000,
        "(:" * 50_000,
        "!" * 200_000,
        "👨\u200d" * 50_000,
        "a" * 200_000,
    ):
        POLISH.feel(text)


def test_a_colour_that_has_lost_its_sign_weighs_nothing():
    assert POLISH.weigh("super \U0001f3fb").compound() == POLISH.weigh("super").compound()


def test_a_phrase_goes_on_after_the_comma_before_that():
    assert score("Szkoda, że tak późno ich odkryłam") > 0 > score("Szkoda, że zamknięte")


@pytest.mark.parametrize(
    "text",
    [
        "Choroba przenoszona jest drogą kropelkową.",
        "Zakażenie rozwija się zwykle w ciągu 7 dni.",
        "Ryzyko nawrotu ocenia się po sześciu miesiącach.",
        "Ubezpieczenie od kradzieży i pożaru",
        "Kurs akcji na zamknięciu wyniósł 45,20 zł.",
        "Polecicie jakiś dobry bank?",
        "Ile kosztuje wysyłka?",
        "Dostałem SMS z kodem odbioru.",
        "Kampania ruszy w maju na naszej platformie",
    ],
)
def test_plain_statements_and_questions_are_neutral(text):
    assert READER.read("", text, "pl").label in ("neutral", "unsure")


@pytest.mark.parametrize("word", ["dyktatura", "sankcja", "faszysta", "lewak"])
def test_words_of_politics_keep_what_they_weigh(word):
    assert LEXICON.entry(word).valence < 0
