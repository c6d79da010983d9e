"""What ails the sources: each trouble is told once when it begins, and once when it is over.

One source has one card in the channel; what happens to it later goes into the card's
thread. Where many ail at once they are told together, and where nearly all do it is
our own network that is suspected, in one sentence. A trouble that was over before anybody
was told of it is not told at all.
"""

from __future__ import annotations

import sqlite3
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, fields
from datetime import datetime, timedelta
from statistics import median_low
from typing import Any
from urllib.parse import urlsplit

from connectors import link
from listener import standing
from listener.announce import main_way
from listener.config import Settings, Source
from listener.hearing import SURELY_REFUSED
from listener.silence import TROUBLE, Silences
from listener.store import Store, outbox, sources, troubles
from listener.store.sources import State
from listener.store.times import moment, text
from listener.store.troubles import ALL, UNTOLD, Trouble
from rules import rhythm

LONG = timedelta(minutes=30)
ROUNDS = 3
# Where a trouble comes and goes, its end is believed only after a while.
OFTEN, OFTEN_WITHIN, STEADY_AFTER = 3, timedelta(hours=24), timedelta(hours=6)
MOST_SINGLE, SINGLE_WITHIN = 5, timedelta(hours=1)
TOGETHER_AFTER, TOGETHER_EVERY = timedelta(minutes=10), timedelta(hours=1)
SHOWN_AGAIN_AFTER = timedelta(days=1)
OVERRUNS = 3
NETWORK = "network"
FEWEST_HOSTS, TRIED = 3, 2
WITHIN = timedelta(minutes=10)
PROBED_EVERY, PROBES, MOST_CALLED_BACK = timedelta(minutes=2), 5, 500
KEPT = timedelta(days=90)
# Troubles that keep a source from being heard at all: the later ones of them tell more.
UNHEARD = {"down": 1, "tls": 1, "garbled": 1, "refused": 2, "gone": 3}
ILL = "ill"
BAD = ("failing", "garbled", "refused")


@dataclass(frozen=True, slots=True)
class Report:
    """How many notices were written, and the sources that should be visited now."""

    told: int = 0
    soon: tuple[str, ...] = ()


class Sickbed:
    """Watches the sources of one configuration."""

    def __init__(self, settings: Settings) -> None:
        self._settings = settings
        called = {kind: standing.is_called(kind) for kind in {s.kind for s in settings.sources}}
        self._sources = {s.name: s for s in settings.sources if not s.pause and not called[s.kind]}
        self._silences = Silences(settings)
        self._silent: dict[str, dict[str, Any]] = {}
        self._probed_at: datetime | None = None

    def tend(self, store: Store, now: datetime) -> Report:
        """Decide what begins, what is over and what is told, in one transaction; nothing to do costs none."""
        with store.read() as db:
            self._silent = self._silences.found(db, _told_silent(db), now)
            if not self._changes(db, now) and not self._tellable(db, now):
                return Report(0, self._probes(db, now))
        with store.write() as db:
            calm = _network(db) is None
            changes = self._changes(db, now)
            for change in changes:
                _apply(db, change, now, main_way(self._settings))
            told = self._tell(db, now, [c.trouble.source for c in changes if c.what == "drop" and c.trouble])
            troubles.forget(db, now - KEPT)
            soon = self._probes(db, now) if calm or _network(db) else _called_back(db, self._sources)
        return Report(told, soon)

    # What has changed

    def _changes(self, db: sqlite3.Connection, now: datetime) -> list[Change]:
        known = troubles.open_ones(db)
        network = next((t for t in known if t.what == NETWORK), None)
        changes = self._network_changes(db, network, now)
        found = self._ailing(db, network, bool(changes) and network is None, now)
        found |= {name: {TROUBLE: facts} for name, facts in self._silent.items()}
        new = troubles.unvisited(db) if known else frozenset()
        by_source: dict[str, list[Trouble]] = {}
        for trouble in known:
            if trouble.source != ALL:
                by_source.setdefault(trouble.source, []).append(trouble)
        for name in sorted({*found, *by_source}):
            if name not in self._sources and not self._silences.knows(name):
                changes += [Change("drop", trouble=trouble) for trouble in by_source.get(name, ())]
            elif name not in new:
                changes += _compared(db, name, found.get(name, {}), by_source.get(name, ()), now)
        return changes

    def _ailing(
        self, db: sqlite3.Connection, network: Trouble | None, begins: bool, now: datetime
    ) -> dict[str, dict[str, dict[str, Any]]]:
        """Return source -> trouble -> its facts, of all that ails a source at the moment."""
        mended_at = troubles.last_mended(db, ALL, NETWORK)
        found: dict[str, dict[str, dict[str, Any]]] = {}
        for state in troubles.suspects(db, now):
            source = self._sources.get(state.name)
            if source is None:
                continue
            ails = ailments(state, source, now)
            if "silent" in ails:
                last_at = rhythm.read(sources.rhythm(db, state.name)[0]).last_at
                ails["silent"] = {"since": text(last_at)} if last_at else {}
            unseen = mended_at is not None and (state.last_visit_at or mended_at) <= mended_at
            if network is not None or begins or unseen:
                # What nobody can reach from here says nothing of itself.
                ails = {what if UNHEARD.get(what, 3) > 2 else ILL: facts for what, facts in ails.items()}
            if ails:
                found[state.name] = ails
        return found

    def _network_changes(
        self, db: sqlite3.Connection, network: Trouble | None, now: datetime
    ) -> list[Change]:
        visits = (
            [v for v in troubles.visited(db) if v[0] in self._sources] if network or self._many(db) else []
        )
        if network is None:
            facts = self._unreachable(visits) if visits else None
            return [Change("begin", ALL, NETWORK, facts)] if facts else []
        hosts = self._hosts(visits)
        bad = [host for host, all_of in hosts.items() if all(status in BAD for _, status, _, _ in all_of)]
        return [Change("mend", trouble=network)] if len(bad) * 2 <= len(hosts) else []

    def _many(self, db: sqlite3.Connection) -> bool:
        return len(self._sources) >= FEWEST_HOSTS and troubles.bad(db, TRIED) * 2 > len(self._sources)

    def _unreachable(self, visits: Sequence[Visit]) -> dict[str, Any] | None:
        """Return the facts where most hosts stopped answering within the same few minutes."""
        bad_since = [since for _, status, since, _ in visits if since and status in BAD]
        if not bad_since:
            return None
        middle = median_low(bad_since)
        hosts = self._hosts(visits)
        seen = {h: v for h, v in hosts.items() if any(at >= middle - WITHIN for *_, at in v)}
        bad = [host for host, all_of in seen.items() if all(_fell(one, middle) for one in all_of)]
        if len(bad) < FEWEST_HOSTS or len(bad) * 2 <= len(seen) or len(seen) * 2 < len(hosts):
            return None
        return {"hosts": len(bad), "of": len(hosts), "since": text(middle)}

    def _hosts(self, visits: Sequence[Visit]) -> dict[str, list[Visit]]:
        hosts: dict[str, list[Visit]] = {}
        for visit in visits:
            hosts.setdefault(_host(self._sources[visit[0]]), []).append(visit)
        return hosts

    def _probes(self, db: sqlite3.Connection, now: datetime) -> tuple[str, ...]:
        """Return a few sources to try while nothing can be reached: those not tried for longest."""
        if _network(db) is None or (self._probed_at and now - self._probed_at < PROBED_EVERY):
            return ()
        self._probed_at = now
        visits = sorted(troubles.visited(db), key=lambda visit: visit[3])
        return tuple(name for name, status, *_ in visits if name in self._sources and status in BAD)[:PROBES]

    # What is told

    def _tellable(self, db: sqlite3.Connection, now: datetime) -> bool:
        begun, over = _untold(db)
        return bool(begun or over) and (self._is_alone(db, begun, over, now) or _is_due(db, begun, over, now))

    def _is_alone(
        self, db: sqlite3.Connection, begun: Sequence[Trouble], over: Sequence[Trouble], now: datetime
    ) -> bool:
        used, _ = troubles.recent(db, now - SINGLE_WITHIN)
        mine = len({t.source for t in (*begun, *over) if t.source != ALL})
        return mine <= max(MOST_SINGLE - used, 0) or any(t.source == ALL for t in (*begun, *over))

    def _tell(self, db: sqlite3.Connection, now: datetime, dropped: Iterable[str]) -> int:
        """Write the notices of what nobody was told yet; return how many."""
        begun, over = _untold(db)
        pen = _Pen(db, self._settings, now)
        for source in dropped:
            pen.update(source)
        for trouble in begun:
            if trouble.source == ALL:
                pen.began(trouble)
        for trouble in over:
            if trouble.source == ALL:
                pen.ended(trouble)
        begun, over = ([t for t in found if t.source != ALL] for found in (begun, over))
        if not begun and not over:
            return pen.written
        if self._is_alone(db, begun, over, now):
            for trouble in begun:
                pen.began(trouble)
            for trouble in over:
                pen.ended(trouble)
        elif _is_due(db, begun, over, now):
            pen.together(begun, over)
        return pen.written


def _told_silent(db: sqlite3.Connection) -> dict[str, datetime]:
    """Return since when the brands are silent of which that is taken down."""
    return {
        t.source: moment(t.facts["since"])
        for t in troubles.open_ones(db)
        if t.what == TROUBLE and t.facts.get("since")
    }


# (name, status, first failure of a row of them, last visit)
Visit = tuple[str, str, datetime | None, datetime]


@dataclass(frozen=True, slots=True)
class Change:
    """One thing to take down: begin, well, ill again, mend, replace (by a worse one) or drop (silently)."""

    what: str
    source: str = ALL
    code: str = ""
    facts: Mapping[str, Any] | None = None
    trouble: Trouble | None = None


def ailments(state: State, source: Source, now: datetime) -> dict[str, dict[str, Any]]:
    """Return trouble -> its facts: all that ails a source by what its visits left."""
    found: dict[str, dict[str, Any]] = {}
    if (what := _unheard(state, source, now)) is not None:
        found[what] = {"detail": state.detail, "since": text(state.bad_since or now)}
    stands = state.standing
    if state.status == "ok" and _is_silent(state):
        found["silent"] = {}
    if stands.odd:
        found["shape"] = {}
    if stands.rung_lost:
        found["rung"] = {"lost": stands.rung_lost, "rung": state.rung, "detail": stands.why}
    if stands.moved(now):
        found["moved"] = {"to": shown(stands.moved_to)}
    if stands.overruns:
        # Begins with the third, and is over when there is room again.
        found["overrun"] = {"begins": stands.overruns >= OVERRUNS, "pace": source.quickest.total_seconds()}
    return found


def _unheard(state: State, source: Source, now: datetime) -> str | None:
    if state.status == "gone":
        return "gone"
    if state.status == "refused" and state.fails >= SURELY_REFUSED:
        return "refused"
    if state.status == "garbled" and state.fails >= SURELY_REFUSED:
        return "garbled"
    bad = state.status in BAD and state.fails >= TRIED and state.bad_since is not None
    if bad and state.bad_since is not None and now - state.bad_since >= max(LONG, ROUNDS * source.every):
        return "tls" if "(TLS)" in state.detail else "garbled" if state.status == "garbled" else "down"
    # Trying once more is no mending.
    return ILL if state.status in BAD else None


def _is_silent(state: State) -> bool:
    """Whether it was visited since its silence broke its rhythm, and that was after we came."""
    quiet_at, first, last = state.standing.quiet_at, state.first_ok_at, state.last_ok_at
    return quiet_at is not None and first is not None and last is not None and first <= quiet_at <= last


def shown(url: str) -> str:
    """Return an address as people may see it: without what may be a private token."""
    try:
        parts = urlsplit(url)
        port = f":{parts.port}" if parts.port else ""
        return f"{parts.scheme}://{parts.hostname}{port}{parts.path}" + ("?…" if parts.query else "")
    except ValueError:
        return ""


def _compared(
    db: sqlite3.Connection,
    name: str,
    ails: Mapping[str, Mapping[str, Any]],
    known: Sequence[Trouble],
    now: datetime,
) -> list[Change]:
    """Return what changes for one source that is visited."""
    changes, held = [], {trouble.what: trouble for trouble in known}
    worst = max((UNHEARD.get(what, 0) for what in ails), default=0)
    ill = any(what in UNHEARD or what == ILL for what in ails)
    for what, facts in ails.items():
        if what == ILL or what in held or not facts.get("begins", True):
            continue
        if what in UNHEARD:
            if any(UNHEARD.get(other, 0) >= worst for other in held):
                continue
            changes += [Change("replace", trouble=t) for other, t in held.items() if other in UNHEARD]
        changes.append(Change("begin", name, what, facts))
    replaced = {change.trouble.id for change in changes if change.trouble}
    for what, trouble in held.items():
        if trouble.id in replaced:
            continue
        # Of one that does not answer nobody knows how else it is.
        if what in ails or ill:
            changes += [Change("ill again", trouble=trouble)] if trouble.well_at else []
        elif _is_steady(db, trouble, now):
            changes.append(Change("mend", trouble=trouble))
        elif trouble.well_at is None:
            changes.append(Change("well", trouble=trouble))
    return changes


def _is_steady(db: sqlite3.Connection, trouble: Trouble, now: datetime) -> bool:
    if troubles.began_since(db, trouble.source, trouble.what, now - OFTEN_WITHIN) < OFTEN:
        return True
    return trouble.well_at is not None and now - trouble.well_at >= STEADY_AFTER


def _apply(db: sqlite3.Connection, change: Change, now: datetime, way: str) -> None:
    trouble = change.trouble
    if change.what == "begin":
        troubles.begin(db, change.source, change.code, now, change.facts or {})
    elif trouble is None:
        return
    elif change.what == "well":
        troubles.well(db, trouble.id, now)
    elif change.what == "ill again":
        troubles.well(db, trouble.id, None)
    elif change.what == "mend":
        # What nobody was told of began and ended for nobody; of the network it is told, for what was missed.
        quietly = not trouble.said or _withdrawn(db, trouble, way)
        troubles.mend(db, trouble.id, now, UNTOLD if quietly and trouble.source != ALL else None)
    else:
        if trouble.said:
            _withdrawn(db, trouble, way)
        troubles.mend(db, trouble.id, now, UNTOLD)


def _withdrawn(db: sqlite3.Connection, trouble: Trouble, way: str) -> bool:
    """Take back what was not told yet; tell whether it was so."""
    notice = trouble.said or 0
    if troubles.tells_many(db, notice):
        # One message tells of many: it leaves out what is over by then.
        return troubles.is_waiting(db, notice)
    kind = troubles.withdraw(db, notice)
    if kind == "source":
        troubles.no_card(db, trouble.source, way)
    return kind is not None


def _network(db: sqlite3.Connection) -> Trouble | None:
    return next((t for t in troubles.of(db, ALL) if t.what == NETWORK and t.mended_at is None), None)


def _called_back(db: sqlite3.Connection, known: Mapping[str, Source]) -> tuple[str, ...]:
    """Return what to visit when everything can be reached again."""
    bad = [name for name, status, *_ in troubles.visited(db) if name in known and status in BAD]
    return tuple(bad[:MOST_CALLED_BACK])


def _fell(visit: Visit, middle: datetime) -> bool:
    _, status, since, _ = visit
    return status in BAD and since is not None and abs(since - middle) <= WITHIN


def _host(source: Source) -> str:
    """Return the host a source is asked at; its kind, where that is always the same one."""
    for field in fields(source.options):
        value = getattr(source.options, field.name)
        if isinstance(value, str) and link(value):
            return urlsplit(value).netloc
    return source.kind


def _untold(db: sqlite3.Connection) -> tuple[list[Trouble], list[Trouble]]:
    return [t for t in troubles.open_ones(db) if t.said is None and t.well_at is None], troubles.to_tell(db)


def _is_due(db: sqlite3.Connection, begun: Sequence[Trouble], over: Sequence[Trouble], now: datetime) -> bool:
    """Whether what is told together has been gathered for long enough."""
    oldest = min([t.began_at for t in begun] + [t.mended_at or now for t in over])
    _, last = troubles.recent(db, now - SINGLE_WITHIN)
    return now - oldest >= TOGETHER_AFTER and (last is None or now - last >= TOGETHER_EVERY)


class _Pen:
    """Writes the notices of troubles."""

    def __init__(self, db: sqlite3.Connection, settings: Settings, now: datetime) -> None:
        self._db, self._now = db, now
        self._way = main_way(settings)
        slack = settings.slack
        self._target = (slack.sources_channel or slack.channel) if slack else ""
        self.written = 0

    def began(self, trouble: Trouble) -> None:
        notice = self._put(f"trouble:{trouble.id}", trouble.source, {"began": True}, begins=True)
        troubles.told(self._db, [trouble.id], notice)

    def ended(self, trouble: Trouble) -> None:
        own = troubles.card(self._db, trouble.source, self._way) is not None
        notice = self._put(f"trouble:{trouble.id}:over", trouble.source if own else ALL, {"began": False})
        troubles.told_mended(self._db, [trouble.id], notice)

    def together(self, begun: Sequence[Trouble], over: Sequence[Trouble]) -> None:
        """Tell many at once."""
        first = min(t.id for t in (*begun, *over))
        if begun:
            key = f"troubles:{first}:{text(self._now)}"
            troubles.told(self._db, (t.id for t in begun), self._put(key, ALL, {"began": True}, begins=True))
        if over:
            key = f"troubles:{first}:{text(self._now)}:over"
            troubles.told_mended(self._db, (t.id for t in over), self._put(key, ALL, {"began": False}))
            for source in {t.source for t in over}:
                self.update(source)

    def _put(self, key: str, source: str, data: Mapping[str, Any], *, begins: bool = False) -> int:
        card = troubles.card(self._db, source, self._way)
        kind = "source thread"
        if troubles.make_card(self._db, source, self._way, self._now):
            kind = "source"
        old = card is not None and self._now - card.made_at >= SHOWN_AGAIN_AFTER
        key = f"{key}:{self._way}"
        told = {**data, "broadcast": begins and (old or source == ALL)}
        self._write(key, kind, source, told)
        if kind == "source thread":
            self.update(source)
        return outbox.number(self._db, key)

    def update(self, source: str) -> None:
        """Let the card say how it stands now; a terminal takes nothing back."""
        if self._way == "console" or troubles.card(self._db, source, self._way) is None:
            return
        version = troubles.changed_card(self._db, source, self._way)
        self._write(f"source:{source}:update:{version}:{self._way}", "source update", source, {})

    def _write(self, key: str, kind: str, source: str, data: Mapping[str, Any]) -> None:
        outbox.put(
            self._db,
            key=key,
            way=self._way,
            kind=kind,
            target=self._target,
            now=self._now,
            data=data,
            priority=outbox.UPDATE,
            source=source,
        )
        self.written += 1


def tend(store: Store, settings: Settings, now: datetime) -> Report:
    """Tend the sources once."""
    return Sickbed(settings).tend(store, now)
