"""How things are compared: the same work on the same core, taken in turns, the middle of several rounds."""

from __future__ import annotations

import gc
import os
import time
from collections.abc import Callable, Mapping, Sequence
from statistics import median

Line = tuple[str, str]
ROUNDS = 3


def one_core() -> None:
    """Keep this process, and those it will start, on one core where the system can."""
    if hasattr(os, "sched_setaffinity"):
        os.sched_setaffinity(0, {max(os.sched_getaffinity(0))})


def other_core() -> None:
    """Keep this process off the core that `one_core` takes, where there is another."""
    if hasattr(os, "sched_setaffinity"):
        cores = sorted(range(os.cpu_count() or 1))
        os.sched_setaffinity(0, set(cores[:-1] or cores))


def cpu_seconds(work: Callable[[], object]) -> float:
    """Return the CPU seconds that some work takes, all threads of this process counted."""
    gc.collect()
    began = time.process_time()
    work()
    return time.process_time() - began


def in_turns(sides: Mapping[str, Callable[[], float]], rounds: int = ROUNDS) -> dict[str, list[float]]:
    """Return what each side measured in each round, the sides taking turns."""
    found: dict[str, list[float]] = {name: [] for name in sides}
    for _ in range(rounds):
        for name, side in sides.items():
            found[name].append(side())
    return found


def compared(ours: Sequence[float], theirs: Sequence[float], unit: str, target: float) -> str:
    """Return both rates and their ratio, by the middle of the rounds, with the range of the ratios."""
    ratio = median(ours) / median(theirs)
    each = [a / b for a, b in zip(ours, theirs, strict=True)]
    verdict = "met" if ratio >= target else "MISSED"
    return (
        f"{median(ours):,.0f} against {median(theirs):,.0f} {unit}: {ratio:.2f}x"
        f" (rounds {min(each):.2f} to {max(each):.2f}; at least {target:g}x: {verdict})"
    )
