"""Clocks: the real one, a fast one, and one that is read from a file."""

import time
from datetime import UTC, datetime, timedelta

import pytest

from listener.clock import ClockError, from_file, real, sped


def soon(claim, seconds=5.0):
    """Wait a moment for a claim to come true."""
    until = time.monotonic() + seconds
    while not claim() and time.monotonic() < until:
        time.sleep(0.02)
    return claim()


def test_the_real_clock_is_in_utc():
    assert real().utcoffset() == timedelta(0)


def test_a_fast_clock_starts_now_and_runs_ahead():
    clock = sped(10_000)
    assert abs(clock() - real()) < timedelta(hours=1)
    assert soon(lambda: clock() - real() > timedelta(minutes=5))


@pytest.mark.parametrize("speed", [0, -1, 1e9, float("nan"), float("inf")])
def test_a_speed_beyond_reason_is_refused(speed):
    with pytest.raises(ClockError, match="--speed"):
        sped(speed)


@pytest.mark.parametrize(
    ("written", "hour"),
    [
        ("2026-03-16T12:00:00Z\n", 12),
        ("2026-03-16T12:00:00", 12),
        (" 2026-03-16T12:00:00+02:00 ", 10),
        ("2026-03-16", 0),
    ],
)
def test_a_file_holds_one_moment(tmp_path, written, hour):
    (tmp_path / "clock").write_text(written)
    assert from_file(tmp_path / "clock")() == datetime(2026, 3, 16, hour, tzinfo=UTC)


def test_the_file_may_jump_and_while_it_cannot_be_read_the_last_time_holds(tmp_path):
    path = tmp_path / "clock"
    path.write_text("2026-03-16T12:00:00Z")
    clock = from_file(path)
    path.write_text("")
    assert not soon(lambda: clock() != datetime(2026, 3, 16, 12, tzinfo=UTC), 1.2)
    path.write_text("2026-03-16T09:00:00Z")
    assert soon(lambda: clock() == datetime(2026, 3, 16, 9, tzinfo=UTC))


@pytest.mark.parametrize("body", [None, b"", b"noon", b"\xff\xfe", b"2026-13-40", b"9" * 5000])
def test_a_file_without_a_time_is_refused_at_the_start(tmp_path, body):
    if body is not None:
        (tmp_path / "clock").write_bytes(body)
    with pytest.raises(ClockError, match="ISO 8601"):
        from_file(tmp_path / "clock")
