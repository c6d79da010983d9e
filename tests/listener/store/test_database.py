"""The file: all or nothing, one writer, readers that cannot write, one daemon, and a full disk survived."""

import json
import os
import signal
import sqlite3
import subprocess
import sys
import threading
from contextlib import closing

import pytest

from listener.store import DaemonLock, Store, StoreError, counts, facts, incidents, mentions, outbox
from rules.incident import Event
from rules.life import Course
from tests.kit import NOON, heard, opened, row

ADD_FROM_A_CHILD = """
import sys
from pathlib import Path
from listener.store import Store, mentions
from tests.kit import NOON, row
store = Store(Path(sys.argv[1]))
print("ready", flush=True)
sys.stdin.readline()
for n in range(40):
    with store.write() as db:
        mentions.add(db, "child", [row(f"{n}")], NOON)
print("done", flush=True)
"""
HOLD_THE_LOCK = """
import sys
from pathlib import Path
from listener.store import DaemonLock
assert DaemonLock(Path(sys.argv[1])).take()
print("taken", flush=True)
sys.stdin.readline()
"""
OPEN_IT = """
import sys
from pathlib import Path
from listener.store import Store
sys.stdin.readline()
print(Store(Path(sys.argv[1])).quick_check(), flush=True)
"""


def child(script, *args):
    root = os.path.dirname(os.path.dirname(os.path.dirname(os.path.dirname(os.path.abspath(__file__)))))
    return subprocess.Popen(
        [sys.executable, "-c", script, *map(str, args)],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        text=True,
        cwd=root,
    )


def stored(store):
    with store.read() as db:
        return db.execute("SELECT count(*) FROM mentions").fetchone()[0]


@pytest.fixture
def store(tmp_path):
    made = opened(tmp_path)
    yield made
    made.close()


def test_a_transaction_that_fails_leaves_nothing(store):
    with pytest.raises(ValueError, match="half way"), store.write() as db:
        mentions.add(db, "feed", [row("1")], NOON)
        counts.heard(db, "feed", 0, 10)
        facts.put(db, "a", "b")
        outbox.put(db, key="k", way="slack", kind="dm", target="U1", now=NOON)
        raise ValueError("half way")
    with store.read() as db:
        names = [r[0] for r in db.execute("SELECT name FROM sqlite_master WHERE type = 'table'")]
        tables = [name for name in names if not name.startswith(("sqlite_", "_sqlite"))]
        assert sum(db.execute(f"SELECT count(*) FROM {name}").fetchone()[0] for name in tables) == 0


def test_after_a_failure_the_next_transaction_works(store):
    with pytest.raises(sqlite3.IntegrityError), store.write() as db:
        db.execute("INSERT INTO facts VALUES ('a', 'b')")
        db.execute("INSERT INTO facts VALUES ('a', 'b')")
    heard(store, "feed", [row("1")], NOON)
    assert stored(store) == 1


def test_readers_cannot_write(store):
    with store.read() as db, pytest.raises(sqlite3.OperationalError, match="readonly"):
        facts.put(db, "a", "b")


def test_a_reader_sees_one_moment_while_others_write(store):
    heard(store, "feed", [row("1")], NOON)
    with store.read() as db:
        before = db.execute("SELECT count(*) FROM mentions").fetchone()[0]
        heard(store, "feed", [row("2")], NOON)
        assert db.execute("SELECT count(*) FROM mentions").fetchone()[0] == before
    assert stored(store) == 2


def test_a_reader_inside_a_reader_sees_the_same_moment(store):
    with store.read() as outer:
        outer.execute("SELECT count(*) FROM mentions").fetchone()
        heard(store, "feed", [row("1")], NOON)
        assert stored(store) == 0
    assert stored(store) == 1


def test_threads_that_write_at_once_all_succeed(store):
    def write(name):
        for n in range(20):
            heard(store, name, [row(n)], NOON)

    threads = [threading.Thread(target=write, args=(f"feed {n}",)) for n in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert stored(store) == 80


def test_two_processes_that_write_at_once_both_succeed(store):
    with child(ADD_FROM_A_CHILD, store.path) as other:
        assert other.stdout.readline() == "ready\n"
        other.stdin.write("go\n")
        other.stdin.flush()
        for n in range(40):
            heard(store, "mine", [row(n)], NOON)
        assert other.stdout.readline() == "done\n"
        other.stdin.close()
    assert stored(store) == 80
    with store.read() as db:
        assert counts.by_source(db, "Acme", 0) == {"child": 40, "mine": 40}


def test_two_processes_may_open_a_new_database_at_once(tmp_path):
    children = [child(OPEN_IT, tmp_path / "new.db") for _ in range(3)]
    for one in children:
        one.stdin.write("go\n")
        one.stdin.flush()
    assert [one.communicate()[0] for one in children] == ["ok\n"] * 3


def test_a_full_database_loses_nothing_and_keeps_working_after(store):
    heard(store, "feed", [row("before")], NOON)
    with store.write() as db:
        pages = db.execute("PRAGMA page_count").fetchone()[0]
    store._writer.execute(f"PRAGMA max_page_count = {pages + 4}")
    with pytest.raises(sqlite3.OperationalError, match="full"):
        heard(store, "feed", [row(n, text="x" * 5000) for n in range(200)], NOON)
    assert (stored(store), store.quick_check()) == (1, "ok")
    store._writer.execute("PRAGMA max_page_count = 1000000")
    assert heard(store, "feed", [row(n) for n in range(200)], NOON) == 200
    with store.read() as db:
        assert counts.by_source(db, "Acme", 0) == {"feed": 201}


def test_what_was_committed_survives_a_kill(tmp_path):
    path = tmp_path / "killed.db"
    script = ADD_FROM_A_CHILD.replace("range(40)", "range(100000)").replace(
        'mentions.add(db, "child", [row(f"{n}")], NOON)',
        'mentions.add(db, "child", [row(f"{n}")], NOON)\n    print(n, flush=True)',
    )
    with child(script, path) as other:
        other.stdout.readline()
        other.stdin.write("go\n")
        other.stdin.flush()
        said = [int(other.stdout.readline()) for _ in range(30)][-1]
        other.send_signal(signal.SIGKILL)
    store = Store(path)
    assert store.quick_check() == "ok"
    assert stored(store) > said
    with store.read() as db:
        assert counts.by_source(db, "Acme", 0) == {"child": stored(store)}
    store.close()


def test_a_second_daemon_is_refused(tmp_path):
    first, second = DaemonLock(tmp_path / "listener.db"), DaemonLock(tmp_path / "listener.db")
    assert first.take()
    assert not second.take()
    first.release()
    assert second.take()
    second.release()


def test_the_lock_of_a_killed_daemon_is_free(tmp_path):
    lock = DaemonLock(tmp_path / "listener.db")
    with child(HOLD_THE_LOCK, tmp_path / "listener.db") as holder:
        assert holder.stdout.readline() == "taken\n"
        assert not lock.take()
        holder.send_signal(signal.SIGKILL)
        holder.wait()
        assert lock.take()
    lock.release()


def test_a_lock_that_cannot_be_made_is_told_as_such(tmp_path):
    (tmp_path / "file").write_text("")
    with pytest.raises(StoreError, match="lock"):
        DaemonLock(tmp_path / "file" / "listener.db").take()


def test_a_backup_opens_and_equals(store, tmp_path):
    heard(store, "feed", [row(n) for n in range(300)], NOON)
    for _ in range(2):
        store.backup(tmp_path / "copy.db")
    copy = Store(tmp_path / "copy.db")
    with store.read() as here, copy.read() as there:
        assert list(here.iterdump()) == list(there.iterdump())
    assert copy.quick_check() == "ok"
    copy.close()
    assert not (tmp_path / "copy.db.part").exists()


def test_a_backup_is_of_one_moment_while_others_write(store, tmp_path):
    heard(store, "feed", [row(n, text="x" * 2000) for n in range(500)], NOON)
    stop = threading.Event()

    def write():
        n = 0
        while not stop.is_set():
            heard(store, "busy", [row(n)], NOON)
            n += 1

    thread = threading.Thread(target=write)
    thread.start()
    try:
        store.backup(tmp_path / "copy.db")
    finally:
        stop.set()
        thread.join()
    copy = Store(tmp_path / "copy.db")
    with copy.read() as db:
        assert sum(counts.by_source(db, "Acme", 0).values()) == stored(copy) >= 500
    copy.close()


@pytest.mark.parametrize("body", [b"this is no database, whatever its name says " * 40, b"\0" * 4096])
def test_what_is_no_database_is_told_as_such(tmp_path, body):
    (tmp_path / "listener.db").write_bytes(body)
    with pytest.raises(StoreError, match="cannot be opened"):
        opened(tmp_path)
    assert (tmp_path / "listener.db").read_bytes() == body


def test_a_damaged_page_is_found(tmp_path):
    store = opened(tmp_path)
    heard(store, "feed", [row(n, text="x" * 500) for n in range(500)], NOON)
    store.close()
    path = tmp_path / "listener.db"
    with path.open("r+b") as file:
        file.seek(path.stat().st_size // 2)
        file.write(b"\xff" * 8192)
    damaged = opened(tmp_path)
    assert damaged.quick_check() != "ok"
    damaged.close()


def test_opening_again_finds_everything(tmp_path):
    first = opened(tmp_path)
    heard(first, "feed", [row("1")], NOON)
    data = {"severity": "alert"}
    with first.write() as db:
        course = Course(NOON, NOON, 5.0, 1)
        numbers = {"z": 5.0, "observed": 9, "expected": 1.0}
        incidents.create(db, "Acme", "surge", [Event("opened", NOON, data=data)], numbers, course)
    first.close()
    again = opened(tmp_path)
    with again.read() as db:
        saved = incidents.get(db, 1)
    assert (stored(again), saved.brand, saved.events[0].data) == (1, "Acme", data)
    assert json.loads(json.dumps(saved.facts)) == numbers
    again.close()


def test_a_database_of_a_newer_version_is_refused_with_a_sentence(tmp_path):
    path = tmp_path / "listener.db"
    Store(path).close()
    with closing(sqlite3.connect(path)) as db:
        db.execute(
            "INSERT INTO _sqlite_migrations (migration_set, name, applied_at)"
            " VALUES ('listener', 'of_tomorrow', '2030')"
        )
        db.commit()
    with pytest.raises(StoreError, match="newer version"):
        Store(path)
