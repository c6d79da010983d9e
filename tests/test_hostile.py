"""The daemon under attack: beside sources that mean it no good it lives, stays small, hears the others."""

import os
import re
import socket
import sqlite3
import threading
import time
from contextlib import closing, suppress
from pathlib import Path
from urllib.parse import quote

import pytest

from tests.listener.hearing.hostile import Server
from tests.running import Daemon, rows, until
from tests.servers.feed import FeedServer
from tests.servers.poison import POISON

MOST_GROWTH_KB = 100_000
PACE_SECONDS = 5
CONFIG = """
[listener]
database = "listener.db"
dashboard = "off"
[[brand]]
name = "Acme"
"""
SOURCE = """
[[source]]
name = "{name}"
kind = "rss"
url = "{url}"
every = "{every}"
private = {private}
"""
MISERIES = (
    "/page", "/empty", "/truncated", "/bomb", "/bombs/br", "/bombs/deflate", "/bombs/gzip, gzip", "/huge",
    "/endless", "/not-gzip", "/hangup", "/garbage", "/heads", "/long-head", "/slow-head", "/drip", "/silent",
    "/cookies", "/endless-hints", "/hints", "/bare", "/too-short", "/no-number", "/two-lengths",
    "/bad-chunks", "/validators", "/split", "/picture", "/file", "/gopher", "/loop", "/nowhere", "/secrets",
    "/status/410", "/status/429/3600", "/status/503/soon", "/status/599", "/status/401",
)  # fmt: skip
# Odd, but whole feeds: everything else has to end in a sentence.
HARMLESS = {"/cookies", "/hints", "/validators", "/picture", "/too-short"}


class Canary:
    """What nobody may touch: a port that counts who comes, and a pipe that shows who opens it."""

    def __init__(self, folder):
        self.connections, self.opened = 0, 0
        self.path = folder / "canary.xml"
        os.mkfifo(self.path)
        self._socket = socket.create_server(("127.0.0.1", 0))
        self.url = f"http://127.0.0.1:{self._socket.getsockname()[1]}"
        self._over = threading.Event()
        threading.Thread(target=self._count, daemon=True).start()
        threading.Thread(target=self._watch, daemon=True).start()

    def _count(self):
        with suppress(OSError):
            while True:
                self._socket.accept()[0].close()
                self.connections += 1

    def _watch(self):
        """Notice a reader: without one, a pipe cannot be opened for writing."""
        while not self._over.wait(0.05):
            with suppress(OSError):
                os.close(os.open(self.path, os.O_WRONLY | os.O_NONBLOCK))
                self.opened += 1

    def close(self):
        self._over.set()
        self._socket.close()


class Visited(FeedServer):
    """A healthy feed that has something new at each visit, and keeps the times of its visits."""

    def __init__(self):
        super().__init__()
        self.at = []

    def answer(self, tag):
        self.at.append(time.monotonic())
        self.add(f"n{len(self.at)}", f"Acme news {len(self.at)}")
        return super().answer(None)

    @property
    def longest_gap(self):
        return max((later - sooner for sooner, later in zip(self.at, self.at[1:], strict=False)), default=0)


@pytest.fixture
def canary(tmp_path):
    canary = Canary(tmp_path)
    yield canary
    canary.close()


@pytest.fixture
def enemy(canary):
    server = Server()
    server.canary = (canary.url, str(canary.path))
    yield server
    server.close()


def configure(folder, enemy, canary, healthy, every):
    """Write a configuration with one healthy source, and return the names of the sick ones."""
    paths = [*MISERIES, *(f"/poison/{name}" for name in POISON)]
    text = CONFIG + SOURCE.format(name="healthy", url=healthy.url, every=f"{PACE_SECONDS}s", private="true")
    for path in paths:
        text += SOURCE.format(name=path, url=enemy.url + quote(path, safe="/,"), every=every, private="true")
    text += SOURCE.format(name="inside", url=f"{canary.url}/feed", every=every, private="false")
    (folder / "config.toml").write_text(text)
    return [*paths, "inside"]


def states(folder):
    try:
        with closing(sqlite3.connect(folder / "listener.db")) as db:
            return {
                name: (status, said)
                for name, status, said in db.execute("SELECT name, status, detail FROM sources")
            }
    except sqlite3.OperationalError:
        return {}


class Memory:
    """What a process holds, and the most of it since `begin`, both in kB."""

    def __init__(self, pid):
        self._place = Path(f"/proc/{pid}")

    def begin(self):
        (self._place / "clear_refs").write_text("5")  # from now on the mark of the most is counted anew
        self.at_first = self._read("VmRSS")

    @property
    def growth(self):
        return self._read("VmHWM") - self.at_first

    def _read(self, field):
        return int(re.search(rf"{field}:\s+(\d+)", (self._place / "status").read_text())[1])


def siege(folder, enemy, canary, every, visits):
    with Visited() as healthy:
        sick = configure(folder, enemy, canary, healthy, every)
        with Daemon(folder) as daemon:
            until(lambda: "listening" in daemon.log or daemon.process.poll() is not None)
            assert daemon.process.poll() is None, daemon.log
            memory = Memory(daemon.process.pid)
            memory.begin()
            until(
                lambda: all(states(folder).get(name, ("new",))[0] != "new" for name in sick),
                120,
                "a visit of each",
            )
            until(lambda: len(healthy.at) >= visits, visits * PACE_SECONDS * 3, "the healthy feed's visits")
            assert daemon.process.poll() is None, daemon.log
            grown = memory.growth
            heard = len(healthy.at) - 1
            until(lambda: len(rows(folder, "search", "Acme", "--most", "1000")) >= heard, 60, "the news")
            assert daemon.stop() == 0
    return daemon, healthy, states(folder), grown


@pytest.mark.skipif(not Path("/proc/self/clear_refs").exists(), reason="reads memory as Linux tells it")
@pytest.mark.parametrize(
    ("every", "visits"), [("10m", 7), pytest.param("5s", 240, marks=pytest.mark.soak)], ids=["short", "long"]
)
def test_a_daemon_under_attack_lives_stays_small_and_hears_the_others(tmp_path, enemy, canary, every, visits):
    daemon, healthy, found, grown = siege(tmp_path, enemy, canary, every, visits)
    assert "Traceback" not in daemon.log
    assert found["healthy"][0] == "ok"
    for path in MISERIES:
        status, said = found[path]
        assert path in HARMLESS or (status != "ok" and len(said) > 15), (path, status, said)
    assert found["inside"][0] == "refused"
    assert healthy.longest_gap < 3 * PACE_SECONDS, "no more than two visits in a row may be late"
    assert grown < MOST_GROWTH_KB
    assert (canary.connections, canary.opened) == (0, 0)
