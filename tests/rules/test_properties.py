"""What holds of every series, whatever came when and in what order."""

import numpy as np
from hypothesis import given, settings
from hypothesis import strategies as st

from rules.surge import Track
from rules.triggers import spike

MINUTE, DAY = 60, 86_400
WEEK = 7 * DAY
MONDAY = 1_767_571_200  # 2026-01-05, midnight UTC

series = st.lists(st.tuples(st.integers(0, 9), st.booleans()), min_size=80, max_size=300)
LOOSE = spike.Options(z=1.0, learning_factor=1.0)


def track(heard, start=MONDAY):
    return Track(start, MINUTE, [n for n, _ in heard], [known for _, known in heard])


@given(series, st.integers(0, 4), st.integers(1, 50))
@settings(max_examples=40)
def test_more_mentions_in_the_judged_window_never_lower_z(heard, back, more):
    louder = list(heard)
    louder[-1 - back] = (heard[-1 - back][0] + more, heard[-1 - back][1])
    before, after = track(heard), track(louder)
    assert after.rise[-1] >= before.rise[-1]
    assert len(spike.judge(LOOSE, after, [after.end])) >= len(spike.judge(LOOSE, before, [before.end]))


@given(series, st.integers(1, 60))
@settings(max_examples=40)
def test_shifting_all_times_by_whole_weeks_changes_nothing(heard, weeks):
    here, there = track(heard), track(heard, MONDAY + weeks * WEEK)
    assert here.rise.tolist() == there.rise.tolist()
    assert here.peaks(here.end, 18) == there.peaks(there.end, 18)
    found = [
        [
            (f.z, f.evidence["threshold"], f.at.timestamp() - made.start)
            for f in spike.judge(LOOSE, made, made.ends())
        ]
        for made in (here, there)
    ]
    assert found[0] == found[1]


@given(series, st.randoms(use_true_random=False), st.integers(1, 60))
@settings(max_examples=40)
def test_neither_the_order_of_arrival_nor_how_it_was_split_changes_anything(heard, dice, parts):
    whole = track(heard)
    arrived = Track(MONDAY, MINUTE, np.zeros(len(heard)), np.zeros(len(heard), bool))
    places = list(range(len(heard)))
    dice.shuffle(places)
    for part in np.array_split(places, parts):
        counts, known = zip(*(heard[place] for place in part), strict=True) if len(part) else ((), ())
        arrived.recount(MONDAY + part.astype(int) * MINUTE, counts, known)
    assert arrived.rise.tolist() == whole.rise.tolist()
    assert arrived.compare(arrived.end) == whole.compare(whole.end)
    assert spike.judge(LOOSE, arrived, arrived.ends()) == spike.judge(LOOSE, whole, whole.ends())
