"""The lists of the digest, a row at a time: what happened, what was told, who was heard."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import tzinfo

from listener.digest.values import BrandWeek, Course, SourceWeek
from listener.store.weeks import Loud
from listener.words import (
    answered,
    how_much,
    label,
    number,
    percent,
    plain,
    safe_url,
    severity,
    taken,
    translator,
    when,
)
from listener.words.sources import source_status
from rules.drivers import Term

LONGEST_TEXT = 280
ENOUGH_HEARD = 0.95


@dataclass(frozen=True, slots=True)
class Happened:
    """An incident: its heading, and what is to be said of it."""

    title: str
    severity: str
    lines: tuple[str, ...]
    url: str


@dataclass(frozen=True, slots=True)
class Told:
    """A term with its counts; `width` is its bar, in per cent of the longest."""

    text: str
    count: str
    before: str
    width: int
    is_new: bool


@dataclass(frozen=True, slots=True)
class Quoted:
    """What a stranger wrote, with who, where and how far it went."""

    text: str
    byline: str
    url: str
    label: str


@dataclass(frozen=True, slots=True)
class Heard:
    """A source, how much of the week it was heard, and how it stands."""

    name: str
    share: str
    status: str
    last_visit: str
    is_well: bool


def happened(course: Course, locale: str, tz: tzinfo) -> Happened:
    """Return an incident as management asks about it."""
    t = translator(locale)
    title = t.gettext("Incident %(id)s: %(severity)s, %(at)s") % {
        "id": course.id,
        "severity": severity(course.severity, locale),
        "at": when(course.opened_at, tz, locale),
    }
    return Happened(title, course.severity, tuple(_lines(course, locale)), safe_url(course.answered_url))


def _lines(course: Course, locale: str) -> Iterator[str]:
    t = translator(locale)
    yield how_much(course.on, course.observed, course.expected, course.span, locale, course.figures)
    if course.started_at is None:
        yield t.gettext("Only watched: nobody was called.")
    else:
        yield taken(course.acknowledged_after, course.acknowledged_by, locale)
        yield answered(course.answered_after, course.answer_within, locale)
    if course.relapses:
        text = t.ngettext("It flared up again once.", "It flared up again %(count)s times.", course.relapses)
        yield text % {"count": course.relapses}
    yield _ended(course, locale)


def _ended(course: Course, locale: str) -> str:
    t = translator(locale)
    if course.closed_at is None:
        return t.gettext("It is still open.")
    return {
        "no crisis": t.gettext("Closed: it was not a crisis."),
        "new normal": t.gettext("Closed: this is the new normal."),
    }.get(course.verdict.replace("_", " "), t.gettext("Closed."))


def told(terms: tuple[Term, ...], brand: BrandWeek, locale: str) -> tuple[Told, ...]:
    """Return what was said again and again, with last week's count where there was such a week."""
    longest = max((term.count for term in terms), default=1)
    had = brand.before.mood.total > 0
    return tuple(
        Told(
            text=plain(term.text, 60),
            count=number(term.count, locale),
            before=number(term.before, locale) if had else "–",
            width=max(round(100 * term.count / longest), 4),
            is_new=had and not term.before,
        )
        for term in terms
    )


def quoted(loud: Loud, locale: str, tz: tzinfo) -> Quoted:
    """Return a loud mention."""
    t = translator(locale)
    parts = [
        plain(loud.author, 60),
        plain(loud.source, 60),
        when(loud.published_at, tz, locale) if loud.published_at else "",
        label(loud.label, locale),
        t.gettext("reach %(count)s") % {"count": number(loud.reach, locale)} if loud.reach else "",
    ]
    if loud.times > 1:
        text = t.ngettext("published once", "published %(count)s times", loud.times)
        parts.append(text % {"count": number(loud.times, locale)})
    byline = " · ".join(part for part in parts if part)
    return Quoted(plain(loud.text, LONGEST_TEXT), byline, safe_url(loud.url), loud.label)


def heard(source: SourceWeek, locale: str, tz: tzinfo) -> Heard:
    """Return a source's health."""
    t = translator(locale)
    status = source_status(source.status, locale)
    return Heard(
        name=plain(source.name, 80),
        share=percent(source.heard, locale),
        status=f"{status} ({plain(source.rung, 40)})" if source.rung else status,
        last_visit=when(source.last_visit_at, tz, locale) if source.last_visit_at else t.gettext("never"),
        is_well=source.status in ("ok", "paused") and source.heard >= ENOUGH_HEARD,
    )
