"""Visits that found nothing new: most of all visits, so their books are kept many at a time.

Such a visit moves three times and the span that was heard, and nothing else of its source.
"""

from __future__ import annotations

import sqlite3
from collections.abc import Sequence
from dataclasses import replace
from datetime import datetime

from listener.hearing import Outcome, Visit
from listener.store import counts, sources
from listener.store.sources import State
from listener.store.times import maybe_text, minute, text


class Steady:
    """A source that is well, and nothing of which but its times has moved since its state was read.

    So it is asked again as it was asked before. `pace` is in seconds.
    """

    __slots__ = ("_read", "due", "due_at", "heard_at", "pace", "visit")

    def __init__(self, read: State, visit: Visit, pace: float) -> None:
        heard = read.last_ok_at
        assert heard is not None
        self._read, self.visit, self.pace = read, visit, pace
        self.heard_at, self.due_at = max(heard, read.first_ok_at or heard), read.due_at
        self.due = maybe_text(read.due_at)

    @property
    def name(self) -> str:
        return self._read.name

    @property
    def state(self) -> State:
        """How it stands."""
        at = self.heard_at
        return replace(self._read, last_visit_at=at, last_ok_at=at, due_at=self.due_at)


class Still:
    """A visit that found nothing new, and when the source is due again."""

    __slots__ = ("due", "due_at", "source", "started_at", "steady")

    def __init__(self, source: str, steady: Steady, started_at: datetime, due_at: datetime) -> None:
        self.source, self.steady, self.started_at, self.due_at = source, steady, started_at, due_at
        self.due = text(due_at)


def is_same(outcome: Outcome, steady: Steady) -> bool:
    """Whether a visit went just as the one before it, which found nothing new."""
    visit = steady.visit
    same = outcome.again is not None and outcome.again is visit.again and outcome.page is visit.again.page
    return same and outcome.unchanged and outcome.validators is visit.validators and not outcome.moved_to


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
    sources.unchanged(db, [(visit.source, visit.due) for visit in still], now)
    spans = [(visit.source, minute(visit.steady.heard_at), minute(visit.started_at)) for visit in still]
    counts.heard_on(db, spans)


def over(visit: Still, now: datetime) -> None:
    """Let the times of the source move on: what `keep` took down has been committed."""
    steady = visit.steady
    steady.heard_at, steady.due_at, steady.due = now, visit.due_at, visit.due
