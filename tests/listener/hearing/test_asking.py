"""What a connector may ask of an interface beside a plain GET: a POST, and answers that are refusals."""

import sys
from dataclasses import dataclass, field
from types import ModuleType

import pytest

import connectors
from connectors import Get, Page, Post, SourceRefused
from listener.hearing import driver
from tests.servers.api import ApiServer, Said


@dataclass(frozen=True)
class Options:
    asks: tuple
    heard: list = field(default_factory=list, compare=False)


@pytest.fixture
def asking(monkeypatch):
    """The kind `asking`: it asks what its options say and keeps the answers."""

    def fetch(options, cursor):
        for ask in options.asks:
            options.heard.append((yield ask))
        return Page(())

    module = ModuleType("connectors.asking")
    module.Options, module.fetch = Options, fetch
    monkeypatch.setitem(sys.modules, "connectors.asking", module)
    monkeypatch.setattr(driver, "_connector", lambda kind: module)
    assert "asking" not in connectors.kinds()


@pytest.fixture
def api():
    with ApiServer(lambda asked: Said({"path": asked.path}, headers={"X-RateLimit-Remaining": "7"})) as api:
        yield api


def ask(listening, *asks):
    options = Options(asks)
    return options.heard, listening().visit(options, kind="asking")


def test_a_post_carries_its_body_and_the_next_get_carries_none(asking, listening, api):
    heard, outcome = ask(
        listening, Post(api.url + "/in", {"name": "żaba"}, {"Authorization": "x"}), Get(api.url + "/then")
    )
    assert outcome.error is None
    assert [(a.method, a.body) for a in api.asked] == [
        ("POST", b'{"name": "\\u017caba"}'),
        ("GET", b""),
    ]
    assert api.asked[0].headers["content-type"] == "application/json"
    assert [answer.json()["path"] for answer in heard] == ["/in", "/then"]


def test_a_status_that_was_asked_for_comes_back_as_an_answer(asking, listening, api):
    api.answer = lambda asked: Said({"error": "ExpiredToken"}, 400, {"X-RateLimit-Remaining": "7"})
    heard, outcome = ask(listening, Get(api.url, statuses=(400,)))
    assert outcome.error is None
    assert (heard[0].status, heard[0].json()["error"]) == (400, "ExpiredToken")
    assert heard[0].headers["x-ratelimit-remaining"] == "7"


def test_any_other_refusal_is_raised(asking, listening, api):
    api.faults = [403]
    _, outcome = ask(listening, Get(api.url, statuses=(400,)))
    assert isinstance(outcome.error, SourceRefused)


def test_a_post_is_not_carried_on_to_another_address(asking, listening, api):
    api.answer = lambda asked: Said(b"", 307, {"Location": "/elsewhere"})
    _, outcome = ask(listening, Post(api.url + "/in", {"password": "secret"}))
    assert outcome.error is not None
    assert [a.path for a in api.asked] == ["/in"]
