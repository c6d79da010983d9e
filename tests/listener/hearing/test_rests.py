"""Hosts that ask to be left alone, and answers that come in faster than they are read."""

import queue
from datetime import UTC, datetime

import pytest

from listener.hearing import Limits
from listener.hearing.transfer import CROWDED_BYTES, MOST_AT_ONCE_BYTES, Reply, Request, Transfer
from listener.hearing.web import Web
from tests.listener.hearing.hostile import Server
from tests.servers.feed import FeedServer

NOON = datetime(2026, 3, 2, 12, tzinfo=UTC)


@pytest.fixture
def feed():
    with FeedServer() as server:
        yield server


@pytest.fixture
def web():
    made = Web(judge=lambda _: True, limits=Limits(total=LONG), clock=lambda: NOON)
    yield made
    made.close()


@pytest.fixture
def home():
    return queue.SimpleQueue()


LONG = Limits().total


def asked(web, home, feed, *, private=False, slow=False):
    web.get(Request(feed.url, [], private, home.put, None, slow))
    return home.get(timeout=20)


@pytest.mark.parametrize("status", [429, 503])
def test_a_host_that_names_a_long_wait_is_asked_nothing_more(web, home, feed, status):
    feed.say = (status, {"Retry-After": "600"}, b"")
    assert asked(web, home, feed).status == status
    visits = feed.visits
    told = asked(web, home, feed)
    assert "asked to be left alone for another" in str(told.error)
    assert 500 < told.error.retry_after.total_seconds() <= 600
    assert feed.visits == visits


def test_what_waits_for_it_already_is_told_so_too(web, home, feed):
    feed.say = (429, {"Retry-After": "600"}, b"")
    for _ in range(6):
        web.get(Request(feed.url, [], False, home.put))
    told = [home.get(timeout=20) for _ in range(6)]
    refused = [reply for reply in told if reply.status == 429]
    assert 1 <= len(refused) <= 2 == Limits().per_host
    assert all(reply.error is not None for reply in told if reply not in refused)
    assert feed.visits == len(refused)


def test_another_host_and_a_private_one_are_asked_meanwhile(web, home, feed):
    feed.say = (429, {"Retry-After": "600"}, b"")
    asked(web, home, feed)
    feed.say = None
    assert asked(web, home, feed, private=True).status == 200
    web.get(Request(feed.url.replace("127.0.0.1", "localhost"), [], False, home.put))
    assert home.get(timeout=20).status == 200


def test_one_that_names_no_wait_or_a_short_one_is_asked_again(web, home, feed):
    feed.say = (503, {}, b"")
    assert asked(web, home, feed).status == 503
    feed.say = (503, {"Retry-After": "1"}, b"")
    assert asked(web, home, feed).status == 503
    feed.say = None
    assert asked(web, home, feed).status == 200


def test_a_private_host_is_never_held(web, home, feed):
    feed.say = (429, {"Retry-After": "600"}, b"")
    assert [asked(web, home, feed, private=True).status for _ in range(2)] == [429, 429]


def test_what_is_not_read_holds_back_what_has_not_begun(home, feed):
    told = queue.SimpleQueue()
    feed.say = (200, {}, b"x" * 400_000)
    web = Web(judge=lambda _: True, tell=told.put)
    try:
        # As if that much had been received and nobody had read it.
        web._load.held = MOST_AT_ONCE_BYTES
        web.get(Request(feed.url, [], True, home.put))
        with pytest.raises(queue.Empty):
            told.get(timeout=0.2)
        assert feed.visits == 0
        web.read(MOST_AT_ONCE_BYTES)
        ((_, reply),) = told.get(timeout=20)
        assert len(reply.body) == 400_000
        assert web._load.held == 400_000
        web.read(len(reply.body))
        web.get(Request(feed.url, [], True, home.put))
        told.get(timeout=20)
        assert web._load.held == 400_000
    finally:
        web.close()


def test_a_long_answer_is_broken_off_in_a_crowd_and_a_short_one_is_not(home, feed):
    web = Web(judge=lambda _: True)
    try:
        web.get(Request(feed.url, [], True, home.put))
        home.get(timeout=20)
        transfer = web._spare[True][0]
        assert isinstance(transfer, Transfer)
        transfer.request = Request(feed.url, [], True, home.put)
        web._load.held = MOST_AT_ONCE_BYTES
        assert transfer._write(b"x" * CROWDED_BYTES) is None
        assert transfer._write(b"x") == 0
        reply = transfer.reply(23, "")
        assert isinstance(reply, Reply)
        assert "too much is coming in at once" in str(reply.error)
    finally:
        web.close()


def test_what_did_not_answer_last_time_leaves_its_host_a_place(home):
    server = Server()
    web = Web(judge=lambda _: True, limits=Limits(gap=LONG * 0))
    try:
        for number in range(4):
            web.get(Request(f"{server.url}/held/{number}", [], False, home.put, None, True))
        web.get(Request(f"{server.url}/feed", [], False, home.put))
        assert home.get(timeout=20).status == 200
        assert sum(path.startswith("/held") for path, _ in server.asked) <= 1
        server.release.set()
        assert [home.get(timeout=20).status for _ in range(4)] == [200] * 4
    finally:
        web.close()
        server.close()
