"""What a verdict rests on, gathered from the store while it is fresh, and frozen with it."""

from __future__ import annotations

import sqlite3
from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import timedelta
from urllib.parse import urlsplit

from listener.config import Rule
from listener.store import counts, mentions
from listener.store.times import minute
from rules.triggers import Finding

OVERWHELMING = 0.8
FEW_AUTHORS = 3


@dataclass(frozen=True, slots=True)
class Case:
    """One finding, the rule that made it, and how bad it is after gates and crisis_when.

    `shares` are the sources whose counts were judged, each with what it usually brings of them.
    """

    finding: Finding
    rule: Rule
    severity: str
    negative_share: float | None
    gate: str
    shares: Mapping[str, float] = field(default_factory=dict, compare=False)


def weigh(db: sqlite3.Connection, brand: str, rule: Rule, finding: Finding) -> Case:
    """Return how bad a finding is, as the store knows it now."""
    share = negative_share(db, brand, finding)
    code = gate(db, brand, finding, rule.on)
    return Case(finding, rule, "watch" if code else severity(rule, finding, share), share, code)


def window(finding: Finding) -> tuple[int, int]:
    """Return the minutes [first, last) that a finding was made on."""
    return minute(finding.at - finding.span), minute(finding.at)


def without_history(
    db: sqlite3.Connection, brand: str, measure: str, sources: Sequence[str], finding: Finding
) -> Finding:
    """Return the finding with only the news in its windows: what came by a first visit or an import is none.

    A window of a finding shows as `nX` mentions in `secondsX` of its evidence. The finding
    itself comes back where all of it is news.
    """
    last, less = minute(finding.at), {}
    for name, seconds in finding.evidence.items():
        if name.startswith("seconds"):
            count = name.replace("seconds", "n", 1)
            first = minute(finding.at - timedelta(seconds=float(seconds)))  # type: ignore[arg-type]
            if old := counts.history(db, brand, measure, first, last, sources):
                less[count] = int(finding.evidence[count]) - old  # type: ignore[arg-type]
    return replace(finding, evidence={**finding.evidence, **less}) if less else finding


def negative_share(db: sqlite3.Connection, brand: str, finding: Finding) -> float | None:
    """Return the share of negative mentions in the window, None where it holds none."""
    first, last = window(finding)
    every = counts.total(db, brand, "all", first, last)
    return counts.total(db, brand, "negative", first, last) / every if every else None


def severity(rule: Rule, finding: Finding, share: float | None) -> str:
    """Return how bad a finding is by its rule: `crisis` where all that `crisis_when` asks for holds."""
    when = rule.crisis_when
    if when is None or (when.z is not None and finding.z < when.z):
        return rule.severity
    if when.negative_share is not None and (share is None or share < when.negative_share):
        return rule.severity
    return "crisis"


def gate(db: sqlite3.Connection, brand: str, finding: Finding, on: str = "all") -> str:
    """Return the code of what makes the surge less than it seems, empty where nothing does.

    `author`: one known author wrote more than four fifths of it. `domain`: one site did,
    by fewer than three authors. A mention without an author counts as its own author. Asked of
    the mentions that were counted: the negative ones where `on` says so.
    """
    first, last = window(finding)
    wrote = mentions.wrote(db, brand, first, last, label="negative" if on == "negative" else None)
    if not wrote:
        return ""
    known = Counter(author for author, _ in wrote if author)
    if known and known.most_common(1)[0][1] > OVERWHELMING * len(wrote):
        return "author"
    hosts = [_host(url) for _, url in wrote]
    host, most = Counter(hosts).most_common(1)[0]
    here = [author for (author, _), own in zip(wrote, hosts, strict=True) if own == host]
    distinct = len({author for author in here if author}) + here.count("")
    return "domain" if host and most > OVERWHELMING * len(wrote) and distinct < FEW_AUTHORS else ""


def _host(url: str) -> str:
    try:
        return urlsplit(url).hostname or ""
    except ValueError:
        return ""
