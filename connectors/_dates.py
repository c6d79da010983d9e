"""The dates that sources write, as UTC; None for what can't be believed.

Read: RFC 822 and its descendants (with zone names, without seconds, without the time),
ISO 8601 and its looser cousins, and what C's asctime prints. A date without a zone is
UTC; one in a zone we don't know is no date, for it may be off by half a day.
"""

from __future__ import annotations

import re
from contextlib import suppress
from datetime import UTC, datetime, timedelta, timezone

EARLIEST, LATEST = 1990, 2099  # years: before there were feeds, after anyone reads this
LONGEST = 80

_MONTHS = {
    name: number
    for number, names in enumerate(
        (
            "jan january sty stycznia styczeń", "feb february lut lutego luty", "mar march marca marzec",
            "apr april kwi kwietnia kwiecień", "may maj maja", "jun june cze czerwca czerwiec",
            "jul july lip lipca lipiec", "aug august sie sierpnia sierpień",
            "sep sept september wrz września wrzesień", "oct october paź października październik",
            "nov november lis listopada listopad", "dec december gru grudnia grudzień",
        ),
        start=1,
    )
    for name in names.split()
}  # fmt: skip
_ZONES = {
    "": 0, "z": 0, "ut": 0, "utc": 0, "gmt": 0, "wet": 0, "west": 60, "bst": 60, "cet": 60, "met": 60,
    "cest": 120, "mest": 120, "mesz": 120, "mez": 60, "eet": 120, "eest": 180, "msk": 180, "jst": 540,
    "kst": 540, "aest": 600, "aedt": 660, "est": -300, "edt": -240, "cst": -360, "cdt": -300, "mst": -420,
    "mdt": -360, "pst": -480, "pdt": -420, "akst": -540, "akdt": -480, "hst": -600,
}  # fmt: skip
_ZONE = r"(?:(?:gmt|utc)?([+-])(\d{1,2}):?(\d{2})?|([a-z]*))(?:\s*\([^()]*\))?"
_TIME = r"(\d{1,2}):(\d{2})(?::(\d{2})(?:[.,]\d+)?)?"
_MAIL = re.compile(
    rf"(?:[^\W\d_]+\.?,?\s*)?(\d{{1,2}})[\s-]+([^\W\d_]+)\.?,?[\s-]+(\d{{4}}|\d{{2}})(?:,?\s+{_TIME})?\s*{_ZONE}",
    re.I,
)
_ISO = re.compile(rf"(\d{{4}})-?(\d{{2}})(?:-?(\d{{2}}))?(?:[T\s]+{_TIME})?\s*{_ZONE}", re.I)
_ASCTIME = re.compile(
    rf"[^\W\d_]+\.?,?\s+([^\W\d_]+)\.?\s+(\d{{1,2}})\s+{_TIME}\s+(?:([a-z]+)\s+)?(\d{{4}})", re.I
)
_USUAL = re.compile(
    r"[A-Z][a-z]{2}, (\d\d) ([A-Z][a-z]{2}) (\d{4}) (\d\d):(\d\d):(\d\d) (?:GMT|([+-]\d\d)(\d\d))", re.A
)


def moment(text: str) -> datetime | None:
    """Return the moment that `text` names, None where it names none between 1990 and 2099."""
    try:
        found = _read(text)
    except (ValueError, OverflowError):
        return None
    return found if found is not None and EARLIEST <= found.year <= LATEST else None


def from_seconds(seconds: object) -> datetime | None:
    """Return the moment so many seconds after 1970, None where it can't be believed."""
    if isinstance(seconds, bool) or not isinstance(seconds, int | float):
        return None
    try:
        found = datetime.fromtimestamp(seconds, UTC)
    except (ValueError, OverflowError, OSError):
        return None
    return found if EARLIEST <= found.year <= LATEST else None


def _read(text: str) -> datetime | None:
    if usual := _USUAL.fullmatch(text):
        day, month, year, hour, minute, second, east, more = usual.groups()
        found = datetime(
            int(year), _month(month), int(day), int(hour), int(minute), _second(second), tzinfo=UTC
        )
        if east is None or east + more == "+0000":
            return found
        offset = _offset([east[0], east[1:], more, None])
        return None if offset is None else found - offset
    if len(text) >= 20 and text[4] == "-" and text[19] in "Z+-.":
        with suppress(ValueError):
            return datetime.fromisoformat(text).astimezone(UTC)
    text = " ".join(text[: LONGEST + 1].split())
    if not 6 <= len(text) <= LONGEST:
        return None
    if match := _ISO.fullmatch(text):
        year, month, day, *clock = match.groups()
        return _moment(year, int(month), day or "1", clock[:3], clock[3:])
    if match := _MAIL.fullmatch(text):
        day, month, year, *clock = match.groups()
        return _moment(year, _month(month), day, clock[:3], clock[3:])
    if match := _ASCTIME.fullmatch(text):
        month, day, hour, minute, second, zone, year = match.groups()
        return _moment(year, _month(month), day, [hour, minute, second], [None, None, None, zone])
    return None


def _second(digits: str) -> int:
    return 59 if digits == "60" else int(digits)  # a leap second is the one before


def _month(name: str) -> int:
    number = _MONTHS.get(name.lower())
    if number is None:
        raise ValueError(f"no month: {name}")
    return number


def _moment(
    year: str, month: int, day: str, clock: list[str | None], zone: list[str | None]
) -> datetime | None:
    """Put the pieces together; raise ValueError for a 30th of February."""
    offset = _offset(zone)
    if offset is None:
        return None
    full = int(year) if len(year) == 4 else int(year) + (2000 if int(year) < 69 else 1900)
    hour, minute, second = (int(piece or 0) for piece in clock)
    days, hour = divmod(hour, 24) if hour == 24 and minute == second == 0 else (0, hour)
    found = datetime(
        full, month, int(day), hour, minute, 59 if second == 60 else second, tzinfo=timezone(offset)
    )
    return (found + timedelta(days=days)).astimezone(UTC)


def _offset(zone: list[str | None]) -> timedelta | None:
    sign, hours, minutes, name = zone
    if sign and hours:
        if int(hours) > 14 or int(minutes or 0) > 59:
            return None
        size = timedelta(hours=int(hours), minutes=int(minutes or 0))
        return -size if sign == "-" else size
    known = _ZONES.get((name or "").lower())
    return None if known is None else timedelta(minutes=known)
