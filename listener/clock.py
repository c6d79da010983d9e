"""The clocks that daemon and command line own; every stage is handed the time."""

from __future__ import annotations

import time
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from pathlib import Path

Clock = Callable[[], datetime]


class ClockError(Exception):
    """The clock cannot be read; the text says what is wrong."""


def real() -> datetime:
    return datetime.now(UTC)


def sped(speed: float) -> Clock:
    """Return a clock that starts at the real time and runs `speed` times as fast."""
    if not 0 < speed <= 100_000:
        raise ClockError(f"--speed must be above 0 and at most 100000, not {speed}")
    began, start = real(), time.monotonic()
    return lambda: began + timedelta(seconds=(time.monotonic() - start) * speed)


def from_file(path: Path) -> Clock:
    """Return a clock that reads the time from a file, at most once in a real second.

    The file holds one moment in ISO 8601 and may jump. While it cannot be read (it is just
    being written, say) the last time that could be read holds.
    """
    last = _read(path)
    looked = time.monotonic()

    def now() -> datetime:
        nonlocal last, looked
        if time.monotonic() - looked >= 1:
            looked = time.monotonic()
            try:
                last = _read(path)
            except ClockError:
                return last
        return last

    return now


def _read(path: Path) -> datetime:
    try:
        moment = datetime.fromisoformat(path.read_text(encoding="utf-8").strip())
    except (OSError, ValueError) as error:
        raise ClockError(f"--clock {path}: no time in ISO 8601 can be read there: {error}") from error
    return moment.replace(tzinfo=UTC) if moment.tzinfo is None else moment.astimezone(UTC)
