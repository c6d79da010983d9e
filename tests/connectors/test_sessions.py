"""What a login gave is kept for its time, and in memory only."""

from datetime import timedelta
from uuid import uuid4

from connectors import _sessions as sessions

HOUR = timedelta(hours=1)


def a_key():
    return sessions.key("kind", "https://a.test", uuid4().hex)


def test_a_session_is_kept_until_its_time_is_over():
    key = a_key()
    sessions.put(key, "token", HOUR, now=100.0)
    assert sessions.get(key, now=100.0 + 3599) == "token"
    assert sessions.get(key, now=100.0 + 3600) is None
    assert sessions.get(key, now=100.0) is None


def test_a_session_that_was_dropped_is_gone():
    key = a_key()
    sessions.put(key, "token", HOUR)
    sessions.drop(key)
    sessions.drop(key)
    assert sessions.get(key) is None


def test_only_the_session_that_was_refused_is_dropped():
    key = a_key()
    sessions.put(key, "newer", HOUR)
    sessions.drop(key, "older")
    assert sessions.get(key) == "newer"
    sessions.drop(key, "newer")
    assert sessions.get(key) is None


def test_a_key_tells_its_parts_apart_and_hides_them():
    assert sessions.key("a", "bc") != sessions.key("ab", "c")
    assert "hunter2" not in sessions.key("bluesky", "ada", "hunter2")


def test_the_oldest_make_way():
    first = a_key()
    sessions.put(first, "first", HOUR)
    for _ in range(sessions.MOST):
        sessions.put(a_key(), "another", HOUR)
    assert sessions.get(first) is None
