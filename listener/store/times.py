"""Moments as the store keeps them."""

from __future__ import annotations

from datetime import UTC, datetime


def text(moment: datetime) -> str:
    """Return a UTC moment as ISO 8601 with `Z`, to the millisecond; it sorts as text."""
    if moment.tzinfo is not UTC:
        moment = moment.astimezone(UTC)
    return moment.isoformat(timespec="milliseconds")[:-6] + "Z"


def maybe_text(moment: datetime | None) -> str | None:
    return None if moment is None else text(moment)


def moment(written: str) -> datetime:
    """Return the moment that `text` wrote."""
    return datetime.fromisoformat(written)


def maybe_moment(written: str | None) -> datetime | None:
    return None if not written else moment(written)


def minute(moment: datetime) -> int:
    """Return the whole minutes since 1970 at a moment."""
    return int(moment.timestamp() // 60)


def at_minute(number: int) -> datetime:
    return datetime.fromtimestamp(number * 60, UTC)
