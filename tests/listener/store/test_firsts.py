"""Who speaks for the first time in a day, which story is told for the first time, and how it all feels."""

import random
import sqlite3
from collections import Counter, defaultdict
from contextlib import closing
from dataclasses import replace

import pytest
from hypothesis import HealthCheck, given
from hypothesis import settings as tried
from hypothesis import strategies as st

from listener.forget import forget
from listener.intake import measure_of
from listener.reading.stories import tale
from listener.store import Store, counts, firsts, mentions
from listener.store.counts import IMPORT
from listener.store.schema import FIRST, STORIES, TROUBLES
from listener.store.times import minute
from listener.upkeep import forget_old
from tests.kit import BRAND, HOUR, MINUTE, NOON, SOURCE, an_intake, heard, mention, opened, row, settings

PEOPLE = '[[rule]]\nname = "people"\non = "authors"\n'
ALWAYS = (0, 2**40)
ONLY_ONCE = {"Acme": [("authors", "author"), ("rule:tales", "story")]}
TEXTS = (
    "Acme has recalled 300 kettles sold in Leeds after four handles caught fire, the firm said on Tuesday.",
    "Nobody at Acme would say why the lights in their tower burned all night, our reporter wrote today.",
)


@pytest.fixture
def store(tmp_path):
    made = opened(tmp_path)
    yield made
    made.close()


def wrote(key, author, at=NOON, **more):
    """Return a mention that counts once for its author and once for its story."""
    return replace(row(key, at, author=author, **more), firsts=ONLY_ONCE if author else {})


def counted(store, measure, brand="Acme"):
    """Return {(minutes after noon, source): mentions} of a measure."""
    with store.read() as db:
        rows = db.execute(
            "SELECT minute, source, n FROM counts WHERE brand = ? AND measure = ? ORDER BY minute, source",
            (brand, measure),
        )
        return {(r[0] - minute(NOON), r[1]): r[2] for r in rows}


def test_who_writes_sixty_times_counts_once(store):
    heard(store, "feed", [wrote(n, "Jo", NOON + n * MINUTE) for n in range(60)], NOON)
    assert counted(store, "authors") == {(0, "feed"): 1}


def test_an_author_is_new_again_after_a_day_of_silence(store):
    hours = (0, 20, 43, 67, 68)
    heard(store, "feed", [wrote(n, "Jo", NOON + n * HOUR) for n in hours], NOON)
    assert list(counted(store, "authors")) == [(0, "feed"), (67 * 60, "feed")]


def test_a_late_mention_takes_the_place_of_the_one_that_was_first(store):
    heard(store, "feed", [wrote(1, "Jo", NOON + HOUR)], NOON)
    heard(store, "forum", [wrote(2, "jo ", NOON)], NOON)
    assert counted(store, "authors") == {(0, "forum"): 1}


def test_the_windows_of_the_one_that_lost_its_place_are_judged_again(store):
    heard(store, "feed", [wrote(1, "Jo", NOON + HOUR)], NOON)
    with store.write() as db:
        db.execute("DELETE FROM changes")
    heard(store, "forum", [wrote(2, "Jo", NOON)], NOON)
    with store.read() as db:
        noted = {r[0] - minute(NOON) for r in db.execute("SELECT first FROM changes WHERE subject = 'Acme'")}
    assert noted == {0, 60}


def test_two_brands_know_an_author_each_for_themselves(store):
    about = {brand: [("authors", "author")] for brand in ("Acme", "Bolt")}
    both = replace(row(1, brands=("Acme", "Bolt"), author="Jo"), firsts=about)
    heard(store, "feed", [wrote(0, "Jo", NOON - HOUR), both], NOON)
    assert counted(store, "authors") == {(-60, "feed"): 1}
    assert counted(store, "authors", "Bolt") == {(0, "feed"): 1}


told = st.builds(
    lambda key, at, author, text, label, brands: (key, at, author, text, label, brands),
    st.integers(0, 40),
    st.integers(0, 80 * 60).map(lambda m: m - m % 7),
    st.sampled_from(["Jo", "jo", "Al", "Żółć", ""]),
    st.sampled_from([0, 1]),
    st.sampled_from(["negative", "neutral"]),
    st.sampled_from([("Acme",), ("Acme", "Bolt")]),
)
SOURCES = ("feed", "forum", IMPORT)


def as_row(source, key, at, author, text, label, brands):
    wanted = [("rule:tales", "story"), *([("authors", "author")] if author else [])]
    made = row(f"{source} {key}", NOON + at * MINUTE, author=author, label=label, brands=brands)
    measures = {brand: [*held, *([] if author else ["authors"])] for brand, held in made.measures.items()}
    return replace(
        made, text=TEXTS[text], firsts=dict.fromkeys(brands, wanted), measures=measures,
        tale=tale("", TEXTS[text], "", author),
    )  # fmt: skip


def by_hand(rows):
    """Count what was stored as the measures are defined, in any order of arrival."""
    found = defaultdict(int)
    for brand in ("Acme", "Bolt"):
        wrote_at, stories = {}, set()
        for source, m in sorted(rows, key=lambda one: (one[1].minute, one[0], one[1].key)):
            if brand in m.brands:
                who = m.author.casefold()
                if not who or who not in wrote_at or m.minute - wrote_at[who] >= 24 * 60:
                    found[brand, "authors", m.minute, source] += 1
                wrote_at[who] = m.minute
                for measure in ("copies",) if m.text in stories else ("rule:tales",):
                    found[brand, measure, m.minute, source] += 1
                stories.add(m.text)
    return dict(found)


@given(st.lists(st.tuples(st.sampled_from(SOURCES), told), max_size=25), st.integers(0, 10**6))
@tried(max_examples=40, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
def test_neither_the_order_of_arrival_nor_the_batches_change_what_is_counted(tmp_path_factory, given, seed):
    unique = {f"{source} {one[0]}": (source, as_row(source, *one)) for source, one in given}
    rows, draw = list(unique.values()), random.Random(seed)
    found = []
    for _ in range(2):
        store = opened(tmp_path_factory.mktemp("db"))
        draw.shuffle(rows)
        while_left = list(rows)
        while while_left:
            size = draw.randint(1, 4)
            batch, while_left = while_left[:size], while_left[size:]
            for source in SOURCES:
                mine = [m for s, m in batch if s == source]
                with store.write() as db:
                    mentions.add(db, source, mine, NOON, history=source == IMPORT)
        with store.read() as db:
            stored = db.execute(
                "SELECT brand, measure, minute, source, n, old, mood FROM counts ORDER BY 1, 2, 3, 4"
            )
            found.append([tuple(one) for one in stored])
        store.close()
    assert found[0] == found[1]
    once = {one[:4]: one[4] for one in found[0] if one[1] in ("authors", "rule:tales", "copies")}
    assert once == by_hand(rows)
    assert all(old == (n if source == IMPORT else 0) for _, _, _, source, n, old, _ in found[0])


# The measures that a configuration asks for


def hear(store, made, source, *found):
    with store.read() as db:
        rows, _ = made.rows(db, source, found, NOON)
    return heard(store, source, rows, NOON)


def test_authors_are_counted_only_while_a_rule_asks_for_them(store, tmp_path):
    plain, people = (an_intake(store, settings(tmp_path, BRAND, SOURCE, *more)) for more in ((), (PEOPLE,)))
    hear(store, plain, "feed", *(mention(str(n), author="Jo") for n in range(3)))
    assert counted(store, "authors") == {}
    people.recount(store)
    hear(store, people, "feed", mention("4", author="Jo"), mention("5", author="Al"), mention("6", author=""))
    assert counted(store, "authors") == {(0, "feed"): 3}
    plain.recount(store)
    with store.read() as db:
        assert counts.measured(db) == {}
        assert db.execute("SELECT count(*) FROM firsts").fetchone()[0] == 0


@pytest.mark.parametrize("on", ["all", "negative", "stories", "authors"])
@pytest.mark.parametrize("query", ["", 'query = "fire OR ogień"\n'])
def test_counted_anew_is_what_was_counted_as_it_came(store, tmp_path, on, query):
    config = settings(tmp_path, BRAND, SOURCE, f'[[rule]]\nname = "it"\non = "{on}"\n{query}')
    made, measure = an_intake(store, config), measure_of(config.rules[0])
    made.recount(store)
    draw = random.Random(on + query)
    said = ["Acme is on fire, what a disgusting scandal", "Acme opens a shop in the old fire station", *TEXTS]
    found = [
        mention(
            str(n),
            draw.choice(said),
            NOON - draw.randint(0, 4000) * MINUTE,
            author=draw.choice(["Jo", "Al", ""]),
        )
        for n in range(60)
    ]
    hear(store, made, "feed", *found[:30])
    hear(store, made, "forum", *found[30:])
    as_it_came = counted(store, measure)
    assert measure == "stories" or sum(as_it_came.values()) > (1 if on == "stories" else 5)
    with store.write() as db:
        db.execute("DELETE FROM measures")
    made.recount(store)
    assert counted(store, measure) == as_it_came


def test_a_rule_that_was_gone_for_a_while_misses_nothing_of_it(store, tmp_path):
    recall = '[[rule]]\nname = "recall"\nquery = "recall"\n'
    with_it, without = (
        an_intake(store, settings(tmp_path, BRAND, SOURCE, *more)) for more in ((recall,), ())
    )
    with_it.recount(store)
    without.recount(store)
    hear(store, without, "feed", mention("1", "Acme recall"))
    with_it.recount(store)
    assert counted(store, "rule:recall") == {(0, "feed"): 1}


@pytest.mark.parametrize("authors", ["plain", "pseudonym"])
def test_a_pseudonym_is_a_person_as_any(store, tmp_path, authors):
    config = settings(tmp_path, BRAND, SOURCE, PEOPLE, f'[privacy]\nauthors = "{authors}"\n')
    made = an_intake(store, config)
    hear(
        store,
        made,
        "feed",
        mention("1", author="Ada"),
        mention("2", author="ada "),
        mention("3", author="Jan"),
    )
    assert counted(store, "authors") == {(0, "feed"): 2}


def test_what_is_forgotten_leaves_its_counts_and_no_name(store, tmp_path):
    config = settings(tmp_path, BRAND, SOURCE, PEOPLE)
    made = an_intake(store, config)
    hear(store, made, "feed", mention("1", author="Ada"), mention("2", author="Jan"))
    before = counted(store, "authors")
    forget(store, config, "Ada", "", NOON)
    assert counted(store, "authors") == before
    with store.read() as db:
        assert [r[0] for r in db.execute("SELECT who FROM firsts")] == ["jan"]


def test_what_was_dropped_with_time_does_not_come_to_count_twice(store, tmp_path):
    config = settings(tmp_path, BRAND, SOURCE, PEOPLE, '[privacy]\nkeep = "1d"\n')
    made = an_intake(store, config)
    old, later = mention("1", at=NOON - 20 * HOUR, author="Ada"), mention("2", at=NOON - HOUR, author="Ada")
    hear(store, made, "feed", old, later)
    forget_old(store, config, NOON + 5 * HOUR)
    hear(store, made, "feed", mention("3", at=NOON - 5 * HOUR, author="Ada"))
    assert counted(store, "authors")[-20 * 60, "feed"] == 1
    assert (-60, "feed") not in counted(store, "authors")


# How it feels


def felt(store, measure):
    with store.read() as db:
        return counts.moods(db, "Acme", measure, *ALWAYS, ("feed", "forum"))


def test_scores_are_added_up_beside_the_counts(store):
    rows = [replace(row(n), score=score) for n, score in enumerate((-0.7, -0.0005, 0.25))]
    heard(store, "feed", [*rows, row(9, NOON + MINUTE, label="negative")], NOON)
    assert felt(store, "all") == [(minute(NOON), -451), (minute(NOON) + 1, -700)]
    assert felt(store, "negative") == [(minute(NOON) + 1, -700)]


@pytest.mark.parametrize(
    ("human", "score", "adds"),
    [
        ("", -0.3, -300),
        ("negative", -0.8, -800),
        ("negative", 0.6, -500),
        ("positive", -0.2, 500),
        ("neutral", -0.9, 0),
        ("unsure", -0.2, -200),
    ],
)
def test_a_persons_label_says_which_way_a_mention_leans(store, human, score, adds):
    heard(store, "feed", [replace(row(1), human=human, score=score)], NOON)
    assert felt(store, "all") == [(minute(NOON), adds)]
    with store.write() as db:
        firsts.recount(db, "again", "", None)
    assert felt(store, "again") == [(minute(NOON), adds)]


def test_the_mood_of_stories_is_that_of_the_ones_told_first(store):
    first, copy = (
        replace(wrote(n, f"a{n}", NOON + n * MINUTE, text=TEXTS[0]), tale=tale("", TEXTS[0], "", ""), score=s)
        for n, s in ((0, -0.4), (1, 0.9))
    )
    heard(store, "feed", [copy], NOON)
    heard(store, "forum", [first], NOON)
    assert [one for one in felt(store, "stories") if one[1]] == [(minute(NOON), -400)]


def test_an_older_database_learns_its_moods_and_copies(tmp_path):
    path = tmp_path / "listener.db"
    with closing(sqlite3.connect(path)) as db:
        for script in (FIRST, TROUBLES, STORIES):
            db.executescript(script)
        db.execute("CREATE TABLE _sqlite_migrations (migration_set TEXT, name TEXT, applied_at TEXT)")
        steps = ("first_tables", "troubles_of_sources", "stories_of_mentions")
        db.executemany(
            "INSERT INTO _sqlite_migrations VALUES ('listener', ?, '2026-01-01')", [(s,) for s in steps]
        )
        at = minute(NOON)
        for number, source, label, human, score in (
            (1, "feed", "negative", "", -0.7),
            (2, "forum", "negative", "", -0.2),
            (3, IMPORT, "neutral", "negative", 0.1),
        ):
            db.execute(
                "INSERT INTO mentions VALUES (?, ?, ?, '', 'Jo', '', 'Acme', NULL, '2026-03-16T12:00:00Z', ?,"
                " 1, NULL, 'en', ?, ?, 0, 0.5, '1', ?, 1)",
                (number, source, str(number), at, label, score, human),
            )
            db.execute("INSERT INTO matches VALUES ('Acme', ?, ?, '[]')", (number, at))
            kinds = ["all", "negative", *(["copies"] if number > 1 else [])]
            rows = [("Acme", kind, at, source, 1, 0) for kind in kinds]
            db.executemany("INSERT INTO counts VALUES (?, ?, ?, ?, ?, ?)", rows)
        db.execute("INSERT INTO measures VALUES ('rule:old', 'all  fire')")
        db.commit()
    store = Store(path)
    with store.read() as db:
        moods = {(r[0], r[1]): r[2] for r in db.execute("SELECT measure, source, mood FROM counts")}
        copies = Counter(r[0] for r in db.execute("SELECT copy FROM matches"))
        assert counts.measured(db) == {}
        assert [r[0] for r in db.execute("SELECT old FROM mentions ORDER BY id")] == [0, 0, 1]
    assert moods == {
        ("all", "feed"): -700, ("all", "forum"): -200, ("all", IMPORT): -500,
        ("negative", "feed"): -700, ("negative", "forum"): -200, ("negative", IMPORT): -500,
        ("copies", "forum"): -200, ("copies", IMPORT): -500,
    }  # fmt: skip
    assert copies == {0: 1, 1: 2}
    store.close()
