"""A week's numbers out of the store, in one consistent view of it."""

from __future__ import annotations

import sqlite3
from collections.abc import Sequence
from datetime import datetime, timedelta, tzinfo
from itertools import pairwise

from listener import tracks
from listener.config import Settings
from listener.digest import isoweek
from listener.digest.values import BrandWeek, Course, Day, Mood, SourceWeek, Span, Week
from listener.store import Store, counts, incidents, sources, weeks
from listener.store.incidents import Saved
from listener.store.times import minute
from listener.words.brief import Figures
from rules import drivers
from rules.incident import Incident, after

MOST_TEXTS = 4000
MOST_TERMS = 6
MOST_LOUD = 4


def gather(store: Store, settings: Settings, week: str, now: datetime | None = None) -> Week:
    """Return the numbers of a week (`2026-W47`), only up to `now` where that lies in it.

    Raise isoweek.WeekError where there is no such week.
    """
    edges = isoweek.midnights(week, settings.timezone)
    now = now or edges[-1]
    # A week that is not over is compared with as much of the week before.
    length = max(min(edges[-1], now) - edges[0], timedelta(0))
    before = isoweek.midnights(isoweek.earlier(week), settings.timezone)
    names = [source.name for source in settings.sources]
    with store.read() as db:
        held = incidents.listing(db, since=edges[0])
        met = [saved for saved in held if saved.opened_at < edges[-1]]
        return Week(
            key=week,
            starts_at=edges[0],
            ends_at=edges[-1],
            gathered_at=now,
            brands=tuple(
                _brand(db, brand.name, names, settings.timezone, edges, before, length, met)
                for brand in settings.brands
            ),
            sources=_sources(db, settings, edges[0], min(edges[-1], now)),
        )


def _brand(
    db: sqlite3.Connection,
    brand: str,
    names: Sequence[str],
    tz: tzinfo,
    edges: Sequence[datetime],
    before: Sequence[datetime],
    length: timedelta,
    met: Sequence[Saved],
) -> BrandWeek:
    first, last = minute(edges[0]), minute(edges[-1])
    earlier = (minute(before[0]), minute(min(before[0] + length, before[-1])))
    labels = ("negative", "positive")
    here = {label: weeks.said(db, brand, first, last, (label,), MOST_TEXTS) for label in labels}
    told = {label: weeks.said(db, brand, *earlier, (label,), MOST_TEXTS) for label in labels}
    calm = weeks.said(db, brand, first, last, ("neutral", "unsure"), MOST_TEXTS)
    return BrandWeek(
        name=brand,
        now=_span(db, brand, names, tz, edges, length),
        before=_span(db, brand, names, tz, before, length),
        incidents=tuple(_course(saved) for saved in reversed(met) if saved.brand == brand),
        complaints=_terms(brand, here["negative"], told["negative"], calm + here["positive"]),
        praise=_terms(brand, here["positive"], told["positive"], calm + here["negative"]),
        loudest=tuple(weeks.loudest(db, brand, first, last, MOST_LOUD)),
    )


def _terms(
    brand: str, here: Sequence[str], before: Sequence[str], against: Sequence[str]
) -> tuple[drivers.Term, ...]:
    """Return what sets these mentions apart from the others of the week, the most told first."""
    found = drivers.terms(here, before, MOST_TERMS, ignore=(brand,), against=against)
    return tuple(sorted(found, key=lambda term: (-term.count, term.text)))


def _span(
    db: sqlite3.Connection,
    brand: str,
    names: Sequence[str],
    tz: tzinfo,
    edges: Sequence[datetime],
    length: timedelta,
) -> Span:
    """Read the first `length` of a week; a day that lies behind it is one that nobody heard."""
    start = minute(edges[0])
    until = start + max(int(length.total_seconds() // 60), 1)
    minutes = [min(minute(edge), until) for edge in edges]
    known = tracks.known(db, tracks.groups(db, brand, names, until)[0], start, until)
    told = counts.per_day(db, brand, minutes)
    days = tuple(
        Day(
            edges[number].astimezone(tz).date(),
            int(told[number].get("all", 0)),
            int(told[number].get("negative", 0)),
            float(known[low - start : high - start].mean()) if low < high else 0.0,
        )
        for number, (low, high) in enumerate(pairwise(minutes))
    )
    whole = timedelta(minutes=until - start)
    return Span(days, _mood(db, brand, start, until), whole, timedelta(minutes=int((~known).sum())))


def _mood(db: sqlite3.Connection, brand: str, first: int, last: int) -> Mood:
    found = weeks.moods(db, brand, first, last)
    total = sum(n for n, _ in found.values())
    n = {label: found.get(label, (0, 0.0))[0] for label in ("negative", "neutral", "positive", "unsure")}
    score = sum(count * mean for count, mean in found.values()) / total if total else None
    return Mood(n["negative"], n["neutral"], n["positive"], n["unsure"], score)


def _course(saved: Saved) -> Course:
    """Read the first start, acknowledgement and answer off the events: a relapse forgets them."""
    made, start, taken, answered = Incident(), None, None, None
    for event in saved.events:
        was, made = made, after(made, event)
        start = start or made.started_at
        if taken is None and made.acknowledged_at and not was.acknowledged_at:
            taken = (made.acknowledged_at, made.acknowledged_by or "")
        if answered is None and made.answered_at and not was.answered_at:
            answered = (made.answered_at, made.answered_url)
    since = start or saved.opened_at
    return Course(
        id=saved.id,
        severity=saved.incident.severity,
        opened_at=saved.opened_at,
        started_at=start,
        observed=int(saved.facts.get("observed", 0)),
        expected=float(saved.facts.get("expected", 0.0)),
        span=timedelta(seconds=float(saved.facts.get("span_seconds", 0.0))),
        on=str(saved.facts.get("on", "all")),
        acknowledged_by=taken[1] if taken else "",
        acknowledged_after=taken[0] - since if taken else None,
        answered_after=answered[0] - since if answered else None,
        answered_url=answered[1] if answered else "",
        answer_within=saved.incident.playbook.answer_within,
        closed_at=saved.incident.closed_at,
        verdict=saved.incident.verdict,
        relapses=saved.incident.relapses,
        figures=Figures.of(saved.facts.get("figures")),
    )


def _sources(
    db: sqlite3.Connection, settings: Settings, since: datetime, until: datetime
) -> tuple[SourceWeek, ...]:
    first, last = minute(since), max(minute(until), minute(since) + 1)
    found = {state.name: state for state in sources.all_of(db, [source.name for source in settings.sources])}
    rows = []
    for source in settings.sources:
        state = found.get(source.name)
        spans = counts.coverage(db, source.name, first, last)
        rows.append(
            SourceWeek(
                name=source.name,
                kind=source.kind,
                rung=state.rung if state else "",
                heard=sum(high - low for low, high in spans) / (last - first),
                status="paused" if source.pause else state.status if state else "new",
                detail=state.detail if state else "",
                last_visit_at=state.last_visit_at if state else None,
            )
        )
    return tuple(rows)
