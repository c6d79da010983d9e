"""What is due by now: what was held back, steps of the ladder, calls of the clock, what has lapsed."""

from __future__ import annotations

import sqlite3
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from datetime import datetime, timedelta

from listener.announce import announce, tell
from listener.config import Settings
from listener.holding import freed, release
from listener.store import Store, incidents
from listener.store.incidents import Saved
from listener.store.times import text
from rules.incident import Due, Event, due

LATE_AFTER = timedelta(minutes=2)
MOST_ROUNDS = 5


@dataclass(frozen=True, slots=True)
class Report:
    """How many incidents moved, and when the next thing is due (None: nothing is)."""

    moved: int
    next_at: datetime | None


def escalate(store: Store, settings: Settings, now: datetime) -> Report:
    """Do what is due in every open incident, each in a transaction of its own."""
    with store.read() as db:
        waiting = list(dict.fromkeys([*incidents.due(db, now), *freed(db, settings, now)]))
    moved = release(store, settings, waiting, now)
    moved += sum(_move(store, settings, number, now) for number in waiting)
    with store.read() as db:
        return Report(moved, incidents.next_at(db))


def _move(store: Store, settings: Settings, number: int, now: datetime) -> bool:
    with store.write() as db:
        saved = incidents.get(db, number)
        events: list[Event] = []
        # A lapsed acknowledgement lets the ladder begin anew, and its first step is due at once.
        for _ in range(MOST_ROUNDS):
            if saved is None or not (items := due(saved.incident, now)):
                break
            new = _events(db, settings, saved, items, now)
            if not new:
                break
            saved = incidents.append(db, saved, new)
            events += new
        if saved is not None and events:
            announce(db, settings, saved, events, now)
        return bool(events)


def _events(
    db: sqlite3.Connection, settings: Settings, saved: Saved, items: Sequence[Due], now: datetime
) -> list[Event]:
    expired = [item for item in items if item.what == "expire"]
    steps = [item for item in items if item.what == "tell"]
    calls = [item for item in items if item.what in ("warn", "breach")]
    events = [Event("expired", now, data={"by": saved.incident.acknowledged_by}) for _ in expired]
    if steps:
        events.append(_told(db, settings, saved, steps, now))
    if calls:
        events.append(_called(calls, now))
    return events


def _told(
    db: sqlite3.Connection, settings: Settings, saved: Saved, steps: Sequence[Due], now: datetime
) -> Event:
    """Tell every step that is due; who stands on several of them is told once each way."""
    told, unreachable, already = [], [], set[tuple[str, str]]()
    for step in _by_role(steps):
        people = tell(db, settings, saved, step, now, already)
        if people:
            by = list(dict.fromkeys(way for ways in people.values() for way in ways))
            told.append({"tell": step.tell, "people": list(people), "by": by, "at": text(step.at)})
        else:
            unreachable.append(step.tell)
    waited = now - steps[0].at
    data = {
        "keys": [step.key for step in steps],
        "steps": told,
        "late": waited >= LATE_AFTER,
        "minutes_late": int(waited.total_seconds() // 60),
        "unreachable": unreachable,
    }
    return Event("told", now, data=data)


def _by_role(steps: Sequence[Due]) -> Iterable[Due]:
    """Return one step for each role: its first, by all the ways that its steps ask for."""
    found: dict[str, Due] = {}
    for step in steps:
        first = found.setdefault(step.tell, step)
        found[step.tell] = replace(first, by=tuple(dict.fromkeys(first.by + step.by)))
    return found.values()


def _called(calls: Sequence[Due], now: datetime) -> Event:
    """Call the public clock out once, however many of its marks went by."""
    last = calls[-1]
    data = {
        "keys": [call.key for call in calls],
        "minutes_left": last.minutes_left,
        "breach": last.what == "breach",
        "late": now - last.at >= LATE_AFTER,
    }
    return Event("called", now, data=data)
