"""The dates that sources write, as UTC; None for what can't be believed.

Read: RFC 822 and its descendants (with zone names, without seconds, without the time, the
month first), ISO 8601 and its looser cousins, days with dots, and what C's asctime and
JavaScript print; months in the languages of our neighbours. A date without a zone is UTC;
one in a zone we don't know is no date, for it may be off by half a day.
"""

from __future__ import annotations

import re
from datetime import UTC, datetime, timedelta, timezone

EARLIEST, LATEST = 1990, 2099  # years: before there were feeds, after anyone reads this
LONGEST = 80

_MONTHS = {
    name: number
    for number, names in enumerate(
        (
            "jan january sty stycznia styczeń januar janv janvier ene enero gen gennaio január ιαν",
            "feb february lut lutego luty februar févr février febrero febbraio február φεβ",
            "mar march marca marzec märz mrz mars marzo március μάρ μαρ",
            "apr april kwi kwietnia kwiecień avr avril abr abril aprile április απρ",
            "may maj maja mai mayo mag maggio május μάι μαϊ",
            "jun june cze czerwca czerwiec juni juin junio giu giugno június ιούν ιουν",
            "jul july lip lipca lipiec juli juil juillet julio lug luglio július ιούλ ιουλ",
            "aug august sie sierpnia sierpień août ago agosto augusztus αύγ αυγ",
            "sep sept september wrz września wrzesień septembre septiembre set settembre szeptember σεπ",
            "oct october paź października październik okt oktober octobre octubre ott ottobre október οκτ",
            "nov november lis listopada listopad novembre noviembre νοέ νοε",
            "dec december gru grudnia grudzień dez dezember déc décembre dic diciembre dicembre δεκ",
        ),
        start=1,
    )
    for name in names.split()
}
_ZONES = {
    "": 0, "z": 0, "ut": 0, "utc": 0, "gmt": 0, "etc/gmt": 0, "etc/utc": 0,
    "wet": 0, "west": 60, "bst": 60, "cet": 60, "met": 60,
    "cest": 120, "mest": 120, "mesz": 120, "mez": 60, "eet": 120, "eest": 180, "msk": 180, "jst": 540,
    "kst": 540, "aest": 600, "aedt": 660, "est": -300, "edt": -240, "cst": -360, "cdt": -300, "mst": -420,
    "mdt": -360, "pst": -480, "pdt": -420, "akst": -540, "akdt": -480, "hst": -600,
    "et": -300, "ct": -360, "mt": -420, "pt": -480, "at": -240, "ast": -240, "adt": -180,
}  # fmt: skip
_DAY = r"[^\W\d_]+\.?,?\s*"  # of the week: nobody needs it
_NAME = r"([^\W\d_]+)\.?,?"
_TIME = r"(\d{1,2}):(\d{2})(?::(\d{2})(?:[.,]\d+)?)?(?:\s*([ap])\.?m\b\.?)?"
_ZONE = r"(?:(?:gmt|utc)?([+-])(\d{1,2}):?(\d{2})?|((?:etc/)?[a-z]*))(?:\s*\([^()]*\))?"
_MAIL = re.compile(
    rf"(?:{_DAY})?(\d{{1,2}})(?:st|nd|rd|th)?[\s-]+{_NAME}[\s-]+(\d{{4}}|\d{{2}}),?(?:\s+{_TIME})?\s*{_ZONE}",
    re.I,
)
_MONTH_FIRST = re.compile(
    rf"(?:{_DAY}\s)?{_NAME}\s+(\d{{1,2}})(?:st|nd|rd|th)?,?\s+(\d{{4}}),?(?:\s+{_TIME})?\s*{_ZONE}", re.I
)
_ISO = re.compile(
    rf"(?:{_DAY})?(\d{{4}})([-/])(0?\d{{1,2}}|[^\W\d_]{{3,}})(?:\2(\d{{1,2}}))?(?:(?:T|\s+){_TIME}\s*{_ZONE})?",
    re.I,
)
_COMPACT = re.compile(rf"(\d{{4}})(\d{{2}})(\d{{2}})(?:T?(\d{{2}})(\d{{2}})(\d{{2}})?()\s*{_ZONE})?", re.I)
_DOTTED = re.compile(rf"(?:{_DAY})?(\d{{1,2}})\.(\d{{1,2}})\.(\d{{4}}),?(?:\s+{_TIME}\s*{_ZONE})?", re.I)
_ASCTIME = re.compile(rf"{_DAY}\s{_NAME}\s+(\d{{1,2}})\s+{_TIME}\s+(?:{_ZONE}\s+)?(\d{{4}})", re.I)
_USUAL = {f" {name.title()} ": f"-{number:02}-" for name, number in _MONTHS.items() if len(name) == 3}
_UTC = (" GMT", " +0000", " -0000", " UTC", " Z")


def moment(text: str) -> datetime | None:
    """Return the moment that `text` names, None where it names none between 1990 and 2099."""
    try:
        found = _usual(text) or _read(text)
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
    text = " ".join(text[: LONGEST + 1].split())
    if not 6 <= len(text) <= LONGEST:
        return None
    if match := _MAIL.fullmatch(text):
        day, month, year, *clock = match.groups()
    elif match := _ISO.fullmatch(text):
        year, _, month, day, *clock = match.groups()
    elif match := _COMPACT.fullmatch(text):
        year, month, day, *clock = match.groups()
    elif match := _MONTH_FIRST.fullmatch(text):
        month, day, year, *clock = match.groups()
    elif match := _ASCTIME.fullmatch(text):
        month, day, *clock, year = match.groups()
    elif match := _DOTTED.fullmatch(text):
        day, month, year, *clock = match.groups()
    else:
        return None
    return _moment(year, int(month) if month.isdecimal() else _month(month), day or "1", clock[:4], clock[4:])


def _usual(text: str) -> datetime | None:
    """Return the moment in the two ways that most feeds write it, None where it is another one."""
    start = 5 if text[3:5] == ", " else 0
    zone = text[start + 20 :]
    try:
        if month := _USUAL.get(text[start + 2 : start + 7]):
            day, year, time = (
                text[start : start + 2],
                text[start + 7 : start + 11],
                text[start + 12 : start + 20],
            )
            if zone in _UTC and time[2:6:3] == "::":
                return datetime.fromisoformat(f"{year}{month}{day}T{time}+00:00")
            if len(zone) == 6 and zone[1] in "+-" and zone[2:4] <= "14":
                return datetime.fromisoformat(f"{year}{month}{day}T{time}{zone[1:]}").astimezone(UTC)
        elif len(text) >= 20 and text[4] == "-" and text[19] in "Z+-.":
            found = datetime.fromisoformat(text)
            return found.astimezone(UTC) if found.tzinfo else found.replace(tzinfo=UTC)
    except ValueError:
        pass
    return None


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
    hour, minute, second = (int(piece or 0) for piece in clock[:3])
    if half := clock[3]:
        hour = hour % 12 + (12 if half in "pP" else 0)
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
