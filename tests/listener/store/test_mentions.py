"""Mentions: stored once, counted once, and the counts are what a recount would give."""

from collections import Counter
from datetime import timedelta

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from listener.store import changes, counts, firsts, mentions
from listener.store.times import minute
from tests.kit import MINUTE, NOON, heard, opened, row


@pytest.fixture
def store(tmp_path):
    made = opened(tmp_path)
    yield made
    made.close()


def numbers(store):
    with store.read() as db:
        rows = db.execute("SELECT brand, measure, minute, source, n FROM counts")
        return {tuple(r)[:4]: r["n"] for r in rows}


def recounted(store):
    """Count the stored mentions anew, without looking at the counts."""
    found = Counter()
    with store.read() as db:
        for r in db.execute(
            "SELECT m.source, m.minute, m.label, x.brand FROM mentions m JOIN matches x ON x.mention = m.id"
            " WHERE m.counted"
        ):
            found[r["brand"], "all", r["minute"], r["source"]] += 1
            if r["label"] == "negative":
                found[r["brand"], "negative", r["minute"], r["source"]] += 1
    return dict(found)


def test_a_mention_that_comes_twice_is_stored_once(store):
    assert heard(store, "feed", [row("1"), row("2")], NOON) == 2
    assert heard(store, "feed", [row("2"), row("3")], NOON) == 1
    assert numbers(store) == {("Acme", "all", minute(NOON), "feed"): 3}


def test_a_mention_that_stands_twice_on_a_page_is_stored_once(store):
    assert heard(store, "feed", [row("1"), row("1"), row("1")], NOON) == 1
    assert sum(numbers(store).values()) == 1


def test_the_same_id_at_two_sources_is_two_mentions(store):
    assert heard(store, "feed", [row("1")], NOON) + heard(store, "forum", [row("1")], NOON) == 2


def test_more_mentions_than_fit_one_question_are_compared_with_what_is_held(store):
    many = [row(n) for n in range(1700)]
    assert heard(store, "feed", many, NOON) == 1700
    assert heard(store, "feed", [*many, row("new")], NOON) == 1


def test_what_is_not_counted_is_kept_and_no_news(store):
    heard(store, "feed", [row("1", counted=False)], NOON)
    with store.read() as db:
        assert [m.counted for m in mentions.search(db, 0)] == [False]
        assert mentions.between(db, "Acme", 0, minute(NOON) + 1) == []
        assert changes.since(db, 0) == []
    assert numbers(store) == {}


def test_new_counts_leave_a_note_and_old_ones_do_not(store):
    later = NOON + 5 * MINUTE
    rows = [row("1", brands=("Acme", "Bolt")), row("2", NOON + MINUTE), row("3", later)]
    heard(store, "feed", rows, later)
    with store.read() as db:
        noted = [(c.what, c.subject, c.first, c.last) for c in changes.since(db, 0)]
        seq = changes.newest(db)
    at = minute(NOON)
    assert sorted(noted) == [
        ("counts", "Acme", at, at + 2),
        ("counts", "Acme", at + 5, at + 6),
        ("counts", "Bolt", at, at + 1),
    ]
    heard(store, "feed", rows, later)
    with store.read() as db:
        assert changes.since(db, seq) == []


def test_history_is_noted_as_history(store):
    with store.write() as db:
        mentions.add(db, "import", [row("1")], NOON, history=True)
        assert [c.what for c in changes.since(db, 0)] == ["history"]


def test_notes_are_numbered_on_after_they_were_dropped(store):
    heard(store, "feed", [row("1")], NOON)
    with store.write() as db:
        newest = changes.newest(db)
        changes.forget(db, newest)
    heard(store, "feed", [row("2")], NOON)
    with store.read() as db:
        assert [c.seq for c in changes.since(db, newest)] == [newest + 1]


def test_a_persons_label_comes_before_ours(store):
    from dataclasses import replace

    heard(
        store,
        "feed",
        [replace(row("1", label="negative"), human="positive"), row("2", label="negative")],
        NOON,
    )
    with store.read() as db:
        found = mentions.between(db, "Acme", 0, minute(NOON) + 1, label="negative")
        assert [m.felt for m in found] == ["negative"]


def test_mentions_between_come_oldest_first_and_the_newest_may_be_asked_for(store):
    heard(store, "feed", [row(n, NOON + n * MINUTE) for n in (3, 1, 2)], NOON)
    with store.read() as db:
        span = ("Acme", minute(NOON), minute(NOON) + 3)
        assert [m.minute - minute(NOON) for m in mentions.between(db, *span)] == [1, 2]
        assert [m.minute - minute(NOON) for m in mentions.between(db, *span, most=1, newest=True)] == [2]


def test_pruning_drops_old_texts_a_part_at_a_time_and_keeps_their_counts(store):
    heard(store, "feed", [row(n, NOON + n * MINUTE) for n in range(10)], NOON)
    before = numbers(store)
    gone = []
    for _ in range(3):
        with store.write() as db:
            gone.append(mentions.prune(db, minute(NOON) + 5, most=3))
    assert gone == [3, 2, 0]
    with store.read() as db:
        assert mentions.totals(db) == {"Acme": 5}
        assert db.execute("SELECT count(*) FROM matches").fetchone()[0] == 5
    assert numbers(store) == before


@pytest.mark.parametrize("text", ["żółć 🐢", "\0 nul", "'; DROP TABLE mentions; --", "x" * 300_000])
def test_any_text_comes_back_as_it_was(store, text):
    heard(store, "feed", [row("1", text=text)], NOON)
    with store.read() as db:
        assert next(iter(mentions.search(db, 0))).text == text


keys = st.integers(0, 12)
made = st.builds(
    lambda key, minutes, brands, label, counted: row(
        key, NOON + timedelta(minutes=minutes), brands=brands, label=label, counted=counted
    ),
    keys,
    st.integers(0, 4),
    st.sampled_from([("Acme",), ("Bolt",), ("Acme", "Bolt")]),
    st.sampled_from(["negative", "neutral"]),
    st.booleans(),
)
visits = st.lists(
    st.tuples(st.sampled_from(["feed", "forum", "import"]), st.lists(made, max_size=6)), max_size=8
)


@given(visits)
@settings(max_examples=40, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
def test_counts_are_what_a_recount_gives(tmp_path_factory, found):
    store = opened(tmp_path_factory.mktemp("db"))
    for source, rows in found:
        heard(store, source, rows, NOON)
    assert numbers(store) == recounted(store)
    store.close()


def test_a_measure_counted_anew_replaces_the_old_one(store):
    heard(store, "feed", [row("1"), row("2", NOON + MINUTE)], NOON)
    with store.write() as db:
        firsts.recount(db, "rule:recall", "first", [("Acme", 1)])
        firsts.recount(db, "rule:recall", "second", [("Acme", 2)])
        assert counts.measured(db) == {"rule:recall": "second"}
    assert numbers(store) == {
        ("Acme", "all", minute(NOON), "feed"): 1,
        ("Acme", "all", minute(NOON) + 1, "feed"): 1,
        ("Acme", "rule:recall", minute(NOON) + 1, "feed"): 1,
    }
