"""The stored history through today's rules, in event time: what would have opened, and when.

Nobody closes an incident here, so after 24 hours of calm the next finding opens a new one.
Each window is judged by what lies before it alone, and nothing is changed.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import dataclass, replace
from datetime import datetime

from listener import evidence, tracks
from listener.config import Rule, Settings
from listener.intake import measure_of
from listener.store import Store, counts
from listener.store.counts import IMPORT
from listener.store.incidents import RANK
from listener.store.times import minute
from listener.tracks import Group
from rules import life
from rules.life import Course, Verdict
from rules.triggers import Finding, load


@dataclass(frozen=True, slots=True)
class Opened:
    """An incident that would have opened: by which finding, and how it went on."""

    brand: str
    rule: str
    severity: str
    finding: Finding
    negative_share: float | None
    last_finding_at: datetime
    highest_z: float
    findings: int = 1
    worsened: int = 0


def replay(
    store: Store,
    settings: Settings,
    since: datetime | None,
    until: datetime | None,
    progress: Callable[[str], None] = lambda _: None,
) -> list[Opened]:
    """Return the incidents that would have opened between two moments, in the order of time."""
    opened: list[Opened] = []
    for brand in settings.brands:
        progress(brand.name)
        opened += _brand(store, settings, brand.name, since, until)
    return sorted(opened, key=lambda o: o.finding.at)


def _brand(
    store: Store, settings: Settings, brand: str, since: datetime | None, until: datetime | None
) -> list[Opened]:
    with store.read() as db:
        newest = counts.newest(db, brand)
        oldest = counts.oldest(db, brand)
        if newest is None or oldest is None:
            return []
        last = min(newest + 2, minute(until)) if until else newest + 2
        first = max(oldest, minute(since)) if since else oldest
        names = [s.name for s in settings.sources]
        brought = counts.by_source(db, brand, oldest)
        total = sum(brought.get(name, 0) for name in names)
        shares = {name: brought[name] / total for name in names if brought.get(name)}
        group = Group(brand, (*names, IMPORT), shares=shares)
        found: list[tuple[Finding, Rule]] = []
        for rule in settings.rules:
            if rule.brand in (None, brand) and last > oldest:
                track = tracks.load(db, group, measure_of(rule), last, memory=None)
                ends = [end for end in track.ends().tolist() if first * 60 < end <= last * 60]
                found += [(f, rule) for f in load(rule.trigger).judge(rule.options, track, ends)]
        found.sort(key=lambda item: (item[0].at, -item[0].z))
        return _lived(brand, ((f, r, evidence.negative_share(db, brand, f)) for f, r in found))


def _lived(brand: str, found: Iterable[tuple[Finding, Rule, float | None]]) -> list[Opened]:
    """Let the findings live through the life of an incident; return those that open one."""
    course: Course | None = None
    opened: list[Opened] = []
    for finding, rule, share in found:
        severity = evidence.severity(rule, finding, share)
        course, verdict = life.after(course, finding.at, finding.z, RANK[severity])
        if verdict in (Verdict.OPEN, Verdict.RELAPSE):
            opened.append(Opened(brand, rule.name, severity, finding, share, finding.at, finding.z))
            continue
        now = opened[-1]
        opened[-1] = replace(
            now,
            severity=max(now.severity, severity, key=RANK.__getitem__),
            last_finding_at=max(now.last_finding_at, finding.at),
            highest_z=max(now.highest_z, finding.z),
            findings=now.findings + 1,
            worsened=now.worsened + (verdict is Verdict.WORSEN),
        )
    return opened
