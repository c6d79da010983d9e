"""What a verdict rests on: its severity, and what makes it less than it seems."""

from datetime import timedelta

import pytest

from listener import evidence
from listener.config import Rule
from listener.store import mentions
from rules.triggers import Finding
from tests.kit import BRAND, DAY, HOUR, MINUTE, NOON, SOURCE, heard, opened, row, settings

SPAN = 15 * MINUTE


@pytest.fixture
def store(tmp_path):
    made = opened(tmp_path)
    yield made
    made.close()


def finding(z=8.0, at=NOON + SPAN, observed=60, expected=2.0, **facts):
    return Finding("spike", at, SPAN, observed, expected, z, {"seconds15": 900, "n15": 60, **facts})


def rule(**more):
    return Rule(name="surge", **more)


def weighed(store, *tables, asked=None, **changes):
    """Return the case of a finding, by the configuration of these tables."""
    config = settings(store.path.parent, BRAND, SOURCE, *tables)
    with store.read() as db:
        return evidence.weigh(db, config, "Acme", asked or rule(), finding(**changes))


def gate(store, *rows, **changes):
    heard(store, "feed", rows, NOON)
    return weighed(store, **changes).gate


def by(*authors, site="{n}.test"):
    return [
        row(n, NOON + MINUTE, author=author, url=f"https://{site.format(n=n)}/{n}")
        for n, author in enumerate(authors)
    ]


def test_negative_mentions_are_told_as_a_share_of_the_window(store):
    rows = [row(n, NOON + n * MINUTE, label="negative" if n % 4 else "neutral") for n in range(8)]
    heard(store, "feed", [*rows, row("before", NOON - MINUTE), row("after", NOON + SPAN)], NOON)
    with store.read() as db:
        assert evidence.negative_share(db, "Acme", finding()) == 0.75
        assert evidence.negative_share(db, "Acme", finding(at=NOON - HOUR)) is None


def test_one_known_author_of_more_than_four_fifths_is_a_gate(store):
    assert gate(store, *by(*["ada"] * 9, "jan"), observed=10, expected=0) == "author:ada"


def test_one_author_of_four_fifths_is_none(store):
    assert gate(store, *by(*["ada"] * 8, "jan", "ola"), observed=10, expected=0) == ""


def test_a_gate_asks_who_made_the_excess_not_who_made_the_window(store):
    rows = by(*["ada"] * 28, *[f"usual {n}" for n in range(20)])
    assert gate(store, *rows, observed=48, expected=20.0) == "author:ada"
    assert weighed(store, observed=48, expected=2.0).gate == ""


def test_what_an_author_brings_anyway_is_none_of_the_excess(store):
    before = [row(f"old {n}", NOON - DAY + n * 3 * MINUTE, author="ada") for n in range(450)]
    heard(store, "feed", before, NOON)
    others = [row(f"new {n}", NOON + MINUTE) for n in range(8)]
    assert gate(store, *by(*["ada"] * 12), *others, observed=20, expected=5.0) == ""


def test_mentions_without_an_author_are_authors_of_their_own(store):
    assert gate(store, *by(*[""] * 20), observed=20) == ""


def test_one_site_with_two_authors_is_a_gate_and_with_three_is_none(store):
    rows = by("ada", "jan", "ada", "jan", site="www.one.test")
    assert gate(store, *rows, observed=4, expected=0) == "domain:one.test"
    third = row("third", NOON + MINUTE, author="ola", url="https://one.test/x")
    assert gate(store, third, observed=5, expected=0) == ""


def test_one_site_whose_authors_are_not_known_is_none(store):
    assert gate(store, *by(*[""] * 9, site="one.test"), observed=9) == ""


def test_an_empty_window_and_broken_addresses_harm_nothing(store):
    assert gate(store) == ""
    rows = [row(n, NOON, author=str(n), url=url) for n, url in enumerate(["http://[::1", "", "x", "//a"])]
    assert gate(store, *rows, observed=4) == ""


def test_history_is_taken_out_of_every_window_of_a_finding(store):
    with store.write() as db:
        mentions.add(db, "import", [row(n, NOON + n * MINUTE) for n in range(12)], NOON, history=True)
    heard(store, "feed", [row(n, NOON + n * MINUTE) for n in range(12)], NOON)
    found = finding(seconds5=300, n5=10, m5=1.5)
    with store.read() as db:
        less = evidence.without_history(db, "Acme", "all", ("import", "feed"), found)
        same = evidence.without_history(db, "Acme", "all", ("feed",), found)
    assert (less.evidence["n15"], less.evidence["n5"], less.evidence["m5"]) == (48, 8, 1.5)
    assert same is found


def test_a_window_is_the_span_before_its_end():
    first, last = evidence.window(finding())
    assert timedelta(minutes=last - first) == SPAN
