"""A track by the hour, and what spans of it add up to."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from rules.hours import Total
from rules.surge import Track

MINUTE, HOUR, DAY = 60, 3600, 86_400
MONDAY = 1_767_571_200  # 2026-01-05, midnight UTC

minutes = st.lists(st.tuples(st.integers(0, 9), st.booleans(), st.integers(-900, 900)), max_size=300)


def track(heard, start=MONDAY, step=MINUTE):
    return Track(start, step, [n for n, _, _ in heard], [k for _, k, _ in heard], [m for _, _, m in heard])


@given(minutes, st.integers(0, 90))
@settings(max_examples=60)
def test_hours_are_what_their_minutes_add_up_to(heard, late):
    made = track(heard, MONDAY + late * MINUTE)
    hours = made.hours
    at = hours.start * HOUR
    for count, known, mood in zip(hours.counts, hours.known, hours.mood, strict=True):
        assert made.total(at, at + HOUR) == Total(count, pytest.approx(known), mood)
        at += HOUR
    assert hours.counts.sum() == sum(n for n, _, _ in heard)
    assert hours.mood.sum() == sum(m for _, _, m in heard)


def test_what_is_to_come_of_an_hour_is_unknown():
    hours = track([(1, True, 0)] * 90).hours
    assert (hours.start, hours.counts.tolist(), hours.known.tolist()) == (
        MONDAY // HOUR,
        [60, 30],
        [1.0, 0.5],
    )


def test_hours_follow_what_is_recounted():
    made = track([(1, True, 5)] * 60)
    assert made.hours.counts.tolist() == [60]
    made.recount([MONDAY, MONDAY + HOUR], [3, 4], [True, True], [7, -9])
    assert made.hours.counts.tolist() == [62, 4]
    assert made.hours.mood.tolist() == [302, -9]
    assert made.hours.known.tolist() == [1.0, pytest.approx(1 / 60)]


def test_a_mood_that_changed_alone_is_judged_again():
    made = track([(1, True, 0)] * 60)
    assert made.recount([MONDAY], [1], [True], [-500]).size == 15


def test_a_track_without_mood_has_none():
    made = Track(MONDAY, MINUTE, [3, 4], [True, True])
    assert made.hours.mood.tolist() == [0]
    assert made.total(MONDAY, made.end) == Total(7, 1.0, 0)
    made.recount([MONDAY], [5], [True], [100])
    assert not made.mood.any()


@given(minutes, st.integers(-20, 320), st.integers(1, 100))
@settings(max_examples=60)
def test_a_total_is_exact_to_the_bucket(heard, first, length):
    inside = [heard[n] for n in range(first, first + length) if 0 <= n < len(heard)]
    total = track(heard).total(MONDAY + first * MINUTE, MONDAY + (first + length) * MINUTE)
    known = sum(k for _, k, _ in inside) / length
    assert total == Total(sum(n for n, _, _ in inside), pytest.approx(known), sum(m for _, _, m in inside))


def test_buckets_that_make_no_hours_have_none():
    made = track([(1, True, 0)] * 20, MONDAY // 2520 * 2520, 2520)
    with pytest.raises(ValueError, match="2520 seconds"):
        made.hours  # noqa: B018
    assert np.array_equal(track([(2, True, 0)] * 5, step=HOUR).hours.counts, [2] * 5)
