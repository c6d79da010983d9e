"""Visits that found nothing new: what they change, and what they leave as it is."""

import sqlite3
from datetime import timedelta

import pytest

from connectors import Mention, Page, SourceUnavailable, rss
from listener import poll
from listener.hearing import Ears, Outcome, Validators
from listener.hearing.visit import Again
from listener.store import counts, sources
from listener.store.times import minute
from tests.kit import NOON
from tests.listener.test_poll import House, NoEars
from tests.servers.feed import FeedServer

EVERY = timedelta(minutes=5)
KEY = "k"
TAG = {KEY: Validators('"one"', "")}
OLD = NOON - timedelta(days=1)


class Told(NoEars):
    """Ears that hear what the test says, and leave what the next visit is cheaper by."""

    def visit(self, visit, done):
        super().visit(visit, done)

    def says(self, at, page=None, *, unchanged=False, error=None, tags=TAG, again=None):
        visit, done = self.asked.pop(0)
        done(Outcome(visit.source, page, error, {} if error else tags, unchanged, "", at, at, again))
        return visit


@pytest.fixture
def house(tmp_path):
    made = House(tmp_path, Told(), feed="https://feed.test/")
    yield made
    made.store.close()


def visited(house, at, names=None, **said):
    """Hold one visit at that time and return what was asked."""
    house.now = at
    assert house.poller.start(at, names) == 1
    visit = house.ears.says(at, **said)
    assert house.poller.settle(lambda: at, 0)
    return visit


def well(house, rounds=1):
    """Bring a source to where nothing is new; return what makes the next visit cheap, and when it is due."""
    page = Page((Mention("a", "", "ada", "Acme", OLD),), "c")
    visited(house, NOON, page=page)
    again = Again("https://feed.test/", [], KEY, (), Page((), "c"))
    at = NOON
    for number in range(rounds):
        at = house.state().due_at
        visit = visited(
            house,
            at,
            page=again.page,
            unchanged=True,
            again=again,
            tags=house.validators if number else TAG,
        )
        house.validators = visit.validators
    return again, house.state().due_at


def table(house, name):
    with house.store.read() as db:
        return [tuple(row) for row in db.execute(f"SELECT * FROM {name}")]


def row(house):
    with house.store.read() as db:
        return dict(db.execute("SELECT * FROM sources").fetchone())


def test_the_state_kept_in_memory_is_the_one_in_the_store(house):
    at = NOON
    for number, stored in enumerate(("c", "d", "d")):
        page = Page((Mention("a", "", "ada", "Acme", OLD),), stored, since=OLD)
        visited(house, at, page=page)
        remembered = house.poller._read["feed"]
        assert remembered[1] == house.state(), number
        assert remembered[0] == row(house)["due_at"]
        at = house.state().due_at
    well_again = Again("https://feed.test/", [], KEY, (), Page((), "d"))
    for _ in range(2):
        visited(house, at, page=well_again.page, unchanged=True, again=well_again)
        assert house.poller._steady["feed"].state == house.state()
        at = house.state().due_at


@pytest.mark.parametrize("rounds", [0, 1, 2])
def test_a_still_visit_moves_three_times_and_the_span_that_was_heard_and_nothing_else(house, rounds):
    again, at = well(house, rounds)
    before, mentions = row(house), table(house, "mentions")
    tags = house.validators if rounds else TAG
    visited(house, at, page=again.page, unchanged=True, again=again, tags=tags)
    after = row(house)
    moved = {key for key in before if before[key] != after[key]}
    assert moved == {"last_visit_at", "last_ok_at", "due_at"}
    assert table(house, "mentions") == mentions
    assert house.covered() == [(minute(NOON), minute(at))]


def test_the_same_visit_is_asked_by_what_the_last_one_left(house):
    again, at = well(house)
    visit = visited(house, at, page=again.page, unchanged=True, again=again, tags=TAG)
    assert visit.again is again
    assert (visit.cursor, visit.validators) == ("c", TAG)


def test_once_a_day_everything_is_asked_for(house):
    well(house)
    at = NOON + timedelta(days=1)
    visit = visited(house, at, page=Page((), "c"))
    assert visit.again is None and not visit.validators


def test_news_after_still_visits_is_kept_and_asked_from_where_it_leads(house):
    _, at = well(house, 2)
    page = Page((Mention("b", "", "ada", "Acme again", at),), "d", since=OLD)
    visited(house, at, page=page, tags={KEY: Validators('"two"')})
    assert house.stored()[-1] == "Acme again"
    at = house.state().due_at
    visit = visited(house, at, page=Page((), "d"), unchanged=True, tags={KEY: Validators('"two"')})
    assert (visit.cursor, visit.again) == ("d", None)
    assert visit.validators == {KEY: Validators('"two"')}


def test_a_failure_after_still_visits_leaves_cursor_and_coverage(house):
    _, at = well(house, 2)
    covered = house.covered()
    visited(house, at, error=SourceUnavailable("down"))
    state = house.state()
    assert (state.cursor, state.status, state.fails, house.covered()) == ("c", "failing", 1, covered)
    visit = visited(house, state.due_at, page=Page((), "c"))
    assert visit.slow and visit.again is None and not visit.validators


def test_a_source_that_somebody_else_made_due_is_read_anew(house):
    well(house, 2)
    with house.store.write() as db:
        db.execute("UPDATE sources SET due_at = NULL, cursor = NULL, validators = '{}'")
    visit = visited(house, NOON + EVERY * 4, page=Page((), "c"))
    assert (visit.cursor, visit.again, dict(visit.validators)) == (None, None, {})


def test_what_was_not_committed_did_not_happen(house):
    again, at = well(house, 2)
    before, spans = row(house), table(house, "coverage")
    with house.store.write() as db:
        db.execute(
            "CREATE TRIGGER broken BEFORE INSERT ON changes BEGIN SELECT RAISE(FAIL, 'disk I/O error'); END"
        )
    house.now = at
    house.poller.start(at)
    house.ears.says(at, page=again.page, unchanged=True, again=again, tags=house.validators)
    assert house.poller.settle(lambda: at, 0) == []
    assert (row(house), table(house, "coverage")) == (before, spans)
    with house.store.write() as db:
        db.execute("DROP TRIGGER broken")
    later = at + poll.AFTER_FULL_DISK + timedelta(seconds=1)
    visited(house, later, page=again.page, unchanged=True, tags=TAG)
    assert house.covered() == [(minute(NOON), minute(later))]


def test_no_more_is_out_than_there_is_room_for_and_the_rest_follows(tmp_path, monkeypatch):
    monkeypatch.setattr(poll, "MOST_OUT", 3)
    house = House(tmp_path, Told(), **{f"f{n}": f"https://f{n}.test/" for n in range(8)})
    assert house.poller.start(NOON) == 3
    begun = []
    while house.ears.asked:
        assert len(house.ears.asked) <= 3
        begun.append(house.ears.says(NOON, page=Page((), "c")).source)
        assert house.poller.settle(lambda: NOON, 0)
    assert sorted(begun) == [f"f{n}" for n in range(8)]
    assert house.poller.out == 0
    house.store.close()


def test_what_is_put_off_while_it_waits_for_room_is_not_begun(tmp_path, monkeypatch):
    monkeypatch.setattr(poll, "MOST_OUT", 1)
    house = House(tmp_path, Told(), a="https://a.test/", b="https://b.test/")
    house.poller.start(NOON)
    with house.store.write() as db:
        db.execute("UPDATE sources SET due_at = '2999-01-01T00:00:00.000Z' WHERE name = 'b'")
    house.ears.says(NOON, page=Page((), "c"))
    house.poller.settle(lambda: NOON, 0)
    assert house.ears.asked == []
    house.store.close()


@pytest.mark.parametrize(
    ("span", "expected"),
    [
        ((10, 20), [(0, 20)]),
        ((5, 8), [(0, 10)]),
        ((12, 20), [(0, 10), (12, 20)]),
        ((20, 20), [(0, 10)]),
    ],
)
def test_many_spans_at_once_say_what_one_by_one_would(house, span, expected):
    with house.store.write() as db:
        counts.heard(db, "feed", 0, 10)
        db.execute("DELETE FROM changes")
        counts.heard_on(db, [("feed", *span)])
        at_once = table_of(db)
    with house.store.write() as db:
        db.execute("DELETE FROM coverage")
        counts.heard(db, "feed", 0, 10)
        db.execute("DELETE FROM changes")
        counts.heard(db, "feed", *span)
        assert table_of(db) == at_once
        assert counts.coverage(db, "feed", 0, 99) == expected


def table_of(db: sqlite3.Connection):
    return [
        [tuple(r) for r in db.execute(f"SELECT {what} FROM {name}")]
        for name, what in (("coverage", "source, first, last"), ("changes", "what, subject, first, last"))
    ]


def test_due_since_tells_it_as_waiting_does(house):
    with house.store.read() as db:
        assert sources.due_since(db, ["feed", "none"]) == dict(sources.waiting(db, NOON)) == {"feed": ""}


@pytest.fixture
def feed():
    with FeedServer() as server:
        yield server


@pytest.fixture
def real(tmp_path, feed):
    ears = Ears(lambda: ears.now)
    made = House(tmp_path, ears, feed=feed.url)
    yield made
    ears.close()
    made.store.close()


def test_over_the_wire_a_visit_like_the_last_one_holds_no_conversation(real, feed, monkeypatch):
    feed.add("1", "Acme one", OLD)
    real.visit()
    held = []
    fetch = rss.fetch
    monkeypatch.setattr(rss, "fetch", lambda *asked: held.append(asked) or fetch(*asked))
    for _ in range(3):
        real.now = real.state().due_at
        assert real.visit()["feed"].status == "ok"
    assert (len(held), feed.visits) == (1, 4)
    assert real.covered() == [(minute(NOON), minute(real.now))]


def test_over_the_wire_news_and_failures_are_heard_after_visits_alike(real, feed):
    feed.add("1", "Acme one", OLD)
    for _ in range(4):
        real.visit()
        real.now = real.state().due_at
    feed.say = (503, {"Retry-After": "60"}, b"")
    assert real.visit()["feed"].status == "failing"
    feed.say = None
    real.now = real.state().due_at
    assert real.visit()["feed"].status == "ok"
    for _ in range(3):
        real.now = real.state().due_at
        real.visit()
    feed.add("2", "Acme two", real.now)
    real.now = real.state().due_at
    real.visit()
    real.now = real.state().due_at
    real.visit()
    assert real.stored() == ["Acme one", "Acme two"]
    assert len(real.covered()) == 1
