"""Where sentences end."""

import pytest

from listener.reading.sentences import MOST_CHARACTERS, sentences


@pytest.mark.parametrize(
    ("text", "parts"),
    [
        ("It leaks. It burns! Why? Ask.", ["It leaks.", "It burns!", "Why?", "Ask."]),
        (
            "Dr. Kowalski of Kettle Inc. was here. He left.",
            ["Dr. Kowalski of Kettle Inc. was here.", "He left."],
        ),
        (
            "Lek. Nowak z ul. Długiej, np. wczoraj. Był miły.",
            ["Lek. Nowak z ul. Długiej, np. wczoraj.", "Był miły."],
        ),
        ("J. Smith paid 3.50 for it. Really.", ["J. Smith paid 3.50 for it.", "Really."]),
        ("W m.in. Krakowie. I nie tylko.", ["W m.in. Krakowie.", "I nie tylko."]),
        ('so... what now?! "No." Fine', ["so... what now?!", '"No."', "Fine"]),
        ("A title\nand a line\n\nand more", ["A title", "and a line", "and more"]),
        ("see example.org.Nothing here", ["see example.org.Nothing here"]),
        ("", []),
        (" \n ", []),
    ],
)
def test_sentences_end_where_a_reader_would_say(text, parts):
    assert sentences(text) == parts


def test_what_never_stops_is_cut_and_nothing_is_lost():
    for endless in ("word " * 1000, "x" * 5000):
        parts = sentences(endless)
        assert max(map(len, parts)) <= MOST_CHARACTERS
        assert "".join(parts).replace(" ", "") == endless.replace(" ", "")
