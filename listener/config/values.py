"""The single values of config.toml: what is written, and what it becomes.

Every reader here raises ValueError with what would have been right: the message ends up as the
`right` of a problem.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from datetime import datetime, timedelta
from difflib import get_close_matches
from email.utils import parseaddr
from pathlib import Path as FilePath
from typing import Annotated, Any
from urllib.parse import urlsplit
from zoneinfo import ZoneInfo, available_timezones

from pydantic import AfterValidator, BeforeValidator

from rules.restraint import DAY, EVERY_DAY, Hours, fills_the_week

WEEKDAYS = ("mon", "tue", "wed", "thu", "fri", "sat", "sun")
LONGEST_NAME = 80
_UNITS = {"s": 1, "m": 60, "h": 3600, "d": 86400}
_DURATION = re.compile(r"(\d{1,6}) ?([smhd])")
_WEEK_TIME = re.compile(r"([a-z]{3}) +(\d{1,2}):(\d{2})")
_HOURS = re.compile(r"(?:([a-z]{3}(?: ?, ?[a-z]{3})*) +)?(\d{1,2}):(\d{2}) ?[-–] ?(\d{1,2}):(\d{2})")
_ADDRESS = re.compile(r"[^\s@<>,;:\"\\()\[\]]+@[^\s@<>,;:\"\\()\[\]]+")


@dataclass(frozen=True, slots=True)
class WeekTime:
    """A moment of every week, in the timezone of the configuration; Monday is 0."""

    weekday: int
    hour: int
    minute: int

    def at_or_before(self, local: datetime) -> datetime:
        """Return the last such moment that is not after `local`, on the same local clock."""
        day = local - timedelta(days=(local.weekday() - self.weekday) % 7)
        found = day.replace(hour=self.hour, minute=self.minute, second=0, microsecond=0)
        return found if found <= local else found - timedelta(days=7)

    def __str__(self) -> str:
        return f"{WEEKDAYS[self.weekday]} {self.hour:02}:{self.minute:02}"


def duration(value: Any) -> timedelta:
    """Read `30s`, `5m`, `2h` or `14d`."""
    if isinstance(value, timedelta):
        return value
    found = _DURATION.fullmatch(value.strip()) if isinstance(value, str) else None
    if found is None:
        raise ValueError('a duration in quotes, such as "30s", "5m", "2h" or "14d"')
    return timedelta(seconds=int(found[1]) * _UNITS[found[2]])


def within(least: timedelta, most: timedelta | None = None) -> AfterValidator:
    """Bound a duration from below, and from above where asked."""

    def bounded(value: timedelta) -> timedelta:
        if value < least:
            raise ValueError(f"a duration of {_spell(least)} or more")
        if most is not None and value > most:
            raise ValueError(f"a duration of {_spell(most)} or less")
        return value

    return AfterValidator(bounded)


def _week_time(value: Any) -> WeekTime:
    if isinstance(value, WeekTime):
        return value
    found = _WEEK_TIME.fullmatch(value.strip().lower()) if isinstance(value, str) else None
    if found is None or found[1] not in WEEKDAYS or int(found[2]) > 23 or int(found[3]) > 59:
        raise ValueError('a weekday and a time such as "mon 08:00"')
    return WeekTime(WEEKDAYS.index(found[1]), int(found[2]), int(found[3]))


def quiet_hours(value: Any) -> tuple[Hours, ...]:
    """Read `22:00-07:00`, `sat,sun 00:00-24:00`, or a list of such spans."""
    written = list(value) if isinstance(value, list | tuple) else [value]
    spans = tuple(span if isinstance(span, Hours) else _hours(span) for span in written)
    if fills_the_week(spans):
        raise ValueError("hours that leave some of the week: these would hold back everything for ever")
    return spans


def _hours(value: Any) -> Hours:
    found = _HOURS.fullmatch(value.strip().lower()) if isinstance(value, str) else None
    if found is None:
        raise ValueError('hours such as "22:00-07:00" or "sat,sun 00:00-24:00", or a list of them')
    days = re.split(r" ?, ?", found[1]) if found[1] else []
    if wrong := [day for day in days if day not in WEEKDAYS]:
        raise ValueError(f'days such as "sat,sun 00:00-24:00"; {wrong[0]!r} is none of {", ".join(WEEKDAYS)}')
    start, end = (int(found[n]) * 60 + int(found[n + 1]) for n in (2, 4))
    if int(found[3]) > 59 or int(found[5]) > 59 or start >= DAY or end > DAY:
        raise ValueError("times from 00:00 to 24:00")
    if start == end:
        raise ValueError('a span that lasts: the whole day is "00:00-24:00"')
    return Hours(start, end, frozenset(map(WEEKDAYS.index, days)) or EVERY_DAY)


def _zone(value: Any) -> ZoneInfo:
    if isinstance(value, ZoneInfo):
        return value
    try:
        return ZoneInfo(value)
    except (KeyError, ValueError, OSError, TypeError, AttributeError):
        near = get_close_matches(str(value), available_timezones(), 1, 0.7)
    raise ValueError(f'"{near[0]}"' if near else 'the name of a time zone such as "Europe/Warsaw" or "UTC"')


def _host_port(value: Any) -> tuple[str, int] | None:
    """Read `host:port`; nothing where it is empty or `off`."""
    if value is None or isinstance(value, tuple):
        return value
    if not isinstance(value, str):
        raise ValueError('host:port such as "127.0.0.1:8377", or "off"')
    if value.strip().lower() in ("", "off"):
        return None
    host, colon, port = value.strip().rpartition(":")
    bare = host[1:-1] if host.startswith("[") and host.endswith("]") else host
    fits = colon and bare and (":" not in host or bare != host) and not re.search(r"[\s/\[\]@]", bare)
    if not fits or not re.fullmatch(r"\d{1,5}", port) or int(port) > 65535:
        raise ValueError('host:port such as "127.0.0.1:8377", or "off"')
    return bare, int(port)


def web_address(value: str) -> str:
    """Let an absolute http(s) address pass."""
    try:
        parts = urlsplit(value)
        fits = parts.scheme in ("http", "https") and bool(parts.hostname) and parts.port != 0
    except ValueError:
        fits = False
    if not fits or not value.isprintable() or " " in value:
        raise ValueError("an address that begins with http:// or https://")
    return value


def _mailbox(value: str) -> str:
    """Let `user@host` or `Name <user@host>` pass."""
    if value.isprintable() and _ADDRESS.fullmatch(parseaddr(value)[1]):
        return value
    raise ValueError('a mail address such as "anna@example.org"')


def _name(value: str) -> str:
    if not value or value != value.strip() or not value.isprintable() or len(value) > LONGEST_NAME:
        raise ValueError(f"a name of 1 to {LONGEST_NAME} characters on one line, no blanks around it")
    return value


def _filled(value: str) -> str:
    if not value.strip():
        raise ValueError("a text that is not empty")
    return value


def _file(value: str) -> FilePath:
    try:
        if value.strip() and value.isprintable():
            return FilePath(value).expanduser()
    except RuntimeError:  # ~somebody who is not known here
        pass
    raise ValueError('the path of a file, such as "listener.db"')


def _one_line(value: str) -> str:
    if not value.isprintable():
        raise ValueError("a text on one line, no control characters in it")
    return value


def _host(value: str) -> str:
    if not re.fullmatch(r"[^\s/@\[\]]+", value):
        raise ValueError('a host name such as "smtp.example.org"')
    return value


def _language(value: str) -> str:
    if not re.fullmatch(r"[a-z]{2,3}", value):
        raise ValueError('a language code of two or three small letters, such as "en" or "pl"')
    return value


def _spell(span: timedelta) -> str:
    seconds = int(span.total_seconds())
    unit = next(unit for unit in "dhms" if seconds % _UNITS[unit] == 0)
    return f"{seconds // _UNITS[unit]}{unit}"


def _or_empty(value: str) -> str:
    return web_address(value) if value else value


def _unslashed(value: str) -> str:
    return value.rstrip("/")


def _mailbox_or_empty(value: str) -> str:
    return _mailbox(value) if value else value


def _slash_ended(value: str) -> str:
    return web_address(value).rstrip("/") + "/"


Duration = Annotated[timedelta, BeforeValidator(duration)]
AtWeekTime = Annotated[WeekTime, BeforeValidator(_week_time)]
QuietHours = Annotated[tuple[Hours, ...], BeforeValidator(quiet_hours)]
Zone = Annotated[ZoneInfo, BeforeValidator(_zone)]
HostPort = Annotated[tuple[str, int] | None, BeforeValidator(_host_port)]
WebAddress = Annotated[str, AfterValidator(_or_empty)]
WebRoot = Annotated[str, AfterValidator(_or_empty), AfterValidator(_unslashed)]
WebFolder = Annotated[str, AfterValidator(_slash_ended)]
Mailbox = Annotated[str, AfterValidator(_mailbox)]
MailboxOrNone = Annotated[str, AfterValidator(_mailbox_or_empty)]
Name = Annotated[str, AfterValidator(_name)]
File = Annotated[FilePath, BeforeValidator(lambda value: _file(value) if isinstance(value, str) else value)]
Filled = Annotated[str, AfterValidator(_filled)]
OneLine = Annotated[str, AfterValidator(_one_line)]
Host = Annotated[str, AfterValidator(_host)]
Language = Annotated[str, AfterValidator(_language)]
