"""Slack: what is posted, what each refusal means, and how a message is found again."""

from datetime import UTC, datetime, timedelta

import pytest

from listener.notify import DeliveryError, Letter
from listener.notify.slack import Slack
from listener.words import Button, Card
from tests.servers.slack import SlackServer, buttons, words

CARD = Card(
    "Crisis · Żabka",
    "crisis",
    ("60 negative mentions",),
    buttons=(Button("acknowledge", "Take it", "primary"),),
)
START = datetime.now(UTC)


@pytest.fixture
def server():
    with SlackServer() as slack:
        yield slack


@pytest.fixture
def slack(server):
    return mouth(server)


def mouth(server, **options):
    return Slack("xoxb-test", server.api, "#pr-alerts", **{"wait": lambda seconds: None, **options})


def card(key="1:card", **change):
    return Letter(
        key=key, kind="card", target="#pr-alerts", **{"card": CARD, "incident": 1, "version": 2, **change}
    )


def entry(receipt, key="1:thread:1", **change):
    told = {"text": "Anna has taken it.", "channel": receipt.channel, "thread": receipt.ts, **change}
    return Letter(key=key, kind="thread", target="#pr-alerts", **told)


def direct(key="1:tell"):
    return Letter(key=key, kind="dm", target="U0ANNA", card=CARD, incident=1, version=2, channel="C0ALERTS")


def refused(slack, letter):
    with pytest.raises(DeliveryError) as caught:
        slack.send(letter)
    return caught.value


# What arrives


def test_a_card_arrives_with_its_button_and_its_key(server, slack):
    receipt = slack.send(card())
    message = server.messages[0]
    assert (receipt.channel, receipt.ts) == ("C0ALERTS", message["ts"])
    assert "60 negative mentions" in words(message)
    assert [(b["action_id"], b["value"]) for b in buttons(message)] == [
        ("acknowledge", '{"incident": 1, "version": 2}')
    ]
    assert message["metadata"] == {"event_type": "listener_notice", "event_payload": {"key": "1:card"}}
    assert message["blocks"][-1]["block_id"] == "1:card"


def test_links_in_a_message_unfold_nothing_and_ping_nobody(server, slack):
    slack.send(card())
    asked = server.called("chat.postMessage")[0]
    assert (asked["unfurl_links"], asked["unfurl_media"], asked["link_names"]) == (False, False, False)


def test_an_entry_lands_in_the_thread_of_the_card(server, slack):
    receipt = slack.send(card())
    slack.send(entry(receipt, text="see https://example.org/a <!channel>"))
    reply = server.messages[1]
    assert reply["thread_ts"] == receipt.ts
    assert reply["text"] == "see https://example.org/a &lt;\u2060!channel&gt;"


def test_an_update_changes_the_card_and_posts_nothing(server, slack):
    receipt = slack.send(card())
    changed = Card("Crisis · Żabka", "crisis", ("120 negative mentions",))
    for _ in range(2):
        slack.send(
            Letter("1:update:3", "update", "#pr-alerts", changed, channel=receipt.channel, ts=receipt.ts)
        )
    assert len(server.messages) == 1
    assert "120 negative mentions" in words(server.messages[0])
    assert buttons(server.messages[0]) == []


def test_a_person_is_told_in_a_direct_message_not_in_the_channel(server, slack):
    assert slack.send(direct()).channel == "D0ANNA"
    assert [m["channel"] for m in server.messages] == ["D0ANNA"]


def test_a_person_is_told_even_where_conversations_cannot_be_opened(server, slack):
    server.missing.add("conversations.open")
    slack.send(direct())
    assert server.called("chat.postMessage")[0]["channel"] == "U0ANNA"
    assert len(server.messages) == 1


def test_an_answer_to_one_person_falls_back_to_the_thread(server, slack):
    receipt = slack.send(card())
    server.missing.add("chat.postEphemeral")
    slack.whisper(receipt.channel, "U0ANNA", "Too late", thread=receipt.ts)
    assert (server.messages[-1]["text"], server.messages[-1]["thread_ts"]) == ("Too late", receipt.ts)


# What each refusal means


def test_a_rate_limit_says_how_long_to_wait(server, slack):
    server.fail_next("chat.postMessage", 429, after=7)
    error = refused(slack, card())
    assert (error.retry_after, error.unknown, error.permanent) == (timedelta(seconds=7), False, False)
    assert server.messages == []


def test_during_a_rest_slack_asked_for_nothing_is_sent(server):
    server.fail_next("chat.postMessage", 429, after=60)
    slack = mouth(server, elapsed=lambda: 100.0)
    refused(slack, card())
    assert refused(slack, card()).retry_after == timedelta(seconds=60)
    assert len(server.called("chat.postMessage")) == 1


@pytest.mark.parametrize(
    "code", ["invalid_auth", "channel_not_found", "is_archived", "missing_scope", "invalid_blocks"]
)
def test_a_definite_no_is_permanent(server, slack, code):
    server.fail_next("chat.postMessage", code)
    error = refused(slack, card())
    assert (error.permanent, error.unknown, error.code) == (True, False, code)


def test_a_full_workspace_is_tried_again_later(server, slack):
    server.fail_next("chat.postMessage", "message_limit_exceeded")
    error = refused(slack, card())
    assert not error.permanent and error.retry_after >= timedelta(minutes=1)


@pytest.mark.parametrize("how", ["500", "502", "503", "html", "fatal_error", "internal_error"])
def test_what_may_have_been_done_is_unknown(server, slack, how):
    server.fail_next("chat.postMessage", how)
    error = refused(slack, card())
    assert (error.unknown, error.permanent) == (True, False)


@pytest.mark.parametrize("how", ["accept-drop", "accept-500", "hang"])
def test_a_lost_answer_is_unknown_and_posted_once(server, how):
    slack = mouth(server, timeout=1)
    server.fail_next("chat.postMessage", how)
    assert refused(slack, card()).unknown
    assert len(server.messages) == 1
    assert slack.find(card(), START).ts == server.messages[0]["ts"]


def test_an_update_that_came_to_nothing_is_never_unknown(server, slack):
    receipt = slack.send(card())
    server.fail_next("chat.update", "500")
    letter = Letter("1:update:3", "update", "#pr-alerts", CARD, channel=receipt.channel, ts=receipt.ts)
    error = refused(slack, letter)
    assert (error.unknown, error.permanent) == (False, False)


@pytest.mark.parametrize("code", ["message_not_found", "edit_window_closed", "cant_update_message"])
def test_a_card_that_cannot_be_changed_says_why(server, slack, code):
    server.fail_next("chat.update", code)
    error = refused(slack, Letter("1:update:3", "update", "#pr-alerts", CARD, channel="C0ALERTS", ts="1.0"))
    assert (error.permanent, error.code) == (True, code)


def test_a_slack_that_is_not_there_is_worth_another_try():
    with SlackServer() as server:
        slack = mouth(server)
    error = refused(slack, card())
    assert (error.unknown, error.permanent) == (False, False)


def test_no_error_tells_the_token(server, slack):
    server.fail_next("chat.postMessage", "invalid_auth")
    assert "xoxb" not in str(refused(slack, card()))


# The pace


def test_a_second_message_to_a_channel_waits_a_second_and_another_channel_does_not(server):
    waited = []
    slack = mouth(server, elapsed=lambda: 50.0 + sum(waited), wait=waited.append)
    receipt = slack.send(card())
    slack.send(direct())
    slack.send(entry(receipt))
    assert waited == [pytest.approx(1.0)]


# Looking back


def test_what_was_never_posted_is_surely_not_there(server, slack):
    slack.send(card("other"))
    assert slack.find(card("1:card"), START) is None


def test_a_card_is_found_after_a_restart_by_the_channels_name(server, slack):
    receipt = slack.send(card())
    assert mouth(server).find(card(), START) == receipt.__class__("C0ALERTS", receipt.ts, "found")


def test_an_entry_is_found_in_its_thread(server, slack):
    receipt = slack.send(card())
    posted = slack.send(entry(receipt))
    assert slack.find(entry(receipt), START).ts == posted.ts
    assert slack.find(entry(receipt, "1:thread:2"), START) is None


def test_a_direct_message_is_found_where_it_was_written(server, slack):
    posted = slack.send(direct())
    assert mouth(server).find(direct(), START).ts == posted.ts


def test_a_message_is_found_by_its_block_where_metadata_is_not_kept(server, slack):
    slack.send(card())
    for message in server._messages["C0ALERTS"]:
        del message["metadata"]
    assert slack.find(card(), START)


def test_a_message_is_found_behind_many_others(server, slack):
    server.page_size = 2
    posted = slack.send(card("first"))
    for number in range(5):
        slack.send(card(f"later:{number}"))
    assert slack.find(card("first"), START).ts == posted.ts


def test_a_clock_that_was_ahead_hides_nothing(server, slack):
    slack.send(card())
    assert slack.find(card(), datetime.now(UTC) + timedelta(days=300))


def test_the_channel_is_joined_where_that_is_needed_to_look(server, slack):
    posted = slack.send(card())
    server.joined.clear()
    assert mouth(server).find(card(), START).ts == posted.ts


def test_who_cannot_look_says_so(server, slack):
    slack.send(card())
    server.missing.add("conversations.history")
    with pytest.raises(DeliveryError) as caught:
        slack.find(card(), START)
    assert caught.value.code == "unknown_method"


def test_a_name_that_cannot_be_resolved_is_used_as_it_stands(server, slack):
    slack.send(card())
    server.missing.add("conversations.list")
    fresh = mouth(server)
    server.channels["#pr-alerts"] = "#pr-alerts"
    assert fresh.find(card(), START) is None
    assert server.called("conversations.history")[-1]["channel"] == "#pr-alerts"


# The check


def test_a_working_slack_passes_the_check(server, slack):
    checks = slack.check()
    assert [check.name for check in checks] == ["token", "scopes", "channel #pr-alerts"]
    assert [check.ok for check in checks] == [True, False, True]
    assert "im:write" in checks[1].detail


def test_the_check_says_what_to_do_about_a_bad_token(server, slack):
    server.fail_next("auth.test", "invalid_auth")
    (check,) = slack.check()
    assert not check.ok and "bot_token" in check.do


def test_the_check_names_a_channel_that_is_not_there(server):
    checks = Slack("xoxb-test", server.api, "#nowhere").check()
    assert not checks[-1].ok and "invite" in checks[-1].do
