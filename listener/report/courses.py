"""What an incident came to, course by course: every relapse starts ladder and clocks anew."""

from __future__ import annotations

import itertools
from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import datetime, timedelta

from listener.briefing import brief, entries
from listener.store import Store, incidents
from listener.store.incidents import Saved
from listener.words import Brief, Entry
from rules.incident import Event, Incident, fold
from rules.triggers import Finding


@dataclass(frozen=True, slots=True)
class Course:
    """From the opening, or a relapse, to the next one.

    `started_at` is None where it was only watched: then nobody was called and no clock ran.
    `expired` counts the acknowledgements that were taken back because nothing followed.
    """

    brief: Brief
    entries: tuple[Entry, ...]
    began_at: datetime
    started_at: datetime | None
    called_at: datetime | None
    taken_at: datetime | None
    taken_by: str
    expired: int
    answered_at: datetime | None
    answered_url: str
    answer_within: timedelta

    @property
    def taken_after(self) -> timedelta | None:
        return None if self.taken_at is None else self._since(self.taken_at)

    @property
    def answered_after(self) -> timedelta | None:
        return None if self.answered_at is None else self._since(self.answered_at)

    def _since(self, at: datetime) -> timedelta:
        return max(at - (self.started_at or self.began_at), timedelta(0))


@dataclass(frozen=True, slots=True)
class Judged:
    """A finding that spoke: what it rests on, by which rule, how severe, and when it was made."""

    finding: Finding
    rule: str
    severity: str
    found_at: datetime


@dataclass(frozen=True, slots=True)
class Past:
    """An incident with everything that the account after it tells."""

    brief: Brief
    incident: Incident
    courses: tuple[Course, ...]
    findings: tuple[Judged, ...]


def gather(store: Store, number: int) -> Past | None:
    """Return what is known of an incident, None where there is no such one."""
    with store.read() as db:
        saved = incidents.get(db, number)
        found = [] if saved is None else incidents.findings(db, number)
    if saved is None:
        return None
    judged = (
        Judged(
            Finding.from_json(one["data"]["finding"]),
            one["rule"],
            one["data"].get("severity", ""),
            datetime.fromisoformat(one["found_at"]),
        )
        for one in found
    )
    return Past(brief(saved), saved.incident, tuple(_courses(saved)), tuple(judged))


def _courses(saved: Saved) -> list[Course]:
    starts = [
        0,
        *(n for n, event in enumerate(saved.events) if event.what == "relapsed" and n),
        len(saved.events),
    ]
    return [
        _course(saved, saved.events[:last], saved.events[first:last])
        for first, last in itertools.pairwise(starts)
    ]


def _course(saved: Saved, until: Sequence[Event], own: Sequence[Event]) -> Course:
    """Return one course: `until` are all events up to its end, `own` those since its beginning."""
    incident = fold(until)
    then = replace(saved, incident=incident, events=tuple(own))
    taken = next((event for event in own if event.what == "acknowledged"), None)
    called = next((event for event in own if event.what == "told" and event.data.get("steps")), None)
    return Course(
        brief=brief(then),
        entries=entries(then),
        began_at=own[0].at,
        started_at=incident.started_at,
        called_at=called.at if called else None,
        taken_at=taken.at if taken else None,
        taken_by=taken.by if taken else "",
        expired=sum(event.what == "expired" for event in own),
        answered_at=incident.answered_at,
        answered_url=incident.answered_url,
        answer_within=incident.playbook.answer_within,
    )
