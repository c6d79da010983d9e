"""The mood turns: mean sentiment falls while as many write as ever."""

import json
from dataclasses import replace
from datetime import UTC, datetime, timedelta

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from rules import triggers
from rules.surge import Track
from rules.triggers import Finding, shift
from rules.triggers.shift import Options, again, judge

HOUR, DAY = 3600, 86_400
STEP = 300
MONDAY = 1_767_571_200  # 2026-01-05, midnight UTC
PER_HOUR = HOUR // STEP


class Brand:
    """A brand of which `rate` people an hour write, each with a score around `mean`."""

    def __init__(self, days, rate=12.0, mean=-0.05, seed=1):
        self._rng = np.random.default_rng(seed)
        self.size = days * 24 * PER_HOUR
        self.counts = self._rng.poisson(rate / PER_HOUR, self.size)
        self.mean = np.full(self.size, mean)
        self.known = np.full(self.size, True)

    def turns(self, mean, day, hour=0, hours=24):
        begin = (day * 24 + hour) * PER_HOUR
        self.mean[begin : begin + hours * PER_HOUR] = mean
        return self

    def louder(self, times, day, hour=0, hours=24):
        begin = (day * 24 + hour) * PER_HOUR
        self.counts[begin : begin + hours * PER_HOUR] *= times
        return self

    def track(self):
        spread = self._rng.normal(0, 0.35 * np.sqrt(np.maximum(self.counts, 1)))
        mood = np.clip(self.mean * self.counts + spread * (self.counts > 0), -self.counts, self.counts)
        return Track(MONDAY, STEP, self.counts, self.known, np.rint(1000 * mood))


def fired(made, options=None):
    return judge(options or Options(), made, made.ends())


def hours(findings):
    """Return when it fired, in hours since the start."""
    return [(one.at - datetime.fromtimestamp(MONDAY, UTC)) / timedelta(hours=1) for one in findings]


def test_a_steady_brand_that_turns_sour_is_told_within_hours():
    found = fired(Brand(21).turns(-0.45, 18, 8, hours=30).track())
    first = hours(found)[0] - (18 * 24 + 8)
    assert 0 < first <= 6
    told = found[-1]
    assert told.code == "shift"
    assert told.evidence["mean_mood"] == pytest.approx(-0.45, abs=0.15)
    assert told.evidence["usual_mood"] == pytest.approx(-0.05, abs=0.06)


@pytest.mark.parametrize("seed", range(3))
def test_a_steady_brand_says_nothing(seed):
    assert not fired(Brand(60, seed=seed).track())


def test_a_storm_in_the_usual_mood_is_no_shift():
    assert not fired(Brand(21).louder(20, 18, 8).track())


def test_a_storm_in_a_foul_mood_is_one_too():
    assert fired(Brand(21).louder(20, 18, 8).turns(-0.6, 18, 8).track())


def test_five_grumpy_posts_are_no_shift():
    quiet = Brand(30, rate=0.5).turns(-0.9, 25)
    assert not fired(quiet.track())


def test_fewer_mentions_than_usual_are_no_shift_however_sour():
    made = Brand(30, rate=60.0).turns(-0.6, 25, 6, 12)
    begin = (25 * 24 + 6) * PER_HOUR
    made.counts[begin : begin + 12 * PER_HOUR] = np.minimum(made.counts[begin : begin + 12 * PER_HOUR], 1)
    fell = [at for at in hours(fired(made.track())) if 25 * 24 + 11 <= at <= 25 * 24 + 18]
    assert not fell


def test_a_small_fall_of_a_very_loud_brand_is_no_shift():
    assert not fired(Brand(21, rate=600.0).turns(-0.13, 18, 8).track())


@pytest.mark.parametrize("seed", range(4))
def test_mondays_that_grumble_each_week_are_no_news_once_they_are_known(seed):
    made = Brand(43, seed=seed)
    for monday in range(0, 43, 7):
        made.turns(-0.5, monday, 8, 8)
    days = {int(at // 24) for at in hours(fired(made.track()))}
    assert not {day for day in days if day >= 14 + 7}
    assert days <= {7, 14}


def test_a_monday_far_worse_than_mondays_are_is_news():
    made = Brand(43, rate=40.0)
    for monday in range(0, 43, 7):
        made.turns(-0.3, monday, 8, 8)
    made.turns(-0.9, 35, 8, 8)
    assert {int(at // 24) for at in hours(fired(made.track()))} >= {35}


def test_a_lasting_mood_becomes_the_usual_one():
    found = hours(fired(Brand(60).turns(-0.35, 20, 0, hours=40 * 24).track()))
    assert found[0] < 21 * 24
    assert found[-1] < 40 * 24


def test_before_a_day_is_known_nothing_fires_and_then_the_bar_is_higher():
    assert not fired(Brand(1).turns(-0.9, 0, 12, 12).track())
    (*_, told) = fired(Brand(3, rate=40.0).turns(-0.9, 2).track())
    assert told.evidence["learning"] is True
    assert told.evidence["threshold"] == pytest.approx(4.5)


def test_hours_that_were_not_heard_are_not_usual():
    made = Brand(21, mean=-0.5)
    heard = Brand(21, mean=-0.5)
    made.known[5 * 24 * PER_HOUR : 12 * 24 * PER_HOUR] = False
    made.counts[~made.known] = 0
    assert not fired(made.track())
    assert not fired(heard.track())


def test_a_window_is_judged_the_same_alone_and_with_all_others_and_whatever_follows():
    made = Brand(12, rate=30.0).turns(-0.5, 8, 8, 12).track()
    every = fired(made)
    assert every
    for one in every[:: max(len(every) // 12, 1)]:
        end = int(one.at.timestamp())
        assert judge(Options(), made, [end]) == (one,)
        cut = (end - MONDAY) // STEP
        before = Track(MONDAY, STEP, made.counts[:cut], made.known[:cut], made.mood[:cut])
        assert judge(Options(), before, [end]) == (one,)


def test_whole_weeks_later_it_is_judged_the_same():
    made = Brand(12, rate=30.0).turns(-0.5, 8, 8, 12).track()
    later = Track(MONDAY + 14 * 7 * DAY, STEP, made.counts, made.known, made.mood)
    found, then = fired(made), fired(later)
    assert [one.at + timedelta(weeks=14) for one in found] == [one.at for one in then]
    assert [one.z for one in found] == [one.z for one in then]


@given(st.integers(20, 400), st.integers(0, 300))
@settings(max_examples=40, deadline=None)
def test_more_mentions_in_the_same_mood_never_lower_z(count, more):
    def z(n):
        (found,) = fired_at_the_end(n, -0.7)
        return found.z

    assert z(count + more) >= z(count)


def fired_at_the_end(count, mean):
    made = Brand(6, rate=3.0)
    counts, size = made.counts.copy(), made.size
    counts[-6 * PER_HOUR :] = 0
    counts[-1] = count
    mood = np.rint(-50 * counts)
    mood[-1] = round(1000 * mean * count)
    return judge(Options(), Track(MONDAY, STEP, counts, np.full(size, True), mood), [MONDAY + 6 * DAY])


def test_the_verdict_is_reached_again_from_what_was_frozen():
    for finding in fired(Brand(12, rate=30.0).turns(-0.5, 8, 8, 12).track())[::20]:
        stored = Finding.from_json(json.loads(json.dumps(finding.to_json())))
        assert again(Options(), stored) == finding
        assert again(Options(z=1000), stored) is None


def test_what_is_mostly_no_news_does_not_hold():
    (finding,) = fired_at_the_end(100, -0.7)
    fewer = [replace(finding, evidence={**finding.evidence, "n": left}) for left in (60, 40)]
    held = [again(Options(), one) for one in fewer]
    assert held[0] is not None
    assert held[0].z < finding.z
    assert held[1] is None


@pytest.mark.parametrize(
    ("options", "right"),
    [
        ({"z": 0}, "z must be above 0"),
        ({"fall": 3.0}, "fall must be above 0 and at most 2"),
        ({"least": 0}, "least must be 1 to"),
        ({"window": timedelta(minutes=90)}, "window must be 1h to 48h in whole hours"),
        ({"window": timedelta(days=3)}, "window must be 1h to 48h in whole hours"),
        ({"volume": -1.0}, "volume must be 0 to 1000"),
        ({"learning_factor": 0.5}, "learning_factor must be 1 to 100"),
    ],
)
def test_options_that_make_no_sense_say_what_would(options, right):
    with pytest.raises(ValueError, match=right):
        Options(**options)


def test_its_presets_are_options_and_it_asks_for_the_mood():
    for preset in triggers.presets("shift").values():
        assert shift.reach(Options(**preset)) == timedelta(hours=6)
    assert triggers.asks_mood("shift")
