"""What becomes of findings: they move the brand's incident, and what speaks is told, or held back.

All of it is done in the judge's one transaction.
"""

from __future__ import annotations

import sqlite3
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from listener import briefing, proof, shadowing, telling
from listener.announce import announce
from listener.config import Settings
from listener.evidence import Case
from listener.holding import again, restrained, told_facts, why
from listener.store import incidents
from listener.store.incidents import RANK, Saved
from listener.store.times import text
from rules import life
from rules.incident import Event
from rules.life import Course, Verdict
from rules.playbook import to_json
from rules.restraint import Held

LATE = timedelta(minutes=30)
SPEAKING = (Verdict.OPEN, Verdict.RELAPSE, Verdict.WORSEN)
OPENING = (Verdict.OPEN, Verdict.RELAPSE)


@dataclass(frozen=True, slots=True)
class Judged:
    """A case, what it does to the course that was before it, and why it is held back (None: it is not)."""

    case: Case
    verdict: Verdict
    before: Course | None
    held: Held | None

    @property
    def rank(self) -> tuple[int, float]:
        return RANK[self.case.severity], self.case.finding.z


def settle(
    db: sqlite3.Connection, settings: Settings, brand: str, cases: Sequence[Case], now: datetime
) -> list[int]:
    """Let the findings move the brand's incident; return its number if it speaks."""
    shadowing.settle(db, settings, brand, [case for case in cases if case.rule.shadow], now)
    loud = [case for case in cases if not case.rule.shadow]
    if not loud:
        return []
    saved = incidents.latest_of(db, brand)
    course, every = _lived(db, settings, saved.course if saved else None, loud, now)
    spoken = [judged for judged in every if judged.verdict in SPEAKING]
    told = [judged for judged in spoken if judged.held is None]
    kept = [judged for judged in spoken if judged.held is not None]
    changed = saved
    if told:
        changed = _speak(db, settings, brand, saved, course, spoken, told, now)
        announce(db, settings, changed, changed.events[-1:], now)
    if kept and course.held is not None:
        changed = _speak(db, settings, brand, changed, course, [] if told else spoken, kept, now)
    if changed is None:
        return []
    if not spoken:
        _joined(db, changed, course, every, now)
    for judged in spoken:
        _keep(db, settings, brand, changed.id, judged, now)
    return [changed.id] if told else []


def _lived(
    db: sqlite3.Connection, settings: Settings, course: Course | None, cases: Sequence[Case], now: datetime
) -> tuple[Course, list[Judged]]:
    """Return the course after all of the cases, and what each of them does to it."""
    every = []
    for case in cases:
        before, finding, rank = course, case.finding, RANK[case.severity]
        _, verdict = life.after(before, finding.at, finding.z, rank, finding.code)
        opens = verdict in OPENING or (before is not None and before.severity == life.UNTOLD)
        held = restrained(db, settings, case.rule, case.severity, now, opens=opens)
        lives = life.held if held else life.after
        course, verdict = lives(before, finding.at, finding.z, rank, finding.code)
        every.append(Judged(case, verdict, before, held))
    assert course is not None
    return course, every


def _speak(
    db: sqlite3.Connection,
    settings: Settings,
    brand: str,
    saved: Saved | None,
    course: Course,
    spoken: Sequence[Judged],
    same: Sequence[Judged],
    now: datetime,
) -> Saved:
    """Write one event for what this run found, however many findings spoke: the worst of the same kind.

    `spoken` are the findings among which the one that opened the incident may be.
    """
    worst = max(same, key=lambda judged: judged.rank)
    opened = [judged for judged in spoken if judged.verdict in OPENING]
    numbers = _numbers(db, settings, brand, worst.case, now)
    data = _data(settings, saved, worst, numbers, opened)
    if any(judged.verdict is Verdict.OPEN for judged in opened):
        event = Event("opened", now, data=data)
        return incidents.create(db, brand, worst.case.rule.name, [event], numbers, course)
    assert saved is not None
    what = "relapsed" if opened else "worsened"
    if not opened and worst.held is None and saved.incident.held and course.held is None:
        what, data = "released", {**why(saved), **data}
        numbers["held"] = told_facts(saved, now)["held"]
    return incidents.append(db, saved, [Event(what, now, data=data)], facts=numbers, course=course)


def _numbers(
    db: sqlite3.Connection, settings: Settings, brand: str, case: Case, now: datetime
) -> dict[str, Any]:
    late = is_late(settings, case, now)
    numbers = telling.facts(db, brand, case.rule, case.finding, late=late, now=now)
    numbers |= case.told()
    numbers["figures"] = briefing.figures(case.rule, case.finding)
    numbers["at"] = text(min(case.finding.at, now))
    return numbers


def _data(
    settings: Settings, saved: Saved | None, worst: Judged, numbers: dict[str, Any], opened: Sequence[Judged]
) -> dict[str, Any]:
    """Return what an event says of the finding that speaks, with what starts once it is told."""
    case = worst.case
    data: dict[str, Any] = {"severity": case.severity, "rule": case.rule.name}
    data |= {key: numbers[key] for key in ("on", "z", "observed", "expected", "span_seconds", "figures")}
    if case.severity != "watch" and (opened or saved is None or _starts(saved, case)):
        data["playbook"] = to_json(settings.playbooks[case.rule.playbook])
    if worst.held is not None:
        data |= again(worst.held, case.rule.name)
    if any(judged.before and judged.before.is_hot(judged.case.finding.at) for judged in opened):
        data["calm"] = False
    return data


def _starts(saved: Saved, case: Case) -> bool:
    """Tell whether a playbook begins with a case, or joins: what is as bad as before brings no new steps."""
    return saved.incident.started_at is None or RANK[case.severity] > RANK[saved.incident.severity]


def _joined(
    db: sqlite3.Connection, saved: Saved, course: Course, every: Sequence[Judged], now: datetime
) -> None:
    """Take down what says nothing new. What is held back waits for the first rule that may tell it."""
    held = saved.incident.held
    sooner = [
        (judged.held.until, judged)
        for judged in every
        if held
        and judged.held
        and judged.held.until < held.until
        and judged.rank[0] >= RANK[saved.incident.severity]
    ]
    if not sooner:
        if course != saved.course:
            incidents.feed(db, saved, course)
        return
    _, first = min(sooner, key=lambda item: item[0])
    assert first.held is not None
    data = again(first.held, first.case.rule.name)
    incidents.append(db, saved, [Event("held", now, data=data)], course=course)


def _keep(
    db: sqlite3.Connection, settings: Settings, brand: str, number: int, judged: Judged, now: datetime
) -> None:
    """Freeze a finding that spoke, or that would have if it were not held back."""
    query = next((b.query for b in settings.brands if b.name == brand), "")
    case, verdict = judged.case, judged.verdict.value
    frozen = proof.frozen(db, brand, case, query, verdict, judged.before)
    if judged.held is not None:
        frozen["held"] = {"why": judged.held.why, "until": text(judged.held.until)}
    incidents.find(db, number, case.rule.name, case.finding.at, now, verdict, frozen)


def is_late(settings: Settings, case: Case, now: datetime) -> bool:
    """Tell whether a finding lies further back than polling the sources it was judged on explains."""
    paces = [s.every for s in settings.sources if case.shares.get(s.name)] or [
        s.every for s in settings.sources
    ]
    return now - case.finding.at > max(LATE, 2 * max(paces, default=timedelta(0)))
