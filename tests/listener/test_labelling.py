"""What people say of labels: it counts at once, as if the mention had come with it, and is judged again."""

import threading
from dataclasses import replace
from datetime import timedelta

import pytest
from hypothesis import HealthCheck, given
from hypothesis import settings as trials
from hypothesis import strategies as st

from connectors import Mention
from listener.detect import Judge
from listener.intake import Measures
from listener.labelling import CHOICES, DONE, NOTHING, UNKNOWN, LabelError, label
from listener.store import Store, changes, counts, incidents, labels, mentions
from listener.store.counts import IMPORT
from listener.store.labels import AUTHOR, TEAM
from listener.store.times import minute
from tests.kit import (
    BRAND,
    DAY,
    HOUR,
    MINUTE,
    NOON,
    SOURCE,
    an_intake,
    heard,
    imported,
    listened,
    opened,
    quiet,
    row,
    settings,
    storm,
)

RULES = """
[[brand]]
name = "Zeta"
[[rule]]
name = "anger"
on = "negative"
[[rule]]
name = "people"
on = "authors"
[[rule]]
name = "mood"
trigger = "shift"
""" + "".join(
    f"""
[[rule]]
name = "fire {on}"
query = "fire OR leak"
on = "{on}"
"""
    for on in ("all", "negative", "stories", "authors")
)
TEXTS = (
    "Acme is here",
    "awful Acme fire, terrible",
    "Acme and Zeta: fire and a leak in the hall of the old works by the river",
    "great Zeta, lovely",
    "Zeta leak",
    "I hate Acme, I love Zeta",
)


@pytest.fixture
def store(tmp_path):
    made = opened(tmp_path)
    yield made
    made.close()


def said(store, config, number, what, by="Anna", now=NOON):
    return label(store, config, number, what, by, now).code


def stored(store, number=1):
    with store.read() as db:
        return mentions.of(db, [number])[0]


def words(store, number=1):
    with store.read() as db:
        return [(w.label, w.was, w.version, w.origin, w.by) for w in labels.of(db, number)]


def kept(store):
    """Return all that is counted, and what it is counted by."""
    tables = {
        "counts": "brand, measure, minute, source, n, old, mood",
        "firsts": "measure, brand, who, minute, mention, is_first",
        "matches": "brand, mention, minute, words, copy",
        "mentions": "id, key, counted, old, label, score, human",
        "measures": "measure, query",
    }
    with store.read() as db:
        return {
            name: sorted(map(tuple, db.execute(f"SELECT {what} FROM {name}")))
            for name, what in tables.items()
        }


def counted(store, measure, column="n"):
    with store.read() as db:
        return db.execute(
            f"SELECT coalesce(sum({column}), 0) FROM counts WHERE measure = ?", (measure,)
        ).fetchone()[0]


AUTHORS = ("", "Jo", "jo", "Ann")
post = st.tuples(st.sampled_from(TEXTS), st.sampled_from(AUTHORS), st.integers(0, 3), st.booleans())
posts = st.lists(post, min_size=1, max_size=8)
acts = st.lists(st.tuples(st.integers(0, 7), st.sampled_from(CHOICES)), max_size=12)


@trials(max_examples=25, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(posts=posts, acts=acts)
def test_a_label_given_later_counts_as_one_that_came_with_the_mention(tmp_path_factory, posts, acts):
    base = tmp_path_factory.mktemp("labels")
    config = settings(base, BRAND, RULES, SOURCE)
    page = [
        Mention(str(n), "", who, text, NOON + hours * 9 * HOUR if dated else None)
        for n, (text, who, hours, dated) in enumerate(posts)
    ]
    later, first = Store(base / "later.db"), Store(base / "first.db")
    take(later, config, page)
    for place, what in acts:
        said(later, config, place % len(page) + 1, what)
    with later.read() as db:
        human = {m.id: m.human for m in mentions.search(db, 0)}
    take(first, config, [replaced(m, human.get(n, "")) for n, m in enumerate(page, 1)])
    assert kept(later) == kept(first)
    later.close(), first.close()


def replaced(mention, human):
    return Mention(mention.id, "", mention.author, mention.text, mention.published_at, label=human)


def take(store, config, page):
    """Store half of a page as news and half as a past; what has no date is not counted."""
    made = an_intake(store, config)
    made.recount(store)
    for n, mention in enumerate(page):
        rows = [made.row(mention, NOON + 2 * DAY, first_visit=True)]
        with store.write() as db:
            mentions.add(db, IMPORT if n % 2 else "feed", rows, NOON + 2 * DAY, history=bool(n % 2))


def test_a_correction_moves_a_count_and_the_mood_within_its_minute(store, tmp_path):
    config = settings(tmp_path)
    heard(store, "feed", [row("1"), row("2")], NOON)
    assert said(store, config, 1, "negative") == DONE
    assert (counted(store, "negative"), counted(store, "all")) == (1, 2)
    assert (counted(store, "negative", "mood"), counted(store, "all", "mood")) == (-500, -500)
    assert said(store, config, 1, "positive") == DONE
    assert (counted(store, "negative"), counted(store, "all", "mood")) == (0, 500)
    with store.read() as db:
        assert counts.load(db, "Acme", "negative", 0, 2**40, ["feed"]) == []


def test_right_confirms_what_we_read_and_the_last_word_counts(store, tmp_path):
    config = settings(tmp_path)
    heard(store, "feed", [row("1", label="negative")], NOON)
    for what, human in (
        ("right", "negative"),
        ("neutral", "neutral"),
        ("positive", "positive"),
        ("right", "negative"),
    ):
        assert said(store, config, 1, what) == DONE
        assert (stored(store).human, stored(store).label) == (human, "negative")
    assert words(store) == [
        (human, "negative", "1", TEAM, "Anna") for human in ("negative", "neutral", "positive", "negative")
    ]


@pytest.mark.parametrize("what", [c for c in CHOICES if c != "ours"])
def test_saying_the_same_twice_changes_nothing(store, tmp_path, what):
    config = settings(tmp_path)
    heard(store, "feed", [row("1", label="positive")], NOON)
    assert said(store, config, 1, what) == DONE
    before = kept(store), words(store)
    assert said(store, config, 1, what, by="Piotr", now=NOON + HOUR) == NOTHING
    assert (kept(store), words(store)) == before


def test_what_was_said_can_be_taken_back_and_both_stay_on_record(store, tmp_path):
    config = settings(tmp_path)
    heard(store, "feed", [row("1"), row("2", label="negative")], NOON)
    before = kept(store)
    assert said(store, config, 1, "ours") == NOTHING
    assert said(store, config, 1, "negative") == DONE
    assert said(store, config, 1, "ours") == DONE
    assert kept(store) == before
    assert [word[0] for word in words(store)] == ["negative", ""]
    with store.read() as db:
        assert list(labels.given(db)) == []


def test_a_label_that_came_with_a_mention_is_of_the_team_once_the_team_says_so(store, tmp_path):
    config = settings(tmp_path)
    made = an_intake(store, config)
    imported(
        store,
        made,
        [{"published_at": NOON.isoformat(), "text": "Acme", "label": "negative"}],
        NOON,
        tmp_path / "p",
    )
    assert [word[3] for word in words(store)] == [IMPORT]
    before = kept(store)
    assert said(store, config, 1, "negative") == DONE
    assert kept(store) == before
    assert [word[3] for word in words(store)] == [IMPORT, TEAM]
    assert said(store, config, 1, "negative") == NOTHING


def test_only_labels_by_somebody_are_taken(store, tmp_path):
    config = settings(tmp_path)
    heard(store, "feed", [row("1")], NOON)
    for what, by, told in (
        ("bad", "Anna", "right, negative, neutral, positive"),
        ("right", " ", "needs a name"),
    ):
        with pytest.raises(LabelError, match=told):
            said(store, config, 1, what, by)
    assert said(store, config, 2, "right") == UNKNOWN
    assert words(store) == []


def test_what_is_kept_and_not_counted_is_labelled_and_moves_nothing(store, tmp_path):
    config = settings(tmp_path)
    heard(store, "feed", [row("1", counted=False)], NOON)
    with store.write() as db:
        changes.forget(db, changes.newest(db))
    assert said(store, config, 1, "negative") == DONE
    assert (stored(store).felt, counted(store, "negative")) == ("negative", 0)
    with store.read() as db:
        assert changes.since(db, 0) == []


def test_a_rule_that_nobody_counted_yet_is_left_to_the_count_at_the_start(store, tmp_path):
    old, new = settings(tmp_path), settings(tmp_path, BRAND, RULES, SOURCE)
    heard(store, "feed", [row("1", text="Acme fire")], NOON)
    said(store, new, 1, "negative")
    with store.read() as db:
        assert {r[0] for r in db.execute("SELECT measure FROM counts")} == {"all", "negative"}
    made = an_intake(store, new)
    made.recount(store)
    assert counted(store, "rule:fire negative") == 1
    said(store, old, 1, "neutral")
    assert counted(store, "rule:fire negative") == 1
    assert Measures(new.rules).wanted.keys() == {"rule:fire all", "rule:fire negative", "rule:fire stories",
                                                 "rule:fire authors", "authors"}  # fmt: skip


def test_a_corrected_window_is_judged_like_a_late_mention(store, tmp_path):
    rule = '\n[[rule]]\nname = "angry burst"\non = "negative"\n'
    config = settings(tmp_path, BRAND, SOURCE, rule)
    imported(
        store, an_intake(store, config), quiet(NOON - 20 * DAY, 18), NOON - DAY, tmp_path / "past.ndjson"
    )
    listened(store, "feed", NOON - 5 * DAY, NOON)
    heard(store, "feed", storm(40, NOON - 5 * HOUR, label="neutral"), NOON)
    judge = Judge(config)
    judge.detect(store, NOON)
    with store.read() as db:
        assert not list(incidents.listing(db))
        ids = [m.id for m in mentions.search(db, minute(NOON - 6 * HOUR)) if m.text.startswith("Acme leaks")]
    for number in ids:
        assert said(store, config, number, "negative") == DONE
    judge.detect(store, NOON + MINUTE)
    with store.read() as db:
        (found,) = incidents.listing(db)
        assert found.facts["late"]
    assert found.rule == "angry burst"


def test_a_correction_of_the_past_is_no_news(store, tmp_path):
    config = settings(tmp_path)
    with store.write() as db:
        mentions.add(db, "feed", [row("1", NOON - DAY)], NOON, history=True)
        changes.forget(db, changes.newest(db))
    said(store, config, 1, "negative")
    with store.read() as db:
        assert [(c.what, c.subject) for c in changes.since(db, 0)] == [("history", "Acme")]
        assert counts.history(db, "Acme", "negative", 0, 2**40, ["feed"]) == 1


def test_two_people_at_once_leave_one_last_word_and_true_counts(store, tmp_path):
    config = settings(tmp_path)
    heard(store, "feed", [row(n) for n in range(6)], NOON)
    second = Store(store.path)

    def work(mine, what):
        for number in range(1, 7):
            said(mine, config, number, what)

    both = [threading.Thread(target=work, args=one) for one in ((store, "negative"), (second, "positive"))]
    [one.start() for one in both]
    [one.join() for one in both]
    with store.read() as db:
        humans = [m.human for m in mentions.of(db, range(1, 7))]
    assert counted(store, "negative") == humans.count("negative")
    assert counted(store, "all", "mood") == 500 * (humans.count("positive") - humans.count("negative"))
    assert all(words(store, n)[-1][0] == human for n, human in enumerate(humans, 1))
    second.close()


def test_learning_is_given_the_last_word_with_what_it_rests_on(store, tmp_path):
    config = settings(tmp_path, BRAND, '[[brand]]\nname = "Zeta"\n', SOURCE)
    made = an_intake(store, config)
    page = [
        Mention(str(n), "", "Jo", text, NOON) for n, text in enumerate(("ACME and #Zeta", "zeta", "Acme"))
    ]
    with store.write() as db:
        mentions.add(db, "feed", [made.row(m, NOON) for m in page], NOON)
    for number, what in (
        (2, "negative"),
        (1, "positive"),
        (2, "right"),
        (1, "negative"),
        (3, "neutral"),
        (3, "ours"),
    ):
        said(store, config, number, what, now=NOON + timedelta(seconds=number))
    with store.read() as db:
        second, first = labels.given(db)
        assert list(labels.given(db, [IMPORT, AUTHOR])) == []
    assert (second.mention, second.label, second.confirms, second.names) == (2, second.was, True, ("zeta",))
    assert (first.mention, first.label, set(first.names)) == (1, "negative", {"ACME", "Zeta"})
    assert (first.text, first.title, first.origin) == ("ACME and #Zeta", "", TEAM)
    assert first.version == stored(store).reading != ""
    assert first.at == NOON + timedelta(seconds=1)


def test_stars_are_the_authors_word_and_rows_are_somebodys(store, tmp_path):
    with store.write() as db:
        db.executemany(
            "INSERT INTO sources (name, kind) VALUES (?, ?)", [("shop", "appstore"), ("desk", "push")]
        )
    for source in ("shop", "desk", IMPORT):
        heard(store, source, [replace(row(source), human="negative")], NOON)
    with store.read() as db:
        assert [w.origin for w in labels.given(db)] == [AUTHOR, IMPORT, IMPORT]


def test_an_older_database_finds_its_labels_in_the_journal(tmp_path):
    made = opened(tmp_path)
    with made.write() as db:
        db.execute("INSERT INTO sources (name, kind) VALUES ('shop', 'appstore')")
        given = (("shop", "negative"), (IMPORT, "neutral"), ("gone", "positive"), ("shop", ""))
        for source, human in given:
            mentions.add(db, source, [replace(row(source + human), human=human)], NOON)
        journal = "SELECT mention, label, was, version, confirms, origin, by, at FROM labels ORDER BY id"
        now = [tuple(one) for one in db.execute(journal)]
        # As it was before there was a journal.
        db.execute("DROP TABLE labels")
        db.execute("DELETE FROM _sqlite_migrations WHERE name = 'labels_of_people'")
    made.close()
    again = opened(tmp_path)
    with again.read() as db:
        then = [tuple(one) for one in db.execute(journal)]
    again.close()
    assert then == now
    assert [one[1:] for one in then] == [
        ("negative", "neutral", "1", 0, AUTHOR, "", "2026-03-16T12:00:00.000Z"),
        ("neutral", "neutral", "1", 1, IMPORT, "", "2026-03-16T12:00:00.000Z"),
        ("positive", "neutral", "1", 0, IMPORT, "", "2026-03-16T12:00:00.000Z"),
    ]
