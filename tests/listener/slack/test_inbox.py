"""The inbox: presses are committed, then acknowledged; the socket is kept open whatever happens."""

import logging
import threading
from datetime import timedelta

import pytest

from listener.notify import Letter
from listener.notify.slack import Slack
from listener.slack.inbox import Inbox
from listener.words import Button, Card
from tests.servers.slack import SlackServer

BUTTONS = (Button("acknowledge", "Acknowledge"), Button("dismiss", "Not a crisis"))


class Desk:
    """Remembers what was asked of it, in order, and answers as it is told."""

    def __init__(self, code="done"):
        self.code, self.acts, self.said = code, [], []

    def act(self, *asked):
        self.acts.append(asked)
        if isinstance(self.code, Exception):
            raise self.code
        return self.code

    def say(self, press, code):
        self.said.append((press.user_id, press.channel, press.ts, code))


@pytest.fixture
def server():
    with SlackServer() as slack:
        Slack("xoxb", slack.api).send(
            Letter(
                "1:card",
                "card",
                "#pr-alerts",
                Card("Crisis", "crisis", (), buttons=BUTTONS),
                incident=7,
                version=3,
            )
        )
        yield slack


@pytest.fixture
def desk():
    return Desk()


@pytest.fixture
def inbox(server, desk):
    opened = Inbox("xapp", server.api, desk.act, desk.say)
    opened.start()
    server.wait(lambda: opened.connected)
    yield opened
    opened.close()


def test_a_press_reaches_the_desk_and_is_acknowledged_to_slack(server, inbox, desk):
    envelope = server.press("acknowledge", user="U0ANNA", name="anna")
    assert desk.acts == [("acknowledge", 7, 3, "U0ANNA", "anna", envelope)]
    assert server.acked == {envelope: 1}
    assert desk.said == []


def test_both_buttons_are_heard(server, inbox, desk):
    server.press("dismiss")
    assert desk.acts[0][0] == "dismiss"


def test_slack_is_told_only_after_the_commit(server, desk):
    began, commit = threading.Event(), threading.Event()

    def slow(*asked):
        began.set()
        commit.wait(10)
        return desk.act(*asked)

    inbox = Inbox("xapp", server.api, slow, desk.say)
    inbox.start()
    envelope = server.press("acknowledge", wait=False)
    assert began.wait(10)
    assert server.acked == {}
    commit.set()
    server.wait(lambda: server.acked.get(envelope))
    inbox.close()


def test_a_press_that_could_not_be_committed_is_not_acknowledged_and_may_come_again(server, inbox, desk):
    desk.code = OSError("disk full")
    envelope = server.press("acknowledge", wait=False)
    server.wait(lambda: desk.said)
    assert desk.said[0][3] == "failed"
    assert server.acked == {}
    desk.code = "done"
    server.press("acknowledge", envelope=envelope)
    assert len(desk.acts) == 2


def test_an_envelope_that_comes_again_is_acknowledged_again_and_changes_nothing(server, inbox, desk):
    envelope = server.press("acknowledge")
    server.press("acknowledge", envelope=envelope)
    assert server.acked == {envelope: 2}
    assert len(desk.acts) == 1


def test_who_is_too_late_is_told(server, inbox, desk):
    desk.code = "taken"
    server.press("acknowledge", user="U0PIOTR")
    server.wait(lambda: desk.said)
    assert desk.said == [("U0PIOTR", "C0ALERTS", server.cards[0]["ts"], "taken")]


def test_an_answer_that_cannot_be_given_costs_nothing(server, desk):
    desk.code = "closed"

    def mute(press, code):
        raise OSError("no way to say it")

    inbox = Inbox("xapp", server.api, desk.act, mute)
    inbox.start()
    server.press("acknowledge")
    server.press("acknowledge")
    assert len(desk.acts) == 2
    inbox.close()


@pytest.mark.parametrize(
    "payload",
    [
        {"type": "block_actions"},
        {"type": "block_actions", "actions": "acknowledge"},
        {"type": "block_actions", "actions": [None, {"action_id": "acknowledge", "value": "not json"}]},
        {"type": "block_actions", "actions": [{"action_id": "acknowledge", "value": "[]"}], "user": None},
        {"type": "block_actions", "actions": [{"action_id": "other", "value": '{"incident": 1}'}]},
        {"type": "view_submission"},
    ],
)
def test_what_is_no_press_of_ours_is_acknowledged_and_left_alone(server, inbox, desk, payload):
    server.push(payload)
    server.press("acknowledge")
    assert len(desk.acts) == 1


def test_events_that_are_no_presses_are_acknowledged(server, inbox, desk):
    server.push({"event": {"type": "message"}}, kind="events_api")
    assert desk.acts == []


@pytest.mark.parametrize("reset", [True, False])
def test_a_socket_that_was_cut_is_opened_again(server, inbox, desk, reset):
    server.drop_sockets(reset)
    server.wait(lambda: len(server.called("apps.connections.open")) == 2 and server.connections == 1)
    server.press("acknowledge")
    assert len(desk.acts) == 1


def test_when_slack_announces_the_end_the_next_socket_is_open_before_the_old_one_closes(server, inbox, desk):
    most = []
    server.disconnect()
    server.wait(lambda: most.append(server.connections) or len(server.called("apps.connections.open")) == 2)
    server.wait(lambda: server.connections == 1)
    assert min(most) == 1
    server.press("acknowledge")
    assert len(desk.acts) == 1


def test_a_deaf_socket_is_replaced(server, desk):
    server.deaf, server.hello = True, False
    inbox = Inbox("xapp", server.api, desk.act, desk.say, patience=timedelta(seconds=1))
    inbox.start()
    server.wait(lambda: len(server.called("apps.connections.open")) >= 2)
    inbox.close()


def test_a_slack_that_comes_back_is_found_again(server, desk):
    server.fail_next("apps.connections.open", "500", times=2)
    inbox = Inbox("xapp", server.api, desk.act, desk.say)
    inbox.start()
    server.wait(lambda: inbox.connected)
    inbox.close()


def test_a_refused_token_is_said_once_and_does_not_end_the_inbox(server, desk, caplog):
    caplog.set_level(logging.ERROR)
    server.fail_next("apps.connections.open", "invalid_auth", times=100)
    inbox = Inbox("xapp-secret", server.api, desk.act, desk.say)
    inbox.start()
    server.wait(lambda: caplog.records)
    assert "invalid_auth" in caplog.text and "app_token" in caplog.text
    assert "xapp-secret" not in caplog.text
    assert not inbox.connected
    inbox.close()
    assert len(caplog.records) == 1


def test_the_same_trouble_is_logged_once_however_often_it_is_met(server, desk, caplog):
    caplog.set_level(logging.ERROR)
    server.fail_next("apps.connections.open", "503", times=3)
    inbox = Inbox("xapp", server.api, desk.act, desk.say)
    inbox.start()
    server.wait(lambda: inbox.connected)
    inbox.close()
    assert len(caplog.records) == 1


def test_closing_leaves_no_socket(server, desk):
    inbox = Inbox("xapp", server.api, desk.act, desk.say)
    inbox.start()
    server.wait(lambda: inbox.connected and server.connections == 1)
    inbox.close()
    server.wait(lambda: server.connections == 0)
    assert not inbox.connected


def test_closing_before_slack_ever_answered_is_possible(desk):
    with SlackServer() as server:
        server.fail_next("apps.connections.open", "hang")
        inbox = Inbox("xapp", server.api, desk.act, desk.say)
        inbox.start()
        server.wait(lambda: server.called("apps.connections.open"))
        inbox.close()
    assert not inbox.connected
