"""A spike: far above what is usual, in five minutes and in fifteen, and rare."""

import json
from dataclasses import replace
from datetime import UTC, datetime, timedelta

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from rules import triggers
from rules.surge import Track
from rules.triggers import Finding, spike
from rules.triggers.spike import Options, again, judge

MINUTE, DAY = 60, 86_400
MONDAY = 1_767_571_200  # 2026-01-05, midnight UTC


def track(minutes, bursts=(), usual=0, known=True):
    """A series of `minutes`; each burst is (minute, mentions in that minute)."""
    counts = np.full(minutes, usual)
    for minute, mentions in bursts:
        counts[minute] = mentions
    return Track(MONDAY, MINUTE, counts, np.broadcast_to(known, minutes))


def fired(made, options=None):
    return judge(options or Options(), made, made.ends())


def at(day, hour=12):
    return day * 1440 + hour * 60


def days(findings):
    return sorted({(finding.at - datetime.fromtimestamp(MONDAY, UTC)).days for finding in findings})


def test_a_burst_on_a_calm_brand_fires_at_once_and_says_what_it_saw():
    made = track(at(5) + 1, [(at(5), 60)])
    (finding,) = fired(made)
    assert (finding.code, finding.observed, finding.expected) == ("spike", 60, pytest.approx(0.0))
    assert finding.at == datetime.fromtimestamp(MONDAY + 5 * DAY + 12 * 3600 + MINUTE, UTC)
    assert finding.z == pytest.approx(14.3, abs=0.1)
    assert finding.evidence["rank"] == 1
    assert finding.evidence["learning"] is False


def test_what_is_usual_does_not_fire():
    rng = np.random.default_rng(5)
    assert not fired(Track(MONDAY, MINUTE, rng.poisson(2.0, at(21)), np.full(at(21), True)))


def test_every_window_over_the_burst_fires_while_both_lengths_hold_it():
    found = fired(track(at(6), [(at(5), 60)]))
    assert [(one.at - found[0].at) // timedelta(minutes=1) for one in found] == [0, 1, 2, 3, 4]


def test_only_the_windows_asked_for_are_judged_in_the_order_of_time():
    made = track(at(6), [(at(5), 60)])
    ends = [MONDAY + MINUTE * (at(5) + late) for late in (3, 1, 1)]
    assert [int(finding.at.timestamp()) for finding in judge(Options(), made, ends)] == [ends[1], ends[0]]
    assert judge(Options(), made, [MONDAY, made.end + 600, MONDAY - DAY]) == ()


def test_a_mention_that_comes_late_is_judged_as_if_it_had_been_there():
    late = track(at(6))
    changed = late.recount([MONDAY + MINUTE * at(5)], [60], [True])
    assert judge(Options(), late, changed) == fired(track(at(6), [(at(5), 60)]))


def test_a_spike_in_a_half_heard_window_is_a_spike_all_the_same():
    known = np.full(at(5) + 1, True)
    known[-8:] = False
    (finding,) = fired(track(at(5) + 1, [(at(5), 60)], known=known))
    assert finding.evidence["known15"] == pytest.approx(7 / 15)


def test_the_third_largest_surge_of_eighteen_days_fires_and_the_fourth_does_not():
    bursts = [(at(day), size) for day, size in ((4, 90), (5, 80), (6, 70), (7, 60))]
    assert days(fired(track(at(8), bursts))) == [4, 5, 6]
    assert days(fired(track(at(8), bursts), Options(among=4))) == [4, 5, 6, 7]


def test_a_surge_older_than_eighteen_days_is_forgotten():
    larger = [(at(4), 90), (at(5), 80), (at(6), 70)]
    assert days(fired(track(at(23), [*larger, (at(21), 40)]))) == [4, 5, 6]
    assert days(fired(track(at(23), [*larger, (at(22), 40)]))) == [4, 5, 6, 22]


def test_a_stronger_surge_earlier_today_is_one_of_the_larger_ones():
    bursts = [(at(5), 90), (at(6), 80), (at(7, 8), 70), (at(7, 12), 60)]
    assert [finding.at.hour for finding in fired(track(at(8), bursts)) if days([finding]) == [7]] == [8] * 5


def test_a_fresh_installation_hears_a_burst_after_two_silent_hours():
    (finding,) = fired(track(121, [(120, 60)]))
    assert finding.evidence["learning"] is True
    assert finding.evidence["threshold"] == 6.0
    assert finding.evidence["history_days"] == pytest.approx(105 / 1440)


def test_without_an_hour_of_history_nothing_fires():
    assert not fired(track(60, [(59, 500)]))


def test_while_learning_the_bar_is_higher():
    assert fired(track(at(4), [(at(4) - 1, 10)]))
    assert not fired(track(at(2), [(at(2) - 1, 10)]))
    assert fired(track(at(2), [(at(2) - 1, 13)]))
    assert fired(track(at(2), [(at(2) - 1, 10)]), Options(learning_for=timedelta(0)))


@given(st.lists(st.tuples(st.integers(100, at(4) - 1), st.integers(5, 200)), min_size=1, max_size=5))
@settings(max_examples=30, deadline=None)
def test_the_frozen_evidence_alone_gives_the_same_verdict(bursts):
    for finding in fired(track(at(4), bursts)):
        thawed = Finding.from_json(json.loads(json.dumps(finding.to_json())))
        assert thawed == finding
        assert again(Options(), thawed) == finding
    for finding in fired(track(at(4), bursts), QUIET):
        assert again(QUIET, Finding.from_json(json.loads(json.dumps(finding.to_json())))) == finding


def test_stricter_options_let_a_frozen_finding_pass():
    (finding,) = fired(track(at(5) + 1, [(at(4), 90), (at(5), 60)]))[-1:]
    assert finding.evidence["rank"] == 2
    assert again(Options(z=20), finding) is None
    assert again(Options(among=1), finding) is None
    assert again(Options(among=2), finding) is not None


QUIET = Options(**triggers.presets("spike")["quiet"])


def surge(day, size, minutes=30):
    """A burst of `minutes` at noon, as many mentions in each of them."""
    return [(at(day) + minute, size) for minute in range(minutes)]


def test_the_quiet_one_asks_that_45_minutes_held_more_than_on_all_days_but_one():
    twice = [*surge(4, 30), *surge(5, 30), *surge(6, 20)]
    assert days(fired(track(at(8), twice), QUIET)) == [4, 5]
    assert days(fired(track(at(8), [*twice, *surge(7, 40)]), QUIET)) == [4, 5, 7]


def test_the_quiet_one_lets_a_sharp_burst_pass_that_brings_fewer_mentions_than_slower_ones_did():
    slow = [*surge(4, 20, minutes=40), *surge(5, 20, minutes=40)]
    sharp = track(at(8), [*slow, (at(7), 200)])
    assert days(fired(sharp)) == [4, 5, 7]
    assert days(fired(sharp, QUIET)) == [4, 5]


def test_the_sensitive_one_hears_what_the_others_let_pass():
    made = track(at(12), [(at(day), 99 - day) for day in range(4, 12)])
    heard = [
        days(fired(made, Options(**triggers.presets("spike")[name]))) for name in triggers.presets("spike")
    ]
    assert heard == [[4, 5, 6, 7, 8], [4, 5, 6], [4, 5]]


def test_the_window_reaches_as_far_as_the_verdict_looks():
    assert spike.reach(Options()) == timedelta(minutes=15)
    assert spike.reach(QUIET) == timedelta(minutes=45)


def test_evidence_that_kept_no_mentions_of_the_days_does_not_pass_by_them():
    (finding,) = fired(track(at(5) + 1, [(at(5), 60)]))
    old = {name: fact for name, fact in finding.evidence.items() if not name.endswith("45")}
    assert again(Options(), replace(finding, evidence=old)) is not None
    assert again(QUIET, replace(finding, evidence=old)) is None


@given(st.lists(st.tuples(st.integers(100, at(4) - 1), st.integers(0, 200)), min_size=1, max_size=5))
@settings(max_examples=20, deadline=None)
def test_late_mentions_leave_the_days_as_if_they_had_been_there(bursts):
    late, whole = track(at(4)), track(at(4), dict(bursts).items())
    late.recount(*zip(*((MONDAY + MINUTE * m, size, True) for m, size in dict(bursts).items()), strict=True))
    ends = late.ends()[::97].tolist()
    assert [late.broad(end, 4) for end in ends] == [whole.broad(end, 4) for end in ends]


BURSTS = st.lists(st.tuples(st.integers(60, at(3) - 1), st.integers(1, 90)), min_size=1, max_size=6)


@given(BURSTS, st.integers(1, 40))
@settings(max_examples=20, deadline=None)
def test_more_mentions_in_the_window_never_lower_z(bursts, more):
    options = Options(z=0.5, learning_factor=1.0)
    few, many = (
        track(at(3), bursts),
        track(at(3), [*bursts, (at(3) - 1, more + dict(bursts).get(at(3) - 1, 0))]),
    )
    before, after = judge(options, few, [few.end]), judge(options, many, [many.end])
    assert [one.z for one in after] >= [one.z for one in before]
    assert many.rise[-1] >= few.rise[-1]


@given(BURSTS, st.integers(1, 60), st.sampled_from(["balanced", "sensitive", "quiet"]))
@settings(max_examples=20, deadline=None)
def test_whole_weeks_change_nothing(bursts, weeks, preset):
    options = Options(**triggers.presets("spike")[preset])
    here = track(at(3), bursts)
    there = Track(MONDAY + weeks * 7 * DAY, MINUTE, here.counts, here.known)
    moved = [(one.at - timedelta(weeks=weeks), one.z, one.evidence) for one in fired(there, options)]
    assert moved == [(one.at, one.z, one.evidence) for one in fired(here, options)]


@given(BURSTS, st.randoms(use_true_random=False), st.integers(1, 3))
@settings(max_examples=20, deadline=None)
def test_neither_order_of_arrival_nor_batches_change_anything_in_the_end(bursts, random, size):
    came = list(dict(bursts).items())
    random.shuffle(came)
    grown = track(at(3))
    for first in range(0, len(came), size):
        batch = came[first : first + size]
        grown.recount([MONDAY + MINUTE * m for m, _ in batch], [n for _, n in batch], True)
    assert fired(grown) == fired(track(at(3), dict(bursts).items()))


@pytest.mark.parametrize("stored", [{}, {"code": "spike"}, {"code": "spike", "at": 5}, {"at": "noon"}])
def test_what_is_no_finding_is_refused(stored):
    with pytest.raises(ValueError):
        Finding.from_json(stored)


@pytest.mark.parametrize(
    ("key", "value"),
    [
        *(("z", 0), ("z", -1), ("z", float("nan")), ("z", float("inf")), ("days", 0), ("among", 0)),
        *(("rank_by", "size"), ("among", 19), ("learning_factor", 0.5), ("learning_for", timedelta(days=-1))),
    ],
)
def test_options_that_make_no_sense_are_named(key, value):
    with pytest.raises(ValueError, match=key):
        Options(**{key: value})


def test_the_folder_is_the_list_of_triggers():
    assert "spike" in triggers.kinds()
    assert triggers.load("spike") is spike
    with pytest.raises(KeyError):
        triggers.load("os")
