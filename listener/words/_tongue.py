"""Catalogues, times, figures and durations as people of a language write them."""

from __future__ import annotations

import io
from datetime import datetime, timedelta, tzinfo
from functools import lru_cache
from gettext import GNUTranslations, NullTranslations
from importlib.resources import files

from babel import dates, numbers
from babel.messages.mofile import write_mo
from babel.messages.pofile import read_po

LANGUAGES = ("en", "pl")


def translator(locale: str) -> NullTranslations:
    """Return the catalogue of a locale; English, which stands in the source, needs none."""
    return _catalogue(language(locale))


def language(locale: str) -> str:
    """Return the language of a locale that we can speak: English where we cannot."""
    found = locale.replace("-", "_").split("_")[0].lower()
    return found if found in LANGUAGES else "en"


@lru_cache(maxsize=len(LANGUAGES))
def _catalogue(code: str) -> NullTranslations:
    source = files("listener.words").joinpath(f"{code}.po")
    if not source.is_file():
        return NullTranslations()
    compiled = io.BytesIO()
    write_mo(compiled, read_po(io.BytesIO(source.read_bytes()), locale=code))
    compiled.seek(0)
    return GNUTranslations(compiled)


def when(at: datetime, tz: tzinfo | str, locale: str, beside: datetime | None = None) -> str:
    """Return a moment in the people's timezone: the time alone on the day of `beside`, else with the day."""
    zone, code = dates.get_timezone(tz), language(locale)
    time = dates.format_skeleton("Hm", at, tzinfo=zone, locale=code)
    if beside is not None and at.astimezone(zone).date() == beside.astimezone(zone).date():
        return time
    return f"{dates.format_skeleton('MMMd', at, tzinfo=zone, locale=code)}, {time}"


def number(value: float, locale: str) -> str:
    """Return a figure with its thousands set apart, and one decimal where it is small."""
    exact = round(value, 1) if abs(value) < 100 else round(value)
    return numbers.format_decimal(exact, format="#,##0.#", locale=language(locale))


def score(value: float, locale: str) -> str:
    """Return a sentiment from -1 to 1, with its sign where it is below 0."""
    exact = round(value, 2) + 0.0
    return str(numbers.format_decimal(exact, format="0.00;\u22120.00", locale=language(locale)))


def percent(share: float, locale: str) -> str:
    """Return a share from 0 to 1 in per cent."""
    return numbers.format_percent(share, locale=language(locale))


def lasting(span: timedelta, locale: str) -> str:
    """Return a duration in its two largest units: *41 min*, *2 h 5 min*, *3 days 4 h*."""
    t = translator(locale)
    minutes = max(round(span.total_seconds() / 60), 0)
    days, hours, rest = minutes // 1440, minutes // 60 % 24, minutes % 60
    parts = [
        t.ngettext("%(count)s day", "%(count)s days", days) % {"count": days} if days else "",
        t.gettext("%(count)s h") % {"count": hours} if hours else "",
        t.gettext("%(count)s min") % {"count": rest} if rest and not days else "",
    ]
    return " ".join(part for part in parts if part) or t.gettext("%(count)s min") % {"count": 0}


def within(span: timedelta, locale: str) -> str:
    """Return a duration as it follows *in*: *15 minutes*, *24 hours*."""
    t = translator(locale)
    minutes = max(round(span.total_seconds() / 60), 1)
    if minutes % 60 == 0:
        hours = minutes // 60
        text = t.npgettext("in", "%(count)s hour", "%(count)s hours", hours)
        return text % {"count": number(hours, locale)}
    text = t.npgettext("in", "%(count)s minute", "%(count)s minutes", minutes)
    return text % {"count": number(minutes, locale)}
