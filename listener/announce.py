"""Who is told when something happened to an incident: events become notices, in one transaction.

Each incident has one card on the main way out. What happens later becomes an entry in the
card's thread, and the card is updated in place.
"""

from __future__ import annotations

import sqlite3
from collections.abc import Sequence
from datetime import datetime

from listener.config import Person, Settings
from listener.store import outbox
from listener.store.incidents import Saved
from listener.store.times import text
from rules.incident import Due, Event


def main_way(settings: Settings) -> str:
    """Return where the team is told: Slack, or the terminal where there is no Slack."""
    return "slack" if settings.slack else "console"


def announce(
    db: sqlite3.Connection, settings: Settings, saved: Saved, events: Sequence[Event], now: datetime
) -> None:
    """Write the notices of new events; `saved` is the incident after them."""
    way = main_way(settings)
    target = settings.slack.channel if settings.slack else ""
    first = outbox.put(
        db,
        key=f"{saved.id}:card:{way}",
        way=way,
        kind="card",
        target=target,
        now=now,
        incident=saved.id,
        priority=outbox.FIRST_CARD,
    )
    if first:
        return
    start = len(saved.events) - len(events)
    for number, event in enumerate(events, start):
        outbox.put(
            db,
            key=f"{saved.id}:thread:{number}:{way}",
            way=way,
            kind="thread",
            target=target,
            now=now,
            incident=saved.id,
            event=number,
            data={"broadcast": _is_loud(event)},
        )
    outbox.put(
        db,
        key=f"{saved.id}:update:{saved.version}:{way}",
        way=way,
        kind="update",
        target=target,
        now=now,
        incident=saved.id,
    )


def _is_loud(event: Event) -> bool:
    """Tell whether the whole channel sees an entry, and not only who follows the thread."""
    return "relapsed" in (event.what, event.data.get("of")) or bool(event.data.get("breach"))


def note(
    db: sqlite3.Connection, settings: Settings, rule: str, numbers: Sequence[int], now: datetime
) -> None:
    """Write one message about incidents that a rule held back until they were over."""
    way = main_way(settings)
    outbox.put(
        db,
        key=f"held:{rule}:{text(now)}:{way}",
        way=way,
        kind="held",
        target=settings.slack.channel if settings.slack else "",
        now=now,
        data={"rule": rule, "incidents": list(numbers)},
    )


def tell(
    db: sqlite3.Connection,
    settings: Settings,
    saved: Saved,
    due: Due,
    now: datetime,
    told: set[tuple[str, str]],
) -> dict[str, list[str]]:
    """Write the messages of one step of the ladder; return whom it reaches, each by which ways.

    `told` holds who was told which way in the same round, and grows: nobody is told twice at once.
    """
    reached: dict[str, list[str]] = {}
    for person in settings.people:
        if due.tell in person.roles and (ways := _ways(settings, due.by, person)):
            reached[person.name] = [way for way, _ in ways]
            for way, target in ways:
                if (person.name, way) not in told:
                    told.add((person.name, way))
                    _message(db, saved, due, person, way, target, now)
    return reached


def _message(
    db: sqlite3.Connection, saved: Saved, due: Due, person: Person, way: str, target: str, now: datetime
) -> None:
    outbox.put(
        db,
        key=f"{saved.id}:{due.key}:{person.name}:{way}",
        way=way,
        kind="mail" if way == "email" else "dm",
        target=target,
        now=now,
        incident=saved.id,
        data={"tell": due.tell, "person": person.name},
        priority=outbox.LADDER,
    )


def _ways(settings: Settings, by: Sequence[str], person: Person) -> list[tuple[str, str]]:
    """Return (way, address) for a person: what the step asks for, else whatever reaches them.

    Without Slack the terminal stands in for it; nobody may be looking, so a mail goes too.
    """
    mail = [("email", person.email)] if settings.email and person.email else []
    if not settings.slack:
        return [("console", person.name), *mail]
    direct = [("slack", person.slack)] if person.slack else []
    asked = (direct if "slack" in by else []) + (mail if "email" in by else [])
    return asked or direct or mail
