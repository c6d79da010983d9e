"""A made-up world that is heard as the real one is: late, in lumps, with gaps, by the clock of the poller.

Posts have a date, and a moment from which a place shows them. A place shows its newest entries
and no more, as a feed does; what a page proves of the time before it is what connectors say of
feeds. Poller, intake, store and judge are the real ones: only the network is played.
"""

import shutil
from bisect import bisect_right
from dataclasses import dataclass
from datetime import datetime, timedelta

from connectors import Mention, SourceUnavailable
from connectors._overlap import page
from listener.detect import Judge
from listener.hearing import Outcome
from listener.poll import Poller
from listener.store import Store, counts, incidents, mentions, sources
from listener.store.times import minute
from tests.kit import BRAND, DAY, MINUTE, NOON, SLACK, an_intake, row, settings

SOURCE = """
[[source]]
name = "{name}"
kind = "rss"
url = "https://{name}.test/"
every = "{every}"
"""
CALM = ("Acme opens a shop in {}", "saw the new Acme van, number {}", "Acme has a sale, {} percent")
ANGRY = (
    "Acme kettle {} burned my hand, awful",
    "terrible Acme, it broke again, case {}",
    "I hate this horrible Acme {}",
)
# How many mentions an hour brings, from midnight (UTC) on: the shape of a day.
DAILY = [
    0.3,
    0.2,
    0.2,
    0.2,
    0.3,
    0.5,
    0.8,
    1.1,
    1.3,
    1.4,
    1.4,
    1.4,
    1.4,
    1.4,
    1.4,
    1.4,
    1.5,
    1.6,
    1.6,
    1.5,
    1.3,
    1.0,
    0.7,
    0.5,
]


@dataclass(frozen=True, slots=True)
class Post:
    """One entry of a place, which shows it from `shown_at` on; `dated` tells if it says when it is from."""

    id: str
    at: datetime
    text: str
    shown_at: datetime
    dated: bool = True

    @property
    def label(self):
        """What the reader would say of it."""
        return "negative" if any(word in self.text for word in ("awful", "terrible", "hate")) else "neutral"

    def mention(self):
        return Mention(
            self.id,
            f"https://x.test/{self.id}",
            f"author {self.id}",
            self.text,
            self.at if self.dated else None,
        )


def ordinary(chance, per_hour, since, until, name="p", *, dated=True):
    """Return posts by chance, so many an hour in the mean, more by day than by night."""
    posts, at, number = [], since, 0
    busiest = max(DAILY)
    while True:
        at += timedelta(hours=chance.expovariate(per_hour * busiest))
        if at >= until:
            return posts
        if chance.random() < DAILY[at.hour] / busiest:
            words = chance.choice(ANGRY if chance.random() < 0.2 else CALM)
            posts.append(Post(f"{name}{number}", at, words.format(number), at, dated))
            number += 1


def burst(chance, size, at, lasting=10 * MINUTE, name="s", *, dated=True):
    """Return the posts of a real spike."""
    times = sorted(at + chance.random() * lasting for _ in range(size))
    return [
        Post(f"{name}{n}", t, chance.choice(ANGRY).format(f"{name}{n}"), t, dated)
        for n, t in enumerate(times)
    ]


def enough(per_hour):
    """Return a size of spike that nobody would dispute on a brand with so many mentions an hour."""
    return int(25 + 6 * (per_hour / 4) ** 0.5 + per_hour / 4)


class Place:
    """What a source shows: its newest entries, and an error while it is down."""

    def __init__(self, posts=(), size=40, down=None):
        self.size, self.down = size, down
        self.put(posts)

    def put(self, posts):
        self.posts = sorted(posts, key=lambda post: post.shown_at)
        self.times = [post.shown_at.timestamp() for post in self.posts]

    def shows(self, now):
        """Return its entries as they stand, oldest first."""
        last = bisect_right(self.times, now.timestamp())
        newest = sorted(self.posts[max(0, last - 3 * self.size) : last], key=lambda post: (post.at, post.id))
        return newest[-self.size :]

    def is_down(self, now):
        return self.down is not None and self.down[0] <= now < self.down[1]


class World:
    """Places, a daemon that visits them, and a clock that the test moves."""

    def __init__(self, folder, places, every="5m", *, past=None, tables=(), names=None):
        names = names or list(places)
        written = [SOURCE.format(name=name, every=every) for name in names]
        self.config = settings(folder, BRAND, SLACK, *written, *tables)
        if past is not None:
            shutil.copy(past, folder / "listener.db")
        self.store, self.places, self.drift = Store(folder / "listener.db"), places, timedelta(0)
        self.start()

    def start(self):
        self.asked = []
        made = an_intake(self.store, self.config)
        made.recount(self.store)
        self.poller = Poller(self.store, self, made, self.config, lambda: 0.5)
        self.judge = Judge(self.config)

    def visit(self, visit, done):
        self.asked.append((visit, done))

    def poll(self, true, names):
        """Visit the places and store what they show; `drift` is what the daemon's clock is wrong by."""
        now = true + self.drift
        self.poller.start(now, names)
        for visit, done in self.asked:
            place = self.places[visit.source]
            if place.is_down(true):
                done(Outcome(visit.source, None, SourceUnavailable("down"), {}, False, "", now, now))
            else:
                found = tuple(post.mention() for post in place.shows(true))
                done(Outcome(visit.source, page(found, 0, visit.cursor), None, {}, False, "", now, now))
        self.asked = []
        while self.poller.out:
            self.poller.settle(lambda: now, 0)

    def run(self, since, until, every):
        """Poll every so often and judge after it, from a moment to another."""
        self.run_only(list(self.places), since, until, every)

    def run_only(self, names, since, until, every):
        now = since
        while now < until:
            self.poll(now, names)
            self.judge.detect(self.store, now + self.drift)
            self.judge.detect(self.store, now + self.drift + MINUTE)
            now += every

    def incidents(self):
        with self.store.read() as db:
            return incidents.listing(db)[::-1]

    def told(self):
        """Return each telling: (when it was noticed, the end of the window it tells of, late)."""
        found = []
        for saved in self.incidents():
            with self.store.read() as db:
                found += [
                    (datetime.fromisoformat(one["found_at"]), datetime.fromisoformat(one["at"]))
                    for one in incidents.findings(db, saved.id)
                    if one["verdict"] in ("open", "relapse")
                ]
        return found

    def close(self):
        self.store.close()


def remember(folder, chance, shares, days=20, until=NOON, size=40):
    """Make a store whose places were heard for days without a gap; return its file and their posts."""
    config = settings(folder, BRAND, SLACK, *(SOURCE.format(name=name, every="5m") for name in shares))
    store = Store(folder / "listener.db")
    kept = {}
    with store.write() as db:
        sources.register(db, {s.name: s.kind for s in config.sources})
    for name, rate in shares.items():
        posts = ordinary(chance, rate, until - days * DAY, until, f"{name} past ")
        kept[name] = posts
        with store.write() as db:
            _visited(db, name, until - days * DAY, None)
            rows = [row(p.id, p.at, label=p.label, text=p.text) for p in posts]
            mentions.add(db, name, rows, until)
            counts.heard(db, name, minute(until - days * DAY), minute(until))
            shown = tuple(p.mention() for p in posts[-size:])
            _visited(db, name, until, page(shown, 0, None).cursor)
    store.close()
    return folder / "listener.db", kept


def _visited(db, source, now, cursor):
    sources.succeeded(
        db, source, cursor=cursor, validators={}, now=now, due_at=now, status="ok", detail="", rung="",
        heard=0, stored=0, spoiled=0, moved_to="",
    )  # fmt: skip
