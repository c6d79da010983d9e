"""How everything stands, in numbers: what the status page and the metrics tell."""

from __future__ import annotations

import sqlite3
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any, Protocol

from listener import tracks
from listener.config import Settings, Source
from listener.silence import brand_of
from listener.store import Store, counts, incidents, outbox, sources, troubles
from listener.store.incidents import Saved
from listener.store.sources import State
from listener.store.times import minute
from listener.store.troubles import Trouble

HOUR = 60
DAY = 24 * HOUR
FORTNIGHT = 14 * DAY
CLOSED_SHOWN_FOR = timedelta(days=7)
MOST_CLOSED = 10


class Health(Protocol):
    """How the daemon says it is: `troubles` is empty while all is well."""

    @property
    def troubles(self) -> Sequence[str]: ...

    def to_json(self) -> dict[str, Any]: ...


@dataclass(frozen=True, slots=True)
class BrandStatus:
    """A brand's last hour. `usual` is the mean of an hour of the fortnight before, None while unknown.

    `heard` is the share of the hour in which we could hear, 0 to 1; `hours` are the mentions
    of each of the last 24, oldest first.
    """

    name: str
    last_hour: int
    negative: int
    usual: float | None
    heard: float
    hours: tuple[int, ...]


@dataclass(frozen=True, slots=True)
class SourceStatus:
    """A source as it was left by its last visit; `coverage` is the share of the last 24 h it was heard."""

    name: str
    kind: str
    paused: bool
    state: State | None
    coverage: float

    @property
    def status(self) -> str:
        return "paused" if self.paused else self.state.status if self.state else "new"


@dataclass(frozen=True, slots=True)
class Status:
    """All of it at one moment. `waiting`: way out -> how many notices wait, and since when.

    `silences` are of the brands that nobody writes about any more.
    """

    at: datetime
    brands: tuple[BrandStatus, ...]
    open: tuple[Saved, ...]
    closed: tuple[Saved, ...]
    sources: tuple[SourceStatus, ...]
    waiting: Mapping[str, tuple[int, datetime]]
    silences: tuple[Trouble, ...] = ()


def status(store: Store, settings: Settings, now: datetime) -> Status:
    """Return how everything stands, in one consistent view of the store."""
    names = [source.name for source in settings.sources]
    last = minute(now) + 1
    with store.read() as db:
        found = incidents.listing(db, since=now - CLOSED_SHOWN_FOR)
        return Status(
            at=now,
            brands=tuple(_brand(db, brand.name, names, last) for brand in settings.brands),
            open=tuple(saved for saved in found if saved.incident.closed_at is None),
            closed=tuple(saved for saved in found if saved.incident.closed_at is not None)[:MOST_CLOSED],
            sources=_sources(db, settings.sources, last),
            waiting=outbox.waiting(db),
            silences=tuple(t for t in troubles.open_ones(db) if brand_of(t.source)),
        )


def _brand(db: sqlite3.Connection, brand: str, names: Sequence[str], last: int) -> BrandStatus:
    group = tracks.groups(db, brand, names, last)[0]
    first = last - HOUR - FORTNIGHT
    known = tracks.known(db, group, first, last)
    said = tracks.counted(db, group, "all", first, last)
    # What was said in a minute that was heard in part is no measure of what is usual.
    before = known[:-HOUR]
    minutes = int(before.sum())
    usual = float(said[:-HOUR][before].sum()) / minutes * HOUR if minutes >= HOUR else None
    return BrandStatus(
        name=brand,
        last_hour=counts.total(db, brand, "all", last - HOUR, last),
        negative=counts.total(db, brand, "negative", last - HOUR, last),
        usual=usual,
        heard=float(known[-HOUR:].mean()),
        hours=tuple(int(hour.sum()) for hour in said[-DAY:].reshape(24, HOUR)),
    )


def _sources(db: sqlite3.Connection, given: Sequence[Source], last: int) -> tuple[SourceStatus, ...]:
    states = {state.name: state for state in sources.all_of(db, [source.name for source in given])}
    return tuple(
        SourceStatus(
            name=source.name,
            kind=source.kind,
            paused=source.pause,
            state=states.get(source.name),
            coverage=sum(high - low for low, high in counts.coverage(db, source.name, last - DAY, last))
            / DAY,
        )
        for source in given
    )
