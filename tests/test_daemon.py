"""The daemon as its operator meets it: a child process, real signals, a real port."""

import json
import sqlite3
import urllib.request
from contextlib import closing
from datetime import UTC, datetime, timedelta

import pytest

from tests.running import Daemon, rows, until, verb
from tests.servers.feed import FeedServer
from tests.servers.slack import SlackServer

CONFIG = """
[listener]
database = "listener.db"
dashboard = "{dashboard}"
[[brand]]
name = "Acme"
[[source]]
name = "forum"
kind = "rss"
url = "{feed}"
every = "5s"
private = true
"""


@pytest.fixture
def feed():
    with FeedServer() as feed:
        feed.add("one", "Acme opens a shop")
        yield feed


@pytest.fixture
def folder(tmp_path, feed):
    configure(tmp_path, feed)
    return tmp_path


def configure(folder, feed, more="", dashboard="off"):
    text = CONFIG.format(feed=feed.url, dashboard=dashboard)
    (folder / "config.toml").write_text(text + more)


def listening(daemon, times=1):
    until(
        lambda: (
            daemon.log.count("INFO listener.daemon listening") >= times or daemon.process.poll() is not None
        )
    )


def test_it_stops_cleanly_when_asked_and_leaves_the_lock_free(folder):
    for life in (1, 2):
        with Daemon(folder) as daemon:
            listening(daemon, life)
            assert daemon.stop(10) == 0
    assert "Traceback" not in daemon.log


def test_a_second_daemon_on_the_same_database_is_refused(folder):
    with Daemon(folder) as daemon:
        listening(daemon)
        second = verb(folder, "run")
    assert second.returncode == 2
    assert "is running" in second.stderr
    assert "Traceback" not in second.stderr


def test_a_killed_daemon_leaves_the_lock_free(folder):
    with Daemon(folder) as daemon:
        listening(daemon)
        daemon.kill()
    assert verb(folder, "run", "--once").returncode == 0


def test_a_bad_configuration_on_sighup_leaves_the_old_one_in_force(folder, feed):
    import signal

    with Daemon(folder) as daemon:
        listening(daemon)
        (folder / "config.toml").write_text("[listener]\ndatabase = 3\n[[brnd]]\n")
        daemon.process.send_signal(signal.SIGHUP)
        until(lambda: "the old one stays in force" in daemon.log)
        configure(
            folder, feed, '[[source]]\nname="second"\nkind="rss"\nurl="http://127.0.0.1:9/"\npause=true\n'
        )
        daemon.process.send_signal(signal.SIGHUP)
        until(lambda: "sources=2" in daemon.log)
        assert daemon.stop() == 0
    assert "brnd" in daemon.log


def test_once_visits_stores_and_exits(folder):
    done = verb(folder, "run", "--once")
    assert done.returncode == 0, done.stderr
    assert [row["text"] for row in rows(folder, "search", "Acme")] == ["Acme opens a shop"]


def test_once_says_which_source_failed(folder, feed):
    feed.say = (404, {"Content-Type": "text/plain"}, b"gone fishing")
    done = verb(folder, "run", "--once")
    assert done.returncode == 1
    assert "forum: refused" in done.stderr


def test_the_status_page_and_health_answer_while_it_runs(folder, feed):
    configure(folder, feed, dashboard="127.0.0.1:0")
    with Daemon(folder) as daemon:
        listening(daemon)
        address = next(part for part in daemon.log.split() if part.startswith("address=")).removeprefix(
            "address="
        )
        until(lambda: feed.visits)
        with urllib.request.urlopen(address + "/healthz", timeout=10) as answer:
            assert json.load(answer)["ok"] is True
        with urllib.request.urlopen(address + "/", timeout=10) as answer:
            assert "Acme" in answer.read().decode()
        with urllib.request.urlopen(address + "/metrics", timeout=10) as answer:
            assert b"listener_" in answer.read()
        assert daemon.stop(10) == 0


def test_a_damaged_database_is_named_and_nothing_is_done_to_it(folder):
    verb(folder, "run", "--once")
    damaged = b"this is no database" * 100
    (folder / "listener.db").write_bytes(damaged)
    for end in ("-wal", "-shm"):
        (folder / f"listener.db{end}").unlink(missing_ok=True)
    done = verb(folder, "run", "--once")
    assert done.returncode == 2
    assert "listener.db" in done.stderr
    assert "Traceback" not in done.stderr
    assert (folder / "listener.db").read_bytes() == damaged


def test_a_clock_in_a_file_is_followed_when_it_jumps(folder, feed):
    clock = folder / "clock"
    clock.write_text("2026-03-02T12:00:00Z")
    with Daemon(folder, "--clock", str(clock)) as daemon:
        listening(daemon)
        until(lambda: _visited(folder) == "2026-03-02T12:00:00.000Z")
        clock.write_text("2026-03-02T18:00:00Z")
        until(lambda: _visited(folder) == "2026-03-02T18:00:00.000Z")
        assert daemon.stop() == 0


def _visited(folder):
    try:
        with closing(sqlite3.connect(folder / "listener.db")) as db:
            row = db.execute("SELECT last_visit_at FROM sources").fetchone()
    except sqlite3.OperationalError:
        return None
    return row and row[0]


def test_a_slack_that_refuses_the_token_stops_nothing_and_the_terminal_tells_instead(folder, feed):
    with SlackServer() as slack:
        more = f'[slack]\nbot_token="xoxb-wrong"\nchannel="#pr-alerts"\napi="{slack.api}"\n'
        configure(folder, feed, more)
        _past(folder)
        verb(folder, "run", "--once")
        slack.fail_next("chat.postMessage", "invalid_auth", times=50)
        for number in range(60):
            feed.add(f"n{number}", f"Acme is awful and terrible, {number}")
        done = verb(folder, "run", "--once")
    assert done.returncode == 0, done.stderr
    assert "Acme" in done.stdout
    assert "invalid_auth" in done.stderr
    assert len(rows(folder, "incidents")) == 1


def _past(folder):
    first = datetime.now(UTC) - timedelta(days=10)
    lines = ["published_at,brand,text"]
    lines += [f"{(first + timedelta(hours=n)).isoformat()},Acme,quiet {n}" for n in range(239)]
    (folder / "past.csv").write_text("\n".join(lines))
    assert verb(folder, "import", str(folder / "past.csv")).returncode == 0
