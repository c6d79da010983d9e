"""Every kind of source against a place that pages, limits, drops, re-orders, doubles and dies mid-answer.

The clock of the ears is moved by hand: a visit that is due in ten minutes is ten minutes away.
"""

import random
import sqlite3
import time
from collections import Counter
from contextlib import ExitStack, closing
from datetime import UTC, datetime, timedelta

import pytest

import connectors
from listener.hearing import Ears, Limits
from listener.poll import Poller
from listener.store import mentions, sources
from tests.kit import BRAND, NOON, an_intake, opened, settings
from tests.running import Daemon, until
from tests.servers.api import ApiServer
from tests.servers.places import PLACES

AT_ONCE = set(connectors.kinds()) - {"googlenews", "youtube", "gdelt"}  # these are asked a few times an hour
STEP = timedelta(minutes=5)
SHORT = ("rss", "googlenews")  # they show their newest entries and no more
FAULTS = ("drop", "half", 500, 429, 503)


class Heard:
    """One place, a store that hears it, and a poller that may be killed."""

    def __init__(self, tmp_path, api, place):
        self.place, self.now = place, NOON
        place.now = NOON
        self.config = settings(tmp_path, BRAND, place.table(api.url))
        self.store = opened(tmp_path)
        self.made = an_intake(self.store, self.config)
        self.ears = self.poller = None
        self.begin()

    def begin(self):
        self.ears = Ears(lambda: self.now, limits=Limits(total=timedelta(seconds=5)))
        self.poller = Poller(self.store, self.ears, self.made, self.config, lambda: 0.5)

    def kill(self):
        """Lose everything that is not in the store."""
        self.ears.close()
        self.begin()

    def visit(self, *, to_the_end=True):
        self.place.now = self.now
        self.poller.start(self.now)
        while to_the_end and self.poller.out:
            self.poller.settle(lambda: self.now, 5)

    def go_on(self, span, step=timedelta(seconds=20)):
        """Let the time pass, visiting whenever something is due."""
        until = self.now + span
        while self.now < until:
            self.visit()
            self.now = min(max(self.now + step, self.due_at() or self.now), until)

    def come_to_rest(self, span):
        """Let the time pass until nothing is missing, and three visits more."""
        until = self.now + span
        while self.missing() != ([], []) and self.now < until:
            self.go_on(3 * STEP, step=timedelta(minutes=1))
        self.go_on(3 * STEP, step=STEP)

    def due_at(self):
        with self.store.read() as db:
            return sources.all_of(db, [self.place.name])[0].due_at

    def texts(self):
        with self.store.read() as db:
            return Counter(m.text or m.title for m in mentions.search(db, 0))

    def missing(self):
        found = Counter()
        for text, times in self.texts().items():
            found[text.removesuffix(" - The Paper")] += times
        wanted = Counter(p.text for p in self.place.posts)
        return sorted(wanted - found), sorted(found - wanted)

    def status(self):
        with self.store.read() as db:
            return sources.all_of(db, [self.place.name])[0]


@pytest.fixture(
    params=[p for p in PLACES if p.kind in connectors.kinds()],
    ids=lambda place: f"{place.kind}-{place.view}".strip("-"),
)
def heard(request, tmp_path):
    place = request.param(seed=7)
    with ApiServer(place.answer) as api:
        heard = Heard(tmp_path, api, place)
        heard.api = api
        yield heard
        heard.ears.close()


def test_a_quiet_place_is_heard_whole(heard):
    heard.place.write(10, NOON - timedelta(days=1), NOON)
    heard.go_on(timedelta(minutes=10))
    assert heard.status().status == "ok", heard.status().detail
    for _ in range(3):
        heard.place.write(8, heard.now, heard.now + STEP)
        heard.go_on(2 * STEP)
    heard.come_to_rest(timedelta(hours=1))
    assert heard.missing() == ([], [])


@pytest.mark.parametrize("seed", [11, *(pytest.param(n, marks=pytest.mark.soak) for n in range(20, 40))])
def test_nothing_is_lost_or_doubled_in_a_storm(heard, seed):
    chance = random.Random(seed)
    place = heard.place
    few = 8 if place.kind in SHORT else 30
    place.write(15, NOON - timedelta(days=1), NOON)
    heard.go_on(2 * STEP)
    place.shuffled = place.doubled = True
    for _ in range(6):
        place.write(chance.randint(5, few), heard.now, heard.now + STEP, late=timedelta(minutes=2))
        heard.api.faults = chance.choices((*FAULTS, None, None, None, None), k=6)
        heard.visit(to_the_end=chance.random() < 0.5)
        if chance.random() < 0.5:
            heard.kill()
        heard.now += STEP
    heard.api.faults = []
    heard.come_to_rest(timedelta(hours=12))
    assert heard.missing() == ([], [])


def test_a_burst_longer_than_a_visit_is_read_to_its_end(heard):
    if heard.place.kind in SHORT:
        pytest.skip("what no longer stands on the page cannot be read")
    place = heard.place
    place.write(15, NOON - timedelta(days=1), NOON)
    heard.go_on(2 * STEP)
    place.write(450, heard.now, heard.now + STEP)
    heard.now += STEP
    heard.come_to_rest(timedelta(hours=6))
    assert heard.missing() == ([], [])


def test_every_kind_at_once_survives_kill_9(tmp_path):
    chance, places = (
        random.Random(5),
        [place(seed=3) for place in PLACES if place.kind in AT_ONCE and place.kind in connectors.kinds()],
    )
    with ExitStack() as servers:
        apis = [servers.enter_context(ApiServer(now(place))) for place in places]
        tables = "".join(p.table(a.url) + 'every = "5s"\n' for p, a in zip(places, apis, strict=True))
        head = '[listener]\ndatabase = "listener.db"\ndashboard = "off"\n'
        (tmp_path / "config.toml").write_text(head + BRAND + tables)
        began = datetime.now(UTC)
        for place in places:
            place.write(20, began - timedelta(days=1), began - timedelta(hours=1))
        for _ in range(5):
            with Daemon(tmp_path) as daemon:
                started = len(daemon.log)
                until(lambda d=daemon, n=started: "listening" in d.log[n:] or d.process.poll() is not None)
                for place, api in zip(places, apis, strict=True):
                    place.write(chance.randrange(8), datetime.now(UTC), datetime.now(UTC))
                    api.faults = chance.choices(("half", None, None, None, None), k=2)
                end = time.monotonic() + chance.uniform(0.3, 2.0)
                until(lambda end=end: time.monotonic() > end)
                daemon.kill()
        wanted = Counter((place.name, p.text) for place in places for p in place.posts)
        with Daemon(tmp_path) as daemon:
            started = len(daemon.log)
            until(lambda: "listening" in daemon.log[started:])
            until(lambda: stored(tmp_path) >= wanted.total(), 120, "hearing the last of them")
            assert daemon.stop() == 0
        assert found_in(tmp_path) == wanted


def now(place):
    """Return how a place answers by the clock on the wall."""

    def answer(asked):
        place.now = datetime.now(UTC)
        return place.answer(asked)

    return answer


def found_in(folder):
    with closing(sqlite3.connect(folder / "listener.db")) as db:
        return Counter((s, t or n) for s, n, t in db.execute("SELECT source, title, text FROM mentions"))


def stored(folder):
    return found_in(folder).total()
