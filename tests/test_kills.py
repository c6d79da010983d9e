"""Killed at any moment, the daemon loses nothing and tells nothing twice."""

import random
import sqlite3
from collections import Counter
from contextlib import closing
from datetime import UTC, datetime, timedelta

import pytest

from tests.running import Daemon, rows, until, verb
from tests.servers.feed import FeedServer
from tests.servers.slack import SlackServer

ANGRY = ("Acme kettle burned my hand, awful", "terrible Acme, it broke again", "I hate this horrible Acme")
CONFIG = """
[listener]
database = "listener.db"
dashboard = "off"
[[brand]]
name = "Acme"
[[source]]
name = "forum"
kind = "rss"
url = "{feed}"
every = "5s"
private = true
[[person]]
name = "Anna"
slack = "U0ANNA"
roles = ["spokesperson"]
[[person]]
name = "Piotr"
slack = "U0PIOTR"
roles = ["deputy"]
[playbook.standard]
ladder = [ {{after = "0s", tell = "spokesperson"}}, {{after = "7s", tell = "deputy"}} ]
repeat = 50
[slack]
bot_token = "xoxb-test"
channel = "#pr-alerts"
api = "{slack}"
"""


@pytest.mark.parametrize("kills", [30, pytest.param(1000, marks=pytest.mark.soak)])
def test_nothing_is_lost_and_nothing_told_twice(tmp_path, kills):
    chance = random.Random(kills)
    with FeedServer() as feed, SlackServer() as slack:
        (tmp_path / "config.toml").write_text(CONFIG.format(feed=feed.url, slack=slack.api))
        _quiet_past(tmp_path)
        posted = 0
        for _ in range(kills):
            with Daemon(tmp_path) as daemon:
                started = len(daemon.log)
                until(lambda d=daemon, n=started: "listening" in d.log[n:] or d.process.poll() is not None)
                assert daemon.process.poll() is None, daemon.log
                for _ in range(chance.randrange(6)):
                    now = datetime.now(UTC) - timedelta(seconds=chance.randrange(40))
                    feed.add(f"p{posted}", f"{chance.choice(ANGRY)}, case {posted}", now)
                    posted += 1
                until(lambda end=_later(chance.uniform(0, 1.6)): datetime.now(UTC) >= end)
                daemon.kill()
        with Daemon(tmp_path) as daemon:
            started = len(daemon.log)
            until(lambda: "listening" in daemon.log[started:])
            until(lambda: _stored(tmp_path) == posted and not _waiting(tmp_path), 60, "the last word")
            assert daemon.stop() == 0
        found = rows(tmp_path, "incidents")
        told = Counter(m["metadata"]["event_payload"]["key"] for m in slack.messages)
        assert len(found) == 1
        assert len(slack.cards) == 1
        assert [key for key, times in told.items() if times > 1] == []
        # A card carries the key of its last update.
        card = {"1:card:slack"}
        assert {key for key in told if ":update:" not in key} | card == _sent(tmp_path) | card


def _quiet_past(folder):
    first = datetime.now(UTC) - timedelta(days=5)
    lines = ["published_at,brand,text"]
    lines += [f"{(first + timedelta(minutes=40 * n)).isoformat()},Acme,quiet {n}" for n in range(170)]
    (folder / "past.csv").write_text("\n".join(lines))
    assert verb(folder, "import", str(folder / "past.csv")).returncode == 0


def _later(seconds):
    return datetime.now(UTC) + timedelta(seconds=seconds)


def _asked(folder, query):
    with closing(sqlite3.connect(folder / "listener.db")) as db:
        return db.execute(query).fetchall()


def _stored(folder):
    return _asked(folder, "SELECT count(*) FROM mentions WHERE source = 'forum'")[0][0]


def _waiting(folder):
    unsent = "state NOT IN ('sent', 'superseded') AND kind != 'dm'"
    return _asked(folder, f"SELECT count(*) FROM notices WHERE {unsent}")[0][0]


def _sent(folder):
    return {
        row[0] for row in _asked(folder, "SELECT key FROM notices WHERE state = 'sent' AND kind != 'update'")
    }
