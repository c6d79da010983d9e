"""What is usual, as decayed sums on the scale where chance deviates by one."""

from datetime import timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from rules.series import Baseline, anscombe, count_at, decay_over

counts = st.integers(0, 10_000)
DECAY = decay_over(timedelta(minutes=15))


def usual(*heard, decay=DECAY):
    baseline = Baseline()
    for count in heard:
        baseline = baseline.after(count, decay)
    return baseline


@given(counts)
def test_a_count_comes_back_from_the_scale(count):
    assert count_at(anscombe(count)) == pytest.approx(count, abs=1e-6)


def test_nothing_lies_below_no_mentions():
    assert count_at(0.5) == count_at(-3.0) == 0.0


def test_half_of_a_window_is_forgotten_in_fourteen_days():
    assert decay_over(timedelta(days=14)) == 0.5
    assert usual(7, decay=0.5).after(None, 0.5).weight == 0.5


def test_without_a_past_nothing_is_unusual():
    assert Baseline().z(500) == 0.0
    assert (Baseline().mean, Baseline().deviation) == (0.0, 1.0)


def test_the_second_mention_on_a_silent_topic_is_no_surge():
    assert usual(*[0] * 100).z(2) < 2
    assert usual(*[0] * 100).z(7) > 4


def test_an_unsteady_past_makes_the_same_count_less_remarkable():
    assert usual(*[0, 20] * 50).z(30) < usual(*[10] * 100).z(30)


@given(st.lists(counts, min_size=1, max_size=30))
def test_the_deviation_never_falls_under_chance(heard):
    assert usual(*heard).deviation >= 1


@given(st.lists(st.none() | counts, min_size=1, max_size=30), st.data())
def test_an_unknown_window_leaves_mean_and_deviation_alone(heard, data):
    place = data.draw(st.integers(0, len(heard)))
    before, after = usual(*heard[:place]), usual(*heard[:place], None)
    assert after.mean == pytest.approx(before.mean)
    assert after.deviation == pytest.approx(before.deviation)


@given(st.lists(counts, min_size=1, max_size=30), st.data())
def test_a_late_mention_adds_the_difference_at_its_age(heard, data):
    place = data.draw(st.integers(0, len(heard) - 1))
    corrected = [*heard[:place], heard[place] + 1, *heard[place + 1 :]]
    share = DECAY ** (len(heard) - 1 - place)
    sums = usual(*heard)
    old, new = anscombe(heard[place]), anscombe(heard[place] + 1)
    patched = Baseline(
        sums.weight, sums.total + share * (new - old), sums.squares + share * (new * new - old * old)
    )
    assert patched.mean == pytest.approx(usual(*corrected).mean)
    assert patched.squares == pytest.approx(usual(*corrected).squares)
