"""What is pushed to us: read, matched and stored in one transaction, before the sender is told.

A push has no page that could overlap with the last one. So what can honestly be called heard is
the time between two pushes that were both taken while we listened without a break, one day at
most: the sender was there at both ends, and nothing it sent in between was turned away. An
empty list is a push too: it says that there was nothing.
"""

from __future__ import annotations

import logging
import sqlite3
from collections.abc import Callable, Sequence
from dataclasses import asdict, dataclass, replace
from datetime import datetime, timedelta
from threading import Lock

from connectors import Mention, Page, push
from listener import standing
from listener.config import Settings, Source
from listener.intake import Intake
from listener.store import Store, counts, forgotten, mentions, sources
from listener.store.sources import Standing, State
from listener.store.times import minute

log = logging.getLogger("listener.receiving")
KIND = "push"
LONGEST_SILENCE = timedelta(days=1)


@dataclass(frozen=True, slots=True)
class Received:
    """What a push came to; `matched` are those that were new to us and concern a brand."""

    heard: int
    new: int
    matched: int
    spoiled: int

    def to_json(self) -> dict[str, int]:
        return asdict(self)


class Receiver:
    """Takes pushes for the sources of the configuration in force; may be called from any thread.

    `make` returns the intake of a configuration; `stored` is called after a commit that brought
    something new.
    """

    def __init__(
        self,
        store: Store,
        settings: Callable[[], Settings],
        make: Callable[[Settings], Intake],
        now: Callable[[], datetime],
        stored: Callable[[], None] = lambda: None,
    ) -> None:
        self._store, self._settings, self._make, self._now, self._stored = store, settings, make, now, stored
        self._made: tuple[Settings, Intake] | None = None
        self._taken_at: dict[str, datetime] = {}
        self._lock = Lock()

    def source(self, name: str | None) -> Source | None:
        """Return the push source of that name; without a name the only one there is."""
        found = [s for s in self._settings().sources if s.kind == KIND and not s.pause]
        if name is None:
            return found[0] if len(found) == 1 else None
        return next((s for s in found if s.name == name), None)

    def take(self, source: Source, body: bytes, content_type: str) -> Received:
        """Store what a body holds.

        Raises SourceGarbled where it cannot be read and sqlite3.Error where it cannot be stored;
        nothing of it is then.
        """
        try:
            page = push.read(body, content_type)
            with self._lock:
                received = self._kept(source, page)
        except Exception:
            self._taken_at.pop(source.name, None)
            raise
        if received.new:
            self._stored()
        return received

    def _kept(self, source: Source, page: Page) -> Received:
        now, made = self._now(), self._intake(self._settings())
        with self._store.read() as db:
            known = forgotten.number(db)
            rows, spoiled = made.rows(db, source.name, page.mentions, now)
        with self._store.write() as db:
            if forgotten.number(db) != known:
                # Somebody was forgotten while this was being read.
                rows, spoiled = made.rows(db, source.name, page.mentions, now)
            new = mentions.add(db, source.name, rows, now)
            received = Received(len(page.mentions), new, len(rows), page.spoiled + spoiled)
            self._noted(db, source, page.mentions, received, now)
        self._taken_at[source.name] = now
        return received

    def _intake(self, settings: Settings) -> Intake:
        if self._made is None or self._made[0] is not settings:
            self._made = settings, self._make(settings)
        return self._made[1]

    def _noted(
        self,
        db: sqlite3.Connection,
        source: Source,
        found: Sequence[Mention],
        received: Received,
        now: datetime,
    ) -> None:
        """Take down the push as a visit, and the time since the last one as heard."""
        for state in sources.all_of(db, [source.name]):
            sources.succeeded(
                db,
                source.name,
                cursor=state.cursor,
                validators={},
                now=now,
                due_at=sources.NEVER,
                status="ok",
                detail="",
                rung="",
                heard=received.heard,
                stored=received.new,
                spoiled=received.spoiled,
                standing=self._standing(db, state, found, now),
            )
        last = self._taken_at.get(source.name)
        if last is not None and last < now <= last + LONGEST_SILENCE:
            counts.heard(db, source.name, minute(last), minute(now))

    def _standing(
        self, db: sqlite3.Connection, state: State, found: Sequence[Mention], now: datetime
    ) -> Standing:
        kept, seen = sources.rhythm(db, state.name)
        arrived = standing.arrived(found, seen, now)
        quiet_at = state.standing.quiet_at
        if arrived.at:
            asked = standing.patience(self._settings(), state.name)
            kept, quiet_at = standing.quiet_at(kept, arrived.at, asked)
            sources.keep_rhythm(db, state.name, kept, arrived.seen)
        return replace(state.standing, page_at=now, quiet_at=quiet_at)
