"""What becomes of findings: they move the brand's incident, and what speaks is told.

All of it is done in the judge's one transaction.
"""

from __future__ import annotations

import sqlite3
from collections.abc import Sequence
from dataclasses import replace
from datetime import datetime, timedelta
from typing import Any

from listener import proof, telling
from listener.announce import announce
from listener.config import Settings
from listener.evidence import Case
from listener.store import incidents
from listener.store.incidents import RANK, Saved
from listener.store.times import text
from rules import life
from rules.incident import Event
from rules.life import Course, Verdict
from rules.playbook import to_json
from rules.triggers import Finding

LATE = timedelta(minutes=30)
SPEAKING = (Verdict.OPEN, Verdict.RELAPSE, Verdict.WORSEN)


def settle(
    db: sqlite3.Connection, settings: Settings, brand: str, cases: Sequence[Case], now: datetime
) -> list[int]:
    """Let the findings move the brand's incident; return its number if it speaks."""
    saved = incidents.latest_of(db, brand)
    course = saved.course if saved else None
    told: list[tuple[Verdict, Case]] = []
    for case in cases:
        course, verdict = life.after(course, case.finding.at, case.finding.z, RANK[case.severity])
        if verdict in SPEAKING:
            told.append((verdict, case))
    assert course is not None
    if not told:
        if saved is not None and course != saved.course:
            incidents.feed(db, saved, course)
        return []
    return [_speak(db, settings, brand, saved, course, told, now)]


def _speak(
    db: sqlite3.Connection,
    settings: Settings,
    brand: str,
    saved: Saved | None,
    course: Course,
    told: Sequence[tuple[Verdict, Case]],
    now: datetime,
) -> int:
    """Say once what this run found, however many findings spoke: the worst of them."""
    verdicts = [verdict for verdict, _ in told]
    case = max((c for _, c in told), key=lambda c: (RANK[c.severity], c.finding.z))
    numbers = telling.facts(db, brand, case.rule, case.finding, late=is_late(settings, case.finding, now))
    numbers |= {"negative_share": case.negative_share, "gate": case.gate}
    numbers["at"] = text(min(case.finding.at, now))
    data: dict[str, Any] = {"severity": case.severity, "rule": case.rule.name}
    data |= {key: numbers[key] for key in ("on", "z", "observed", "expected", "span_seconds")}
    if case.severity != "watch":
        data["playbook"] = to_json(settings.playbooks[case.rule.playbook])
    course = replace(course, severity=max(course.severity, RANK[case.severity]))
    if Verdict.OPEN in verdicts:
        event = Event("opened", now, data=data)
        changed = incidents.create(db, brand, case.rule.name, [event], numbers, course)
    else:
        assert saved is not None
        relapsed = Verdict.RELAPSE in verdicts
        event = Event("relapsed" if relapsed else "worsened", now, data=data)
        changed = incidents.append(db, saved, [event], facts=numbers, course=course)
    for verdict, spoken in told:
        frozen = proof.frozen(db, brand, spoken)
        incidents.find(db, changed.id, spoken.rule.name, spoken.finding.at, now, verdict.value, frozen)
    announce(db, settings, changed, [event], now)
    return changed.id


def is_late(settings: Settings, finding: Finding, now: datetime) -> bool:
    """Tell whether a finding lies further back than polling alone explains."""
    slowest = max((s.every for s in settings.sources), default=timedelta(0))
    return now - finding.at > max(LATE, 2 * slowest)
