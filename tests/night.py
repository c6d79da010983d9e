"""A night in a process of its own, killed at a statement: `python -m tests.night FOLDER [STATEMENT]`."""

import os
import signal
import sys
from pathlib import Path

from listener.detect import Judge
from listener.escalate import escalate
from listener.store import Store
from tests.kit import BRAND, HOUR, MINUTE, NOON, PEOPLE, SLACK, SOURCE, settings

RULE = """
[[rule]]
name = "bound"
quiet_hours = "22:00-07:00"
"""
MIDNIGHT, SEVEN = NOON + 12 * HOUR, NOON + 19 * HOUR
MOMENTS = (MIDNIGHT + 2 * MINUTE, MIDNIGHT + 3 * MINUTE, SEVEN, SEVEN + MINUTE, SEVEN + 12 * MINUTE)


def config(folder):
    return settings(folder, BRAND, SOURCE, SLACK, PEOPLE, RULE)


def main(folder, last=0):
    """Judge and escalate at each moment that was not done yet; print how many statements that took."""
    done, made, said = folder / "done", config(folder), [0]

    def count(_):
        said[0] += 1
        if said[0] == last:
            os.kill(os.getpid(), signal.SIGKILL)

    store = Store(folder / "listener.db")
    store._writer.set_trace_callback(count)
    begin = len(done.read_text()) if done.exists() else 0
    judge = Judge(made)
    for now in MOMENTS[begin:]:
        judge.detect(store, now)
        escalate(store, made, now)
        with done.open("a") as file:
            file.write(".")
    print(said[0])


if __name__ == "__main__":
    main(Path(sys.argv[1]), *map(int, sys.argv[2:]))
