"""Folding: one spelling for all, letter by letter."""

import pytest
from hypothesis import given, settings
from hypothesis import strategies as some

from rules.fold import fold, origins, spaced

TEXTS = some.text(some.characters() | some.sampled_from("aŻłßİıﬁ™½\u0301\u200d😀日é "), max_size=40)


@pytest.mark.parametrize(
    ("text", "folded"),
    [
        ("Żółć, GĘŚ!", "zolc  ges "),
        ("Straße", "strasse"),
        ("Z\u0307abka", "zabka"),
        ("za\u00adbka za\u200bbka", "zabka zabka"),
        ("Żabka™", "zabka "),
        ("𝐳𝐚𝐛𝐤𝐚 Ｚａｂｋａ", "zabka zabka"),
        ("İstanbul ılık", "istanbul ilik"),
        ("ΑΣ ας", "ας ας".replace("ς", "σ")),
        ("#a_b@c", " a b c"),
    ],
)
def test_texts_that_look_alike_fold_alike(text, folded):
    assert spaced(text) == folded


def test_fold_keeps_punctuation():
    assert fold("Żółć, GĘŚ!") == "zolc, ges!"


@settings(max_examples=300, deadline=None, derandomize=True)
@given(TEXTS, TEXTS)
def test_folding_goes_letter_by_letter(one, other):
    assert spaced(one + other) == spaced(one) + spaced(other)


@settings(max_examples=300, deadline=None, derandomize=True)
@given(TEXTS)
def test_every_folded_letter_knows_where_it_came_from(text):
    back = origins(text)
    assert len(back) == len(spaced(text)) + 1 and list(back) == sorted(back) and back[-1] == len(text)
    for place, letter in enumerate(spaced(text)):
        assert letter in spaced(text[back[place]])


@settings(max_examples=200, deadline=None, derandomize=True)
@given(TEXTS)
def test_folding_twice_changes_nothing(text):
    assert spaced(spaced(text)) == spaced(text)
