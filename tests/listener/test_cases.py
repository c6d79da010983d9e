"""What need not be weighed: it tells nobody, whatever it would weigh."""

from __future__ import annotations

import random
from datetime import UTC, datetime, timedelta
from pathlib import Path

import numpy as np
import pytest

from listener.config import parse
from listener.detect.cases import HIGHEST, Cases
from listener.detect.screen import Task, Watch
from listener.detect.series import Line
from listener.evidence import Case
from listener.evidence.columns import LOUDEST, MOST_TEXTS, Held
from listener.store.incidents import RANK
from listener.tracks import Group
from rules import life
from rules.life import Course, Verdict
from rules.triggers import Finding

NOW = datetime(2026, 3, 16, 12, tzinfo=UTC)
RULES = """
[listener]
database = "a.db"
[[brand]]
name = "Acme"
[[rule]]
name = "burst"
[[rule]]
name = "silent burst"
shadow = true
"""


def tasks(folder: Path) -> list[Task]:
    line = Line(Group("Acme", ("news",)), "all", frozenset({"news"}))
    return [Task(line, Watch(rule, 15), frozenset({0})) for rule in parse(RULES, folder, {}).rules]


def finding(at: datetime, z: float, code: str = "spike") -> Finding:
    return Finding(code, at, timedelta(minutes=15), 40, 3.0, z, {})


class Scale:
    """Weighs by a fixed table of z, and takes down what it was asked to weigh."""

    def __init__(self, severities: dict[float, str]) -> None:
        self.severities, self.asked = severities, list[Finding]()

    def __call__(self, found: Finding, task: Task) -> Case:
        self.asked.append(found)
        return Case(found, task.watch.rule, self.severities[found.z], None, "")


def spoken(course: Course | None, cases: list[Case]) -> list[tuple[Finding, str, Verdict]]:
    """Live through cases as they come; return what each one that is told of did, and how severe it was."""
    told = []
    for case in cases:
        if not case.rule.shadow:
            f = case.finding
            course, verdict = life.after(course, f.at, f.z, RANK[case.severity], f.code)
            if verdict not in (Verdict.JOIN, Verdict.SILENT):
                told.append((f, case.severity, verdict))
    return told


@pytest.mark.parametrize("seed", range(60))
def test_what_is_told_is_the_same_as_if_everything_were_weighed(tmp_path: Path, seed: int) -> None:
    dice = random.Random(seed)
    every = tasks(tmp_path)
    found = [
        (
            finding(
                NOW + timedelta(minutes=dice.randrange(5000)),
                dice.choice((4.0, 6.5, 14.0, 50.0)) + n / 1000,
                dice.choice(("spike", "swell")),
            ),
            dice.choice(every),
        )
        for n in range(80)
    ]
    table = {f.z: dice.choice(("watch", "alert", "crisis", "crisis")) for f, _ in found}
    before = Course(NOW, NOW, 5.0, dice.randrange(HIGHEST + 1), code="spike") if seed % 3 else None
    every_one = [Case(f, task.watch.rule, table[f.z], None, "") for f, task in found]
    every_one.sort(key=lambda case: (case.finding.at, -RANK[case.severity], -case.finding.z))
    cases = Cases(before, Scale(table)).of(found)
    assert len(cases) == len(found)
    assert spoken(before, cases) == spoken(before, every_one)


def test_of_a_crisis_only_what_is_three_times_as_loud_is_weighed(tmp_path: Path) -> None:
    loud, _ = tasks(tmp_path)
    crisis = Course(NOW, NOW, 5.0, HIGHEST, code="spike")
    found = [(finding(NOW + timedelta(minutes=n), 16.0 if n == 7 else 5.0), loud) for n in range(20)]
    scale = Scale({f.z: "crisis" for f, _ in found})
    assert len(Cases(crisis, scale).of(found)) == 20
    assert [f.z for f in scale.asked] == [16.0]


def test_a_rule_in_the_shadow_weighs_all_that_it_finds(tmp_path: Path) -> None:
    _, shadow = tasks(tmp_path)
    found = [(finding(NOW + timedelta(minutes=n), 5.0), shadow) for n in range(5)]
    scale = Scale({f.z: "watch" for f, _ in found})
    Cases(Course(NOW, NOW, 5.0, HIGHEST), scale).of(found)
    assert len(scale.asked) == 5


@pytest.mark.parametrize("loudness", [1, 2, 30, 10_000])
def test_the_loudest_are_read_and_the_newest_of_the_others(loudness: int) -> None:
    dice, held = np.random.default_rng(loudness), Held(0, 1)
    held.reach = dice.integers(0, loudness, 4000)
    rows = np.flatnonzero(dice.random(4000) < 0.7)
    by_reach = sorted(rows.tolist(), key=lambda row: (-held.reach[row], -row))
    others = sorted(by_reach[LOUDEST:])[LOUDEST - MOST_TEXTS :]
    assert held.loud_and_new(rows).tolist() == sorted([*by_reach[:LOUDEST], *others])
