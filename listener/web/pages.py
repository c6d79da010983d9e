"""The pages in words: numbers in, what a person reads out."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta, tzinfo

from listener import briefing
from listener.sickcard import ill
from listener.store.incidents import Saved
from listener.web.status import BrandStatus, Health, SourceStatus, Status
from listener.words import (
    Card,
    card,
    entry,
    lasting,
    number,
    percent,
    phase,
    plain,
    role,
    translator,
    way,
    when,
)
from listener.words.sources import began, source_status
from rules.incident import Duty
from rules.series import anscombe

FAR_ABOVE, ABOVE = 4.0, 2.0
HARDLY, NEARLY_ALL = 0.5, 0.95


@dataclass(frozen=True, slots=True)
class BrandRow:
    """A brand's line; `bars` are heights from 0 to 100 of the last 24 hours, told in `described`."""

    name: str
    last_hour: str
    negative: str
    usual: str
    verdict: str
    tone: str
    bars: tuple[int, ...]
    described: str


@dataclass(frozen=True, slots=True)
class IncidentRow:
    """An incident's line, and the number of its page."""

    id: int
    title: str
    severity: str
    lines: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class SourceRow:
    """A source's line."""

    name: str
    kind: str
    status: str
    detail: str
    tone: str
    last_visit: str
    next_visit: str
    coverage: str
    coverage_tone: str


@dataclass(frozen=True, slots=True)
class Overview:
    """The status page."""

    at: str
    troubles: tuple[str, ...]
    brands: tuple[BrandRow, ...]
    open: tuple[IncidentRow, ...]
    closed: tuple[IncidentRow, ...]
    sources: tuple[SourceRow, ...]
    waiting: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Moment:
    """One event of a timeline: when, by whom, and what."""

    at: str
    by: str
    lines: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Task:
    """A task of an incident."""

    title: str
    phase: str
    who: str
    due: str
    done: str


@dataclass(frozen=True, slots=True)
class IncidentPage:
    """An incident's page."""

    id: int
    card: Card
    timeline: tuple[Moment, ...]
    tasks: tuple[Task, ...]
    can_acknowledge: bool


def overview(found: Status, health: Health, locale: str, tz: tzinfo) -> Overview:
    """Return the status page."""
    return Overview(
        at=when(found.at, tz, locale),
        troubles=(
            *(trouble(told, locale) for told in health.troubles),
            *(began(ill(silence), locale, tz) for silence in found.silences),
        ),
        brands=tuple(_brand(brand, locale) for brand in found.brands),
        open=tuple(_incident(saved, found.at, locale, tz) for saved in found.open),
        closed=tuple(_incident(saved, found.at, locale, tz) for saved in found.closed),
        sources=tuple(_source(source, found.at, locale, tz) for source in found.sources),
        waiting=tuple(_waiting(found, locale)),
    )


def incident_page(saved: Saved, locale: str, tz: tzinfo) -> IncidentPage:
    """Return an incident as its card tells it, with its timeline and its tasks."""
    told = briefing.brief(saved)
    timeline = tuple(
        Moment(
            when(item.at, tz, locale),
            "" if item.by == "listener" else plain(item.by, 80),
            tuple(entry(item, told, locale, tz).splitlines()),
        )
        for item in reversed(briefing.entries(saved))
    )
    incident = saved.incident
    return IncidentPage(
        id=saved.id,
        card=card(told, locale, tz),
        timeline=timeline,
        tasks=tuple(_task(duty, locale, tz) for duty in incident.duties),
        can_acknowledge=incident.closed_at is None and incident.acknowledged_by is None,
    )


def trouble(told: str, locale: str) -> str:
    """Return a trouble of the daemon's in the language of the page; one we do not know as it stands."""
    t = translator(locale)
    what, _, whom = told.partition(": ")
    facts = {"what": plain(whom, 200)}
    sentences = {
        "source overdue": t.gettext("A source is not visited any more: %(what)s."),
        "no source answers": t.gettext("No source answers."),
        "judging stands still": t.gettext("Nothing is being judged: a crisis would go unnoticed."),
        "notices wait": t.gettext("Messages cannot be delivered: %(what)s."),
        "slack socket is down": t.gettext("The connection to Slack is down: buttons do nothing there."),
        "database cannot be written": t.gettext("The database cannot be written."),
        "disk nearly full": t.gettext("The disk is nearly full."),
    }
    return sentences[what] % facts if what in sentences else plain(told, 200)


def _brand(brand: BrandStatus, locale: str) -> BrandRow:
    top = max(max(brand.hours), 1)
    verdict, tone = _verdict(brand, locale)
    hours = ", ".join(str(count) for count in brand.hours)
    return BrandRow(
        name=plain(brand.name, 80),
        last_hour=number(brand.last_hour, locale),
        negative=number(brand.negative, locale),
        usual="–" if brand.usual is None else number(brand.usual, locale),
        verdict=verdict,
        tone=tone,
        bars=tuple(round(100 * count / top) for count in brand.hours),
        described=translator(locale).gettext("Mentions per hour, the last 24 hours: %(hours)s")
        % {"hours": hours},
    )


def _verdict(brand: BrandStatus, locale: str) -> tuple[str, str]:
    t = translator(locale)
    if brand.heard < HARDLY and brand.last_hour == 0:
        return t.gettext("not heard"), "bad"
    if brand.usual is None:
        return t.gettext("still learning what is usual"), ""
    above = anscombe(brand.last_hour) - anscombe(round(brand.usual))
    if above >= FAR_ABOVE:
        return t.gettext("far more than usual"), "bad"
    if above >= ABOVE:
        return t.gettext("more than usual"), "warn"
    return (t.gettext("less than usual"), "") if above <= -ABOVE else (t.gettext("as usual"), "good")


def _incident(saved: Saved, now: datetime, locale: str, tz: tzinfo) -> IncidentRow:
    told = card(briefing.brief(saved), locale, tz)
    since = lasting(now - saved.opened_at, locale)
    opened = translator(locale).gettext("Opened %(time)s ago.") % {"time": since}
    return IncidentRow(saved.id, told.title, saved.incident.severity, (opened, *told.lines[1:2], *told.state))


def _source(source: SourceStatus, now: datetime, locale: str, tz: tzinfo) -> SourceRow:
    t = translator(locale)
    state = source.state
    visited = state.last_visit_at if state else None
    due = state.due_at if state and not source.paused and not state.stopped else None
    why = state.standing.why if state else ""
    rung = f" ({plain(state.rung, 60)})" if state and state.rung else ""
    nearly = source.coverage >= NEARLY_ALL
    return SourceRow(
        name=plain(source.name, 80),
        kind=plain(source.kind, 40) + rung,
        status=source_status(source.status, locale),
        detail=plain(state.detail if state and source.status not in ("ok", "paused") else why, 200),
        tone={"ok": "good", "new": "", "paused": ""}.get(source.status, "bad"),
        last_visit=_ago(now - visited, locale) if visited else t.gettext("never"),
        next_visit="–" if due is None else _ahead(due - now, locale),
        coverage=percent(source.coverage, locale),
        coverage_tone=""
        if source.paused
        else "good"
        if nearly
        else "bad"
        if source.coverage < HARDLY
        else "warn",
    )


def _ago(span: timedelta, locale: str) -> str:
    t = translator(locale)
    if span < timedelta(minutes=1):
        return t.gettext("just now")
    return t.gettext("%(time)s ago") % {"time": lasting(span, locale)}


def _ahead(span: timedelta, locale: str) -> str:
    t = translator(locale)
    if span < timedelta(minutes=1):
        return t.gettext("now") if span <= timedelta(0) else t.gettext("in less than a minute")
    return t.pgettext("ahead", "in %(time)s") % {"time": lasting(span, locale)}


def _waiting(found: Status, locale: str) -> Iterator[str]:
    t = translator(locale)
    for name, (count, since) in sorted(found.waiting.items()):
        text = t.ngettext(
            "%(way)s: %(count)s message waits, for %(time)s by now.",
            "%(way)s: %(count)s messages wait, the oldest for %(time)s by now.",
            count,
        )
        yield text % {"way": way(name, locale), "count": count, "time": lasting(found.at - since, locale)}


def _task(duty: Duty, locale: str, tz: tzinfo) -> Task:
    who: Sequence[str] = [plain(duty.owner, 80), role(duty.role, locale) if duty.role else ""]
    return Task(
        title=plain(duty.title, 300),
        phase=phase(duty.phase, locale),
        who=" · ".join(part for part in who if part) or "–",
        due=when(duty.due_at, tz, locale) if duty.due_at else "–",
        done=when(duty.done_at, tz, locale) if duty.done_at else "",
    )
