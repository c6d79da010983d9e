"""A brand of which people always write has fallen silent, in time that was heard."""

import json
from datetime import UTC, datetime, timedelta

import numpy as np
import pytest

from rules import triggers
from rules.surge import Track
from rules.triggers import Finding, quiet
from rules.triggers.quiet import Options, again, judge

HOUR, DAY, STEP = 3600, 86_400, 600
MONDAY = 1_767_571_200  # 2026-01-05, midnight UTC
PER_HOUR = HOUR // STEP


def track(days, every_hours, silent_hours=0, known=True, nights=False):
    """A brand of which somebody writes every so many hours, and then nobody any more."""
    size = days * 24 * PER_HOUR
    counts = np.zeros(size, int)
    counts[:: round(every_hours * PER_HOUR)] = 1
    if nights:
        hour = np.arange(size) // PER_HOUR % 24
        counts[hour < 8] = 0
    if silent_hours:
        counts[-silent_hours * PER_HOUR :] = 0
    return Track(MONDAY, STEP, counts, np.broadcast_to(known, size))


def fired(made, options=None):
    return judge(options or Options(), made, made.ends())


def silent_for(found):
    """Return how many hours of silence it took."""
    return (found[0].at - datetime.fromtimestamp(found[0].evidence["last_at"], UTC)) / timedelta(hours=1)


def test_a_silence_far_longer_than_any_before_is_told():
    found = fired(track(20, 1, 12))
    assert {one.code for one in found} == {"quiet"}
    assert 5 <= silent_for(found) <= 7
    assert found[0].observed == 0
    assert found[0].evidence["allowed_hours"] == pytest.approx(6.0, abs=0.1)


def test_nights_are_the_silences_they_are():
    assert not fired(track(20, 0.5, nights=True))
    assert not fired(track(20, 0.5, 20, nights=True))
    assert fired(track(20, 0.5, 40, nights=True))


def test_a_brand_that_seldom_speaks_may_be_silent_for_long():
    assert not fired(track(20, 12, 30))
    assert fired(track(20, 12, 48))


def test_hours_that_nobody_heard_are_no_silence():
    known = np.full(20 * 24 * PER_HOUR, True)
    known[-30 * PER_HOUR :] = False
    assert not fired(track(20, 1, 30, known))
    known[-8 * PER_HOUR :] = True
    found = fired(track(20, 1, 30, known))
    assert found[0].evidence["silent_hours"] == pytest.approx(6.0, abs=0.5)


def test_before_a_week_is_known_it_takes_days():
    assert not fired(track(6, 1, 40))
    assert not fired(track(2, 1, 20))


def test_one_long_failure_in_the_past_does_not_make_patient_for_ever():
    made = track(30, 1, 20)
    counts = made.counts.copy()
    counts[10 * 24 * PER_HOUR : 12 * 24 * PER_HOUR] = 0
    assert fired(Track(MONDAY, STEP, counts, np.full(counts.size, True)))


def test_nobody_ever_spoke_is_nobody_to_miss():
    assert not fired(Track(MONDAY, STEP, np.zeros(5000, int), np.full(5000, True)))


def test_it_is_judged_the_same_alone_and_with_all_others_and_whatever_follows():
    counts = track(21, 1, 24).counts.copy()
    counts[-2 * PER_HOUR - 1 :] = 1
    made = Track(MONDAY, STEP, counts, np.full(counts.size, True))
    every = fired(made)
    assert every[-1].at == datetime.fromtimestamp(MONDAY + 21 * DAY - 2 * HOUR - STEP, UTC)
    for one in every[::7]:
        end = int(one.at.timestamp())
        assert judge(Options(), made, [end]) == (one,)
        cut = (end - MONDAY) // STEP
        assert judge(Options(), Track(MONDAY, STEP, made.counts[:cut], made.known[:cut]), [end]) == (one,)


def test_the_verdict_is_reached_again_from_what_was_frozen():
    (finding, *_) = fired(track(20, 1, 12))
    stored = Finding.from_json(json.loads(json.dumps(finding.to_json())))
    assert again(Options(), stored) == finding
    assert again(Options(patience=50.0), stored) is None


def test_a_rule_for_named_sources_judges_no_brand():
    assert not fired(track(20, 1, 12), Options(sources=("feed",)))


@pytest.mark.parametrize(
    ("options", "right"),
    [
        ({"patience": 0.5}, "patience must be 1 to 1000"),
        ({"shortest": timedelta(minutes=5)}, "shortest must be 30m to 30d"),
        ({"shortest": timedelta(days=31)}, "shortest must be 30m to 30d"),
    ],
)
def test_options_that_make_no_sense_say_what_would(options, right):
    with pytest.raises(ValueError, match=right):
        Options(**options)


def test_its_presets_are_more_and_less_patient():
    asked = [Options(**triggers.presets("quiet")[name]) for name in ("sensitive", "balanced", "quiet")]
    assert [o.patience for o in asked] == sorted(o.patience for o in asked)
    assert {quiet.reach(o) for o in asked} == {timedelta(0)}
