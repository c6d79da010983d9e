"""Delivery when Slack fails: who waits behind a hanging card, and when the next way tells it."""

import pytest

from listener.deliver import deliver
from listener.escalate import escalate
from listener.notify.slack import Slack
from tests.kit import BRAND, EMAIL, NOON, PEOPLE, SOURCE, incident, notices, opened, settings
from tests.servers.slack import SlackServer

T = 1_000_000.0


@pytest.fixture
def store(tmp_path):
    made = opened(tmp_path)
    yield made
    made.close()


@pytest.fixture
def server():
    with SlackServer() as made:
        yield made


@pytest.fixture
def config(tmp_path, server):
    slack = f'[slack]\nbot_token = "xoxb-test"\nchannel = "#pr-alerts"\napi = "{server.api}"\n'
    return settings(tmp_path, BRAND, SOURCE, slack, EMAIL, PEOPLE)


def called_out(store, config):
    """An incident with a card for the channel and a message for the spokesperson."""
    incident(store, config)
    escalate(store, config, NOON)


def worked(store, config, server, until, *, takes):
    """Deliver from T until then, every call that posts taking so many seconds."""
    way, real = Slack("xoxb-test", server.api, "#pr-alerts", wait=lambda _: None), T
    while real < until:
        posted = len(server.called("chat.postMessage"))
        report = deliver(store, config, way, NOON, real)
        if not report.busy and report.next_at is None:
            return
        if len(server.called("chat.postMessage")) > posted:
            real += takes
        else:
            real = max(report.next_at or 0, real + 0.1)


def told_instead(store):
    return [(n.way, n.kind, n.target) for n in notices(store) if ":instead:" in n.key]


def test_what_waits_behind_a_hanging_card_is_tried_and_then_told_by_mail(store, config, server):
    called_out(store, config)
    server.fail_next("chat.postMessage", "500", times=1000)
    worked(store, config, server, T + 150, takes=10)
    assert all(notice.attempts for notice in notices(store, "card", "dm") if notice.way == "slack")
    assert ("email", "mail", "anna@example.org") in told_instead(store)
    assert ("console", "card", "#pr-alerts") in told_instead(store)


def test_a_message_not_even_tried_is_told_too_once_slack_took_nothing_for_two_minutes(store, config, server):
    called_out(store, config)
    server.fail_next("chat.postMessage", "500", times=1000)
    worked(store, config, server, T + 130, takes=125)
    assert [n.attempts for n in notices(store, "dm")] == [0]
    assert ("email", "mail", "anna@example.org") in told_instead(store)


def test_who_would_have_to_wait_longer_than_two_minutes_is_told_otherwise_now(store, config, server):
    called_out(store, config)
    server.fail_next("chat.postMessage", "message_limit_exceeded", times=1000)
    worked(store, config, server, T + 5, takes=0.1)
    assert ("email", "mail", "anna@example.org") in told_instead(store)


def test_a_short_rest_tells_nobody_else(store, config, server):
    called_out(store, config)
    server.fail_next("chat.postMessage", "ratelimited", times=2)
    worked(store, config, server, T + 60, takes=0.1)
    assert told_instead(store) == []
    assert len(server.cards) == 1


def test_what_was_told_otherwise_still_reaches_slack_once(store, config, server):
    called_out(store, config)
    server.fail_next("chat.postMessage", "500", times=30)
    worked(store, config, server, T + 5000, takes=10)
    states = {n.key: n.state for n in notices(store) if n.way == "slack"}
    assert set(states.values()) <= {"sent", "superseded"}
    assert len(server.cards) == 1
    assert len({n.key for n in notices(store)}) == len(notices(store))
