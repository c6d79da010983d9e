"""What was learned is used from its promotion on, everywhere, and a damaged version nowhere."""

import sqlite3
from contextlib import closing
from datetime import UTC, datetime

import numpy as np
import pytest

from listener.cli.face import Context
from listener.layers import Layers
from listener.reading import READING_VERSION
from listener.reading.deciding import FEATURES
from listener.reading.learned import TURNS, Weights, pack
from listener.store import Store, models
from listener.store.models import PROMOTED, REJECTED
from tests.kit import NOON, READER, opened
from tests.running import Daemon, until
from tests.servers.feed import FeedServer

TEXT = "I hate Acme, it is terrible"


@pytest.fixture
def store(tmp_path):
    made = opened(tmp_path)
    yield made
    made.close()


@pytest.fixture
def reader():
    """The reader of all tests, without a layer before and after."""
    READER.use(None)
    yield READER
    READER.use(None)


def taught(label="positive"):
    """Return the weights of a layer that gives every English text the same label."""
    names = FEATURES["en"]
    linear = np.zeros((TURNS, 2, 3 + len(names)), np.float32)
    linear[:, :, 0] = [9.0, -9.0] if label == "negative" else [-9.0, 9.0]
    none = np.zeros((TURNS, 2, 0), np.float32)
    return pack({"en": Weights(names, linear, np.zeros(0, np.uint32), none)})


def promoted(store, weights, state=PROMOTED):
    with store.write() as db:
        return models.add(db, NOON, state, 300, {}, weights)


def followed(layers, store):
    with store.read() as db:
        return layers.follow(db)


def read(reader):
    found = reader.read("", TEXT)
    return found.label, found.version


def test_a_version_is_used_from_its_promotion_until_the_way_back(store, reader):
    said = []
    layers = Layers(reader, said.append)
    alone = read(reader)
    assert not followed(layers, store)
    promoted(store, taught("positive"))
    assert read(reader) == alone
    assert followed(layers, store) and not followed(layers, store)
    assert read(reader) == ("positive", f"{READING_VERSION}+v1")
    promoted(store, taught("negative"), REJECTED)
    assert not followed(layers, store)
    promoted(store, taught("negative"))
    assert followed(layers, store)
    assert read(reader) == ("negative", f"{READING_VERSION}+v3")
    for version, then in ((1, ("positive", f"{READING_VERSION}+v1")), (0, alone)):
        with store.write() as db:
            models.go_back(db, version)
        assert followed(layers, store)
        assert (read(reader), layers.version) == (then, version)
    assert said == []


@pytest.mark.parametrize("damaged", [b"", b"PK\x03\x04 and no more", taught()[:-40]])
def test_a_damaged_version_is_told_once_and_the_one_before_it_is_used(store, reader, damaged):
    said = []
    layers = Layers(reader, said.append)
    promoted(store, taught("positive"))
    promoted(store, damaged)
    assert followed(layers, store) and not followed(layers, store)
    assert read(reader) == ("positive", f"{READING_VERSION}+v1")
    assert len(said) == 1 and said[0].startswith("version 2 of what was learned is not used: ")


def test_where_no_version_can_be_read_the_lexicon_reads_alone(store, reader):
    said = []
    alone = read(reader)
    promoted(store, b"nothing")
    assert followed(Layers(reader, said.append), store)
    assert read(reader) == alone


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
"""


def stored(folder):
    with closing(sqlite3.connect(folder / "listener.db")) as db:
        return dict(db.execute("SELECT title, reading FROM mentions"))


def test_a_running_daemon_takes_a_new_version_without_a_restart(tmp_path):
    with FeedServer() as feed:
        (tmp_path / "config.toml").write_text(CONFIG.format(feed=feed.url))
        feed.add("one", "Acme one is here", datetime.now(UTC))
        with Daemon(tmp_path) as daemon:
            until(lambda: any("one" in text for text in stored_or_none(tmp_path)))
            store = Store(tmp_path / "listener.db")
            promoted(store, taught())
            until(lambda: "another version of what was learned version=1" in daemon.log)
            feed.add("two", "Acme two is here", datetime.now(UTC))
            until(lambda: any("two" in text for text in stored(tmp_path)))
            # A configuration that is read again keeps it, and a damaged version costs nothing.
            (tmp_path / "config.toml").write_text(
                CONFIG.format(feed=feed.url) + "\n[reading]\noverlay = false\n"
            )
            daemon.process.send_signal(1)
            until(lambda: "configuration read again" in daemon.log)
            promoted(store, b"damaged")
            until(lambda: "version 2 of what was learned is not used" in daemon.log)
            feed.add("three", "Acme three is here", datetime.now(UTC))
            until(lambda: any("three" in text for text in stored(tmp_path)))
            store.close()
            assert daemon.stop() == 0
        assert "Traceback" not in daemon.log
    by_text = {text.split()[1]: version for text, version in stored(tmp_path).items()}
    assert by_text == {
        "one": READING_VERSION, "two": f"{READING_VERSION}+v1", "three": f"{READING_VERSION}+v1",
    }  # fmt: skip


def stored_or_none(folder):
    try:
        return stored(folder)
    except sqlite3.Error:
        return {}


def test_verbs_read_by_what_was_learned_and_do_without_it_where_it_is_damaged(tmp_path, capsys):
    (tmp_path / "config.toml").write_text(CONFIG.format(feed="https://feed.test/rss"))
    path = tmp_path / "config.toml"
    assert read(Context(path).reader) == ("negative", READING_VERSION)
    assert not (tmp_path / "listener.db").exists(), "whoever only reads makes no database"
    store = Store(tmp_path / "listener.db")
    promoted(store, taught())
    assert read(Context(path).reader) == ("positive", f"{READING_VERSION}+v1")
    with store.write() as db:
        db.execute("UPDATE models SET weights = ?", (b"damaged",))
    store.close()
    assert read(Context(path).reader) == ("negative", READING_VERSION)
    assert capsys.readouterr().err.startswith("version 1 of what was learned is not used: it is damaged")


def test_where_the_database_cannot_be_opened_verbs_read_all_the_same(tmp_path, capsys):
    (tmp_path / "config.toml").write_text(CONFIG.format(feed="https://feed.test/rss"))
    (tmp_path / "listener.db").write_bytes(b"no database, whatever its name says" * 100)
    assert read(Context(tmp_path / "config.toml").reader) == ("negative", READING_VERSION)
    assert "what was learned is not used: the database" in capsys.readouterr().err
