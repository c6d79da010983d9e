"""Findings become cases: they are weighed, save those that tell nobody whatever they weigh.

A late mention of a brand of which thousands write makes a thousand windows be judged again. Most of
what they find joins an incident that is as bad as can be, and their mentions need not be read.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Sequence
from itertools import groupby

from listener.detect.screen import Task
from listener.evidence import Case
from listener.store.incidents import RANK
from rules import life
from rules.life import Course
from rules.triggers import Finding

HIGHEST = max(RANK.values())
Found = tuple[Finding, Task]


def ordered(cases: Iterable[Case]) -> list[Case]:
    """Return cases in the order in which they are lived through: of one moment the worst comes first."""
    return sorted(cases, key=lambda case: (case.finding.at, -RANK[case.severity], -case.finding.z))


class Cases:
    """Makes cases of the findings of one brand, whose incident has come so far along its `course`.

    How it goes on is followed as long as that is sure: quiet hours and budgets hold back nothing that
    is a crisis, and nothing is told of what joins.
    """

    def __init__(self, course: Course | None, weigh: Callable[[Finding, Task], Case]) -> None:
        self._course, self._weigh, self._sure = course, weigh, True

    def of(self, found: Iterable[Found]) -> list[Case]:
        """Return the cases in the order of time."""
        together = groupby(sorted(found, key=lambda item: item[0].at), key=lambda item: item[0].at)
        return ordered(case for _, same in together for case in self._of_a_moment(list(same)))

    def _of_a_moment(self, found: Sequence[Found]) -> Iterator[Case]:
        yield from (self._weigh(*item) for item in found if item[1].watch.rule.shadow)
        loud = [item for item in found if not item[1].watch.rule.shadow]
        if all(self._joins(finding) for finding, _ in loud):
            cases = [_unweighed(finding, task) for finding, task in loud]
        else:
            cases = [self._weigh(finding, task) for finding, task in loud]
        for case in ordered(cases):
            self._follow(case)
        yield from cases

    def _joins(self, finding: Finding) -> bool:
        if not self._sure or self._course is None:
            return False
        return life.joins(self._course, finding.at, finding.z, HIGHEST, finding.code)

    def _follow(self, case: Case) -> None:
        finding, rank = case.finding, RANK[case.severity]
        self._sure = self._sure and (rank == HIGHEST or self._joins(finding))
        if self._sure:
            self._course, _ = life.after(self._course, finding.at, finding.z, rank, finding.code)


def _unweighed(finding: Finding, task: Task) -> Case:
    return Case(finding, task.watch.rule, task.watch.rule.severity, None, "")
