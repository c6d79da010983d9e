"""The card of a source and the entries of its thread, put into words when they are sent."""

from __future__ import annotations

import sqlite3

from listener.config import Settings
from listener.notify import Letter
from listener.silence import brand_of
from listener.store import sources, troubles
from listener.store.outbox import Notice
from listener.store.times import moment
from listener.store.troubles import ALL, Trouble
from listener.words import Card
from listener.words import sources as words
from listener.words.sources import Ill, Patient

SHAPES = {"source": "card", "source thread": "thread", "source update": "update"}


def letter(db: sqlite3.Connection, settings: Settings, notice: Notice) -> Letter | None:
    """Return a notice about a source in words; None where nothing is left to tell."""
    source = notice.source or ALL
    stands, kind = troubles.card(db, source, notice.way), SHAPES[notice.kind]
    told = _told(db, settings, notice)
    if kind == "update":
        if stands is None or not stands.ts:
            return None
    elif not told:
        return None
    place = stands.ts if stands else ""
    return Letter(
        key=notice.key,
        kind=kind,
        target=notice.target,
        card=None if kind == "thread" else _card(db, settings, source, told),
        text=told if kind == "thread" else "",
        channel=stands.channel if stands else "",
        ts=place if kind == "update" else "",
        thread=place if kind == "thread" else "",
        broadcast=bool(notice.data.get("broadcast")) and bool(place),
    )


def _told(db: sqlite3.Connection, settings: Settings, notice: Notice) -> str:
    if notice.kind == "source update":
        return ""
    if notice.data.get("began"):
        return words.told(_ills(troubles.told_by(db, notice.id)), settings.locale, settings.timezone)
    return words.over(_ills(troubles.mended_by(db, notice.id)), settings.locale, settings.timezone)


def _card(db: sqlite3.Connection, settings: Settings, source: str, told: str) -> Card:
    locale, tz = settings.locale, settings.timezone
    now = [t for t in troubles.open_ones(db) if t.said and source in (ALL, t.source)]
    if source == ALL:
        own = troubles.with_cards(db)
        return words.sources_card(told, _ills([t for t in now if t.source not in own]), locale, tz)
    if brand := brand_of(source):
        return words.source_card(Patient(brand, ills=_ills(now), is_brand=True), locale, tz)
    found = sources.all_of(db, [source])
    state = found[0] if found else None
    patient = Patient(
        name=source,
        kind=state.kind if state else "",
        rung=state.rung if state else "",
        ills=_ills(now),
        last_news_at=state.last_news_at if state else None,
        last_ok_at=state.last_ok_at if state else None,
    )
    return words.source_card(patient, locale, tz)


def _ills(found: list[Trouble]) -> tuple[Ill, ...]:
    return tuple(ill(t) for t in found)


def ill(t: Trouble) -> Ill:
    """Return a trouble as the values that words are made of."""
    since = moment(t.facts["since"]) if t.facts.get("since") else t.began_at
    return Ill(t.source, t.what, since, t.facts, t.mended_at)
