"""What interfaces say of how often they may be asked.

Mastodon speaks of its limits in x-ratelimit headers, the reset as a date; Bluesky in the same
without `x-`, the reset in seconds since 1970; most others in Retry-After, as seconds or as a
date. A conversation has no clock: how far off a date is, it asks by a Call.
"""

from __future__ import annotations

from collections.abc import Generator
from datetime import UTC, datetime, timedelta

from connectors._contract import Answer, Ask, Call, SourceUnavailable
from connectors._dates import from_seconds, moment

SHORTEST, LONGEST = timedelta(seconds=1), timedelta(hours=24)
SINCE_1970 = 10**8  # no limit lasts three years: so many seconds are a date

_NAMES = ("retry-after", "x-ratelimit-reset", "ratelimit-reset")


def remaining(answer: Answer) -> int | None:
    """Return how many more asks the source allows for now, None where it says nothing of it."""
    for name in ("x-ratelimit-remaining", "ratelimit-remaining"):
        value = answer.headers.get(name, "").strip()
        if value.isascii() and value.isdigit():
            return int(value[:9])
    return None


def pause(answer: Answer) -> Generator[Ask, Answer, timedelta | None]:
    """Return how long the answer's headers ask us to wait, None where they don't."""
    for name in _NAMES:
        value = answer.headers.get(name, "").strip()
        seconds = int(value[:12]) if value.isascii() and value.isdigit() else None
        if seconds is not None and seconds < SINCE_1970:
            return _clamped(timedelta(seconds=seconds))
        at = moment(value) if seconds is None else from_seconds(seconds)
        if at is not None:
            told = yield Call(seconds_until, (at,))
            return _clamped(timedelta(seconds=float(told.value)))
    return None


def too_often(place: str, wait: timedelta | None) -> SourceUnavailable:
    return SourceUnavailable(f"{place} wants to be asked less often (429)", wait)


def seconds_until(at: datetime) -> float:
    """Return how far off a moment is: for a Call."""
    return (at - datetime.now(UTC)).total_seconds()


def _clamped(wait: timedelta) -> timedelta:
    return min(max(wait, SHORTEST), LONGEST)
