"""When to visit again."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from email.utils import parsedate_to_datetime

SHORTEST_WAIT = timedelta(seconds=1)
LONGEST_WAIT = timedelta(hours=24)
SLOWEST = timedelta(minutes=30)
REFUSED = timedelta(hours=1)
SURELY_REFUSED = 3
CROWDED, ROOMY = 0.5, 0.25


def next_visit(
    now: datetime,
    every: timedelta,
    fails: int,
    retry_after: timedelta | None = None,
    spread: float = 0.5,
    *,
    refused: bool = False,
) -> datetime:
    """Return when to try again after `fails` failures in a row (0: it went well).

    The wait doubles with every failure, up to half an hour (or `every`, where that is longer):
    whoever is back must be heard while an answer is still due. What a person has to mend
    (refused three times in a row) is tried hourly at most.
    `spread`, 0 to 1, moves the moment by up to a tenth of the wait after success and up to
    half after failure, so that sources that fell silent together don't come back together.
    A source is never asked before its own `retry_after`, taken as at least a second and at
    most a day.
    """
    wait = every
    if fails > 0:
        wait = max(every, min(every * 2 ** min(fails - 1, 20), max(SLOWEST, every)))
        if refused and fails >= SURELY_REFUSED:
            wait = max(wait, REFUSED)
    wait += wait * ((spread - 0.5) / 5 if fails == 0 else spread / 2)
    if retry_after is not None:
        wait = max(wait, clamped(retry_after))
    return now + wait


def next_pace(
    pace: timedelta, fastest: timedelta, every: timedelta, *, gap: bool = False, fresh: float = 0.0
) -> timedelta:
    """Return the pace after a page of which `fresh`, 0 to 1, was new; `gap` says something may be missing.

    A page that the next burst would overrun halves it, one with room to spare brings it a
    quarter of the way back up.
    """
    if gap or fresh > CROWDED:
        pace /= 2
    elif fresh < ROOMY:
        pace *= 1.25
    return min(max(pace, fastest), every)


def clamped(wait: timedelta) -> timedelta:
    return min(max(wait, SHORTEST_WAIT), LONGEST_WAIT)


def retry_after(header: str, now: datetime) -> timedelta | None:
    """Read a Retry-After: seconds or an HTTP date; None for anything else."""
    header = header.strip()
    if header.isascii() and header.isdigit():
        return clamped(timedelta(seconds=min(int(header[:12]), 10**9)))
    try:
        at = parsedate_to_datetime(header)
        return clamped((at if at.tzinfo else at.replace(tzinfo=UTC)) - now)
    except (ValueError, TypeError, OverflowError, IndexError):
        return None
