"""Visiting the sources: what is due is asked, and what comes home is stored in one transaction.

A page, what it adds to the counts, the cursor, the span that was heard and the time of the
next visit are kept together or not at all. Pages of many visits may share a transaction.
"""

from __future__ import annotations

import hashlib
import logging
import queue
import sqlite3
from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from datetime import datetime, timedelta

from connectors import Page, SourceGarbled, SourceRefused, SourceUnavailable
from listener.config import Settings, Source
from listener.hearing import Ears, Outcome, Validators, Visit, next_visit
from listener.intake import Intake, unheard
from listener.store import Store, counts, forgotten, mentions, sources
from listener.store.mentions import Row
from listener.store.sources import State
from listener.store.times import minute

log = logging.getLogger("listener.poll")
MOST_AT_ONCE = 128
LINGER_SECONDS = 0.005
SOONEST = timedelta(seconds=1)
AFTER_FULL_DISK = timedelta(seconds=30)


@dataclass(frozen=True, slots=True)
class Visited:
    """What one visit came to. `status`: ok, failing (later), refused (a person), garbled (us)."""

    source: str
    status: str
    heard: int
    new: int
    matched: int
    spoiled: int
    next_at: datetime
    detail: str = ""


class Poller:
    """Keeps visits going: `start` asks, `settle` stores what has come home.

    `start` and `settle` may run on different threads. `spread` gives a number from 0 to 1
    for the jitter of the next try.
    """

    def __init__(
        self, store: Store, ears: Ears, intake: Intake, settings: Settings, spread: Callable[[], float]
    ) -> None:
        self._store, self._ears, self._spread = store, ears, spread
        self._home: queue.SimpleQueue[Outcome] = queue.SimpleQueue()
        # As each was when its visit began; None where a new configuration may have changed it since.
        self._out: dict[str, State | None] = {}
        self._not_before: dict[str, datetime] = {}
        self.configure(settings, intake)

    def configure(self, settings: Settings, intake: Intake) -> None:
        """Go by a configuration from now on; its sources are made known to the store."""
        with self._store.write() as db:
            kinds = {s.name: s.kind for s in settings.sources}
            sources.register(db, kinds, {s.name: _about(s) for s in settings.sources})
        self._intake = intake
        self._sources = {s.name: s for s in settings.sources}
        self._keeps = settings.privacy.keep
        self._out = dict.fromkeys(self._out)

    @property
    def out(self) -> int:
        """How many visits have not come home yet."""
        return len(self._out)

    def start(self, now: datetime, names: Sequence[str] | None = None) -> int:
        """Begin the visits that are due, or those of the named sources; return how many."""
        wanted = [s for s in self._sources.values() if not s.pause] if names is None else self._named(names)
        with self._store.read() as db:
            asked = [s.name for s in wanted]
            states = sources.due(db, asked, now) if names is None else sources.all_of(db, asked)
        begun = 0
        for state in states:
            if state.name in self._out or self._not_before.get(state.name, now) > now:
                continue
            self._out[state.name] = state
            self._ears.visit(_visit(self._sources[state.name], state, now), self._home.put)
            begun += 1
        return begun

    def _named(self, names: Sequence[str]) -> list[Source]:
        return [self._sources[name] for name in names]

    def settle(self, now: Callable[[], datetime], wait_seconds: float) -> list[Visited]:
        """Store what has come home, all of it in one transaction; wait that long for the first."""
        outcomes = self._come_home(wait_seconds)
        try:
            return self._stored([o for o in outcomes if o.source in self._sources], now)
        finally:
            for outcome in outcomes:
                self._out.pop(outcome.source, None)

    def _stored(self, outcomes: Sequence[Outcome], now: Callable[[], datetime]) -> list[Visited]:
        """Store the outcomes together; a page that we choke on costs no other source its own."""
        if not outcomes:
            return []
        try:
            return self._keep(outcomes, now())
        except sqlite3.Error as error:
            # Nothing is lost: the cursors stand where they were, and the pages are asked for again.
            log.error("store full or broken, visits wait error=%s", error)
            for outcome in outcomes:
                self._not_before[outcome.source] = now() + AFTER_FULL_DISK
            return []
        except Exception as bug:
            if len(outcomes) > 1:
                return [visited for outcome in outcomes for visited in self._stored([outcome], now)]
            log.exception("bug source=%s", outcomes[0].source)
            garbled = SourceGarbled(f"its page cannot be stored: {type(bug).__name__}")
            return self._keep([replace(outcomes[0], page=None, error=garbled)], now())

    def _come_home(self, wait_seconds: float) -> list[Outcome]:
        outcomes: list[Outcome] = []
        try:
            outcomes.append(self._home.get(timeout=wait_seconds) if wait_seconds else self._home.get_nowait())
            while len(outcomes) < min(MOST_AT_ONCE, len(self._out)):
                # A commit costs more than a moment's wait for those that are about to come.
                outcomes.append(self._home.get(timeout=LINGER_SECONDS))
        except queue.Empty:
            pass
        return outcomes

    def _keep(self, outcomes: Sequence[Outcome], now: datetime) -> list[Visited]:
        with self._store.read() as db:
            states = self._states(db, [o.source for o in outcomes])
            known = forgotten.number(db)
            read = [(o, *self._rows(db, o, states[o.source], now)) for o in outcomes]
        with self._store.write() as db:
            if forgotten.number(db) != known:
                # Somebody was forgotten while these pages were being read.
                read = [(o, *self._rows(db, o, states[o.source], now)) for o in outcomes]
            return [self._settled(db, o, rows, spoiled, states[o.source], now) for o, rows, spoiled in read]

    def _states(self, db: sqlite3.Connection, names: Sequence[str]) -> dict[str, State]:
        """Return the sources as they were when they were asked: nobody but us changes them meanwhile."""
        kept = {name: state for name in names if (state := self._out.get(name))}
        return kept | {s.name: s for s in sources.all_of(db, [name for name in names if name not in kept])}

    def _rows(
        self, db: sqlite3.Connection, outcome: Outcome, state: State, now: datetime
    ) -> tuple[list[Row], int]:
        """Return what is to be stored of a page, and how many of its mentions cannot be read."""
        rows: list[Row] = []
        spoiled = 0
        if outcome.page is None or not outcome.page.mentions:
            return rows, spoiled
        first_visit, kept_out = state.last_ok_at is None, forgotten.of(db, outcome.source)
        for mention in unheard(db, outcome.source, outcome.page.mentions):
            # What is kept no longer would be forgotten within the hour, heard again, and counted again.
            if mention.published_at is not None and mention.published_at < now - self._keeps:
                continue
            try:
                row = self._intake.row(mention, now, first_visit=first_visit, kept_out=kept_out)
            except Exception:
                spoiled += 1
                log.exception("bug source=%s mention=%s", outcome.source, mention.id[:80])
                continue
            if row is not None:
                rows.append(row)
        return rows, spoiled

    def _settled(
        self,
        db: sqlite3.Connection,
        outcome: Outcome,
        rows: Sequence[Row],
        spoiled: int,
        state: State,
        now: datetime,
    ) -> Visited:
        """Keep what one visit came to; `spoiled` of its mentions cannot be read by us."""
        source = self._sources[outcome.source]
        if outcome.page is None:
            return self._failed(db, outcome, source, state, now)
        page, first_visit = outcome.page, state.last_ok_at is None
        spoiled += page.spoiled
        new = mentions.add(db, source.name, rows, now, history=first_visit)
        due_at = max(now + SOONEST, outcome.started_at + source.every)
        detail = f"moved to {outcome.moved_to}" if outcome.moved_to else ""
        sources.succeeded(
            db,
            source.name,
            cursor=page.cursor,
            validators={
                url: {"etag": v.etag, "modified": v.modified} for url, v in outcome.validators.items()
            },
            now=now,
            due_at=due_at,
            status="ok",
            detail=detail,
            rung=page.rung,
            heard=len(page.mentions),
            stored=new,
            spoiled=spoiled,
            moved_to=outcome.moved_to,
        )
        first, last = _heard(page, outcome, state)
        counts.heard(db, source.name, first, last)
        if state.status not in ("ok", "new"):
            log.info("source is back source=%s", source.name)
        heard = len(page.mentions)
        return Visited(source.name, "ok", heard, new, len(rows), spoiled, due_at, detail)

    def _failed(
        self, db: sqlite3.Connection, outcome: Outcome, source: Source, state: State, now: datetime
    ) -> Visited:
        error = outcome.error
        status = "garbled" if isinstance(error, SourceGarbled) else "failing"
        status = "refused" if isinstance(error, SourceRefused) else status
        wait = error.retry_after if isinstance(error, SourceUnavailable) else None
        refused = status == "refused"
        due_at = next_visit(now, source.every, state.fails + 1, wait, self._spread(), refused=refused)
        sources.failed(db, source.name, status=status, detail=str(error)[:500], now=now, due_at=due_at)
        if state.status != status:
            log.warning("source is %s source=%s detail=%s", status, source.name, str(error)[:300])
        return Visited(source.name, status, 0, 0, 0, 0, due_at, str(error)[:500])


def _about(source: Source) -> str:
    """Return a mark of what a source is asked for; secrets show in it only as being there."""
    return hashlib.sha256(repr(source.options).encode()).hexdigest()[:16]


def _visit(source: Source, state: State, now: datetime) -> Visit:
    """Return what to ask; once a day (UTC) everything, for servers that always say "not changed"."""
    today = state.last_ok_at is not None and state.last_ok_at.date() == now.date()
    validators = {url: Validators(**value) for url, value in state.validators.items()} if today else {}
    return Visit(source.name, source.kind, source.options, state.cursor, validators, source.private)


def _heard(page: Page, outcome: Outcome, state: State) -> tuple[int, int]:
    """Return the minutes in which nothing can be missing: since the last visit, and as the page says.

    A page without an overlap says nothing of the time before it. What came before a first
    visit was not listened to, whatever the page says.
    """
    until = outcome.started_at
    if state.last_ok_at is None:
        return minute(until), minute(until)
    since = state.last_ok_at if outcome.unchanged else page.since
    if since is None:
        return minute(until), minute(until)
    return minute(min(since, state.last_ok_at)), minute(until)
