"""Delivery: claim a notice, send it, mark it; and look before sending again what may have arrived.

A crash between claim and mark, a time-out and a dropped connection all leave a notice of
which nobody knows whether it arrived. It is looked for 10 seconds after its claim, when
what did arrive can be seen: found, it is adopted; not found, it is sent again.
"""

from __future__ import annotations

import logging
import sqlite3
from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta

from listener import digest, sickcard
from listener.briefing import brief, entries
from listener.config import Settings
from listener.notify import DeliveryError, Letter, Receipt, WayOut
from listener.store import Store, incidents, outbox, troubles
from listener.store.incidents import Saved
from listener.store.outbox import Notice
from listener.words import Brief, card, direct, entry, mail, note

log = logging.getLogger("listener.deliver")
SETTLE_SECONDS = 10.0
LONGEST_WAIT_SECONDS = 300.0
REFUSED_WAIT_SECONDS = 60.0
INSTEAD_AFTER_SECONDS = 120.0
MOST_ATTEMPTS = 500
PRESSING = ("card", "dm")


@dataclass(frozen=True, slots=True)
class Report:
    """Whether anything was done, and the real time at which to come back (None: when woken)."""

    busy: bool
    next_at: float | None


def deliver(store: Store, settings: Settings, way: WayOut, now: datetime, real: float) -> Report:
    """Do one thing for a way out: settle what is unknown first, else send the next notice."""
    with store.read() as db:
        unknown = outbox.unsettled(db, way.name, real - SETTLE_SECONDS)
    if unknown is not None:
        _look(store, settings, way, unknown, now, real)
        return Report(True, None)
    with store.write() as db:
        notice = outbox.claim(db, way.name, real)
    if notice is not None:
        _send(store, settings, way, notice, now, real)
        return Report(True, None)
    with store.read() as db:
        return Report(False, outbox.next_due(db, way.name, SETTLE_SECONDS))


def warm(settings: Settings) -> None:
    """Load what the first card needs, so that it is not the first card that waits for it."""
    at = datetime(2026, 1, 1, tzinfo=UTC)
    nothing = Brief(
        0, "", "alert", "identify", "", "all", at, 0, 0.0, timedelta(minutes=5), 0.0, answer_by=at
    )
    card(nothing, settings.locale, settings.timezone)


def _send(store: Store, settings: Settings, way: WayOut, notice: Notice, now: datetime, real: float) -> None:
    letter = _letter(store, settings, notice)
    if letter is None:
        with store.write() as db:
            outbox.give_up(db, notice.id, "nothing to tell any more")
            if notice.kind == "source":
                troubles.no_card(db, notice.source or troubles.ALL, notice.way)
        return
    try:
        receipt = way.send(letter)
    except DeliveryError as error:
        _failed(store, settings, notice, error, now, real)
        return
    _arrived(store, notice, receipt, now)


def _look(store: Store, settings: Settings, way: WayOut, notice: Notice, now: datetime, real: float) -> None:
    """Look for a notice that may have arrived; what is not there is sent again."""
    letter = _letter(store, settings, notice)
    claimed = datetime.fromtimestamp(notice.claimed_at or real, UTC) - timedelta(minutes=5)
    found: Receipt | None = None
    try:
        # An update may simply be repeated.
        if letter is not None and letter.kind != "update":
            found = way.find(letter, claimed)
    except DeliveryError as error:
        log.warning("cannot look back way=%s key=%s error=%s", way.name, notice.key, error)
        with store.write() as db:
            wait = error.retry_after.total_seconds() if error.retry_after else _backoff(notice.attempts)
            outbox.again(db, notice.id, real + wait, str(error)[:300], unknown=True)
            _instead(db, settings, notice, now, real, real + wait)
        return
    if found is not None:
        log.info("found delivered way=%s key=%s", way.name, notice.key)
        _arrived(store, notice, found, now)
        return
    # Where sending hangs again and again, what waits behind it has its turn first.
    due_at = real if notice.attempts <= 1 else real + SETTLE_SECONDS
    with store.write() as db:
        outbox.again(db, notice.id, due_at, "not there", unknown=False)


def _arrived(store: Store, notice: Notice, receipt: Receipt, now: datetime) -> None:
    with store.write() as db:
        outbox.sent(db, notice.id, receipt.channel, receipt.ts, receipt.said, now)
        if notice.kind == "card" and notice.incident is not None and receipt.ts:
            incidents.carded(db, notice.incident, receipt.channel, receipt.ts)
        if notice.kind == "source":
            troubles.carded(db, notice.source or troubles.ALL, notice.way, receipt.channel, receipt.ts)


def _failed(
    store: Store, settings: Settings, notice: Notice, error: DeliveryError, now: datetime, real: float
) -> None:
    log.warning("not delivered way=%s key=%s error=%s", notice.way, notice.key, error)
    due_at = real
    with store.write() as db:
        if notice.attempts >= MOST_ATTEMPTS or (error.permanent and notice.kind in outbox.UPDATES):
            outbox.give_up(db, notice.id, str(error)[:300])
        else:
            wait = _backoff(notice.attempts)
            if error.permanent:
                # A person may put right what refuses us; until then the next way out tells it.
                wait = max(wait, REFUSED_WAIT_SECONDS)
            if error.retry_after is not None:
                wait = error.retry_after.total_seconds()
            due_at = real if error.unknown else real + wait
            outbox.again(db, notice.id, due_at, str(error)[:300], unknown=error.unknown)
        _instead(db, settings, notice, now, real, due_at, refused=error.permanent)


def _backoff(attempts: int) -> float:
    return float(min(2.0 ** min(attempts, 20), LONGEST_WAIT_SECONDS))


def _instead(
    db: sqlite3.Connection,
    settings: Settings,
    notice: Notice,
    now: datetime,
    real: float,
    due_at: float,
    *,
    refused: bool = False,
) -> None:
    """Tell it the next way where Slack refuses it, or has not taken it for too long, or will not by `due_at`.

    A Slack that took nothing for so long holds up the rest as well: that is told too.
    """
    if notice.way != "slack" or notice.kind not in PRESSING:
        return
    since = notice.tried_at or real
    if not refused and real - since >= INSTEAD_AFTER_SECONDS:
        held = [notice, *outbox.held_up(db, notice.way)]
    elif refused or due_at - since >= INSTEAD_AFTER_SECONDS:
        held = [notice]
    else:
        return
    for one in held:
        if one.kind in PRESSING:
            _next_way(db, settings, one, now)


def _next_way(db: sqlite3.Connection, settings: Settings, notice: Notice, now: datetime) -> None:
    """Write it once more for the mailbox of the person it is for, or for the terminal."""
    by_mail = [
        p for p in settings.people if settings.email and p.email and p.name == notice.data.get("person")
    ]
    for way, kind, target in [("email", "mail", p.email) for p in by_mail] or [
        ("console", notice.kind, notice.target)
    ]:
        new = outbox.put(
            db,
            key=f"{notice.key}:instead:{way}",
            way=way,
            kind=kind,
            target=target,
            now=now,
            incident=notice.incident,
            data=notice.data,
            priority=outbox.LADDER,
        )
        if new:
            log.error("slack does not take it, told by %s instead key=%s", way, notice.key)


def _letter(store: Store, settings: Settings, notice: Notice) -> Letter | None:
    """Put a notice into words, by what the incident is now; None where nothing is left to tell."""
    if notice.kind == "digest":
        return digest.letter(store, settings, notice.data["week"], notice.target, notice.key)
    if notice.kind == "held":
        return _held(store, settings, notice)
    with store.read() as db:
        if notice.source is not None:
            return sickcard.letter(db, settings, notice)
        saved = incidents.get(db, notice.incident or 0)
    return None if saved is None else _about(settings, saved, notice)


def _held(store: Store, settings: Settings, notice: Notice) -> Letter | None:
    with store.read() as db:
        found = [incidents.get(db, int(number)) for number in notice.data["incidents"]]
    shown = [brief(saved) for saved in found if saved is not None]
    words = note(notice.data["rule"], shown, settings.locale, settings.timezone)
    return Letter(notice.key, "card", notice.target, card=words) if shown else None


def _about(settings: Settings, saved: Saved, notice: Notice) -> Letter | None:
    shown, locale, tz = brief(saved), settings.locale, settings.timezone
    here = Letter(
        key=notice.key,
        kind=notice.kind,
        target=notice.target,
        incident=saved.id,
        version=saved.version,
        channel=saved.card_channel,
        ts=saved.card_ts if notice.kind == "update" else "",
        thread=saved.card_ts if notice.kind == "thread" else "",
        broadcast=bool(notice.data.get("broadcast")),
    )
    match notice.kind:
        case "card":
            return replace(here, card=card(shown, locale, tz))
        case "update":
            return replace(here, card=card(shown, locale, tz)) if saved.card_ts else None
        case "thread":
            told = entries(saved)[notice.event or 0]
            return replace(here, text=entry(told, shown, locale, tz))
        case "dm":
            return replace(here, card=direct(shown, notice.data["tell"], locale, tz))
        case "mail":
            link = f"{settings.public_url.rstrip('/')}/incidents/{saved.id}" if settings.public_url else ""
            subject, text, html = mail(shown, notice.data["tell"], locale, tz, link)
            return replace(here, subject=subject, text=text, html=html)
    return None
