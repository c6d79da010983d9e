"""Visits that found nothing new: most of all visits, so their books are kept many at a time.

Such a visit moves three times and the span that was heard, and nothing else of its source.
"""

from __future__ import annotations

import sqlite3
from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import datetime

from listener.hearing import Outcome
from listener.store import counts, sources
from listener.store.sources import State
from listener.store.times import minute


@dataclass(frozen=True, slots=True)
class Still:
    """A visit that found nothing new, how its source stood before, and when it is due again."""

    outcome: Outcome
    state: State
    due_at: datetime


def is_still(outcome: Outcome, state: State) -> bool:
    """Whether a visit leaves all of a source that is well as it was, but for the time."""
    page, stands = outcome.page, state.standing
    if page is None or not outcome.unchanged or state.status != "ok" or state.detail:
        return False
    if page.mentions or page.spoiled or page.gap or page.more or page.wait or page.why or outcome.moved_to:
        return False
    if page.cursor is None or page.cursor != state.cursor or page.rung not in ("", state.rung):
        return False
    if stands.pace or stands.odd or stands.moved_to or stands.moved_times or stands.moved_failed:
        return False
    return state.last_ok_at is not None and _same(outcome, state)


def _same(outcome: Outcome, state: State) -> bool:
    """Whether it was asked if something has changed, and will be asked by the same marks again."""
    known, found = state.validators, outcome.validators
    if not known or len(known) != len(found):
        return False
    for address, value in found.items():
        held = known.get(address)
        if held is None or value.etag != held.get("etag") or value.modified != held.get("modified"):
            return False
        if not value.etag and not value.modified:
            return False
    return True


def keep(db: sqlite3.Connection, still: Sequence[Still], now: datetime) -> None:
    """Take the visits down, in the transaction of whoever calls."""
    sources.unchanged(db, [(s.state.name, s.due_at) for s in still], now)
    spans = []
    for visit in still:
        heard = visit.state.last_ok_at
        assert heard is not None
        since = minute(max(heard, visit.state.first_ok_at or heard))
        spans.append((visit.state.name, since, minute(visit.outcome.started_at)))
    counts.heard_on(db, spans)


def after(visit: Still, now: datetime) -> State:
    """Return how the source stands after it."""
    return replace(visit.state, last_visit_at=now, last_ok_at=now, due_at=visit.due_at)
