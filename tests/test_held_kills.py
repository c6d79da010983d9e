"""Killed at any statement of a night, the judge loses nothing that it holds back and tells nothing twice."""

import random
import shutil
import signal
import sqlite3
import subprocess
import sys
from contextlib import closing

import pytest

from listener.detect import Judge
from tests.kit import DAY, HOUR, MINUTE, NOON, an_intake, heard, imported, listened, opened, quiet, storm
from tests.night import MIDNIGHT, config
from tests.running import ROOT


@pytest.fixture(scope="module")
def evening(tmp_path_factory):
    """A store after two quiet weeks, and a storm at midnight that nobody has judged yet."""
    folder = tmp_path_factory.mktemp("evening")
    made, store = config(folder), opened(folder)
    imported(store, an_intake(store, made), quiet(NOON - 14 * DAY, 14), NOON, folder / "history.ndjson")
    listened(store, "feed", NOON - HOUR, MIDNIGHT + 2 * MINUTE)
    Judge(made).detect(store, NOON)
    # Nobody is negative enough for a crisis: that would break through.
    heard(store, "feed", storm(40, MIDNIGHT + MINUTE, label="neutral"), MIDNIGHT + 2 * MINUTE)
    store.close()
    return folder


def night(folder, *statement):
    """Live the night to its end, or to a statement at which it is killed; return its status and word."""
    asked = [sys.executable, "-m", "tests.night", str(folder), *map(str, statement)]
    done = subprocess.run(asked, cwd=ROOT, capture_output=True, text=True, timeout=120)
    assert done.returncode in (0, -signal.SIGKILL), done.stderr
    return done.returncode, done.stdout


def told(folder):
    with closing(sqlite3.connect(folder / "listener.db")) as db:
        events = db.execute("SELECT incident, what, at FROM events ORDER BY incident, seq").fetchall()
        return events, db.execute("SELECT key, kind FROM notices ORDER BY id").fetchall()


@pytest.fixture(scope="module")
def unkilled(evening, tmp_path_factory):
    folder = tmp_path_factory.mktemp("unkilled") / "night"
    shutil.copytree(evening, folder)
    status, statements = night(folder)
    assert status == 0
    return told(folder), int(statements)


def test_the_night_holds_back_and_the_morning_tells(unkilled):
    (events, notices), _ = unkilled
    assert [what for _, what, _ in events] == ["opened", "released", "told", "told"]
    assert [kind for _, kind in notices if kind in ("card", "dm")] == ["card", "dm", "dm"]


@pytest.mark.parametrize("seed", [0, *(pytest.param(n, marks=pytest.mark.soak) for n in range(1, 60))])
def test_a_night_that_is_killed_again_and_again_comes_to_the_same(evening, unkilled, tmp_path, seed):
    expected, statements = unkilled
    chance, folder = random.Random(seed), tmp_path / "night"
    shutil.copytree(evening, folder)
    for _ in range(3 if seed else 1):
        if night(folder, chance.randrange(1, statements + 1))[0] == 0:
            break
    assert night(folder)[0] == 0
    assert told(folder) == expected
