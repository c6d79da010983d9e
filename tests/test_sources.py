"""Sources as the operator meets them: what the verbs show, and that what ails one is told once."""

import json
import random
import subprocess
import sys
import time
from collections import Counter
from contextlib import closing
from datetime import timedelta

import pytest

from listener.store import outbox, sources, troubles
from listener.store.sources import NEVER
from tests.kit import BRAND, DAY, NOON, SLACK, notices, opened
from tests.running import ROOT, Daemon, rows, until, verb
from tests.servers.feed import FeedServer
from tests.servers.slack import SlackServer

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
[slack]
bot_token = "xoxb-test"
channel = "#pr-alerts"
api = "{slack}"
"""
# Tends and delivers as the daemon does, until nothing is left to do; it is killed before that.
STAGES = """
import sys, time
from datetime import datetime
from pathlib import Path
from listener.config import load
from listener.deliver import deliver
from listener.sickbed import Sickbed
from listener.store import Store
from listener.ways import slack
settings = load(Path(sys.argv[1]), {})
now, ahead = datetime.fromisoformat(sys.argv[2]), float(sys.argv[3])
store, way, bed = Store(settings.database, daemon=True), slack(settings), Sickbed(settings)
print("begins", flush=True)
while True:
    bed.tend(store, now)
    if not deliver(store, settings, way, now, time.time() + ahead).busy:
        break
print("done", flush=True)
"""


def test_what_is_gone_is_told_once_is_left_alone_and_is_told_when_it_is_back(tmp_path):
    with FeedServer() as feed, SlackServer() as slack:
        (tmp_path / "config.toml").write_text(CONFIG.format(feed=feed.url, slack=slack.api))
        feed.say = (410, {}, b"")
        with Daemon(tmp_path) as daemon:
            until(lambda: len(slack.messages) == 1)
            seen = feed.visits
            (row,) = rows(tmp_path, "sources")
            keys = [
                "source",
                "kind",
                "rung",
                "why",
                "last_visit",
                "last_news",
                "next_visit",
                "status",
                "detail",
            ]
            assert list(row)[:9] == keys
            assert (row["status"], row["next_visit"]) == ("gone", None)
            assert [one["what"] for one in row["troubles"]] == ["gone"]
            assert (row["every"], row["gaps"], row["moved_to"], len(row["coverage"])) == (5.0, [], "", 7)
            done = verb(tmp_path, "poll", "forum", "--json")
            assert (done.returncode, json.loads(done.stdout)["next_at"]) == (1, None)
            shown = verb(tmp_path, "sources")
            assert (shown.returncode, "gone" in shown.stdout) == (1, True)
            assert max(map(len, shown.stdout.splitlines())) <= 120
            feed.say = None
            assert verb(tmp_path, "poll", "forum").returncode == 0
            until(lambda: len(slack.messages) == 2)
            assert daemon.stop() == 0
        assert seen == 1
        card, reply = slack.messages
        assert "gone for good" in str(card) or card["updates"]
        assert reply["thread_ts"] == card["ts"]


@pytest.mark.parametrize("kills", [10])
def test_killed_at_any_moment_nothing_is_told_twice_or_forgotten(tmp_path, kills):
    chance = random.Random(kills)
    with SlackServer(lag=0.02) as slack, closing(opened(tmp_path)) as store:
        slack_table = SLACK + f'api = "{slack.api}"\n'
        source = '[[source]]\nname = "{0}"\nkind = "rss"\nurl = "https://{0}.test/"\n'
        tables = [BRAND, source.format("a"), source.format("b"), slack_table]
        (tmp_path / "config.toml").write_text('[listener]\ndatabase = "listener.db"\n' + "\n".join(tables))
        with store.write() as db:
            sources.register(db, {"a": "rss", "b": "rss"})
        for n in range(kills):
            now = NOON + n * DAY
            for name in ("a", "b"):
                _visited(store, name, now, well=bool((n + (name == "b")) % 2))
            child = _stages(tmp_path, now, n * 60.0)
            assert child.stdout.readline() == b"begins\n"
            time.sleep(chance.uniform(0, 0.15))
            child.kill()
            child.wait()
        ahead = kills * 60.0
        while _waiting(store):
            # What failed or may have arrived is looked for later.
            ahead += 60
            assert ahead < kills * 60 + 600
            assert _stages(tmp_path, now, ahead).wait(30) == 0
        told = Counter(m["metadata"]["event_payload"]["key"] for m in slack.messages)
        assert [key for key, times in told.items() if times > 1] == []
        written = notices(store)
        assert {one.state for one in written} <= {"sent", "superseded", "given up"}
        sent = {one.key for one in written if one.state == "sent" and one.kind == "source thread"}
        assert {key for key in told if ":update:" not in key and key in sent} == sent
        assert len(slack.cards) == 2
        assert len(sent) >= kills // 2


def _visited(store, name, now, *, well):
    with store.write() as db:
        if well:
            sources.succeeded(
                db, name, cursor="c", validators={}, now=now, due_at=now + timedelta(days=1), status="ok",
                detail="", rung="", heard=1, stored=0, spoiled=0,
            )  # fmt: skip
        else:
            sources.failed(db, name, status="gone", detail="410", now=now, due_at=NEVER)


def _waiting(store):
    with store.read() as db:
        return (
            not troubles.open_ones(db)
            or outbox.waiting(db)
            or any(t.said is None for t in troubles.open_ones(db))
        )


def _stages(folder, now, ahead):
    command = [sys.executable, "-c", STAGES, str(folder / "config.toml"), now.isoformat(), str(ahead)]
    return subprocess.Popen(command, cwd=ROOT, stdout=subprocess.PIPE)
