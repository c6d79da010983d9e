"""What a verdict rests on, said to whoever asks why: numbers and codes in, sentences out."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import datetime, timedelta, tzinfo

from babel import dates

from listener.words._plain import plain
from listener.words._tongue import language, number, translator, when, within

HOURS = (1, 2, 3, 6, 12, 24, 48, 72, 24 * 7, 24 * 14)


def heading(brand: str, on: str, step: timedelta, locale: str) -> str:
    """Return what a chart shows: whose mentions, and in how long each count was made."""
    t = translator(locale)
    facts = {"brand": plain(brand, 40), "span": within(step, locale)}
    titles = {
        "negative": t.gettext("%(brand)s: negative mentions in %(span)s"),
        "stories": t.gettext("%(brand)s: stories in %(span)s"),
        "authors": t.gettext("%(brand)s: authors in %(span)s"),
    }
    return titles.get(on, t.gettext("%(brand)s: mentions in %(span)s")) % facts


def legend(usual: float | None, bar: float | None, locale: str) -> dict[str, str]:
    """Return what the parts of a chart mean, with the numbers that its lines stand for."""
    t = translator(locale)
    labels = {
        "counts": t.gettext("counted"),
        "judged": t.gettext("judged"),
        "unknown": t.gettext("not heard"),
    }
    if usual is not None:
        labels["usual"] = t.gettext("usual: %(count)s") % {"count": number(usual, locale)}
    if bar is not None:
        labels["bar"] = t.gettext("the bar: %(count)s") % {"count": number(bar, locale)}
    return labels


def moment_of(at: datetime, tz: tzinfo | str, locale: str) -> str:
    """Return when it was, as it stands beside a mark."""
    return when(at, tz, locale)


def tick(at: datetime, whole: timedelta, tz: tzinfo | str, locale: str) -> str:
    """Return a moment as it stands under a chart that spans `whole`: the time, or the day of a long one."""
    zone, code = dates.get_timezone(tz), language(locale)
    skeleton = "Hm" if whole <= timedelta(days=2) else "MMMd"
    return str(dates.format_skeleton(skeleton, at, tzinfo=zone, locale=code))


def round_moments(first: datetime, last: datetime, tz: tzinfo | str, most: int) -> Iterator[datetime]:
    """Yield at most `most` full hours, or midnights, of the people's clock from `first` to `last`."""
    zone = dates.get_timezone(tz)
    hours = (last - first) / timedelta(hours=1)
    each = next((step for step in HOURS if hours / step <= most), HOURS[-1])
    local = first.astimezone(zone).replace(minute=0, second=0, microsecond=0)
    found = []
    for n in range(int(hours) + 2):
        at = local + timedelta(hours=n)
        days = (at.date() - local.date()).days
        fits = at.hour % each == 0 if each <= 24 else at.hour == 0 and days % (each // 24) == 0
        if fits and first <= at <= last:
            found.append(at)
    yield from found[:most]
