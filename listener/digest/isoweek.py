"""Weeks as people count them: ISO weeks from Monday to Sunday, on the local clock."""

from __future__ import annotations

import re
from datetime import UTC, date, datetime, time, timedelta, tzinfo

_KEY = re.compile(r"(\d{4})-W(\d{2})")


class WeekError(ValueError):
    """No such week; the text says what one looks like."""


def key_of(moment: datetime, tz: tzinfo) -> str:
    """Return the week that a moment falls into, as `2026-W47`."""
    year, week, _ = moment.astimezone(tz).date().isocalendar()
    return f"{year:04}-W{week:02}"


def monday(key: str) -> date:
    """Return the first day of a week."""
    found = _KEY.fullmatch(key.strip())
    try:
        if found is None:
            raise ValueError("not a week")
        return date.fromisocalendar(int(found[1]), int(found[2]), 1)
    except ValueError as error:
        raise WeekError(f'"{key[:40]}" is not a week: write year and ISO week, such as "2026-W47"') from error


def ended_before(moment: datetime, tz: tzinfo) -> str:
    """Return the last week that was over at a moment."""
    today = moment.astimezone(tz).date()
    year, week, _ = (today - timedelta(days=7)).isocalendar()
    return f"{year:04}-W{week:02}"


def midnights(key: str, tz: tzinfo) -> tuple[datetime, ...]:
    """Return the local midnights, in UTC, from the Monday of a week to the end of its last day."""
    first = monday(key)
    try:
        return tuple(_midnight(first + timedelta(days=number), tz) for number in range(8))
    except OverflowError as error:
        raise WeekError(f'"{key}" lies too far from today') from error


def earlier(key: str) -> str:
    """Return the week before."""
    try:
        year, week, _ = (monday(key) - timedelta(days=7)).isocalendar()
    except OverflowError as error:
        raise WeekError(f'"{key}" lies too far from today') from error
    return f"{year:04}-W{week:02}"


def _midnight(day: date, tz: tzinfo) -> datetime:
    return datetime.combine(day, time(), tz).astimezone(UTC)
