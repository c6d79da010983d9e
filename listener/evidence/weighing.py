"""What a verdict rests on, gathered from the store while it is fresh, and frozen with it."""

from __future__ import annotations

import sqlite3
from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import timedelta
from functools import lru_cache
from typing import Any

import numpy as np

from listener.config import Rule, Settings
from listener.evidence.columns import MOST_MENTIONS, MOST_TEXTS, Held, Numbers, most, site
from listener.store import counts, written
from listener.store.times import minute
from listener.store.written import Written
from rules.danger import Dangers, Told, Word
from rules.query import Matcher, Passage, compile, parse
from rules.severity import OVERWHELMING, Maker, Reason, Table, Weighed, judge
from rules.triggers import Finding

DAY, MOST_BEFORE = 24 * 60, 20_000
# What is told of a brand anyway is read from so many mentions of two weeks, a day before the window.
USUAL_TEXTS, USUAL_DAYS, FEW_TEXTS = 300, 14, 10


@dataclass(frozen=True, slots=True)
class Case:
    """One finding, the rule that made it, and how bad it is: by the rule, by `[severity]` and after gates.

    `weighed` holds all that the severity rests on as JSON values: it is what is to be frozen, and
    `weigh_again` comes to the same verdict from it alone. `shares` are the sources whose counts were
    judged, each with what it usually brings of them.
    """

    finding: Finding
    rule: Rule
    severity: str
    negative_share: float | None
    gate: str
    reasons: tuple[Reason, ...] = ()
    weighed: Mapping[str, Any] = field(default_factory=dict)
    shares: Mapping[str, float] = field(default_factory=dict, compare=False)

    def told(self) -> dict[str, Any]:
        """Return what a card tells of the verdict, as JSON values."""
        return {
            "negative_share": self.negative_share,
            "gate": self.gate,
            "reasons": [reason.to_json() for reason in self.reasons],
            "judged": self.severity,
            "crisis_points": self.weighed["table"]["crisis"] if self.weighed else 0,
        }


def weigh(db: sqlite3.Connection, settings: Settings, brand: str, rule: Rule, finding: Finding) -> Case:
    """Return how bad a finding is, as the store knows it now: all that it holds was news once."""
    return Scales(db, settings, brand, news=False).weigh(rule, finding)


def weigh_again(
    frozen: Mapping[str, Any], rule: Rule | None = None, table: Table | None = None
) -> tuple[str, str, tuple[Reason, ...]]:
    """Return severity, gate and reasons from what a case froze.

    By the rule and the table as they were, or as they are where those are given. Raises ValueError
    where that is nothing a case froze.
    """
    try:
        floor = rule.severity if rule else str(frozen["severity"])
        when = crisis_when(rule) if rule else frozen["crisis_when"]
        verdict = judge(Weighed.from_json(frozen), floor, when, table or Table.from_json(frozen["table"]))
    except (KeyError, TypeError, AttributeError) as error:
        raise ValueError(f"not what a case rests on: {error}") from error
    return verdict.severity, verdict.gate, verdict.reasons


def crisis_when(rule: Rule) -> dict[str, float] | None:
    """Return what a rule asks of a crisis, all of which must hold."""
    when = rule.crisis_when
    if when is None:
        return None
    asked = {"z": when.z, "negative_share": when.negative_share}
    return {name: value for name, value in asked.items() if value is not None}


def window(finding: Finding) -> tuple[int, int]:
    """Return the minutes [first, last) that a finding was made on."""
    return minute(finding.at - finding.span), minute(finding.at)


def all_news(
    db: sqlite3.Connection, brand: str, measure: str, sources: Sequence[str], findings: Sequence[Finding]
) -> bool:
    """Tell whether no window of all these findings holds anything that `without_history` would take out."""
    if not findings:
        return True
    first = min(f.at - timedelta(seconds=max(_seconds(f).values(), default=0.0)) for f in findings)
    last = max(finding.at for finding in findings)
    return not counts.has_history(db, brand, measure, minute(first), minute(last), sources)


def _seconds(finding: Finding) -> dict[str, float]:
    """Return how long the windows of a finding are, by the names of their counts."""
    named = finding.evidence.items()
    return {n.replace("seconds", "n", 1): float(s) for n, s in named if n.startswith("seconds")}  # type: ignore[arg-type]


def without_history(
    db: sqlite3.Connection, brand: str, measure: str, sources: Sequence[str], finding: Finding
) -> Finding:
    """Return the finding with only the news in its windows: what came by a first visit or an import is none.

    A window of a finding shows as `nX` mentions in `secondsX` of its evidence. The finding
    itself comes back where all of it is news.
    """
    last, less = minute(finding.at), {}
    for count, seconds in _seconds(finding).items():
        first = minute(finding.at - timedelta(seconds=seconds))
        if old := counts.history(db, brand, measure, first, last, sources):
            less[count] = int(finding.evidence[count]) - old  # type: ignore[arg-type]
    return replace(finding, evidence={**finding.evidence, **less}) if less else finding


def negative_share(db: sqlite3.Connection, brand: str, finding: Finding) -> float | None:
    """Return the share of negative mentions in the window, None where it holds none."""
    return _share(written.heard(db, brand, *window(finding)))


def _share(heard: written.Heard) -> float | None:
    return heard.negative / heard.every if heard.every else None


class Scales:
    """Weighs the findings of one brand, as one transaction sees it: windows that overlap are read once.

    Only what a rule counted is asked: negative mentions `on` negative, and what its query finds.
    How far `stories` spread their copies show, so those speak too. Of `news` neither imports speak
    nor what a first visit brought, where a window holds any of those.
    """

    def __init__(self, db: sqlite3.Connection, settings: Settings, brand: str, *, news: bool = True) -> None:
        self._db, self._brand, self._table, self._news = db, brand, settings.severity, news
        self._held = {news: Held(0, -1, news) for news in (False, True)}
        self._before: tuple[int, list[Written]] = (0, [])
        self._told: dict[int, tuple[Word, ...]] = {}
        self._usually: tuple[int, dict[str, float]] = (0, {})
        self._asked: dict[str, tuple[Matcher, dict[int, bool]]] = {}

    def weigh(self, rule: Rule, finding: Finding) -> Case:
        """Return how bad a finding is, and why."""
        weighed, when = self._weighed(rule, finding), crisis_when(rule)
        verdict = judge(weighed, rule.severity, when, self._table)
        frozen = {"severity": rule.severity, "crisis_when": when, "table": self._table.to_json()}
        return Case(
            finding,
            rule,
            verdict.severity,
            weighed.negative_share,
            verdict.gate,
            verdict.reasons,
            weighed.to_json() | frozen,
        )

    def _weighed(self, rule: Rule, finding: Finding) -> Weighed:
        first, last = window(finding)
        heard = written.heard(self._db, self._brand, first, last)
        held = self._read(first, last, news=self._news and heard.old > 0)
        rows = held.within(first, last, negative=rule.on == "negative")
        if rule.query is not None:
            rows = self._narrowed(rule, held, rows)
        read = held.loud_and_new(rows)
        weighed = Weighed(
            z=finding.z,
            observed=finding.observed,
            expected=finding.expected,
            counted=held.counted(rows, rule.on),
            negative_share=self._negative_share(rule, held, heard, first, last),
            authors=held.distinct(rows, held.authors),
            reach=int(held.reach[rows].sum()),
            domains=int((np.bincount(held.sites[rows], minlength=1)[1:] > 0).sum()),
            texts=len(read),
            danger=self._danger(held, read, first),
            bad=rule.on == "negative" or rule.trigger == "shift",
        )
        return replace(weighed, makers=self._makers(held, rows, rule, weighed.excess, first, last))

    def _negative_share(
        self, rule: Rule, held: Held, heard: written.Heard, first: int, last: int
    ) -> float | None:
        """Return the share of negative ones among what is said, or of what a rule's query finds of it."""
        if rule.query is not None:
            rows = self._narrowed(rule, held, held.within(first, last, negative=False))
            return float(held.negative[rows].mean()) if len(rows) else None
        return held.negative_share(first, last) if held.news else _share(heard)

    def _read(self, first: int, last: int, *, news: bool) -> Held:
        """Return the mentions of a span that holds the window; only what is not held yet is read."""
        held = self._held[news]
        if not held.first <= first <= held.last or len(held.ids) > 2 * MOST_MENTIONS:
            return self._read_anew(first, last, news)
        if held.last < last:
            rows = written.between(self._db, self._brand, held.last, last, MOST_MENTIONS, news=news)
            if len(rows) == MOST_MENTIONS and held.first < first:
                return self._read_anew(first, last, news)
            held.extend(rows, last)
        return held

    def _read_anew(self, first: int, last: int, news: bool) -> Held:
        held = self._held[news] = Held(first, last, news)
        held.extend(written.between(self._db, self._brand, first, last, MOST_MENTIONS, news=news), last)
        if len(self._told) > MOST_MENTIONS:
            self._told.clear()
        return held

    def _narrowed(self, rule: Rule, held: Held, rows: Numbers) -> Numbers:
        """Return which of the mentions a rule's query finds, of the newest that may be read."""
        matcher, known = self._asked.setdefault(rule.name, (compile({"": parse(rule.query or "")}), {}))
        rows = rows[-MOST_TEXTS:]
        ids = held.ids[rows].tolist()
        for w in written.words(self._db, [i for i in ids if i not in known]):
            asked = Passage(w.title, w.text, w.author, w.url, w.language, w.source, w.reach)
            known[w.id] = bool(matcher.match(asked))
        found = np.array([known.get(i, False) for i in ids], bool)
        return np.asarray(rows[found], np.int64)

    def _danger(self, held: Held, rows: Numbers, first: int) -> tuple[Told, ...]:
        """Return the words of danger in these mentions, with how many tell them, and how many people."""
        ids = held.ids[rows].tolist()
        at: dict[str, tuple[Word, list[int]]] = {}
        for row, words in zip(rows.tolist(), self._words(ids), strict=True):
            for word in words:
                at.setdefault(word.name, (word, []))[1].append(row)
        usual = self._told_anyway(first // 60 * 60) if at else {}
        return tuple(
            Told(
                w.name,
                w.weight,
                len(told),
                held.distinct(np.array(told), held.authors),
                usual.get(w.name, 0.0),
            )
            for w, told in sorted(
                at.values(), key=lambda item: (-item[0].weight, -len(item[1]), item[0].name)
            )
        )

    def _words(self, ids: Sequence[int]) -> list[tuple[Word, ...]]:
        """Return for each of these mentions the words of danger that it tells."""
        missing = [i for i in ids if i not in self._told]
        dangers = _dangers(self._table.danger) if missing else None
        for w in written.words(self._db, missing):
            said = w.text if w.text.startswith(w.title) else f"{w.title}\n{w.text}"
            self._told[w.id] = dangers.within(said, self._brand) if dangers else ()
        return [self._told.get(i, ()) for i in ids]

    def _told_anyway(self, before: int) -> dict[str, float]:
        """Return the share of mentions that tell a word of danger of the brand anyway."""
        if self._usually[0] != before:
            last = before - DAY
            rows = written.between(self._db, self._brand, last - USUAL_DAYS * DAY, last, USUAL_TEXTS)
            often = Counter(word.name for words in self._words([w.id for w in rows]) for word in words)
            # One that told it once is no usage, and of few mentions not much can be known.
            usual = {name: round((n - 1) / (len(rows) + FEW_TEXTS), 4) for name, n in often.items()}
            self._usually = before, usual
        return self._usually[1]

    def _makers(
        self, held: Held, rows: Numbers, rule: Rule, excess: float, first: int, last: int
    ) -> tuple[Maker, ...]:
        """Return the author and the site that brought most, where that may be nearly all of the excess."""
        if rule.on == "authors":  # each is counted once
            return ()
        rows = rows[held.original[rows]] if rule.on == "stories" else rows
        found = []
        for what, codes in (("author", held.authors), ("domain", held.sites)):
            code, count = most(codes[rows])
            if code and count > OVERWHELMING * excess:
                here = rows[codes[rows] == code]
                name = held.names[code]
                usual = (
                    self._usual(what, name, rule, first, last) if count < len(rows) or excess < count else 0.0
                )
                authors = held.distinct(here, held.authors)
                found.append(Maker(f"{what}:{name}", count, round(usual, 2), authors))
        return tuple(found)

    def _usual(self, what: str, name: str, rule: Rule, first: int, last: int) -> float:
        """Return how many an author or a site brings in such a time, by the day before the window."""
        hour = first // 60 * 60
        if self._before[0] != hour:
            rows = written.between(self._db, self._brand, hour - DAY, hour, MOST_BEFORE)
            self._before = hour, rows
        rows = self._before[1]
        since = rows[0].minute if len(rows) == MOST_BEFORE else hour - DAY
        theirs = sum(
            (w.author if what == "author" else site(w.url, w.author)) == name
            and (w.negative or rule.on != "negative")
            and (w.original or rule.on != "stories")
            for w in rows
        )
        return theirs * (last - first) / max(hour - since, 1)


def warm(settings: Settings) -> None:
    """Build what words of danger are found by, so that it is not the first finding that waits for it."""
    _dangers(settings.severity.danger)


@lru_cache(maxsize=8)
def _dangers(words: tuple[Word, ...]) -> Dangers:
    return Dangers(words)
