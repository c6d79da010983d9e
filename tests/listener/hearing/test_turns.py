"""Whose turn it is."""

from collections import Counter

from hypothesis import given
from hypothesis import strategies as st

from listener.hearing.turns import Turns


def begun(turns):
    found = []
    while (thing := turns.next()) is not None:
        found.append(thing)
    return found


def test_a_host_gets_no_more_than_its_share():
    turns = Turns(at_once=10, per_host=2)
    for number in range(5):
        turns.add("a", number)
    assert begun(turns) == [0, 1]
    turns.over("a")
    assert begun(turns) == [2]


def test_hosts_take_turns():
    turns = Turns(at_once=4, per_host=2)
    for host in "aaaabb":
        turns.add(host, host)
    assert begun(turns) == ["a", "b", "a", "b"]


def test_no_more_run_than_may_run_at_once():
    turns = Turns(at_once=3, per_host=2)
    for host in "abcde":
        turns.add(host, host)
    assert begun(turns) == ["a", "b", "c"]
    turns.over("b")
    assert begun(turns) == ["d"]


@given(
    st.lists(st.tuples(st.sampled_from("abc"), st.booleans()), max_size=80),
    st.integers(1, 4),
    st.integers(1, 3),
)
def test_everything_gets_its_turn_and_no_bound_is_broken(steps, at_once, per_host):
    turns, running, done, added = Turns(at_once, per_host), [], 0, 0
    for host, ends in steps:
        turns.add(host, host)
        added += 1
        running += begun(turns)
        assert len(running) <= at_once
        assert max(Counter(running).values(), default=0) <= per_host
        if ends and running:
            turns.over(running.pop(0))
            done += 1
    running += begun(turns)
    while running:
        turns.over(running.pop())
        done += 1
        running += begun(turns)
    assert done == added
    assert list(turns.rest()) == []
