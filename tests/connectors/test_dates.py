"""Dates as sources write them."""

import time
from datetime import UTC, datetime

import pytest
from hypothesis import given
from hypothesis import strategies as st

from connectors._dates import from_seconds, moment

NOON = datetime(2026, 3, 2, 12, tzinfo=UTC)


@pytest.mark.parametrize(
    "text",
    [
        "Mon, 02 Mar 2026 12:00:00 GMT",
        "Mon, 02 Mar 2026 12:00:00 +0000",
        "Mon, 02 Mar 2026 13:00:00 +0100",
        "Mon, 2 Mar 2026 13:00 CET",
        "02 Mar 26 07:00:00 EST",
        "Monday, 02-Mar-26 12:00:00 GMT",
        "Mon Mar  2 12:00:00 2026",
        "Mon Mar  2 13:00:00 CET 2026",
        "pon., 2 marca 2026 13:00:00 +01:00",
        "pon, 02 mar 2026 14:00:00 CEST",
        "Mon, 02 Mar 2026 13:00:00 GMT+0100",
        "Mon, 02 Mar 2026 12:00:00 +0000 (UTC)",
        "2026-03-02T12:00:00Z",
        "2026-03-02T13:00:00+01:00",
        "2026-03-02T13:00+0100",
        "2026-03-02 12:00:00",
        "2026-03-02T12:00:00.000Z",
        "Mon, 2nd March 2026 12:00 PM",
        "March 2, 2026 12:00:00 GMT",
        "Mon Mar 02 2026 13:00:00 GMT+0100 (CET)",
        "Mon Mar 02 13:00:00 +0100 2026",
        "2026/03/02 12:00",
        "20260302T120000Z",
        "02.03.2026 12:00",
        "Mo, 02 März 2026 13:00:00 CET",
    ],
)
def test_one_moment_in_many_spellings(text):
    assert moment(text) == NOON


def test_a_day_without_a_time_begins_it():
    assert moment("2026-03-02") == moment("Mon, 02 Mar 2026") == NOON.replace(hour=0)


def test_a_leap_second_and_the_end_of_a_day_are_no_errors():
    assert moment("2016-12-31T23:59:60Z") == datetime(2016, 12, 31, 23, 59, 59, tzinfo=UTC)
    assert moment("2026-03-01T24:00:00Z") == NOON.replace(hour=0)


@pytest.mark.parametrize(
    "text",
    [
        "", "yesterday", "0000-00-00", "0001-01-01T00:00:00Z", "1989-12-31", "9999-12-31",
        "9999-12-31T23:59:59-12:00", "10000-01-01", "-0001-01-01", "2026-02-30",
        "Mon, 30 Feb 2026 12:00:00 GMT",
        "2026-13-01",
        "Mon, 02 Mar 2026 25:00:00 GMT", "Mon, 02 Mar 2026 12:00:00 +9999", "Mon, 02 Mar 2026 12:00:00 XYZ",
        "9" * 5000, " " * 5000, "2026-W10", "1772452800",
    ],
)  # fmt: skip
def test_what_cannot_be_believed_is_no_date(text):
    assert moment(text) is None


@given(st.text(alphabet="0123456789-:TZ+., MonMarGMT\x00٣", max_size=90))
def test_no_text_raises(text):
    found = moment(text)
    assert found is None or found.tzinfo is UTC


@pytest.mark.parametrize(
    "value", [None, "1772452800", True, float("nan"), float("inf"), 1e300, -5, 0, 10**12]
)
def test_seconds_that_cannot_be_believed_are_no_date(value):
    assert from_seconds(value) is None


def test_seconds_since_1970():
    assert from_seconds(1772452800) == NOON


@pytest.mark.skipif(not hasattr(time, "tzset"), reason="the zone of this machine cannot be set")
def test_a_date_without_a_zone_is_utc_wherever_the_machine_stands(monkeypatch):
    monkeypatch.setenv("TZ", "Asia/Tokyo")
    time.tzset()
    try:
        assert moment("2026-03-02T12:00:00.500000") == datetime(2026, 3, 2, 12, 0, 0, 500000, tzinfo=UTC)
    finally:
        monkeypatch.undo()
        time.tzset()
