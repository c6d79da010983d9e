"""Visiting the sources: what is due is asked, and what comes home is stored in one transaction.

A page, what it adds to the counts, the cursor, the span that was heard and the time of the
next visit are kept together or not at all. Pages of many visits may share a transaction.
"""

from __future__ import annotations

import hashlib
import logging
import queue
import re
import sqlite3
import threading
import time
from collections import deque
from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from itertools import compress
from operator import not_

from connectors import SourceGarbled, SourceRefused, SourceUnavailable
from listener import standing, still
from listener.config import Settings, Source
from listener.hearing import Ears, Outcome, Validators, Visit, clamped, next_visit
from listener.intake import Intake
from listener.still import Steady, Still
from listener.store import Store, counts, forgotten, mentions, sources
from listener.store.mentions import Row
from listener.store.sources import NEVER, Standing, State
from listener.store.times import text

log = logging.getLogger("listener.poll")
# What is asked and not yet stored takes memory: the rest of what is due waits in the store.
MOST_OUT = 800
MOST_AT_ONCE = 400
LINGER_SECONDS = 0.02
SOONEST = timedelta(seconds=1)
EARLY = 0.04
AFTER_FULL_DISK = timedelta(seconds=30)
MOST_MORE = 100
GONE = re.compile(r"\banswered 410\b")


@dataclass(frozen=True, slots=True)
class Visited:
    """What one visit came to. `status`: ok, failing (later), refused (a person), garbled (us), gone.

    What is gone for good is not visited any more: its `next_at` is `sources.NEVER`.
    """

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
        self._out: dict[str, State | Steady | None] = {}
        self._not_before: dict[str, datetime] = {}
        self._more: dict[str, int] = {}
        self._starting = threading.Lock()
        # What was due when there was no room for it, and since when.
        self._left: deque[tuple[str, str]] = deque()
        self._steady: dict[str, Steady] = {}
        self._read: dict[str, tuple[str, State]] = {}
        self.configure(settings, intake)

    def configure(self, settings: Settings, intake: Intake) -> None:
        """Go by a configuration from now on; its sources are made known to the store."""
        with self._store.write() as db:
            kinds = {s.name: s.kind for s in settings.sources}
            sources.register(db, kinds, {s.name: _about(s) for s in settings.sources})
            standing.time_again(db, settings)
        self._intake = intake
        self._patience = {s.name: standing.patience(settings, s.name) for s in settings.sources}
        self._sources = {s.name: s for s in settings.sources}
        called = {kind: standing.is_called(kind) for kind in {s.kind for s in settings.sources}}
        self._called = frozenset(s.name for s in settings.sources if called[s.kind])
        self._regular = frozenset(
            s.name for s in settings.sources if not s.pause and s.name not in self._called
        )
        self._out = dict.fromkeys(self._out)
        self._steady, self._read = {}, {}
        self._left.clear()

    @property
    def out(self) -> int:
        """How many visits have not come home yet."""
        return len(self._out)

    def start(self, now: datetime, names: Sequence[str] | None = None) -> int:
        """Begin the visits that are due, or those of the named sources; return how many."""
        with self._starting, self._store.read() as db:
            return self._started(db, now, names)

    def _started(self, db: sqlite3.Connection, now: datetime, names: Sequence[str] | None) -> int:
        if names is None:
            states: Sequence[State | Steady] = self._due_now(db, now)
        else:
            asked = [name for name in names if name in self._sources and name not in self._called]
            states = sources.all_of(db, asked)
        return sum(self._began(state, now) for state in states)

    def _began(self, state: State | Steady, now: datetime) -> bool:
        """Begin a visit, unless one is under way or it is too early."""
        name = state.name
        if name in self._out or self._not_before.get(name, now) > now:
            return False
        if isinstance(state, Steady):
            if state.heard_at.date() == now.date():
                self._out[name] = state
                self._ears.visit(state.visit, self._home.put)
                return True
            state = state.state
        if state.validators and not _same_day(state, now):
            state = replace(state, validators={})
        self._out[name] = state
        self._ears.visit(_visit(self._sources[name], state, now), self._home.put)
        return True

    def _due_now(self, db: sqlite3.Connection, now: datetime) -> list[State | Steady]:
        """Return what may begin of the sources that are due, longest waiting first."""
        room = MOST_OUT - len(self._out)
        if room <= 0:
            self._left = self._left or deque(sources.waiting(db, now))
            return []
        self._left = deque(sources.waiting(db, now))
        return self._known(db, self._first_left(room, now))

    def _refill(self, now: datetime) -> None:
        """Begin what was left, as far as there is room now."""
        with self._starting, self._store.read() as db:
            left = self._first_left(MOST_OUT - len(self._out), now)
            # Another process may have had a hand in it meanwhile: then it is due at another time.
            since = sources.due_since(db, [name for name, _ in left])
            for state in self._known(db, [due for due in left if since.get(due[0]) == due[1]]):
                self._began(state, now)

    def _first_left(self, room: int, now: datetime) -> list[tuple[str, str]]:
        found: list[tuple[str, str]] = []
        while self._left and len(found) < room:
            due = self._left.popleft()
            name = due[0]
            if name in self._regular and name not in self._out and self._not_before.get(name, now) <= now:
                found.append(due)
        return found

    def _known(self, db: sqlite3.Connection, due: Sequence[tuple[str, str]]) -> list[State | Steady]:
        """Return how sources stand; those that are as they were when last visited are not read again."""
        known: dict[str, State | Steady] = {}
        for name, since in due:
            if (steady := self._steady.pop(name, None)) and steady.due == since:
                known[name] = steady
            elif (read := self._read.pop(name, None)) and read[0] == since:
                known[name] = read[1]
        known |= {s.name: s for s in sources.all_of(db, [name for name, _ in due if name not in known])}
        return [known[name] for name, _ in due if name in known]

    def settle(self, now: Callable[[], datetime], wait_seconds: float) -> list[Visited]:
        """Store what has come home, all of it in one transaction; wait that long for the first."""
        outcomes = self._come_home(wait_seconds)
        try:
            return self._stored([o for o in outcomes if o.source in self._sources], now)
        finally:
            for outcome in outcomes:
                self._out.pop(outcome.source, None)
            if self._left and outcomes:
                self._refill(now())

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
            if len(self._out) > 1:
                # A commit costs more than a moment's wait for those that are about to come.
                time.sleep(LINGER_SECONDS)
            while len(outcomes) < MOST_AT_ONCE:
                outcomes.append(self._home.get_nowait())
        except queue.Empty:
            pass
        return outcomes

    def _keep(self, outcomes: Sequence[Outcome], now: datetime) -> list[Visited]:
        with self._store.read() as db:
            same, outcomes = self._same(outcomes, now)
            states = self._states(db, [o.source for o in outcomes])
            others: list[Outcome] = []
            for outcome in outcomes:
                if still.is_still(outcome, state := states[outcome.source]):
                    same.append(self._still(self._become_steady(outcome, state, now), outcome, now))
                else:
                    others.append(outcome)
            known = forgotten.number(db)
            read = [(o, *self._rows(db, o, states[o.source], now)) for o in others]
        with self._store.write() as db:
            if forgotten.number(db) != known:
                # Somebody was forgotten while these pages were being read.
                read = [(o, *self._rows(db, o, states[o.source], now)) for o in others]
            found = [self._settled(db, o, rows, spoiled, states[o.source], now) for o, rows, spoiled in read]
            still.keep(db, same, now)
        for visit in same:
            still.over(visit, now)
            self._steady[visit.source] = visit.steady
            found.append(Visited(visit.source, "ok", 0, 0, 0, 0, visit.due_at))
        return found

    def _same(self, outcomes: Sequence[Outcome], now: datetime) -> tuple[list[Still], list[Outcome]]:
        """Return the visits that were held just as the time before, and the others."""
        same: list[Still] = []
        others: list[Outcome] = []
        for outcome in outcomes:
            steady = self._out.get(outcome.source)
            if isinstance(steady, Steady) and still.is_same(outcome, steady):
                same.append(self._still(steady, outcome, now))
            else:
                others.append(outcome)
        return same, others

    def _become_steady(self, outcome: Outcome, state: State, now: datetime) -> Steady:
        source = self._sources[outcome.source]
        pace = standing.pace_of(source, state.standing)
        return Steady(state, replace(_visit(source, state, now), again=outcome.again), pace.total_seconds())

    def _still(self, steady: Steady, outcome: Outcome, now: datetime) -> Still:
        return Still(outcome.source, steady, outcome.started_at, self._beat(outcome, steady.pace, now))

    def _states(self, db: sqlite3.Connection, names: Sequence[str]) -> dict[str, State]:
        """Return the sources as they were when they were asked: nobody but us changes them meanwhile."""
        kept = {
            name: known.state if isinstance(known, Steady) else known
            for name in names
            if (known := self._out.get(name))
        }
        return kept | {s.name: s for s in sources.all_of(db, [name for name in names if name not in kept])}

    def _rows(
        self, db: sqlite3.Connection, outcome: Outcome, state: State, now: datetime
    ) -> tuple[list[Row], int]:
        """Return what is to be stored of a page, and how many of its mentions cannot be read."""
        if outcome.page is None or not outcome.page.mentions:
            return [], 0
        return self._intake.rows(
            db,
            outcome.source,
            outcome.page.mentions,
            now,
            first_visit=standing.is_opening(state),
            lump=standing.is_lump(self._sources[outcome.source], state, outcome),
        )

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
        source, page = self._sources[outcome.source], outcome.page
        if page is not None and outcome.unchanged and not _may_be_unchanged(state):
            error = SourceGarbled("it says that nothing has changed to whoever asks for everything")
            outcome, page = replace(outcome, page=None, error=error), None
        if page is None:
            return self._failed(db, outcome, source, state, now)
        spoiled += page.spoiled
        news, history = _parted(rows, state)
        new = mentions.add(db, source.name, history, now, history=True) if history else 0
        new += mentions.add(db, source.name, news, now) if news else 0
        stands = self._taught(db, source, outcome, spoiled, state, now)
        due_at = self._due(source, outcome, stands, now)
        detail = f"moved to {outcome.moved_to}" if outcome.moved_to else ""
        after = sources.succeeded(
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
            rung=page.rung or state.rung,
            heard=len(page.mentions),
            stored=new,
            spoiled=spoiled,
            standing=stands,
            was=state,
        )
        if after is not None:
            # It is known by when it is due: if this is not committed nobody goes by it.
            self._read[source.name] = text(due_at), after
        if (missing := standing.gap(page, outcome, state)) is not None:
            counts.unheard(db, source.name, *missing)
        lump = standing.is_lump(source, state, outcome)
        counts.heard(db, source.name, *standing.heard(page, outcome, state, odd=bool(stands.odd), lump=lump))
        if state.status not in ("ok", "new"):
            log.info("source is back source=%s", source.name)
        heard = len(page.mentions)
        return Visited(source.name, "ok", heard, new, len(rows), spoiled, due_at, detail)

    def _taught(
        self,
        db: sqlite3.Connection,
        source: Source,
        outcome: Outcome,
        spoiled: int,
        state: State,
        now: datetime,
    ) -> Standing:
        """Return how the source stands now, and take its rhythm down where something arrived."""
        page, fresh, quiet_at = outcome.page, 0.0, state.standing.quiet_at
        assert page is not None
        if page.mentions and (page.cursor is None or page.cursor != state.cursor):
            kept, seen = sources.rhythm(db, source.name)
            arrived = standing.arrived(page.mentions, seen, now)
            if arrived.at:
                kept, quiet_at = standing.quiet_at(kept, arrived.at, self._patience[source.name])
                sources.keep_rhythm(db, source.name, kept, arrived.seen)
            fresh = arrived.fresh
        return replace(standing.after(source, state, page, outcome, spoiled, fresh), quiet_at=quiet_at)

    def _due(self, source: Source, outcome: Outcome, stands: Standing, now: datetime) -> datetime:
        """Return when to come again: by the pace, or as the source asks, within bounds."""
        page = outcome.page
        assert page is not None
        due_at = self._beat(outcome, standing.pace_of(source, stands).total_seconds(), now)
        if page.more and self._more.get(source.name, 0) < MOST_MORE:
            self._more[source.name] = self._more.get(source.name, 0) + 1
            due_at = now + SOONEST
        elif source.name in self._more:
            del self._more[source.name]
        return due_at if page.wait is None else max(due_at, now + _rest(page.wait))

    def _beat(self, outcome: Outcome, pace: float, now: datetime) -> datetime:
        """Return when the pace brings the next visit: sooner by a little, and not always by as much.

        So sources that were asked together drift apart.
        """
        seconds = pace * (1 - EARLY * abs(2 * self._spread() - 1))
        return max(now + SOONEST, outcome.started_at + timedelta(seconds=seconds))

    def _failed(
        self, db: sqlite3.Connection, outcome: Outcome, source: Source, state: State, now: datetime
    ) -> Visited:
        error = outcome.error
        status = _status(error)
        asked_for = error.retry_after if isinstance(error, SourceUnavailable) else None
        wait = None if asked_for is None else _rest(asked_for)
        if standing.address(source, state, outcome.started_at):
            # It has moved, and is not to be had there: it is asked where it was before.
            due_at = now + (wait or SOONEST)
            sources.not_there(db, source.name, now, due_at)
            detail = f"not to be had where it has moved to: {error}"[:500]
            return Visited(source.name, status, 0, 0, 0, 0, due_at, detail)
        refused = status == "refused"
        due_at = next_visit(now, source.every, state.fails + 1, wait, self._spread(), refused=refused)
        due_at = NEVER if status == "gone" else due_at
        sources.failed(db, source.name, status=status, detail=str(error)[:500], now=now, due_at=due_at)
        if state.status != status:
            log.warning("source is %s source=%s detail=%s", status, source.name, str(error)[:300])
        return Visited(source.name, status, 0, 0, 0, 0, due_at, str(error)[:500])


def _rest(wait: timedelta) -> timedelta:
    """Return how long to leave a source alone that asked for it, within bounds.

    Whoever starts visits may look a moment ahead: that moment is not the source's to lose.
    """
    return clamped(wait) + SOONEST


def _about(source: Source) -> str:
    """Return a mark of what a source is asked for; secrets show in it only as being there."""
    return hashlib.sha256(repr(source.options).encode()).hexdigest()[:16]


def _visit(source: Source, state: State, now: datetime) -> Visit:
    """Return what to ask: everything, where no validators of the last visit are left."""
    validators = {url: Validators(**value) for url, value in state.validators.items()}
    options = standing.asked(source, state, now)
    slow = state.fails > 0 and state.status == "failing"
    return Visit(source.name, source.kind, options, state.cursor, validators, source.private, slow)


def _parted(rows: Sequence[Row], state: State) -> tuple[Sequence[Row], Sequence[Row]]:
    """Return what of a page is news, and what was there before the source was first visited."""
    begun = state.first_ok_at
    if not standing.is_opening(state):
        return rows, ()
    if begun is None:
        return (), rows
    is_news = [row.published_at is not None and row.published_at > begun for row in rows]
    return list(compress(rows, is_news)), list(compress(rows, map(not_, is_news)))


def _same_day(state: State, now: datetime) -> bool:
    """Whether it was heard today (UTC): once a day it is asked for everything.

    For there are servers that always say "not changed".
    """
    return state.last_ok_at is not None and state.last_ok_at.date() == now.date()


def _may_be_unchanged(state: State) -> bool:
    """Whether it was asked if something has changed: unasked, "not changed" means nothing."""
    asked = any(value.get("etag") or value.get("modified") for value in state.validators.values())
    return asked and state.cursor is not None


def _status(error: Exception | None) -> str:
    if isinstance(error, SourceRefused):
        return "gone" if GONE.search(str(error)) else "refused"
    return "garbled" if isinstance(error, SourceGarbled) else "failing"
