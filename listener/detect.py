"""Judging: the windows that changed are put before the rules, and what they find moves incidents.

Every tick judges the window that ends now and each window of the last 48 hours whose counts
changed. Findings, the incident they move, the notices that tell of it and the mark of
what has been judged are one transaction.
"""

from __future__ import annotations

import logging
import sqlite3
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from datetime import datetime, timedelta

import numpy as np
import numpy.typing as npt

from listener import evidence, tracks
from listener.config import Rule, Settings
from listener.evidence import Case
from listener.intake import measure_of
from listener.settle import settle
from listener.store import Store, changes, facts, sources
from listener.store.changes import Change
from listener.store.incidents import RANK
from listener.store.times import minute
from listener.tracks import Group
from rules.surge import SPANS, Track
from rules.triggers import Finding, load

log = logging.getLogger("listener.detect")
LOOK_BACK = timedelta(hours=48)
WIDEST = int(max(SPANS).total_seconds() // 60)
JUDGED = "judged up to"
Ends = npt.NDArray[np.int64]


@dataclass(frozen=True, slots=True)
class Report:
    """What a run of the judge came to: notes read, findings made, incidents that spoke."""

    changes: int
    findings: int
    spoke: tuple[int, ...]


class Judge:
    """Holds the series of one configuration in memory, and keeps them up with the store."""

    def __init__(self, settings: Settings) -> None:
        self._settings = settings
        self._names = [s.name for s in settings.sources]
        self._triggers = {rule.name: load(rule.trigger) for rule in settings.rules}
        self._groups: dict[str, tuple[Group, ...]] = {}
        self._tracks: dict[tuple[Group, str], Track] = {}
        self._seq: int | None = None
        self._hour: int | None = None
        self._minute: int | None = None

    def detect(self, store: Store, now: datetime) -> Report:
        """Judge what changed since the last run, and the windows that end now."""
        with store.read() as db:
            if self._seq is None:
                self._seq = int(facts.get(db, JUDGED, "0"))
            noted = changes.since(db, self._seq)
            if not noted and minute(now) == self._minute:
                return Report(0, 0, ())
            newest = noted[-1].seq if noted else self._seq
            found = {b.name: self._found(db, b.name, noted, now) for b in self._settings.brands}
        spoke: list[int] = []
        if noted or any(found.values()):
            with store.write() as db:
                for brand, cases in found.items():
                    spoke += settle(db, self._settings, brand, cases, now) if cases else []
                facts.put(db, JUDGED, str(newest))
                changes.forget(db, newest)
        self._seq, self._minute = newest, minute(now)
        return Report(len(noted), sum(map(len, found.values())), tuple(spoke))

    def _found(
        self, db: sqlite3.Connection, brand: str, noted: Sequence[Change], now: datetime
    ) -> list[Case]:
        """Judge one brand; a bug that one brand brings to light does not silence the others."""
        try:
            return self._cases(db, brand, noted, now)
        except Exception:
            log.exception("bug brand=%s", brand)
            self._groups.pop(brand, None)
            self._tracks = {key: track for key, track in self._tracks.items() if key[0].brand != brand}
            return []

    def _cases(
        self, db: sqlite3.Connection, brand: str, noted: Sequence[Change], now: datetime
    ) -> list[Case]:
        self._regroup(db, brand, noted, minute(now))
        cases: list[Case] = []
        scales = evidence.Scales(db, self._settings, brand)
        for group in self._groups[brand]:
            ends: dict[str, tuple[Track, Ends]] = {}
            for rule in self._rules(brand):
                measure = measure_of(rule)
                if measure not in ends:
                    ends[measure] = self._changed(db, group, measure, noted, now)
                track, judged = ends[measure]
                for found in self._triggers[rule.name].judge(rule.options, track, judged):
                    if finding := self._news(db, group, rule, found):
                        case = scales.weigh(rule, finding)
                        cases.append(
                            replace(case, shares={**dict.fromkeys(group.sources, 0.0), **group.shares})
                        )
        return sorted(cases, key=lambda case: (case.finding.at, -RANK[case.severity], -case.finding.z))

    def _news(self, db: sqlite3.Connection, group: Group, rule: Rule, finding: Finding) -> Finding | None:
        """Judge a finding once more without what first visits and imports brought to its windows."""
        taken = evidence.without_history(db, group.brand, measure_of(rule), group.sources, finding)
        return finding if taken is finding else self._triggers[rule.name].again(rule.options, taken)

    def _rules(self, brand: str) -> Iterable[Rule]:
        return (rule for rule in self._settings.rules if rule.brand in (None, brand))

    def _regroup(self, db: sqlite3.Connection, brand: str, noted: Sequence[Change], at: int) -> None:
        """Sort the brand's sources anew each hour, and when a source brings its first mention."""
        hour = at // 60
        if hour != self._hour:
            self._hour, self._groups = hour, {}
        if brand in self._groups and not any(n.subject == brand for n in noted):
            return
        fresh = tracks.groups(db, brand, self._names, at)
        known = {group: group for group in self._groups.get(brand, fresh)}
        self._groups[brand] = tuple(known.get(group, group) for group in fresh)
        self._tracks = {
            key: track
            for key, track in self._tracks.items()
            if key[0].brand != brand or key[0] in self._groups[brand]
        }

    def _changed(
        self, db: sqlite3.Connection, group: Group, measure: str, noted: Sequence[Change], now: datetime
    ) -> tuple[Track, Ends]:
        """Return the series as it is now, and the ends of the windows to judge."""
        mine = [n for n in noted if n.subject == group.brand or n.subject in group.sources]
        # What came after `now` was read may lie a minute ahead of it, or more under a fast clock.
        last = max([minute(now) + 1, *(n.last for n in mine if n.what == "counts")])
        news = [(n.first, n.last) for n in mine if n.what == "counts"]
        # What a first visit brought is no news, so only what was heard after it is judged.
        begun = {s.name: minute(s.first_ok_at) for s in sources.all_of(db, group.sources) if s.first_ok_at}
        news += [(max(n.first, begun.get(n.subject, n.last)), n.last) for n in mine if n.what == "coverage"]
        track = self._tracks.get((group, measure))
        # A past that was imported while we listen begins before the series that is held.
        if track is None or tracks.begins_too_late(track, (n.first for n in mine), last):
            track = self._tracks[group, measure] = tracks.load(db, group, measure, last)
        else:
            grown = (min(track.end // 60, last - 1), last)
            tracks.renew(db, track, group, measure, [*((n.first, n.last) for n in mine), grown])
        return track, _ends(news, last)


def _ends(news: Iterable[tuple[int, int]], last: int) -> Ends:
    """Return the ends of the windows that hold news, no older than 48 hours, and the last of all."""
    oldest = last - int(LOOK_BACK.total_seconds() // 60)
    ends = {last}
    for first, until in news:
        ends.update(range(max(first + 1, oldest), min(until + WIDEST, last) + 1))
    return np.array(sorted(ends), np.int64) * 60
