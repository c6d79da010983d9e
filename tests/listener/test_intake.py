"""What becomes of a mention: whose it is, how it feels, what it counts as, and whose name is kept."""

from dataclasses import replace
from datetime import timedelta

import pytest

from listener.intake import Given, measure_of, unheard
from listener.store import counts, mentions
from listener.store.times import minute
from tests.kit import BRAND, HOUR, MINUTE, NOON, SOURCE, an_intake, heard, mention, opened, settings

BOLT = '[[brand]]\nname = "Bolt"\nquery = \'bolt~ AND NOT "usain bolt"\'\n'
RECALL = '[[rule]]\nname = "recall"\nquery = "recall OR wycofanie"\n'
SAD = "Acme is terrible, a disgusting scandal and a lie"


@pytest.fixture
def store(tmp_path):
    made = opened(tmp_path)
    yield made
    made.close()


@pytest.fixture
def made(store, tmp_path):
    return an_intake(store, settings(tmp_path, BRAND, BOLT, SOURCE, RECALL))


def test_a_mention_belongs_to_the_brands_whose_queries_match(made):
    assert set(made.row(mention(1, "Acme buys Bolt"), NOON).brands) == {"Acme", "Bolt"}
    assert set(made.row(mention(1, "Usain Bolt wears Acme"), NOON).brands) == {"Acme"}
    assert made.row(mention(1, "nothing of note"), NOON) is None


def test_the_title_counts_as_text(made):
    assert set(made.row(mention(1, "they did it", title="Acme again"), NOON).brands) == {"Acme"}


@pytest.mark.parametrize(
    ("published", "first_visit", "at", "counted"),
    [
        (NOON - HOUR, False, NOON - HOUR, True),
        (NOON - HOUR, True, NOON - HOUR, True),
        (None, False, NOON, True),
        (None, True, NOON, False),
        (NOON + MINUTE, False, NOON, True),
        (NOON + timedelta(days=900), False, NOON, True),
    ],
)
def test_a_mention_counts_where_it_was_published_or_else_heard(made, published, first_visit, at, counted):
    row = made.row(mention(1, at=published), NOON, first_visit=first_visit)
    assert (row.minute, row.counted, row.published_at) == (minute(at), counted, published)


def test_negative_mentions_count_twice_once_as_negative(made):
    row = made.row(mention(1, SAD), NOON)
    assert (row.label, row.measures) == ("negative", {"Acme": ["all", "negative"]})


def test_what_came_with_a_mention_is_not_asked_again(made):
    row = made.row(mention(1, "they did it again"), NOON, given=Given("Bolt", "negative", "pl"))
    assert (dict(row.brands), row.human, row.language) == ({"Bolt": ()}, "negative", "pl")
    assert row.measures == {"Bolt": ["all", "negative"]}


@pytest.mark.parametrize(
    ("more", "text", "counts_as"),
    [
        ("", "Acme recall", {"Acme": ["all", "rule:recall"]}),
        ("", "Acme", {"Acme": ["all"]}),
        ('brand = "Bolt"\n', "Acme and Bolt recall", {"Acme": ["all"], "Bolt": ["all", "rule:recall"]}),
        ('on = "negative"\n', "Acme recall", {"Acme": ["all"]}),
        ('on = "negative"\n', SAD + " recall", {"Acme": ["all", "negative", "rule:recall"]}),
    ],
)
def test_a_rule_with_a_query_counts_only_what_it_matches(store, tmp_path, more, text, counts_as):
    config = settings(tmp_path, BRAND, BOLT, SOURCE, RECALL + more)
    assert an_intake(store, config).row(mention(1, text), NOON).measures == counts_as
    assert [measure_of(rule) for rule in config.rules] == ["rule:recall"]


def test_a_new_rule_is_counted_over_what_is_stored(store, tmp_path):
    old = an_intake(store, settings(tmp_path, BRAND, SOURCE))
    texts = ["Acme recall", "Acme opens", "Acme wycofanie", "Acme recall undated"]
    rows = [old.row(mention(n, text, NOON + n * MINUTE), NOON + HOUR) for n, text in enumerate(texts)]
    rows[3] = replace(rows[3], counted=False)
    heard(store, "feed", rows, NOON)
    new = an_intake(store, settings(tmp_path, BRAND, SOURCE, RECALL))
    for _ in range(2):
        new.recount(store)
        with store.read() as db:
            found = counts.load(db, "Acme", "rule:recall", 0, 10**9, ("feed",))
            assert found == [(minute(NOON), 1), (minute(NOON) + 2, 1)]


def test_a_query_that_changed_is_counted_anew(store, tmp_path):
    first = an_intake(store, settings(tmp_path, BRAND, SOURCE, RECALL))
    heard(
        store,
        "feed",
        [first.row(mention(n, f"Acme {w}"), NOON) for n, w in enumerate(["recall", "fire"])],
        NOON,
    )
    first.recount(store)
    second = an_intake(store, settings(tmp_path, BRAND, SOURCE, RECALL.replace("wycofanie", "fire")))
    second.recount(store)
    with store.read() as db:
        assert counts.total(db, "Acme", "rule:recall", 0, 10**9) == 2


@pytest.mark.parametrize(("authors", "kept"), [("plain", "Ada Nowak"), ("none", "")])
def test_authors_are_kept_as_the_configuration_says(store, tmp_path, authors, kept):
    config = settings(tmp_path, BRAND, SOURCE, f'[privacy]\nauthors = "{authors}"\n')
    assert an_intake(store, config).row(mention(1, author="Ada Nowak"), NOON).author == kept


def test_a_pseudonym_tells_people_apart_and_stays_over_a_restart(store, tmp_path):
    config = settings(tmp_path, BRAND, SOURCE, '[privacy]\nauthors = "pseudonym"\n')

    def name(author):
        return an_intake(store, config).row(mention(1, author=author), NOON).author

    assert name("Ada Nowak") == name("Ada Nowak") != name("Jan Nowak")
    assert "Ada" not in name("Ada Nowak")
    assert name("") == ""


def test_two_stores_give_other_pseudonyms(tmp_path):
    config = settings(tmp_path, BRAND, SOURCE, '[privacy]\nauthors = "pseudonym"\n')
    names = set()
    for folder in ("a", "b"):
        store = opened(tmp_path / folder)
        names.add(an_intake(store, config).row(mention(1, author="Ada"), NOON).author)
        store.close()
    assert len(names) == 2


def test_what_the_store_holds_is_not_read_again(store, made):
    heard(store, "feed", [made.row(mention("1"), NOON)], NOON)
    with store.read() as db:
        assert [m.id for m in unheard(db, "feed", [mention("1"), mention("2")])] == ["2"]
        assert len(unheard(db, "forum", [mention("1")])) == 1
        assert len(list(mentions.search(db, 0))) == 1


@pytest.mark.parametrize(
    ("published", "counted"), [(None, False), (NOON + timedelta(hours=2), False), (NOON - HOUR, True)]
)
def test_what_gathered_for_long_is_counted_only_where_it_has_a_moment_of_its_own(made, published, counted):
    assert made.row(mention(1, at=published), NOON, lump=True).counted is counted
