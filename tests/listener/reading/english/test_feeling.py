"""English with the overlay: words, phrases, spelling, negation, scorn, and the cues beside them."""

import pytest

from listener.reading import Reader
from listener.reading.english import CUES, English
from listener.reading.english.overlay import forms, overlay

ENGLISH, READER = English(), Reader(("en",))


def weighed(text):
    told = ENGLISH.weigh(text)
    return {word: valence for word, valence in zip(told.words, told.valences, strict=True) if valence}


def cues(text):
    return set(ENGLISH.weigh(text).cues)


@pytest.mark.parametrize(
    "text",
    [
        "Bank outage leaves customers without access to money",
        "CEO steps down amid investigation",
        "Data breach exposes 3 million accounts",
        "Great, another delay. Thanks a lot",
        "I love how @airline lost my bag again",
        "Thanks for nothing",
        "Soooo baaad",
        "#epicfail, I am done with this shop",
        "Still on hold for 2 hours",
        "The app didnt work and isnt helpful",
        "Two dead after bus crash",
        "Oh great, the website is down. Again.",
        "🤬🤬 this shop",
    ],
)
def test_what_goes_wrong_is_negative(text):
    assert READER.read("", text, "en").label == "negative"


@pytest.mark.parametrize(
    "text",
    [
        "This phone is sick, killer camera!",
        "Thank you so much for the quick help!",
        "I love this brand 😍😍",
        "Can't wait to fly with them tomorrow, so excited!",
    ],
)
def test_what_people_like_is_positive(text):
    assert READER.read("", text, "en").label == "positive"


@pytest.mark.parametrize(
    "text",
    ["Not the worst hotel", "No problem at all", "No complaints here", "Our crisis team did a great job"],
)
def test_what_is_no_complaint_is_not_taken_for_one(text):
    assert READER.read("", text, "en").label != "negative"


@pytest.mark.parametrize(
    "text",
    ["The store opens at noon on Friday", "What time does the desk open?", "The bus leaves from gate nine"],
)
def test_what_only_informs_is_neutral(text):
    assert READER.read("", text, "en").label == "neutral"


@pytest.mark.parametrize(
    ("written", "usual"),
    [
        ("It dont work", "It don't work"),
        ("It isn’t good", "It isn't good"),
        ("A baaad day", "A bad day"),
        ("#TerribleService", "#terrible service"),
        ("late&amp;rude", "late rude"),
    ],
)
def test_spelling_does_not_hide_what_is_said(written, usual):
    ours, theirs = weighed(written), weighed(usual)
    assert ours and [valence > 0 for valence in ours.values()] == [valence > 0 for valence in theirs.values()]


def test_a_negation_ends_at_a_stop_and_at_a_new_clause():
    assert min(weighed("it was not excellent").values()) < 0
    assert weighed("no, excellent")["excellent"] > 0
    assert weighed("It does not matter and excellent it was")["excellent"] > 0


def test_what_is_denied_does_not_fail():
    assert "fails" in cues("There is a delay")
    assert "fails" not in cues("There was no delay")


def test_praise_beside_what_fails_is_scorn_and_in_earnest_it_is_not():
    assert "irony" in cues("Great, another delay")
    assert min(weighed("Great, another delay").values()) < 0
    assert "irony" not in cues("Great service")


def test_cues_name_the_words_they_rest_on():
    told = ENGLISH.weigh("@brand still waiting, the flight is delayed!").cues
    assert told["addressed"] == ["@brand"] and told["exclaims"] == [""]
    assert any("waiting" in words for words in told["waits"]) and told["fails"]
    assert set(told) <= set(CUES)


def test_feeling_is_what_weighing_finds():
    for text in ("I love it, but the app is down!!", "Not bad at all 😀", "", "@brand why?"):
        told, felt = ENGLISH.weigh(text), ENGLISH.feel(text)
        assert felt.valences == [valence for valence in told.valences if valence]
        assert {cue: len(words) for cue, words in told.cues.items()} == {
            cue: count for cue, count in felt.cues.items() if cue != "long"
        }


@pytest.mark.parametrize(
    "text",
    [
        *(
            "!" * 20_000,
            "😀" * 20_000,
            "x" * 20_000,
            "👨\u200d" * 9_000,
            "#never" * 4_000,
            "no delay " * 2_000,
        ),
        *(". " * 9_000, "&amp;" * 4_000, "\ud800", "\x00", "@", "#", "a\u0301" * 9_000),
    ],
)
def test_whatever_comes_is_read(text):
    assert -1 <= READER.read("", text, "en").score <= 1


def test_the_files_hold_what_their_header_says():
    ours = overlay()
    entries = [*ours.words.values(), *ours.stems.values()]
    entries += [
        phrase.entry for follow in ours.pairs.values() for found in follow.values() for phrase in found
    ]
    marks = {mark for entry in entries for mark in entry.marks}
    assert all(entry.valence is None or -4 <= entry.valence <= 4 for entry in entries)
    assert marks <= {*CUES, "negates", "raises", "lowers", "turns", "yields"}


def test_regular_forms():
    assert {"delays", "delayed", "delaying"} <= set(forms("delay"))
    assert {"cancels", "canceled", "cancelled", "cancelling"} <= set(forms("cancel"))
    assert {"apologies", "apologied"} <= set(forms("apology")) and {"loses", "losing"} <= set(forms("lose"))
