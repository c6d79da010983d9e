"""Visits: a page and what follows from it are stored together, once, and no source harms another."""

import logging
from datetime import timedelta

import pytest

from connectors import Mention, Page, SourceRefused, SourceUnavailable
from listener.hearing import Ears, Outcome
from listener.poll import SOONEST, Poller
from listener.store import counts, mentions, sources
from listener.store.times import minute
from tests.kit import BRAND, DAY, HOUR, MINUTE, NOON, an_intake, opened, settings
from tests.servers.feed import FeedServer

SOURCE = """
[[source]]
name = "{name}"
kind = "rss"
url = "{url}"
private = true
"""


class House:
    """A poller with real ears, and the time it is told."""

    def __init__(self, tmp_path, ears, **urls):
        self.config = settings(tmp_path, BRAND, *(SOURCE.format(name=n, url=u) for n, u in urls.items()))
        self.store = opened(tmp_path)
        self.ears, ears.now = ears, NOON
        self.made = an_intake(self.store, self.config)
        self.poller = Poller(self.store, ears, self.made, self.config, lambda: 0.5)

    @property
    def now(self):
        return self.ears.now

    @now.setter
    def now(self, at):
        self.ears.now = at

    def visit(self, *names):
        """Visit the named sources, or those that are due, and return what came of it by source."""
        begun, found = self.poller.start(self.now, names or None), []
        while self.poller.out:
            found += self.poller.settle(lambda: self.now, 5)
        assert begun >= len(found)
        return {v.source: v for v in found}

    def state(self, name="feed"):
        with self.store.read() as db:
            return sources.all_of(db, [name])[0]

    def stored(self):
        with self.store.read() as db:
            return [m.title or m.text for m in mentions.search(db, 0)][::-1]

    def counted(self):
        with self.store.read() as db:
            return counts.total(db, "Acme", "all", 0, minute(self.now) + 1)

    def covered(self, name="feed"):
        with self.store.read() as db:
            return counts.coverage(db, name, 0, minute(self.now) + 9)


class NoEars:
    """Ears that hear nothing: what they were asked to visit is played by the test."""

    def __init__(self):
        self.asked = []

    def visit(self, visit, done):
        self.asked.append((visit, done))

    def brings(self, page=None, error=None, at=NOON):
        visit, done = self.asked.pop(0)
        done(Outcome(visit.source, page, error, {}, False, "", at, at))


@pytest.fixture
def ears():
    made = Ears(lambda: made.now)
    yield made
    made.close()


@pytest.fixture
def feed():
    with FeedServer() as server:
        yield server


@pytest.fixture
def house(tmp_path, ears, feed):
    made = House(tmp_path, ears, feed=feed.url)
    yield made
    made.store.close()


@pytest.fixture
def quiet_house(tmp_path):
    made = House(tmp_path, NoEars(), feed="https://feed.test/", forum="https://forum.test/")
    yield made
    made.store.close()


def a_mention(key, at=NOON, text="Acme is here"):
    return Mention(str(key), "", "ada", text, at)


def test_every_item_is_stored_once_over_many_visits(house, feed):
    for n in range(12):
        feed.add(f"{n}", f"Acme {n}", NOON + n * MINUTE - HOUR)
        house.now = NOON + n * 5 * MINUTE
        house.visit()
        house.visit("feed")
    assert house.stored() == [f"Acme {n}" for n in range(12)]
    assert house.counted() == 12
    assert house.state().stored == 12


def test_what_concerns_nobody_is_not_stored(house, feed):
    feed.add("1", "Acme", NOON)
    feed.add("2", "nothing of note", NOON)
    visited = house.visit()["feed"]
    assert (visited.heard, visited.new, visited.matched) == (2, 1, 1)


def test_a_source_is_visited_when_it_is_due(house, feed):
    assert house.visit()["feed"].next_at == NOON + 5 * MINUTE
    house.now = NOON + 5 * MINUTE - timedelta(seconds=1)
    assert house.visit() == {}
    house.now = NOON + 5 * MINUTE
    assert list(house.visit()) == ["feed"]
    assert feed.visits == 2


def test_a_page_unchanged_is_heard_and_costs_no_page(house, feed):
    feed.add("1", "Acme", NOON - HOUR)
    house.visit()
    house.now = NOON + 5 * MINUTE
    visited = house.visit()["feed"]
    assert (visited.status, visited.heard, visited.new) == ("ok", 0, 0)
    assert house.state().validators


def test_coverage_begins_with_the_first_visit_and_goes_on_without_a_gap(house, feed):
    feed.add("1", "Acme", NOON - MINUTE)
    house.visit()
    assert house.covered() == []
    for n in range(1, 4):
        feed.add(f"new {n}", "Acme", NOON + n * 5 * MINUTE)
        house.now = NOON + n * 5 * MINUTE
        house.visit()
    ((_, last),) = house.covered()
    assert last == minute(NOON) + 15


def test_a_page_without_overlap_leaves_a_gap(house, feed):
    feed.add("1", "Acme", NOON - MINUTE)
    house.visit()
    house.now = NOON + HOUR
    feed.items = [(f"other {n}", "Acme", NOON + n * MINUTE, "", "") for n in range(50)]
    house.visit()
    assert house.covered() == []


@pytest.mark.parametrize("table", ["mentions", "matches", "counts", "changes", "sources"])
def test_a_store_that_fails_in_between_loses_and_doubles_nothing(house, feed, table):
    feed.add("1", "Acme one", NOON)
    house.visit()
    cursor = house.state().cursor
    feed.add("2", "Acme two", NOON + MINUTE)
    with house.store.write() as db:
        when = "UPDATE" if table == "sources" else "INSERT"
        db.execute(
            f"CREATE TRIGGER full BEFORE {when} ON {table} BEGIN SELECT raise(abort, 'disk full'); END"
        )
    house.now = NOON + 5 * MINUTE
    assert house.visit() == {}
    assert (house.stored(), house.state().cursor, house.poller.out) == (["Acme one"], cursor, 0)
    with house.store.write() as db:
        db.execute("DROP TRIGGER full")
    assert house.visit() == {}, "a full disk is given time"
    house.now += MINUTE
    assert house.visit()["feed"].new == 1
    assert (house.stored(), house.counted()) == (["Acme one", "Acme two"], 2)


def test_a_failing_source_backs_off_is_logged_once_and_harms_no_other(tmp_path, ears, feed, caplog):
    caplog.set_level(logging.INFO, "listener.poll")
    with FeedServer() as other:
        house = House(tmp_path, ears, feed=feed.url, forum=other.url)
        feed.say = (503, {}, b"")
        waits = []
        for n in range(5):
            other.add(f"{n}", f"Acme {n}", NOON)
            found = house.visit("feed", "forum")
            waits.append((found["feed"].next_at - house.now) / MINUTE)
            assert (found["feed"].status, found["forum"].status) == ("failing", "ok")
            house.now = max(v.next_at for v in found.values())
        assert waits == sorted(waits)
        assert waits[-1] > 4 * waits[0]
        assert [r.levelname for r in caplog.records] == ["WARNING"]
        assert (len(house.stored()), house.state().fails) == (5, 5)
        feed.say = None
        assert house.visit("feed")["feed"].status == "ok"
        assert [r.levelname for r in caplog.records] == ["WARNING", "INFO"]
        assert house.state().fails == 0
        house.store.close()


@pytest.mark.parametrize(
    ("say", "status"),
    [
        ((404, {}, b""), "refused"),
        ((500, {}, b""), "failing"),
        ((200, {"Content-Type": "text/html"}, b"<html><body>Please log in</body></html>"), "garbled"),
        ((200, {"Content-Type": "application/rss+xml"}, b""), "garbled"),
    ],
)
def test_silence_is_not_calm(house, feed, say, status):
    feed.add("1", "Acme", NOON)
    house.visit()
    feed.say, house.now = say, NOON + 5 * MINUTE
    before = house.state()
    visited = house.visit()["feed"]
    assert (visited.status, house.state().status) == (status, status)
    assert visited.detail
    assert (house.state().cursor, house.state().last_ok_at, house.covered()) == (before.cursor, NOON, [])


def test_the_source_says_when_to_come_back(house, feed):
    feed.say = (429, {"Retry-After": "7200"}, b"")
    due_at = house.visit()["feed"].next_at
    assert due_at == NOON + 2 * HOUR + SOONEST, "whoever looks a moment ahead may not come early"


def test_a_private_address_is_refused_where_the_source_is_not_private(tmp_path, ears, feed):
    house = House(tmp_path, ears, feed=feed.url)
    house.config = settings(
        tmp_path, BRAND, SOURCE.format(name="feed", url=feed.url).replace("private = true", "")
    )
    house.poller.configure(house.config, house.made)
    visited = house.visit()["feed"]
    assert (visited.status, feed.visits) == ("refused", 0)
    assert "private = true" in visited.detail
    house.store.close()


# Played by hand


def test_a_first_visit_is_history_and_its_undated_items_are_kept_and_not_counted(quiet_house):
    house = quiet_house
    house.poller.start(NOON, ["feed"])
    house.ears.brings(Page((a_mention(1, None), a_mention(2, NOON - HOUR)), "c"))
    (visited,) = house.poller.settle(lambda: NOON, 0)
    assert (visited.new, len(house.stored()), house.counted()) == (2, 2, 1)
    with house.store.read() as db:
        assert {row["what"] for row in db.execute("SELECT what FROM changes")} == {"history"}


def test_what_a_first_visit_leaves_over_is_history_too_and_what_comes_meanwhile_is_news(quiet_house):
    house = quiet_house
    pages = [
        Page((a_mention(1, NOON - DAY, "Acme burnt oak kettle"),), "a", more=True),
        Page(
            (
                a_mention(2, NOON - HOUR, "Acme cold green window"),
                a_mention(3, NOON + MINUTE, "Acme river of glass"),
                a_mention(4, None, "Acme paper tiger night"),
            ),
            "b",
            more=True,
        ),
        Page((a_mention(5, NOON - 2 * HOUR, "Acme salt and stone"),), "c"),
        Page((a_mention(6, NOON - MINUTE, "Acme seven horses run"),), "d"),
    ]
    for n, page in enumerate(pages):
        house.poller.start(NOON + n * 5 * MINUTE, ["feed"])
        house.ears.brings(page, at=NOON + n * 5 * MINUTE)
        house.poller.settle(lambda n=n: NOON + n * 5 * MINUTE, 0)
    with house.store.read() as db:
        told = db.execute("SELECT what, first FROM changes WHERE what != 'coverage' ORDER BY seq").fetchall()
    past = [("history", NOON - DAY), ("history", NOON - HOUR), ("counts", NOON + MINUTE)]
    past += [("history", NOON - 2 * HOUR), ("counts", NOON - MINUTE)]
    assert [tuple(row) for row in told] == [(what, minute(at)) for what, at in past]
    house.now = NOON + HOUR
    assert house.counted() == 5


def test_undated_items_of_a_later_visit_count_when_they_were_heard(quiet_house):
    house = quiet_house
    for n, page in enumerate([Page((), "c"), Page((a_mention(1, None),), "d")]):
        house.poller.start(NOON + n * MINUTE, ["feed"])
        house.ears.brings(page)
        house.poller.settle(lambda n=n: NOON + n * MINUTE, 0)
    with house.store.read() as db:
        assert counts.load(db, "Acme", "all", 0, 10**9, ("feed",)) == [(minute(NOON) + 1, 1)]


def test_an_item_from_the_future_counts_when_it_was_heard(quiet_house):
    house = quiet_house
    for page in [Page((), "c"), Page((a_mention(1, NOON + 40 * DAY),), "d")]:
        house.poller.start(NOON, ["feed"])
        house.ears.brings(page)
        house.poller.settle(lambda: NOON, 0)
    with house.store.read() as db:
        assert counts.newest(db, "Acme") == minute(NOON)
        assert next(iter(mentions.search(db, 0))).published_at == NOON + 40 * DAY


def test_what_is_older_than_is_kept_is_not_stored_again_and_again(quiet_house):
    house = quiet_house
    page = Page((a_mention("old", NOON - 181 * DAY), a_mention("new", NOON - 179 * DAY)), "c")
    house.poller.start(NOON, ["feed"])
    house.ears.brings(page)
    house.poller.settle(lambda: NOON, 0)
    assert house.counted() == 1


@pytest.mark.parametrize("bad", [a_mention("bad", text="Acme"), "a mention that is none"])
def test_one_item_that_cannot_be_read_costs_only_itself(quiet_house, bad, caplog):
    house = quiet_house

    read = house.made.row

    def choke(mention, *args, **more):
        if mention.id == "bad":
            raise ZeroDivisionError("choked")
        return read(mention, *args, **more)

    if not isinstance(bad, Mention):
        bad = Mention("bad", "", "", None, NOON)
    house.made.row = choke
    house.poller.start(NOON, ["feed"])
    house.ears.brings(Page((a_mention(1), bad, a_mention(2)), "c", spoiled=1))
    (visited,) = house.poller.settle(lambda: NOON, 0)
    assert (visited.status, visited.new, visited.spoiled) == ("ok", 2, 2)
    assert (house.state().cursor, house.state().spoiled) == ("c", 2)


def test_a_page_that_cannot_be_stored_costs_no_other_source_its_own(quiet_house):
    house = quiet_house
    house.poller.start(NOON)
    unfit = Mention("x", "", "ada", "Acme here", NOON, reach=2**70)
    house.ears.brings(Page((unfit,), "c"))
    house.ears.brings(Page((a_mention(1),), "c"))
    found = {v.source: v.status for v in house.poller.settle(lambda: NOON, 0)}
    assert found == {"feed": "garbled", "forum": "ok"}
    assert (house.counted(), house.poller.out) == (1, 0)
    assert house.state("feed").due_at > NOON


@pytest.mark.parametrize("error", [SourceRefused("no"), SourceUnavailable("later", timedelta(hours=3))])
def test_an_error_is_taken_down_with_when_to_try_again(quiet_house, error):
    house = quiet_house
    house.poller.start(NOON, ["feed"])
    house.ears.brings(error=error)
    (visited,) = house.poller.settle(lambda: NOON, 0)
    assert visited.next_at >= NOON + (5 * MINUTE if isinstance(error, SourceRefused) else 3 * HOUR)


def test_a_visit_under_way_is_not_begun_twice(quiet_house):
    assert quiet_house.poller.start(NOON) == 2
    assert quiet_house.poller.start(NOON + DAY) == 0
    assert quiet_house.poller.start(NOON, ["feed"]) == 0


def test_a_source_that_was_removed_meanwhile_is_left_out(quiet_house):
    house = quiet_house
    house.poller.start(NOON)
    only = settings(house.config.path.parent, BRAND, SOURCE.format(name="forum", url="https://forum.test/"))
    house.poller.configure(only, house.made)
    house.ears.brings(Page((a_mention(1),), "c"))
    house.ears.brings(Page((a_mention(1),), "c"))
    assert [v.source for v in house.poller.settle(lambda: NOON, 0)] == ["forum"]
    assert house.poller.out == 0


def test_a_paused_source_is_left_alone_unless_it_is_named(tmp_path):
    ears = NoEars()
    house = House(tmp_path, ears)
    text = SOURCE.format(name="feed", url="https://feed.test/") + "pause = true\n"
    house.poller.configure(settings(tmp_path, BRAND, text), house.made)
    assert house.poller.start(NOON) == 0
    assert house.poller.start(NOON, ["feed"]) == 1
    house.store.close()


def test_a_source_that_is_asked_for_something_else_begins_anew(house, feed):
    feed.add("one", "Acme is here")
    house.visit()
    assert house.state().first_ok_at is not None
    asked = house.config.sources[0]
    elsewhere = asked.model_copy(update={"options": type(asked.options)(url=feed.url + "?all")})
    house.poller.configure(house.config.model_copy(update={"sources": (elsewhere,)}), house.made)
    assert (house.state().first_ok_at, house.state().cursor) == (None, None)
    house.poller.configure(house.config.model_copy(update={"sources": (elsewhere,)}), house.made)
    house.visit()
    assert house.state().first_ok_at is not None


def test_a_feed_that_has_moved_for_good_is_asked_there_and_where_it_was_when_it_is_gone(tmp_path, ears, feed):
    with FeedServer() as there:
        house = House(tmp_path, ears, feed=feed.url)
        there.add("1", "Acme", NOON - HOUR)
        feed.say = (301, {"Location": there.url}, b"")
        seen = []
        for n in range(5):
            house.now = NOON + n * 5 * MINUTE
            there.add(f"new {n}", "Acme", house.now)
            house.visit("feed")
            seen.append((feed.visits, there.visits))
        assert seen == [(1, 1), (2, 2), (3, 3), (3, 4), (3, 5)]
        assert house.state().moved_to == there.url
        assert house.covered() == [(minute(NOON), minute(NOON) + 20)]
        there.say, feed.say = (404, {}, b""), None
        house.now += 5 * MINUTE
        assert house.visit("feed")["feed"].status == "refused"
        house.now += MINUTE
        assert house.visit()["feed"].status == "ok"
        assert house.state().moved_to == ""
        house.store.close()


def test_a_move_for_now_is_not_remembered(tmp_path, ears, feed):
    with FeedServer() as there:
        house = House(tmp_path, ears, feed=feed.url)
        feed.say = (302, {"Location": there.url}, b"")
        for n in range(5):
            house.now = NOON + n * 5 * MINUTE
            house.visit("feed")
        assert (feed.visits, there.visits) == (5, 5)
        house.store.close()
