"""What the numbers of a week mean, as sentences: direction first, figures behind it."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import timedelta
from math import sqrt

from babel import dates

from listener.digest.values import BrandWeek, Mood, Span
from listener.words import lasting, number, percent, translator
from rules.series import anscombe

# Counts have unit noise on that scale, so the difference of two has that of the square root of two.
BEYOND_CHANCE = 2.0
HARDLY = 0.05
WORTH_TELLING = timedelta(hours=1)


def louder(brand: BrandWeek) -> int:
    """Return 1 where there was clearly more talk than in the week before, -1 where less, else 0."""
    now, before = brand.now.count, brand.before.count
    if abs(anscombe(now) - anscombe(before)) < BEYOND_CHANCE * sqrt(2) or abs(now - before) < HARDLY * before:
        return 0
    return 1 if now > before else -1


def worse(now: Mood, before: Mood) -> int:
    """Return 1 where the share of negative mentions clearly rose, -1 where it fell, else 0."""
    if not now.total or not before.total:
        return 0
    rise = now.negative / now.total - before.negative / before.total
    pooled = (now.negative + before.negative) / (now.total + before.total)
    noise = sqrt(pooled * (1 - pooled) * (1 / now.total + 1 / before.total))
    if abs(rise) < BEYOND_CHANCE * noise or not noise:
        return 0
    return 1 if rise > 0 else -1


def has_past(brand: BrandWeek) -> bool:
    """Tell whether the week before can be compared with."""
    return brand.before.is_known or brand.before.count > 0


def headline(brand: BrandWeek, locale: str) -> str:
    """Return the week in a few words."""
    t = translator(locale)
    if not brand.now.is_known and not brand.now.count:
        return t.gettext("Nothing was heard.")
    if not has_past(brand):
        return t.gettext("There is no week before to compare with yet.")
    if not brand.now.count:
        return t.gettext("Silence.")
    told = {
        (1, 1): t.gettext("Louder, and in a worse mood."),
        (1, 0): t.gettext("Louder, in the same mood."),
        (1, -1): t.gettext("Louder, and in a better mood."),
        (0, 1): t.gettext("As loud as the week before, but in a worse mood."),
        (0, 0): t.gettext("Much like the week before."),
        (0, -1): t.gettext("As loud as the week before, and in a better mood."),
        (-1, 1): t.gettext("Quieter, but in a worse mood."),
        (-1, 0): t.gettext("Quieter, in the same mood."),
        (-1, -1): t.gettext("Quieter, and in a better mood."),
    }
    return told[louder(brand), worse(brand.now.mood, brand.before.mood)]


def mentions(count: int, locale: str) -> str:
    """Return *12 mentions*."""
    text = translator(locale).ngettext("%(count)s mention", "%(count)s mentions", count)
    return text % {"count": number(count, locale)}


def volume(brand: BrandWeek, locale: str) -> str:
    """Return how much was said, against the week before."""
    t = translator(locale)
    now, before = brand.now.count, brand.before.count
    facts = {"mentions": mentions(now, locale), "before": number(before, locale)}
    if not has_past(brand):
        return t.gettext("%(mentions)s in this week.") % facts
    if not now and not before:
        return t.gettext("Nobody wrote anything in this week, nor in the week before.")
    if not before:
        return t.gettext("%(mentions)s; in the week before there were none.") % facts
    if not louder(brand):
        return t.gettext("%(mentions)s, about as many as in the week before (%(before)s).") % facts
    if now >= 2 * before:
        facts["times"] = number(now / before, locale)
        return t.gettext("%(mentions)s: %(times)s times as many as in the week before (%(before)s).") % facts
    facts["share"] = percent(abs(now - before) / before, locale)
    if now > before:
        return t.gettext("%(mentions)s: %(share)s more than in the week before (%(before)s).") % facts
    return t.gettext("%(mentions)s: %(share)s fewer than in the week before (%(before)s).") % facts


def mood(brand: BrandWeek, locale: str) -> str:
    """Return how people felt, against the week before; nothing where nobody wrote."""
    t = translator(locale)
    now, before = brand.now.mood, brand.before.mood
    if now.negative_share is None or now.positive_share is None:
        return ""
    facts = {
        "negative": percent(now.negative_share, locale),
        "positive": percent(now.positive_share, locale),
        "before": percent(before.negative_share or 0, locale),
    }
    if not now.negative and not now.positive:
        return t.gettext("None of them is clearly negative or positive.")
    if before.negative_share is None:
        return t.gettext("%(negative)s of them are negative, %(positive)s positive.") % facts
    told = {
        1: t.gettext("%(negative)s are negative, after %(before)s: the mood has clearly worsened."),
        0: t.gettext("%(negative)s are negative, after %(before)s: the difference may be chance."),
        -1: t.gettext("%(negative)s are negative, after %(before)s: the mood has clearly improved."),
    }
    return told[worse(now, before)] % facts


def gaps(brand: BrandWeek, locale: str) -> Iterator[str]:
    """Yield what we cannot know, and what that does to the numbers."""
    t = translator(locale)
    now, before = brand.now, brand.before
    if now.deaf >= now.length:
        yield t.gettext("None of this week was heard without gaps: what was written may be far more.")
    elif now.deaf >= WORTH_TELLING:
        facts = {"time": lasting(now.deaf, locale), "share": percent(now.deaf / now.length, locale)}
        text = t.gettext(
            "We were deaf for %(time)s of this week (%(share)s of it): the real numbers can only be higher."
        )
        days = _deaf_days(now, locale)
        hardly = " " + t.gettext("Hardly heard: %(days)s.") % {"days": days} if days else ""
        yield text % facts + hardly
    if has_past(brand) and before.deaf >= WORTH_TELLING:
        facts = {"time": lasting(before.deaf, locale)}
        yield (
            t.gettext("In the week before we were deaf for %(time)s: a rise may only look like one.") % facts
        )


def _deaf_days(span: Span, locale: str) -> str:
    hardly = [day for day in span.days if day.heard < 0.5]
    return ", ".join(dates.format_date(day.day, "EEEE", locale=locale) for day in hardly)


def change(now: int, before: int, locale: str) -> str:
    """Return *+32%* or *−8%*, nothing where there is nothing to compare with."""
    if not before:
        return ""
    share = (now - before) / before
    sign = "+" if share > 0 else "−" if share < 0 else "±"
    return sign + percent(abs(share), locale)


def points(now: float, before: float, locale: str) -> str:
    """Return the difference of two shares in percentage points."""
    moved = round((now - before) * 100)
    sign = "+" if moved > 0 else "−" if moved < 0 else "±"
    text = translator(locale).ngettext("%(sign)s%(count)s point", "%(sign)s%(count)s points", abs(moved))
    return text % {"sign": sign, "count": abs(moved)}
