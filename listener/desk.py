"""Where a person's decisions enter, whether in Slack, on a page, by mail or in the terminal.

Each act is one transaction: the incident is read, the act is judged against what it is now,
and what comes of it is saved together with the notices that tell of it.
"""

from __future__ import annotations

import sqlite3
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any

from connectors._text import link
from listener.announce import announce
from listener.config import Settings
from listener.holding import telling, told_facts
from listener.store import Store, incidents
from listener.store.incidents import Saved
from rules import life
from rules.incident import Event, Incident
from rules.life import Course
from rules.playbook import PHASES

DONE, UNKNOWN, CLOSED, NOTHING = "done", "unknown", "closed", "nothing"
TAKEN = "taken"
# What a person may do to an incident that is held back without its being told.
QUIETLY = ("closed", "note")


@dataclass(frozen=True, slots=True)
class Outcome:
    """What came of an act: `done`, or why nothing did, and the incident as it is now.

    Codes: `done`; `unknown` no such incident; `taken` somebody has acknowledged it already;
    `closed` it is over; `nothing` it is so already, or there is nothing to do it to.
    """

    code: str
    saved: Saved | None


class ActError(Exception):
    """An act that makes no sense as asked; the text says what would."""


def act(
    store: Store,
    settings: Settings,
    what: str,
    number: int,
    by: str,
    now: datetime,
    data: Mapping[str, Any] | None = None,
) -> Outcome:
    """Let a person do something to an incident; doing the same twice changes nothing.

    `what` is one of ACTS. Raises ActError where the data is not what the act needs.
    """
    if what not in ACTS:
        raise ActError(f"no act {what[:40]!r}: {', '.join(ACTS)}")
    with store.write() as db:
        saved = incidents.get(db, number)
        if saved is None:
            return Outcome(UNKNOWN, None)
        decided = ACTS[what](saved.incident, Event("", now, by, data or {}))
        if isinstance(decided, str):
            return Outcome(decided, saved)
        if decided.what == "reopened":
            _refuse_second(db, saved)
        # What nobody was told of may be closed and annotated without its being told.
        held, known = saved.incident.held, len(saved.events)
        if held and decided.what not in QUIETLY:
            saved, held = _told(db, saved, now, by), None
        course = _course(saved.course, decided, now)
        changed = incidents.append(db, saved, [decided], course=course)
        if held is None or held.of != "opened":
            announce(db, settings, changed, changed.events[known:], now)
        return Outcome(DONE, changed)


def _told(db: sqlite3.Connection, saved: Saved, now: datetime, by: str) -> Saved:
    """Let what is held back be told: a person has it in hand, so it need not wait any more."""
    event, facts = telling(saved, now, by), told_facts(saved, now)
    return incidents.append(db, saved, [event], facts=facts, course=life.released(saved.course))


def _refuse_second(db: sqlite3.Connection, saved: Saved) -> None:
    latest = incidents.latest_of(db, saved.brand)
    if latest is not None and latest.incident.closed_at is None:
        raise ActError(f"incident {latest.id} of {saved.brand} is open, and a brand has one at a time")


def _course(course: Course, event: Event, now: datetime) -> Course:
    if event.what == "closed":
        return life.closed(course, now)
    return life.reopened(course) if event.what == "reopened" else course


# What each act comes to: the event it becomes, or the code of why it does not. The event that
# is handed in has who, when and the data.


def _acknowledge(incident: Incident, asked: Event) -> Event | str:
    if incident.closed_at is not None:
        return CLOSED
    if incident.acknowledged_by is not None:
        return TAKEN
    return _event("acknowledged", asked)


def _close(incident: Incident, asked: Event) -> Event | str:
    return CLOSED if incident.closed_at else _event("closed", asked, verdict="over")


def _dismiss(incident: Incident, asked: Event) -> Event | str:
    return CLOSED if incident.closed_at else _event("closed", asked, verdict="no crisis")


def _reopen(incident: Incident, asked: Event) -> Event | str:
    return _event("reopened", asked) if incident.closed_at else NOTHING


def _advance(incident: Incident, asked: Event) -> Event | str:
    if incident.closed_at is not None:
        return CLOSED
    at = PHASES.index(incident.phase)
    phase = str(asked.data.get("phase") or PHASES[min(at + 1, len(PHASES) - 2)])
    if phase not in PHASES[:-1]:
        raise ActError(f"no phase {phase!r}: {', '.join(PHASES[:-1])} (an incident is closed with `close`)")
    return _event("advanced", asked, phase=phase) if PHASES.index(phase) > at else NOTHING


def _answer(incident: Incident, asked: Event) -> Event | str:
    url = str(asked.data.get("url") or "")
    if not link(url):
        raise ActError(f"the public answer needs its address, http(s)://…, not {url[:200]!r}")
    if incident.answered_url == url:
        return NOTHING
    return CLOSED if incident.closed_at else _event("answered", asked, url=url)


def _note(incident: Incident, asked: Event) -> Event | str:
    text = str(asked.data.get("text") or "").strip()
    if not text:
        raise ActError("a note needs words")
    return _event("note", asked, text=text[:4000])


def _role(incident: Incident, asked: Event) -> Event | str:
    role, person = (str(asked.data.get(name) or "").strip()[:80] for name in ("role", "person"))
    if not role or not person:
        raise ActError("a role needs its name and a person")
    return NOTHING if incident.roles.get(role) == person else _event("role", asked, role=role, person=person)


def _task(incident: Incident, asked: Event) -> Event | str:
    title = str(asked.data.get("title") or "").strip()
    if not title:
        raise ActError("a task needs a title")
    chosen = {name: str(asked.data[name])[:80] for name in ("phase", "role", "owner") if asked.data.get(name)}
    if chosen.get("phase", PHASES[0]) not in PHASES[:-1]:
        raise ActError(f"no phase {chosen['phase']!r}: {', '.join(PHASES[:-1])}")
    if asked.data.get("due_at"):
        chosen["due_at"] = _moment(str(asked.data["due_at"]))
    return CLOSED if incident.closed_at else _event("task added", asked, title=title[:300], **chosen)


def _take(incident: Incident, asked: Event) -> Event | str:
    number = _number(incident, asked)
    owner = str(asked.data.get("owner") or asked.by)
    duty = incident.duties[number]
    if duty.done_at or duty.owner == owner:
        return NOTHING
    return _event("task taken", asked, task=number, owner=owner, title=duty.title)


def _finish(incident: Incident, asked: Event) -> Event | str:
    number = _number(incident, asked)
    duty = incident.duties[number]
    return NOTHING if duty.done_at else _event("task done", asked, task=number, title=duty.title)


def _number(incident: Incident, asked: Event) -> int:
    given = asked.data.get("task")
    if not isinstance(given, int):
        raise ActError(f"a task is named by its number, not {str(given)[:40]!r}")
    if not 0 <= given < len(incident.duties):
        raise ActError(f"no task {given + 1}: this incident has {len(incident.duties)}")
    return given


def _moment(written: str) -> str:
    try:
        moment = datetime.fromisoformat(written)
    except ValueError:
        raise ActError(f"a task is due at a time in ISO 8601, not {written[:40]!r}") from None
    return (moment if moment.tzinfo else moment.replace(tzinfo=UTC)).isoformat()


def _event(what: str, asked: Event, **data: Any) -> Event:
    return Event(what, asked.at, asked.by, data)


ACTS: Mapping[str, Callable[[Incident, Event], Event | str]] = {
    "acknowledge": _acknowledge,
    "dismiss": _dismiss,
    "close": _close,
    "reopen": _reopen,
    "advance": _advance,
    "answer": _answer,
    "note": _note,
    "role": _role,
    "task": _task,
    "take": _take,
    "finish": _finish,
}
