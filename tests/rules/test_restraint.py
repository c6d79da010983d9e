"""What may be told now, and since when what may not."""

from datetime import UTC, datetime, timedelta
from zoneinfo import ZoneInfo

from hypothesis import given
from hypothesis import strategies as st

from rules.restraint import Hours, fills_the_week, quiet_until, spent_until

WARSAW = ZoneInfo("Europe/Warsaw")
NIGHT = (Hours(22 * 60, 7 * 60),)
WEEKEND = (Hours(0, 1440, frozenset({5, 6})),)
HOUR = timedelta(hours=1)


def utc(*parts):
    return datetime(*parts, tzinfo=UTC)


def test_quiet_hours_may_pass_midnight():
    assert quiet_until(NIGHT, utc(2026, 3, 2, 23), UTC) == utc(2026, 3, 3, 7)
    assert quiet_until(NIGHT, utc(2026, 3, 3, 6, 59), UTC) == utc(2026, 3, 3, 7)


def test_they_begin_with_their_first_minute_and_end_before_their_last():
    assert quiet_until(NIGHT, utc(2026, 3, 2, 22), UTC) == utc(2026, 3, 3, 7)
    assert quiet_until(NIGHT, utc(2026, 3, 2, 21, 59, 59), UTC) is None
    assert quiet_until(NIGHT, utc(2026, 3, 3, 7), UTC) is None


def test_they_go_by_the_local_clock_in_winter_and_in_summer():
    assert quiet_until(NIGHT, utc(2026, 1, 12, 23), WARSAW) == utc(2026, 1, 13, 6)
    assert quiet_until(NIGHT, utc(2026, 7, 13, 23), WARSAW) == utc(2026, 7, 14, 5)


def test_a_night_in_which_the_clocks_change_ends_at_the_same_local_time():
    assert quiet_until(NIGHT, utc(2026, 3, 28, 22), WARSAW) == utc(2026, 3, 29, 5)
    assert quiet_until(NIGHT, utc(2026, 10, 24, 21), WARSAW) == utc(2026, 10, 25, 6)


def test_an_hour_that_comes_twice_is_quiet_both_times():
    twice = (Hours(2 * 60, 3 * 60),)
    assert quiet_until(twice, utc(2026, 10, 25, 0), WARSAW) == utc(2026, 10, 25, 2)


def test_an_hour_that_is_skipped_ends_the_night_an_hour_later():
    until_half_past_two = (Hours(0, 150),)
    assert quiet_until(until_half_past_two, utc(2026, 3, 28, 23, 30), WARSAW) == utc(2026, 3, 29, 1, 30)


def test_days_are_those_on_which_a_span_begins():
    friday_night = (Hours(22 * 60, 7 * 60, frozenset({4})),)
    assert quiet_until(friday_night, utc(2026, 3, 7, 3), UTC) == utc(2026, 3, 7, 7)
    assert quiet_until(friday_night, utc(2026, 3, 7, 23), UTC) is None


def test_spans_that_touch_are_one():
    assert quiet_until(NIGHT + WEEKEND, utc(2026, 3, 6, 22), UTC) == utc(2026, 3, 9, 7)


def test_without_quiet_hours_nothing_is_quiet():
    assert quiet_until((), utc(2026, 3, 6, 22), UTC) is None


@given(st.datetimes(datetime(2026, 1, 1), datetime(2027, 1, 1)))
def test_when_quiet_hours_are_over_none_holds(at):
    until = quiet_until(NIGHT + WEEKEND, at.replace(tzinfo=UTC), WARSAW)
    assert until is None or quiet_until(NIGHT + WEEKEND, until, WARSAW) is None


def test_hours_that_leave_nothing_are_known():
    assert fills_the_week((Hours(0, 720), Hours(720, 0)))
    assert not fills_the_week((*WEEKEND, Hours(0, 1439)))


def test_a_budget_frees_up_when_its_oldest_telling_is_out_of_the_span():
    told = [utc(2026, 3, 2, hour) for hour in (1, 8, 9, 10)]
    assert spent_until(3, 24 * HOUR, told, utc(2026, 3, 2, 12)) == utc(2026, 3, 3, 8)
    assert spent_until(3, 24 * HOUR, told, utc(2026, 3, 3, 8)) is None


def test_what_was_told_before_the_span_spends_nothing():
    told = [utc(2026, 3, 2, 1), utc(2026, 3, 2, 8)]
    assert spent_until(1, HOUR, told, utc(2026, 3, 2, 9)) is None
    assert spent_until(1, HOUR, told, utc(2026, 3, 2, 8, 59)) == utc(2026, 3, 2, 9)
