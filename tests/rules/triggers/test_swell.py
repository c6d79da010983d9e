"""A swell: a day far above what days hold, though none of its minutes is loud."""

import json
from dataclasses import replace
from datetime import UTC, datetime, timedelta

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from rules import triggers
from rules.surge import Track
from rules.triggers import Finding, swell
from rules.triggers.swell import Options, again, judge

HOUR, DAY = 3600, 86_400
MONDAY = 1_767_571_200  # 2026-01-05, midnight UTC
WEEK = [100, 100, 100, 100, 100, 40, 40]


def track(days, start=MONDAY, known=True, step=HOUR):
    """Days of so many mentions, told as evenly over their hours as whole mentions can be."""
    hours = [day * (hour + 1) // 24 - day * hour // 24 for day in days for hour in range(24)]
    counts = np.repeat(np.array(hours), HOUR // step)
    if step < HOUR:
        counts[np.arange(len(counts)) % (HOUR // step) != 0] = 0
    return Track(start, step, counts, np.broadcast_to(known, len(counts)))


def fired(made, options=None, ends=None):
    return judge(options or Options(), made, made.ends() if ends is None else ends)


def days(findings):
    """Return the days, from 0, on which windows that fired ended; at midnight it is the day just over."""
    return sorted({int(finding.at.timestamp() - 1 - MONDAY) // DAY for finding in findings})


def test_a_day_of_twice_as_many_mentions_is_a_swell_before_it_is_over():
    found = fired(track([100, 110, 90, 100, 105, 200]))
    assert days(found) == [5]
    last = found[-1]
    assert (last.code, last.observed, last.span) == ("swell", 200, timedelta(hours=24))
    assert last.expected == pytest.approx(101, abs=2)
    assert found[0].at.hour == 9
    assert last.evidence["busy"] == pytest.approx(110)
    assert last.evidence["learning"] is False


def test_what_is_usual_does_not_fire():
    rng = np.random.default_rng(5)
    counts = rng.poisson(np.tile(np.repeat(WEEK, 24), 9) / 24)
    assert not fired(Track(MONDAY, HOUR, counts, np.full(len(counts), True)))


def test_a_day_no_busier_than_the_busiest_was_is_none_however_calm_the_others():
    assert days(fired(track([200, 100, 100, 100, 100, 100, 200]))) == []
    assert days(fired(track([200, 100, 100, 100, 100, 100, 400]))) == [6]


def test_of_eighteen_days_one_may_have_been_as_busy():
    calm = [100, 104, 96, 101, 99] * 5
    assert days(fired(track([*calm, 240, *calm[:8], 240]))) == [25, 26, 34]
    assert days(fired(track([*calm, 240, *calm[:8], 240]), Options(among=1))) == [25, 26]


def test_a_loud_hour_is_no_swell():
    made = track([100] * 8)
    made.recount([MONDAY + 7 * DAY + 12 * HOUR], [40], True)
    assert not fired(made)


def test_mondays_are_no_crisis_once_weeks_are_known_and_a_saturday_like_a_monday_is_one():
    usual = WEEK * 4
    assert not fired(track(usual, MONDAY + 5 * DAY))
    assert days(fired(track([*usual, *WEEK[:5], 100]))) == [33]


def test_while_learning_both_bars_are_higher():
    made = track([40, 40, 85])
    assert not fired(made)
    assert days(fired(made, Options(learning_factor=1.0))) == [2]
    (*_, last) = fired(track([40, 40, 400]))
    assert last.evidence["learning"] is True
    assert last.evidence["threshold"] == 7.0


def test_a_silent_topic_takes_seventeen_mentions_while_it_is_young_and_fifteen_later():
    assert [len(fired(track([0, 0, n]))) > 0 for n in (16, 17)] == [False, True]
    assert [len(fired(track([0] * 6 + [n]))) > 0 for n in (14, 15)] == [False, True]
    assert [len(fired(track([0] * 6 + [n]), Options(least=1))) > 0 for n in (5, 6)] == [False, True]


def test_with_less_than_two_days_to_compare_with_nothing_fires():
    assert not fired(track([3, 900]))


def test_hours_that_were_not_heard_are_in_no_baseline():
    known = np.full(7 * 24, True)
    known[2 * 24 : 3 * 24] = False
    deaf = [100, 100, 0, 100, 100, 100, 200]
    (*_, last) = fired(track(deaf, known=known))
    assert last.expected == pytest.approx(100, abs=1)
    assert -1.0 in last.evidence["before"]


def test_a_day_half_of_which_was_not_heard_counts_by_what_its_hours_usually_hold():
    counts = np.tile(np.r_[np.zeros(18), np.full(6, 20)], 20).astype(int)
    known = np.full(len(counts), True)
    counts[17 * 24 + 18 : 17 * 24 + 21] = 0
    known[17 * 24 + 18 : 17 * 24 + 21] = False
    counts[-6:] *= 2
    (*_, last) = fired(Track(MONDAY, HOUR, counts, known))
    assert last.expected == pytest.approx(120, abs=2)
    assert last.evidence["busy"] == pytest.approx(120, abs=2)


def test_a_brand_that_is_never_heard_at_night_is_judged_all_the_same():
    known = np.tile(np.r_[np.zeros(9), np.ones(15)], 12).astype(bool)
    counts = np.where(known, 8, 0)
    counts[-24:] *= 3
    assert days(fired(Track(MONDAY, HOUR, counts, known))) == [11]
    assert not fired(Track(MONDAY, HOUR, np.where(known, 8, 0), known))


def test_a_window_heard_in_part_is_judged_as_it_is():
    known = np.full(7 * 24, True)
    known[6 * 24 : 6 * 24 + 6] = False
    day = [100] * 6
    (*_, last) = fired(track([*day, 300], known=known))
    assert last.evidence["known_window"] == 0.75


def test_a_swell_is_exact_to_the_minute():
    made = track([96] * 6 + [240], step=60)
    minutes = [int(finding.at.timestamp()) % HOUR // 60 for finding in fired(made)]
    assert minutes[0] == 1
    assert set(minutes) == set(range(60))


@pytest.mark.parametrize("hours", [6, 36, 48])
def test_other_windows_are_compared_with_their_like(hours):
    day = [100, 104, 96, 101, 99, 100, 103, 97]
    options = Options(window=timedelta(hours=hours))
    (first, *_) = fired(track([*day, 400, 400]), options)
    assert first.expected == pytest.approx(100 * hours / 24, rel=0.05)
    assert not fired(track(day), options)


COUNTS = st.lists(st.integers(0, 40), min_size=24 * 5, max_size=24 * 5)


@given(
    COUNTS, st.integers(0, 30), st.lists(st.integers(0, 5 * 24 - 1), max_size=5), st.integers(0, 2**32 - 1)
)
@settings(max_examples=25, deadline=None)
def test_a_window_is_judged_alike_alone_with_others_and_whatever_follows(counts, more, deaf, seed):
    rng = np.random.default_rng(seed)
    counts = np.r_[rng.poisson(5, 24 * 21), counts]
    counts[-30:] += more
    known = np.full(len(counts), True)
    known[[24 * 21 + hour for hour in deaf]] = False
    whole = Track(MONDAY, HOUR, counts, known)
    together = fired(whole, Options(z=1.0, above=1.0))
    for finding in together[:: max(len(together) // 5, 1)]:
        end = int(finding.at.timestamp())
        cut = (end - MONDAY) // HOUR
        assert fired(whole, Options(z=1.0, above=1.0), [end]) == (finding,)
        assert fired(Track(MONDAY, HOUR, counts[:cut], known[:cut]), Options(z=1.0, above=1.0), [end]) == (
            finding,
        )


@given(COUNTS, st.integers(1, 4), st.integers(1, 50))
@settings(max_examples=25, deadline=None)
def test_whole_weeks_change_nothing_and_more_mentions_never_lower_z(counts, weeks, more):
    options = Options(z=0.01, above=1.0, among=18, learning_factor=1.0, least=1)
    here, there = (
        Track(start, HOUR, counts, np.full(120, True)) for start in (MONDAY, MONDAY + weeks * 7 * DAY)
    )
    found = fired(here, options)
    assert [f.evidence for f in found] == [f.evidence for f in fired(there, options)]
    louder = {
        f.at: f.z
        for f in fired(Track(MONDAY, HOUR, [*counts[:-1], counts[-1] + more], np.full(120, True)), options)
    }
    assert all(louder[f.at] >= f.z for f in found)


def test_a_track_that_holds_its_newest_days_only_is_judged_like_the_whole_one():
    whole = track([*[100, 112, 92, 105, 95] * 6, 150, 260, 240], step=60)
    short = whole.on(whole.cut(MONDAY + 31 * DAY))
    ends = whole.ends()[whole.ends() > short.since]
    assert [f for f in fired(whole, ends=ends) if f.at.timestamp() >= short.since + DAY] == [
        f for f in fired(short, ends=ends) if f.at.timestamp() >= short.since + DAY
    ]
    on_the_hour = ends[ends % HOUR == 0]
    assert fired(whole, ends=on_the_hour) == fired(short, ends=on_the_hour)
    assert fired(short, ends=on_the_hour)


@given(st.integers(0, 2**32 - 1), st.integers(2, 40), st.floats(0, 1))
@settings(max_examples=20, deadline=None)
def test_a_series_left_alone_does_not_fire_until_as_many_have_come_as_it_lacked(seed, age, when):
    rng = np.random.default_rng(seed)
    counts = rng.poisson(rng.gamma(4, rng.uniform(1, 60) / 96, age * 24))
    made = Track(MONDAY, HOUR, counts, np.full(len(counts), True))
    held = swell.spare(Options(), made, made.end)
    if held.mentions > 0:
        at = held.since + int(when * (held.until - held.since)) // HOUR * HOUR
        known = np.arange(made.end, at, HOUR)
        made.recount(known, 0, True)
        more = made.counts[(at - MONDAY) // HOUR - 1] + held.mentions - 1
        made.recount([at - HOUR], [more], True)
        assert not fired(made, ends=np.arange(held.since // HOUR * HOUR + HOUR, held.until + 1, HOUR))


def test_the_frozen_evidence_alone_gives_the_same_verdict():
    for finding in fired(track([100, 110, 90, 100, 105, 200, 260])):
        thawed = Finding.from_json(json.loads(json.dumps(finding.to_json())))
        assert thawed == finding
        assert again(Options(), thawed) == finding


def test_history_taken_out_of_the_window_is_judged_once_more():
    (*_, last) = fired(track([100, 110, 90, 100, 105, 200]))
    assert last.evidence["seconds_window"] == DAY
    less = replace(last, evidence={**last.evidence, "n_window": 120})
    assert again(Options(), less) is None
    assert again(Options(z=20), last) is None
    assert again(Options(above=2), last) is None


@pytest.mark.parametrize(("day", "heard"), [(138, 1), (165, 2), (230, 3)])
def test_presets_hear_more_and_less(day, heard):
    made = track([*[100, 112, 92, 105, 95] * 4, day])
    fires = [
        bool(fired(made, Options(**triggers.presets("swell")[name])))
        for name in ("sensitive", "balanced", "quiet")
    ]
    assert fires == [True] * heard + [False] * (3 - heard)


def test_it_says_how_far_it_looks_and_what_it_takes_at_the_least():
    assert swell.reach(Options()) == timedelta(hours=24)
    assert swell.least(Options()) == (timedelta(hours=24), 15)
    assert swell.least(Options(least=1)) == (timedelta(hours=24), 6)


def test_where_nothing_is_asked_nothing_is_found():
    made = track([100] * 7)
    assert fired(made, ends=[]) == ()
    assert fired(made, ends=[MONDAY, made.end + 60]) == ()


@pytest.mark.parametrize(
    ("key", "value"),
    [
        *(
            ("z", 0),
            ("z", float("nan")),
            ("above", 0.9),
            ("days", 1),
            ("days", 57),
            ("among", 0),
            ("among", 19),
        ),
        *(("window", timedelta(minutes=90)), ("window", timedelta(hours=49)), ("window", timedelta(0))),
        *(("learning_factor", 0.5), ("learning_for", timedelta(days=-1))),
    ],
)
def test_options_that_make_no_sense_are_named(key, value):
    with pytest.raises(ValueError, match=key):
        Options(**{key: value})


def test_times_are_utc():
    (*_, last) = fired(track([100, 110, 90, 100, 105, 200]))
    assert last.at == datetime.fromtimestamp(MONDAY + 6 * DAY, UTC)
