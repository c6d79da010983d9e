"""`label` and `review` as people type them: in a terminal, in a script, and beside a daemon."""

import json
import os
import pty
import select
import signal
import sqlite3
import subprocess
import time
from contextlib import closing
from datetime import UTC, datetime, timedelta

import click
import pytest
from click.testing import CliRunner

from listener.cli import cli
from listener.reading import READING_VERSION
from tests.running import ROOT, command

CONFIG = """
[listener]
database = "listener.db"
dashboard = "off"
[[brand]]
name = "Acme"
[[person]]
name = "Anna"
[[person]]
name = "Piotr"
"""
TEXTS = ("Acme opens a shop", "I hate Acme, awful and terrible", "Acme is great, I love it")


def typed(folder, *arguments, stdin=None):
    """Run a verb in this process, as `main` would; return what came of it."""
    return CliRunner().invoke(
        cli, ["--config", str(folder / "config.toml"), *arguments], input=stdin, standalone_mode=False
    )


def told(folder, *arguments):
    return [json.loads(line) for line in typed(folder, *arguments, "--json").stdout.splitlines()]


@pytest.fixture(scope="module")
def house(tmp_path_factory):
    folder = tmp_path_factory.mktemp("labels")
    (folder / "config.toml").write_text(CONFIG)
    now = datetime.now(UTC)
    past = [
        {
            "published_at": (now - timedelta(hours=n)).isoformat(),
            "text": text,
            "url": f"https://acme.test/{n}",
        }
        for n, text in enumerate(TEXTS)
    ]
    (folder / "past.ndjson").write_text("".join(json.dumps(one) + "\n" for one in past))
    assert typed(folder, "import", str(folder / "past.ndjson")).return_value == 0
    return folder


@pytest.fixture
def fresh(house):
    with closing(sqlite3.connect(house / "listener.db")) as db:
        db.execute("DELETE FROM labels")
        db.execute("UPDATE mentions SET human = '', story = id")
        db.commit()
    return house


def humans(folder):
    with closing(sqlite3.connect(folder / "listener.db")) as db:
        return [row[0] for row in db.execute("SELECT human FROM mentions ORDER BY id")]


def test_several_are_labelled_at_once_and_what_is_not_there_is_told(fresh):
    done = typed(fresh, "label", "1", "2", "99", "neutral", "--as", "Anna")
    assert (done.return_value, done.stderr) == (1, "no mention 99\n")
    assert done.stdout.splitlines() == ["mention 1: neutral", "mention 2: neutral (we read negative)"]
    again = typed(fresh, "label", "2", "neutral", "--as", "Piotr", "--json")
    version = {"version": READING_VERSION, "outcome": "nothing"}
    assert again.return_value == 0
    assert json.loads(again.stdout) == {
        "id": 2, "label": "neutral", "ours": "negative", "human": "neutral", **version,
    }  # fmt: skip
    found = {one["id"]: (one["label"], one["ours"], one["human"]) for one in told(fresh, "search", "acme")}
    assert found[2] == ("neutral", "negative", "neutral")
    assert found[3] == ("positive", "positive", "")


@pytest.mark.parametrize(
    ("arguments", "why"),
    [
        (("99", "right", "--as", "Anna"), "no mention 99"),
        (("1", "right", "--as", "Bob"), "no person 'Bob' in the configuration; there are: Anna, Piotr"),
        (("1", "wrong", "--as", "Anna"), "'wrong' is not one of 'right', 'negative', 'neutral', 'positive'"),
        (("1", "right"), "Missing option '--as'"),
    ],
)
def test_what_cannot_be_labelled_so_is_told_in_a_sentence(fresh, arguments, why):
    done = typed(fresh, "label", *arguments)
    assert isinstance(done.exception, click.UsageError)
    assert why in done.exception.format_message()
    assert humans(fresh) == ["", "", ""]


def test_all_copies_of_a_story_are_labelled_where_that_is_asked(fresh):
    with closing(sqlite3.connect(fresh / "listener.db")) as db:
        db.execute("UPDATE mentions SET story = 1 WHERE id < 3")
        db.commit()
    assert typed(fresh, "label", "2", "99", "positive", "--story", "--as", "Anna").return_value == 1
    assert humans(fresh) == ["positive", "positive", ""]


def test_the_queue_is_listed_and_then_gone_through_by_lines(fresh):
    queue = [one["id"] for one in told(fresh, "review", "--limit", "2")]
    assert len(queue) == 2
    done = typed(fresh, "review", "--as", "Anna", stdin="x\nN\nright\n")
    assert done.return_value == 0
    assert done.stdout.splitlines()[-1] == "labelled 2, skipped 0"
    assert "https://acme.test/" in done.stdout
    assert "it rests on: " in done.stdout
    said = dict(enumerate(humans(fresh), 1))
    assert said[queue[0]] == "negative"
    assert said[queue[1]]
    assert list(said.values()).count("") == 1


def test_whoever_is_nobody_we_know_reviews_nothing(fresh):
    assert "no person 'Bob'" in str(typed(fresh, "review", "--as", "Bob", stdin="r\n").exception)
    assert humans(fresh) == ["", "", ""]


@pytest.mark.parametrize("stop", [b"\x03", b"\x04"])
def test_in_a_terminal_each_key_counts_at_once_and_one_stops(fresh, stop):
    with Terminal(fresh, "review", "--as", "Anna") as terminal:
        terminal.waits_for("(q)uit: ")
        terminal.types(b"p")
        terminal.waits_for("(q)uit: ")
        terminal.types(stop)
        assert terminal.ends() == 0
    assert "labelled 1, skipped 0" in terminal.said
    assert "Traceback" not in terminal.said
    assert sorted(humans(fresh)) == ["", "", "positive"]


class Terminal:
    """A verb in a terminal of its own: what it says, and the keys a person types."""

    def __init__(self, folder, *arguments):
        self._keys, other = pty.openpty()
        environment = {**os.environ, "PYTHONPATH": str(ROOT), "TERM": "dumb"}
        # Only a terminal that is a process's own tells it of Ctrl-C.
        self.process = subprocess.Popen(
            command(folder, *arguments), env=environment, preexec_fn=lambda: os.login_tty(other)
        )
        os.close(other)
        self.said, self._seen = "", 0

    def __enter__(self):
        return self

    def __exit__(self, *_):
        if self.process.poll() is None:
            self.process.send_signal(signal.SIGKILL)
            self.process.wait(10)
        os.close(self._keys)

    def types(self, keys):
        os.write(self._keys, keys)

    def waits_for(self, words):
        until = time.monotonic() + 30
        while words not in self.said[self._seen :]:
            assert time.monotonic() < until, self.said
            assert self._read(), self.said
        self._seen = self.said.index(words, self._seen) + len(words)

    def ends(self):
        while self._read():
            pass
        return self.process.wait(10)

    def _read(self):
        """Take in what was said since; False once there is nobody who would say more."""
        if not select.select([self._keys], [], [], 30)[0]:
            return False
        try:
            said = os.read(self._keys, 4096)
        except OSError:
            return False
        self.said += said.decode(errors="replace").replace("\r", "")
        return bool(said)
