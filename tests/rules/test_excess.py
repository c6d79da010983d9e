"""What the excess over usual consists of."""

from hypothesis import given
from hypothesis import strategies as st

from rules.excess import drivers, expected


def told(counted, usual, excess, **more):
    return [(d.what, d.share) for d in drivers(counted, usual, excess, **more)]


def test_a_share_is_what_a_value_has_over_its_usual_of_what_all_have():
    (first,) = drivers({"a": 31, "b": 10}, {"a": 1.0, "b": 10.0}, 30)
    assert (first.what, first.count, first.usual, first.share) == ("a", 31, 1.0, 1.0)
    assert told({"a": 20, "b": 30}, {"b": 10.0}, 40) == [("b", 0.5), ("a", 0.5)]


def test_a_value_that_is_rarer_than_usual_explains_nothing():
    assert told({"pl": 80, "en": 60}, {"pl": 10.0, "en": 100.0}, 30) == [("pl", 1.0)]


def test_parts_never_come_to_more_than_the_whole():
    assert told({"a": 30, "b": 30}, {"c": 30.0}, 30) == [("a", 0.5), ("b", 0.5)]
    assert told({"a": 30, "b": 30}, {}, 30, parts=False) == [("a", 1.0), ("b", 1.0)]


def test_trifles_and_what_is_not_known_are_left_out():
    assert told({"a": 96, "b": 4, "": 50}, {}, 100) == [("a", 0.96)]


def test_at_most_five_in_an_order_that_does_not_depend_on_chance():
    counted = dict.fromkeys("gfedcba", 10)
    assert [what for what, _ in told(counted, {}, 70)] == list("abcde")


def test_without_an_excess_there_is_nothing_to_explain():
    assert drivers({"a": 5}, {"a": 1.0}, 0) == drivers({"a": 5}, {"a": 1.0}, -3) == ()


def test_usual_is_shared_out_as_the_past_was():
    assert expected({"a": 30, "b": 10}, 8.0) == {"a": 6.0, "b": 2.0}
    assert expected({}, 8.0) == {}


COUNTS = st.dictionaries(st.sampled_from("abcdefgh"), st.integers(0, 500))


@given(COUNTS, COUNTS, st.floats(0.1, 1000), st.booleans())
def test_shares_lie_between_nothing_and_all(counted, usual, excess, parts):
    found = drivers(counted, usual, excess, parts=parts)
    assert all(0 <= d.share <= 1 for d in found)
    assert [d.share for d in found] == sorted((d.share for d in found), reverse=True)
    if parts:
        assert sum(d.share for d in found) <= 1 + 1e-9
    assert found == drivers(dict(reversed(counted.items())), usual, excess, parts=parts)
