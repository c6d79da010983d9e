"""Stories in the store: decided once, with the mention; and items of a feed that come again as others."""

import random
import signal
import sqlite3
import subprocess
import sys
from contextlib import closing
from dataclasses import replace
from datetime import timedelta
from pathlib import Path

import pytest

from connectors import Mention, Page
from listener.forget import forget
from listener.hearing import Outcome
from listener.poll import Poller
from listener.reading.stories import tale
from listener.store import Store, counts, mentions
from listener.store.schema import FIRST
from listener.store.times import minute
from listener.upkeep import forget_old
from tests.kit import BRAND, DAY, HOUR, MINUTE, NOON, an_intake, opened, row, settings

SOURCES = """
[[source]]
name = "feed"
kind = "rss"
url = "https://feed.test/rss"
[[source]]
name = "paper"
kind = "rss"
url = "https://paper.test/rss"
[[source]]
name = "social"
kind = "hackernews"
search = "acme"
"""
REPORT = (
    "Acme has recalled 300 kettles sold in Leeds after four handles caught fire, the company said on Tuesday."
    " Customers will get a full refund, and shops were told to clear their shelves at once."
)
OTHER = (
    "Acme has recalled 900 mixers sold in York after two cables caught fire, the company said on Friday."
    " Customers will get a full refund, and shops were told to clear their shelves at once."
)
KILL_AFTER_THE_FIRST = """
import os, signal, sys
from dataclasses import replace
from pathlib import Path
from listener.reading.stories import tale
from listener.store import Store, mentions
from tests.kit import NOON, row
store = Store(Path(sys.argv[1]))
def told(key, text):
    return replace(row(key, text=text), tale=tale("", text, "", "a"))
with store.write() as db:
    mentions.add(db, "feed", [told("1", sys.argv[2])], NOON)
with store.write() as db:
    mentions.add(db, "paper", [told("2", sys.argv[2])], NOON)
    os.kill(os.getpid(), signal.SIGKILL)
"""


@pytest.fixture
def house(tmp_path):
    return House(tmp_path)


class House:
    """A store with sources whose pages are handed in, through the poller and all behind it."""

    def __init__(self, folder):
        self.config = settings(folder, BRAND, SOURCES)
        self.store = opened(folder)
        self.made = an_intake(self.store, self.config)
        self.poller = Poller(self.store, self, self.made, self.config, lambda: 0.5)
        self.pages, self.now = {}, NOON

    def visits(self, visits, done):
        for visit in visits:
            self.visit(visit, done)

    def visit(self, visit, done):
        page = Page(tuple(self.pages.pop(visit.source)), "c")
        done(Outcome(visit.source, page, None, {}, False, "", self.now, self.now))

    def brings(self, *page, source="feed"):
        """Let a visit bring a page; return how many of it were new."""
        return self.bring_all(**{source: page})[source]

    def bring_all(self, **pages):
        self.pages, new = dict(pages), {}
        self.now += MINUTE
        self.poller.start(self.now, list(pages))
        while self.poller.out:
            new |= {visited.source: visited.new for visited in self.poller.settle(lambda: self.now, 0)}
        return new

    def stories(self):
        """Return the story of each mention by its key."""
        with self.store.read() as db:
            return dict(db.execute("SELECT key, story FROM mentions ORDER BY id").fetchall())

    def counted(self, measure):
        with self.store.read() as db:
            return counts.total(db, "Acme", measure, 0, 2**31)

    def keys(self):
        with self.store.read() as db:
            return db.execute("SELECT count(*) FROM story_keys").fetchone()[0]


def item(key, text, at=NOON, *, url="", author="", title=""):
    return Mention(str(key), url, author, text, at, title)


def thread(*said):
    """Return the posts (key, text, author, minutes after noon) of one thread, which share its link."""
    return [
        item(key, text, NOON + timedelta(minutes=after), url="https://f.test/t/acme", author=author)
        for key, text, author, after in said
    ]


def test_copies_in_other_sources_get_the_story_of_the_first(house):
    house.brings(item("a", REPORT, url="https://feed.test/1", title="Acme recalls kettles"))
    house.brings(
        item("b", f"UPDATE: {REPORT}", url="https://paper.test/9", title="Kettles recalled by Acme - Paper"),
        item("c", OTHER, url="https://paper.test/10", title="Acme recalls mixers"),
        source="paper",
    )
    house.brings(item("d", f"RT @x: {REPORT[:120]}…", author="y"), source="social")
    assert house.stories() == {"a": 1, "b": 1, "c": 3, "d": 1}


def test_copies_of_one_page_and_of_sources_that_come_home_together_are_one_story(house):
    house.bring_all(
        feed=[item("a", REPORT), item("b", f"{REPORT} (via @x)", author="x")],
        paper=[item("c", REPORT, author="z")],
        social=[item("d", OTHER)],
    )
    found = house.stories()
    assert found["a"] == found["b"] == found["c"] != found["d"]


def test_a_story_counts_once_for_the_brand_and_every_mention_counts(house):
    house.brings(item("a", REPORT))
    house.brings(*(item(n, REPORT, author=f"p{n}") for n in range(5)), source="social")
    house.brings(item("o", OTHER), source="paper")
    assert (house.counted("all"), house.counted("stories"), house.counted("copies")) == (7, 2, 5)
    with house.store.read() as db:
        at = minute(NOON)
        assert counts.load(db, "Acme", "stories", at, at + 1, ["feed", "social", "paper"]) == [(at, 2)]


def test_what_is_not_counted_takes_no_story_from_the_count(house):
    # Undated, on a first visit: kept, not counted.
    house.brings(item("a", REPORT, None))
    house.brings(item("b", REPORT, author="x"), source="paper")
    assert (house.stories(), house.counted("all"), house.counted("stories")) == ({"a": 1, "b": 1}, 1, 1)


def test_many_people_who_say_the_same_few_words_are_as_many_stories(house):
    house.brings(*(item(n, "Acme nie działa", author=f"p{n}") for n in range(20)), source="social")
    assert len(set(house.stories().values())) == 20


def test_what_lies_more_than_two_weeks_apart_is_another_story(house):
    house.brings(item("a", REPORT, NOON - 20 * DAY))
    house.brings(item("b", REPORT, NOON), source="paper")
    assert house.stories() == {"a": 1, "b": 2}


def test_a_feed_with_new_ids_at_every_poll_counts_as_often_as_with_old_ones(house):
    dice = random.Random(7)
    items = [
        item(
            n,
            f"Acme report number {n} says that {words} and more of it",
            NOON - n * HOUR,
            url=link,
            author=by,
        )
        for n, (words, link, by) in enumerate(
            [
                ("kettles burn", "https://feed.test/a/1", ""),
                ("mixers melt", "", "Jo"),
                ("all is well", "", ""),
            ]
        )
    ]
    items += [
        item("brief", "Acme down", NOON, url="https://feed.test/b/2", author="Al"),
        item("t", "", NOON, title="Acme"),
    ]
    house.brings(*items)
    before = (house.counted("all"), house.counted("stories"), house.stories())
    for _ in range(100):
        dice.shuffle(items)
        assert house.brings(*(replace(m, id=f"{dice.random()}") for m in items)) == 0
    assert (house.counted("all"), house.counted("stories"), house.stories()) == before


def test_new_ids_together_with_new_dates_and_session_links_are_no_new_items(house):
    link = "https://www.feed.test/story/acme-recalls-its-kettles"
    house.brings(item("a", REPORT, url=link, author="Jo"))
    for n in range(5):
        shared = f"{link}/?utm_source=rss{n}&sid={'0123456789abcdef' * 2}#c{n}"
        again = item(f"x{n}", REPORT, NOON + n * HOUR, url=shared, author="Jo")
        house.now = NOON + n * HOUR
        assert house.brings(again) == 0
    assert house.counted("all") == 1


def test_an_item_known_by_its_id_stays_where_it_was_first_counted(house):
    house.brings(item("a", REPORT, url="https://feed.test/1"))
    assert house.brings(item("a", OTHER, NOON + HOUR, url="https://feed.test/2")) == 0
    with house.store.read() as db:
        [(text, at)] = [(m.text, m.minute) for m in mentions.search(db, 0)]
    assert (text, at, house.counted("all")) == (REPORT, minute(NOON), 1)


def test_an_edited_article_under_a_new_id_is_the_same_item(house):
    link = "https://feed.test/news/three-hurt-in-blast-at-acme"
    house.brings(
        item("a", "An explosion at the Acme works in Tilby has injured three people, it said.", url=link)
    )
    edited = "An explosion at the Acme works in Tilby has injured five people, two of them badly, it said."
    assert house.brings(item("b", edited, NOON + MINUTE, url=link, title="Five hurt at Acme")) == 0


def test_people_in_one_thread_are_heard_one_by_one(house):
    first = thread(
        ("1", "Acme +1", "ann", 0),
        ("2", "Acme +1", "bob", 1),
        ("3", "Acme, same here since Monday", "cid", 2),
    )
    later = thread(
        ("4", "Acme +1", "ann", 30), ("5", "Try Acme support, they sent me a new one at once", "dan", 31)
    )
    assert (house.brings(*first), house.brings(*first, *later)) == (3, 2)
    # The whole thread once more under other ids.
    assert house.brings(*(replace(m, id=f"new {m.id}") for m in (*first, *later))) == 0
    assert house.counted("all") == 5


def test_a_few_words_of_nobody_at_no_time_and_no_place_are_everybodys(house):
    house.brings(item("a", "Acme is down", None))
    assert house.brings(item("b", "Acme is down", None), item("c", "Acme is down", None)) == 2


def test_posts_of_an_interface_with_ids_of_its_own_are_all_kept(house):
    posts = [item(n, REPORT, url="https://social.test/@jo", author="jo") for n in range(4)]
    assert house.brings(*posts, source="social") == 4


def test_an_item_of_months_ago_is_known_under_its_new_id(house):
    old = item("a", REPORT, NOON - 60 * DAY, url="https://feed.test/1")
    house.brings(old)
    house.now = NOON + 30 * DAY
    forget_old(house.store, house.config, house.now)
    assert house.brings(replace(old, id="https://feed.test/1")) == 0


def test_a_kill_leaves_no_half_told_story(tmp_path):
    Store(tmp_path / "listener.db").close()
    root = Path(__file__).parents[3]
    killed = subprocess.run(
        [sys.executable, "-c", KILL_AFTER_THE_FIRST, str(tmp_path / "listener.db"), REPORT],
        cwd=root,
        timeout=60,
    )
    assert killed.returncode == -signal.SIGKILL
    store = Store(tmp_path / "listener.db")
    with store.write() as db:
        again = replace(row("2", text=REPORT), tale=tale("", REPORT, "", "a"))
        assert mentions.add(db, "paper", [again], NOON) == 1
    with store.read() as db:
        assert [tuple(r) for r in db.execute("SELECT key, story FROM mentions")] == [("1", 1), ("2", 1)]
        assert counts.total(db, "Acme", "stories", 0, 2**31) == 1


def test_a_database_from_before_stories_grows_into_them(tmp_path):
    path = tmp_path / "listener.db"
    with closing(sqlite3.connect(path)) as db:
        db.executescript(FIRST)
        db.execute("CREATE TABLE _sqlite_migrations (migration_set TEXT, name TEXT, applied_at TEXT)")
        db.execute("INSERT INTO _sqlite_migrations VALUES ('listener', 'first_tables', '2026-01-01')")
        heard = "2026-03-16T11:00:00.000Z"
        db.execute(
            "INSERT INTO mentions VALUES (1, 'feed', 'old', '', 'Jo', '', ?, NULL, ?, ?, 1, NULL, 'en',"
            " 'neutral', 0, 0, 0.5, '1', '')",
            (REPORT, heard, minute(NOON)),
        )
        db.commit()
    house = House(tmp_path)
    house.brings(item("new", REPORT, author="x"))
    assert house.stories() == {"old": None, "new": 2}
    with house.store.read() as db:
        assert {m.story for m in mentions.search(db, 0)} == {None, 2}


def test_what_lapsed_or_was_forgotten_leaves_no_keys(house):
    house.brings(item("a", REPORT, author="Jo"), source="social")
    house.brings(item("b", OTHER, author="Al"), source="social")
    before = house.keys()
    forget(house.store, house.config, "Jo", "", NOON)
    assert 0 < house.keys() < before
    forget_old(house.store, house.config, NOON + 13 * DAY)
    assert house.keys() > 0
    forget_old(house.store, house.config, NOON + 16 * DAY)
    assert house.keys() == 0


def test_copies_of_what_was_forgotten_still_are_one_story(house):
    house.brings(item("a", REPORT, author="Jo"), source="social")
    house.brings(item("b", REPORT, author="Al"), source="social")
    forget(house.store, house.config, "Jo", "", NOON)
    house.brings(item("c", REPORT, author="Ed"), source="social")
    assert house.stories() == {"b": 1, "c": 1}
