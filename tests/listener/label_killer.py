"""Labels one mention again and again, each time killed one statement later; prints what was left of it.

Run as a process of its own: `python -m tests.listener.label_killer FOLDER`.
"""

import json
import os
import signal
import sys
from pathlib import Path

from listener.labelling import label
from listener.store import Store
from tests.kit import BRAND, NOON, SOURCE, opened, settings

TABLES = ("counts", "labels", "changes", "mentions", "firsts", "matches")


def main(folder):
    config, before, step = settings(folder, BRAND, SOURCE), state(folder), 0
    while True:
        step += 1
        child = os.fork()
        if not child:
            victim(folder, config, step)
        _, status = os.waitpid(child, 0)
        left = state(folder)
        print(json.dumps({"killed": os.WIFSIGNALED(status), "whole": whole(folder), "same": left == before}))
        if not os.WIFSIGNALED(status):
            return


def victim(folder, config, step):
    """Label the mention, and die at the statement of that number."""
    store, said = opened(folder), []

    def trace(_):
        said.append(1)
        if len(said) == step:
            os.kill(os.getpid(), signal.SIGKILL)

    with store.write() as db:
        pass
    db.set_trace_callback(trace)
    label(store, config, 1, "negative", "Anna", NOON)
    os._exit(0)


def state(folder):
    store = Store(Path(folder) / "listener.db")
    with store.read() as db:
        found = {
            table: sorted(map(tuple, db.execute(f"SELECT * FROM {table}")), key=repr) for table in TABLES
        }
    store.close()
    return found


def whole(folder):
    """Tell whether journal, mention, counts and notes are all as they were, or all as they should be."""
    store = Store(Path(folder) / "listener.db")
    with store.read() as db:
        one = lambda asked: db.execute(asked).fetchone()[0]  # noqa: E731
        found = (
            one("SELECT count(*) FROM labels") == 1,
            one("SELECT human FROM mentions WHERE id = 1") == "negative",
            one("SELECT coalesce(sum(n), 0) FROM counts WHERE measure = 'negative'") == 1,
            one("SELECT sum(mood) FROM counts WHERE measure = 'all'") == -500,
            one("SELECT count(*) FROM changes") == 2,
        )
    store.close()
    return len(set(found)) == 1


if __name__ == "__main__":
    main(Path(sys.argv[1]))
