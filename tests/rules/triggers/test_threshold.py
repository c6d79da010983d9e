"""So many mentions in so short a time, whatever is usual."""

import json
from dataclasses import replace
from datetime import UTC, datetime, timedelta

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from rules import triggers
from rules.surge import Track
from rules.triggers import Finding, threshold
from rules.triggers.threshold import Options, again, judge

MINUTE, HOUR, DAY = 60, 3600, 86_400
MONDAY = 1_767_571_200  # 2026-01-05, midnight UTC


def track(minutes, said=(), known=True, usual=0):
    """A series of `minutes`; each of `said` is (minute, mentions in it)."""
    counts = np.full(minutes, usual)
    for minute, mentions in said:
        counts[minute] += mentions
    return Track(MONDAY, MINUTE, counts, np.broadcast_to(known, minutes))


def fired(made, options=None):
    return judge(options or Options(), made, made.ends())


def test_three_mentions_within_an_hour_fire_without_any_past():
    found = fired(track(90, [(0, 1), (30, 1), (59, 1)]))
    assert [one.at for one in found] == [datetime.fromtimestamp(MONDAY + HOUR, UTC)]
    assert (found[0].code, found[0].observed, found[0].expected) == ("threshold", 3, 0.0)
    assert found[0].span == timedelta(hours=1)


def test_the_third_a_minute_too_late_does_not_count():
    assert not fired(track(90, [(0, 1), (30, 1), (60, 1)]))


def test_it_fires_for_as_long_as_the_window_holds_them():
    found = fired(track(200, [(100, 3)]))
    assert (found[0].at, len(found)) == (datetime.fromtimestamp(MONDAY + 101 * MINUTE, UTC), 60)


@pytest.mark.parametrize(("mentions", "z"), [(3, 4.0), (6, 8.0), (9, 12.0)])
def test_z_is_four_at_the_bar_and_triples_with_the_mentions(mentions, z):
    assert max(one.z for one in fired(track(90, [(10, mentions)]))) == z


def test_what_is_usual_is_told_and_not_asked():
    made = track(5 * 1440, [(5 * 1440 - 5, 9)], usual=0)
    often = Track(MONDAY, MINUTE, np.tile([1] + [0] * 29, 240), np.full(7200, True))
    assert fired(made)[0].evidence["usual"] == 0
    (finding,) = judge(Options(count=2), often, [MONDAY + 5 * DAY])
    assert finding.expected == pytest.approx(2.0)
    assert finding.evidence["history_days"] == pytest.approx(119 / 24)


def test_hours_that_were_not_heard_are_not_usual():
    known = np.full(2880, True)
    known[:1440] = False
    counts = np.concatenate((np.zeros(1440, int), np.tile([1] + [0] * 59, 24)))
    made = Track(MONDAY, MINUTE, counts, known)
    (finding,) = judge(Options(count=1), made, [MONDAY + 2 * DAY])
    assert finding.expected == pytest.approx(1.0)


def test_a_half_heard_window_is_judged_as_any_and_says_so():
    known = np.full(120, True)
    known[90:] = False
    (finding,) = judge(Options(), track(120, [(80, 4)], known), [MONDAY + 2 * HOUR])
    assert finding.evidence["known"] == 0.5


said = st.lists(st.tuples(st.integers(0, 599), st.integers(1, 3)), max_size=12)


@given(said, st.integers(1, 5), st.integers(1, 200))
@settings(max_examples=12, deadline=None)
def test_a_window_is_judged_the_same_alone_and_with_all_others(said, count, minutes):
    made, options = track(600, said), Options(count, timedelta(minutes=minutes))
    every = fired(made, options)
    alone = [one for end in made.ends() for one in judge(options, made, [end])]
    assert list(every) == alone
    for one in every:
        end = int(one.at.timestamp())
        held = made.counts[max((end - MONDAY) // MINUTE - minutes, 0) : (end - MONDAY) // MINUTE].sum()
        assert one.observed == held >= count
        cut = (end - MONDAY) // MINUTE
        before = Track(MONDAY, MINUTE, made.counts[:cut], made.known[:cut])
        assert judge(options, before, [end]) == (one,)


@given(said, st.integers(0, 599))
@settings(max_examples=40, deadline=None)
def test_more_mentions_never_lower_z(said, minute):
    less, more = track(600, said), track(600, [*said, (minute, 1)])
    then = {one.at: one.z for one in fired(more)}
    assert all(then[one.at] >= one.z for one in fired(less))


def test_the_verdict_is_reached_again_from_what_was_frozen():
    for finding in fired(track(200, [(100, 5)])):
        stored = Finding.from_json(json.loads(json.dumps(finding.to_json())))
        assert again(Options(), stored) == finding
        assert again(Options(count=6), stored) is None


def test_without_its_history_it_may_not_fire():
    finding = fired(track(90, [(10, 5)]))[0]
    fewer = replace(finding, evidence={**finding.evidence, "n": 2})
    assert again(Options(), fewer) is None


@pytest.mark.parametrize(
    ("options", "right"),
    [
        ({"count": 0}, "count must be 1 to 1000000"),
        ({"window": timedelta(days=3)}, "window must be 1m to 2d"),
        ({"window": timedelta(seconds=90)}, "whole minutes"),
    ],
)
def test_options_that_make_no_sense_say_what_would(options, right):
    with pytest.raises(ValueError, match=right):
        Options(**options)


def test_its_presets_are_options():
    for preset in triggers.presets("threshold").values():
        assert threshold.reach(Options(**preset)) == timedelta(hours=1)
    assert not triggers.asks_mood("threshold")
