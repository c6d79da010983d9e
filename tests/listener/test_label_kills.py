"""A label is there whole or not at all, whenever its process dies; and a running daemon judges by it."""

import json
import os
import subprocess
import sys
from datetime import UTC, datetime, timedelta

from listener.config import load
from listener.labelling import label
from listener.store import Store, incidents, mentions
from listener.store.times import minute
from tests.kit import MINUTE, NOON, heard, opened, row
from tests.running import ROOT, Daemon, until, verb
from tests.servers.feed import FeedServer

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
[[rule]]
name = "angry burst"
on = "negative"
"""


def test_killed_at_any_statement_a_label_is_there_whole_or_not_at_all(tmp_path):
    store = opened(tmp_path)
    heard(store, "feed", [row("1"), row("2", NOON + MINUTE)], NOON)
    store.close()
    done = subprocess.run(
        [sys.executable, "-m", "tests.listener.label_killer", str(tmp_path)],
        capture_output=True, text=True, timeout=120, env={**os.environ, "PYTHONPATH": str(ROOT)}, cwd=ROOT,
    )  # fmt: skip
    assert not done.stderr, done.stderr
    steps = [json.loads(line) for line in done.stdout.splitlines()]
    assert len(steps) > 8
    assert all(step["whole"] for step in steps)
    assert all(step["killed"] and step["same"] for step in steps[:-1])
    assert not steps[-1]["killed"] and not steps[-1]["same"]


def test_a_running_daemon_judges_again_what_another_process_labels(tmp_path):
    with FeedServer() as feed:
        (tmp_path / "config.toml").write_text(CONFIG.format(feed=feed.url))
        first = datetime.now(UTC) - timedelta(days=5)
        lines = ["published_at,brand,label,text"]
        lines += [
            f"{(first + timedelta(minutes=40 * n)).isoformat()},Acme,neutral,quiet {n}" for n in range(170)
        ]
        (tmp_path / "past.csv").write_text("\n".join(lines))
        assert verb(tmp_path, "import", str(tmp_path / "past.csv")).returncode == 0
        feed.add("first", "Acme opens a shop", datetime.now(UTC))
        store = Store(tmp_path / "listener.db")

        def posts():
            with store.read() as db:
                since = minute(datetime.now(UTC) - timedelta(hours=1))
                return [m.id for m in mentions.search(db, since) if m.source == "forum"]

        def opened_ones():
            with store.read() as db:
                return [saved.rule for saved in incidents.listing(db)]

        with Daemon(tmp_path) as daemon:
            # What the first visit brings is no news.
            until(posts)
            for n in range(30):
                feed.add(f"p{n}", f"Acme opens shop number {n}", datetime.now(UTC))
            until(lambda: len(posts()) == 31)
            assert opened_ones() == []
            settings = load(tmp_path / "config.toml", {})
            for number in posts():
                label(store, settings, number, "negative", "Anna", datetime.now(UTC))
            until(opened_ones, what="an incident")
            assert opened_ones() == ["angry burst"]
            assert daemon.stop() == 0
        assert "Traceback" not in daemon.log
        store.close()
