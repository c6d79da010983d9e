"""The series that rules are judged on: who is in them, and which minutes can be believed."""

import numpy as np
import pytest

from listener import tracks
from listener.store import counts, sources
from listener.store.times import minute
from listener.tracks import Group
from tests.kit import DAY, HOUR, MINUTE, NOON, heard, listened, opened, row

M = minute(NOON)


@pytest.fixture
def store(tmp_path):
    made = opened(tmp_path)
    with made.write() as db:
        sources.register(db, dict.fromkeys(("a", "b", "c"), "rss"))
    yield made
    made.close()


def bring(store, source, number, first=NOON - DAY):
    heard(store, source, [row(f"{source} {n}", first + n * MINUTE) for n in range(number)], NOON)


def groups(store, *names):
    with store.read() as db:
        return tracks.groups(db, "Acme", names, M)


def known(store, group, first, last):
    with store.read() as db:
        return tracks.known(db, group, M + first, M + last).tolist()


def test_sources_heard_for_three_days_are_the_brands_series(store):
    listened(store, "a", NOON - 4 * DAY, NOON)
    listened(store, "b", NOON - 2 * DAY, NOON)
    bring(store, "a", 5)
    bring(store, "b", 5)
    own, apart = groups(store, "a", "b")
    assert (own.sources, own.learning) == (("a", "import"), False)
    assert (apart.sources, apart.learning) == (("b",), True)


def test_a_new_source_that_brought_nothing_has_no_series(store):
    listened(store, "a", NOON - 4 * DAY, NOON)
    bring(store, "a", 5)
    assert [g.sources for g in groups(store, "a", "b")] == [("a", "import")]


def test_where_all_sources_are_new_they_are_judged_together(store):
    listened(store, "a", NOON - HOUR, NOON)
    bring(store, "a", 5)
    bring(store, "b", 5)
    assert [(g.sources, g.learning) for g in groups(store, "a", "b")] == [(("a", "b", "import"), False)]


def test_hearing_with_gaps_counts_only_what_was_heard(store):
    for n in range(6):
        listened(store, "a", NOON - n * DAY - HOUR, NOON - n * DAY)
    listened(store, "b", NOON - 4 * DAY, NOON)
    bring(store, "a", 5)
    assert [g.sources for g in groups(store, "a", "b")] == [("b", "import"), ("a",)]


def test_a_removed_source_leaves_the_series(store):
    bring(store, "gone", 50)
    bring(store, "a", 5)
    (own,) = groups(store, "a")
    assert own.shares == {"a": 1.0}
    with store.read() as db:
        assert tracks.counted(db, own, "all", M - 2 * 1440, M).sum() == 5


@pytest.mark.parametrize(
    ("share_a", "share_b", "believed"), [(8, 2, True), (7, 3, False), (1, 0, True), (0, 1, False)]
)
def test_a_minute_is_known_when_sources_of_four_fifths_were_heard(store, share_a, share_b, believed):
    bring(store, "a", share_a)
    bring(store, "b", share_b)
    listened(store, "a", NOON - 10 * MINUTE, NOON - 5 * MINUTE)
    (own,) = groups(store, "a", "b")
    assert known(store, own, -11, -4) == [False, *[believed] * 5, False]


def test_many_small_shares_that_make_four_fifths_are_enough(store):
    names = [f"s{n}" for n in range(10)]
    with store.write() as db:
        sources.register(db, dict.fromkeys(names, "rss"))
    for name in names:
        bring(store, name, 1)
    for name in names[:8]:
        listened(store, name, NOON - 5 * MINUTE, NOON)
    (own,) = groups(store, *names)
    assert known(store, own, -5, 0) == [True] * 5


def test_before_any_mention_all_sources_weigh_the_same(store):
    (own,) = groups(store, "a", "b")
    assert own.shares == {"a": 0.5, "b": 0.5}


def test_without_sources_there_is_the_import_alone(store):
    (own,) = groups(store)
    assert (own.sources, dict(own.shares)) == (("import",), {})
    assert known(store, own, -3, 0) == [False] * 3


def test_imported_spans_are_known_whole_but_not_to_a_learning_series(store):
    with store.write() as db:
        counts.known_whole(db, "Acme", M - 5, M - 2)
    (own,) = groups(store, "a")
    assert known(store, own, -6, 0) == [False, True, True, True, False, False]
    assert known(store, Group("Acme", ("a",), True, {"a": 1.0}), -6, 0) == [False] * 6


def test_a_series_kept_up_to_date_equals_one_loaded_afresh(store):
    listened(store, "a", NOON - 5 * DAY, NOON)
    bring(store, "a", 300, NOON - 4 * DAY)
    (own,) = groups(store, "a")
    with store.read() as db:
        track = tracks.load(db, own, "all", M)
    later = M + 40
    heard(
        store, "a", [row("late", NOON - 2 * DAY), *(row(f"n{n}", NOON + n * MINUTE) for n in range(30))], NOON
    )
    listened(store, "a", NOON, NOON + 40 * MINUTE)
    with store.read() as db:
        tracks.renew(db, track, own, "all", [(M - 2880, M - 2879), (M, later), (M + 3, M + 9)])
        fresh = tracks.load(db, own, "all", later)
    assert (track.start, track.end) == (fresh.start, fresh.end)
    assert np.array_equal(track.counts, fresh.counts)
    assert np.array_equal(track.known, fresh.known)
    assert np.array_equal(track.rise, fresh.rise)


def test_minutes_before_the_memory_are_left_out(store):
    heard(store, "a", [row("ancient", NOON - 500 * DAY)], NOON)
    (own,) = groups(store, "a")
    with store.read() as db:
        assert tracks.load(db, own, "all", M).start >= (M - 421 * 1440) * 60
        assert tracks.load(db, own, "all", M, memory=None).start <= (M - 500 * 1440) * 60
        track = tracks.load(db, own, "all", M)
        assert len(tracks.renew(db, track, own, "all", [(M - 500 * 1440, M - 500 * 1440 + 1)])) == 0
