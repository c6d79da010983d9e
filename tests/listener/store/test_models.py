"""Versions of what was learned: which is in force, what is kept, and the way back."""

import pytest

from listener.store import models
from tests.kit import NOON, opened


@pytest.fixture
def store(tmp_path):
    made = opened(tmp_path)
    yield made
    made.close()


def add(store, state=models.PROMOTED, weights=b"w"):
    with store.write() as db:
        return models.add(db, NOON, state, 60, {"languages": []}, weights)


def back(store, version):
    with store.write() as db:
        models.go_back(db, version)
        return models.in_force(db)


def test_nothing_is_in_force_at_first(store):
    with store.read() as db:
        assert (models.in_force(db), models.current(db), models.listing(db)) == (0, None, [])


def test_the_newest_promoted_is_in_force(store):
    assert [add(store), add(store, weights=b"two"), add(store, models.REJECTED)] == [1, 2, 3]
    with store.read() as db:
        assert models.in_force(db) == 2
        assert models.current(db).weights == b"two"


def test_of_a_rejected_version_the_report_is_kept_and_the_weights_are_not(store):
    number = add(store, models.REJECTED)
    with store.read() as db:
        found = models.get(db, number)
    assert (found.weights, found.report, found.labels) == (b"", {"languages": []}, 60)


def test_going_back_retires_what_came_after_and_one_may_go_forth_again(store):
    for _ in range(3):
        add(store)
    assert [back(store, 1), back(store, 0), back(store, 3)] == [1, 0, 3]
    with store.read() as db:
        assert [one.state for one in models.listing(db)] == ["retired", "retired", "promoted"]


def test_a_number_is_never_given_twice(store):
    add(store)
    back(store, 0)
    assert add(store) == 2
