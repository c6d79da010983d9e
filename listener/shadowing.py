"""What a shadow rule finds: it lives a life of its own in the store, and nobody hears of it."""

from __future__ import annotations

import sqlite3
from collections.abc import Sequence
from datetime import datetime

from listener import proof
from listener.config import Settings
from listener.evidence import Case
from listener.store import shadows
from listener.store.incidents import RANK
from rules import life
from rules.life import Verdict


def settle(
    db: sqlite3.Connection, settings: Settings, brand: str, cases: Sequence[Case], now: datetime
) -> None:
    """Let findings of shadow rules move what would have been incidents of their own."""
    query = next((b.query for b in settings.brands if b.name == brand), "")
    for case in cases:
        kept = shadows.latest_of(db, brand, case.rule.name)
        before = kept.course if kept else None
        finding = case.finding
        course, verdict = life.after(before, finding.at, finding.z, RANK[case.severity], finding.code)
        if kept is not None and verdict in (Verdict.JOIN, Verdict.SILENT):
            shadows.feed(db, kept.id, course)
            continue
        frozen = proof.frozen(db, brand, case, query, verdict.value, before)
        if kept is None or verdict in (Verdict.OPEN, Verdict.RELAPSE):
            shadows.create(db, brand, case, now, verdict.value, frozen, course)
        else:
            shadows.worsen(db, kept, case, frozen, course)
