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


def test_a_host_rests_between_two_beginnings_and_others_do_not_wait_for_it():
    turns = Turns(at_once=10, per_host=2)
    for number in range(3):
        turns.add("a", f"a{number}", gap=0.25)
    turns.add("b", "b0")
    assert [turns.next(100.0), turns.next(100.0), turns.next(100.0)] == ["a0", "b0", None]
    assert turns.due_at == 100.25
    assert (turns.next(100.24), turns.next(100.25), turns.next(100.49)) == (None, "a1", None)
    turns.over("a")
    assert (turns.next(100.49), turns.next(100.5)) == (None, "a2")


def test_a_host_that_was_forgotten_meanwhile_still_rests():
    turns = Turns(at_once=10, per_host=2)
    turns.add("a", 1, gap=0.25)
    assert turns.next(100.0) == 1
    turns.over("a")
    turns.add("a", 2, gap=0.25)
    assert (turns.next(100.1), turns.next(100.3)) == (None, 2)


def test_a_host_that_asks_to_be_left_alone_is_and_gives_back_what_waits():
    turns = Turns(at_once=10, per_host=1)
    for number in range(3):
        turns.add("a", number)
    assert turns.next(100.0) == 0
    assert turns.hold("a", 160.0) == [1, 2]
    turns.over("a")
    turns.add("a", 3)
    assert turns.rests_until("a") == 160.0
    assert (turns.next(159.0), turns.next(160.0)) == (None, 3)
    turns.over("a")
    assert turns.rests_until("a") == 0.0


def test_what_is_slow_takes_only_its_part_and_lets_the_quick_go_first():
    turns = Turns(at_once=4, per_host=2, most_slow=1)
    for host in "abc":
        turns.add(host, f"slow {host}", slow=True)
    turns.add("b", "quick b")
    assert begun(turns) == ["slow a", "quick b"]
    turns.over("a", slow=True)
    assert begun(turns) == ["slow c"]
    turns.over("c", slow=True)
    assert begun(turns) == ["slow b"]


def test_of_one_host_the_slow_leave_room_for_a_quick_one():
    turns = Turns(at_once=10, per_host=2)
    for number in range(3):
        turns.add("a", f"slow {number}", slow=True)
    assert begun(turns) == ["slow 0"]
    turns.add("a", "quick")
    assert begun(turns) == ["quick"]


def test_where_nobody_waits_a_thing_begins_at_once_and_counts_like_any_other():
    turns = Turns(2, 1)
    assert turns.begin("a")
    assert not turns.begin("a")
    turns.add("a", "a2")
    assert turns.next() is None
    turns.add("b", "b1")
    assert not turns.begin("c")
    assert turns.next() == "b1"
    assert not turns.begin("c")
    turns.over("a")
    assert turns.next() == "a2"
    turns.over("a")
    turns.over("b")
    assert turns.begin("a")
