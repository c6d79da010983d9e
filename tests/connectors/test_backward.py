"""Reading back: what one visit cannot reach is reached by the next ones, and nothing is lost between."""

import json
from datetime import UTC, datetime, timedelta
from random import Random

import pytest

from connectors import Answer, Get, Mention, SourceGarbled, SourceRefused, SourceUnavailable
from connectors._backward import MOST_HOLES, MOST_PAGES, MOST_TRIES, Leaf, Listing, back

START = 1_772_452_800
SIZE = 10


class Board:
    """A listing as a server keeps it: numbers of items, each so many seconds after START."""

    def __init__(self, size=SIZE):
        self.items, self.size = {}, size
        self.faults, self.asked = [], []

    def add(self, *numbers, second=None):
        self.items |= {n: n if second is None else second for n in numbers}

    def newest(self, below=None):
        ordered = sorted(self.items, key=lambda n: (self.items[n], n), reverse=True)
        return [n for n in ordered if below is None or self.items[n] <= below]

    def read(self, token, floor):
        yield Get(f"http://board.test/{token}", {"floor": floor or 0})
        shown = self.newest(int(token) if token else None)
        page, more = shown[: self.size], len(shown) > self.size
        places = tuple(START + self.items[n] for n in page)
        older = str(min(places) - START) if more else None
        return Leaf(tuple(a_mention(n, self.items[n]) for n in page), places, older)

    def visit(self, cursor, listings=None, **more):
        """Hold one conversation; a fault stands for the answer to an ask."""
        talk = back(listings or {"": Listing(self.read, span=0)}, cursor, **more)
        try:
            ask = next(talk)
            while True:
                self.asked.append(ask.url.rpartition("/")[2])
                fault = self.faults.pop(0) if self.faults else None
                ask = talk.throw(fault) if fault else talk.send(Answer())
        except StopIteration as end:
            return end.value


def a_mention(number, second):
    return Mention(str(number), "", "", f"item {number}", datetime.fromtimestamp(START + second, UTC))


def ids(page):
    return {int(mention.id) for mention in page.mentions}


def since(page):
    return None if page.since is None else int(page.since.timestamp()) - START


@pytest.fixture
def board():
    made = Board()
    made.add(*range(1, 31))
    return made


def test_a_first_visit_reads_one_page_and_says_nothing_of_the_time_before(board):
    page = board.visit(None)
    assert (ids(page), page.since, page.more, page.gap) == (set(range(21, 31)), None, False, False)
    assert [m.id for m in page.mentions] == [str(n) for n in range(21, 31)]


def test_a_visit_reads_back_to_what_is_known(board):
    first = board.visit(None)
    board.add(*range(31, 60))
    page = board.visit(first.cursor)
    assert ids(page) >= set(range(31, 60))
    assert (since(page), page.more) == (28, False)


def test_a_quiet_visit_asks_once(board):
    first = board.visit(None)
    board.asked.clear()
    page = board.visit(first.cursor)
    assert (board.asked, since(page)) == ([""], 28)


def test_a_listing_that_was_empty_is_read_whole_when_it_fills(board):
    board.items.clear()
    first = board.visit(None)
    board.add(*range(1, 40))
    assert ids(board.visit(first.cursor)) == set(range(1, 40))


def test_a_burst_beyond_one_visit_is_read_by_the_next_ones_newest_first(board):
    pages = [board.visit(None)]
    board.add(*range(31, 500))
    found = set()
    while not found or pages[-1].more:
        pages.append(board.visit(pages[-1].cursor, most_pages=10))
        found |= ids(pages[-1])
        assert (pages[-1].since is None) == pages[-1].more
    assert max(ids(pages[1])) == 499
    assert found >= set(range(31, 500))
    assert (since(pages[-1]), pages[-1].gap) == (28, False)


def test_items_that_come_during_a_burst_are_read_before_the_rest_of_it(board):
    page = board.visit(None)
    board.add(*range(31, 500))
    page = board.visit(page.cursor, most_pages=10)
    board.add(*range(500, 505))
    page = board.visit(page.cursor, most_pages=10)
    assert page.more
    assert ids(page) >= set(range(500, 505))


def test_an_error_amid_the_pages_costs_none_of_them(board):
    page = board.visit(None)
    board.add(*range(31, 60))
    board.faults = [None, None, SourceUnavailable("slower", timedelta(seconds=7))]
    page = board.visit(page.cursor)
    found = ids(page)
    assert (len(found), page.more, page.wait, page.since) == (19, True, timedelta(seconds=7), None)
    page = board.visit(page.cursor)
    assert found | ids(page) >= set(range(31, 60))
    assert (since(page), page.more) == (28, False)


def test_an_error_on_the_first_page_is_raised_as_it_is(board):
    first = board.visit(None)
    board.faults = [SourceUnavailable("down")]
    with pytest.raises(SourceUnavailable, match="down"):
        board.visit(first.cursor)


def test_a_source_that_allows_one_ask_a_visit_gets_its_holes_closed_all_the_same(board):
    page = board.visit(None)
    board.add(*range(31, 100))
    found, busy = set(), SourceUnavailable("429", timedelta(seconds=1))
    for _ in range(40):
        board.faults = [None, busy]
        page = board.visit(page.cursor)
        board.faults.clear()
        found |= ids(page)
    assert found >= set(range(31, 100))
    assert not page.gap


@pytest.mark.parametrize(
    "error", [SourceGarbled("half"), SourceRefused("too deep"), SourceUnavailable("500")]
)
def test_a_hole_that_the_source_never_fills_is_given_up_and_told(board, error):
    page = board.visit(None)
    board.add(*range(31, 60))
    board.faults, told = [None, error], []
    for _ in range(3 * MOST_TRIES):
        page = board.visit(page.cursor)
        told.append(page.gap)
        if not page.more:
            break
        tried_first = json.loads(page.cursor)["listings"][""]["holes"][0]["tries"] % 2
        board.faults = [error] if tried_first else [None, error]
    assert (told.count(True), told[-1], page.since) == (1, True, None)
    board.faults.clear()
    page = board.visit(page.cursor)
    assert (page.gap, page.more, since(page) is None) == (False, False, False)


def test_the_wait_after_failures_without_a_word_grows(board):
    page, waits = board.visit(None), []
    board.add(*range(31, 60))
    for faults in ([None, 1], [None, 1], [1, None], [None, 1], [1, None]):
        board.faults = [fault and SourceUnavailable("reset") for fault in faults]
        page = board.visit(page.cursor)
        waits.append(page.wait.total_seconds())
    assert waits == [1, 2, 4, 8, 16]


def test_an_end_that_is_the_sources_own_limit_is_a_gap(board):
    def short(token, floor):
        leaf = yield from board.read(token, floor)
        return Leaf(leaf.mentions, leaf.places, None, cut=leaf.older is not None)

    listings = {"": Listing(short, span=0)}
    page = board.visit(None, listings)
    assert not page.gap
    board.add(*range(31, 60))
    page = board.visit(page.cursor, listings)
    assert (page.gap, page.more, page.since) == (True, False, None)


def test_dates_that_lie_ahead_hide_nothing_that_comes_after(board):
    board.add(1000, 1001, second=10**8)
    page = board.visit(None)
    board.add(*range(31, 60))
    assert ids(board.visit(page.cursor)) >= set(range(31, 60))


def test_what_comes_to_light_late_is_found_within_the_overlap(board):
    listings = {"": Listing(board.read, span=60)}
    page = board.visit(None, listings)
    board.add(*range(31, 45))
    page = board.visit(page.cursor, listings)
    board.add(900, second=25)
    assert 900 in ids(board.visit(page.cursor, listings))


def test_the_overlap_of_a_burst_is_bounded(board):
    listings = {"": Listing(board.read, span=10_000, items=20)}
    page = board.visit(None, listings)
    board.add(*range(31, 400))
    page = board.visit(page.cursor, listings)
    board.asked.clear()
    page = board.visit(page.cursor, listings)
    assert len(board.asked) <= 15


def test_many_holes_become_one_before_they_fill_the_cursor(board):
    page, last = board.visit(None), 30
    for _ in range(3 * MOST_HOLES):
        board.add(*range(last + 1, last + 40))
        last += 39
        board.faults = [None, SourceUnavailable("busy", timedelta(seconds=1))]
        page = board.visit(page.cursor)
        board.faults.clear()
    assert len(json.loads(page.cursor)["listings"][""]["holes"]) <= MOST_HOLES
    found = ids(page)
    while page.more:
        page = board.visit(page.cursor)
        found |= ids(page)
    assert since(page) == 28


def test_a_server_that_shows_the_same_page_for_ever_is_not_asked_for_ever(board):
    def stuck(token, floor):
        leaf = yield from board.read("", floor)
        return Leaf(leaf.mentions, leaf.places, "more")

    page = board.visit(None)
    board.add(*range(100, 120))
    board.asked.clear()
    page = board.visit(page.cursor, {"": Listing(stuck, span=0)})
    assert len(board.asked) < MOST_PAGES / 2


def test_a_listing_that_fails_costs_the_other_nothing_and_is_first_next_time(board):
    other = Board()
    other.add(*range(2001, 2011))
    listings = {"a": Listing(board.read, span=0), "b": Listing(other.read, span=0)}
    page = board.visit(None, listings)
    board.faults = [None, SourceUnavailable("b is down")]
    page = board.visit(page.cursor, listings)
    assert (2010 in ids(page), page.since, page.why) == (False, None, "b is down")
    other.add(2011)
    board.faults = [None, SourceUnavailable("a is down")]
    page = board.visit(page.cursor, listings)
    assert 2011 in ids(page)


@pytest.mark.parametrize(
    "cursor", ["", "x", "[]", "12", '{"listings": 4}', '{"listings": {"": {"floor": []}}}']
)
def test_a_cursor_that_makes_no_sense_is_as_good_as_none(board, cursor):
    assert len(ids(board.visit(cursor))) == SIZE


@pytest.mark.parametrize("seed", range(12))
def test_in_any_weather_every_item_comes_home(seed):
    """Bursts, refusals, drops and a daemon that dies before it stored: nothing is missing in the end."""
    chance = Random(seed)
    board = Board(chance.choice((3, 10)))
    board.add(*range(1, 20))
    page, last = board.visit(None), 19
    stored, cursor = ids(page), page.cursor
    for _ in range(30):
        burst = chance.choice((0, 0, 1, 5, 60))
        board.add(*range(last + 1, last + 1 + burst))
        last += burst
        errors = [None, None, None, SourceUnavailable("x"), SourceUnavailable("y", timedelta(seconds=1))]
        board.faults = [chance.choice(errors) for _ in range(8)]
        try:
            page = board.visit(cursor, most_pages=8)
        except SourceUnavailable:
            continue
        if chance.random() < 0.8:  # else killed before it was stored
            stored |= ids(page)
            cursor = page.cursor
    board.faults = []
    more = True
    while more:
        page = board.visit(cursor, most_pages=8)
        stored |= ids(page)
        cursor, more = page.cursor, page.more
    assert stored >= set(range(17, last + 1))
