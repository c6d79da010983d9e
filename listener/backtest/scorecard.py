"""How rules fare: beside what a replay would have opened, what people made of what did open.

A person's *Not a crisis* makes an incident a false alarm, closing it as over confirms it; one that
nobody closed has no verdict yet and weighs nothing. Two incidents are the same crisis where
their hot times overlap: from the first finding to 24 hours after the last.
"""

from __future__ import annotations

import sqlite3
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from statistics import median
from typing import TypeVar

from listener.backtest.lived import INCIDENT, SILENCE, Opened, Tally
from listener.backtest.replay import Replayed
from listener.config import Rule
from listener.store import incidents, records, shadows
from listener.store.incidents import Saved
from listener.store.records import Spoke
from listener.store.shadows import Shadow
from rules.life import CALM_AFTER
from rules.playbook import SEVERITIES
from rules.restraint import BUDGET, QUIET

NO_CRISIS, OVER = "no crisis", "over"
STARTS = ("open", "relapse")
Span = tuple[datetime, datetime]
Told = TypeVar("Told", Saved, Shadow)


@dataclass(frozen=True, slots=True)
class Real:
    """One hot time of an incident that did open: since it opened or relapsed.

    `verdict` is what people made of it then, empty while nobody closed it.
    """

    id: int
    brand: str
    rule: str
    verdict: str
    span: Span

    def overlap(self, spans: Iterable[Span]) -> datetime | None:
        """Return the beginning of the first of the spans that overlaps it."""
        first, last = self.span
        return min((a for a, b in spans if a < last and first < b), default=None)


@dataclass(frozen=True, slots=True)
class Card:
    """How a rule fared over a brand in a replay; None stands for all of them together.

    `opened` counts the incidents that it would have opened, `findings` all that it found.
    `found` are real incidents of its brand in whose hot time it found something, `missed` those it
    had opened and would not find now; `false_alarms` and `confirmed` are those of `found` with
    a verdict. `minutes_later` is how much later it would have opened (negative: earlier), in the middle.
    """

    rule: str | None
    brand: str | None
    shadow: bool
    weeks: float
    opened: int
    findings: int
    worsened: int
    severities: Mapping[str, int]
    median_z: float | None
    highest_z: float | None
    in_quiet_hours: int
    over_budget: int
    found: int
    missed: int
    false_alarms: int
    confirmed: int
    minutes_later: float | None

    @property
    def per_week(self) -> float | None:
        """Incidents per brand and week; None where less than an hour was replayed."""
        return self.opened / self.weeks if self.weeks > 1 / 168 else None

    @property
    def precision(self) -> float | None:
        return share(self.confirmed, self.false_alarms)


@dataclass(frozen=True, slots=True)
class Record:
    """How a rule has fared in the daemon: the incidents that it opened, and what people made of them."""

    rule: str | None
    brand: str | None
    shadow: bool
    weeks: float
    opened: int
    acknowledged: int
    answered: int
    no_crisis: int
    over: int
    still_open: int
    relapses: int
    severities: Mapping[str, int]

    @property
    def per_week(self) -> float | None:
        return self.opened / self.weeks if self.weeks > 1 / 168 else None

    @property
    def precision(self) -> float | None:
        return share(self.over, self.no_crisis)


def share(confirmed: int, false_alarms: int) -> float | None:
    """Return the share that was real of what has a verdict, None where nothing has one."""
    judged = confirmed + false_alarms
    return confirmed / judged if judged else None


def reals(db: sqlite3.Connection) -> list[Real]:
    """Return what really opened and relapsed, the oldest first; a drill proves nothing."""
    found = (real for saved in _saved(db) for real in _hot_times(db, saved))
    return sorted(found, key=lambda real: real.span)


def _saved(db: sqlite3.Connection) -> list[Saved]:
    return [saved for saved in incidents.listing(db) if not saved.facts.get("drill")]


def _hot_times(db: sqlite3.Connection, saved: Saved) -> Iterator[Real]:
    """The last of its hot times is known to the end, of the others what spoke in them."""
    every = records.spoke(db, saved.id)
    begun = [one for one in every if one.verdict in STARTS]
    begun = begun or [Spoke(saved.course.opened_at, saved.opened_at, STARTS[0])]
    for start, after in zip(begun, [*begun[1:], None], strict=True):
        mine = [one.at for one in every if one.found_at >= start.found_at]
        if after is None:
            mine.append(saved.course.last_finding_at)
        else:
            mine = [one.at for one in every if start.found_at <= one.found_at < after.found_at]
        verdict = _verdict(saved, start.found_at, after.found_at if after else None)
        span = (start.at, max([start.at, *mine]) + CALM_AFTER)
        yield Real(saved.id, saved.brand, saved.rule, verdict, span)


def _verdict(saved: Saved, since: datetime, until: datetime | None) -> str:
    """Return what people said of it last in that time: a closing that was taken back says nothing."""
    verdict = ""
    for event in saved.events:
        if event.at >= since and (until is None or event.at < until):
            if event.what == "closed":
                verdict = str(event.data.get("verdict", OVER))
            elif event.what == "reopened":
                verdict = ""
    return verdict


def cards(replayed: Replayed, known: Sequence[Real]) -> list[Card]:
    """Return a card for each rule and brand it judged, then for each rule, then for all together."""
    brands = list(replayed.spans)
    known = [r for r in known if r.brand in replayed.spans and r.overlap([replayed.spans[r.brand]])]
    made = []
    for rule in replayed.rules:
        of = [brand for brand in brands if rule.brand in (None, brand)]
        made += [_card(replayed, known, rule.name, [brand], brand, rule.shadow) for brand in of]
        if len(of) > 1:
            made.append(_card(replayed, known, rule.name, of, None, rule.shadow))
    if len(replayed.rules) > 1:
        made.append(_card(replayed, known, None, brands, None, False))
    return made


def _card(
    replayed: Replayed,
    known: Sequence[Real],
    rule: str | None,
    brands: Sequence[str],
    brand: str | None,
    shadow: bool,
) -> Card:
    opened = [o for o in replayed.opened if o.brand in brands and _of(o, rule)]
    loud = {r.name for r in replayed.rules if not r.shadow and r.trigger != SILENCE}
    names = loud if rule is None else {rule}
    tallies = {key: t for key, t in replayed.tallies.items() if key[0] in brands and key[1] in names}
    held = [t.held for t in replayed.tellings if t.brand in brands and (rule is None or t.rule == rule)]
    pairs = [(real, found) for real in known if real.brand in brands if (found := _found(real, tallies))]
    missed = [r for r in known if r.brand in brands and rule in (None, r.rule) and not _found(r, tallies)]
    later = [(found - real.span[0]) / timedelta(minutes=1) for real, found in pairs]
    heights = [z for tally in tallies.values() for z in tally.heights]
    return Card(
        rule=rule,
        brand=brand,
        shadow=shadow,
        weeks=sum(replayed.weeks(of) for of in brands),
        opened=len(opened),
        findings=sum(tally.findings for tally in tallies.values()),
        worsened=sum(tally.worsened for tally in tallies.values()),
        severities=_by_severity(o.severity for o in opened),
        median_z=median(heights) if heights else None,
        highest_z=max(heights, default=None),
        in_quiet_hours=held.count(QUIET),
        over_budget=held.count(BUDGET),
        found=len(pairs),
        missed=len(missed),
        false_alarms=sum(real.verdict == NO_CRISIS for real, _ in pairs),
        confirmed=sum(real.verdict == OVER for real, _ in pairs),
        minutes_later=median(later) if later else None,
    )


def _of(opened: Opened, rule: str | None) -> bool:
    return opened.kind == INCIDENT if rule is None else opened.rule == rule


def _found(real: Real, tallies: Mapping[tuple[str, str], Tally]) -> datetime | None:
    return real.overlap(
        s for (brand, _), tally in tallies.items() if brand == real.brand for s in tally.spans
    )


def _by_severity(severities: Iterable[str]) -> dict[str, int]:
    found = list(severities)
    return {severity: found.count(severity) for severity in SEVERITIES}


def record(
    db: sqlite3.Connection, rules: Sequence[Rule], brands: Sequence[str], now: datetime
) -> list[Record]:
    """Return what became of the incidents that each rule opened, brand by brand, then of all of them.

    Of a rule in the shadow it is what it would have opened, and what people made of the
    incidents that others opened at that time. Rules that stand in the configuration no more
    have theirs too. The weeks are those since a source was first heard or an incident opened.
    """
    saved, dark, known = _saved(db), shadows.listing(db), reals(db)
    begun = records.begun(db)
    weeks = max((now - begun) / timedelta(days=7), 0.0) if begun else 0.0
    many = weeks * max(len(brands), 1)
    made = []
    for name in dict.fromkeys([*(rule.name for rule in rules), *sorted(one.rule for one in saved)]):
        mine = [one for one in saved if one.rule == name]
        made += [_record(name, of, some, known, weeks) for of, some in _by_brand(mine).items()]
        if len({one.brand for one in mine}) != 1 and (mine or not any(one.rule == name for one in dark)):
            made.append(_record(name, None, mine, known, many))
    for name in sorted({one.rule for one in dark}):
        by_brand = _by_brand([one for one in dark if one.rule == name])
        made += [_shadowed(name, of, some, known, weeks) for of, some in by_brand.items()]
    return [*made, _record(None, None, saved, known, many)]


def _by_brand(saved: Sequence[Told]) -> dict[str, list[Told]]:
    found: dict[str, list[Told]] = {}
    for one in sorted(saved, key=lambda one: one.brand):
        found.setdefault(one.brand, []).append(one)
    return found


def _record(
    rule: str | None, brand: str | None, saved: Sequence[Saved], known: Sequence[Real], weeks: float
) -> Record:
    made, ids = [one.incident for one in saved], {one.id for one in saved}
    verdicts = [real.verdict for real in known if real.id in ids]
    return Record(
        rule=rule,
        brand=brand,
        shadow=False,
        weeks=weeks,
        opened=len(made),
        acknowledged=sum(i.acknowledged_at is not None for i in made),
        answered=sum(i.answered_at is not None for i in made),
        no_crisis=verdicts.count(NO_CRISIS),
        over=verdicts.count(OVER),
        still_open=sum(i.closed_at is None for i in made),
        relapses=sum(i.relapses for i in made),
        severities=_by_severity(i.severity for i in made),
    )


def _shadowed(rule: str, brand: str, dark: Sequence[Shadow], known: Sequence[Real], weeks: float) -> Record:
    spans = [(one.at, one.last_at + CALM_AFTER) for one in dark]
    met = [real.verdict for real in known if real.brand == brand and real.overlap(spans)]
    return Record(
        rule=rule,
        brand=brand,
        shadow=True,
        weeks=weeks,
        opened=len(dark),
        acknowledged=0,
        answered=0,
        no_crisis=met.count(NO_CRISIS),
        over=met.count(OVER),
        still_open=0,
        relapses=sum(one.verdict == "relapse" for one in dark),
        severities=_by_severity(one.severity for one in dark),
    )
