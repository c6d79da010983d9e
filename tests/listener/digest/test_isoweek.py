"""Weeks begin on Monday at local midnight, whatever the clocks do."""

from datetime import UTC, datetime, timedelta
from zoneinfo import ZoneInfo

import pytest

from listener.digest import WeekError, ended_before, isoweek, key_of

WARSAW = ZoneInfo("Europe/Warsaw")


def test_a_week_runs_from_local_midnight_to_local_midnight():
    edges = isoweek.midnights("2026-W47", WARSAW)
    assert (edges[0], edges[-1]) == (
        datetime(2026, 11, 15, 23, tzinfo=UTC),
        datetime(2026, 11, 22, 23, tzinfo=UTC),
    )


@pytest.mark.parametrize(("week", "hours"), [("2026-W13", 167), ("2026-W43", 169), ("2026-W47", 168)])
def test_the_week_in_which_clocks_change_is_an_hour_shorter_or_longer(week, hours):
    edges = isoweek.midnights(week, WARSAW)
    assert edges[-1] - edges[0] == timedelta(hours=hours)


def test_a_moment_belongs_to_the_local_week():
    at = datetime(2026, 11, 15, 23, 30, tzinfo=UTC)
    assert (key_of(at, WARSAW), key_of(at, UTC)) == ("2026-W47", "2026-W46")
    assert (ended_before(at, WARSAW), ended_before(at, UTC)) == ("2026-W46", "2026-W45")


def test_years_of_53_weeks_are_kept():
    assert isoweek.earlier("2027-W01") == "2026-W53"
    assert key_of(datetime(2027, 1, 1, 12, tzinfo=UTC), WARSAW) == "2026-W53"


@pytest.mark.parametrize(
    "text", ["2026-47", "2025-W53", "2026-W00", "", "W47", "2026-W47; DROP", "0000-W01", "٢٠٢٦-W47x"]
)
def test_what_is_no_week_is_refused_with_an_example(text):
    with pytest.raises(WeekError, match="2026-W47"):
        isoweek.monday(text)


@pytest.mark.parametrize("text", ["0001-W01", "9999-W52"])
def test_the_ends_of_the_calendar_are_refused_too(text):
    with pytest.raises(WeekError):
        isoweek.midnights(isoweek.earlier(text), WARSAW) and isoweek.midnights(text, WARSAW)
