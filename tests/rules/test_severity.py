"""Severity: each number speaks for its points, and all together say how bad it is."""

import json
from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis import strategies as st

from rules.danger import Told, Word
from rules.severity import LEVELS, Maker, Reason, Table, Weighed, gate, judge

TABLE = Table()
CALM = Weighed(z=4.2, observed=20, expected=0.0, counted=20, negative_share=0.1, authors=9, texts=20)
LEAK = Told("wyciek", 3, 12, 11)
BAD = replace(CALM, z=12.3, observed=60, counted=60, negative_share=0.7, authors=45, texts=60, danger=(LEAK,))


def severity(weighed=BAD, floor="alert", when=None, table=TABLE):
    return judge(weighed, floor, when, table).severity


def reasons(weighed, **asked):
    found = judge(weighed, asked.get("floor", "alert"), asked.get("when"), asked.get("table", TABLE))
    return {(r.code, r.word): (r.value, r.points) for r in found.reasons}


def test_every_number_speaks_for_itself():
    told = replace(BAD, reach=120_000, domains=12)
    assert reasons(told) == {
        ("z", ""): (12.3, 1),
        ("negative_share", ""): (0.7, 1),
        ("authors", ""): (45, 1),
        ("reach", ""): (120_000, 1),
        ("domains", ""): (12, 2),
        ("danger", "wyciek"): (12, 3),
    }


def test_enough_points_make_a_crisis_of_an_alert_and_an_alert_of_a_watch():
    assert [severity(floor=floor) for floor in LEVELS] == ["alert", "crisis", "crisis"]


def test_what_is_little_changes_nothing_and_gives_no_reason():
    assert [severity(CALM, floor) for floor in LEVELS] == list(LEVELS)
    assert reasons(CALM) == {}


def test_one_story_on_ten_domains_is_worse_than_on_one():
    told = replace(CALM, z=9, negative_share=0.5, authors=20, texts=20, danger=(replace(LEAK, weight=2),))
    assert (severity(replace(told, domains=1)), severity(replace(told, domains=10))) == ("alert", "crisis")


def test_praise_is_no_crisis_however_loud_it_is():
    praise = replace(BAD, z=99, negative_share=0.05, authors=5000, reach=10**8, domains=300, danger=())
    assert severity(praise) == "alert"
    assert severity(replace(praise, negative_share=0.5)) == "crisis"
    assert severity(replace(praise, bad=True)) == "crisis"
    lawsuit, scam = (Told("x", weight, 60, 60) for weight in (3, 2))
    assert severity(replace(praise, danger=(lawsuit,))) == "crisis"
    assert severity(replace(praise, danger=(scam,))) == "alert", "a tool against scam is news like this too"


def test_a_number_that_is_not_known_says_nothing():
    assert ("negative_share", "") not in reasons(replace(BAD, negative_share=None))


def test_a_big_brand_is_judged_by_what_is_more_than_usual():
    usual = replace(BAD, observed=1300, expected=1000.0, counted=1300, authors=1000, domains=40, reach=10**6)
    found = reasons(usual)
    assert (found["authors", ""], found["domains", ""]) == ((231, 2), (9, 1))
    assert found["reach", ""] == (230_769, 1)


def test_a_word_of_danger_speaks_where_several_people_use_it_and_it_is_not_lost_in_the_rest():
    assert ("danger", "wyciek") not in reasons(replace(BAD, danger=(replace(LEAK, authors=2),)))
    assert ("danger", "wyciek") not in reasons(replace(BAD, texts=1000))
    assert reasons(replace(BAD, texts=240))["danger", "wyciek"] == (12, 3)


def test_a_word_that_is_told_anyway_has_to_be_told_much_more_often():
    assert ("danger", "wyciek") in reasons(replace(BAD, danger=(replace(LEAK, usual=0.06),)))
    assert ("danger", "wyciek") not in reasons(replace(BAD, danger=(replace(LEAK, usual=0.07),)))


def test_of_several_words_the_heaviest_speaks_and_three_are_named():
    danger = (Told("awaria", 1, 40, 40), Told("pozew", 3, 5, 5), LEAK, Told("strajk", 2, 9, 9))
    found = judge(replace(BAD, danger=danger), "alert", None, TABLE).reasons
    assert [(r.word, r.points) for r in found if r.code == "danger"] == [
        ("wyciek", 3),
        ("pozew", 0),
        ("strajk", 0),
    ]


@pytest.mark.parametrize(
    ("when", "z", "share", "expected"),
    [
        (None, 99, 1.0, "alert"),
        ({"z": 12}, 12, None, "crisis"),
        ({"z": 12}, 11.9, 1.0, "alert"),
        ({"negative_share": 0.6}, 4, 0.6, "crisis"),
        ({"negative_share": 0.6}, 99, None, "alert"),
        ({"z": 12, "negative_share": 0.6}, 12, 0.6, "crisis"),
        ({"z": 12, "negative_share": 0.6}, 12, 0.5, "alert"),
    ],
)
def test_all_that_crisis_when_asks_for_has_to_hold_and_is_enough(when, z, share, expected):
    found = judge(replace(CALM, z=z, negative_share=share), "alert", when, TABLE)
    assert found.severity == expected
    assert (Reason("crisis_when", 0.0, 0) in found.reasons) == (expected == "crisis")


def test_the_table_says_what_counts():
    deaf = Table(z=(), negative_share=(), authors=(), danger_authors=100)
    assert reasons(BAD, table=deaf) == {}
    assert severity(CALM, table=Table(crisis=1, negative_share=(0.1,))) == "crisis"


# Gates


def by(*makers, **more):
    return replace(BAD, observed=50, expected=40.0, counted=50, makers=makers, **more)


def test_a_gate_caps_at_watch_names_who_it_is_and_says_how_much():
    found = judge(replace(BAD, makers=(Maker("author:ada", 55),)), "crisis", {"z": 1}, TABLE)
    assert (found.severity, found.gate) == ("watch", "author:ada")
    assert found.reasons[0] == Reason("gate", 0.917, 0, "author:ada")
    assert {r.code for r in found.reasons} > {"z", "danger"}, "what speaks is told all the same"


def test_a_gate_asks_who_made_the_excess():
    surge = replace(BAD, observed=50, expected=10.0, counted=50)
    assert gate(replace(surge, makers=(Maker("author:ada", 36),)))[0] == "author:ada"
    assert gate(replace(surge, makers=(Maker("author:ada", 36, usual=5.0),)))[0] == ""
    assert gate(replace(surge, makers=(Maker("author:ada", 32),)))[0] == ""


def test_where_there_is_hardly_an_excess_all_that_was_counted_is_asked():
    assert gate(by(Maker("author:ada", 20)))[0] == ""
    assert gate(by(Maker("author:ada", 41)))[0] == "author:ada"


def test_a_site_is_a_gate_with_fewer_than_three_authors():
    assert gate(replace(BAD, makers=(Maker("domain:a.test", 60, authors=2),)))[0] == "domain:a.test"
    assert gate(replace(BAD, makers=(Maker("domain:a.test", 60, authors=3),)))[0] == ""


# What holds whatever the numbers


numbers = st.builds(
    Weighed,
    z=st.floats(0, 200),
    observed=st.integers(1, 500),
    expected=st.floats(0, 100),
    counted=st.integers(0, 500),
    negative_share=st.none() | st.floats(0, 1),
    authors=st.integers(0, 500),
    reach=st.integers(0, 10**8),
    domains=st.integers(0, 100),
    texts=st.integers(1, 500),
    danger=st.lists(
        st.builds(Told, st.sampled_from("abc"), st.integers(1, 3), st.integers(1, 300), st.integers(1, 300)),
        max_size=3,
    ).map(tuple),
    bad=st.booleans(),
)
whens = st.none() | st.fixed_dictionaries(
    {"z": st.floats(1, 50)}, optional={"negative_share": st.floats(0, 1)}
)


def more(weighed, what, by):
    if what == "danger":
        louder = [replace(t, mentions=t.mentions + by, authors=t.authors + by) for t in weighed.danger]
        return replace(weighed, texts=weighed.texts + by * bool(louder), danger=(*louder, LEAK))
    if what == "negative_share":
        return replace(weighed, negative_share=min((weighed.negative_share or 0) + by / 500, 1.0))
    return replace(weighed, **{what: getattr(weighed, what) + by})


@given(
    numbers,
    st.sampled_from(LEVELS),
    whens,
    st.sampled_from(["z", "negative_share", "authors", "reach", "domains", "danger"]),
    st.integers(0, 500),
)
def test_more_of_anything_bad_never_makes_it_less(weighed, floor, when, what, by):
    before, after = severity(weighed, floor, when), severity(more(weighed, what, by), floor, when)
    assert LEVELS.index(after) >= LEVELS.index(before) >= LEVELS.index(floor)


@given(numbers, st.sampled_from(LEVELS), whens)
def test_what_is_frozen_gives_the_same_verdict(weighed, floor, when):
    held = replace(weighed, makers=(Maker("author:ada", 400, 1.5),))
    frozen = json.loads(json.dumps({"weighed": held.to_json(), "table": TABLE.to_json()}))
    again = judge(Weighed.from_json(frozen["weighed"]), floor, when, Table.from_json(frozen["table"]))
    assert again == judge(held, floor, when, TABLE)


@pytest.mark.parametrize("broken", [{}, {"z": 1}, {**BAD.to_json(), "danger": [{"word": 1}]}])
def test_what_is_no_such_value_is_refused(broken):
    with pytest.raises(ValueError, match="not what a verdict rests on"):
        Weighed.from_json(broken)


def test_a_table_with_other_words_is_another_table():
    assert Table(danger=(Word("a", 1, ("a",)),)) != Table()
