"""Spans that were heard: they merge, and only what is new is reported."""

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from listener.store import changes, counts, sources
from tests.kit import NOON, heard, opened, row


@pytest.fixture
def store(tmp_path):
    made = opened(tmp_path)
    yield made
    made.close()


def hear(store, *spans):
    for first, last in spans:
        with store.write() as db:
            counts.heard(db, "feed", first, last)


def answered(db, name):
    validators = {"u": {"etag": "1", "modified": ""}}
    sources.succeeded(
        db, name, cursor="here", validators=validators, now=NOON, due_at=NOON, status="ok", detail="",
        rung="", heard=1, stored=1, spoiled=0, moved_to="",
    )  # fmt: skip


def spans(store):
    with store.read() as db:
        return counts.coverage(db, "feed", 0, 1000)


def noted(store):
    with store.read() as db:
        return [(c.first, c.last) for c in changes.since(db, 0)]


@pytest.mark.parametrize(
    ("given_spans", "merged", "new"),
    [
        ([(10, 20), (20, 30)], [(10, 30)], [(10, 20), (20, 30)]),
        ([(10, 20), (15, 30)], [(10, 30)], [(10, 20), (20, 30)]),
        ([(10, 20), (12, 18)], [(10, 20)], [(10, 20)]),
        ([(10, 20), (5, 25)], [(5, 25)], [(10, 20), (5, 10), (20, 25)]),
        ([(10, 20), (30, 40), (15, 35)], [(10, 40)], [(10, 20), (30, 40), (20, 30)]),
        ([(10, 20), (30, 40)], [(10, 20), (30, 40)], [(10, 20), (30, 40)]),
        ([(10, 10), (10, 5)], [], []),
    ],
)
def test_spans_merge_and_only_what_is_new_is_noted(store, given_spans, merged, new):
    hear(store, *given_spans)
    assert (spans(store), noted(store)) == (merged, new)


bounds = st.tuples(st.integers(0, 60), st.integers(0, 60))


@given(st.lists(bounds, max_size=12))
@settings(max_examples=60, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
def test_spans_hold_exactly_the_minutes_heard_and_each_is_noted_once(tmp_path_factory, found):
    store = opened(tmp_path_factory.mktemp("db"))
    hear(store, *found)
    minutes = [m for first, last in spans(store) for m in range(first, last)]
    assert minutes == sorted({m for first, last in found for m in range(first, last)})
    told = [m for first, last in noted(store) for m in range(first, last)]
    assert sorted(told) == minutes
    edges = [edge for span in spans(store) for edge in span]
    assert edges == sorted(set(edges)), "spans neither touch nor overlap"
    store.close()


def test_imported_spans_are_the_brands_and_no_news(store):
    with store.write() as db:
        counts.known_whole(db, "Acme", 10, 20)
        counts.known_whole(db, "Acme", 15, 30)
        assert counts.known(db, "Acme", 0, 25) == [(10, 25)]
        assert counts.known(db, "Bolt", 0, 25) == []
        assert [(c.what, c.first, c.last) for c in changes.since(db, 0)] == [
            ("history", 10, 20),
            ("history", 20, 30),
        ]


def test_counts_are_loaded_of_the_named_sources_only(store):
    at = int(NOON.timestamp()) // 60
    heard(store, "feed", [row(1), row(2)], NOON)
    heard(store, "gone", [row(1)], NOON)
    with store.read() as db:
        assert counts.load(db, "Acme", "all", at, at + 1, ("feed",)) == [(at, 2)]
        assert counts.load(db, "Acme", "all", at, at + 1, ()) == []
        assert counts.total(db, "Acme", "all", at, at + 1) == 3
        assert (counts.oldest(db, "Acme"), counts.newest(db, "Nobody")) == (at, None)


def test_a_source_whose_kind_changed_begins_anew(store):
    with store.write() as db:
        sources.register(db, {"talk": "rss", "news": "rss"})
        for name in ("talk", "news"):
            answered(db, name)
        sources.register(db, {"talk": "hackernews", "news": "rss"})
        talk, news = sources.all_of(db, ["talk", "news"])
    assert (talk.kind, talk.cursor, talk.last_ok_at, talk.first_ok_at, talk.validators) == (
        *("hackernews", None, None, None, {}),
    )
    assert (news.cursor, news.last_ok_at) == ("here", NOON)


def test_sources_are_due_longest_waiting_first_and_new_ones_before_all(store):
    from datetime import timedelta

    with store.write() as db:
        sources.register(db, dict.fromkeys(("a", "b", "c", "d"), "rss"))
        for name, minutes in (("a", -1), ("b", -5), ("c", 1)):
            sources.failed(
                db, name, status="failing", detail="", now=NOON, due_at=NOON + timedelta(minutes=minutes)
            )
        assert [s.name for s in sources.due(db, ["a", "b", "c", "d"], NOON)] == ["d", "b", "a"]


def test_a_failed_visit_keeps_the_cursor_and_drops_the_validators(store):
    with store.write() as db:
        sources.register(db, {"feed": "rss"})
        answered(db, "feed")
        for _ in range(2):
            sources.failed(db, "feed", status="failing", detail="no answer", now=NOON, due_at=NOON)
        state = sources.all_of(db, ["feed"])[0]
    assert (state.cursor, state.validators, state.fails, state.last_ok_at) == ("here", {}, 2, NOON)
