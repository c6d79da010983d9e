"""A silence is told from a night, a Sunday and a holiday."""

from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from rules.rhythm import MOST_DAYS, Rhythm, after, patience, quiet_at, read, written

MONDAY = datetime(2026, 3, 2, tzinfo=UTC)
HOUR, DAY = timedelta(hours=1), timedelta(days=1)


def newspaper(days, first=MONDAY):
    """Every half hour from 7 to 19, from Monday to Saturday noon."""
    found = []
    for n in range(days):
        at = first + n * DAY
        hours = {5: (7, 12), 6: (0, 0)}.get(at.weekday(), (7, 19))
        found += [at + timedelta(minutes=30 * half) for half in range(hours[0] * 2, hours[1] * 2)]
    return found


def forum(days):
    """Every five minutes, but for the hours from 1 to 6 at night."""
    steps = (MONDAY + timedelta(minutes=5 * n) for n in range(days * 288))
    return [at for at in steps if not 1 <= at.hour < 6]


def breaks(arrivals):
    return quiet_at(after(Rhythm(), arrivals))


@pytest.mark.parametrize("days", [5, 6, 9, 13, 20, 27, 34, 60])
def test_a_newspaper_may_rest_on_sunday(days):
    arrivals = newspaper(days)
    opens = next(at for at in newspaper(days + 4) if at > arrivals[-1])
    assert breaks(arrivals) > opens + 12 * HOUR


@pytest.mark.parametrize("days", [3, 5, 9, 16, 40])
def test_a_forum_may_sleep_at_night(days):
    arrivals = [at for at in forum(days) if at < MONDAY + (days - 1) * DAY + HOUR]
    quiet = breaks(arrivals)
    assert quiet is None or quiet > arrivals[-1] + 6 * HOUR


def test_a_forum_that_is_known_is_missed_within_a_day():
    arrivals = forum(20)
    assert HOUR * 12 < breaks(arrivals) - arrivals[-1] < DAY


def test_one_failure_of_the_past_does_not_make_us_patient_for_ever():
    arrivals = [at for at in forum(20) if not MONDAY + 6 * DAY < at < MONDAY + 9 * DAY]
    assert breaks(arrivals) - arrivals[-1] < DAY


def test_a_weekly_column_is_missed_after_three_weeks():
    column = [MONDAY + n * 7 * DAY for n in range(12)]
    assert breaks(column) == column[-1] + 21 * DAY


def test_a_busy_source_is_not_missed_before_some_hours():
    busy = [MONDAY + timedelta(minutes=n) for n in range(20 * 1440)]
    assert breaks(busy) == busy[-1] + 3 * HOUR


@pytest.mark.parametrize(
    "arrivals",
    [
        [],
        [MONDAY],
        [MONDAY + n * HOUR for n in range(48)],
        [MONDAY + n * 2 * DAY for n in range(9)],
        [MONDAY] * 100,
    ],
)
def test_who_is_hardly_known_is_not_missed(arrivals):
    assert breaks(arrivals) is None


def test_what_comes_in_pieces_and_late_makes_the_same_rhythm():
    arrivals = newspaper(20)
    pieces = Rhythm()
    for start in range(0, len(arrivals), 7):
        pieces = after(pieces, reversed(arrivals[max(start - 5, 0) : start + 7]))
    assert pieces == after(Rhythm(), arrivals)


def test_however_long_it_is_watched_little_is_kept():
    rhythm = after(Rhythm(), (MONDAY + n * 6 * HOUR for n in range(4000)))
    assert len(rhythm.days) == MOST_DAYS
    assert len(written(rhythm)) < 700


@given(st.lists(st.datetimes(min_value=datetime(1971, 1, 1), timezones=st.just(UTC)), max_size=50))
def test_what_is_kept_is_read_again(arrivals):
    rhythm = after(Rhythm(), (at.replace(microsecond=0) for at in arrivals))
    assert read(written(rhythm)) == rhythm
    quiet_at(rhythm)


@given(st.text())
def test_a_line_that_makes_no_sense_is_no_rhythm(line):
    found = read(line)
    assert patience(found) is None or found.days
