"""Ears, and a server for them to be hurt by."""

import queue
from datetime import UTC, datetime, timedelta

import pytest

from listener.hearing import Ears, Limits, Visit
from listener.hearing.address import is_public
from tests.listener.hearing.hostile import Server

NOON = datetime(2026, 3, 2, 12, tzinfo=UTC)


class Listening:
    """Ears whose outcomes are waited for."""

    def __init__(self, ears):
        self.ears, self._home = ears, queue.SimpleQueue()

    def begin(self, options, kind="rss", cursor=None, validators=None, private=True, source="s"):
        self.ears.visit(Visit(source, kind, options, cursor, validators or {}, private), self._home.put)

    def next(self):
        return self._home.get(timeout=30)

    def visit(self, *args, **kwargs):
        self.begin(*args, **kwargs)
        return self.next()


@pytest.fixture
def server():
    server = Server()
    yield server
    server.close()


@pytest.fixture
def listening():
    """Make ears with limits of one's own; they are closed in the end."""
    made = []

    def make(overdue=timedelta(seconds=60), judge=is_public, **limits):
        limits = {"gap": timedelta(0)} | limits
        ears = Ears(
            lambda: NOON, "test@listener.example", limits=Limits(**limits), overdue=overdue, judge=judge
        )
        made.append(ears)
        return Listening(ears)

    yield make
    for ears in made:
        ears.close()
