"""What is read in a mention: language, label, score, and what they rest on."""

import pytest
from vaderSentiment.vaderSentiment import SentimentIntensityAnalyzer

from listener.reading import READING_VERSION, Reader, Reading
from listener.reading.reader import MOST_CHARACTERS, SHORT_CHARACTERS, joined

READER = Reader()
PLAIN = Reader(overlay=False)
VADER = SentimentIntensityAnalyzer()


def test_without_the_overlay_a_short_english_text_scores_exactly_as_vader_does():
    for text in ("I LOVE it, but the app is down!!", "Not bad. Not good either", "It is what it is"):
        assert PLAIN.read("", text, "en").score == VADER.polarity_scores(text)["compound"]


@pytest.mark.parametrize(
    ("text", "label"),
    [
        ("Terrible service, I hate this airline and its awful staff", "negative"),
        ("Excellent service, I love this airline and its wonderful staff", "positive"),
        ("The flight leaves at noon from gate nine", "neutral"),
        ("Obsługa fatalna, nigdy więcej nie kupię", "negative"),
        ("Wspaniała obsługa, serdecznie polecam wszystkim", "positive"),
        ("Sklep otwarty jest od ósmej do dwudziestej", "neutral"),
        ("Der Zug ist schon wieder zu spät, eine Katastrophe", "unsure"),
        ("", "unsure"),
    ],
)
def test_labels(text, label):
    assert READER.read("", text).label == label


def test_a_text_that_mixes_praise_and_blame_is_unsure():
    text = "I love it, I hate it, the good service was terrible and the bad food excellent"
    assert PLAIN.read("", text).label == "unsure"


def test_a_text_in_another_language_is_unsure_and_weighs_nothing():
    assert READER.read("", "Este producto es terrible, nunca más") == Reading("und", "unsure", 0.0, 0.0, 0.0)
    assert READER.read("", "a good day", "de") == Reading("de", "unsure", 0.0, 0.0, 0.0)


def test_a_language_that_is_given_is_not_identified_again():
    assert READER.read("", "Der Zug ist good", "en").language == "en"


def test_without_the_overlay_a_long_text_is_the_mean_of_its_sentences_and_keeps_the_worst():
    text = (
        "The train left at noon. " * 12
        + "The staff was wonderful. The food was terrible, a disgusting disaster."
    )
    reading = PLAIN.read("", text, "en")
    good = VADER.polarity_scores("The staff was wonderful.")["compound"]
    bad = VADER.polarity_scores("The food was terrible, a disgusting disaster.")["compound"]
    assert len(text) > SHORT_CHARACTERS
    assert reading.worst == bad and reading.score == pytest.approx((good + bad) / 2, abs=1e-4)


def test_title_and_text_are_read_together_and_a_repeated_title_once():
    assert joined("Kettle recalled", "It burns.") == "Kettle recalled\nIt burns."
    assert joined("Kettle recalled…", "Kettle recalled after fires.") == "Kettle recalled after fires."
    assert joined(" ", "text") == "text" and joined("title", "") == "title"
    assert READER.read("Terrible, awful service", "The flight leaves at noon", "en").label == "negative"


def test_of_an_endless_text_the_beginning_is_read_and_what_names_the_brand_beyond_it():
    text = "The kettle is good. " * 60_000
    assert READER.read("", text + "terrible", "en") == READER.read("", text[:MOST_CHARACTERS], "en")
    long = (
        "The weather is nice and mild today. " * 3000 + "Acme lost my bag and was rude. " + "Nothing. " * 99
    )
    assert READER.read("", long, "en").label != "negative"
    assert READER.read("", long, "en", ["Acme"]).label == "negative"


@pytest.mark.parametrize(
    ("text", "name", "label"),
    [
        ("Acme was great. The weather in Boston was terrible and I hated it.", "Acme", "positive"),
        ("I love my new phone, best gift ever. Acme lost my bag and was rude.", "Acme", "negative"),
        ("We flew with Acme to Boston. Never again. My new shoes are lovely and comfy.", "Acme", "negative"),
        ("@acme hello there friends. My bag is lost and nobody answers the phone.", "acme", "negative"),
        ("The display is terrible, I hate it. Play is great.", "Play", "positive"),
    ],
)
def test_the_sentences_that_name_the_brand_decide(text, name, label):
    assert READER.read("", text, "en", [name]).label == label


def test_where_no_sentence_names_the_brand_all_decide():
    text = "The staff was rude. The food was terrible and cold."
    assert READER.read("", text, "en", ["Acme"]) == READER.read("", text, "en")


class Teacher:
    """A layer that holds everything for praise."""

    version = 3
    languages = frozenset({"en"})

    def logits(self, evidence):
        assert evidence.features and len(evidence.logits) == 3
        return (0.0, 0.0, 9.0)


def test_a_layer_has_its_say_from_when_it_is_used_and_in_its_languages_only():
    reader = Reader()
    assert reader.read("", "It is terrible", "en").version == READING_VERSION
    reader.use(Teacher())
    taught = reader.read("", "It is terrible", "en")
    assert (taught.label, taught.version) == ("positive", f"{READING_VERSION}+v3")
    assert reader.read("", "Fatalna obsługa", "pl").version == READING_VERSION
    reader.use(None)
    assert reader.read("", "It is terrible", "en").label == "negative"


@pytest.mark.parametrize(
    "text", ["\x00", "\ud800", "a" * 1000, "😀" * 500, "\n" * 500, "é\u0301" * 300, "))))((((" * 90]
)
def test_whatever_comes_is_read(text):
    reading = READER.read(text[:5], text)
    assert -1 <= reading.score <= 1 and 0 <= reading.confidence <= 1


def test_confidence_grows_with_the_evidence():
    weak, strong = (
        READER.read("", "a bad service", "en"),
        READER.read("", "a terrible, awful, horrible service", "en"),
    )
    assert weak.label == strong.label == "negative" and weak.confidence < strong.confidence


def test_because_names_the_words_after_negation():
    (found,) = READER.because("", "To nie jest dobry sklep")
    assert found["word"] == "dobry" and found["valence"] < 0
    told = READER.because("", "Nigdy więcej, fatalna obsługa")
    assert [found["word"] for found in told if "word" in found] == [
        "Nigdy więcej",
        "fatalna",
    ]
    assert READER.because("", "Der Zug ist zu spät und alles ist schlecht") == []


def test_because_names_the_sentence_in_a_long_text():
    told = READER.because("", "The train left at noon. " * 15 + "The curtain was terrible.", "en")
    (found,) = [reason for reason in told if "word" in reason]
    assert (found["word"], found["sentence"]) == ("terrible", "The curtain was terrible.")


def test_because_tells_what_speaks_beside_the_words():
    told = READER.because("", "@acme still waiting for my refund", "en")
    assert {"cue": "addressed", "words": "@acme"} in told
    assert any(reason.get("cue") == "waits" and "waiting" in reason["words"] for reason in told)


def test_a_version_is_told():
    assert READING_VERSION


def test_who_recommends_or_warns_goes_on_about_the_brand():
    text = "Wczoraj byłem w Acme po telewizor. Nie polecam takiej obsługi, złodzieje. Potem cudowna kolacja."
    assert READER.read("", text, "pl", ["Acme"]).label == "negative"
    text = "We had a wonderful day. I bought a laptop at Acme on Monday. Avoid them, the laptop broke."
    assert READER.read("", text, "en", ["Acme"]).label == "negative"
