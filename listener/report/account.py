"""The account in words: headings, and under each its lines, tables, quotes and links."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, replace
from datetime import datetime, timedelta, tzinfo

from babel import dates

from listener.report import clocks
from listener.report.courses import Judged, Past
from listener.words import (
    Link,
    Said,
    card,
    entry,
    lasting,
    number,
    percent,
    phase,
    plain,
    role,
    safe_url,
    severity,
    translator,
    when,
)
from listener.words._drivers import FACETS, facet_name, named
from listener.words._figures import surge

LANGUAGES = ("en", "pl")
MOST_WORDS = 10


@dataclass(frozen=True, slots=True)
class Table:
    """Rows under the names of their columns."""

    head: tuple[str, ...]
    rows: tuple[tuple[str, ...], ...]


@dataclass(frozen=True, slots=True)
class Told:
    """An entry of the timeline: when, and one sentence or several."""

    at: str
    lines: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Section:
    """A heading and what stands under it; `blanks` are headings for people to fill."""

    title: str
    lines: tuple[str, ...] = ()
    links: tuple[Link, ...] = ()
    table: Table | None = None
    timeline: tuple[Told, ...] = ()
    quotes: tuple[Said, ...] = ()
    blanks: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Account:
    """A report in words; nothing in it is markup, whatever a stranger wrote."""

    title: str
    period: str
    sections: tuple[Section, ...]
    foot: str
    lang: str


def account(past: Past, locale: str, tz: tzinfo, now: datetime) -> Account:
    """Return the account of an incident, in the language and at the times of the people who read it."""
    t, lang = translator(locale), locale if locale in LANGUAGES else "en"
    title = t.gettext("Report on incident %(id)s: %(brand)s") % {
        "id": past.brief.id,
        "brand": plain(past.brief.brand, 80),
    }
    return Account(
        title=f"{t.gettext('DRILL')} · {title}" if past.brief.drill else title,
        period=_period(past, lang, tz),
        sections=tuple(_sections(past, lang, tz)),
        foot=t.gettext("Written on %(at)s from the timeline. Times are those of %(zone)s.")
        % {"at": when(now, tz, lang), "zone": plain(str(tz), 60)},
        lang=lang,
    )


def _period(past: Past, locale: str, tz: tzinfo) -> str:
    first = past.brief.opened_at.astimezone(tz).date()
    last = (past.brief.closed_at or past.brief.opened_at).astimezone(tz).date()
    if first == last:
        return dates.format_date(first, "long", locale=locale)
    return str(dates.format_interval(first, last, "yMMMMd", locale=locale))


def _sections(past: Past, locale: str, tz: tzinfo) -> Iterator[Section]:
    t = translator(locale)
    yield Section(t.gettext("In short"), lines=tuple(_short(past, locale, tz)))
    yield Section(t.gettext("What happened, and when we knew"), table=_moments(past, locale, tz))
    yield _figures(past, locale, tz)
    yield Section(t.gettext("Who did what, and when"), timeline=tuple(_timeline(past, locale, tz)))
    links = tuple(
        Link(t.gettext("The public answer"), url) for c in past.courses if (url := safe_url(c.answered_url))
    )
    yield Section(t.gettext("The clocks"), lines=tuple(clocks.told(past.courses, locale, tz)), links=links)
    yield _quotes(past, locale, tz)
    yield _words(past, locale)
    yield from _drivers(past, locale)
    yield _tasks(past, locale, tz)
    yield _lessons(locale)


def _short(past: Past, locale: str, tz: tzinfo) -> Iterator[str]:
    t, brief = translator(locale), past.brief
    yield surge(brief.on, plain(brief.brand, 80), locale, brief.figures)
    yield t.gettext("Severity: %(severity)s.") % {"severity": severity(brief.severity, locale)}
    yield from clocks.short(past.courses, locale)
    if brief.relapses:
        text = t.ngettext("It flared up again once.", "It flared up again %(count)s times.", brief.relapses)
        yield text % {"count": brief.relapses}
    yield clocks.ended(brief, locale, tz)


def _moments(past: Past, locale: str, tz: tzinfo) -> Table:
    t = translator(locale)
    rows = ((name, at, at - past.brief.opened_at) for name, at in _known(past, locale))
    return Table(
        (t.gettext("What"), t.gettext("When"), t.gettext("After we noticed")),
        tuple((name, when(at, tz, locale), _distance(away, locale)) for name, at, away in rows),
    )


def _known(past: Past, locale: str) -> Iterator[tuple[str, datetime]]:
    """Yield the moments that matter, with what happened at each."""
    t, first, last = translator(locale), past.courses[0], past.courses[-1]
    if past.findings:
        found = past.findings[0].finding
        yield t.gettext("The first window that was out of the ordinary began"), found.at - found.span
        yield t.gettext("That window ended"), found.at
    yield t.gettext("We noticed"), first.began_at
    moments = [
        (t.gettext("The ladder and the clocks started"), first.started_at),
        (t.gettext("The first person was called"), first.called_at),
        (t.gettext("Somebody took it"), first.taken_at),
        (t.gettext("The public was answered"), first.answered_at),
    ]
    moments += [(t.gettext("It flared up again"), course.began_at) for course in past.courses[1:]]
    if last is not first:
        moments.append((t.gettext("The public was answered again"), last.answered_at))
    moments.append((t.gettext("It was closed"), past.brief.closed_at))
    yield from sorted(((name, at) for name, at in moments if at is not None), key=lambda moment: moment[1])


def _distance(away: timedelta, locale: str) -> str:
    before = timedelta(0) - away
    return f"−{lasting(before, locale)}" if before >= timedelta(minutes=1) else lasting(away, locale)


def _figures(past: Past, locale: str, tz: tzinfo) -> Section:
    """Return how much it was against what is usual: the last that was told, then finding by finding."""
    t = translator(locale)
    lines = card(replace(past.brief, terms=()), locale, tz).lines[1:]
    rows = tuple(_judged(one, locale, tz) for one in past.findings)
    head = (
        t.gettext("Window until"), t.gettext("Noticed at"), t.gettext("Rule"), t.gettext("Counted"),
        t.gettext("Usual"), t.gettext("Length"), "z", t.gettext("Severity"),
    )  # fmt: skip
    return Section(t.gettext("The numbers"), lines, table=Table(head, rows) if rows else None)


def _judged(one: Judged, locale: str, tz: tzinfo) -> tuple[str, ...]:
    found = one.finding
    return (
        when(found.at, tz, locale),
        when(one.found_at, tz, locale),
        plain(one.rule, 80),
        number(found.observed, locale),
        number(found.expected, locale),
        lasting(found.span, locale),
        number(found.z, locale),
        severity(one.severity, locale),
    )


def _timeline(past: Past, locale: str, tz: tzinfo) -> Iterator[Told]:
    for course in past.courses:
        for one in course.entries:
            lines = entry(one, course.brief, locale, tz).splitlines()
            yield Told(when(one.at, tz, locale), tuple(lines))


def _quotes(past: Past, locale: str, tz: tzinfo) -> Section:
    t = translator(locale)
    quotes = card(past.brief, locale, tz).quotes
    nothing = () if quotes else (t.gettext("No quotes were kept."),)
    return Section(t.gettext("What people wrote"), nothing, quotes=quotes)


def _words(past: Past, locale: str) -> Section:
    t = translator(locale)
    lines = tuple(
        t.gettext("%(word)s: in %(share)s of the mentions")
        % {"word": plain(word, 40), "share": percent(share, locale)}
        for word, share in past.brief.terms[:MOST_WORDS]
    )
    return Section(t.gettext("Words that stood out"), lines or (t.gettext("None did."),))


def _drivers(past: Past, locale: str) -> Iterator[Section]:
    """Yield what the excess over usual consisted of, where that was taken down."""
    t = translator(locale)
    rows = tuple(
        (
            facet_name(facet, locale),
            (named(driver.what, locale) if facet == "languages" else plain(driver.what, 120)) or "–",
            number(driver.count, locale),
            number(driver.usual, locale),
            percent(driver.share, locale),
        )
        for facet in FACETS
        for driver in past.brief.drivers.get(facet, ())
    )
    head = (
        t.gettext("What it is"), t.gettext("Which"), t.gettext("Counted"), t.gettext("Usual"),
        t.gettext("Share of the excess"),
    )  # fmt: skip
    if rows:
        yield Section(t.gettext("Where the excess came from"), table=Table(head, rows))


def _tasks(past: Past, locale: str, tz: tzinfo) -> Section:
    t, duties = translator(locale), past.incident.duties
    title = t.gettext("Tasks")
    if not duties:
        return Section(title, (t.gettext("There were no tasks."),))
    left = sum(duty.done_at is None for duty in duties)
    text = t.ngettext("%(count)s task is open.", "%(count)s tasks are open.", left) % {"count": left}
    rows = tuple(
        (
            plain(duty.title, 200),
            phase(duty.phase, locale),
            plain(duty.owner, 80) or (role(duty.role, locale) if duty.role else "–"),
            when(duty.due_at, tz, locale) if duty.due_at else "–",
            when(duty.done_at, tz, locale) if duty.done_at else t.pgettext("task", "open"),
        )
        for duty in duties
    )
    head = (t.gettext("Task"), t.gettext("Phase"), t.gettext("Owner"), t.gettext("Due"), t.gettext("Done"))
    return Section(title, (text if left else t.gettext("All tasks are done."),), table=Table(head, rows))


def _lessons(locale: str) -> Section:
    t = translator(locale)
    blanks = (
        t.gettext("What went well?"),
        t.gettext("What was slow, or went wrong?"),
        t.gettext("Were we told at the right moment, and was the severity right?"),
        t.gettext("What did the answer change?"),
        t.gettext("What do we change, who does it, and by when?"),
    )
    return Section(t.gettext("Lessons"), (t.gettext("For the team to fill in."),), blanks=blanks)
