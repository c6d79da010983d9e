"""The past through today's rules: what would have opened, while nothing is changed."""

from datetime import timedelta

import pytest

from listener.backtest.replay import Asked, replay
from tests.kit import (
    BRAND,
    DAY,
    HOUR,
    MINUTE,
    NOON,
    SOURCE,
    an_intake,
    heard,
    imported,
    listened,
    opened,
    quiet,
    row,
    settings,
    storm,
)

FIRST = NOON - 20 * DAY


class Past:
    def __init__(self, tmp_path):
        self.config = settings(tmp_path, BRAND, BRAND.replace("Acme", "Bolt"), SOURCE)
        self.store = opened(tmp_path)
        self.made = an_intake(self.store, self.config)
        self.path = tmp_path / "rows"

    def spike(self, at, number=60, brand="Acme"):
        return [
            {"published_at": (at + timedelta(seconds=n)).isoformat(), "text": f"{brand} leaks oil {n}",
             "brand": brand, "label": "negative", "id": f"{at} {brand} {n}", "author": f"a{n}"}
            for n in range(number)
        ]  # fmt: skip

    def bring(self, *rows):
        return imported(self.store, self.made, [r for part in rows for r in part], NOON, self.path)

    def opened(self, since=None, until=None):
        return list(replay(self.store, self.config, Asked(since, until)).opened)

    def dump(self):
        with self.store.read() as db:
            return list(db.iterdump())


@pytest.fixture
def past(tmp_path):
    made = Past(tmp_path)
    yield made
    made.store.close()


def test_an_imported_spike_opens_exactly_one(past):
    at = NOON - 3 * DAY
    past.bring(quiet(FIRST, 19), past.spike(at))
    (found,) = past.opened()
    assert (found.brand, found.severity) == ("Acme", "crisis")
    assert at < found.finding.at <= at + 6 * MINUTE
    assert 60 <= found.finding.observed <= 61
    assert found.findings > 1


def test_two_spikes_three_days_apart_open_two_in_the_order_of_time(past):
    past.bring(quiet(FIRST, 19), past.spike(NOON - 5 * DAY), past.spike(NOON - 2 * DAY))
    assert [(NOON - o.finding.at) // DAY for o in past.opened()] == [4, 1]


def test_two_spikes_an_hour_apart_open_one(past):
    past.bring(quiet(FIRST, 19), past.spike(NOON - 5 * DAY), past.spike(NOON - 5 * DAY + HOUR))
    (found,) = past.opened()
    assert found.last_finding_at > NOON - 5 * DAY + HOUR


def test_a_far_worse_spike_within_the_day_worsens_it(past):
    past.bring(quiet(FIRST, 19), past.spike(NOON - 5 * DAY, 12), past.spike(NOON - 5 * DAY + HOUR, 600))
    (found,) = past.opened()
    assert found.worsened >= 1
    assert found.highest_z >= 3 * found.finding.z


def test_quiet_days_open_nothing(past):
    past.bring(quiet(FIRST, 19))
    assert past.opened() == []


def test_an_empty_store_opens_nothing(past):
    assert past.opened() == []


def test_each_brand_is_replayed_for_itself(past):
    past.bring(quiet(FIRST, 19), quiet(FIRST, 19, brand="Bolt", name="bolt"))
    past.bring(past.spike(NOON - 5 * DAY), past.spike(NOON - 6 * DAY, brand="Bolt"))
    assert [o.brand for o in past.opened()] == ["Bolt", "Acme"]


def test_a_replay_changes_nothing(past):
    past.bring(quiet(FIRST, 19), past.spike(NOON - 3 * DAY))
    before = past.dump()
    assert past.opened() == past.opened()
    assert past.dump() == before


def test_only_what_lies_between_since_and_until_opens(past):
    past.bring(quiet(FIRST, 19), past.spike(NOON - 6 * DAY), past.spike(NOON - 3 * DAY))
    assert len(past.opened(since=NOON - 4 * DAY)) == 1
    assert len(past.opened(until=NOON - 4 * DAY)) == 1
    assert past.opened(since=NOON - 5 * DAY, until=NOON - 4 * DAY) == []
    assert past.opened(since=NOON + DAY) == []
    assert past.opened(until=FIRST - DAY) == []


def test_a_window_is_judged_by_what_lies_before_it(past):
    past.bring(quiet(FIRST, 19), past.spike(NOON - 6 * DAY))
    first = past.opened()
    past.bring(*(past.spike(NOON - 3 * DAY + n * HOUR, 300) for n in range(5)))
    assert past.opened()[0].finding == first[0].finding


def test_what_was_heard_is_replayed_with_what_was_imported(past):
    past.bring(quiet(FIRST, 14))
    listened(past.store, "feed", NOON - 6 * DAY, NOON)
    heard(past.store, "feed", storm(60, NOON - 2 * DAY), NOON)
    (found,) = past.opened()
    assert found.negative_share > 0.9


LATE = SOURCE.replace('"feed"', '"late"')


def steady(first, hours, every=30):
    return [
        row(f"late {n}", first + timedelta(seconds=n * every), text=f"Acme is on sale {n}")
        for n in range(int(hours * 3600 / every))
    ]


@pytest.fixture
def joined(past, tmp_path):
    """A past in which a source that brings far more than the other joined two days ago."""
    past.config = settings(tmp_path, BRAND, SOURCE, LATE)
    past.bring(quiet(FIRST, 19))
    listened(past.store, "feed", NOON - 8 * DAY, NOON)
    listened(past.store, "late", NOON - 2 * DAY, NOON)
    heard(past.store, "late", steady(NOON - 2 * DAY, 3), NOON)
    return past


def test_a_source_that_joined_later_is_judged_apart_at_first(joined):
    assert joined.opened() == []


def test_a_storm_in_a_source_that_just_joined_opens_one(joined):
    heard(joined.store, "late", storm(300, NOON - DAY), NOON)
    (found,) = joined.opened()
    assert found.finding.evidence["learning"] and found.finding.observed >= 300


def test_a_source_that_was_there_for_long_enough_is_judged_with_the_others(past):
    past.bring(quiet(FIRST, 19))
    listened(past.store, "feed", NOON - 8 * DAY, NOON)
    heard(past.store, "feed", steady(NOON - 2 * DAY, 3), NOON)
    assert len(past.opened()) == 1


def test_what_was_not_heard_is_in_no_baseline(past):
    heard(past.store, "feed", [row(f"calm {n}", NOON - 9 * DAY + n * HOUR) for n in range(216)], NOON)
    listened(past.store, "feed", NOON - 9 * DAY, NOON - 4 * DAY)
    listened(past.store, "feed", NOON - 3 * DAY, NOON)
    heard(past.store, "feed", storm(60, NOON - 12 * HOUR), NOON)
    (found,) = past.opened()
    assert found.finding.evidence["history_days"] == pytest.approx(7.5, abs=0.1)


def test_a_silence_opens_nothing_and_is_told_apart(past, tmp_path):
    hush = '[[rule]]\nname = "hush"\ntrigger = "quiet"\n[[rule]]\nname = "surge"\n'
    past.config = settings(tmp_path, BRAND, SOURCE, hush)
    heard(past.store, "feed", [row(f"calm {n}", NOON - 12 * DAY + n * HOUR) for n in range(240)], NOON)
    listened(past.store, "feed", NOON - 12 * DAY, NOON)
    (found,) = past.opened()
    assert (found.kind, found.rule) == ("quiet", "hush")
    assert NOON - 2 * DAY < found.finding.at < NOON - DAY
