"""A playbook: its clock and rounds, its way through JSON, and what a second one adds."""

import json
from datetime import timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from rules.playbook import (
    NONE,
    PHASES,
    ROLES,
    STANDARD,
    Playbook,
    Step,
    Task,
    Template,
    from_json,
    merged,
    to_json,
)


def minutes(*counts):
    return tuple(timedelta(minutes=count) for count in counts)


def ladder(*steps):
    return tuple(Step(timedelta(minutes=after), tell) for after, tell in steps)


spans = st.integers(0, 100_000).map(lambda seconds: timedelta(seconds=seconds))
steps = st.builds(
    Step, spans, st.sampled_from(ROLES), st.sampled_from([("slack",), ("email",), ("slack", "email")])
)
tasks = st.builds(
    Task, st.sampled_from(PHASES[:-1]), st.text(max_size=5), st.sampled_from(ROLES), st.none() | spans
)
templates = st.builds(Template, st.text(max_size=5), st.text(max_size=5))
playbooks = st.builds(
    Playbook,
    name=st.sampled_from("ABCD"),
    ladder=st.lists(steps, max_size=4).map(lambda found: tuple(sorted(found, key=lambda s: s.after))),
    repeat=st.integers(0, 5),
    answer_within=st.integers(1, 300).map(lambda count: timedelta(minutes=count)),
    ack_expires=st.integers(1, 300).map(lambda count: timedelta(minutes=count)),
    tasks=st.lists(tasks, max_size=3).map(tuple),
    statements=st.lists(templates, max_size=3).map(tuple),
)


@given(playbooks)
def test_a_playbook_comes_back_from_json_unchanged(playbook):
    assert from_json(json.loads(json.dumps(to_json(playbook)))) == playbook


def test_the_standard_playbook_calls_an_hour_out_at_30_45_and_55_minutes():
    assert STANDARD.warnings() == minutes(30, 45, 55)


def test_a_round_lasts_to_its_last_step_and_as_long_again_as_its_first_wait():
    assert STANDARD.round_length == timedelta(minutes=45)


@pytest.mark.parametrize("ladder", [(), ladder((0, "head")), ladder((0, "head"), (0, "deputy"))])
def test_rounds_without_any_wait_are_ten_minutes_apart(ladder):
    assert Playbook("p", ladder).round_length == timedelta(minutes=10)


@given(playbooks, playbooks)
def test_merging_takes_nothing_away(frozen, added):
    both = merged(frozen, added)
    assert set(frozen.ladder) <= set(both.ladder)
    assert set(frozen.tasks) <= set(both.tasks)
    assert set(frozen.statements) <= set(both.statements)
    assert both.repeat >= frozen.repeat
    assert both.answer_within <= frozen.answer_within
    if frozen.name != added.name:
        assert set(added.ladder) <= set(both.ladder)
        assert set(added.tasks) <= set(both.tasks)


@given(playbooks, playbooks)
def test_merging_the_same_playbook_again_changes_nothing(frozen, added):
    both = merged(frozen, added)
    assert merged(both, added) == both


@given(playbooks, playbooks)
def test_a_merged_ladder_ascends(frozen, added):
    after = [step.after for step in merged(frozen, added).ladder]
    assert after == sorted(after)


def test_merging_with_nothing_changes_nothing():
    assert merged(STANDARD, NONE) == STANDARD
