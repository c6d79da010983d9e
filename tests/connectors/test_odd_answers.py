"""Whatever an interface answers, a conversation ends in a Page or in an error that says what to do."""

import json
from random import Random
from uuid import uuid4

import pytest
from pydantic import SecretStr

from connectors import (
    Answer,
    Call,
    ConnectorError,
    Page,
    Post,
    bluesky,
    discourse,
    hackernews,
    lemmy,
    mastodon,
)
from tests.connectors import test_bluesky, test_discourse, test_hackernews, test_lemmy, test_mastodon

MOST_ASKS = 100
ODD = (
    None, True, 0, -1, 2**70, 1e300, float("nan"), "", "x", "\ud800", "1" * 30, "<b>", "x" * 5000, [], {},
    [[]], [None], {"id": {}}, "9999-12-31T23:59:59Z", "0000-00-00", "javascript:x", "\x00\u202e",
)  # fmt: skip
LOGGED_IN = bluesky.Options("pr.test", SecretStr(uuid4().hex), "acme")
KINDS = {
    "hackernews": (hackernews, hackernews.Options("acme", 2), {
        "hits": [test_hackernews.hit(n, n) for n in range(3)], "nbHits": 9}),
    "mastodon": (mastodon, mastodon.Options("https://m.test", ("acme",)), test_mastodon.page_of(1, 40)),
    "mastodon search": (mastodon, mastodon.Options("https://m.test", (), "acme", SecretStr("t")), {
        "statuses": test_mastodon.page_of(1, 5)}),
    "bluesky": (bluesky, LOGGED_IN, {**test_bluesky.LOGIN, **test_bluesky.posts(1, 5, cursor="5")}),
    "lemmy": (lemmy, lemmy.Options("https://l.test"), {
        **test_lemmy.posts(1, 5, next_page="Pa"), "comments": [test_lemmy.comment(n) for n in range(5)]}),
    "discourse": (discourse, discourse.Options("https://d.test"), test_discourse.latest(1, 50)),
    "discourse search": (discourse, discourse.Options("https://d.test", "acme"), test_discourse.found(1, 50)),
}  # fmt: skip


def spoilt(value, chance, often):
    """Return the value with some of its parts replaced by what does not belong there."""
    if chance.random() < often:
        return chance.choice(ODD)
    if isinstance(value, dict):
        return {key: spoilt(held, chance, often) for key, held in value.items() if chance.random() > often}
    if isinstance(value, list):
        return [spoilt(held, chance, often) for held in value]
    return value


def answers(good, chance):
    """Return an answer: whole, in part or odd, of any status, with limits that may make no sense."""
    body = json.dumps(spoilt(good, chance, chance.choice((0, 0.02, 0.1)))).encode()
    if chance.random() < 0.1:
        body = body[: chance.randrange(len(body) + 1)]
    status = chance.choice((200,) * 9 + (400, 401, 403, 404, 422, 429))
    headers = {
        name: chance.choice(("0", "3", "-1", "soon", "9" * 40, "2026-03-02T12:00:00Z", "1772452800"))
        for name in ("retry-after", "x-ratelimit-remaining", "x-ratelimit-limit", "ratelimit-reset")
        if chance.random() < 0.1
    }
    return Answer(body, status=status, headers=headers)


def visit(kind, options, good, cursor, chance):
    talk = kind.fetch(options, cursor)
    ask, asked = next(talk), 1
    while asked <= MOST_ASKS:
        answer = answers(good, chance)
        if isinstance(ask, Call):
            answer = Answer(value=chance.choice((1.5, -1e9, 1e12)))
        elif not isinstance(ask, Post) and answer.status in (400, 401, 403, 404, 422, 429):
            answer = answer if answer.status in ask.statuses else Answer(answer.body)
        try:
            ask = talk.send(answer)
        except StopIteration as end:
            return end.value
        asked += 1
    raise AssertionError("it asks for ever")


@pytest.mark.parametrize("name", KINDS)
def test_no_answer_is_too_odd(name):
    chance, cursor, pages = Random(name), None, 0
    for _ in range(60):
        try:
            page = visit(*KINDS[name], cursor, chance)
        except ConnectorError:
            continue
        assert isinstance(page, Page)
        for mention in page.mentions:
            assert mention.id
            assert len(mention.id) <= 250
            assert mention.url == "" or mention.url.startswith("https://")
            f"{mention.author}{mention.title}{mention.text}{mention.id}".encode()
        (page.cursor or "").encode()
        cursor, pages = page.cursor, pages + 1
    assert pages > 5
