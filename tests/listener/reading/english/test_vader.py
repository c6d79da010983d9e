"""English: the scores are vaderSentiment's own, to the last digit, whatever the text."""

import random

import pytest
from hypothesis import given, settings
from hypothesis import strategies as some
from vaderSentiment.vaderSentiment import (
    BOOSTER_DICT,
    NEGATE,
    SPECIAL_CASES,
    SentimentIntensityAnalyzer,
)

from listener.reading.english.vader import Vader

ORIGINAL = SentimentIntensityAnalyzer()
OURS = Vader()
EMOJI = sorted(sign for sign in ORIGINAL.emojis if len(sign) == 1)
LEXICON = sorted(ORIGINAL.lexicon)
TRICKY = (
    "good bad great no not never so this least at very but BUT without doubt kind of sort just enough "
    "the shit bomb ass bus stop yeah right kiss death to die for beating heart or nor isn't n't NOT "
    "İ ΑΣ ß :) ! ? ?! love hate Least NO but, 'good' (bad) GOOD!!! ??? #great @good 123 \u200b"
)
PIECES = TRICKY.split(" ")


def word(dice):
    source = dice.choice(
        [TRICKY, LEXICON, TRICKY, list(BOOSTER_DICT), NEGATE, list(SPECIAL_CASES), EMOJI, ["żółć"]]
    )
    shape = dice.choice([str, str, str, str.upper, str.capitalize])
    end = dice.choice(["", "", "", "", "!", "?", "!!", "...", ",", ")", "'"])
    return shape(dice.choice(source)) + end


def text(dice, longest):
    gaps = [" "] * 8 + ["  ", "\n", "", "\u00a0", "\t"]
    return "".join(word(dice) + dice.choice(gaps) for _ in range(dice.randint(0, longest)))


@pytest.mark.parametrize("seed", range(4))
def test_thousands_of_nasty_texts_score_the_same(seed):
    dice = random.Random(seed)
    for number in range(1500):
        nasty = text(dice, 60 if number % 10 == 0 else 14)
        assert OURS.scores(nasty) == ORIGINAL.polarity_scores(nasty), nasty


@settings(max_examples=300, deadline=None, derandomize=True)
@given(
    some.lists(some.sampled_from(PIECES) | some.sampled_from(LEXICON) | some.text(max_size=6), max_size=12)
)
def test_texts_of_any_characters_score_the_same(words):
    nasty = " ".join(words)
    assert OURS.scores(nasty) == ORIGINAL.polarity_scores(nasty)


@pytest.mark.parametrize(
    "plain",
    [
        "",
        "   ",
        "The book was good but the end was GREAT, great, great!",
        "good good but good bad good but bad bad",
        "Without a doubt, excellent idea???",
        "Never so good, never this bad",
        "She is the least bad, at least good, very least good",
        "No good or great news, no no no",
        "kind of good, sort of bad, just enough fun",
        "It is to die for, the bomb, yeah right",
        "love😍😍 hate 💘x😡",
    ],
)
def test_the_odd_rules_score_the_same(plain):
    assert OURS.scores(plain) == ORIGINAL.polarity_scores(plain)


def test_the_words_are_told_with_what_the_rules_made_of_them():
    weighed = OURS.weigh("Not a good day")
    told = {word: valence for word, valence in zip(weighed.words, weighed.valences, strict=True) if valence}
    assert told == {"good": pytest.approx(1.9 * -0.74)}
