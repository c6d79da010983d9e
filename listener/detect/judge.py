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
from functools import partial

import numpy as np

from listener import evidence
from listener.config import Rule, Settings
from listener.detect.cases import Cases
from listener.detect.screen import News, Owed, Screen, Task
from listener.detect.series import Series
from listener.evidence import Case
from listener.intake import measure_of
from listener.settle import settle
from listener.store import Store, changes, facts, incidents, snapshots, sources
from listener.store.changes import Change
from listener.store.times import minute
from listener.tracks import Group
from rules.triggers import Finding, asks_mood, load

log = logging.getLogger("listener.detect")
AT_ONCE, KEPT_AT_ONCE = 6, 2
SILENCE = "quiet"
JUDGED, OWED = "judged up to", "judgements owed since"


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
        # A silence is no crisis: who tends the sources looks after it.
        self._rules = [rule for rule in settings.rules if rule.trigger != SILENCE]
        self._triggers = {rule.name: load(rule.trigger) for rule in self._rules}
        evidence.warm(settings)
        self._begin()

    @property
    def owes(self) -> bool:
        """Whether judgements were put off for the next run."""
        return bool(self._owed)

    def _begin(self) -> None:
        """Know nothing yet of any series, as at a start."""
        rules = self._rules
        measures = {
            brand.name: dict.fromkeys(measure_of(rule) for rule in rules if rule.brand in (None, brand.name))
            for brand in self._settings.brands
        }
        moody = {measure_of(rule) for rule in rules if asks_mood(rule.trigger)}
        self._series = Series([s.name for s in self._settings.sources], measures, moody)
        self._screen = Screen(self._series, rules)
        self._owed, self._owes = Owed(), 0
        self._seq: int | None = None
        self._minute: int | None = None

    def detect(self, store: Store, now: datetime) -> Report:
        """Judge what changed since the last run, and the windows that end now."""
        try:
            return self._detect(store, now)
        except BaseException:
            # What was found is not told yet, and has to be found again.
            self._begin()
            raise

    def _detect(self, store: Store, now: datetime) -> Report:
        at = minute(now)
        with store.read() as db:
            if self._seq is None:
                self._seq, self._owes = int(facts.get(db, JUDGED, "0")), int(facts.get(db, OWED, "0"))
                self._owed = Owed(self._owes)
            noted = changes.since(db, self._seq)
            if not noted and at == self._minute and not self._owed:
                return Report(0, 0, ())
            newest = noted[-1].seq if noted else self._seq
            found = self._found(db, noted, at)
        spoke: list[int] = []
        if noted or found or (self._owes and not self._owed):
            with store.write() as db:
                for brand, cases in found.items():
                    spoke += settle(db, self._settings, brand, cases, now)
                self._took_down(db, noted, newest)
        self._seq, self._minute = newest, at
        return Report(len(noted), sum(map(len, found.values())), tuple(spoke))

    def _took_down(self, db: sqlite3.Connection, noted: Sequence[Change], newest: int) -> None:
        """Take down what is judged now, and from where on some of it is still to be judged."""
        self._owes = self._owed.since
        facts.put(db, JUDGED, str(newest))
        facts.put(db, OWED, str(self._owes))
        if noted:
            changes.forget(db, newest)
            snapshots.spoil(db, noted)

    def keep(self, store: Store, now: datetime, most: int = KEPT_AT_ONCE) -> int:
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
        self._screen.arrange(at)
        news = News.of(noted, _begun(db, noted))
        due = self._screen.look(db, news, at, turned=at != self._minute)
        tasks: dict[str, list[Task]] = {}
        for task in self._owed.settle(due, AT_ONCE):
            tasks.setdefault(task.line.group.brand, []).append(task)
        found = {brand: self._cases(db, brand, mine, news.last(brand, at)) for brand, mine in tasks.items()}
        return {brand: cases for brand, cases in found.items() if cases}

    def _cases(self, db: sqlite3.Connection, brand: str, tasks: Sequence[Task], last: int) -> list[Case]:
        """Judge one brand; a bug that one brand brings to light does not silence the others."""
        try:
            self._series.weigh(db, brand, last - 1)
            self._screen.arrange(last - 1)
            scales, saved = evidence.Scales(db, self._settings, brand), incidents.latest_of(db, brand)
            found = [(finding, task) for task in tasks for finding in self._judged(db, task, last)]
            return Cases(saved.course if saved else None, partial(self._case, scales)).of(found)
        except Exception:
            log.exception("bug brand=%s", brand)
            self._series.forget(brand)
            return []

    def _judged(self, db: sqlite3.Connection, task: Task, last: int) -> Iterator[Finding]:
        """Yield what a rule finds in the windows of a series that are to be judged."""
        track, rule, group = self._series.track(db, task.line, last), task.watch.rule, task.line.group
        ends = np.array(sorted(task.ends), np.int64) * 60
        found = self._triggers[rule.name].judge(rule.options, track, ends)
        if evidence.all_news(db, group.brand, measure_of(rule), group.sources, found):
            yield from found
        else:
            yield from filter(None, (self._news(db, group, rule, finding) for finding in found))
        task.watch.judged(track, last)

    def _news(self, db: sqlite3.Connection, group: Group, rule: Rule, finding: Finding) -> Finding | None:
        """Judge a finding once more without what first visits and imports brought to its windows."""
        taken = evidence.without_history(db, group.brand, measure_of(rule), group.sources, finding)
        return finding if taken is finding else self._triggers[rule.name].again(rule.options, taken)

    @staticmethod
    def _case(scales: evidence.Scales, finding: Finding, task: Task) -> Case:
        group = task.line.group
        shares = {**dict.fromkeys(group.sources, 0.0), **group.shares}
        return replace(scales.weigh(task.watch.rule, finding), shares=shares)


def _begun(db: sqlite3.Connection, noted: Iterable[Change]) -> dict[str, int]:
    """Return the minute of the first good visit of the sources that were heard."""
    heard = sorted({note.subject for note in noted if note.what == "coverage"})
    return {s.name: minute(s.first_ok_at) for s in sources.all_of(db, heard) if s.first_ok_at}
