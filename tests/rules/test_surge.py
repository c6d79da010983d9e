"""A track: every moment of a series beside its past, corrected as news of the past comes in."""

from datetime import timedelta

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from rules.series import Baseline, decay_over
from rules.surge import Track

MINUTE, HOUR, DAY = 60, 3600, 86_400
MONDAY = 1_767_571_200  # 2026-01-05, midnight UTC


def quiet(minutes, usual=0):
    return np.full(minutes, usual)


def track(counts, known=True, start=MONDAY):
    return Track(start, MINUTE, counts, np.broadcast_to(known, len(counts)))


def state(track):
    return track.start, track.counts.tolist(), track.known.tolist(), track.rise.tolist()


minutes = st.lists(st.tuples(st.integers(0, 9), st.booleans()), min_size=1, max_size=200)
starts = st.integers(0, 40).map(lambda late: MONDAY + late * MINUTE)


@st.composite
def corrections(draw):
    """A history, and what becomes known later of some of its minutes and of a few new ones."""
    heard, start = draw(minutes), draw(starts)
    changes = draw(
        st.dictionaries(st.integers(0, len(heard) + 40), st.tuples(st.integers(0, 99), st.booleans()))
    )
    return start, heard, changes


@given(corrections())
def test_a_corrected_track_equals_one_built_afresh(case):
    start, heard, changes = case
    corrected = track([n for n, _ in heard], [k for _, k in heard], start)
    corrected.recount(
        [start + MINUTE * place for place in changes],
        [count for count, _ in changes.values()],
        [known for _, known in changes.values()],
    )
    length = max(len(heard), *(place + 1 for place in changes), 0) if changes else len(heard)
    truth = [
        changes.get(place, heard[place] if place < len(heard) else (0, False)) for place in range(length)
    ]
    afresh = track([n for n, _ in truth], [k for _, k in truth], start)
    assert state(corrected) == state(afresh)
    end = afresh.end
    assert corrected.compare(end) == afresh.compare(end)
    assert corrected.peaks(end, 3) == afresh.peaks(end, 3)


@given(minutes, starts)
@settings(max_examples=50)
def test_what_is_usual_is_what_the_closed_windows_before_add_up_to(heard, start):
    made = track([n for n, _ in heard], [k for _, k in heard], start)
    for window in made.compare(made.end):
        width = int(window.span.total_seconds()) // MINUTE
        usual = Baseline()
        for first in range(0, (made.size - width) // width * width, width):
            here = slice(first, first + width)
            count = int(made.counts[here].sum()) if made.known[here].all() else None
            usual = usual.after(count, decay_over(window.span))
        assert window.mean == pytest.approx(usual.mean)
        assert window.deviation == pytest.approx(usual.deviation)
        if window.weight or usual.weight:
            # Our newest window weighs what is left of it when the judged one begins.
            assert window.weight == pytest.approx(usual.weight, rel=0.01)


@given(minutes, st.integers(0, 99))
def test_what_was_counted_while_deaf_is_in_no_baseline(heard, rumour):
    deaf = [(count if known else rumour, known) for count, known in heard]
    after = quiet(30, 3)
    clean = track([*(n for n, _ in heard), *after], [*(k for _, k in heard), *[True] * 30])
    noisy = track([*(n for n, _ in deaf), *after], [*(k for _, k in heard), *[True] * 30])
    assert clean.rise[-15:].tolist() == noisy.rise[-15:].tolist()


@given(minutes)
def test_no_moment_depends_on_what_came_after(heard):
    whole = track([n for n, _ in heard], [k for _, k in heard])
    half = track([n for n, _ in heard[: len(heard) // 2]], [k for _, k in heard[: len(heard) // 2]])
    assert whole.rise[: half.size].tolist() == half.rise.tolist()


def test_a_judged_window_is_not_part_of_its_own_past():
    calm, loud = track(quiet(600)), track([*quiet(595), *quiet(5, 50)])
    assert [w.mean for w in calm.compare(calm.end)] == [w.mean for w in loud.compare(loud.end)]
    assert loud.compare(loud.end)[1].count == 250


def test_a_burst_half_heard_still_rises():
    made = track([*quiet(600), 30, 30], [*[True] * 601, False])
    assert made.rise[-1] > 10


def test_the_smaller_of_two_windows_decides():
    made = track([*quiet(600, 4), *quiet(5, 12)])
    five, fifteen = ((2 * (w.count + 3 / 8) ** 0.5 - w.mean) / w.deviation for w in made.compare(made.end))
    assert made.rise[-1] == min(five, fifteen) == fifteen


def test_nothing_rises_in_the_first_hour():
    assert not track([*quiet(59), 500]).rise.any()
    assert track([*quiet(75), 500]).rise[-1] > 10


def test_an_hour_of_deafness_is_no_history():
    assert not track([*quiet(600), 500], [*[False] * 600, True]).rise.any()


def test_only_windows_over_a_changed_bucket_are_to_be_judged_again():
    made = track(quiet(600))
    at = MONDAY + 100 * MINUTE
    assert made.recount([at], [4], [True]).tolist() == [at + MINUTE * late for late in range(1, 16)]


def test_buckets_that_hold_what_they_held_change_nothing():
    made = track(quiet(600, 2))
    assert made.recount(made.ends()[:-1] - MINUTE, 2, True).size == 0


def test_a_bucket_that_was_heard_after_all_is_judged_again():
    made = track(quiet(600), [*[True] * 599, False])
    assert made.recount([made.end - MINUTE], [0], [True]).tolist() == [made.end]


def test_what_lies_before_the_start_is_left_out():
    made = track(quiet(600))
    assert made.recount([MONDAY - DAY], [9], [True]).size == 0
    assert not made.counts.any()


def test_minutes_nobody_named_are_unknown():
    made = track(quiet(15))
    made.recount([MONDAY + 20 * MINUTE], [1], [True])
    assert made.known.tolist() == [*[True] * 15, *[False] * 5, True]


def test_a_track_grows_minute_by_minute_into_what_it_would_be_at_once():
    counts = np.random.default_rng(7).poisson(1.3, 3 * 1440)
    grown = track(counts[:10])
    for place in range(10, len(counts)):
        grown.recount([MONDAY + place * MINUTE], counts[place : place + 1], True)
    assert state(grown) == state(track(counts))


def test_the_peaks_of_the_days_come_today_first_and_unknown_days_count_nothing():
    counts, known = quiet(4 * 1440), np.ones(4 * 1440, bool)
    counts[600] = counts[1440 + 600] = 40
    counts[3 * 1440 + 600] = 90
    known[2 * 1440 : 3 * 1440] = False
    today, gap, yesterday, first, *before = track(counts, known).peaks(MONDAY + 4 * DAY, 18)
    assert today > first > 10
    assert yesterday > 10
    assert gap == 0
    assert before == [0.0] * 14


def test_today_counts_as_far_as_it_has_come():
    counts = quiet(2 * 1440)
    counts[1440 + 600] = 40
    made = track(counts)
    assert made.peaks(MONDAY + DAY + 9 * HOUR, 2) == pytest.approx((0.0, 0.0))
    assert made.peaks(MONDAY + DAY + 11 * HOUR, 2)[0] > 10


@pytest.mark.parametrize("step", [1, 7 * MINUTE, 10 * MINUTE, HOUR, DAY, 7 * DAY])
def test_any_length_of_bucket_has_its_windows(step):
    length = 6000 if step == 1 else 900
    made = Track(MONDAY // step * step, step, [*[3] * length, 4000], [True] * (length + 1))
    assert made.rise[-1] > 3
    assert [w.span for w in made.compare(made.end)][-1] >= timedelta(seconds=step)
    assert len(made.peaks(made.end, 18)) == 18


def test_a_track_starts_on_its_grid_and_ends_within_reason():
    with pytest.raises(ValueError, match="multiple"):
        Track(MONDAY + 1, MINUTE, [1], [True])
    with pytest.raises(ValueError, match="at most"):
        track(quiet(60)).recount([MONDAY + 30 * 365 * DAY], [1], [True])


def test_an_empty_track_waits_for_its_first_bucket():
    made = Track(MONDAY, MINUTE, [], [])
    made.recount([MONDAY], [2], [True])
    assert made.counts.tolist() == [2]
