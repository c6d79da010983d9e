"""What customers, patients and headlines say in plain words."""

import pytest

from listener.reading import Reader

READER = Reader()


@pytest.mark.parametrize(
    ("text", "label"),
    [
        ("I want my money back.", "negative"),
        ("You've lost a customer.", "negative"),
        ("Not a single apology from the manager.", "negative"),
        ("Our flight was cancelled for the third time", "negative"),
        ("Fifteen guests fall ill after dinner", "negative"),
        ("He threw my parcel over the fence", "negative"),
        ("Salmonella found in frozen chicken", "negative"),
        ("Everything went smoothly", "positive"),
        ("We need more shops like this!", "positive"),
        ("Exceeded all our expectations", "positive"),
        ("I keep coming back for the soup", "positive"),
        ("The nurse was patient and explained everything", "positive"),
        ("Very easy to install", "positive"),
        ("Shares jump after strong results", "positive"),
        ("Shares plunge after profit warning", "negative"),
        ("Symptoms include fever and cough.", "neutral"),
        ("The policy covers theft and fire.", "neutral"),
        ("You can file a complaint online.", "neutral"),
    ],
)
def test_plain_english_is_understood(text, label):
    assert READER.read("", text, "en").label == label


@pytest.mark.parametrize(
    ("text", "label"),
    [
        ("Ceny niskie, jakość wysoka", "positive"),
        ("Ani razu się nie zawiodłam", "positive"),
        ("Podwoiliśmy zyski, podwyżki dla pracowników", "positive"),
        ("Dziękuję za zmarnowany urlop!", "negative"),
        ("Dziękuję za szybkie wyleczenie choroby", "positive"),
        ("Kotlet suchy jak podeszwa", "negative"),
        ("Przerzucił paczkę przez płot", "negative"),
        ("Aplikacja się zawiesza", "negative"),
        ("Gratuluję refleksu, oddzwonili po miesiącu", "negative"),
        ("Zarząd rekomenduje wypłatę dywidendy", "neutral"),
        ("Reklamację można złożyć w salonie.", "neutral"),
    ],
)
def test_plain_polish_is_understood(text, label):
    assert READER.read("", text, "pl").label == label
