"""What keeps the daemon well: backups, forgetting in time, and saying how it is."""

import logging
import socket
import threading
from dataclasses import replace
from datetime import timedelta
from http.server import BaseHTTPRequestHandler, HTTPServer

import pytest

from listener.store import Store, counts, outbox, sources
from listener.store.times import minute
from listener.upkeep import Pulse, backup, beat, forget_old, health
from tests.kit import BRAND, DAY, MINUTE, NOON, SOURCE, heard, opened, row, settings, visited


@pytest.fixture
def store(tmp_path):
    made = opened(tmp_path)
    with made.write() as db:
        sources.register(db, {"feed": "rss", "forum": "rss"})
    yield made
    made.close()


@pytest.fixture
def config(tmp_path):
    return settings(tmp_path, BRAND, SOURCE, SOURCE.replace("feed", "forum"))


def said(store, config, pulse=None, now=NOON, slack=None):
    return health(store, config, pulse or Pulse(), now, slack)


def fail(store, *names):
    with store.write() as db:
        for name in names:
            sources.failed(db, name, status="failing", detail="", now=NOON, due_at=NOON + MINUTE)


def test_a_new_daemon_is_well(store, config):
    found = said(store, config)
    assert (found.well, found.troubles, dict(found.sources)) == (True, (), {"new": 2})
    assert found.to_json()["ok"] is True


def test_a_source_that_nobody_visits_any_more_is_a_trouble(store, config):
    with store.write() as db:
        visited(db, "feed", NOON)
    assert said(store, config, now=NOON + 10 * MINUTE).well
    assert said(store, config, now=NOON + 11 * MINUTE).troubles == ("source overdue: feed",)


def test_one_failing_source_is_no_trouble_and_all_are(store, config):
    fail(store, "feed")
    with store.write() as db:
        visited(db, "forum", NOON)
    assert said(store, config).well
    fail(store, "forum")
    assert said(store, config).troubles == ("no source answers",)


def test_a_judge_that_stands_still_is_a_trouble(store, config):
    pulse = Pulse()
    pulse.judged_at -= 61
    assert said(store, config, pulse).troubles == ("judging stands still",)
    pulse.judged()
    assert said(store, config, pulse).well


def test_notices_that_wait_are_a_trouble_after_ten_minutes(store, config):
    with store.write() as db:
        outbox.put(db, key="a", way="slack", kind="dm", target="U1", now=NOON)
    assert said(store, config, now=NOON + 10 * MINUTE).well
    found = said(store, config, now=NOON + 11 * MINUTE)
    assert (found.troubles, dict(found.waiting)) == (("notices wait: slack",), {"slack": 1})


@pytest.mark.parametrize(("connected", "well"), [(None, True), (True, True), (False, False)])
def test_a_broken_slack_socket_is_a_trouble_where_there_should_be_one(store, config, connected, well):
    assert said(store, config, slack=connected).well is well


def test_a_paused_source_is_not_asked_after(store, tmp_path):
    config = settings(tmp_path, BRAND, SOURCE + "pause = true\n")
    fail(store, "feed")
    assert said(store, config, now=NOON + DAY).well


def test_a_backup_stands_beside_the_database(store):
    heard(store, "feed", [row(1)], NOON)
    backup(store)
    copy = Store(store.path.with_name("listener.db.backup"))
    with copy.read() as db:
        assert counts.by_source(db, "Acme", 0) == {"feed": 1}
    copy.close()


def test_a_backup_that_fails_is_logged_and_the_old_one_stays(store, caplog):
    place = store.path.with_name("listener.db.backup")
    place.mkdir()
    backup(store)
    assert "no backup" in caplog.text
    assert place.is_dir()


def test_old_texts_are_forgotten_and_their_counts_stay(store, config):
    old = NOON - config.privacy.keep - MINUTE
    heard(store, "feed", [row(n, old) for n in range(4500)] + [row("young", old + 2 * MINUTE)], NOON)
    forget_old(store, config, NOON)
    with store.read() as db:
        assert [r["key"] for r in db.execute("SELECT key FROM mentions")] == ["young"]
        assert counts.total(db, "Acme", "all", 0, minute(NOON)) == 4501


class Observer:
    """A server that counts heartbeats, or hangs up on them with `answer`."""

    def __init__(self, answer=None):
        self.beats, observer = 0, self

        class Handler(BaseHTTPRequestHandler):
            def do_GET(self):
                observer.beats += 1
                if answer is None:
                    self.send_response(200)
                    self.end_headers()
                else:
                    self.wfile.write(answer)

            def log_message(self, *_):
                pass

        self.server = HTTPServer(("127.0.0.1", 0), Handler)
        threading.Thread(target=self.server.serve_forever, args=(0.02,), daemon=True).start()
        self.url = f"http://127.0.0.1:{self.server.server_port}/ping"

    def __enter__(self):
        return self

    def __exit__(self, *_):
        self.server.shutdown()
        self.server.server_close()


def beating(config, url):
    return config.model_copy(update={"heartbeat": url})


def test_the_heartbeat_is_called_only_while_all_is_well(store, config):
    with Observer() as observer:
        found = said(store, config)
        beat(beating(config, observer.url), found)
        beat(beating(config, observer.url), replace(found, troubles=("judging stands still",)))
        beat(config, found)
        assert observer.beats == 1


@pytest.mark.parametrize("answer", [b"", b"SSH-2.0-nonsense\r\n", b"HTTP/1.1 500 no\r\n\r\n"])
def test_an_observer_that_misbehaves_is_logged_and_harms_nothing(store, config, caplog, answer):
    caplog.set_level(logging.WARNING)
    with Observer(answer) as observer:
        beat(beating(config, observer.url), said(store, config))
        assert observer.beats == 1
    assert "heartbeat" in caplog.text


def test_an_observer_that_is_not_there_is_logged(store, config, caplog):
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        beat(beating(config, f"http://127.0.0.1:{free.getsockname()[1]}/"), said(store, config))
    assert "heartbeat" in caplog.text


def test_sources_overdue_are_named_and_not_all_of_many(store, tmp_path):
    names = [f"s{n}" for n in range(12)]
    config = settings(tmp_path, BRAND, *(SOURCE.replace('"feed"', f'"{name}"') for name in names))
    with store.write() as db:
        sources.register(db, dict.fromkeys(names, "rss"))
        for name in names:
            visited(db, name, NOON)
    assert len(said(store, config, now=NOON + timedelta(hours=1)).troubles) == 5
