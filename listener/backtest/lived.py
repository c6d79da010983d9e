"""Findings of the past through the life of an incident: what would have opened, and what each rule did.

Nobody closes an incident here, so after 24 hours of calm the next finding opens a new one. A rule in
the shadow is judged by itself and moves nothing; what a `quiet` rule finds is no incident. What quiet
hours or a budget would have kept for later is marked, and lives on as if it had been told.
"""

from __future__ import annotations

from array import array
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime, tzinfo

from listener.config import Rule
from listener.evidence import Case
from listener.store.incidents import RANK
from rules import life
from rules.life import CALM_AFTER, Course, Verdict
from rules.restraint import BUDGET, QUIET, quiet_until, spent_until
from rules.triggers import Finding

SILENCE = "quiet"
INCIDENT, SHADOW = "incident", "shadow"
SPEAKING = (Verdict.OPEN, Verdict.RELAPSE, Verdict.WORSEN)
HIGHEST = max(RANK.values())


@dataclass(frozen=True, slots=True)
class Opened:
    """An incident that would have opened: by which finding, and how it went on.

    `kind` is `incident`, `shadow` where a rule in the shadow would have opened it alone, or
    `quiet` for a silence, which opens none. `severity` is the highest it reached.
    """

    brand: str
    rule: str
    severity: str
    finding: Finding
    negative_share: float | None
    last_finding_at: datetime
    highest_z: float
    findings: int = 1
    worsened: int = 0
    kind: str = INCIDENT
    gate: str = ""
    held: str = ""

    @property
    def span(self) -> tuple[datetime, datetime]:
        """From its first finding to the end of its hot time."""
        return self.finding.at, self.last_finding_at + CALM_AFTER


@dataclass(frozen=True, slots=True)
class Telling:
    """A moment at which somebody would be told; `held` says what would have kept it for later."""

    brand: str
    rule: str
    at: datetime
    severity: str
    opens: bool = True
    held: str = ""


@dataclass(slots=True)
class Tally:
    """What one rule found for one brand: its findings, and the spans of its own hot time."""

    findings: int = 0
    worsened: int = 0
    heights: array[float] = field(default_factory=lambda: array("d"))
    spans: list[tuple[datetime, datetime]] = field(default_factory=list)

    def add(self, finding: Finding) -> None:
        """Count one more finding; they come in the order of time."""
        self.findings += 1
        self.heights.append(finding.z)
        until = finding.at + CALM_AFTER
        if self.spans and finding.at < self.spans[-1][1]:
            self.spans[-1] = (self.spans[-1][0], max(self.spans[-1][1], until))
        else:
            self.spans.append((finding.at, until))


class Lived:
    """The life of one brand's incidents; findings are fed in the order of time."""

    def __init__(self, brand: str, weigh: Callable[[Rule, Finding], Case]) -> None:
        self.opened: list[Opened] = []
        self.tellings: list[Telling] = []
        self.tallies: dict[str, Tally] = {}
        self._brand, self._weigh = brand, weigh
        self._courses: dict[str, Course] = {}
        self._newest: dict[str, int] = {}

    def feed(self, found: Iterable[tuple[Finding, Rule]]) -> None:
        """Live through findings, none of which ends before those of the last time."""
        for same in _together(sorted(found, key=lambda item: item[0].at)):
            for finding, rule in same:
                self.tallies.setdefault(rule.name, Tally()).add(finding)
            for life_of, members in _lives(same).items():
                self._live(life_of, members)

    def _live(self, life_of: str, found: Sequence[tuple[Finding, Rule]]) -> None:
        """Live through what was found at one moment, the worst first as the judge has it."""
        course = self._courses.get(life_of)
        if course is not None and all(_joins(course, finding) for finding, _ in found):
            for finding, _ in found:
                self._courses[life_of], _ = life.after(
                    self._courses[life_of], finding.at, finding.z, 0, finding.code
                )
                self._join(life_of, finding)
            return
        cases = [self._case(finding, rule) for finding, rule in found]
        for case in sorted(cases, key=lambda case: (-RANK[case.severity], -case.finding.z)):
            self._after(life_of, case)

    def _case(self, finding: Finding, rule: Rule) -> Case:
        if rule.trigger == SILENCE:
            return Case(finding, rule, "watch", None, "")
        return self._weigh(rule, finding)

    def _after(self, life_of: str, case: Case) -> None:
        finding, rank = case.finding, RANK[case.severity]
        course, verdict = life.after(self._courses.get(life_of), finding.at, finding.z, rank, finding.code)
        self._courses[life_of] = course
        if verdict in SPEAKING and not life_of:
            opens = verdict is not Verdict.WORSEN
            self.tellings.append(Telling(self._brand, case.rule.name, finding.at, case.severity, opens))
        if verdict in (Verdict.OPEN, Verdict.RELAPSE):
            self._newest[life_of] = len(self.opened)
            self.opened.append(_opened(self._brand, case))
            return
        self._join(life_of, finding)
        number = self._newest[life_of]
        now = self.opened[number]
        worst = max(now.severity, case.severity, key=RANK.__getitem__)
        self.opened[number] = replace(now, severity=worst, worsened=now.worsened + (verdict in SPEAKING))
        self.tallies[case.rule.name].worsened += verdict in SPEAKING

    def _join(self, life_of: str, finding: Finding) -> None:
        now = self.opened[self._newest[life_of]]
        self.opened[self._newest[life_of]] = replace(
            now,
            last_finding_at=max(now.last_finding_at, finding.at),
            highest_z=max(now.highest_z, finding.z),
            findings=now.findings + 1,
        )


def restrained(tellings: Iterable[Telling], rules: Iterable[Rule], zone: tzinfo) -> list[Telling]:
    """Return the tellings of all brands in the order of time, with what would have held each of them."""
    named = {rule.name: rule for rule in rules}
    spent: dict[str, list[datetime]] = {}
    told = []
    for telling in sorted(tellings, key=lambda t: t.at):
        rule, before = named[telling.rule], spent.setdefault(telling.rule, [])
        told.append(replace(telling, held=_held(rule, telling, before, zone)))
        if telling.opens and not told[-1].held:
            before.append(telling.at)
    return told


def _held(rule: Rule, telling: Telling, told: Sequence[datetime], zone: tzinfo) -> str:
    if telling.severity == "crisis":
        return ""
    if quiet_until(rule.quiet_hours, telling.at, zone):
        return QUIET
    if rule.budget is None or not telling.opens:
        return ""
    return BUDGET if spent_until(rule.budget.most, rule.budget.within, told, telling.at) else ""


def _joins(course: Course, finding: Finding) -> bool:
    """Tell whether a finding joins in silence however severe it is: then it need not be weighed."""
    return life.joins(course, finding.at, finding.z, HIGHEST, finding.code)


def _together(found: Sequence[tuple[Finding, Rule]]) -> Iterable[list[tuple[Finding, Rule]]]:
    """Yield the findings of each moment."""
    same: list[tuple[Finding, Rule]] = []
    for item in found:
        if same and same[0][0].at != item[0].at:
            yield same
            same = []
        same.append(item)
    if same:
        yield same


def _lives(found: Iterable[tuple[Finding, Rule]]) -> dict[str, list[tuple[Finding, Rule]]]:
    """Return the findings by whose life they move: "" is the brand's, a rule apart has its own."""
    lives: dict[str, list[tuple[Finding, Rule]]] = {}
    for finding, rule in found:
        apart = rule.shadow or rule.trigger == SILENCE
        lives.setdefault(rule.name if apart else "", []).append((finding, rule))
    return lives


def _opened(brand: str, case: Case) -> Opened:
    f, rule = case.finding, case.rule
    kind = SILENCE if rule.trigger == SILENCE else SHADOW if rule.shadow else INCIDENT
    return Opened(
        brand, rule.name, case.severity, f, case.negative_share, f.at, f.z, kind=kind, gate=case.gate
    )
