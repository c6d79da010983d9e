"""The review queue: what is most useful first, one of each story, and never mistakes alone."""

from collections import Counter
from dataclasses import replace
from datetime import timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from listener.labelling import label
from listener.reading import Reader
from listener.reviewing import DISPUTED, SAMPLE, SURE, THIN, UNSURE, in_turns, queue
from listener.store.labels import LABELS, Open
from tests.kit import DAY, HOUR, MINUTE, NOON, READER, heard, opened, row, settings

MONTH = timedelta(days=30)


class Contrary:
    """A layer that reads everything as positive."""

    version, languages = 7, frozenset({"en", "pl"})

    def logits(self, evidence):
        return (0.0, 0.0, 9.0)


@pytest.fixture
def store(tmp_path):
    made = opened(tmp_path)
    yield made
    made.close()


def one(number, label="neutral", confidence=0.9, *, brand="Acme", language="en", at=0):
    return Open(number, number, at or number, (brand,), language, label, confidence, "2")


def order(found, disputed=(), seed="2026-03-16"):
    return [(each.mention, why) for each, why in in_turns(found, disputed, seed)]


def offered(store, reader=READER, back=MONTH, now=NOON):
    return [(offer.mention.id, offer.why) for offer in queue(store, reader, now, back)]


def test_of_every_five_two_are_unsure_one_is_disputed_one_thin_and_one_a_sample():
    found = [one(n, "unsure", 0.3) for n in range(1, 11)]
    found += [one(n, confidence=0.9) for n in range(11, 41)] + [one(n, confidence=0.5) for n in range(41, 51)]
    told = [why for _, why in order(found, disputed=range(11, 21))]
    assert told[:10] == [UNSURE, UNSURE, DISPUTED, THIN, SAMPLE] * 2
    assert Counter(told) == {UNSURE: 10, DISPUTED: 10, THIN: 10, SAMPLE: 20}


def test_where_none_of_a_kind_are_left_the_next_take_their_place():
    assert [why for _, why in order([one(1), one(2, "unsure", 0.3), one(3, confidence=0.4)])] == [
        UNSURE,
        THIN,
        SAMPLE,
    ]
    assert order([]) == []


def test_the_thinnest_come_first_and_among_equals_the_most_recent():
    found = [
        one(1, confidence=0.55),
        one(2, confidence=0.41),
        one(3, confidence=0.48),
        one(4, confidence=0.52),
    ]
    assert [number for number, _ in order(found)] == [3, 2, 4, 1]


def test_brands_and_languages_take_turns():
    found = [one(n, "unsure", 0.3, brand="Big") for n in range(10, 20)]
    found += [one(1, "unsure", 0.3, brand="Small"), one(2, "unsure", 0.3, brand="Big", language="pl")]
    assert [number for number, _ in order(found)][:4] == [19, 2, 1, 18]


def test_samples_are_drawn_anew_each_day_and_not_within_one():
    found = [one(n) for n in range(1, 60)]
    assert order(found) == order(found) != order(found, seed="2026-03-17")


@given(
    st.lists(
        st.builds(
            one, st.integers(1, 10**6), st.sampled_from(LABELS), st.floats(0, 1), brand=st.sampled_from("ABC")
        ),
        unique_by=lambda one: one.mention,
        max_size=40,
    ),
    st.sets(st.integers(1, 50)),
)
def test_everything_open_is_offered_once(found, disputed):
    told = order(found, disputed)
    assert sorted(number for number, _ in told) == sorted(each.mention for each in found)
    by_number = {each.mention: each for each in found}
    for number, why in told:
        assert (why == UNSURE) == (by_number[number].label == UNSURE)
        assert why != SAMPLE or by_number[number].confidence >= SURE


def test_of_ten_copies_the_first_is_offered_and_once_one_is_labelled_none(store, tmp_path):
    heard(store, "feed", [row(n, NOON - n * MINUTE) for n in range(1, 11)], NOON)
    with store.write() as db:
        db.execute("UPDATE mentions SET story = 1 WHERE id <= 9")
    assert [number for number, _ in sorted(offered(store))] == [9, 10]
    label(store, settings(tmp_path), 4, "right", "Anna", NOON)
    assert [number for number, _ in offered(store)] == [10]


def test_what_was_said_or_is_too_old_is_not_asked_again(store, tmp_path):
    heard(store, "feed", [row("1"), row("2"), row("3", NOON - 3 * DAY), row("4")], NOON)
    heard(store, "import", [replace(row("5"), human="negative")], NOON)
    config = settings(tmp_path)
    label(store, config, 2, "negative", "Anna", NOON)
    label(store, config, 2, "ours", "Anna", NOON)
    assert sorted(number for number, _ in offered(store, back=DAY)) == [1, 4]
    assert sorted(number for number, _ in offered(store)) == [1, 3, 4]


def test_what_is_labelled_while_the_queue_is_open_is_left_out(store, tmp_path):
    heard(store, "feed", [row(n) for n in range(150)], NOON)
    offers = queue(store, READER, NOON, MONTH)
    first = next(offers)
    config = settings(tmp_path)
    for number in range(1, 151):
        if number != first.mention.id:
            label(store, config, number, "right", "Anna", NOON)
    assert list(offers) == []


def test_where_what_was_learned_reads_otherwise_both_are_told(store):
    text = "Acme is terrible, the worst, I hate it"
    one, two = (replace(row(n, text=text + n), reading="2+v7") for n in "ab")
    heard(store, "feed", [replace(one, label="positive"), replace(two, label="negative")], NOON)
    reader = Reader(layer=Contrary())
    found = {offer.mention.id: (offer.why, offer.base) for offer in queue(store, reader, NOON, HOUR)}
    assert found == {1: (DISPUTED, "negative"), 2: (SAMPLE, "")}
