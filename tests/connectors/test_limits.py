"""What headers say of limits, in all the ways in which they say it."""

from datetime import UTC, datetime, timedelta

import pytest

from connectors import Answer
from connectors._limits import pause, remaining, seconds_until

NOON = datetime(2026, 3, 2, 12, tzinfo=UTC)


def wait(headers, clock=None):
    """Return the pause in seconds, and the date that the clock was asked about."""
    talk, at = pause(Answer(headers=headers)), None
    try:
        at = next(talk).args[0]
        talk.send(Answer(value=clock))
    except StopIteration as end:
        return (None if end.value is None else end.value.total_seconds()), at


@pytest.mark.parametrize(
    ("headers", "clock", "expected"),
    [
        ({}, None, (None, None)),
        ({"retry-after": "30"}, None, (30, None)),
        ({"retry-after": "0"}, None, (1, None)),
        ({"retry-after": "9" * 30}, 50.0, (None, None)),
        ({"retry-after": "nonsense"}, None, (None, None)),
        ({"retry-after": "-5", "x-ratelimit-reset": "7"}, None, (7, None)),
        ({"retry-after": "Mon, 02 Mar 2026 12:00:00 GMT"}, 12.5, (12.5, NOON)),
        ({"x-ratelimit-reset": "2026-03-02T12:00:00.000000Z"}, 200.0, (200, NOON)),
        ({"x-ratelimit-reset": "2026-03-02T12:00:00Z"}, -5.0, (1, NOON)),
        ({"ratelimit-reset": "1772452800"}, 1e9, (86_400, NOON)),
    ],
)
def test_a_pause_is_read_as_seconds_or_as_a_date(headers, clock, expected):
    assert wait(headers, clock) == expected


def test_how_far_off_a_date_is_is_asked_of_the_clock():
    assert 50 < seconds_until(datetime.now(UTC) + timedelta(seconds=60)) <= 60


@pytest.mark.parametrize(
    ("headers", "left"),
    [({}, None), ({"x-ratelimit-remaining": "3"}, 3), ({"ratelimit-remaining": " 0 "}, 0),
     ({"x-ratelimit-remaining": "-1"}, None), ({"x-ratelimit-remaining": "many"}, None)],
)  # fmt: skip
def test_how_much_is_left_is_read(headers, left):
    assert remaining(Answer(headers=headers)) == left
