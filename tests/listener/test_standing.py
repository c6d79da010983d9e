"""What visits teach of a source: what was heard of it, its pace, its way, and where it lives."""

from contextlib import closing

import pytest

from connectors import Mention, Page, SourceRefused, SourceUnavailable
from listener import standing
from listener.config import ConfigError
from listener.hearing import Outcome, Validators
from listener.poll import SOONEST, Poller
from listener.store import counts, sources
from listener.store.times import at_minute, minute
from tests.kit import BRAND, DAY, HOUR, MINUTE, NOON, an_intake, opened, settings

SOURCE = """
[[source]]
name = "feed"
kind = "rss"
url = "{url}"
every = "{every}"
"""
TAG = {"key": Validators('"1"')}
URL = "https://feed.test/rss"


class Place:
    """One source whose every visit is played by hand."""

    def __init__(self, tmp_path, url=URL, every="10m", more=""):
        self.config = settings(tmp_path, BRAND, SOURCE.format(url=url, every=every) + more)
        self.store, self.asked, self.now = opened(tmp_path), [], NOON
        self.poller = Poller(self.store, self, an_intake(self.store, self.config), self.config, lambda: 0.5)

    def visit(self, visit, done):
        self.asked.append((visit, done))

    def brings(
        self, *ids, at=None, cursor="c", error=None, unchanged=False, moved_to="", validators=TAG, **page
    ):
        """Visit it at `self.now`, and let it bring items of those ids, dated by their number of minutes."""
        self.poller.start(self.now, ["feed"])
        visit, done = self.asked.pop()
        found = tuple(a_mention(n, self.now if at is None else at) for n in ids)
        home = None if error else Page(found, cursor, **page)
        done(
            Outcome("feed", home, error, {} if error else validators, unchanged, moved_to, self.now, self.now)
        )
        (visited,) = self.poller.settle(lambda: self.now, 0)
        self.visited, self.last = visited, visit
        return visited

    def later(self, span=10 * MINUTE):
        self.now += span
        return self

    @property
    def state(self):
        with self.store.read() as db:
            return sources.all_of(db, ["feed"])[0]

    @property
    def pace(self):
        return self.state.standing.pace

    @property
    def covered(self):
        with self.store.read() as db:
            return [(at_minute(a), at_minute(b)) for a, b in counts.coverage(db, "feed", 0, 10**9)]

    @property
    def gaps(self):
        with self.store.read() as db:
            return [(at_minute(a), at_minute(b)) for a, b in counts.gaps(db, "feed", 0, 10**9)]


def a_mention(key, at):
    return Mention(str(key), "", "ada", "Acme is here", at)


@pytest.fixture
def place(tmp_path):
    made = Place(tmp_path)
    yield made
    made.store.close()


@pytest.fixture
def make(tmp_path):
    made = []
    yield lambda **more: made.append(Place(tmp_path, **more)) or made[-1]
    for place in made:
        place.store.close()


# ---- what was heard


def test_nothing_before_the_first_visit_was_heard(place):
    place.brings(1, since=NOON - DAY)
    assert place.covered == []
    place.later().brings(2, since=NOON - DAY)
    assert place.covered == [(NOON, NOON + 10 * MINUTE)]


def test_a_visit_that_failed_is_no_hole_where_the_next_page_reaches_back(place):
    place.brings(1)
    place.later().brings(error=SourceUnavailable("no"))
    assert place.covered == []
    place.later().brings(2, since=NOON)
    assert place.covered == [(NOON, NOON + 20 * MINUTE)]


def test_not_changed_is_heard_since_the_last_good_visit(place):
    place.brings(1)
    place.later().brings(unchanged=True)
    assert place.covered == [(NOON, NOON + 10 * MINUTE)]


def test_not_changed_means_nothing_to_whoever_asked_for_everything(place):
    place.brings(1)
    assert place.later(DAY).brings(unchanged=True).status == "garbled"
    assert place.covered == []
    assert not place.last.validators


def test_a_possible_gap_is_marked_and_was_not_heard(place):
    place.brings(1)
    place.later().brings(2, since=NOON)
    place.later().brings(3, 4, gap=True)
    assert place.covered == [(NOON, NOON + 10 * MINUTE)]
    assert place.gaps == [(NOON + 10 * MINUTE, NOON + 20 * MINUTE)]


def test_a_gap_on_a_first_visit_is_none(place):
    place.brings(1, gap=True)
    assert (place.gaps, place.pace) == ([], None)


def test_a_server_that_said_not_changed_while_it_had_is_not_believed_afterwards(place):
    place.brings(1)
    for _ in range(5):
        place.later().brings(unchanged=True)
    assert place.covered == [(NOON, NOON + 50 * MINUTE)]
    place.later().brings(7, 8, 9, at=NOON + 25 * MINUTE, gap=True)
    assert place.covered == []
    assert place.gaps == [(NOON, NOON + HOUR)]


def test_an_honest_not_changed_before_a_gap_is_believed(place):
    place.brings(1)
    place.later().brings(unchanged=True)
    place.later().brings(7, 8, gap=True)
    assert place.covered == [(NOON, NOON + 10 * MINUTE)]


def test_a_page_that_can_hardly_be_read_was_not_heard(place):
    place.brings(*range(20))
    place.later().brings(30, spoiled=9, since=NOON)
    assert (place.covered, place.state.standing.odd) == ([], 1)
    place.later().brings(31, 32, since=NOON)
    assert (place.covered, place.state.standing.odd) == ([(NOON, NOON + 20 * MINUTE)], 0)


def test_what_is_left_for_the_next_visit_was_not_heard_yet(place):
    place.brings(1)
    place.later(HOUR).brings(2, at=NOON + 20 * MINUTE, since=NOON, more=True)
    assert place.covered == [(NOON, NOON + 20 * MINUTE)]
    assert place.visited.next_at == place.now + SOONEST
    place.later(MINUTE).brings(3, since=NOON + 20 * MINUTE)
    assert place.covered == [(NOON, NOON + 61 * MINUTE)]


def test_what_lies_between_the_last_visit_and_where_a_page_reaches_back_to_was_not_heard(place):
    place.brings(1)
    place.later(HOUR).brings(2, since=NOON + 40 * MINUTE)
    assert place.covered == [(NOON + 40 * MINUTE, NOON + HOUR)]


# ---- the pace


def test_a_possible_gap_halves_the_pace_down_to_the_fastest_and_room_brings_it_back(place):
    place.brings(1)
    paces = []
    for n in range(5):
        place.later().brings(100 + n, gap=True, cursor=f"{n}")
        paces.append(place.pace)
        assert 0.9 * place.pace < place.visited.next_at - place.now <= place.pace
    assert paces == [5 * MINUTE, 2.5 * MINUTE, 2 * MINUTE, 2 * MINUTE, 2 * MINUTE]
    for _ in range(9):
        place.later().brings(unchanged=True)
        paces.append(place.pace or 10 * MINUTE)
    assert paces[5:] == sorted(paces[5:])
    assert place.pace is None


def test_a_page_that_is_mostly_new_halves_the_pace_as_well(place):
    place.brings(*range(10), cursor="a")
    place.later().brings(*range(6, 16), cursor="b", since=NOON)
    assert (place.pace, place.gaps) == (5 * MINUTE, [])
    place.later().brings(*range(9, 19), cursor="c", since=NOON)
    assert place.pace == 5 * MINUTE
    place.later().brings(*range(10, 20), cursor="d", since=NOON)
    assert place.pace == 6.25 * MINUTE


def test_an_interface_that_brings_only_what_is_new_is_not_hurried_for_that(place):
    place.brings(*range(10), cursor="a", validators={})
    place.later().brings(*range(9, 19), cursor="b", since=NOON, validators={})
    assert place.pace is None


def test_the_pace_is_kept_within_the_bounds_that_are_set_now(make):
    place = make(every="10m", more='fastest = "1m"\n')
    place.brings(1)
    for n in range(5):
        place.later().brings(n, gap=True)
    assert place.pace == MINUTE
    place.store.close()
    again = make(every="10m", more='fastest = "4m"\n')
    assert again.pace == MINUTE
    again.later(HOUR).brings(9, gap=True)
    assert again.pace == 4 * MINUTE


def test_gaps_at_the_fastest_pace_are_counted(place):
    place.brings(1)
    counted = []
    for n in range(6):
        place.later().brings(100 + n, gap=True)
        counted.append(place.state.standing.overruns)
    assert counted == [0, 0, 0, 1, 2, 3]
    place.later().brings(7, since=NOON)
    assert place.state.standing.overruns == 2


def test_a_source_may_ask_to_be_left_alone_for_a_day_at_most(place):
    assert place.brings(1, wait=3 * HOUR).next_at == NOON + 3 * HOUR + SOONEST
    assert place.brings(1, wait=900 * DAY).next_at == NOON + DAY + SOONEST
    assert NOON + 9 * MINUTE < place.brings(1, wait=-DAY).next_at <= NOON + 10 * MINUTE
    assert place.brings(1, wait=HOUR, more=True).next_at == NOON + HOUR + SOONEST


def test_a_source_that_always_has_more_is_not_asked_every_second_for_ever(place):
    waits = [place.brings(n, more=True).next_at - place.now for n in range(102)]
    assert waits.count(SOONEST) in (100, 101)
    assert max(waits) > 9 * MINUTE


# ---- gone


def test_what_is_gone_is_not_visited_again_unless_it_is_named(place):
    place.brings(1)
    gone = SourceRefused("feed.test answered 410: it is gone for good")
    assert place.later().brings(error=gone).status == "gone"
    assert place.state.stopped
    assert place.poller.start(NOON + 4000 * DAY) == 0
    place.later().brings(2)
    assert (place.visited.status, place.state.stopped) == ("ok", False)


# ---- where it lives

THERE = "https://new.test/feed"


def test_a_move_that_is_told_three_times_in_a_row_is_believed(place):
    for _ in range(3):
        place.later().brings(1, moved_to=THERE)
        assert place.last.options.url == URL
    place.later().brings(1)
    assert place.last.options.url == THERE
    place.later().brings(1)
    assert place.last.options.url == THERE


def test_a_move_that_is_told_for_a_day_is_believed(place):
    place.brings(1, moved_to=THERE)
    place.later(25 * HOUR).brings(1, moved_to=THERE)
    place.later().brings(1)
    assert place.last.options.url == THERE


def test_not_changed_neither_confirms_nor_denies_a_move(place):
    place.brings(1, moved_to=THERE)
    for _ in range(5):
        place.later().brings(unchanged=True)
    assert (place.last.options.url, place.state.moved_to) == (URL, THERE)
    for _ in range(2):
        place.later().brings(1, moved_to=THERE)
    place.later().brings(unchanged=True)
    assert place.last.options.url == THERE


def test_a_move_that_is_told_differently_each_time_is_not_believed(place):
    for n in range(9):
        place.later().brings(1, moved_to=f"{THERE}/{n % 2}")
    place.later().brings(1)
    assert place.last.options.url == URL
    assert place.state.moved_to == ""


@pytest.mark.parametrize(
    "there",
    [
        "http://feed.test/rss", "ftp://new.test/", "file:///etc/passwd", "https://127.0.0.1/", "https://[::1]/",
        "https://[::ffff:10.0.0.1]/", "https://localhost/x", "https://10.1.2.3:8443/", "https://2130706433/",
    ],
)  # fmt: skip
def test_a_move_into_the_network_or_out_of_tls_is_not_believed(place, there):
    for _ in range(5):
        place.later().brings(1, moved_to=there)
    assert place.last.options.url == URL
    assert place.state.moved_to == ""


def test_what_is_not_to_be_had_where_it_moved_to_is_asked_where_it_was(place):
    for _ in range(3):
        place.later().brings(1, moved_to=THERE)
    place.later().brings(error=SourceRefused("new.test answered 404: there is nothing at this address"))
    assert (place.last.options.url, place.visited.status) == (THERE, "refused")
    assert place.visited.next_at == place.now + SOONEST
    assert place.state.status == "ok"
    place.later().brings(1)
    assert place.last.options.url == URL
    assert place.state.moved_to == ""


def test_a_source_that_still_sends_us_on_is_asked_there_again(place):
    for _ in range(3):
        place.later().brings(1, moved_to=THERE)
    place.later().brings(error=SourceUnavailable("new.test answered 503"))
    place.later().brings(1, moved_to=THERE)
    assert place.last.options.url == URL
    place.later().brings(1)
    assert place.last.options.url == THERE


# ---- by which way


def test_a_better_way_that_was_used_before_is_remembered_until_it_is_used_again(place):
    told = []
    for rung, why in [
        ("mail", "no key"),
        ("api", ""),
        ("feed", "refused"),
        ("mail", "both"),
        ("feed", "x"),
        ("api", ""),
    ]:
        place.later().brings(1, rung=rung, why=why)
        told.append(place.state.standing.rung_lost)
    assert told == ["", "", "api", "api", "api", ""]
    assert place.state.standing.why == ""


# ---- its rhythm


def test_its_rhythm_is_learnt_from_the_dates_of_what_it_brings(place):
    for n in range(40):
        place.now = NOON + n * 12 * HOUR
        place.brings(n, cursor=f"{n}", since=place.now - 12 * HOUR)
    quiet_at = place.state.standing.quiet_at
    assert quiet_at == place.now + 36 * HOUR
    place.later().brings(39, cursor="39")
    assert place.state.standing.quiet_at == quiet_at, "what was seen before is no news"


def test_a_changed_date_of_an_old_item_is_no_arrival(place):
    page = [a_mention(n, NOON) for n in range(3)]
    first = standing.arrived(page, "", NOON)
    redated = [a_mention(n, NOON + HOUR) for n in range(3)]
    assert standing.arrived(redated, first.seen, NOON + 2 * HOUR).at == ()


def test_begins_anew_with_everything_when_it_is_asked_for_something_else(make):
    place = make()
    for n in range(4):
        place.later().brings(n, moved_to=THERE, cursor=str(n), gap=True)
    assert place.state.moved_to
    place.store.close()
    again = make(url="https://other.test/")
    assert again.state.standing == sources.NOTHING


def test_a_fastest_pace_that_is_slower_than_every_is_a_mistake(tmp_path):
    with pytest.raises(ConfigError, match="fastest"):
        settings(tmp_path, BRAND, SOURCE.format(url=URL, every="5m") + 'fastest = "6m"\n')


@pytest.mark.parametrize(("every", "quickest"), [("5m", 60), ("1h", 720), ("1m", 30), ("5s", 5)])
def test_without_a_word_a_fifth_of_the_slowest_pace_is_the_fastest(tmp_path, every, quickest):
    config = settings(tmp_path, BRAND, SOURCE.format(url=URL, every=every))
    assert config.sources[0].quickest.total_seconds() == quickest


def test_what_comes_to_us_by_itself_is_never_visited(tmp_path):
    push = '[[source]]\nname = "shop"\nkind = "push"\nsecret = "0123456789abcdef0123"\n'
    config = settings(tmp_path, BRAND, push)
    with closing(opened(tmp_path)) as store:
        poller = Poller(store, None, an_intake(store, config), config, lambda: 0.5)
        assert poller.start(NOON) == poller.start(NOON, ["shop"]) == 0


@pytest.mark.parametrize(("after", "heard"), [(20 * MINUTE, True), (21 * MINUTE, False)])
def test_a_page_without_dates_that_follows_was_heard_unless_it_gathered_for_long(tmp_path, after, heard):
    place = Place(tmp_path)
    place.brings("1", "2")
    place.later(after).brings("2", "3", follows=True)
    with place.store.read() as db:
        spans = counts.coverage(db, "feed", 0, minute(place.now) + 9)
    assert (spans == [(minute(NOON), minute(place.now))]) is heard
    place.store.close()
