"""A track on a foot: what is summed up is as good as what is held."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from rules.surge import Track

MINUTE, HOUR, DAY = 60, 3600, 86_400
MONDAY = 1_767_571_200  # 2026-01-05, midnight UTC


def series(seed, days, busy):
    """Days of minutes, some of them unheard and some in a surge."""
    dice = np.random.default_rng(seed)
    counts = dice.poisson(busy, days * 1440)
    for at in dice.integers(0, len(counts), 4):
        counts[at : at + 20] += dice.integers(0, 60)
    known = np.repeat(dice.random(days * 24) > 0.1, 60)
    return counts, known, dice.integers(-900, 900, len(counts))


def asked(track, ends, days=18):
    """Return all that a trigger may ask of windows."""
    return [
        (
            track.rise[(end - track.start) // track.step - 1],
            track.peaks(end, days),
            track.broad(end, days),
            track.compare(end),
            track.total(end - 50 * MINUTE, end),
        )
        for end in ends
    ]


cases = st.tuples(
    st.integers(0, 10**6), st.integers(3, 6), st.sampled_from([0.01, 0.3, 4]), st.integers(0, 40)
)


@given(cases, st.data())
@settings(max_examples=15, deadline=None)
def test_a_track_on_a_foot_answers_as_one_that_holds_everything(case, data):
    seed, days, busy, late = case
    whole = Track(MONDAY + late * MINUTE, MINUTE, *(values[late:] for values in series(seed, days, busy)))
    since = MONDAY + data.draw(st.integers(1, days - 1)) * DAY
    short = whole.on(whole.cut(since))
    ends = [since + MINUTE * n for n in (1, 2, 14, 16, 44, 46, 300)] + [whole.end]
    assert asked(short, ends) == asked(whole, ends)
    assert np.array_equal(short.rise[60:], whole.rise[-short.size + 60 :])
    assert short.hours.start == whole.hours.start
    for name in ("counts", "known", "mood"):
        assert np.array_equal(getattr(short.hours, name), getattr(whole.hours, name))


@given(cases, st.data())
@settings(max_examples=15, deadline=None)
def test_it_stays_so_when_news_come_and_when_it_is_cut_again(case, data):
    seed, days, busy, _ = case
    whole = Track(MONDAY, MINUTE, *series(seed, days, busy))
    short = whole.on(whole.cut(MONDAY + DAY))
    places = data.draw(st.lists(st.integers(1440, days * 1440 + 1500), min_size=1, max_size=9, unique=True))
    changes = [MONDAY + place * MINUTE for place in places]
    counts = data.draw(st.lists(st.integers(0, 90), min_size=len(places), max_size=len(places)))
    assert short.recount(changes, counts, True).tolist() == whole.recount(changes, counts, True).tolist()
    since = MONDAY + data.draw(st.integers(2, days - 1)) * DAY
    again = short.on(short.cut(since))
    ends = [since + MINUTE * n for n in (1, 15, 60)] + [whole.end]
    assert asked(short, ends) == asked(whole, ends) == asked(again, ends)
    assert np.array_equal(again.hours.counts, whole.hours.counts)


def test_a_change_before_the_foot_is_left_out():
    whole = Track(MONDAY, MINUTE, *series(1, 4, 1))
    short = whole.on(whole.cut(MONDAY + 2 * DAY))
    before = short.rise.tolist()
    assert short.since == MONDAY + 2 * DAY
    assert short.recount([short.since - MINUTE, MONDAY], [999, 999], True).size == 0
    assert short.rise.tolist() == before


def test_totals_before_the_foot_are_to_the_hour():
    whole = Track(MONDAY, MINUTE, *series(1, 4, 1))
    short = whole.on(whole.cut(MONDAY + 3 * DAY))
    for span in ((MONDAY + DAY, MONDAY + 2 * DAY), (MONDAY + 2 * DAY, whole.end - 7 * MINUTE)):
        assert short.total(*span).count == whole.total(*span).count
        assert short.total(*span).known == pytest.approx(whole.total(*span).known)
    with pytest.raises(ValueError, match="by the hour"):
        short.total(MONDAY + 90 * MINUTE, whole.end)


@pytest.mark.parametrize("since", [MONDAY, MONDAY + DAY + HOUR, MONDAY + 9 * DAY])
def test_a_track_is_cut_at_a_midnight_that_it_holds(since):
    with pytest.raises(ValueError, match="cannot be cut"):
        Track(MONDAY, MINUTE, *series(1, 3, 1)).cut(since)


def test_a_track_whose_windows_do_not_begin_at_midnight_cannot_be_cut():
    with pytest.raises(ValueError, match="cannot be cut"):
        Track(MONDAY // 420 * 420, 420, [1] * 900, [True] * 900).cut(MONDAY + 2 * DAY)


def test_a_foot_belongs_to_where_it_was_cut():
    whole = Track(MONDAY, MINUTE, *series(1, 4, 1))
    with pytest.raises(ValueError, match="starts at"):
        Track(MONDAY, MINUTE, [1], [True], foot=whole.cut(MONDAY + 2 * DAY))


def test_a_short_track_holds_days_and_a_long_one_all_of_its_past():
    counts = np.ones(100 * 1440)
    whole = Track(MONDAY, MINUTE, counts, np.ones(len(counts), bool))
    short = whole.on(whole.cut(MONDAY + 95 * DAY))
    assert short.size == 5 * 1440 + 60
    assert short.begins == MONDAY
    assert short.compare(short.end) == whole.compare(whole.end)
