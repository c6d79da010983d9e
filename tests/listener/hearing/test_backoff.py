"""When a source is visited again."""

from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from listener.hearing.backoff import next_visit, retry_after

NOON = datetime(2026, 3, 2, 12, tzinfo=UTC)
EVERY = timedelta(minutes=5)


def wait(fails, spread=0.0, every=EVERY, **more):
    return next_visit(NOON, every, fails, more.pop("told", None), spread, **more) - NOON


def test_after_success_the_next_visit_comes_when_it_is_due_give_or_take_a_tenth():
    assert wait(0, 0.5) == EVERY
    assert (wait(0, 0.0), wait(0, 1.0)) == (EVERY * 0.9, EVERY * 1.1)


def test_each_failure_doubles_the_wait_up_to_half_an_hour():
    assert [wait(n) // EVERY for n in (1, 2, 3)] == [1, 2, 4]
    assert wait(20) == wait(10**6) == timedelta(minutes=30)


def test_a_slow_source_is_never_asked_sooner_than_usual():
    assert wait(5, every=timedelta(hours=12)) == timedelta(hours=12)


def test_failures_that_came_together_do_not_come_back_together():
    assert wait(3, 1.0) == wait(3, 0.0) * 1.5


def test_what_a_person_must_mend_is_tried_hourly_at_most():
    assert wait(1, refused=True) == wait(1)
    assert wait(3, refused=True) == timedelta(hours=1)


@pytest.mark.parametrize(
    ("told", "waited"), [(timedelta(hours=2), timedelta(hours=2)), (timedelta(days=9), timedelta(hours=24))]
)
def test_a_source_is_not_asked_before_it_wants_to_be(told, waited):
    assert wait(1, told=told) == waited


@given(st.integers(0, 10**9), st.floats(0, 1), st.timedeltas(timedelta(seconds=1), timedelta(days=14)))
def test_the_next_visit_always_lies_ahead_and_within_bounds(fails, spread, every):
    assert timedelta(0) < wait(fails, spread, every) <= 1.6 * max(every, timedelta(hours=1))


@pytest.mark.parametrize(
    ("header", "seconds"),
    [
        ("120", 120), (" 7 ", 7), ("0", 1), ("99999999999999999999999", 86400),
        ("Mon, 02 Mar 2026 12:10:00 GMT", 600),
        ("Mon, 02 Mar 2020 12:10:00 GMT", 1), ("Mon, 02 Mar 2036 12:10:00 GMT", 86400),
    ],
)  # fmt: skip
def test_a_named_wait_is_read_and_bounded(header, seconds):
    assert retry_after(header, NOON) == timedelta(seconds=seconds)


@pytest.mark.parametrize("header", ["", "-1", "9e99", "nan", "soon", "1.5", "٣", "Mon, 99 Foo 2026", "\x00"])
def test_junk_is_no_wait(header):
    assert retry_after(header, NOON) is None
