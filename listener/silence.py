"""Brands of which people always write, and nobody does any more: judged about once an hour.

A silence is no crisis and moves no incident. The sickbed tells it once, to whom it tells the troubles
of sources, and once when somebody writes again.
"""

from __future__ import annotations

import logging
import sqlite3
from collections.abc import Collection, Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from listener import tracks
from listener.config import Rule, Settings
from listener.intake import measure_of
from listener.store import counts
from listener.store.times import minute, text
from rules.triggers import Finding, load

log = logging.getLogger("listener.silence")
TRIGGER, TROUBLE = "quiet", "quiet"
BRAND = "brand:"
AGAIN_AFTER = timedelta(hours=1)
# Whoever seldom speaks has a series to be read; so many of them at a time.
MOST_AT_ONCE = 20
MEMORY = timedelta(days=61)
FOR_EVER = 2**40


@dataclass(frozen=True, slots=True)
class Watch:
    """One brand that a rule listens to; `name` is what the trouble of it is kept under."""

    brand: str
    rule: Rule

    @property
    def name(self) -> str:
        return f"{BRAND}{self.brand}:{self.rule.name}"

    @property
    def shown(self) -> str:
        return self.brand if self.rule.query is None else f"{self.brand} ({self.rule.name})"


class Silences:
    """The brands of one configuration that may fall silent."""

    def __init__(self, settings: Settings) -> None:
        self._names = [source.name for source in settings.sources if not source.pause]
        rules = [rule for rule in settings.rules if rule.trigger == TRIGGER and not rule.options.sources]
        watches = (
            Watch(b.name, rule) for rule in rules for b in settings.brands if rule.brand in (None, b.name)
        )
        self._watches = {watch.name: watch for watch in watches}
        self._due: dict[str, datetime] = {}

    def knows(self, name: str) -> bool:
        """Whether a trouble of that name is one that is judged here."""
        return name in self._watches

    def found(
        self, db: sqlite3.Connection, told: Mapping[str, datetime], now: datetime
    ) -> dict[str, dict[str, Any]]:
        """Return the facts of each silence there is; `told` are those known, each with its beginning."""
        silent = {
            name: {"since": text(since), "name": self._watches[name].shown}
            for name, since in told.items()
            if name in self._watches and not self._spoke(db, self._watches[name], since)
        }
        for watch in self._next(told.keys(), now):
            self._due[watch.name] = now + AGAIN_AFTER
            if (finding := self._judged(db, watch, now)) is not None:
                since = finding.at - finding.span
                silent[watch.name] = {"since": text(since), "name": watch.shown}
                log.warning("nobody writes any more brand=%s since=%s", watch.brand, text(since))
        return silent

    def _next(self, told: Collection[str], now: datetime) -> Iterable[Watch]:
        """Return what is to be judged now, and was not for longest."""
        due = ((self._due.get(name, now - AGAIN_AFTER), name) for name in self._watches if name not in told)
        return [self._watches[name] for at, name in sorted(due)[:MOST_AT_ONCE] if at <= now]

    def _judged(self, db: sqlite3.Connection, watch: Watch, now: datetime) -> Finding | None:
        rule, shortest = watch.rule, watch.rule.options.shortest
        if not self._names or self._spoke(db, watch, now - shortest):
            return None
        group = tracks.groups(db, watch.brand, self._names, minute(now))[0]
        track = tracks.load(db, group, measure_of(rule), minute(now), MEMORY)
        found = load(TRIGGER).judge(rule.options, track, [minute(now) * 60])
        if not found:
            return None
        # A source too new to be compared with the others may have heard what they have not.
        return None if self._spoke(db, watch, found[0].at - found[0].span) else found[0]

    def _spoke(self, db: sqlite3.Connection, watch: Watch, since: datetime) -> bool:
        return counts.total(db, watch.brand, measure_of(watch.rule), minute(since), FOR_EVER) > 0


def brand_of(name: str) -> str:
    """Return the brand of a trouble that is no source's; empty where it is a source's."""
    return name.removeprefix(BRAND).rpartition(":")[0] if name.startswith(BRAND) else ""
