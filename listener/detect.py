"""Judging: the windows that changed are put before the rules, and what they find moves incidents.

Every tick judges the window that ends now and each window of the last 48 hours whose counts
changed. Findings, the incident they move, the notices that tell of it and the mark of
what has been judged are one transaction.
"""

from __future__ import annotations

import logging
import sqlite3
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, replace
from datetime import datetime

import numpy as np
import numpy.typing as npt

from listener import evidence
from listener.config import Rule, Settings
from listener.evidence import Case
from listener.intake import measure_of
from listener.screen import LOOK_BACK, News, Screen, Task
from listener.series import Line, Series
from listener.settle import settle
from listener.store import Store, changes, facts, snapshots, sources
from listener.store.changes import Change
from listener.store.incidents import RANK
from listener.store.times import minute
from listener.tracks import Group
from rules.triggers import Finding, load

log = logging.getLogger("listener.detect")
AT_ONCE = 8
JUDGED = "judged up to"
Ends = npt.NDArray[np.int64]


@dataclass(frozen=True, slots=True)
class Report:
    """What a run of the judge came to: notes read, findings made, incidents that spoke."""

    changes: int
    findings: int
    spoke: tuple[int, ...]


class Judge:
    """Keeps the series of one configuration up with the store, and puts them before its rules."""

    def __init__(self, settings: Settings) -> None:
        self._settings = settings
        # Silences are no crisis: they are found and told elsewhere (listener.silence).
        rules = [rule for rule in settings.rules if rule.trigger != "quiet"]
        self._triggers = {rule.name: load(rule.trigger) for rule in rules}
        measures = {
            brand.name: dict.fromkeys(measure_of(rule) for rule in rules if rule.brand in (None, brand.name))
            for brand in settings.brands
        }
        moody = {measure_of(rule) for rule in rules if getattr(self._triggers[rule.name], "MOOD", False)}
        self._series = Series([s.name for s in settings.sources], measures, moody)
        self._screen = Screen(self._series, rules)
        self._seq: int | None = None
        self._minute: int | None = None

    def detect(self, store: Store, now: datetime) -> Report:
        """Judge what changed since the last run, and the windows that end now."""
        at = minute(now)
        with store.read() as db:
            if self._seq is None:
                self._seq = int(facts.get(db, JUDGED, "0"))
            noted = changes.since(db, self._seq)
            if not noted and at == self._minute:
                return Report(0, 0, ())
            newest = noted[-1].seq if noted else self._seq
            found = self._found(db, noted, at)
        spoke: list[int] = []
        if noted or found:
            with store.write() as db:
                for brand, cases in found.items():
                    spoke += settle(db, self._settings, brand, cases, now)
                if noted:
                    facts.put(db, JUDGED, str(newest))
                    changes.forget(db, newest)
                    snapshots.spoil(db, noted)
        self._seq, self._minute = newest, at
        return Report(len(noted), sum(map(len, found.values())), tuple(spoke))

    def keep(self, store: Store, now: datetime, most: int = AT_ONCE) -> int:
        """Renew up to `most` snapshots that are a day old; return how many are kept anew.

        What is asked of many thousand series once a day is done a few at a time.
        """
        if self._minute is None:
            return 0
        with store.read() as db:
            made = self._series.feet(db, minute(now) + 1, most)
        if made:
            with store.write() as db:
                self._series.keep(db, made)
        return len(made)

    def _found(self, db: sqlite3.Connection, noted: Sequence[Change], at: int) -> dict[str, list[Case]]:
        """Return what was found, by brand; of each brand in the order of time."""
        assert self._seq is not None
        self._series.follow(db, noted, self._seq, at)
        self._screen.arrange()
        news = News.of(noted, _begun(db, noted))
        tasks: dict[str, list[Task]] = {}
        for task in self._screen.look(db, news, at, turned=at != self._minute):
            tasks.setdefault(task.line.group.brand, []).append(task)
        found = {brand: self._cases(db, brand, mine, news, at) for brand, mine in tasks.items()}
        return {brand: cases for brand, cases in found.items() if cases}

    def _cases(
        self, db: sqlite3.Connection, brand: str, tasks: Sequence[Task], news: News, at: int
    ) -> list[Case]:
        """Judge one brand; a bug that one brand brings to light does not silence the others."""
        try:
            self._series.weigh(db, brand, at)
            self._screen.arrange()
            scales = evidence.Scales(db, self._settings, brand)
            cases = [
                self._case(scales, task.line, rule, finding)
                for task in tasks
                for rule, finding in self._judged(db, task, news, at)
            ]
        except Exception:
            log.exception("bug brand=%s", brand)
            self._series.forget(brand)
            return []
        return sorted(cases, key=lambda case: (case.finding.at, -RANK[case.severity], -case.finding.z))

    def _judged(
        self, db: sqlite3.Connection, task: Task, news: News, at: int
    ) -> Iterator[tuple[Rule, Finding]]:
        """Yield what the rules find in the windows of a series that are to be judged."""
        line, last = task.line, news.last(task.line.group.brand, at)
        track, spans = self._series.track(db, line, last), news.of_line(line)
        for watch in task.watches:
            rule, trigger = watch.rule, self._triggers[watch.rule.name]
            for found in trigger.judge(rule.options, track, _ends(spans, last, watch.reach)):
                if finding := self._news(db, line.group, rule, found):
                    yield rule, finding
            self._screen.judged(watch, track)

    def _news(self, db: sqlite3.Connection, group: Group, rule: Rule, finding: Finding) -> Finding | None:
        """Judge a finding once more without what first visits and imports brought to its windows."""
        taken = evidence.without_history(db, group.brand, measure_of(rule), group.sources, finding)
        return finding if taken is finding else self._triggers[rule.name].again(rule.options, taken)

    def _case(self, scales: evidence.Scales, line: Line, rule: Rule, finding: Finding) -> Case:
        group = line.group
        shares = {**dict.fromkeys(group.sources, 0.0), **group.shares}
        return replace(scales.weigh(rule, finding), shares=shares)


def _begun(db: sqlite3.Connection, noted: Iterable[Change]) -> dict[str, int]:
    """Return the minute of the first good visit of the sources that were heard."""
    heard = sorted({note.subject for note in noted if note.what == "coverage"})
    return {s.name: minute(s.first_ok_at) for s in sources.all_of(db, heard) if s.first_ok_at}


def _ends(spans: Iterable[tuple[int, int]], last: int, reach: int) -> Ends:
    """Return the ends of the windows that hold news, no older than 48 hours, and the last of all."""
    oldest = last - LOOK_BACK
    ends = {last}
    for first, until in spans:
        ends.update(range(max(first + 1, oldest), min(until + reach, last) + 1))
    return np.array(sorted(ends), np.int64) * 60
